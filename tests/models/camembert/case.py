"""CamemBERT's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 3],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# Padding is known by its id, on either side and between.
_PAD_IDS = {
    "input_ids": ["values", [[1, 1, 5, 17, 98, 3, 40], [9, 31, 2, 1, 77, 6, 1]]],
    "attention_mask": ["floats", [[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 0, 1, 1, 0]]],
}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ENCODER = {
    "encoder_hidden_states": ["normal", [2, 5, 24]],
    "encoder_attention_mask": ["right_padding", [5, 3], 5],
}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.camembert.modeling_camembert",
    "config_class": "CamembertConfig",
    "trunk": "CamembertModel",
    "head": "CamembertForSequenceClassification",
    "cached": {"class": "CamembertForCausalLM", "variant": "decoder"},
    "resized": "CamembertForMaskedLM",
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "max_position_embeddings": 18,
        "type_vocab_size": 3,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "decoder": {"is_decoder": True},
        "cross": {"is_decoder": True, "add_cross_attention": True},
        "eps": {"layer_norm_eps": 0.1},
        "untied": {"tie_word_embeddings": False},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "CamembertModel", "inputs": _PADDED, "flags": _ALL},
        "model_pad_ids": {"class": "CamembertModel", "inputs": _PAD_IDS},
        "model_embeds": {"class": "CamembertModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 24]]}},
        "model_eps": {"class": "CamembertModel", "variant": "eps", "inputs": _PLAIN},
        "model_decoder": {"class": "CamembertModel", "variant": "decoder", "inputs": _PADDED, "flags": _ALL},
        "model_cross": {
            "class": "CamembertModel",
            "variant": "cross",
            "inputs": {**_PADDED, **_ENCODER},
            "flags": _ALL,
        },
        "masked_lm": {"class": "CamembertForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "CamembertForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "causal_lm": {
            "class": "CamembertForCausalLM",
            "variant": "cross",
            "inputs": {**_PLAIN, **_ENCODER, **_TOKEN_LABELS},
        },
        "sequence": {
            "class": "CamembertForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "choice": {
            "class": "CamembertForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "CamembertForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "CamembertForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
