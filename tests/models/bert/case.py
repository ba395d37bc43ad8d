"""BERT's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 3],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ENCODER = {
    "encoder_hidden_states": ["normal", [2, 5, 24]],
    "encoder_attention_mask": ["right_padding", [5, 3], 5],
}
# With a cache the published release takes every query of a first call for the last one.
_NO_CACHE = {"use_cache": False}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.bert.modeling_bert",
    "config_class": "BertConfig",
    "trunk": "BertModel",
    "head": "BertForSequenceClassification",
    "cached": {"class": "BertLMHeadModel", "variant": "decoder"},
    "resized": "BertForMaskedLM",
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "max_position_embeddings": 16,
        "type_vocab_size": 3,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "relative_key": {"position_embedding_type": "relative_key"},
        "relative_key_query": {"position_embedding_type": "relative_key_query"},
        "decoder": {"is_decoder": True},
        "cross": {"is_decoder": True, "add_cross_attention": True},
        "relative_decoder": {"is_decoder": True, "position_embedding_type": "relative_key"},
        "gelu_new": {"hidden_act": "gelu_new"},
        "relu": {"hidden_act": "relu"},
        "eps": {"layer_norm_eps": 0.1},
        "untied": {"tie_word_embeddings": False},
        "regression": {"num_labels": 1},
        "multi_label": {"problem_type": "multi_label_classification"},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "BertModel", "inputs": _PADDED, "flags": _ALL},
        "model_plain": {"class": "BertModel", "inputs": _PLAIN},
        "model_embeds": {
            "class": "BertModel",
            "inputs": {"inputs_embeds": ["normal", [2, 7, 24]], "position_ids": ["int", [2, 7], 0, 16]},
        },
        "model_head_mask": {
            "class": "BertModel",
            "inputs": {**_PADDED, "head_mask": ["floats", [[1, 0, 1, 1], [0, 1, 1, 0]]]},
        },
        "model_relative_key": {"class": "BertModel", "variant": "relative_key", "inputs": _PADDED},
        "model_relative_key_query": {
            "class": "BertModel",
            "variant": "relative_key_query",
            "inputs": _PADDED,
        },
        "model_gelu_new": {"class": "BertModel", "variant": "gelu_new", "inputs": _PLAIN},
        "model_relu": {"class": "BertModel", "variant": "relu", "inputs": _PLAIN},
        "model_eps": {"class": "BertModel", "variant": "eps", "inputs": _PLAIN},
        "model_decoder": {"class": "BertModel", "variant": "decoder", "inputs": _PADDED, "flags": _ALL},
        "model_relative_decoder": {
            "class": "BertModel",
            "variant": "relative_decoder",
            "inputs": _PADDED,
            "flags": _NO_CACHE,
        },
        "model_cross": {
            "class": "BertModel",
            "variant": "cross",
            "inputs": {**_PADDED, **_ENCODER},
            "flags": _ALL,
        },
        "pretraining": {
            "class": "BertForPreTraining",
            "inputs": {**_PADDED, **_TOKEN_LABELS, "next_sentence_label": ["values", [1, 0]]},
        },
        "masked_lm": {"class": "BertForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "masked_lm_untied": {
            "class": "BertForMaskedLM",
            "variant": "untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "causal_lm": {
            "class": "BertLMHeadModel",
            "variant": "cross",
            "inputs": {**_PLAIN, **_ENCODER, **_TOKEN_LABELS},
        },
        "next_sentence": {
            "class": "BertForNextSentencePrediction",
            "inputs": {**_PADDED, "labels": ["values", [0, 1]]},
        },
        "sequence": {
            "class": "BertForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_regression": {
            "class": "BertForSequenceClassification",
            "variant": "regression",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "sequence_multi_label": {
            "class": "BertForSequenceClassification",
            "variant": "multi_label",
            "inputs": {**_PADDED, "labels": ["floats", [[0, 1, 1], [1, 0, 0]]]},
        },
        "choice": {
            "class": "BertForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "BertForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "BertForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PADDED, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
