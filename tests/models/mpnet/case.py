"""MPNet's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# Padding is known by its id, on either side and between.
_PAD_IDS = {
    "input_ids": ["values", [[1, 1, 5, 17, 98, 3, 40], [9, 31, 2, 1, 77, 6, 1]]],
    "attention_mask": ["floats", [[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 0, 1, 1, 0]]],
}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.mpnet.modeling_mpnet",
    "config_class": "MPNetConfig",
    "trunk": "MPNetModel",
    "head": "MPNetForSequenceClassification",
    "resized": "MPNetForMaskedLM",
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "max_position_embeddings": 18,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "relu": {"hidden_act": "relu"},
        "eps": {"layer_norm_eps": 0.1},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "MPNetModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "MPNetModel", "inputs": _PLAIN},
        "model_pad_ids": {"class": "MPNetModel", "inputs": _PAD_IDS},
        "model_embeds": {"class": "MPNetModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 24]]}},
        "model_positions": {
            "class": "MPNetModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 18]},
        },
        "model_head_mask": {
            "class": "MPNetModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_relu": {"class": "MPNetModel", "variant": "relu", "inputs": _PLAIN},
        "model_eps": {"class": "MPNetModel", "variant": "eps", "inputs": _PLAIN},
        "masked_lm": {"class": "MPNetForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "MPNetForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "sequence": {
            "class": "MPNetForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "MPNetForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "MPNetForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "choice": {
            "class": "MPNetForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "MPNetForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "MPNetForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
