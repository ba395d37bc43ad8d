"""Llama's pre-norm decoder block and trunk, for the models that kept its parameter names.

Rotary positions, grouped key/value heads, a gated feed-forward network, RMS norms (arXiv:2302.13971,
2307.09288).  The parts take a config with Llama's field names, and the block the classes of its own parts:
each model names its own subclasses, so that device maps and patches find them.
"""

from __future__ import annotations

from torch import nn

from ..modeling_outputs import BaseModelOutputWithPast
from .activations import activation
from .attention import QUERY_KEY_VALUE, attend, merge_heads, split_heads
from .base import can_return_tuple
from .cache_pair import cached
from .heads import chosen
from .initialization import init_normal
from .rope import apply_rotary_pos_emb, head_width
from .stack import run_layers
from .trunk import prepare, window_mask


class GroupedAttention(nn.Module):
    """Attention in which several query heads share a key/value head (arXiv:2305.13245).

    bias: whether query, key and value have one.  out_bias: the same of the output, None: as they do.
    window: number of keys a query sees, for kernels that build their own masks; None: all.
    rotate: turns (queries, keys, cos, sin) into rotated queries and keys.
    """

    joint = QUERY_KEY_VALUE

    def __init__(
        self, config, layer_idx, *, bias=False, out_bias=None, window=None, rotate=apply_rotary_pos_emb
    ):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.head_dim = head_width(config)
        self.num_heads = config.num_attention_heads
        self.num_key_value_heads = config.num_key_value_heads
        self.num_key_value_groups = self.num_heads // self.num_key_value_heads
        self.scaling = self.head_dim**-0.5
        self.attention_dropout = config.attention_dropout
        self.is_causal = True
        self.sliding_window = window
        self.rotate = rotate
        width, inner = config.hidden_size, self.num_heads * self.head_dim
        shared = self.num_key_value_heads * self.head_dim
        self.q_proj = nn.Linear(width, inner, bias=bias)
        self.k_proj = nn.Linear(width, shared, bias=bias)
        self.v_proj = nn.Linear(width, shared, bias=bias)
        self.o_proj = nn.Linear(inner, width, bias=chosen(out_bias, bias))

    def forward(
        self,
        hidden_states,
        position_embeddings,
        attention_mask=None,
        past_key_values=None,
        cache_position=None,
        output_attentions=False,
        **kwargs,
    ):
        query = split_heads(self.q_proj(hidden_states), self.num_heads)  # (B, H, T, D)
        key = split_heads(self.k_proj(hidden_states), self.num_key_value_heads)  # (B, K, T, D)
        value = split_heads(self.v_proj(hidden_states), self.num_key_value_heads)
        query, key = self.rotate(query, key, *position_embeddings)
        key, value = cached(past_key_values, key, value, self.layer_idx, cache_position=cache_position)
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            scaling=self.scaling,
            dropout=self.attention_dropout,
            sliding_window=self.sliding_window,
            **kwargs,
        )
        return self.o_proj(merge_heads(context)), probabilities


class GatedMLP(nn.Module):
    """A feed-forward network with a gate (arXiv:2002.05202): (B, T, C) -> (B, T, F) -> (B, T, C)."""

    joint = (("gate_proj", "up_proj"),)  # see `quantization.siblings`

    def __init__(self, config, *, bias=False):
        super().__init__()
        self.config = config
        self.hidden_size = config.hidden_size
        self.intermediate_size = config.intermediate_size
        self.gate_proj = nn.Linear(self.hidden_size, self.intermediate_size, bias=bias)
        self.up_proj = nn.Linear(self.hidden_size, self.intermediate_size, bias=bias)
        self.down_proj = nn.Linear(self.intermediate_size, self.hidden_size, bias=bias)
        self.act_fn = activation(config.hidden_act)

    def forward(self, x):
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    """Attention and feed-forward network, each on the norm of its input.

    attention is called as `attention(config=..., layer_idx=...)`, mlp as `mlp(config)`, norm as
    `norm(width, eps=...)`.
    """

    def __init__(self, config, layer_idx, *, attention, mlp, norm):
        super().__init__()
        self.hidden_size = config.hidden_size
        self.self_attn = attention(config=config, layer_idx=layer_idx)
        self.mlp = mlp(config)
        self.input_layernorm = norm(config.hidden_size, eps=config.rms_norm_eps)
        self.post_attention_layernorm = norm(config.hidden_size, eps=config.rms_norm_eps)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        use_cache=False,
        cache_position=None,
        position_embeddings=None,
        **kwargs,
    ):
        attended, probabilities = self.self_attn(
            hidden_states=self.input_layernorm(hidden_states),
            position_embeddings=position_embeddings,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            cache_position=cache_position,
            **kwargs,
        )
        hidden_states = hidden_states + attended
        return hidden_states + self.mlp(self.post_attention_layernorm(hidden_states)), probabilities


def build_trunk(model, config, *, layer, norm, rotary):
    """Give a model Llama's parts under their published names: embed_tokens, layers, norm, rotary_emb."""
    model.padding_idx = config.pad_token_id
    model.vocab_size = config.vocab_size
    model.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size, model.padding_idx)
    model.layers = nn.ModuleList([layer(config, index) for index in range(config.num_hidden_layers)])
    model.norm = norm(config.hidden_size, eps=config.rms_norm_eps)
    model.rotary_emb = rotary(config=config)
    model.gradient_checkpointing = False


def trunk_forward(
    model,
    input_ids,
    attention_mask,
    position_ids,
    past_key_values,
    inputs_embeds,
    cache_position,
    use_cache,
    *,
    windows=None,
    output_attentions=None,
    output_hidden_states=None,
):
    """The forward of a trunk with Llama's parts.

    windows: per layer the number of keys that a query sees, None for all; none for layers without any.
    A mask of four dimensions is taken as it is: it hides also what lies too far back.
    """
    config = model.config
    if attention_mask is not None and attention_mask.dim() == 4:
        windows = None
    checkpointing = model.gradient_checkpointing and model.training
    ready = prepare(
        input_ids,
        inputs_embeds,
        attention_mask,
        position_ids,
        causal=True,
        past_key_values=past_key_values,
        use_cache=chosen(use_cache, config.use_cache) and not checkpointing,
        cache_position=cache_position,
        config=config,
        window=common_window(windows),
    )
    x = model.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
    masks = {
        window: window_mask(ready, x.shape[1], window, cache_position=cache_position, device=x.device)
        for window in dict.fromkeys(windows or (None,))
    }
    each = [masks[window] for window in windows or (None,) * len(model.layers)]
    out = run_layers(
        model.layers,
        x,
        per_layer={"attention_mask": [m for m, _ in each], "is_causal": [causal for _, causal in each]},
        position_ids=ready.position_ids,
        past_key_values=ready.cache,
        cache_position=cache_position,
        position_embeddings=model.rotary_emb(x, position_ids=ready.position_ids),
        final=model.norm,
        checkpointing=checkpointing,
        collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
        collect_attentions=chosen(output_attentions, config.output_attentions),
    )
    return BaseModelOutputWithPast(
        last_hidden_state=out.hidden_states,
        past_key_values=ready.cache,
        hidden_states=out.all_hidden_states,
        attentions=out.attentions,
    )


def common_window(windows):
    """The window that all layers share, or None."""
    return windows[0] if windows and len(set(windows)) == 1 else None


class LlamaShape:
    """Facts of models with Llama's parameter names: it stands before `PreTrainedModel` in a room's base.

    The base also sets config_class and _no_split_modules, and, behind the trunk's class, `_trunk` to it.
    """

    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _input_embeddings = "embed_tokens"
    _skip_keys_device_placement = ["past_key_values"]
    _head_modules = ("lm_head", "qa_outputs", "score")
    _ignored_keys = (r"rotary_emb\.inv_freq$",)

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class Trunk:
    """A trunk with Llama's parts, whole: a mixin to stand before the model's `PreTrainedModel`.

    layer, norm, rotary: classes of the parts.
    """

    def __init__(self, config, *, layer, norm, rotary):
        super().__init__(config)
        build_trunk(self, config, layer=layer, norm=norm, rotary=rotary)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        past_key_values=None,
        inputs_embeds=None,
        use_cache=None,
        cache_position=None,
        **kwargs,
    ):
        return trunk_forward(
            self,
            input_ids,
            attention_mask,
            position_ids,
            past_key_values,
            inputs_embeds,
            cache_position,
            use_cache,
            windows=self.config.key_windows(),
            **kwargs,
        )


__all__ = [
    "DecoderLayer",
    "GatedMLP",
    "GroupedAttention",
    "LlamaShape",
    "Trunk",
    "build_trunk",
    "common_window",
    "trunk_forward",
]
