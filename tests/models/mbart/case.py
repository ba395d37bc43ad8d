"""mBART's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IDS = {"input_ids": ["int", [2, 7], 3, 99], "decoder_input_ids": ["int", [2, 5], 3, 99]}
_PADDED = {
    **_IDS,
    "attention_mask": ["right_padding", [7, 4], 7],
    "decoder_attention_mask": ["right_padding", [5, 3], 5],
}
# The published classifiers read the last <eos>, of which each row has as many.
_ENDED = {
    "input_ids": ["values", [[5, 17, 2, 3, 61, 40, 2], [12, 2, 77, 2, 1, 1, 1]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_LABELS = {"labels": ["values", [[5, -100, 9, 98, 2], [-100, 7, 8, 1, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}
_HEADS = ["floats", [[1, 0, 1], [0, 1, 1]]]

CASE = {
    "module": "models.mbart.modeling_mbart",
    "config_class": "MBartConfig",
    "trunk": "MBartModel",
    "head": "MBartForSequenceClassification",
    "seq2seq": True,
    "cached": {"class": "MBartForConditionalGeneration"},
    "resized": "MBartForConditionalGeneration",
    "shallow": {"encoder_layers": 1, "decoder_layers": 1},
    "config": {
        "vocab_size": 99,
        "d_model": 24,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 3,
        "encoder_ffn_dim": 40,
        "decoder_ffn_dim": 36,
        "max_position_embeddings": 16,
        "dropout": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "scaled": {"scale_embedding": True},
        "relu": {"activation_function": "relu"},
        "untied": {"tie_word_embeddings": False},
    },
    "runs": {
        "model": {"class": "MBartModel", "inputs": _PADDED, "flags": _ALL},
        "model_alone": {"class": "MBartModel", "inputs": {"input_ids": ["int", [2, 7], 3, 99]}},
        "model_embeds": {
            "class": "MBartModel",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
            },
        },
        "model_head_mask": {
            "class": "MBartModel",
            "inputs": {
                **_PADDED,
                "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]],
                "decoder_head_mask": ["floats", [[0, 1, 1], [1, 1, 0]]],
                "cross_attn_head_mask": _HEADS,
            },
        },
        "model_scaled": {"class": "MBartModel", "variant": "scaled", "inputs": _IDS},
        "model_relu": {"class": "MBartModel", "variant": "relu", "inputs": _IDS},
        "generation": {
            "class": "MBartForConditionalGeneration",
            "inputs": {
                "input_ids": ["int", [2, 7], 3, 99],
                "attention_mask": ["right_padding", [7, 4], 7],
                **_LABELS,
            },
        },
        "generation_untied": {
            "class": "MBartForConditionalGeneration",
            "variant": "untied",
            "inputs": _PADDED,
        },
        "sequence": {
            "class": "MBartForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "question": {
            "class": "MBartForQuestionAnswering",
            "inputs": {**_ENDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
        "causal": {
            "class": "MBartForCausalLM",
            "inputs": {
                "input_ids": ["int", [2, 7], 3, 99],
                "attention_mask": ["right_padding", [7, 4], 7],
                "labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]],
            },
        },
        "causal_cross": {
            "class": "MBartForCausalLM",
            "inputs": {
                "input_ids": ["int", [2, 5], 3, 99],
                "encoder_hidden_states": ["normal", [2, 7, 24]],
                "encoder_attention_mask": ["right_padding", [7, 4], 7],
                "cross_attn_head_mask": _HEADS,
            },
            "flags": _ALL,
        },
    },
}
