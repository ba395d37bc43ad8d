"""XLNet's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IDS = {"input_ids": ["int", [2, 7], 1, 99]}
_TYPES = {"token_type_ids": ["int", [2, 7], 0, 3]}
_PADDED = {**_IDS, **_TYPES, "attention_mask": ["left_padding", [7, 4], 7]}
_MEMS = {"mems": ["normal", [2, 5, 2, 24]]}
_NEXT = [[int(j > 4) for j in range(7)] for i in range(7)]
_ORDER = [[int(j > i or j == 2) for j in range(7)] for i in range(7)]
_TARGETS = {
    "perm_mask": ["floats", [_NEXT, _ORDER]],
    "target_mapping": [
        "floats",
        [[[int(j == place) for j in range(7)] for place in places] for places in ((5, 6), (2, 6))],
    ],
}
_LABELS = {"labels": ["values", [[5, 98], [-100, 7]]]}
_SPAN = {"start_positions": ["values", [3, 5]], "end_positions": ["values", [4, 6]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.xlnet.modeling_xlnet",
    "config_class": "XLNetConfig",
    "trunk": "XLNetModel",
    "head": "XLNetForSequenceClassification",
    "resized": "XLNetLMHeadModel",
    "unlimited": True,
    "config": {
        "vocab_size": 99,
        "d_model": 24,
        "n_layer": 2,
        "n_head": 4,
        "d_inner": 40,
        "dropout": 0.0,
        "summary_last_dropout": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "forward_only": {"attn_type": "uni", "clamp_len": 3, "ff_activation": "relu"},
        "equal_sight": {"attn_type": "uni", "same_length": True},
        "both_ways": {"bi_data": True, "layer_norm_eps": 0.1},
        "short_memory": {"mem_len": 6, "reuse_len": 4},
        "forgetful": {"use_mems_eval": False},
        "summary": {"summary_use_proj": False, "summary_type": "mean", "summary_activation": None},
        "regression": {"num_labels": 1, "summary_type": "first"},
        "two_labels": {"num_labels": 2},
        "beams": {"start_n_top": 2, "end_n_top": 3},
    },
    "runs": {
        "model": {"class": "XLNetModel", "inputs": _PADDED, "flags": _ALL},
        "model_input_mask": {
            "class": "XLNetModel",
            "inputs": {**_IDS, "input_mask": ["floats", [[0] * 7, [1, 1, 1, 0, 0, 0, 0]]]},
        },
        "model_mems": {"class": "XLNetModel", "inputs": {**_PADDED, **_MEMS}, "flags": _ALL},
        "model_targets": {
            "class": "XLNetModel",
            "variant": "short_memory",
            "inputs": {
                **_PADDED,
                **_MEMS,
                **_TARGETS,
                "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]],
            },
            "flags": _ALL,
        },
        "model_forward_only": {"class": "XLNetModel", "variant": "forward_only", "inputs": {**_IDS, **_MEMS}},
        "model_equal_sight": {"class": "XLNetModel", "variant": "equal_sight", "inputs": {**_IDS, **_MEMS}},
        "model_both_ways": {"class": "XLNetModel", "variant": "both_ways", "inputs": {**_IDS, **_TYPES}},
        "model_forgetful": {
            "class": "XLNetModel",
            "variant": "forgetful",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]]},
        },
        "lm": {"class": "XLNetLMHeadModel", "inputs": {**_IDS, **_TYPES, **_TARGETS, **_LABELS}},
        "sequence": {
            "class": "XLNetForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_summary": {
            "class": "XLNetForSequenceClassification",
            "variant": "summary",
            "inputs": {**_IDS, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "XLNetForSequenceClassification",
            "variant": "regression",
            "inputs": {**_IDS, "labels": ["floats", [0.5, -1.25]]},
        },
        "choice": {
            "class": "XLNetForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "perm_mask": ["floats", [_ORDER] * 6],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "XLNetForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [-100, -100, -100, 2, 2, 1, 0]]],
            },
        },
        "question": {"class": "XLNetForQuestionAnsweringSimple", "variant": "two_labels", "inputs": _PADDED},
        "question_labels": {
            "class": "XLNetForQuestionAnsweringSimple",
            "variant": "two_labels",
            "inputs": {**_IDS, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
        "spans": {"class": "XLNetForQuestionAnswering", "variant": "beams", "inputs": _IDS},
        "spans_hidden": {
            "class": "XLNetForQuestionAnswering",
            "inputs": {
                **_PADDED,
                "cls_index": ["values", [6, 3]],
                "p_mask": ["floats", [[0, 0, 0, 0, 0, 0, 1], [1, 1, 0, 0, 0, 0, 0]]],
            },
        },
        "spans_labels": {"class": "XLNetForQuestionAnswering", "inputs": {**_PADDED, **_SPAN}},
        "spans_impossible": {
            "class": "XLNetForQuestionAnswering",
            "inputs": {
                **_PADDED,
                **_SPAN,
                "cls_index": ["values", [6, 4]],
                "is_impossible": ["floats", [0, 1]],
                "p_mask": ["floats", [[0, 0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0, 0]]],
            },
        },
    },
}
