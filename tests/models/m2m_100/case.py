"""M2M-100's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IDS = {"input_ids": ["int", [2, 7], 3, 99], "decoder_input_ids": ["int", [2, 5], 3, 99]}
_PADDED = {
    **_IDS,
    "attention_mask": ["right_padding", [7, 4], 7],
    "decoder_attention_mask": ["right_padding", [5, 3], 5],
}
_LABELS = {"labels": ["values", [[5, -100, 9, 98, 2], [-100, 7, 8, 1, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.m2m_100.modeling_m2m_100",
    "config_class": "M2M100Config",
    "trunk": "M2M100Model",
    "head": "M2M100ForConditionalGeneration",
    "seq2seq": True,
    "unlimited": True,
    "cached": {"class": "M2M100ForConditionalGeneration"},
    "resized": "M2M100ForConditionalGeneration",
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
        "attention_dropout": 0.0,
        "encoder_layerdrop": 0.0,
        "decoder_layerdrop": 0.0,
        "scale_embedding": False,
        "pad_token_id": 1,
        "eos_token_id": 2,
        "decoder_start_token_id": 2,
    },
    "variants": {
        "scaled": {"scale_embedding": True},
        "untied": {"tie_word_embeddings": False},
    },
    "runs": {
        "model": {"class": "M2M100Model", "inputs": _PADDED, "flags": _ALL},
        "model_embeds": {
            "class": "M2M100Model",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
            },
        },
        "model_scaled": {"class": "M2M100Model", "variant": "scaled", "inputs": _IDS},
        "generation": {"class": "M2M100ForConditionalGeneration", "inputs": {**_PADDED, **_LABELS}},
        "generation_labels": {
            "class": "M2M100ForConditionalGeneration",
            "variant": "untied",
            "inputs": {"input_ids": ["int", [2, 7], 3, 99], **_LABELS},
        },
        "model_padding_ids": {
            "class": "M2M100Model",
            "inputs": {
                "input_ids": ["values", [[5, 17, 8, 3, 61, 40, 2], [12, 9, 77, 2, 1, 1, 1]]],
                "attention_mask": ["right_padding", [7, 4], 7],
                "decoder_input_ids": ["values", [[2, 5, 1, 7, 9], [2, 8, 30, 1, 6]]],
            },
        },
    },
}
