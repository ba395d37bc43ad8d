"""Attention of several heads as a layer."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from . import init
from .layers import Linear, make_parameter
from .module import Module


class NonDynamicallyQuantizableLinear(Linear):
    """The output projection, a linear map by the name that it has in torch."""


class MultiheadAttention(Module):
    """Attention of `num_heads` heads over queries (T, N, C) and keys (S, N, kdim); (N, T, C) if
    `batch_first`.

    Parameters: in_proj_weight (3 C, C) or, where keys or values have other widths, q_proj_weight,
    k_proj_weight and v_proj_weight; in_proj_bias (3 C); bias_k and bias_v if `add_bias_kv`; out_proj.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"embed_dim ({embed_dim}) must be a multiple of num_heads ({num_heads})")
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.dropout, self.batch_first, self.add_zero_attn = dropout, batch_first, add_zero_attn
        where_ = {"dtype": dtype, "device": device}
        joint = self._qkv_same_embed_dim
        for letter, width in (("q", embed_dim), ("k", self.kdim), ("v", self.vdim)):
            own = None if joint else make_parameter(embed_dim, width, **where_)
            self.register_parameter(f"{letter}_proj_weight", own)
        weight = make_parameter(3 * embed_dim, embed_dim, **where_) if joint else None
        self.register_parameter("in_proj_weight", weight)
        self.register_parameter("in_proj_bias", make_parameter(3 * embed_dim, **where_) if bias else None)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **where_)
        for name in ("bias_k", "bias_v"):
            self.register_parameter(name, make_parameter(1, 1, embed_dim, **where_) if add_bias_kv else None)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The result, and probabilities (N, T, S), per head (N, H, T, S) unless averaged, or None.

        Masks hide where true or are added: key_padding_mask (N, S), attn_mask (T, S) or (N H, T, S).
        """
        turned = self.batch_first and query.ndim == 3
        if turned:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        out, shares = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (out.transpose(0, 1) if turned else out), shares


__all__ = ["MultiheadAttention"]
