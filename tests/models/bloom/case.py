"""BLOOM's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["right_padding", [7, 5], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_HOLES = {**_PLAIN, "attention_mask": ["values", [[1, 1, 0, 1, 1, 0, 1], [0, 1, 1, 1, 0, 1, 1]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}


def _trunk(variant, inputs=_PLAIN):
    return {"class": "BloomModel", "variant": variant, "inputs": inputs}


CASE = {
    "module": "models.bloom.modeling_bloom",
    "config_class": "BloomConfig",
    "trunk": "BloomModel",
    "head": "BloomForSequenceClassification",
    "cached": {"class": "BloomForCausalLM"},
    "resized": "BloomForCausalLM",
    "config": {
        "n_head": 6,
        "n_layer": 2,
        "hidden_size": 24,
        "vocab_size": 99,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "after": {"apply_residual_connection_post_layernorm": True, "layer_norm_epsilon": 0.1},
        "sliced": {"slow_but_exact": True, "pretraining_tp": 3},
        "cut": {"slow_but_exact": False, "pretraining_tp": 3},
        "even": {"n_head": 2, "slow_but_exact": True},
        "wide": {"n_embed": 48, "n_head": 12},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
    },
    "runs": {
        "model": {"class": "BloomModel", "inputs": _PADDED, "flags": _ALL},
        "model_holes": {"class": "BloomModel", "inputs": _HOLES},
        "model_embeds": {"class": "BloomModel", "inputs": {"inputs_embeds": ["normal", [2, 7, 24]]}},
        "model_head_mask": {
            "class": "BloomModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1, 1, 0], [0, 1, 1, 0, 1, 1]]]},
        },
        "model_after": _trunk("after"),
        "model_sliced": _trunk("sliced"),
        "model_cut": _trunk("cut"),
        "model_even": _trunk("even"),
        "model_wide": _trunk("wide"),
        "causal_lm": {
            "class": "BloomForCausalLM",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]],
            },
        },
        "causal_lm_untied": {"class": "BloomForCausalLM", "variant": "untied", "inputs": _PLAIN},
        "sequence": {
            "class": "BloomForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "BloomForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "token": {
            "class": "BloomForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "BloomForQuestionAnswering",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
