"""Falcon's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["right_padding", [7, 5], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
# Its eager attention adds ALiBi twice where there is no head mask.
_ONES = {**_PADDED, "head_mask": ["floats", [[1, 1, 1, 1, 1, 1]] * 2]}
_ALL = {"output_hidden_states": True, "output_attentions": True}


def _trunk(variant, inputs=_PLAIN):
    return {"class": "FalconModel", "variant": variant, "inputs": inputs}


CASE = {
    "module": "models.falcon.modeling_falcon",
    "config_class": "FalconConfig",
    "trunk": "FalconModel",
    "head": "FalconForSequenceClassification",
    "cached": {"class": "FalconForCausalLM"},
    "resized": "FalconForCausalLM",
    "unlimited": True,
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 6,
        "max_position_embeddings": 16,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "alibi": {"alibi": True, "parallel_attn": False, "bias": True, "multi_query": False},
        "alibi_odd": {"alibi": True, "hidden_size": 36, "num_attention_heads": 12},
        "grouped": {"new_decoder_architecture": True, "num_kv_heads": 2, "layer_norm_epsilon": 0.1},
        "one_norm": {
            "new_decoder_architecture": True,
            "num_kv_heads": 3,
            "num_ln_in_parallel_attn": 1,
            "ffn_hidden_size": 40,
        },
        "own_heads": {"multi_query": False, "bias": True, "activation": "relu", "rope_theta": 50.0},
        "serial": {"parallel_attn": False, "num_kv_heads": 2},
        "linear": {"rope_scaling": {"type": "linear", "factor": 4.0}},
        "dynamic": {"max_position_embeddings": 4, "rope_scaling": {"type": "dynamic", "factor": 2.0}},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
    },
    "runs": {
        "model": {"class": "FalconModel", "inputs": _PADDED, "flags": _ALL},
        "model_embeds": {
            "class": "FalconModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_alibi": {"class": "FalconModel", "variant": "alibi", "inputs": _ONES, "flags": _ALL},
        "model_head_mask": _trunk(
            "alibi", {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1, 1, 0], [0, 1, 1, 0, 1, 1]]]}
        ),
        "model_alibi_odd": _trunk("alibi_odd", {**_PADDED, "head_mask": ["floats", [[1] * 12] * 2]}),
        "model_grouped": _trunk("grouped"),
        "model_one_norm": _trunk("one_norm"),
        "model_own_heads": _trunk("own_heads"),
        "model_serial": _trunk("serial"),
        "model_linear": _trunk("linear"),
        "model_dynamic": _trunk("dynamic"),
        "causal_lm": {
            "class": "FalconForCausalLM",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]],
            },
        },
        "causal_lm_untied": {
            "class": "FalconForCausalLM",
            "variant": "untied",
            "inputs": _PLAIN,
            "flags": {"logits_to_keep": 2},
        },
        "sequence": {
            "class": "FalconForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "FalconForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "token": {
            "class": "FalconForTokenClassification",
            "variant": "grouped",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "FalconForQuestionAnswering",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
