"""ELECTRA's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 3],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ENCODER = {
    "encoder_hidden_states": ["normal", [2, 5, 24]],
    "encoder_attention_mask": ["right_padding", [5, 3], 5],
}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.electra.modeling_electra",
    "config_class": "ElectraConfig",
    "trunk": "ElectraModel",
    "head": "ElectraForSequenceClassification",
    "cached": {"class": "ElectraForCausalLM", "variant": "decoder"},
    "resized": "ElectraForMaskedLM",
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
        "summary_last_dropout": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "same_width": {"embedding_size": 24},
        "summary": {"summary_use_proj": False, "summary_type": "mean", "summary_activation": "tanh"},
        "relative_key": {"position_embedding_type": "relative_key"},
        "decoder": {"is_decoder": True},
        "cross": {"is_decoder": True, "add_cross_attention": True},
        "relu": {"hidden_act": "relu"},
        "eps": {"layer_norm_eps": 0.1},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "ElectraModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "ElectraModel", "inputs": _PLAIN},
        "model_same_width": {"class": "ElectraModel", "variant": "same_width", "inputs": _PADDED},
        "model_embeds": {"class": "ElectraModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 16]]}},
        "model_positions": {
            "class": "ElectraModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 16]], "position_ids": ["int", [2, 7], 0, 18]},
        },
        "model_head_mask": {
            "class": "ElectraModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_relative_key": {"class": "ElectraModel", "variant": "relative_key", "inputs": _PADDED},
        "model_relu": {"class": "ElectraModel", "variant": "relu", "inputs": _PLAIN},
        "model_eps": {"class": "ElectraModel", "variant": "eps", "inputs": _PLAIN},
        "model_decoder": {"class": "ElectraModel", "variant": "decoder", "inputs": _PADDED, "flags": _ALL},
        "model_cross": {
            "class": "ElectraModel",
            "variant": "cross",
            "inputs": {**_PADDED, **_ENCODER},
            "flags": _ALL,
        },
        "masked_lm": {"class": "ElectraForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "ElectraForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "causal_lm": {
            "class": "ElectraForCausalLM",
            "variant": "cross",
            "inputs": {**_PLAIN, **_ENCODER, **_TOKEN_LABELS},
        },
        "sequence": {
            "class": "ElectraForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "ElectraForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "ElectraForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "pretraining": {
            "class": "ElectraForPreTraining",
            "inputs": {**_PADDED, "labels": ["int", [2, 7], 0, 2]},
        },
        "pretraining_plain": {
            "class": "ElectraForPreTraining",
            "variant": "relu",
            "inputs": {**_PLAIN, "labels": ["int", [2, 7], 0, 2]},
        },
        "choice_summary": {
            "class": "ElectraForMultipleChoice",
            "variant": "summary",
            "inputs": {"input_ids": ["int", [2, 3, 7], 1, 99], "attention_mask": ["ones", [2, 3, 7]]},
        },
        "choice": {
            "class": "ElectraForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "ElectraForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "ElectraForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
