"""Marian's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IDS = {"input_ids": ["int", [2, 7], 1, 98], "decoder_input_ids": ["int", [2, 5], 1, 98]}
_PADDED = {
    **_IDS,
    "attention_mask": ["right_padding", [7, 4], 7],
    "decoder_attention_mask": ["right_padding", [5, 3], 5],
}
_LABELS = {"labels": ["values", [[5, -100, 9, 98, 2], [-100, 7, 8, 1, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.marian.modeling_marian",
    "config_class": "MarianConfig",
    "trunk": "MarianModel",
    "head": "MarianMTModel",
    "seq2seq": True,
    "cached": {"class": "MarianMTModel"},
    "resized": "MarianMTModel",
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
        "pad_token_id": 98,
        "eos_token_id": 0,
        "decoder_start_token_id": 98,
    },
    "variants": {
        "scaled": {"scale_embedding": True},
        "apart": {
            "share_encoder_decoder_embeddings": False,
            "decoder_vocab_size": 97,
            "tie_word_embeddings": False,
        },
        "untied": {"tie_word_embeddings": False},
    },
    "runs": {
        "model": {"class": "MarianModel", "inputs": _PADDED, "flags": _ALL},
        "model_embeds": {
            "class": "MarianModel",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
            },
        },
        "model_scaled": {"class": "MarianModel", "variant": "scaled", "inputs": _IDS},
        "generation": {"class": "MarianMTModel", "inputs": {**_PADDED, **_LABELS}},
        "generation_labels": {
            "class": "MarianMTModel",
            "variant": "untied",
            "inputs": {"input_ids": ["int", [2, 7], 1, 98], **_LABELS},
        },
        "model_sinusoids": {
            "class": "MarianModel",
            "inputs": _IDS,
            "keep": ["embed_positions.weight"],
        },
        "model_apart": {
            "class": "MarianModel",
            "variant": "apart",
            "inputs": {"input_ids": ["int", [2, 7], 1, 98], "decoder_input_ids": ["int", [2, 5], 1, 97]},
        },
        "generation_apart": {
            "class": "MarianMTModel",
            "variant": "apart",
            "inputs": {"input_ids": ["int", [2, 7], 1, 98], "decoder_input_ids": ["int", [2, 5], 1, 97]},
        },
        "causal": {
            "class": "MarianForCausalLM",
            "inputs": {
                "input_ids": ["int", [2, 5], 1, 98],
                "encoder_hidden_states": ["normal", [2, 7, 24]],
                "encoder_attention_mask": ["right_padding", [7, 4], 7],
                **_LABELS,
            },
            "flags": _ALL,
        },
    },
}
