"""DistilBERT's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["right_padding", [7, 4], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}

CASE = {
    "module": "models.distilbert.modeling_distilbert",
    "config_class": "DistilBertConfig",
    "trunk": "DistilBertModel",
    "head": "DistilBertForSequenceClassification",
    "resized": "DistilBertForMaskedLM",
    "config": {
        "vocab_size": 99,
        "dim": 24,
        "n_layers": 2,
        "n_heads": 4,
        "hidden_dim": 40,
        "max_position_embeddings": 16,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "seq_classif_dropout": 0.0,
        "qa_dropout": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "relu": {"activation": "relu"},
        "sinusoids": {"sinusoidal_pos_embds": True},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {
            "class": "DistilBertModel",
            "inputs": _PADDED,
            "flags": {"output_hidden_states": True, "output_attentions": True},
        },
        "model_plain": {"class": "DistilBertModel", "inputs": _PLAIN},
        "model_embeds": {"class": "DistilBertModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 24]]}},
        "model_head_mask": {
            "class": "DistilBertModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_relu": {"class": "DistilBertModel", "variant": "relu", "inputs": _PLAIN},
        "model_sinusoids": {
            "class": "DistilBertModel",
            "variant": "sinusoids",
            "inputs": _PLAIN,
            "keep": ["position_embeddings.weight"],
        },
        "masked_lm": {"class": "DistilBertForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "DistilBertForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "sequence": {
            "class": "DistilBertForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "DistilBertForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "DistilBertForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "choice": {
            "class": "DistilBertForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "DistilBertForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "DistilBertForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
