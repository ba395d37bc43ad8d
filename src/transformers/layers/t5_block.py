"""The block of T5 (arXiv:1910.10683) and the models that kept its parameter names.

Norms do not subtract the mean, scores are not divided by the head's width, and where tokens stand is told
by a learned bias on the scores, one for each range of distances.  These parts take a config with T5's field
names, and the block the classes of its own parts: each model names its own subclasses.
"""

from __future__ import annotations

import torch
from torch import nn

from .activations import Activation
from .attention import attend, merge_heads, split_heads
from .cache_pair import cached, cached_cross
from .pruning import heads_to_remove, kept_features, prune_linear_layer
from .relative import distance_buckets
from .seq2seq import finite


class ScaleNorm(nn.Module):
    """Division by the root mean square, in float32, and a learned scale (arXiv:1910.07467)."""

    def __init__(self, hidden_size, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.variance_epsilon = eps

    def forward(self, hidden_states):
        wide = hidden_states.to(torch.float32)
        wide = wide * torch.rsqrt((wide * wide).mean(dim=-1, keepdim=True) + self.variance_epsilon)
        return self.weight * wide.to(self.weight.dtype)

    def initialise(self, config):
        nn.init.constant_(self.weight, config.initializer_factor)


def draw(linear, config, fan):
    """N(0, initializer_factor / sqrt(fan)) for a weight, zeros for a bias."""
    nn.init.normal_(linear.weight, mean=0.0, std=config.initializer_factor * fan**-0.5)
    if linear.bias is not None:
        nn.init.zeros_(linear.bias)


class PlainFeed(nn.Module):
    """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)."""

    def __init__(self, config):
        super().__init__()
        self.wi = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.wo = nn.Linear(config.d_ff, config.d_model, bias=False)
        self.dropout = nn.Dropout(config.dropout_rate)
        self.act = Activation(config.dense_act_fn)

    def forward(self, hidden_states):
        x = self.dropout(self.act(self.wi(hidden_states)))  # (B, T, F)
        return self.wo(x.to(self.wo.weight.dtype))  # which stays float32 in a float16 model

    def initialise(self, config):
        draw(self.wi, config, config.d_model)
        draw(self.wo, config, config.d_ff)


class GatedFeed(nn.Module):
    """The gated feed-forward network of T5 1.1 (arXiv:2002.05202)."""

    def __init__(self, config):
        super().__init__()
        self.wi_0 = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.wi_1 = nn.Linear(config.d_model, config.d_ff, bias=False)
        self.wo = nn.Linear(config.d_ff, config.d_model, bias=False)
        self.dropout = nn.Dropout(config.dropout_rate)
        self.act = Activation(config.dense_act_fn)

    def forward(self, hidden_states):
        gated = self.act(self.wi_0(hidden_states)) * self.wi_1(hidden_states)  # (B, T, F)
        return self.wo(self.dropout(gated).to(self.wo.weight.dtype))

    def initialise(self, config):
        draw(self.wi_0, config, config.d_model)
        draw(self.wi_1, config, config.d_model)
        draw(self.wo, config, config.d_ff)


class BucketAttention(nn.Module):
    """Unscaled attention with a learned bias for each range of distances, or to an encoder without any.

    The layer that has `relative_attention_bias` computes the bias for all layers of its stack.
    """

    is_causal = False

    def __init__(self, config, has_relative_attention_bias=False, layer_idx=None):
        super().__init__()
        self.config = config
        self.is_decoder = config.is_decoder
        self.layer_idx = layer_idx
        self.has_relative_attention_bias = has_relative_attention_bias
        self.d_model, self.n_heads = config.d_model, config.num_heads
        self.key_value_proj_dim = config.d_kv
        self.inner_dim = self.n_heads * self.key_value_proj_dim
        self.q = nn.Linear(self.d_model, self.inner_dim, bias=False)
        self.k = nn.Linear(self.d_model, self.inner_dim, bias=False)
        self.v = nn.Linear(self.d_model, self.inner_dim, bias=False)
        self.o = nn.Linear(self.inner_dim, self.d_model, bias=False)
        self.dropout = nn.Dropout(config.dropout_rate)
        if has_relative_attention_bias:
            count = config.relative_attention_num_buckets
            self.relative_attention_bias = nn.Embedding(count, self.n_heads)
            count = count if config.is_decoder else count // 2  # half are for keys after the query
            self.buckets = distance_buckets(count, config.relative_attention_max_distance)
        self.pruned_heads = set()

    def initialise(self, config):
        draw(self.q, config, config.d_model * config.d_kv)
        draw(self.k, config, config.d_model)
        draw(self.v, config, config.d_model)
        draw(self.o, config, config.num_heads * config.d_kv)
        if self.has_relative_attention_bias:
            std = config.initializer_factor * config.d_model**-0.5
            nn.init.normal_(self.relative_attention_bias.weight, mean=0.0, std=std)

    def prune_heads(self, heads):
        """Remove heads, numbered as in the unpruned model; the table of biases keeps all columns."""
        gone = heads_to_remove(heads, self.n_heads, self.pruned_heads)
        index = kept_features(self.n_heads, gone, self.key_value_proj_dim)
        for name in ("q", "k", "v"):
            setattr(self, name, prune_linear_layer(getattr(self, name), index))
        self.o = prune_linear_layer(self.o, index, dim=1)
        self.n_heads = self.n_heads - len(gone)
        self.inner_dim = self.n_heads * self.key_value_proj_dim
        self.pruned_heads = self.pruned_heads | set(heads)

    def compute_bias(self, query_length, key_length, device=None, offset=0):
        """The bias (1, H, T, S) of T queries, the first of which stands at `offset`, on S keys."""
        furthest = self.config.relative_attention_max_distance
        queries = torch.arange(query_length, device=device)[:, None] + offset  # (T, 1)
        distance = torch.arange(key_length, device=device)[None, :] - queries  # (T, S)
        after = 0
        if self.is_decoder:
            distance = torch.clamp(-distance, min=0, max=furthest)
        else:
            after = (distance > 0).to(torch.long) * (self.config.relative_attention_num_buckets // 2)
            distance = torch.clamp(distance.abs(), max=furthest)
        table = torch.tensor(self.buckets, dtype=torch.long, device=device)
        bias = self.relative_attention_bias(table[distance] + after)  # (T, S, H)
        return bias.permute(2, 0, 1)[None]

    def forward(
        self,
        hidden_states,
        mask=None,
        key_value_states=None,
        position_bias=None,
        past_key_values=None,
        layer_head_mask=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        query = split_heads(self.q(hidden_states), self.n_heads)  # (B, H, T, D)

        def project(source):
            return split_heads(self.k(source), self.n_heads), split_heads(self.v(source), self.n_heads)

        if key_value_states is None:
            key, value = project(hidden_states)
            key, value = cached(past_key_values, key, value, self.layer_idx, cache_position=cache_position)
        else:
            key, value = cached_cross(past_key_values, self.layer_idx, lambda: project(key_value_states))
        if position_bias is None and self.has_relative_attention_bias:
            S = key.shape[2]
            position_bias = self.compute_bias(query.shape[2], S, query.device, S - query.shape[2])
        if position_bias is not None and self.pruned_heads:
            every = range(self.n_heads + len(self.pruned_heads))
            left = torch.tensor([h for h in every if h not in self.pruned_heads], device=query.device)
            position_bias = position_bias.index_select(1, left)
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=layer_head_mask,
            scaling=1.0,
            dropout=self.dropout.p,
            bias=position_bias,
            is_causal=is_causal,
        )
        return self.o(merge_heads(context)), probabilities  # (B, T, C)


class Sublayer(nn.Module):
    """One part of a block on the norm of its input, added to it.

    name: the attribute of the part, `SelfAttention`, `EncDecAttention` or `DenseReluDense`.  The part
    returns its output, or a pair of it and attention probabilities.
    """

    def __init__(self, config, name, part, norm):
        super().__init__()
        setattr(self, name, part)
        self.part_name = name
        self.layer_norm = norm(config.d_model, eps=config.layer_norm_epsilon)
        self.dropout = nn.Dropout(config.dropout_rate)

    def forward(self, hidden_states, *args, **kwargs):
        output = getattr(self, self.part_name)(self.layer_norm(hidden_states), *args, **kwargs)
        if isinstance(output, tuple):
            return hidden_states + self.dropout(output[0]), *output[1:]
        return hidden_states + self.dropout(output)


class BucketBlock(nn.Module):
    """Attention, in a decoder attention to the encoder, feed-forward network.

    attention, cross, feed: classes of the sublayers, called with the config and, the first two, layer_idx.
    """

    def __init__(self, config, has_relative_attention_bias=False, layer_idx=None, *, attention, cross, feed):
        super().__init__()
        self.is_decoder = config.is_decoder
        parts = [attention(config, has_relative_attention_bias, layer_idx=layer_idx)]
        if self.is_decoder:
            parts.append(cross(config, layer_idx=layer_idx))
        self.layer = nn.ModuleList([*parts, feed(config)])

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        position_bias=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        layer_head_mask=None,
        cross_attn_layer_head_mask=None,
        past_key_values=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        hidden_states, probabilities = self.layer[0](
            hidden_states,
            attention_mask,
            position_bias=position_bias,
            layer_head_mask=layer_head_mask,
            past_key_values=past_key_values,
            output_attentions=output_attentions,
            cache_position=cache_position,
            is_causal=is_causal,
        )
        hidden_states, crossed = finite(hidden_states), None
        if self.is_decoder and encoder_hidden_states is not None:
            hidden_states, crossed = self.layer[1](
                hidden_states,
                encoder_attention_mask,
                key_value_states=encoder_hidden_states,
                layer_head_mask=cross_attn_layer_head_mask,
                past_key_values=past_key_values,
                output_attentions=output_attentions,
            )
            hidden_states = finite(hidden_states)
        return finite(self.layer[-1](hidden_states)), probabilities, crossed


__all__ = [
    "BucketAttention",
    "BucketBlock",
    "GatedFeed",
    "PlainFeed",
    "ScaleNorm",
    "Sublayer",
    "draw",
]
