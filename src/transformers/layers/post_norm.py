"""The post-norm encoder block of BERT (arXiv:1810.04805) and the many models that kept it.

These parts take a config with BERT's field names, and the classes of their own parts as arguments: each
model names its own subclasses, so that device maps and patches find them.  Published parameter names:
attention.self.query, attention.output.dense, intermediate.dense, output.LayerNorm ...
"""

from __future__ import annotations

import torch
from torch import nn

from .activations import Activation
from .attention import attend, merge_heads, split_heads
from .cache_pair import cached, cached_cross
from .pruning import heads_to_remove, kept_features, prune_linear_layer
from .stack import run_layers


class PostNormEmbeddings(nn.Module):
    """Sum of word, position and segment embeddings, normalised; width: where it is not the layers'."""

    def __init__(self, config, width=None):
        super().__init__()
        width = config.hidden_size if width is None else width
        self.word_embeddings = nn.Embedding(config.vocab_size, width, padding_idx=config.pad_token_id)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, width)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, width)
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.position_embedding_type = config.position_embedding_type

    def forward(self, input_ids=None, token_type_ids=None, position_ids=None, inputs_embeds=None):
        x = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(x[..., 0], dtype=torch.long)
        x = x + self.token_type_embeddings(token_type_ids)
        if self.position_embedding_type == "absolute":
            x = x + self.position_embeddings(position_ids)
        return self.dropout(self.LayerNorm(x))


class PostNormSelfAttention(nn.Module):
    """Multi-head attention of the hidden states to themselves, or to an encoder's."""

    def __init__(self, config, position_embedding_type=None, layer_idx=None):
        super().__init__()
        self.config = config
        self.layer_idx = layer_idx
        self.num_attention_heads = config.num_attention_heads
        self.attention_head_size = config.hidden_size // config.num_attention_heads
        self.all_head_size = config.hidden_size
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)
        self.is_causal = config.is_decoder
        self.position_embedding_type = position_embedding_type or config.position_embedding_type
        self.relative = self.position_embedding_type in ("relative_key", "relative_key_query")
        if self.relative:
            self.max_position_embeddings = config.max_position_embeddings
            self.distance_embedding = nn.Embedding(
                2 * config.max_position_embeddings - 1, self.attention_head_size
            )

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        head_mask=None,
        encoder_hidden_states=None,
        past_key_values=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        heads = self.num_attention_heads
        query = split_heads(self.query(hidden_states), heads)  # (B, H, T, D)

        def project(source):
            return split_heads(self.key(source), heads), split_heads(
                self.value(source), heads
            )  # (B, H, S, D) each

        if encoder_hidden_states is None:
            key, value = project(hidden_states)
            key, value = cached(past_key_values, key, value, self.layer_idx, cache_position=cache_position)
        else:
            key, value = cached_cross(past_key_values, self.layer_idx, lambda: project(encoder_hidden_states))
        bias = None
        if self.relative:
            bias = self.distance_bias(query, key)
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            dropout=self.dropout.p,
            bias=bias,
            is_causal=is_causal,
        )
        return merge_heads(context), probabilities  # (B, T, C)

    def distance_bias(self, query, key):
        """Scores of queries, and keys, with the embedding of their distance, as added: (B, H, T, S)."""
        return self.distance_scores(query, key) * self.attention_head_size**-0.5

    def distance_scores(self, query, key):
        """Scores (B, H, T, S) of queries, and keys, with the embedding of their distance."""
        T, S = query.shape[2], key.shape[2]
        places = torch.arange(S, device=query.device)
        distance = places[S - T :, None] - places[None, :] + self.max_position_embeddings - 1  # (T, S)
        embedded = self.distance_embedding(distance)  # (T, S, D)
        bias = torch.einsum("bhtd,tsd->bhts", query, embedded)
        if self.position_embedding_type == "relative_key_query":
            bias = bias + torch.einsum("bhsd,tsd->bhts", key, embedded)
        return bias


class PostNormSelfOutput(nn.Module):
    """Projection after attention, added to its input and normalised."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states, input_tensor):
        return self.LayerNorm(self.dropout(self.dense(hidden_states)) + input_tensor)


class PostNormAttention(nn.Module):
    """Attention with its projection and norm; heads can be pruned."""

    def __init__(self, config, position_embedding_type=None, layer_idx=None, *, attention, output):
        super().__init__()
        self.self = attention(config, position_embedding_type=position_embedding_type, layer_idx=layer_idx)
        self.output = output(config)
        self.pruned_heads = set()

    def prune_heads(self, heads):
        """Remove heads, numbered as in the unpruned model."""
        gone = heads_to_remove(heads, self.self.num_attention_heads, self.pruned_heads)
        index = kept_features(self.self.num_attention_heads, gone, self.self.attention_head_size)
        for name in ("query", "key", "value"):
            setattr(self.self, name, prune_linear_layer(getattr(self.self, name), index))
        self.output.dense = prune_linear_layer(self.output.dense, index, dim=1)
        self.self.num_attention_heads = self.self.num_attention_heads - len(gone)
        self.self.all_head_size = self.self.num_attention_heads * self.self.attention_head_size
        self.pruned_heads = self.pruned_heads | set(heads)

    def forward(self, hidden_states, attention_mask=None, **kwargs):
        context, probabilities = self.self(hidden_states, attention_mask, **kwargs)
        return self.output(context, hidden_states), probabilities


class PostNormIntermediate(nn.Module):
    """First half of the feed-forward network, (B, T, C) -> (B, T, F)."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.intermediate_size)
        self.intermediate_act_fn = Activation(config.hidden_act)

    def forward(self, hidden_states):
        return self.intermediate_act_fn(self.dense(hidden_states))


class PostNormOutput(nn.Module):
    """Second half of the feed-forward network, added to its input and normalised."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.intermediate_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states, input_tensor):
        return self.LayerNorm(self.dropout(self.dense(hidden_states)) + input_tensor)


class PostNormLayer(nn.Module):
    """Attention, then in a decoder attention to the encoder, then the feed-forward network."""

    def __init__(self, config, layer_idx=None, *, attention, intermediate, output):
        super().__init__()
        self.attention = attention(config, layer_idx=layer_idx)
        self.is_decoder = config.is_decoder
        self.add_cross_attention = config.add_cross_attention
        if self.add_cross_attention:
            if not self.is_decoder:
                raise ValueError(
                    "add_cross_attention=True needs is_decoder=True: only a decoder attends to an encoder"
                )
            self.crossattention = attention(config, position_embedding_type="absolute", layer_idx=layer_idx)
            self.crossattention.self.is_causal = False
        self.intermediate = intermediate(config)
        self.output = output(config)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        head_mask=None,
        encoder_hidden_states=None,
        encoder_attention_mask=None,
        past_key_values=None,
        output_attentions=False,
        cache_position=None,
        is_causal=False,
    ):
        common = {
            "head_mask": head_mask,
            "past_key_values": past_key_values,
            "output_attentions": output_attentions,
        }
        hidden_states, probabilities = self.attention(
            hidden_states, attention_mask, cache_position=cache_position, is_causal=is_causal, **common
        )
        cross = None
        if self.is_decoder and encoder_hidden_states is not None:
            if not self.add_cross_attention:
                raise ValueError("encoder_hidden_states were given, but config.add_cross_attention is False")
            hidden_states, cross = self.crossattention(
                hidden_states, encoder_attention_mask, encoder_hidden_states=encoder_hidden_states, **common
            )
        return self.output(self.intermediate(hidden_states), hidden_states), probabilities, cross


class PostNormEncoder(nn.Module):
    """The stack of layers."""

    def __init__(self, config, *, layer):
        super().__init__()
        self.config = config
        self.layer = nn.ModuleList([layer(config, layer_idx=i) for i in range(config.num_hidden_layers)])
        self.gradient_checkpointing = False

    @property
    def checkpointing(self):
        return self.gradient_checkpointing and self.training

    @property
    def may_cache(self):
        return self.config.is_decoder and not self.checkpointing

    def forward(self, hidden_states, attention_mask=None, head_mask=None, **kwargs):
        return run_layers(
            self.layer,
            hidden_states,
            attention_mask,
            per_layer={"head_mask": head_mask},
            checkpointing=self.checkpointing,
            **kwargs,
        )


class PostNormPooler(nn.Module):
    """The first token's state through a dense layer and tanh: (B, T, C) -> (B, C)."""

    def __init__(self, config):
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = nn.Tanh()

    def forward(self, hidden_states):
        return self.activation(self.dense(hidden_states[:, 0]))


__all__ = [
    "PostNormAttention",
    "PostNormEmbeddings",
    "PostNormEncoder",
    "PostNormIntermediate",
    "PostNormLayer",
    "PostNormOutput",
    "PostNormPooler",
    "PostNormSelfAttention",
    "PostNormSelfOutput",
]
