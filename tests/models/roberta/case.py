"""RoBERTa's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

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
_PAD_5 = {"input_ids": ["values", [[5, 5, 1, 17, 98, 3, 40], [9, 31, 2, 5, 77, 6, 5]]]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ENCODER = {
    "encoder_hidden_states": ["normal", [2, 5, 24]],
    "encoder_attention_mask": ["right_padding", [5, 3], 5],
}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.roberta.modeling_roberta",
    "config_class": "RobertaConfig",
    "trunk": "RobertaModel",
    "head": "RobertaForSequenceClassification",
    "cached": {"class": "RobertaForCausalLM", "variant": "decoder"},
    "resized": "RobertaForMaskedLM",
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
        "pad_5": {"pad_token_id": 5},
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
        "model": {"class": "RobertaModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "RobertaModel", "inputs": _PLAIN},
        "model_pad_ids": {"class": "RobertaModel", "inputs": _PAD_IDS},
        "model_pad_id_5": {"class": "RobertaModel", "variant": "pad_5", "inputs": _PAD_5},
        "model_embeds": {"class": "RobertaModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 24]]}},
        "model_positions": {
            "class": "RobertaModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 18]},
        },
        "model_head_mask": {
            "class": "RobertaModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_relative_key": {"class": "RobertaModel", "variant": "relative_key", "inputs": _PADDED},
        "model_relu": {"class": "RobertaModel", "variant": "relu", "inputs": _PLAIN},
        "model_eps": {"class": "RobertaModel", "variant": "eps", "inputs": _PLAIN},
        "model_decoder": {"class": "RobertaModel", "variant": "decoder", "inputs": _PADDED, "flags": _ALL},
        "model_cross": {
            "class": "RobertaModel",
            "variant": "cross",
            "inputs": {**_PADDED, **_ENCODER},
            "flags": _ALL,
        },
        "masked_lm": {"class": "RobertaForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "RobertaForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "causal_lm": {
            "class": "RobertaForCausalLM",
            "variant": "cross",
            "inputs": {**_PLAIN, **_ENCODER, **_TOKEN_LABELS},
        },
        "sequence": {
            "class": "RobertaForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "RobertaForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "RobertaForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "choice": {
            "class": "RobertaForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "RobertaForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "RobertaForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
