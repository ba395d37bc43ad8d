"""DeBERTa's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 3],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
_EMBEDS = {"inputs_embeds": ["normal", [2, 7, 24]]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.deberta.modeling_deberta",
    "config_class": "DebertaConfig",
    "trunk": "DebertaModel",
    "head": "DebertaForSequenceClassification",
    "resized": "DebertaForMaskedLM",
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
        "relative_attention": True,
        "pos_att_type": ["c2p", "p2c"],
        "num_labels": 3,
    },
    "variants": {
        "content_only": {"relative_attention": False, "type_vocab_size": 0},
        "near": {"max_relative_positions": 4, "pos_att_type": "C2P", "position_biased_input": False},
        "asked": {"pos_att_type": ["p2c", "p2p"], "max_relative_positions": 5},
        "unused_table": {"pos_att_type": None, "hidden_act": "relu"},
        "talking": {"talking_head": True, "layer_norm_eps": 0.1},
        "narrow": {"embedding_size": 16},
        "narrow_untied": {"embedding_size": 16, "tie_word_embeddings": False},
        "own_words": {"legacy": False, "tie_word_embeddings": False},
        "pooled": {"pooler_hidden_act": "tanh", "num_labels": 1},
        "regression": {"num_labels": 2, "problem_type": "regression"},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "DebertaModel", "inputs": _PADDED, "flags": _ALL},
        "model_content_only": {
            "class": "DebertaModel",
            "variant": "content_only",
            "inputs": _PLAIN,
            "flags": _ALL,
        },
        "model_near": {"class": "DebertaModel", "variant": "near", "inputs": _PADDED},
        "model_asked": {"class": "DebertaModel", "variant": "asked", "inputs": _PADDED},
        "model_unused_table": {"class": "DebertaModel", "variant": "unused_table", "inputs": _PLAIN},
        "model_talking": {"class": "DebertaModel", "variant": "talking", "inputs": _PADDED, "flags": _ALL},
        "model_narrow": {
            "class": "DebertaModel",
            "variant": "narrow",
            "inputs": {**_PADDED, "position_ids": ["int", [2, 7], 0, 18]},
        },
        "model_embeds": {"class": "DebertaModel", "inputs": _EMBEDS},
        "masked_lm_narrow": {
            "class": "DebertaForMaskedLM",
            "variant": "narrow_untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "masked_lm_own_words": {
            "class": "DebertaForMaskedLM",
            "variant": "own_words",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "masked_lm": {"class": "DebertaForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "sequence": {
            "class": "DebertaForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_unlabelled": {
            "class": "DebertaForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, -1]]},
        },
        "sequence_shares": {
            "class": "DebertaForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["floats", [[0.2, 0.5, 0.3], [1, 0, 0]]]},
        },
        "sequence_pooled": {
            "class": "DebertaForSequenceClassification",
            "variant": "pooled",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_regression": {
            "class": "DebertaForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [[0.5, 1.5], [-1.25, 0.75]]]},
        },
        "sequence_multi_label": {
            "class": "DebertaForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "token": {
            "class": "DebertaForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "DebertaForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PLAIN, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
