"""The transformer of Wav2Vec2 (arXiv:2006.11477) and of the speech encoders of its family.

Positions are told by a grouped convolution whose weight is normed; layers norm after their parts, or before
them where the config says `do_stable_layer_norm`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn

from .activations import Activation
from .attention import attend, merge_heads, split_heads
from .chosen_mask import encoder_mask
from .stack import run_layers


class NormedWeight(nn.Module):
    """A weight as magnitude `original0` and direction `original1` (arXiv:1602.07868).

    All axes but the last are normed together.  The names are those that PyTorch's own weight norm gives in
    files; that one changes the class of a module, after which it cannot be pickled.
    """

    def __init__(self, shape):
        super().__init__()
        self.original0 = nn.Parameter(torch.ones(1, 1, shape[-1]))
        self.original1 = nn.Parameter(torch.empty(shape))
        self.reset_parameters()

    def reset_parameters(self):
        rows, columns, kernel = self.original1.shape
        std = 2 * math.sqrt(1 / (kernel * rows))
        nn.init.normal_(self.original1, mean=0.0, std=std)
        # The length that such a direction has on average, so that the first weight is about the direction.
        nn.init.constant_(self.original0, std * math.sqrt(rows * columns))

    def forward(self):
        v = self.original1.to(torch.float32)
        length = v.pow(2).sum(dim=(0, 1), keepdim=True).sqrt()  # (1, 1, kernel)
        return (v * (self.original0.to(torch.float32) / length)).to(self.original1.dtype)


class NormedConv1d(nn.Module):
    """A grouped convolution with as many channels out as in, over a normed weight."""

    def __init__(self, channels, kernel_size, *, padding, groups):
        super().__init__()
        self.in_channels = self.out_channels = channels
        self.kernel_size, self.padding, self.groups = (kernel_size,), (padding,), groups
        self.bias = nn.Parameter(torch.zeros(channels))
        shape = (channels, channels // groups, kernel_size)
        self.parametrizations = nn.ModuleDict({"weight": NormedWeight(shape)})

    @property
    def weight(self):
        """The weight itself, (channels, channels / groups, kernel)."""
        return self.parametrizations["weight"]()

    def reset_parameters(self):
        nn.init.zeros_(self.bias)

    def forward(self, x):
        return F.conv1d(x, self.weight, self.bias, padding=self.padding[0], groups=self.groups)

    def extra_repr(self):
        return f"{self.in_channels}, kernel_size={self.kernel_size}, groups={self.groups}"


class SpeechSamePad(nn.Module):
    """Drops the last frame where an even kernel has made one too many: (B, C, frames)."""

    def __init__(self, num_conv_pos_embeddings):
        super().__init__()
        self.num_pad_remove = 1 if num_conv_pos_embeddings % 2 == 0 else 0

    def forward(self, hidden_states):
        return hidden_states[:, :, :-1] if self.num_pad_remove else hidden_states


class SpeechPositions(nn.Module):
    """What a frame's surroundings say about its place: (B, frames, C) -> the same."""

    def __init__(self, config, *, pad=SpeechSamePad):
        super().__init__()
        self.conv = NormedConv1d(
            config.hidden_size,
            config.num_conv_pos_embeddings,
            padding=config.num_conv_pos_embeddings // 2,
            groups=config.num_conv_pos_embedding_groups,
        )
        self.padding = pad(config.num_conv_pos_embeddings)
        self.activation = Activation(config.feat_extract_activation)

    def forward(self, hidden_states):
        x = self.padding(self.conv(hidden_states.transpose(1, 2)))  # (B, C, frames)
        return self.activation(x).transpose(1, 2)


class SpeechAttention(nn.Module):
    """Multi-head self-attention with biases."""

    def __init__(
        self, embed_dim, num_heads, dropout=0.0, is_decoder=False, bias=True, is_causal=False, config=None
    ):
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError(f"embed_dim ({embed_dim}) must be a multiple of num_heads ({num_heads})")
        self.config = config
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.dropout, self.scaling = dropout, self.head_dim**-0.5
        self.is_decoder, self.is_causal = is_decoder, is_causal
        self.k_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.v_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.q_proj = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias=bias)

    def forward(
        self,
        hidden_states,
        key_value_states=None,
        attention_mask=None,
        layer_head_mask=None,
        output_attentions=False,
        **kwargs,
    ):
        source = hidden_states if key_value_states is None else key_value_states
        output, probabilities = attend(
            self,
            split_heads(self.q_proj(hidden_states), self.num_heads),
            split_heads(self.k_proj(source), self.num_heads),
            split_heads(self.v_proj(source), self.num_heads),
            attention_mask,
            implementation=(self.config and self.config._attn_implementation) or "sdpa",
            need_probabilities=output_attentions,
            head_mask=layer_head_mask,
            scaling=self.scaling,
            dropout=self.dropout,
        )
        return self.out_proj(merge_heads(output)), probabilities, None


class SpeechFeedForward(nn.Module):
    """The two dense layers of every frame."""

    def __init__(self, config):
        super().__init__()
        self.intermediate_dropout = nn.Dropout(config.activation_dropout)
        self.intermediate_dense = nn.Linear(config.hidden_size, config.intermediate_size)
        self.intermediate_act_fn = Activation(config.hidden_act)
        self.output_dense = nn.Linear(config.intermediate_size, config.hidden_size)
        self.output_dropout = nn.Dropout(config.hidden_dropout)

    def forward(self, hidden_states):
        x = self.intermediate_dropout(self.intermediate_act_fn(self.intermediate_dense(hidden_states)))
        return self.output_dropout(self.output_dense(x))


class SpeechAttnAdapter(nn.Module):
    """A small bottleneck after a layer, one set of weights for every language (MMS, arXiv:2305.13516)."""

    def __init__(self, config):
        super().__init__()
        self.input_dim, self.hidden_dim = config.adapter_attn_dim, config.hidden_size
        self.norm = nn.LayerNorm(self.hidden_dim)
        self.linear_1 = nn.Linear(self.hidden_dim, self.input_dim)
        self.act_fn = nn.ReLU()
        self.linear_2 = nn.Linear(self.input_dim, self.hidden_dim)

    def forward(self, hidden_states):
        return self.linear_2(self.act_fn(self.linear_1(self.norm(hidden_states))))


class SpeechLayer(nn.Module):
    """A layer that norms after attention and after the feed-forward part."""

    def __init__(self, config, *, attention=SpeechAttention, feed_forward=SpeechFeedForward):
        super().__init__()
        self.attention = attention(
            config.hidden_size, config.num_attention_heads, config.attention_dropout, config=config
        )
        self.dropout = nn.Dropout(config.hidden_dropout)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.feed_forward = feed_forward(config)
        self.final_layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, hidden_states, attention_mask=None, output_attentions=False):
        mixed, probabilities, _ = self.attention(
            hidden_states, attention_mask=attention_mask, output_attentions=output_attentions
        )
        hidden_states = self.layer_norm(hidden_states + self.dropout(mixed))
        return self.final_layer_norm(hidden_states + self.feed_forward(hidden_states)), probabilities


class SpeechStableLayer(nn.Module):
    """A layer that norms before attention and before the feed-forward part, with room for an adapter."""

    def __init__(
        self,
        config,
        *,
        attention=SpeechAttention,
        feed_forward=SpeechFeedForward,
        adapter=SpeechAttnAdapter,
    ):
        super().__init__()
        self.attention = attention(
            config.hidden_size, config.num_attention_heads, config.attention_dropout, config=config
        )
        self.dropout = nn.Dropout(config.hidden_dropout)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.feed_forward = feed_forward(config)
        self.final_layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.adapter_layer = None if config.adapter_attn_dim is None else adapter(config)

    def forward(self, hidden_states, attention_mask=None, output_attentions=False):
        mixed, probabilities, _ = self.attention(
            self.layer_norm(hidden_states),
            attention_mask=attention_mask,
            output_attentions=output_attentions,
        )
        hidden_states = hidden_states + self.dropout(mixed)
        hidden_states = hidden_states + self.feed_forward(self.final_layer_norm(hidden_states))
        if self.adapter_layer is not None:
            hidden_states = hidden_states + self.adapter_layer(hidden_states)
        return hidden_states, probabilities


class SpeechEncoder(nn.Module):
    """Positions, then the layers; one norm comes before layers that norm last, after those that norm first.

    positions, layer: the classes of its parts.  stable: whether the layers norm first.
    """

    def __init__(self, config, *, positions=SpeechPositions, layer=SpeechLayer, stable=False):
        super().__init__()
        self.config, self.stable = config, stable
        self.pos_conv_embed = positions(config)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout)
        self.layers = nn.ModuleList([layer(config) for _ in range(config.num_hidden_layers)])
        self.gradient_checkpointing = False

    def forward(self, hidden_states, attention_mask=None, collect_hidden=False, collect_attentions=False):
        """attention_mask: (B, frames) bool, True = a frame that counts, or None."""
        if attention_mask is not None:
            hidden_states = hidden_states.masked_fill(~attention_mask[:, :, None], 0.0)
        hidden_states = hidden_states + self.pos_conv_embed(hidden_states)
        if not self.stable:
            hidden_states = self.layer_norm(hidden_states)
        return run_layers(
            self.layers,
            self.dropout(hidden_states),
            encoder_mask(self.config, attention_mask, hidden_states),
            collect_hidden=collect_hidden,
            collect_attentions=collect_attentions,
            checkpointing=self.gradient_checkpointing and self.training,
            layer_drop=self.config.layerdrop if self.training else 0.0,
            final=self.layer_norm if self.stable else None,
        )


__all__ = [
    "NormedConv1d",
    "NormedWeight",
    "SpeechAttention",
    "SpeechAttnAdapter",
    "SpeechEncoder",
    "SpeechFeedForward",
    "SpeechLayer",
    "SpeechPositions",
    "SpeechSamePad",
    "SpeechStableLayer",
]
