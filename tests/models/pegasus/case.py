"""Pegasus's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IDS = {"input_ids": ["int", [2, 7], 2, 99], "decoder_input_ids": ["int", [2, 5], 2, 99]}
_PADDED = {
    **_IDS,
    "attention_mask": ["right_padding", [7, 4], 7],
    "decoder_attention_mask": ["right_padding", [5, 3], 5],
}
_LABELS = {"labels": ["values", [[5, -100, 9, 98, 2], [-100, 7, 8, 1, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.pegasus.modeling_pegasus",
    "config_class": "PegasusConfig",
    "trunk": "PegasusModel",
    "head": "PegasusForConditionalGeneration",
    "seq2seq": True,
    "cached": {"class": "PegasusForConditionalGeneration"},
    "resized": "PegasusForConditionalGeneration",
    "shallow": {"encoder_layers": 1, "decoder_layers": 1},
    "config": {
        "vocab_size": 99,
        "d_model": 24,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 3,
        "encoder_ffn_dim": 40,
        "decoder_ffn_dim": 36,
        "max_position_embeddings": 16,
        "dropout": 0.0,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
    },
    "variants": {
        "scaled": {"scale_embedding": True},
        "relu": {"activation_function": "relu"},
        "untied": {"tie_word_embeddings": False},
    },
    "runs": {
        "model": {"class": "PegasusModel", "inputs": _PADDED, "flags": _ALL},
        "model_embeds": {
            "class": "PegasusModel",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
            },
        },
        "model_scaled": {"class": "PegasusModel", "variant": "scaled", "inputs": _IDS},
        "generation": {"class": "PegasusForConditionalGeneration", "inputs": {**_PADDED, **_LABELS}},
        "generation_labels": {
            "class": "PegasusForConditionalGeneration",
            "variant": "untied",
            "inputs": {"input_ids": ["int", [2, 7], 2, 99], **_LABELS},
        },
        "model_sinusoids": {
            "class": "PegasusModel",
            "inputs": _IDS,
            "keep": ["embed_positions.weight"],
        },
        "model_relu": {"class": "PegasusModel", "variant": "relu", "inputs": _IDS},
        "causal": {
            "class": "PegasusForCausalLM",
            "inputs": {
                "input_ids": ["int", [2, 5], 2, 99],
                "encoder_hidden_states": ["normal", [2, 7, 24]],
                "encoder_attention_mask": ["right_padding", [7, 4], 7],
                **_LABELS,
            },
            "flags": _ALL,
        },
    },
}
