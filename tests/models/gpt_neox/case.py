"""GPT-NeoX's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {"input_ids": ["int", [2, 7], 1, 99], "attention_mask": ["right_padding", [7, 5], 7]}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
# The published classifier finds the last token by its id alone.
_ENDED = {
    "input_ids": ["values", [[5, 17, 98, 3, 61, 40, 7], [12, 8, 77, 30, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}


def _trunk(variant, inputs=_PLAIN):
    return {"class": "GPTNeoXModel", "variant": variant, "inputs": inputs}


CASE = {
    "module": "models.gpt_neox.modeling_gpt_neox",
    "config_class": "GPTNeoXConfig",
    "trunk": "GPTNeoXModel",
    "head": "GPTNeoXForSequenceClassification",
    "cached": {"class": "GPTNeoXForCausalLM"},
    "resized": "GPTNeoXForCausalLM",
    "unlimited": True,
    "config": {
        "num_attention_heads": 3,
        "num_hidden_layers": 2,
        "rotary_pct": 0.5,
        "max_position_embeddings": 16,
        "intermediate_size": 40,
        "hidden_size": 24,
        "vocab_size": 99,
        "pad_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "serial": {"use_parallel_residual": False, "layer_norm_eps": 0.1},
        "whole": {"rotary_pct": 1.0, "rotary_emb_base": 50, "hidden_act": "relu"},
        "unbiased": {"attention_bias": False},
        "linear": {"rope_scaling": {"type": "linear", "factor": 4.0}},
        "dynamic": {"max_position_embeddings": 4, "rope_scaling": {"type": "dynamic", "factor": 2.0}},
        "tied": {"tie_word_embeddings": True},
        "regression": {"num_labels": 1},
    },
    "runs": {
        "model": {
            "class": "GPTNeoXModel",
            "inputs": _PADDED,
            "flags": {"output_hidden_states": True, "output_attentions": True},
        },
        "model_plain": {"class": "GPTNeoXModel", "inputs": _PLAIN},
        "model_embeds": {
            "class": "GPTNeoXModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_serial": _trunk("serial"),
        "model_whole": _trunk("whole"),
        "model_unbiased": _trunk("unbiased"),
        "model_linear": _trunk("linear"),
        "model_dynamic": _trunk("dynamic"),
        "causal_lm": {
            "class": "GPTNeoXForCausalLM",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]],
            },
        },
        "causal_lm_tied": {
            "class": "GPTNeoXForCausalLM",
            "variant": "tied",
            "inputs": _PLAIN,
            "flags": {"logits_to_keep": 2},
        },
        "sequence": {
            "class": "GPTNeoXForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "GPTNeoXForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "token": {
            "class": "GPTNeoXForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "GPTNeoXForQuestionAnswering",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
