"""The test case of encoder-decoder pairs: two tiny halves, other halves as variants, and recorded runs."""

_WIDTHS = {"vocab_size": 99, "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 16}
_RATES = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
_ENCODER = {**_WIDTHS, **_RATES, "model_type": "bert", "hidden_size": 24, "intermediate_size": 40}
_DECODER = {**_ENCODER, "intermediate_size": 36, "is_decoder": True, "add_cross_attention": True}
_GPT2 = {
    "model_type": "gpt2",
    "vocab_size": 83,
    "n_embd": 20,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 16,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
    "resid_pdrop": 0.0,
    "is_decoder": True,
    "add_cross_attention": True,
}
_ROBERTA = {**_ENCODER, "model_type": "roberta", "num_attention_heads": 3, "pad_token_id": 1}
_READ = {"input_ids": ["int", [2, 7], 3, 83], "attention_mask": ["right_padding", [7, 4], 7]}
_BOTH = {**_READ, "decoder_input_ids": ["int", [2, 5], 3, 83]}
_PADDED = {**_BOTH, "decoder_attention_mask": ["right_padding", [5, 3], 5]}
_LABELS = {"labels": ["values", [[5, -100, 9, 78, 2], [-100, 7, 8, 1, -100]]]}
_ALL = {"output_hidden_states": True, "output_attentions": True}

CASE = {
    "module": "models.encoder_decoder.modeling_encoder_decoder",
    "config_class": "EncoderDecoderConfig",
    "composite": True,
    "head": "EncoderDecoderModel",
    "config": {
        "encoder": _ENCODER,
        "decoder": _DECODER,
        "pad_token_id": 0,
        "decoder_start_token_id": 4,
    },
    "variants": {
        "gpt2": {"decoder": _GPT2},
        "gpt2_same_width": {"decoder": {**_GPT2, "n_embd": 24, "cross_attention_hidden_size": 24}},
        "roberta": {"encoder": _ROBERTA},
        "twins": {"decoder": {**_DECODER, "intermediate_size": 40}, "tie_encoder_decoder": True},
        "untied": {"decoder": {**_DECODER, "tie_word_embeddings": False}},
    },
    "runs": {
        "pair": {"class": "EncoderDecoderModel", "inputs": {**_READ, **_LABELS}},
        "all": {"class": "EncoderDecoderModel", "inputs": _PADDED, "flags": _ALL},
        "both": {"class": "EncoderDecoderModel", "inputs": {**_BOTH, **_LABELS}},
        "embeds": {
            "class": "EncoderDecoderModel",
            "inputs": {
                "inputs_embeds": ["normal", [2, 7, 24]],
                "decoder_inputs_embeds": ["normal", [2, 5, 24]],
                "decoder_position_ids": ["int", [2, 5], 0, 16],
                "token_type_ids": ["int", [2, 7], 0, 2],
            },
        },
        "gpt2": {"class": "EncoderDecoderModel", "variant": "gpt2", "inputs": {**_READ, **_LABELS}},
        "gpt2_states": {
            "class": "EncoderDecoderModel",
            "variant": "gpt2",
            "inputs": _BOTH,
            "flags": {"output_hidden_states": True},
        },
        "gpt2_same_width": {
            "class": "EncoderDecoderModel",
            "variant": "gpt2_same_width",
            "inputs": {**_READ, **_LABELS},
        },
        "roberta": {"class": "EncoderDecoderModel", "variant": "roberta", "inputs": {**_READ, **_LABELS}},
        "twins": {"class": "EncoderDecoderModel", "variant": "twins", "inputs": {**_READ, **_LABELS}},
        "untied": {"class": "EncoderDecoderModel", "variant": "untied", "inputs": {**_READ, **_LABELS}},
    },
}
