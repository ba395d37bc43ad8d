"""GPT Neo's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

# Every query, of padding too, has a visible key in its window: gradients are then well defined.
_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 5], 7],
    "token_type_ids": ["int", [2, 7], 0, 99],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.gpt_neo.modeling_gpt_neo",
    "config_class": "GPTNeoConfig",
    "trunk": "GPTNeoModel",
    "head": "GPTNeoForSequenceClassification",
    "cached": {"class": "GPTNeoForCausalLM"},
    "resized": "GPTNeoForCausalLM",
    "shallow": {"attention_types": [[["local"], 1]]},
    "config": {
        "vocab_size": 99,
        "max_position_embeddings": 16,
        "hidden_size": 24,
        "num_layers": 2,
        "attention_types": [[["global", "local"], 1]],
        "num_heads": 4,
        "intermediate_size": 40,
        "window_size": 3,
        "bos_token_id": 98,
        "eos_token_id": 98,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "wide": {"intermediate_size": None},
        "relu": {"activation_function": "relu"},
        "order": {"attention_types": [[["local"], 1], [["global"], 1]], "window_size": 2},
        "global": {"attention_types": [[["global"], 2]]},
        "eps": {"layer_norm_epsilon": 0.1},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "GPTNeoModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "GPTNeoModel", "inputs": _PLAIN},
        "model_embeds": {
            "class": "GPTNeoModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_head_mask": {
            "class": "GPTNeoModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_wide": {"class": "GPTNeoModel", "variant": "wide", "inputs": _PLAIN},
        "model_relu": {"class": "GPTNeoModel", "variant": "relu", "inputs": _PLAIN},
        "model_order": {"class": "GPTNeoModel", "variant": "order", "inputs": _PLAIN},
        "model_global": {"class": "GPTNeoModel", "variant": "global", "inputs": _PADDED},
        "model_eps": {"class": "GPTNeoModel", "variant": "eps", "inputs": _PLAIN},
        "causal_lm": {"class": "GPTNeoForCausalLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "causal_lm_untied": {"class": "GPTNeoForCausalLM", "variant": "untied", "inputs": _PLAIN},
        "sequence": {
            "class": "GPTNeoForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "GPTNeoForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "GPTNeoForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_ENDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "token": {
            "class": "GPTNeoForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "GPTNeoForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
