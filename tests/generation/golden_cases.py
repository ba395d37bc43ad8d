"""What the golden tokens of generation were recorded for: models, prompts and settings; data only."""

_SIZES = {"vocab_size": 53}
_TOKENS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 3}

# name -> names of the classes, whether an encoder reads the prompt, config, what the assistant has else
MODELS = {
    "gpt2": {
        "config_class": "GPT2Config",
        "class": "GPT2LMHeadModel",
        "pair": False,
        "config": {**_SIZES, **_TOKENS, "n_positions": 80, "n_embd": 24, "n_layer": 2, "n_head": 4},
        "assistant": {"n_layer": 1},
    },
    "llama": {
        "config_class": "LlamaConfig",
        "class": "LlamaForCausalLM",
        "pair": False,
        "config": {
            **_SIZES,
            **_TOKENS,
            "max_position_embeddings": 80,
            "num_hidden_layers": 2,
            "num_key_value_heads": 2,
            "num_attention_heads": 4,
            "intermediate_size": 40,
            "hidden_size": 24,
        },
        "assistant": {"num_hidden_layers": 1},
    },
    "t5": {
        "config_class": "T5Config",
        "class": "T5ForConditionalGeneration",
        "pair": True,
        "config": {
            **_SIZES,
            "eos_token_id": 2,
            "pad_token_id": 3,
            "decoder_start_token_id": 3,
            "d_model": 24,
            "d_kv": 6,
            "d_ff": 40,
            "num_layers": 2,
            "num_heads": 4,
            "tie_word_embeddings": False,
        },
        "assistant": {"num_layers": 1, "num_decoder_layers": 1},
    },
    "bart": {
        "config_class": "BartConfig",
        "class": "BartForConditionalGeneration",
        "pair": True,
        "config": {
            **_SIZES,
            **_TOKENS,
            "decoder_start_token_id": 2,
            "forced_eos_token_id": None,
            "d_model": 24,
            "encoder_layers": 2,
            "decoder_layers": 2,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 40,
            "decoder_ffn_dim": 40,
            "max_position_embeddings": 80,
            "dropout": 0.0,
        },
        "assistant": {"encoder_layers": 1, "decoder_layers": 1},
    },
}

PROMPT = [[11, 45, 7, 30, 22], [50, 8, 19, 41, 33]]
ALONE = [[12, 31, 9, 12, 31]]
LENGTHS = [5, 3]  # of the rows where the batch is padded

_ENDS = {"eos_token_id": [2, 9, 17, 30, 41]}
_BEAMS = {"max_new_tokens": 7, "num_beams": 4}
_GROUPS = {**_BEAMS, "num_beam_groups": 2, "diversity_penalty": 0.8}
_FORCED = {**_BEAMS, "max_new_tokens": 9, "force_words_ids": [[20, 21], [[36], [37, 38]]]}
_CONTRAST = {"max_new_tokens": 8, "penalty_alpha": 0.6, "top_k": 4}

# name -> settings; "prompt": which prompt, the batch if none is named; "release": which one records it, with
# "recorded" as settings; "only": the frameworks it runs in; "jax": the models in JAX, which compiles;
# "assisted": with the assistant
CALLS = {
    "greedy": {"set": {"max_new_tokens": 8}},
    "greedy_padded": {"set": {"max_new_tokens": 8}, "prompt": "padded"},
    "greedy_ends": {"set": {"max_new_tokens": 12, **_ENDS}, "prompt": "padded"},
    "penalties": {"set": {"max_new_tokens": 9, "repetition_penalty": 1.4, "no_repeat_ngram_size": 2}},
    "lengths": {"set": {"max_new_tokens": 9, "min_new_tokens": 5, **_ENDS}},
    "max_length": {"set": {"max_length": 9, "min_length": 8, **_ENDS}},
    "forced": {"set": {"max_new_tokens": 5, "forced_bos_token_id": 44, "forced_eos_token_id": 6}},
    "forbidden": {
        "set": {
            "max_new_tokens": 7,
            "suppress_tokens": [9, 17, 30],
            "begin_suppress_tokens": [33, 34, 35],
            "bad_words_ids": [[5], [7, 8], [51]],
        }
    },
    "decay": {"set": {"max_new_tokens": 10, "exponential_decay_length_penalty": (2, 1.6)}},
    "beam": {"set": {**_BEAMS}},
    "beam_padded": {"set": {**_BEAMS, **_ENDS, "num_return_sequences": 2}, "prompt": "padded"},
    "beam_short": {
        "set": {**_BEAMS, **_ENDS, "length_penalty": -1.0, "early_stopping": True, "num_return_sequences": 4}
    },
    "beam_long": {"set": {**_BEAMS, **_ENDS, "length_penalty": 2.0, "early_stopping": "never"}},
    "beam_sums": {
        "set": {**_BEAMS, **_ENDS, "length_penalty": 0.0, "early_stopping": False, "num_return_sequences": 3}
    },
    "beam_penalties": {
        "set": {**_BEAMS, "no_repeat_ngram_size": 2, "repetition_penalty": 1.3, "min_new_tokens": 4, **_ENDS}
    },
    "sample": {
        "set": {"max_new_tokens": 7, "do_sample": True, "top_k": 6, "temperature": 0.8, "top_p": 0.9},
        "only": ["pt"],
    },
    "sample_several": {
        "set": {"max_new_tokens": 6, "do_sample": True, "top_k": 0, "num_return_sequences": 3, **_ENDS},
        "only": ["pt"],
    },
    "beam_sample": {
        "set": {**_BEAMS, "do_sample": True, "top_k": 0, "temperature": 1.2, "num_return_sequences": 2},
        "only": ["pt"],
    },
    "group": {"set": {**_GROUPS, "num_return_sequences": 4}, "release": "4.35"},
    "group_ends": {
        "set": {**_GROUPS, **_ENDS, "num_beam_groups": 4, "length_penalty": 2.0, "early_stopping": True},
        "prompt": "padded",
        "release": "4.35",
    },
    "forced_words": {"set": {**_FORCED, "num_return_sequences": 2}, "release": "4.35"},
    "forced_words_ends": {
        "set": {**_FORCED, "eos_token_id": [2, 9, 41], "length_penalty": 0.5, "no_repeat_ngram_size": 2},
        "prompt": "padded",
        "release": "4.35",
    },
    "contrastive": {"set": _CONTRAST, "release": "4.35"},
    "contrastive_ends": {"set": {**_CONTRAST, **_ENDS, "repetition_penalty": 1.2}, "release": "4.35"},
    "contrastive_sparing": {
        "set": {**_CONTRAST, "low_memory": True},
        "prompt": "alone",
        "release": "4.35",
        "only": ["pt", "np"],
    },
    "assisted": {"set": {"max_new_tokens": 9}, "prompt": "alone", "assisted": True, "jax": ["llama"]},
    "assisted_ends": {
        "set": {"max_new_tokens": 12, "repetition_penalty": 1.2, **_ENDS},
        "prompt": "alone",
        "assisted": True,
        "only": ["pt", "np", "tf"],
    },
    # The release writes a token too many here; greedy search is what it should be.
    "lookup": {
        "set": {"max_new_tokens": 9, "prompt_lookup_num_tokens": 3},
        "recorded": {"max_new_tokens": 9},
        "prompt": "alone",
        "jax": ["llama", "t5"],
    },
}
