"""Wav2Vec2's test case: a tiny config, its variants, and the runs whose outputs are recorded."""

_WAVE = {"input_values": ["normal", [2, 65]]}
_PADDED = {**_WAVE, "attention_mask": ["right_padding", [65, 41], 65]}
_ALL = {"output_hidden_states": True, "output_attentions": True}
_LETTERS = {"labels": ["values", [[5, 3, 1], [7, -100, -100]]]}
_CHOSEN = {"mask_time_indices": ["bools", [[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]]]}
_OTHERS = {
    "sampled_negative_indices": [
        "values",
        [
            [[0, 0], [2, 4], [1, 4], [0, 0], [1, 2]],
            [[6, 6], [5, 5], [5, 5], [5, 5], [5, 5]],
        ],
    ]
}
_FRAME_LABELS = {
    "labels": [
        "values",
        [
            [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]],
            [[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]],
        ],
    ]
}

CASE = {
    "module": "models.wav2vec2.modeling_wav2vec2",
    "config_class": "Wav2Vec2Config",
    "main": "input_values",
    "trunk": "Wav2Vec2Model",
    "head": "Wav2Vec2ForSequenceClassification",
    "config": {
        "vocab_size": 12,
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 40,
        "conv_dim": [8, 10, 12],
        "conv_kernel": [4, 3, 2],
        "conv_stride": [3, 2, 2],
        "num_conv_pos_embeddings": 4,
        "num_conv_pos_embedding_groups": 2,
        "num_codevectors_per_group": 6,
        "codevector_dim": 10,
        "proj_codevector_dim": 14,
        "classifier_proj_size": 7,
        "tdnn_dim": [8, 8, 9],
        "tdnn_kernel": [2, 2, 1],
        "tdnn_dilation": [1, 1, 1],
        "xvector_output_dim": 9,
        "hidden_dropout": 0.0,
        "activation_dropout": 0.0,
        "attention_dropout": 0.0,
        "final_dropout": 0.0,
        "layerdrop": 0.0,
        "mask_time_prob": 0.0,
        "num_labels": 3,
    },
    "variants": {
        "masking": {"mask_time_prob": 0.05},
        "stable": {
            "do_stable_layer_norm": True,
            "feat_extract_norm": "layer",
            "conv_bias": True,
            "num_conv_pos_embeddings": 3,
            "layer_norm_eps": 0.1,
        },
        "mms": {"do_stable_layer_norm": True, "adapter_attn_dim": 6, "hidden_act": "relu"},
        "adapter": {"add_adapter": True, "output_hidden_size": 20, "num_adapter_layers": 2},
        "unmasked": {
            "apply_spec_augment": False,
            "mask_time_prob": 0.05,
            "feat_extract_activation": "gelu_new",
        },
        "weighted": {"use_weighted_layer_sum": True},
        "mean": {"ctc_loss_reduction": "mean", "ctc_zero_infinity": True, "pad_token_id": 2},
        "dilated": {"tdnn_dilation": [1, 2, 1], "use_weighted_layer_sum": True},
    },
    "runs": {
        "model": {"class": "Wav2Vec2Model", "inputs": _PADDED, "flags": _ALL},
        "model_masking": {"class": "Wav2Vec2Model", "variant": "masking", "inputs": {**_WAVE, **_CHOSEN}},
        "model_stable": {"class": "Wav2Vec2Model", "variant": "stable", "inputs": _PADDED, "flags": _ALL},
        "model_mms": {"class": "Wav2Vec2Model", "variant": "mms", "inputs": _WAVE},
        "model_adapter": {"class": "Wav2Vec2Model", "variant": "adapter", "inputs": _PADDED},
        "model_unmasked": {
            "class": "Wav2Vec2Model",
            "variant": "unmasked",
            "inputs": {**_WAVE, **_CHOSEN},
        },
        "pretraining": {
            "class": "Wav2Vec2ForPreTraining",
            "variant": "masking",
            "inputs": {**_PADDED, **_CHOSEN, **_OTHERS},
        },
        "pretraining_plain": {"class": "Wav2Vec2ForPreTraining", "inputs": _WAVE},
        "ctc": {"class": "Wav2Vec2ForCTC", "inputs": {**_PADDED, **_LETTERS}},
        "ctc_mean": {"class": "Wav2Vec2ForCTC", "variant": "mean", "inputs": {**_WAVE, **_LETTERS}},
        "ctc_adapter": {"class": "Wav2Vec2ForCTC", "variant": "adapter", "inputs": _PADDED},
        "masked_lm": {"class": "Wav2Vec2ForMaskedLM", "inputs": _WAVE},
        "sequence": {
            "class": "Wav2Vec2ForSequenceClassification",
            "inputs": {**_PADDED, "labels": ["values", [2, 0]]},
        },
        "sequence_weighted": {
            "class": "Wav2Vec2ForSequenceClassification",
            "variant": "weighted",
            "inputs": {**_WAVE, "labels": ["values", [2, 0]]},
        },
        "frames": {
            "class": "Wav2Vec2ForAudioFrameClassification",
            "variant": "weighted",
            "inputs": {**_PADDED, **_FRAME_LABELS},
        },
        "xvector": {
            "class": "Wav2Vec2ForXVector",
            "inputs": {**_WAVE, "labels": ["values", [2, 0]]},
        },
        "xvector_dilated": {
            "class": "Wav2Vec2ForXVector",
            "variant": "dilated",
            "inputs": {
                "input_values": ["normal", [2, 73]],
                "attention_mask": ["right_padding", [73, 61], 73],
            },
        },
    },
}
