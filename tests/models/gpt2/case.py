"""GPT-2's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 99],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
# Beside "cls_index" the published summaries take the axis of the choices for that of the tokens.
_CHOICES = {"input_ids": ["int", [2, 3, 7], 1, 99], "attention_mask": ["ones", [2, 3, 7]]}
_ENCODER = {
    "encoder_hidden_states": ["normal", [2, 5, 24]],
    "encoder_attention_mask": ["right_padding", [5, 3], 5],
}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.gpt2.modeling_gpt2",
    "config_class": "GPT2Config",
    "trunk": "GPT2Model",
    "head": "GPT2ForSequenceClassification",
    "cached": {"class": "GPT2LMHeadModel"},
    "resized": "GPT2LMHeadModel",
    "config": {
        "vocab_size": 99,
        "n_positions": 16,
        "n_embd": 24,
        "n_layer": 2,
        "n_head": 4,
        "n_inner": 40,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "summary_first_dropout": 0.0,
        "bos_token_id": 98,
        "eos_token_id": 98,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "wide": {"n_inner": None},
        "relu": {"activation_function": "relu"},
        "unscaled": {"scale_attn_weights": False},
        "layer_scaled": {"scale_attn_by_inverse_layer_idx": True},
        "upcast": {"reorder_and_upcast_attn": True, "scale_attn_by_inverse_layer_idx": True},
        "cross": {"add_cross_attention": True},
        "eps": {"layer_norm_epsilon": 0.1},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
        "mean": {"summary_type": "mean", "summary_activation": "tanh"},
        "first": {"summary_type": "first", "summary_proj_to_labels": False},
        "last": {"summary_type": "last", "summary_use_proj": False},
    },
    "runs": {
        "model": {"class": "GPT2Model", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "GPT2Model", "inputs": _PLAIN},
        "model_embeds": {
            "class": "GPT2Model",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_head_mask": {
            "class": "GPT2Model",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_wide": {"class": "GPT2Model", "variant": "wide", "inputs": _PLAIN},
        "model_relu": {"class": "GPT2Model", "variant": "relu", "inputs": _PLAIN},
        "model_unscaled": {"class": "GPT2Model", "variant": "unscaled", "inputs": _PLAIN},
        "model_layer_scaled": {"class": "GPT2Model", "variant": "layer_scaled", "inputs": _PLAIN},
        "model_upcast": {"class": "GPT2Model", "variant": "upcast", "inputs": _PLAIN},
        "model_eps": {"class": "GPT2Model", "variant": "eps", "inputs": _PLAIN},
        "model_cross": {
            "class": "GPT2Model",
            "variant": "cross",
            "inputs": {**_PADDED, **_ENCODER},
            "flags": _ALL,
        },
        "causal_lm": {"class": "GPT2LMHeadModel", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "causal_lm_untied": {"class": "GPT2LMHeadModel", "variant": "untied", "inputs": _PLAIN},
        "causal_lm_cross": {
            "class": "GPT2LMHeadModel",
            "variant": "cross",
            "inputs": {**_PLAIN, **_ENCODER},
            "flags": {"logits_to_keep": 2},
        },
        "double_heads": {
            "class": "GPT2DoubleHeadsModel",
            "inputs": {
                **_CHOICES,
                "mc_token_ids": ["values", [[6, 3, 0], [1, 5, 2]]],
                "labels": ["int", [2, 3, 7], 0, 99],
                "mc_labels": ["values", [2, 0]],
            },
        },
        "double_heads_first": {"class": "GPT2DoubleHeadsModel", "variant": "first", "inputs": _PLAIN},
        "double_heads_last": {"class": "GPT2DoubleHeadsModel", "variant": "last", "inputs": _PLAIN},
        "double_heads_mean": {"class": "GPT2DoubleHeadsModel", "variant": "mean", "inputs": _PLAIN},
        "sequence": {
            "class": "GPT2ForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "GPT2ForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "GPT2ForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_ENDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "token": {
            "class": "GPT2ForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "GPT2ForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
