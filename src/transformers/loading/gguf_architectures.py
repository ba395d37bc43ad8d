"""What GGUF files call a model's settings and tensors, and what they are called here.

Every architecture is a row: fields of the config, names of tensors, and which tensors stand in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Change = Callable[[Array, Mapping[str, Any]], Array]


def unrotated(x: Array, config: Mapping[str, Any], heads: str = "num_attention_heads") -> Array:
    """Rows of a query or key projection in the order of halves, not of pairs."""
    count = config[heads]
    return x.reshape(count, x.shape[0] // count // 2, 2, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)


def unrotated_keys(x: Array, config: Mapping[str, Any]) -> Array:
    """The same for keys, which may have fewer heads."""
    return unrotated(x, config, "num_key_value_heads")


def transposed(x: Array, config: Mapping[str, Any]) -> Array:
    """GPT-2 keeps inputs first."""
    return np.ascontiguousarray(x.T)


def interleaved(x: Array, config: Mapping[str, Any]) -> Array:
    """All queries, all keys, all values -> head by head, as BLOOM keeps them."""
    heads = config["n_head"]
    parts = x.reshape(3, heads, x.shape[0] // heads // 3, *x.shape[1:])
    return np.ascontiguousarray(parts.swapaxes(0, 1)).reshape(x.shape)


def grouped(x: Array, config: Mapping[str, Any]) -> Array:
    """All queries, all keys, all values -> group by group, as Falcon keeps them."""
    heads, groups = config["num_attention_heads"], config["num_kv_heads"]
    width, rest = x.shape[0] // (heads + 2 * groups), x.shape[1:]
    query, key, value = np.split(x, [heads * width, (heads + groups) * width])
    parts = [
        query.reshape(groups, heads // groups, width, *rest),
        *(part.reshape(groups, 1, width, *rest) for part in (key, value)),
    ]
    return np.concatenate(parts, axis=1).reshape(x.shape)


@dataclass(frozen=True)
class Architecture:
    """One row.

    model_type: of the config. fields: name in the config -> key of the file, behind the architecture's name.
    names: ordered (pattern of a file's tensor, its name here). changes: (pattern of a name here, change).
    fixed: further fields of the config.
    """

    model_type: str
    fields: dict[str, str]
    names: tuple[tuple[str, str], ...]
    changes: tuple[tuple[str, Change], ...] = ()
    fixed: dict[str, Any] = field(default_factory=dict)


LLAMA_FIELDS = {
    "head_dim": "attention.key_length",
    "sliding_window": "attention.sliding_window",
    "num_attention_heads": "attention.head_count",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "num_key_value_heads": "attention.head_count_kv",
    "rope_theta": "rope.freq_base",
    "hidden_size": "embedding_length",
    "max_position_embeddings": "context_length",
    "num_hidden_layers": "block_count",
    "intermediate_size": "feed_forward_length",
}
_LLAMA_NAMES = (
    (r"token_embd\.", "model.embed_tokens."),
    (r"output_norm\.", "model.norm."),
    (r"output\.", "lm_head."),
    (r"blk\.(\d+)\.attn_norm\.", r"model.layers.\1.input_layernorm."),
    (r"blk\.(\d+)\.ffn_norm\.", r"model.layers.\1.post_attention_layernorm."),
    (r"blk\.(\d+)\.attn_output\.", r"model.layers.\1.self_attn.o_proj."),
    (r"blk\.(\d+)\.attn_([qkv])\.", r"model.layers.\1.self_attn.\2_proj."),
    (r"blk\.(\d+)\.ffn_(gate|up|down)\.", r"model.layers.\1.mlp.\2_proj."),
)
_ROTATED = ((r"\.q_proj\.", unrotated), (r"\.k_proj\.", unrotated_keys))
_GPT_NAMES = (
    (r"token_embd_norm\.", "transformer.word_embeddings_layernorm."),
    (r"output_norm\.", "transformer.ln_f."),
    (r"output\.", "lm_head."),
)
_FALCON_BLOCK = (
    (r"blk\.(\d+)\.attn_qkv\.", r"transformer.h.\1.self_attention.query_key_value."),
    (r"blk\.(\d+)\.attn_output\.", r"transformer.h.\1.self_attention.dense."),
    (r"blk\.(\d+)\.ffn_up\.", r"transformer.h.\1.mlp.dense_h_to_4h."),
    (r"blk\.(\d+)\.ffn_down\.", r"transformer.h.\1.mlp.dense_4h_to_h."),
    (r"token_embd\.", "transformer.word_embeddings."),
)
_T5_BLOCK = (
    (r"enc\.blk\.(\d+)\.ffn_norm\.", r"encoder.block.\1.layer.1.layer_norm."),
    (r"dec\.blk\.(\d+)\.ffn_norm\.", r"decoder.block.\1.layer.2.layer_norm."),
    (r"enc\.blk\.(\d+)\.ffn_(\w+)\.", r"encoder.block.\1.layer.1.DenseReluDense.\2."),
    (r"dec\.blk\.(\d+)\.ffn_(\w+)\.", r"decoder.block.\1.layer.2.DenseReluDense.\2."),
    (r"dec\.blk\.(\d+)\.cross_attn_norm\.", r"decoder.block.\1.layer.1.layer_norm."),
    (r"dec\.blk\.(\d+)\.cross_attn_o\.", r"decoder.block.\1.layer.1.EncDecAttention.o."),
    (r"dec\.blk\.(\d+)\.cross_attn_([qkv])\.", r"decoder.block.\1.layer.1.EncDecAttention.\2."),
    (r"(enc|dec)\.blk\.(\d+)\.attn_norm\.", r"\1oder.block.\2.layer.0.layer_norm."),
    (
        r"(enc|dec)\.blk\.(\d+)\.attn_rel_b\.",
        r"\1oder.block.\2.layer.0.SelfAttention.relative_attention_bias.",
    ),
    (r"(enc|dec)\.blk\.(\d+)\.attn_([qkvo])\.", r"\1oder.block.\2.layer.0.SelfAttention.\3."),
    (r"(enc|dec)\.output_norm\.", r"\1oder.final_layer_norm."),
    (r"token_embd\.", "shared."),
    (r"output\.", "lm_head."),
)
_WIDTHS = {
    "hidden_size": "embedding_length",
    "num_hidden_layers": "block_count",
    "num_attention_heads": "attention.head_count",
    "layer_norm_epsilon": "attention.layer_norm_epsilon",
}

ARCHITECTURES = {
    "llama": Architecture("llama", LLAMA_FIELDS, _LLAMA_NAMES, _ROTATED),
    "mistral": Architecture("mistral", LLAMA_FIELDS, _LLAMA_NAMES, _ROTATED),
    "qwen2": Architecture("qwen2", LLAMA_FIELDS, _LLAMA_NAMES),
    "falcon": Architecture(
        "falcon",
        {**_WIDTHS, "num_kv_heads": "attention.head_count_kv", "max_position_embeddings": "context_length"},
        (
            (r"blk\.(\d+)\.attn_norm_2\.", r"transformer.h.\1.ln_attn."),
            (r"blk\.(\d+)\.attn_norm\.", r"transformer.h.\1.input_layernorm."),
            *_FALCON_BLOCK,
            *_GPT_NAMES,
        ),
        ((r"\.query_key_value\.", grouped),),
        {"alibi": False, "bias": False, "parallel_attn": True},
    ),
    "gpt2": Architecture(
        "gpt2",
        {
            "n_embd": "embedding_length",
            "n_inner": "feed_forward_length",
            "n_layer": "block_count",
            "n_head": "attention.head_count",
            "n_positions": "context_length",
            "layer_norm_epsilon": "attention.layer_norm_epsilon",
        },
        (
            (r"token_embd\.", "transformer.wte."),
            (r"position_embd\.", "transformer.wpe."),
            (r"blk\.(\d+)\.attn_norm\.", r"transformer.h.\1.ln_1."),
            (r"blk\.(\d+)\.ffn_norm\.", r"transformer.h.\1.ln_2."),
            (r"blk\.(\d+)\.attn_qkv\.", r"transformer.h.\1.attn.c_attn."),
            (r"blk\.(\d+)\.attn_output\.", r"transformer.h.\1.attn.c_proj."),
            (r"blk\.(\d+)\.ffn_up\.", r"transformer.h.\1.mlp.c_fc."),
            (r"blk\.(\d+)\.ffn_down\.", r"transformer.h.\1.mlp.c_proj."),
            *_GPT_NAMES,
        ),
        ((r"\.c_(attn|proj|fc)\.weight", transposed),),
    ),
    "bloom": Architecture(
        "bloom",
        {
            "hidden_size": "embedding_length",
            "n_layer": "block_count",
            "n_head": "attention.head_count",
            "layer_norm_epsilon": "attention.layer_norm_epsilon",
        },
        (
            (r"blk\.(\d+)\.attn_norm\.", r"transformer.h.\1.input_layernorm."),
            (r"blk\.(\d+)\.ffn_norm\.", r"transformer.h.\1.post_attention_layernorm."),
            *_GPT_NAMES,
            *_FALCON_BLOCK,
        ),
        ((r"\.query_key_value\.", interleaved),),
    ),
    "t5": Architecture(
        "t5",
        {
            "d_model": "embedding_length",
            "d_ff": "feed_forward_length",
            "num_layers": "block_count",
            "num_decoder_layers": "decoder_block_count",
            "num_heads": "attention.head_count",
            "d_kv": "attention.key_length",
            "layer_norm_epsilon": "attention.layer_norm_rms_epsilon",
            "relative_attention_num_buckets": "attention.relative_buckets_count",
            "decoder_start_token_id": "decoder_start_token_id",
            "n_positions": "context_length",
        },
        _T5_BLOCK,
    ),
}

__all__ = ["ARCHITECTURES", "Architecture", "LLAMA_FIELDS", "transposed"]
