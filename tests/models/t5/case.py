"""T5's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_IDS = {"input_ids": ["int", [2, 7], 2, 99], "decoder_input_ids": ["int", [2, 5], 2, 99]}
_PADDED = {
    **_IDS,
    "attention_mask": ["right_padding", [7, 4], 7],
    "decoder_attention_mask": ["right_padding", [5, 3], 5],
}
# The published classifiers read the last <eos>, of which each row has as many.
_ENDED = {
    "input_ids": ["values", [[5, 17, 1, 3, 61, 40, 1], [12, 1, 77, 1, 0, 0, 0]]],
    "attention_mask": ["right_padding", [7, 4], 7],
}
_LABELS = {"labels": ["values", [[5, -100, 9, 98, 2], [-100, 7, 8, 1, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}
_HEADS = ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]

CASE = {
    "module": "models.t5.modeling_t5",
    "config_class": "T5Config",
    "trunk": "T5Model",
    "head": "T5ForSequenceClassification",
    "seq2seq": True,
    "cached": {"class": "T5ForConditionalGeneration"},
    "resized": "T5ForConditionalGeneration",
    "shallow": {"num_decoder_layers": 1},
    "config": {
        "vocab_size": 99,
        "d_model": 24,
        "d_kv": 5,
        "d_ff": 40,
        "num_layers": 2,
        "num_heads": 4,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 10,
        "dropout_rate": 0.0,
        "decoder_start_token_id": 0,
        "num_labels": 3,
    },
    "variants": {
        "gated_gelu": {"feed_forward_proj": "gated-gelu"},
        "gated_silu": {"feed_forward_proj": "gated-silu", "num_decoder_layers": 1},
        "gelu": {"feed_forward_proj": "gelu"},
        "eps": {"layer_norm_epsilon": 0.1},
        "buckets": {"relative_attention_num_buckets": 6, "relative_attention_max_distance": 4},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "T5Model", "inputs": _PADDED, "flags": _ALL},
        "model_embeds": {
            "class": "T5Model",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
            },
        },
        "model_head_mask": {
            "class": "T5Model",
            "inputs": {
                **_PADDED,
                "head_mask": _HEADS,
                "cross_attn_head_mask": _HEADS,
                "decoder_head_mask": ["floats", [[0, 1, 1, 1], [1, 1, 0, 1]]],
            },
        },
        "model_gelu": {"class": "T5Model", "variant": "gelu", "inputs": _IDS},
        "model_gated_gelu": {"class": "T5Model", "variant": "gated_gelu", "inputs": _IDS},
        "model_gated_silu": {"class": "T5Model", "variant": "gated_silu", "inputs": _IDS},
        "model_eps": {"class": "T5Model", "variant": "eps", "inputs": _IDS},
        "model_buckets": {"class": "T5Model", "variant": "buckets", "inputs": _IDS},
        "encoder": {
            "class": "T5EncoderModel",
            "inputs": {"input_ids": ["int", [2, 7], 2, 99], "attention_mask": ["right_padding", [7, 4], 7]},
            "flags": _ALL,
        },
        "generation": {
            "class": "T5ForConditionalGeneration",
            "inputs": {
                "input_ids": ["int", [2, 7], 2, 99],
                "attention_mask": ["right_padding", [7, 4], 7],
                **_LABELS,
            },
        },
        "generation_untied": {
            "class": "T5ForConditionalGeneration",
            "variant": "untied",
            "inputs": {**_PADDED, **_LABELS},
        },
        "sequence": {
            "class": "T5ForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "T5ForSequenceClassification",
            "variant": "regression",
            "inputs": {**_ENDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "T5ForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_ENDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "token": {
            "class": "T5ForTokenClassification",
            "inputs": {
                **_ENDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "T5ForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_ENDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
