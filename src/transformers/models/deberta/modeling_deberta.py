"""DeBERTa (arXiv:2006.03654): an encoder whose attention sees content and distance apart.

Checkpoints: microsoft/deberta-base, -large, -xlarge and those fine-tuned on MNLI.
Unlike BERT: query, key and value of a head stand side by side in one projection; no pooler in the trunk;
states of padding are zeros.  Unlike the published release: positions of a left-padded row start at its
first token, and a head with `legacy=False` keeps its dense layer.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from ...layers.attention import additive, attend, merge_heads, split_heads
from ...layers.disentangled import (
    DisentangledAttention,
    DisentangledEmbeddings,
    DisentangledEncoder,
    DisentangledLayer,
    asked_by,
    distance_bias,
    projected_rows,
)
from ...layers.disentangled_heads import (
    ComparingMaskedHead,
    ContextPooler,
    DisentangledMaskedLM,
    DisentangledSpans,
    DisentangledTokens,
    DisentangledTrunk,
    LegacyMaskedHead,
    LegacyPredictionHead,
    NarrowTransform,
    PooledContextClassification,
    PredictionHead,
)
from ...layers.initialization import init_normal
from ...layers.post_norm import PostNormIntermediate, PostNormOutput, PostNormSelfOutput
from ...modeling_utils import PreTrainedModel
from .configuration_deberta import DebertaConfig


class DebertaLayerNorm(nn.LayerNorm):
    """The usual norm under its published name."""

    def __init__(self, size, eps=1e-12):
        super().__init__(size, eps=eps)


class DebertaEmbeddings(DisentangledEmbeddings):
    def __init__(self, config):
        super().__init__(config, norm=DebertaLayerNorm)


class DisentangledSelfAttention(nn.Module):
    """Attention by content and by distance: (B, T, C) -> (B, T, C)."""

    is_causal = False

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.num_attention_heads = config.num_attention_heads
        self.attention_head_size = config.hidden_size // config.num_attention_heads
        self.all_head_size = config.hidden_size
        self.pos_att_type = config.pos_att_type or []
        self.scaling = (self.attention_head_size * (1 + len(self.pos_att_type))) ** -0.5
        self.in_proj = nn.Linear(config.hidden_size, 3 * self.all_head_size, bias=False)
        self.q_bias = nn.Parameter(torch.zeros(self.all_head_size))
        self.v_bias = nn.Parameter(torch.zeros(self.all_head_size))
        self.talking_head = config.talking_head
        if self.talking_head:
            heads = config.num_attention_heads
            self.head_logits_proj = nn.Linear(heads, heads, bias=False)
            self.head_weights_proj = nn.Linear(heads, heads, bias=False)
        if config.relative_attention:
            self.pos_dropout = nn.Dropout(config.hidden_dropout_prob)
            if "c2p" in self.pos_att_type:
                self.pos_proj = nn.Linear(config.hidden_size, self.all_head_size, bias=False)
            if "p2c" in self.pos_att_type:
                self.pos_q_proj = nn.Linear(config.hidden_size, self.all_head_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

    def reset_parameters(self):
        nn.init.zeros_(self.q_bias)
        nn.init.zeros_(self.v_bias)

    def forward(
        self,
        hidden_states,
        attention_mask=None,
        output_attentions=False,
        rel_embeddings=None,
        rows=None,
        asking=None,
    ):
        """asking: (B, T) bool, queries that are tokens, or None; rows: as `distance_rows` gives them."""
        heads = self.num_attention_heads
        query, key, value = split_heads(self.in_proj(hidden_states), heads).chunk(3, dim=-1)  # (B, H, T, D)
        query = asked_by(asking, query + self.q_bias.reshape(heads, 1, -1))
        value = value + self.v_bias.reshape(heads, 1, -1)
        bias = None
        if rel_embeddings is not None:
            bias = asked_by(asking, self.disentangled_att_bias(query, key, rel_embeddings, rows))
        if self.talking_head:
            context, probabilities = self.mixed(query, key, value, attention_mask, bias)
            return merge_heads(context), probabilities if output_attentions else None
        context, probabilities = attend(
            self,
            query,
            key,
            value,
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            scaling=self.scaling,
            dropout=self.dropout.p,
            bias=bias,
        )
        return merge_heads(context), probabilities  # (B, T, C)

    def disentangled_att_bias(self, query, key, rel_embeddings, rows):
        """What distances add to the scores, (B, H, T, T), or None; rows: as `distance_rows` gives them."""
        table, heads = self.pos_dropout(rel_embeddings), self.num_attention_heads
        rel_keys = rel_queries = None
        if "c2p" in self.pos_att_type:
            rel_keys = projected_rows(self.pos_proj, table, rows[0], heads)
        if "p2c" in self.pos_att_type:
            rel_queries = projected_rows(self.pos_q_proj, table, rows[1], heads)
        bias = distance_bias(query, key, rel_keys, rel_queries)
        return None if bias is None else bias * self.scaling

    def mixed(self, query, key, value, mask, bias):
        """Attention whose heads are mixed before and after the softmax.

        Raises:
            ValueError: the config names a kernel that a user registered; none can mix heads in its midst.
        """
        name = self.config._attn_implementation or "sdpa"
        if name not in ("eager", "sdpa"):
            raise ValueError(
                f"talking_head mixes the heads before and after the softmax, inside of what "
                f"attn_implementation={name!r} computes: use 'eager' or 'sdpa'"
            )
        scores = torch.matmul(query, key.transpose(2, 3)) * self.scaling  # (B, H, T, T)
        scores = scores if bias is None else scores + bias
        scores = self.head_logits_proj(scores.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        extra = additive(mask, None, scores.dtype)
        scores = scores if extra is None else scores + extra
        probabilities = self.dropout(F.softmax(scores, dim=-1))
        probabilities = self.head_weights_proj(probabilities.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return torch.matmul(probabilities, value).transpose(1, 2), probabilities  # (B, T, H, D)


class DebertaSelfOutput(PostNormSelfOutput):
    def __init__(self, config):
        super().__init__(config)
        self.LayerNorm = DebertaLayerNorm(config.hidden_size, config.layer_norm_eps)


class DebertaAttention(DisentangledAttention):
    def __init__(self, config):
        super().__init__(config, attention=DisentangledSelfAttention, output=DebertaSelfOutput)


class DebertaIntermediate(PostNormIntermediate):
    pass


class DebertaOutput(PostNormOutput):
    def __init__(self, config):
        super().__init__(config)
        self.LayerNorm = DebertaLayerNorm(config.hidden_size, config.layer_norm_eps)


class DebertaLayer(DisentangledLayer):
    def __init__(self, config):
        super().__init__(
            config, attention=DebertaAttention, intermediate=DebertaIntermediate, output=DebertaOutput
        )


class DebertaEncoder(DisentangledEncoder):
    def __init__(self, config):
        super().__init__(config, layer=DebertaLayer)


class LegacyDebertaPredictionHeadTransform(NarrowTransform):
    pass


class LegacyDebertaLMPredictionHead(LegacyPredictionHead):
    def __init__(self, config):
        super().__init__(config, transform=LegacyDebertaPredictionHeadTransform)


class LegacyDebertaOnlyMLMHead(LegacyMaskedHead):
    def __init__(self, config):
        super().__init__(config, predictions=LegacyDebertaLMPredictionHead)


class DebertaLMPredictionHead(PredictionHead):
    pass


class DebertaOnlyMLMHead(ComparingMaskedHead):
    def __init__(self, config):
        super().__init__(config, predictions=DebertaLMPredictionHead)


def without_pooler(config, **options):
    """The trunk, whatever a head wants of a pooler."""
    return DebertaModel(config)


class DebertaPreTrainedModel(PreTrainedModel):
    """Base of all DeBERTa models."""

    config_class = DebertaConfig
    _supports_flash_attn = False  # scores get a bias
    base_model_prefix = "deberta"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _head_modules = ("classifier", "cls", "pooler", "qa_outputs")
    _ignored_keys = (
        r"(^|\.)embeddings\.position_(ids$|embeddings\.)",
        r"^lm_predictions\.",  # beside the legacy head in published files
    )

    @staticmethod
    def _parts():
        return {
            "trunk": without_pooler,
            "legacy": LegacyDebertaOnlyMLMHead,
            "predictions": DebertaOnlyMLMHead,
            "pooler": ContextPooler,
        }

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class DebertaModel(DisentangledTrunk, DebertaPreTrainedModel):
    """The trunk: hidden states."""

    def __init__(self, config):
        super().__init__(config)
        self.embeddings = DebertaEmbeddings(config)
        self.encoder = DebertaEncoder(config)
        self.post_init()


class DebertaForMaskedLM(DisentangledMaskedLM, DebertaPreTrainedModel):
    """Predicts the masked tokens."""


class DebertaForSequenceClassification(PooledContextClassification, DebertaPreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""


class DebertaForTokenClassification(DisentangledTokens, DebertaPreTrainedModel):
    """A class for every token."""


class DebertaForQuestionAnswering(DisentangledSpans, DebertaPreTrainedModel):
    """First and last token of the answer within the input."""


__all__ = [
    "DebertaForMaskedLM",
    "DebertaForQuestionAnswering",
    "DebertaForSequenceClassification",
    "DebertaForTokenClassification",
    "DebertaModel",
    "DebertaPreTrainedModel",
]
