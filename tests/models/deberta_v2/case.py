"""DeBERTa-v2's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_PADDED = {
    "input_ids": ["int", [2, 7], 1, 99],
    "attention_mask": ["right_padding", [7, 4], 7],
    "token_type_ids": ["int", [2, 7], 0, 3],
}
_PLAIN = {"input_ids": ["int", [2, 7], 1, 99]}
_EMBEDS = {"inputs_embeds": ["normal", [2, 7, 24]]}
_TOKEN_LABELS = {"labels": ["values", [[5, -100, 9, 98, 0, -100, 3], [-100, 7, 8, 1, -100, -100, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.deberta_v2.modeling_deberta_v2",
    "config_class": "DebertaV2Config",
    "trunk": "DebertaV2Model",
    "head": "DebertaV2ForSequenceClassification",
    "resized": "DebertaV2ForMaskedLM",
    "config": {
        "vocab_size": 99,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "max_position_embeddings": 18,
        "type_vocab_size": 3,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "relative_attention": True,
        "pos_att_type": ["c2p", "p2c"],
        "position_buckets": 6,
        "max_relative_positions": 9,
        "num_labels": 3,
    },
    "variants": {
        "content_only": {"relative_attention": False, "type_vocab_size": 0},
        "near": {
            "max_relative_positions": 4,
            "position_buckets": -1,
            "pos_att_type": "C2P",
            "position_biased_input": False,
        },
        "asked": {"pos_att_type": ["p2c", "p2p"], "position_buckets": 3, "hidden_act": "relu"},
        "shared": {"share_att_key": True, "norm_rel_ebd": "layer_norm", "layer_norm_eps": 0.1},
        "convolved": {"conv_kernel_size": 3, "conv_groups": 2},
        "convolved_gelu": {"conv_kernel_size": 1, "conv_act": "gelu", "relative_attention": False},
        "narrow": {"embedding_size": 16},
        "narrow_untied": {"embedding_size": 16, "tie_word_embeddings": False},
        "own_words": {"legacy": False, "tie_word_embeddings": False},
        "pooled": {"pooler_hidden_act": "tanh", "num_labels": 1},
        "two_labels": {"num_labels": 2},
    },
    "runs": {
        "model": {"class": "DebertaV2Model", "inputs": _PADDED, "flags": _ALL},
        "model_content_only": {
            "class": "DebertaV2Model",
            "variant": "content_only",
            "inputs": _PLAIN,
            "flags": _ALL,
        },
        "model_near": {"class": "DebertaV2Model", "variant": "near", "inputs": _PADDED},
        "model_asked": {"class": "DebertaV2Model", "variant": "asked", "inputs": _PADDED},
        "model_shared": {"class": "DebertaV2Model", "variant": "shared", "inputs": _PLAIN},
        "model_convolved": {
            "class": "DebertaV2Model",
            "variant": "convolved",
            "inputs": _PADDED,
            "flags": _ALL,
        },
        "model_convolved_gelu": {
            "class": "DebertaV2Model",
            "variant": "convolved_gelu",
            "inputs": _PLAIN,
        },
        "model_narrow": {
            "class": "DebertaV2Model",
            "variant": "narrow",
            "inputs": {**_PADDED, "position_ids": ["int", [2, 7], 0, 18]},
        },
        "model_embeds": {"class": "DebertaV2Model", "inputs": _EMBEDS},
        "masked_lm_narrow": {
            "class": "DebertaV2ForMaskedLM",
            "variant": "narrow_untied",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "masked_lm_own_words": {
            "class": "DebertaV2ForMaskedLM",
            "variant": "own_words",
            "inputs": {**_PADDED, **_TOKEN_LABELS},
        },
        "masked_lm": {"class": "DebertaV2ForMaskedLM", "inputs": {**_PADDED, **_TOKEN_LABELS}},
        "sequence": {
            "class": "DebertaV2ForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_pooled": {
            "class": "DebertaV2ForSequenceClassification",
            "variant": "pooled",
            "inputs": {**_PADDED, "labels": ["floats", [0.5, -1.25]]},
        },
        "choice": {
            "class": "DebertaV2ForMultipleChoice",
            "inputs": {
                "input_ids": ["int", [2, 3, 7], 1, 99],
                "attention_mask": ["ones", [2, 3, 7]],
                "labels": ["values", [2, 0]],
            },
        },
        "token": {
            "class": "DebertaV2ForTokenClassification",
            "inputs": {
                **_PADDED,
                "labels": ["values", [[0, 1, 2, -100, 1, 0, 2], [2, 2, 1, 0, -100, -100, -100]]],
            },
        },
        "question": {
            "class": "DebertaV2ForQuestionAnswering",
            "variant": "two_labels",
            "inputs": {**_PLAIN, "start_positions": ["values", [1, 9]], "end_positions": ["values", [3, 2]]},
        },
    },
}
