"""ALBERT's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 3],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.albert.modeling_albert",
    "config_class": "AlbertConfig",
    "trunk": "AlbertModel",
    "head": "AlbertForSequenceClassification",
    "resized": "AlbertForMaskedLM",
    "shares_layers": True,
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "embedding_size": 16,
        "max_position_embeddings": 18,
        "type_vocab_size": 3,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "classifier_dropout_prob": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "same_width": {"embedding_size": 24},
        "relative_key": {"position_embedding_type": "relative_key"},
        "groups": {"num_hidden_groups": 2, "num_hidden_layers": 4, "inner_group_num": 2},
        "inner": {"inner_group_num": 2, "num_hidden_layers": 3},
        "relu": {"hidden_act": "relu"},
        "eps": {"layer_norm_eps": 0.1},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "AlbertModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "AlbertModel", "inputs": _PLAIN},
        "model_same_width": {"class": "AlbertModel", "variant": "same_width", "inputs": _PADDED},
        "model_embeds": {"class": "AlbertModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 16]]}},
        "model_positions": {
            "class": "AlbertModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 16]], "position_ids": ["int", [2, 7], 0, 18]},
        },
        "model_head_mask": {
            "class": "AlbertModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_relative_key": {"class": "AlbertModel", "variant": "relative_key", "inputs": _PADDED},
        "model_relu": {"class": "AlbertModel", "variant": "relu", "inputs": _PLAIN},
        "model_eps": {"class": "AlbertModel", "variant": "eps", "inputs": _PLAIN},
        "model_groups": {"class": "AlbertModel", "variant": "groups", "inputs": _PADDED, "flags": _ALL},
        "model_inner": {"class": "AlbertModel", "variant": "inner", "inputs": _PADDED, "flags": _ALL},
        "masked_lm": {"class": "AlbertForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "AlbertForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "sequence": {
            "class": "AlbertForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "AlbertForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "AlbertForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "pretraining": {
            "class": "AlbertForPreTraining",
            "variant": "two_labels",
            "inputs": {**_PADDED, **_TOKEN_LABELS, "sentence_order_label": ["values", [1, 0]]},
        },
        "choice": {
            "class": "AlbertForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "AlbertForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "AlbertForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
