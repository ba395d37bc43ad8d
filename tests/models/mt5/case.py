"""mT5's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

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

CASE = {
    "module": "models.mt5.modeling_mt5",
    "config_class": "MT5Config",
    "trunk": "MT5Model",
    "head": "MT5ForSequenceClassification",
    "seq2seq": True,
    "cached": {"class": "MT5ForConditionalGeneration"},
    "resized": "MT5ForConditionalGeneration",
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
        "num_labels": 3,
    },
    "variants": {
        "tied": {"tie_word_embeddings": True, "feed_forward_proj": "relu"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "MT5Model", "inputs": _PADDED, "flags": _ALL},
        "model_embeds": {
            "class": "MT5Model",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
            },
        },
        "encoder": {
            "class": "MT5EncoderModel",
            "inputs": {"input_ids": ["int", [2, 7], 2, 99], "attention_mask": ["right_padding", [7, 4], 7]},
            "flags": _ALL,
        },
        "generation": {
            "class": "MT5ForConditionalGeneration",
            "inputs": {
                "input_ids": ["int", [2, 7], 2, 99],
                "attention_mask": ["right_padding", [7, 4], 7],
                **_LABELS,
            },
        },
        "generation_tied": {
            "class": "MT5ForConditionalGeneration",
            "variant": "tied",
            "inputs": {**_PADDED, **_LABELS},
        },
        "sequence": {
            "class": "MT5ForSequenceClassification",
            "inputs": {**_ENDED, "labels": ["values", [2, 0]]},
        },
        "token": {
            "class": "MT5ForTokenClassification",
            "inputs": {
                **_ENDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "MT5ForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_ENDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
