"""Llama's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["right_padding", [7, 5], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_ALL = {"output_hidden_states": True, "output_attentions": True}


def _trunk(variant, inputs=_PLAIN):
    return {"class": "LlamaModel", "variant": variant, "inputs": inputs}


CASE = {
    "module": "models.llama.modeling_llama",
    "config_class": "LlamaConfig",
    "trunk": "LlamaModel",
    "head": "LlamaForSequenceClassification",
    "cached": {"class": "LlamaForCausalLM", "variant": "one"},
    "resized": "LlamaForCausalLM",
    "unlimited": True,
    "config": {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "num_hidden_layers": 2,
        "max_position_embeddings": 16,
        "intermediate_size": 40,
        "hidden_size": 24,
        "vocab_size": 99,
        "bos_token_id": 98,
        "eos_token_id": 98,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "every": {"num_key_value_heads": None},
        "one": {"num_key_value_heads": 1},
        "head_dim": {"head_dim": 10},
        "attention_bias": {"attention_bias": True, "hidden_act": "gelu"},
        "mlp_bias": {"mlp_bias": True, "rms_norm_eps": 0.1},
        "theta": {"rope_theta": 100.0},
        "linear": {"rope_scaling": {"type": "linear", "factor": 4.0}},
        "dynamic": {"max_position_embeddings": 4, "rope_scaling": {"type": "dynamic", "factor": 2.0}},
        "yarn": {
            "rope_theta": 50.0,
            "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4},
        },
        "yarn_blend": {
            "rope_theta": 20.0,
            "head_dim": 8,
            "rope_scaling": {
                "rope_type": "yarn",
                "factor": 8.0,
                "beta_fast": 2.0,
                "beta_slow": 0.25,
                "mscale": 0.7,
                "mscale_all_dim": 0.3,
                "truncate": False,
            },
        },
        "llama3": {
            "rope_theta": 20.0,
            "head_dim": 8,
            "rope_scaling": {
                "rope_type": "llama3",
                "factor": 8.0,
                "low_freq_factor": 0.5,
                "high_freq_factor": 2.0,
                "original_max_position_embeddings": 12,
            },
        },
        "longrope": {
            "max_position_embeddings": 5,
            "rope_scaling": {
                "rope_type": "longrope",
                "factor": 3.0,
                "short_factor": [1.1, 1.3, 1.7],
                "long_factor": [1.5, 2.5, 4.5],
            },
        },
        "longrope_short": {
            "original_max_position_embeddings": 8,
            "rope_scaling": {
                "rope_type": "longrope",
                "short_factor": [1.1, 1.3, 1.7],
                "long_factor": [1.5, 2.5, 4.5],
            },
        },
        "tied": {"tie_word_embeddings": True},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
    },
    "runs": {
        "model": {"class": "LlamaModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "LlamaModel", "inputs": _PLAIN},
        "model_embeds": {
            "class": "LlamaModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_every": _trunk("every"),
        "model_one": _trunk("one"),
        "model_head_dim": _trunk("head_dim"),
        "model_attention_bias": _trunk("attention_bias"),
        "model_mlp_bias": _trunk("mlp_bias"),
        "model_theta": _trunk("theta"),
        "model_linear": _trunk("linear"),
        "model_dynamic": _trunk("dynamic"),
        "model_yarn": _trunk("yarn"),
        "model_yarn_blend": _trunk("yarn_blend"),
        "model_llama3": _trunk("llama3"),
        "model_longrope": _trunk("longrope"),
        "model_longrope_short": _trunk("longrope_short"),
        "causal_lm": {
            "class": "LlamaForCausalLM",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]],
            },
        },
        "causal_lm_tied": {
            "class": "LlamaForCausalLM",
            "variant": "tied",
            "inputs": _PLAIN,
            "flags": {"logits_to_keep": 2},
        },
        "sequence": {
            "class": "LlamaForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "LlamaForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "LlamaForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_ENDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "token": {
            "class": "LlamaForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "LlamaForQuestionAnswering",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
