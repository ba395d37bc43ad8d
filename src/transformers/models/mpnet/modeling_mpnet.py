"""MPNet (arXiv:2004.09297): an encoder pretrained on masked and permuted words at once.

Checkpoints: microsoft/mpnet-base and the sentence encoders made from it.
Unlike RoBERTa: no segments; every layer adds one table of biases by range of distance, kept by the encoder.
"""

from __future__ import annotations

import torch
from torch import nn

from ...layers.attention import attend, merge_heads, split_heads
from ...layers.base import can_return_tuple
from ...layers.heads import chosen, head_mask_per_layer
from ...layers.initialization import init_normal
from ...layers.post_norm import PostNormIntermediate, PostNormOutput, PostNormPooler
from ...layers.pruning import heads_to_remove, kept_features, prune_linear_layer
from ...layers.relative import distance_buckets
from ...layers.roberta_heads import (
    LM_HEAD_TIES,
    DenseNormLMHead,
    FirstTokenHead,
    MaskedLM,
    MultipleChoice,
    QuestionAnswering,
    SequenceClassification,
    TokenClassification,
    choice_output,
    masked_lm_output,
    question_output,
    sequence_output,
    token_output,
)
from ...layers.roberta_trunk import counted_positions
from ...layers.roberta_trunk import create_position_ids_from_input_ids as create_position_ids_from_input_ids
from ...layers.stack import run_layers
from ...layers.task import OUTPUT_FLAGS, task_forward
from ...layers.trunk import prepare
from ...modeling_outputs import BaseModelOutputWithPooling
from ...modeling_utils import PreTrainedModel
from .configuration_mpnet import MPNetConfig

_BUCKETS, _FURTHEST = 32, 128
_PADDING = 1  # whatever the config's pad_token_id


class MPNetEmbeddings(nn.Module):
    """Sum of word and position embeddings, normalised."""

    def __init__(self, config):
        super().__init__()
        self.padding_idx = 1
        self.word_embeddings = nn.Embedding(
            config.vocab_size, config.hidden_size, padding_idx=self.padding_idx
        )
        self.position_embeddings = nn.Embedding(
            config.max_position_embeddings, config.hidden_size, padding_idx=self.padding_idx
        )
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids=None, position_ids=None, inputs_embeds=None):
        x = self.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds  # (B, T, C)
        return self.dropout(self.LayerNorm(x + self.position_embeddings(position_ids)))


class MPNetSelfAttention(nn.Module):
    """Attention with a bias, and its projection: (B, T, C) -> (B, T, C)."""

    is_causal = False

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.num_attention_heads = config.num_attention_heads
        self.attention_head_size = config.hidden_size // config.num_attention_heads
        self.all_head_size = config.hidden_size
        self.q = nn.Linear(config.hidden_size, config.hidden_size)
        self.k = nn.Linear(config.hidden_size, config.hidden_size)
        self.v = nn.Linear(config.hidden_size, config.hidden_size)
        self.o = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

    def forward(
        self, hidden_states, attention_mask=None, head_mask=None, position_bias=None, output_attentions=False
    ):
        heads = self.num_attention_heads
        context, probabilities = attend(
            self,
            split_heads(self.q(hidden_states), heads),
            split_heads(self.k(hidden_states), heads),
            split_heads(self.v(hidden_states), heads),
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            head_mask=head_mask,
            dropout=self.dropout.p,
            bias=position_bias,
        )
        return self.o(merge_heads(context)), probabilities


class MPNetAttention(nn.Module):
    """Attention, added to its input and normalised."""

    def __init__(self, config):
        super().__init__()
        self.attn = MPNetSelfAttention(config)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.pruned_heads = set()

    def prune_heads(self, heads):
        """Remove heads, numbered as in the unpruned model; the encoder's table keeps all columns."""
        attn = self.attn
        gone = heads_to_remove(heads, attn.num_attention_heads, self.pruned_heads)
        index = kept_features(attn.num_attention_heads, gone, attn.attention_head_size)
        for name in ("q", "k", "v"):
            setattr(attn, name, prune_linear_layer(getattr(attn, name), index))
        attn.o = prune_linear_layer(attn.o, index, dim=1)
        attn.num_attention_heads = attn.num_attention_heads - len(gone)
        attn.all_head_size = attn.num_attention_heads * attn.attention_head_size
        self.pruned_heads = self.pruned_heads | set(heads)

    def forward(self, hidden_states, attention_mask=None, head_mask=None, position_bias=None, **kwargs):
        if position_bias is not None and self.pruned_heads:
            every = range(self.attn.num_attention_heads + len(self.pruned_heads))
            left = [head for head in every if head not in self.pruned_heads]
            position_bias = position_bias.index_select(1, torch.tensor(left, device=hidden_states.device))
        context, probabilities = self.attn(hidden_states, attention_mask, head_mask, position_bias, **kwargs)
        return self.LayerNorm(self.dropout(context) + hidden_states), probabilities


class MPNetIntermediate(PostNormIntermediate):
    pass


class MPNetOutput(PostNormOutput):
    pass


class MPNetLayer(nn.Module):
    """Attention, then the feed-forward network."""

    def __init__(self, config):
        super().__init__()
        self.attention = MPNetAttention(config)
        self.intermediate = MPNetIntermediate(config)
        self.output = MPNetOutput(config)

    def forward(self, hidden_states, attention_mask=None, head_mask=None, position_bias=None, **kwargs):
        hidden_states, probabilities = self.attention(
            hidden_states, attention_mask, head_mask, position_bias, **kwargs
        )
        return self.output(self.intermediate(hidden_states), hidden_states), probabilities


class MPNetEncoder(nn.Module):
    """The stack of layers, with one table of biases for all."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.n_heads = config.num_attention_heads
        self.layer = nn.ModuleList([MPNetLayer(config) for _ in range(config.num_hidden_layers)])
        self.relative_attention_bias = nn.Embedding(config.relative_attention_num_buckets, self.n_heads)
        self.gradient_checkpointing = False

    def compute_position_bias(self, x):
        """The bias (1, H, T, T) that queries of (B, T, C) have on keys, by the range of their distance."""
        places = torch.arange(x.shape[1], device=x.device)
        distance = places[None, :] - places[:, None]  # (T, T)
        half = _BUCKETS // 2  # for keys before the query, and as many for those after
        table = torch.tensor(distance_buckets(half, _FURTHEST), dtype=torch.long, device=x.device)
        bucket = table[torch.clamp(distance.abs(), max=_FURTHEST)] + (distance > 0).to(torch.long) * half
        return self.relative_attention_bias(bucket).permute(2, 0, 1)[None]

    def forward(self, hidden_states, attention_mask=None, head_mask=None, **kwargs):
        return run_layers(
            self.layer,
            hidden_states,
            attention_mask,
            per_layer={"head_mask": head_mask},
            position_bias=self.compute_position_bias(hidden_states),
            checkpointing=self.gradient_checkpointing and self.training,
            **kwargs,
        )


class MPNetPooler(PostNormPooler):
    pass


class MPNetLMHead(DenseNormLMHead):
    pass


class MPNetClassificationHead(FirstTokenHead):
    pass


class MPNetPreTrainedModel(PreTrainedModel):
    """Base of all MPNet models."""

    config_class = MPNetConfig
    _supports_flash_attn = False  # scores get a bias
    base_model_prefix = "mpnet"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _optional_modules = ("pooler",)
    _head_modules = ("lm_head", "classifier", "qa_outputs")
    _ignored_keys = (r"(^|\.)embeddings\.position_ids$",)

    @staticmethod
    def _parts():
        return {"trunk": MPNetModel, "lm_head": MPNetLMHead, "classifier": MPNetClassificationHead}

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class MPNetModel(MPNetPreTrainedModel):
    """The trunk: hidden states and, with `add_pooling_layer`, one pooled vector per input."""

    def __init__(self, config, add_pooling_layer=True):
        super().__init__(config)
        self.embeddings = MPNetEmbeddings(config)
        self.encoder = MPNetEncoder(config)
        self.pooler = MPNetPooler(config) if add_pooling_layer else None
        self.post_init()

    def _prune_heads(self, heads_to_prune):
        for layer, heads in heads_to_prune.items():
            self.encoder.layer[layer].attention.prune_heads(heads)

    def first_place(self):
        """Position of a sequence's first token, behind padding's."""
        return _PADDING + 1

    def sees_both_ways(self):
        """Whether tokens also see what comes after them."""
        return True

    @can_return_tuple
    def forward(
        self,
        input_ids=None,
        attention_mask=None,
        position_ids=None,
        head_mask=None,
        inputs_embeds=None,
        output_attentions=None,
        output_hidden_states=None,
        return_dict=None,
    ):
        config = self.config
        mask = prepare(
            input_ids,
            inputs_embeds,
            attention_mask,
            position_ids,
            max_positions=config.max_position_embeddings,
            config=config,
        ).mask
        if position_ids is None:
            tokens = input_ids if inputs_embeds is None else inputs_embeds
            position_ids = counted_positions(
                input_ids, tokens.shape[1], attention_mask, _PADDING, device=tokens.device
            )
        out = self.encoder(
            self.embeddings(input_ids, position_ids, inputs_embeds),
            mask,
            head_mask_per_layer(head_mask, config.num_hidden_layers),
            collect_hidden=chosen(output_hidden_states, config.output_hidden_states),
            collect_attentions=chosen(output_attentions, config.output_attentions),
        )
        return BaseModelOutputWithPooling(
            last_hidden_state=out.hidden_states,
            pooler_output=None if self.pooler is None else self.pooler(out.hidden_states),
            hidden_states=out.all_hidden_states,
            attentions=out.attentions,
        )


_INPUTS = ("input_ids", "attention_mask", "position_ids", "head_mask", "inputs_embeds")
_TIES = {alias: source.replace("roberta", "mpnet") for alias, source in LM_HEAD_TIES.items()}


class MPNetForMaskedLM(MaskedLM, MPNetPreTrainedModel):
    """Predicts the masked tokens."""

    _ties = _TIES
    _tied_weights_keys = list(_TIES)
    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(masked_lm_output)


class MPNetForSequenceClassification(SequenceClassification, MPNetPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(sequence_output)


class MPNetForMultipleChoice(MultipleChoice, MPNetPreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(choice_output)


class MPNetForTokenClassification(TokenClassification, MPNetPreTrainedModel):
    """A class for every token."""

    forward = task_forward(*_INPUTS, "labels", *OUTPUT_FLAGS)(token_output)


class MPNetForQuestionAnswering(QuestionAnswering, MPNetPreTrainedModel):
    """First and last token of the answer within the input."""

    forward = task_forward(*_INPUTS, "start_positions", "end_positions", *OUTPUT_FLAGS)(question_output)


__all__ = [
    "MPNetForMaskedLM",
    "MPNetForMultipleChoice",
    "MPNetForQuestionAnswering",
    "MPNetForSequenceClassification",
    "MPNetForTokenClassification",
    "MPNetLayer",
    "MPNetModel",
    "MPNetPreTrainedModel",
]
