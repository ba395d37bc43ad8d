"""The layers of BART (arXiv:1910.13461) and the many models that kept fairseq's parameter names.

These parts take a config with BART's field names, and the classes of their own parts: each model names its
own subclasses, so that device maps and patches find them.  A layer's norms stand behind its parts (BART,
Marian) or, `pre_norm`, in front of them (mBART, Pegasus, M2M100).
"""

from __future__ import annotations

from torch import nn

from .activations import Activation
from .attention import QUERY_KEY_VALUE, attend, merge_heads, split_heads
from .cache_pair import cached, cached_cross
from .seq2seq import finite


class FairseqAttention(nn.Module):
    """Multi-head attention of the hidden states to themselves, or to an encoder's."""

    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        is_decoder=False,
        bias=True,
        is_causal=False,
        config=None,
        layer_idx=None,
    ):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise ValueError(f"d_model ({embed_dim}) must be a multiple of the number of heads ({num_heads})")
        self.is_decoder, self.is_causal = is_decoder, is_causal
        self.dropout = nn.Dropout(dropout)
        self.joint = QUERY_KEY_VALUE if is_causal else ()
        self.k_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.v_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.q_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)

    def forward(
        self,
        hidden_states,
        key_value_states=None,
        past_key_values=None,
        attention_mask=None,
        layer_head_mask=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        query = split_heads(self.q_proj(hidden_states), self.num_heads)  # (B, H, T, D)

        def project(source):
            return [split_heads(part(source), self.num_heads) for part in (self.k_proj, self.v_proj)]

        if key_value_states is None:
            key, value = project(hidden_states)
            key, value = cached(past_key_values, key, value, self.layer_idx, cache_position=cache_position)
        else:
            key, value = cached_cross(past_key_values, self.layer_idx, lambda: project(key_value_states))
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=(self.config and self.config._attn_implementation) or "sdpa",
            need_probabilities=output_attentions,
            head_mask=layer_head_mask,
            scaling=self.head_dim**-0.5,
            dropout=self.dropout.p,
            is_causal=is_causal,
        )
        return self.out_proj(merge_heads(context)), probabilities  # (B, T, C)


class FairseqLayer(nn.Module):
    """What the layers of encoder and decoder share: parts that are added to their input, and their norms."""

    def __init__(self, config, width, *, pre_norm):
        super().__init__()
        self.pre_norm = pre_norm
        self.embed_dim = config.d_model
        self.dropout = nn.Dropout(config.dropout)
        self.activation_fn = Activation(config.activation_function)
        self.activation_dropout = nn.Dropout(config.activation_dropout)
        self.feed_width = width

    def add_feed(self):
        """The feed-forward network, whose parameters come last."""
        self.fc1 = nn.Linear(self.embed_dim, self.feed_width)
        self.fc2 = nn.Linear(self.feed_width, self.embed_dim)
        self.final_layer_norm = nn.LayerNorm(self.embed_dim)

    def added(self, hidden_states, norm, part, **kwargs):
        """(hidden states with what `part` gives added, probabilities or None)"""
        given = norm(hidden_states) if self.pre_norm else hidden_states
        output, probabilities = part(given, **kwargs)
        hidden_states = hidden_states + self.dropout(output)
        return hidden_states if self.pre_norm else norm(hidden_states), probabilities

    def feed(self, hidden_states):
        """The feed-forward network: (B, T, C) -> (B, T, F) -> (B, T, C)"""
        return self.fc2(self.activation_dropout(self.activation_fn(self.fc1(hidden_states)))), None


class FairseqEncoderLayer(FairseqLayer):
    """Self-attention, then the feed-forward network."""

    def __init__(self, config, layer_idx=None, *, attention, pre_norm=False):
        super().__init__(config, config.encoder_ffn_dim, pre_norm=pre_norm)
        self.self_attn = attention(
            embed_dim=config.d_model,
            num_heads=config.encoder_attention_heads,
            dropout=config.attention_dropout,
            config=config,
            layer_idx=layer_idx,
        )
        self.self_attn_layer_norm = nn.LayerNorm(config.d_model)
        self.add_feed()

    def forward(self, hidden_states, attention_mask=None, layer_head_mask=None, output_attentions=False):
        hidden_states, probabilities = self.added(
            hidden_states,
            self.self_attn_layer_norm,
            self.self_attn,
            attention_mask=attention_mask,
            layer_head_mask=layer_head_mask,
            output_attentions=output_attentions,
        )
        hidden_states, _ = self.added(hidden_states, self.final_layer_norm, self.feed)
        return finite(hidden_states), probabilities


class FairseqDecoderLayer(FairseqLayer):
    """Self-attention, attention to the encoder where there is one, feed-forward network."""

    def __init__(self, config, layer_idx=None, *, attention, pre_norm=False):
        super().__init__(config, config.decoder_ffn_dim, pre_norm=pre_norm)
        shape = {
            "embed_dim": config.d_model,
            "num_heads": config.decoder_attention_heads,
            "dropout": config.attention_dropout,
            "is_decoder": True,
            "config": config,
            "layer_idx": layer_idx,
        }
        self.self_attn = attention(**shape, is_causal=True)
        self.self_attn_layer_norm = nn.LayerNorm(config.d_model)
        self.encoder_attn = attention(**shape)
        self.encoder_attn_layer_norm = nn.LayerNorm(config.d_model)
        self.add_feed()

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        layer_head_mask=None,
        cross_attn_layer_head_mask=None,
        past_key_values=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        common = {"past_key_values": past_key_values, "output_attentions": output_attentions}
        hidden_states, probabilities = self.added(
            hidden_states,
            self.self_attn_layer_norm,
            self.self_attn,
            attention_mask=attention_mask,
            layer_head_mask=layer_head_mask,
            cache_position=cache_position,
            is_causal=is_causal,
            **common,
        )
        crossed = None
        if encoder_hidden_states is not None:
            hidden_states, crossed = self.added(
                hidden_states,
                self.encoder_attn_layer_norm,
                self.encoder_attn,
                key_value_states=encoder_hidden_states,
                attention_mask=encoder_attention_mask,
                layer_head_mask=cross_attn_layer_head_mask,
                **common,
            )
        hidden_states, _ = self.added(hidden_states, self.final_layer_norm, self.feed)
        return hidden_states, probabilities, crossed


__all__ = ["FairseqAttention", "FairseqDecoderLayer", "FairseqEncoderLayer"]
