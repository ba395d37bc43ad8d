"""GPT-J's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

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
    "module": "models.gptj.modeling_gptj",
    "config_class": "GPTJConfig",
    "trunk": "GPTJModel",
    "head": "GPTJForSequenceClassification",
    "cached": {"class": "GPTJForCausalLM"},
    "resized": "GPTJForCausalLM",
    "config": {
        "n_head": 3,
        "n_layer": 2,
        "n_inner": 40,
        "rotary_dim": 4,
        "n_positions": 16,
        "n_embd": 24,
        "vocab_size": 99,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "wide": {"n_inner": None, "layer_norm_epsilon": 0.1},
        "relu": {"activation_function": "relu", "rotary_dim": 8},
        "one_head": {"n_head": 1, "rotary_dim": None},
        "tied": {"tie_word_embeddings": True},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "GPTJModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "GPTJModel", "inputs": _PLAIN},
        "model_embeds": {
            "class": "GPTJModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_head_mask": {
            "class": "GPTJModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1], [0, 1, 1]]]},
        },
        "model_wide": {"class": "GPTJModel", "variant": "wide", "inputs": _PLAIN},
        "model_relu": {"class": "GPTJModel", "variant": "relu", "inputs": _PLAIN},
        "model_one_head": {"class": "GPTJModel", "variant": "one_head", "inputs": _PLAIN},
        "causal_lm": {"class": "GPTJForCausalLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "causal_lm_tied": {"class": "GPTJForCausalLM", "variant": "tied", "inputs": _PLAIN},
        "sequence": {
            "class": "GPTJForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "GPTJForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "GPTJForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_ENDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "question": {
            "class": "GPTJForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
