"""The pre-norm decoder block of GPT-2 and the models that kept its parameter names.

These parts take a config with GPT-2's field names (hidden_size, layer_norm_epsilon, attn_pdrop, resid_pdrop
...), and the block the classes of its own parts: each model names its own subclasses, so that device maps
and patches find them.  Published parameter names: ln_1, attn.c_attn, attn.c_proj, ln_2, mlp.c_fc,
mlp.c_proj; crossattention.q_attn, ln_cross_attn.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .activations import Activation
from .attention import attend, merge_heads, split_heads
from .cache_pair import cached, cached_cross
from .conv1d import Conv1D, prune_conv1d_layer
from .initialization import init_normal
from .pruning import heads_to_remove, kept_features


class FusedAttention(nn.Module):
    """Attention whose projections lie in one Conv1D: query, key and value, or an encoder's key and value.

    Scores are divided by the root of the head's width (`scale_attn_weights`) and by the number of the layer
    (`scale_attn_by_inverse_layer_idx`); `reorder_and_upcast_attn` computes them in float32.
    """

    def __init__(self, config, is_cross_attention=False, layer_idx=None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.is_cross_attention = is_cross_attention
        self.is_causal = not is_cross_attention
        self.embed_dim = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.head_dim = self.embed_dim // self.num_heads
        self.split_size = self.embed_dim
        self.scale_attn_weights = config.scale_attn_weights
        self.scale_attn_by_inverse_layer_idx = config.scale_attn_by_inverse_layer_idx
        self.scaling = self.head_dim**-0.5 if self.scale_attn_weights else 1.0
        if self.scale_attn_by_inverse_layer_idx:
            self.scaling = self.scaling / (layer_idx + 1)
        self.upcast = config.reorder_and_upcast_attn
        self.c_attn = Conv1D((2 if is_cross_attention else 3) * self.embed_dim, self.embed_dim)
        if is_cross_attention:
            self.q_attn = Conv1D(self.embed_dim, self.embed_dim)
        self.c_proj = Conv1D(self.embed_dim, self.embed_dim)
        self.attn_dropout = nn.Dropout(config.attn_pdrop)
        self.resid_dropout = nn.Dropout(config.resid_pdrop)
        self.pruned_heads = set()

    def prune_heads(self, heads):
        """Remove heads, numbered as in the unpruned model."""
        gone = heads_to_remove(heads, self.num_heads, self.pruned_heads)
        index = kept_features(self.num_heads, gone, self.head_dim)
        thirds = torch.cat([index + part * self.split_size for part in range(3)])
        self.c_attn = prune_conv1d_layer(self.c_attn, thirds)
        self.c_proj = prune_conv1d_layer(self.c_proj, index, dim=0)
        self.num_heads = self.num_heads - len(gone)
        self.split_size = self.num_heads * self.head_dim
        self.pruned_heads = self.pruned_heads | set(heads)

    def split(self, fused):
        """(B, T, parts * H * D) -> parts of (B, H, T, D)."""
        return [split_heads(part, self.num_heads) for part in fused.split(self.split_size, dim=2)]

    def forward(
        self,
        hidden_states,
        past_key_values=None,
        cache_position=None,
        attention_mask=None,
        head_mask=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        output_attentions=False,
        is_causal=False,
    ):
        if self.is_cross_attention:
            (query,) = self.split(self.q_attn(hidden_states))
            key, value = cached_cross(
                past_key_values, self.layer_idx, lambda: self.split(self.c_attn(encoder_hidden_states))
            )
            attention_mask = encoder_attention_mask
        else:
            query, key, value = self.split(self.c_attn(hidden_states))
            key, value = cached(past_key_values, key, value, self.layer_idx, cache_position=cache_position)
        if self.upcast:
            query, key, value = (x.to(torch.float32) for x in (query, key, value))
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            scaling=self.scaling,
            dropout=self.attn_dropout.p,
            is_causal=is_causal,
        )
        context = merge_heads(context).to(hidden_states.dtype)  # (B, T, H * D)
        return self.resid_dropout(self.c_proj(context)), probabilities


class FusedMLP(nn.Module):
    """The feed-forward network over Conv1D: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, intermediate_size, config):
        super().__init__()
        self.c_fc = Conv1D(intermediate_size, config.hidden_size)
        self.c_proj = Conv1D(config.hidden_size, intermediate_size)
        self.act = Activation(config.activation_function)
        self.dropout = nn.Dropout(config.resid_pdrop)

    def forward(self, hidden_states):
        return self.dropout(self.c_proj(self.act(self.c_fc(hidden_states))))


class PreNormBlock(nn.Module):
    """Attention, attention to an encoder where there is one, feed-forward: each on the norm of its input.

    inner: width of the feed-forward network.  attention is called as `attention(config, layer_idx=...)`,
    for the encoder's with is_cross_attention=True, mlp as `mlp(inner, config)`, norm as `norm(width,
    eps=...)`.  cross: whether there is attention to an encoder.
    """

    def __init__(self, config, layer_idx=None, *, inner, attention, mlp, norm=nn.LayerNorm, cross=False):
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_epsilon
        self.ln_1 = norm(width, eps=eps)
        self.attn = attention(config, layer_idx=layer_idx)
        self.ln_2 = norm(width, eps=eps)
        self.add_cross_attention = cross
        if cross:
            self.crossattention = attention(config, is_cross_attention=True, layer_idx=layer_idx)
            self.ln_cross_attn = norm(width, eps=eps)
        self.mlp = mlp(inner, config)

    def forward(
        self,
        hidden_states,
        past_key_values=None,
        cache_position=None,
        attention_mask=None,
        head_mask=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        output_attentions=False,
        is_causal=False,
    ):
        common = {"head_mask": head_mask, "output_attentions": output_attentions}
        attended, probabilities = self.attn(
            self.ln_1(hidden_states),
            past_key_values,
            cache_position,
            attention_mask,
            is_causal=is_causal,
            **common,
        )
        hidden_states, cross = hidden_states + attended, None
        if encoder_hidden_states is not None:
            if not self.add_cross_attention:
                raise ValueError("encoder_hidden_states were given, but config.add_cross_attention is False")
            attended, cross = self.crossattention(
                self.ln_cross_attn(hidden_states),
                past_key_values,
                encoder_hidden_states=encoder_hidden_states,
                encoder_attention_mask=encoder_attention_mask,
                **common,
            )
            hidden_states = hidden_states + attended
        return hidden_states + self.mlp(self.ln_2(hidden_states)), probabilities, cross


def init_residual(module, std, layers):
    """GPT-2's initialisation: N(0, std), and std / sqrt(2 layers) for what is added to the residual stream.

    A stream that `2 * layers` parts add to keeps its variance so.
    """
    if isinstance(module, Conv1D):
        module.reset_parameters(std)
    elif isinstance(module, FusedAttention | FusedMLP):
        nn.init.normal_(module.c_proj.weight, mean=0.0, std=std / math.sqrt(2 * layers))
    else:
        init_normal(module, std)


__all__ = ["FusedAttention", "FusedMLP", "PreNormBlock", "init_residual"]
