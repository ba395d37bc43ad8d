"""Tiny models of five kinds for the tests of the faces: an encoder, decoders, a pair, images, sound."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import transformers

RNG = np.random.default_rng(11)
IDS = RNG.integers(3, 60, (4, 6))
LABELS = np.array([0, 1, 1, 0])

SIZES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bert": (
        "BertConfig",
        "BertForSequenceClassification",
        {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20},
    ),
    "gpt2": ("GPT2Config", "GPT2LMHeadModel", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 32}),
    "llama": (
        "LlamaConfig",
        "LlamaForCausalLM",
        {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
        | {"intermediate_size": 24, "max_position_embeddings": 32},
    ),
    "t5": (
        "T5Config",
        "T5ForConditionalGeneration",
        {"d_model": 16, "d_kv": 4, "d_ff": 24, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 0},
    ),
    "mobilenet_v2": (
        "MobileNetV2Config",
        "MobileNetV2ForImageClassification",
        {"image_size": 32, "depth_multiplier": 0.1, "num_labels": 2, "classifier_dropout_prob": 0.0},
    ),
    "wav2vec2": (
        "Wav2Vec2Config",
        "Wav2Vec2ForCTC",
        {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 20}
        | {"conv_dim": (8, 8), "conv_stride": (5, 2), "conv_kernel": (10, 3), "num_feat_extract_layers": 2}
        | {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2, "mask_time_prob": 0.0}
        | {"layerdrop": 0.0},
    ),
}
WORDS = {"bert", "gpt2", "llama", "t5", "wav2vec2"}  # rooms with a vocabulary
CONFIGS = {"vocab_size": 64, "pad_token_id": 0}


def config(name: str, **overrides: Any) -> Any:
    """The room's config without dropout."""
    kind, _, sizes = SIZES[name]
    made = getattr(transformers, kind)(**(CONFIGS if name in WORDS else {}), **sizes)
    for key in vars(made):
        if key.endswith(("dropout", "dropout_prob", "dropout_rate", "pdrop")) and getattr(made, key):
            setattr(made, key, 0.0)
    for key, value in overrides.items():
        setattr(made, key, value)
    return made


def fresh(prefix: str, name: str, seed: int = 0, **overrides: Any) -> Any:
    """A new model of a face ("Flax" or "TF")."""
    return getattr(transformers, f"{prefix}{SIZES[name][1]}")(config(name, **overrides), seed=seed)


@functools.cache
def shared(prefix: str, name: str) -> Any:
    """A model that tests leave as it is."""
    return fresh(prefix, name)


def inputs(name: str) -> dict[str, np.ndarray]:
    """A batch of four without labels."""
    if name == "mobilenet_v2":
        return {"pixel_values": np.random.default_rng(2).standard_normal((4, 3, 32, 32)).astype(np.float32)}
    if name == "wav2vec2":
        return {"input_values": np.random.default_rng(3).standard_normal((4, 240)).astype(np.float32)}
    batch = {"input_ids": IDS, "attention_mask": np.ones_like(IDS)}
    return {**batch, "decoder_input_ids": IDS[:, :4]} if name == "t5" else batch


def labelled(name: str) -> dict[str, np.ndarray]:
    """A batch of four with labels."""
    batch = inputs(name)
    if name in ("bert", "mobilenet_v2"):
        return {**batch, "labels": LABELS}
    if name == "t5":
        return {**batch, "labels": IDS[:, :4]}
    return {**batch, "labels": IDS if name != "wav2vec2" else IDS[:, :3]}


__all__ = ["IDS", "LABELS", "SIZES", "config", "fresh", "inputs", "labelled", "shared"]
