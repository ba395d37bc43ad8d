"""OPT's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["left_padding", [7, 5], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_HOLES = {**_PLAIN, "attention_mask": ["values", [[1, 1, 0, 1, 1, 0, 1], [0, 1, 1, 1, 0, 1, 1]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}


def _trunk(variant, inputs=_PLAIN):
    return {"class": "OPTModel", "variant": variant, "inputs": inputs}


CASE = {
    "module": "models.opt.modeling_opt",
    "config_class": "OPTConfig",
    "trunk": "OPTModel",
    "head": "OPTForSequenceClassification",
    "cached": {"class": "OPTForCausalLM"},
    "resized": "OPTForCausalLM",
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "ffn_dim": 40,
        "max_position_embeddings": 16,
        "num_attention_heads": 4,
        "dropout": 0.0,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "narrow": {"word_embed_proj_dim": 16, "activation_function": "gelu"},
        "behind": {"do_layer_norm_before": False, "word_embed_proj_dim": 16, "layerdrop": 0.5},
        "endless": {"_remove_final_layer_norm": True},
        "unbiased": {"enable_bias": False},
        "fixed": {"layer_norm_elementwise_affine": False},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
    },
    "runs": {
        "model": {"class": "OPTModel", "inputs": _PADDED, "flags": _ALL},
        "model_holes": {"class": "OPTModel", "inputs": _HOLES},
        "model_embeds": {
            "class": "OPTModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], -1, 16]},
        },
        "model_behind": {"class": "OPTModel", "variant": "behind", "inputs": _PADDED, "flags": _ALL},
        "model_narrow": _trunk("narrow"),
        "model_endless": _trunk("endless"),
        "model_unbiased": _trunk("unbiased"),
        "causal_lm": {
            "class": "OPTForCausalLM",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, -100, -100, 7, 8, 1, 4]]],
            },
        },
        "causal_lm_narrow": {"class": "OPTForCausalLM", "variant": "narrow", "inputs": _PLAIN},
        "causal_lm_untied": {"class": "OPTForCausalLM", "variant": "untied", "inputs": _PLAIN},
        "sequence": {
            "class": "OPTForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_behind": {
            "class": "OPTForSequenceClassification",
            "variant": "behind",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "OPTForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "question": {
            "class": "OPTForQuestionAnswering",
            "inputs": {**_ENDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
        "question_narrow": {"class": "OPTForQuestionAnswering", "variant": "narrow", "inputs": _PLAIN},
    },
}
