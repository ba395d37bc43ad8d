"""Qwen2's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["right_padding", [7, 5], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_ALL = {"output_hidden_states": True, "output_attentions": True}


def _trunk(variant, inputs=_PLAIN):
    return {"class": "Qwen2Model", "variant": variant, "inputs": inputs}


CASE = {
    "module": "models.qwen2.modeling_qwen2",
    "config_class": "Qwen2Config",
    "trunk": "Qwen2Model",
    "head": "Qwen2ForSequenceClassification",
    "cached": {"class": "Qwen2ForCausalLM", "variant": "windows"},
    "resized": "Qwen2ForCausalLM",
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
        "every": {"num_key_value_heads": 4},
        "head_dim": {"head_dim": 10},
        "windows": {"use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1},
        "types": {
            "use_sliding_window": True,
            "sliding_window": 2,
            "layer_types": ["sliding_attention", "full_attention"],
        },
        "gelu": {"hidden_act": "gelu", "rms_norm_eps": 0.1},
        "yarn": {
            "head_dim": 6,
            "rope_theta": 50.0,
            "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4},
        },
        "dynamic": {
            "head_dim": 6,
            "max_position_embeddings": 4,
            "rope_scaling": {"type": "dynamic", "factor": 2.0},
        },
        "tied": {"tie_word_embeddings": True},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
    },
    "runs": {
        "model": {"class": "Qwen2Model", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "Qwen2Model", "inputs": _PLAIN},
        "model_every": _trunk("every"),
        "model_head_dim": _trunk("head_dim"),
        "model_windows": _trunk("windows", _PADDED),
        "model_types": _trunk("types"),
        "model_gelu": _trunk("gelu"),
        "model_yarn": _trunk("yarn"),
        "model_dynamic": _trunk("dynamic"),
        "causal_lm": {
            "class": "Qwen2ForCausalLM",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]],
            },
        },
        "causal_lm_tied": {
            "class": "Qwen2ForCausalLM",
            "variant": "tied",
            "inputs": _PLAIN,
            "flags": {"logits_to_keep": 2},
        },
        "sequence": {
            "class": "Qwen2ForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "token": {
            "class": "Qwen2ForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "Qwen2ForQuestionAnswering",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
