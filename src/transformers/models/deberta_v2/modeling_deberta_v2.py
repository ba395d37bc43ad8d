"""DeBERTa-v2 and v3 (arXiv:2006.03654, arXiv:2111.09543): content and distance apart, by ranges of distance.

Checkpoints: microsoft/deberta-v2-xlarge, -xxlarge, microsoft/deberta-v3-*, mdeberta-v3-base.
Unlike DeBERTa: query, key and value have projections of their own, which distances may share; far
distances share rows of the table; a convolution may stand beside the first layer.  Unlike the published
release: positions of a left-padded row start at its first token.
"""

from __future__ import annotations

from torch import nn

from ...layers.activations import Activation
from ...layers.attention import attend, merge_heads, split_heads
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
    PooledContextChoice,
    PooledContextClassification,
    PredictionHead,
)
from ...layers.initialization import init_normal
from ...layers.post_norm import PostNormIntermediate, PostNormOutput, PostNormSelfOutput
from ...modeling_utils import PreTrainedModel
from .configuration_deberta_v2 import DebertaV2Config


class DisentangledSelfAttention(nn.Module):
    """Attention by content and by distance: (B, T, C) -> (B, T, C)."""

    is_causal = False

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.num_attention_heads = config.num_attention_heads
        self.attention_head_size = config.hidden_size // config.num_attention_heads
        self.all_head_size = config.hidden_size
        self.query_proj = nn.Linear(config.hidden_size, self.all_head_size)
        self.key_proj = nn.Linear(config.hidden_size, self.all_head_size)
        self.value_proj = nn.Linear(config.hidden_size, self.all_head_size)
        self.share_att_key = config.share_att_key
        self.pos_att_type = config.pos_att_type or []
        terms = 1 + ("c2p" in self.pos_att_type) + ("p2c" in self.pos_att_type)
        self.scaling = (self.attention_head_size * terms) ** -0.5
        if config.relative_attention:
            self.pos_dropout = nn.Dropout(config.hidden_dropout_prob)
            if not self.share_att_key:
                if "c2p" in self.pos_att_type:
                    self.pos_key_proj = nn.Linear(config.hidden_size, self.all_head_size)
                if "p2c" in self.pos_att_type:
                    self.pos_query_proj = nn.Linear(config.hidden_size, self.all_head_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)

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
        query = asked_by(asking, split_heads(self.query_proj(hidden_states), heads))  # (B, H, T, D)
        key = split_heads(self.key_proj(hidden_states), heads)
        bias = None
        if rel_embeddings is not None:
            bias = asked_by(asking, self.disentangled_attention_bias(query, key, rel_embeddings, rows))
        context, probabilities = attend(
            self,
            query,
            key,
            split_heads(self.value_proj(hidden_states), heads),
            attention_mask,
            implementation=self.config._attn_implementation or "sdpa",
            need_probabilities=output_attentions,
            scaling=self.scaling,
            dropout=self.dropout.p,
            bias=bias,
        )
        return merge_heads(context), probabilities  # (B, T, C)

    def disentangled_attention_bias(self, query, key, rel_embeddings, rows):
        """What distances add to the scores, (B, H, T, T), or None; rows: as `distance_rows` gives them."""
        table, heads = self.pos_dropout(rel_embeddings), self.num_attention_heads
        rel_keys = rel_queries = None
        if "c2p" in self.pos_att_type:
            project = self.key_proj if self.share_att_key else self.pos_key_proj
            rel_keys = projected_rows(project, table, rows[0], heads)
        if "p2c" in self.pos_att_type:
            project = self.query_proj if self.share_att_key else self.pos_query_proj
            rel_queries = projected_rows(project, table, rows[1], heads)
        bias = distance_bias(query, key, rel_keys, rel_queries)
        return None if bias is None else bias * self.scaling


class DebertaV2SelfOutput(PostNormSelfOutput):
    pass


class DebertaV2Attention(DisentangledAttention):
    def __init__(self, config):
        super().__init__(config, attention=DisentangledSelfAttention, output=DebertaV2SelfOutput)


class DebertaV2Intermediate(PostNormIntermediate):
    pass


class DebertaV2Output(PostNormOutput):
    pass


class DebertaV2Layer(DisentangledLayer):
    def __init__(self, config):
        super().__init__(
            config,
            attention=DebertaV2Attention,
            intermediate=DebertaV2Intermediate,
            output=DebertaV2Output,
        )


class ConvLayer(nn.Module):
    """A convolution over the first layer's input, added to its output and normalised."""

    def __init__(self, config):
        super().__init__()
        width, kernel = config.hidden_size, config.conv_kernel_size
        self.conv = nn.Conv1d(width, width, kernel, padding=(kernel - 1) // 2, groups=config.conv_groups)
        self.LayerNorm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.act = Activation(config.conv_act)

    def forward(self, hidden_states, residual_states, input_mask=None):
        """input_mask: (B, T), 1 for a token; states of padding become zeros, before the sum and after."""
        x = self.conv(hidden_states.transpose(1, 2)).transpose(1, 2)  # (B, T, C)
        if input_mask is None:
            return self.LayerNorm(residual_states + self.act(self.dropout(x)))
        tokens = input_mask[..., None].to(x.dtype)  # (B, T, 1)
        return self.LayerNorm(residual_states + self.act(self.dropout(x * tokens))) * tokens


class DebertaV2Embeddings(DisentangledEmbeddings):
    def __init__(self, config):
        super().__init__(config, norm=nn.LayerNorm)


class DebertaV2Encoder(DisentangledEncoder):
    def __init__(self, config):
        super().__init__(config, layer=DebertaV2Layer)
        self.norm_rel_ebd = [name.strip() for name in config.norm_rel_ebd.lower().split("|")]
        if "layer_norm" in self.norm_rel_ebd:
            self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.conv = ConvLayer(config) if config.conv_kernel_size > 0 else None

    def get_rel_embedding(self, device=None):
        table = super().get_rel_embedding(device)
        return table if table is None or "layer_norm" not in self.norm_rel_ebd else self.LayerNorm(table)

    def forward(self, hidden_states, attention_mask=None, tokens=None, **kwargs):
        convs = None if self.conv is None else (self.conv, *[None] * (len(self.layer) - 1))
        return super().forward(hidden_states, attention_mask, tokens, convs, **kwargs)


class LegacyDebertaV2PredictionHeadTransform(NarrowTransform):
    pass


class LegacyDebertaV2LMPredictionHead(LegacyPredictionHead):
    def __init__(self, config):
        super().__init__(config, transform=LegacyDebertaV2PredictionHeadTransform)


class LegacyDebertaV2OnlyMLMHead(LegacyMaskedHead):
    def __init__(self, config):
        super().__init__(config, predictions=LegacyDebertaV2LMPredictionHead)


class DebertaV2LMPredictionHead(PredictionHead):
    pass


class DebertaV2OnlyMLMHead(ComparingMaskedHead):
    def __init__(self, config):
        super().__init__(config, predictions=DebertaV2LMPredictionHead)


def without_pooler(config, **options):
    """The trunk, whatever a head wants of a pooler."""
    return DebertaV2Model(config)


class DebertaV2PreTrainedModel(PreTrainedModel):
    """Base of all DeBERTa-v2 models."""

    config_class = DebertaV2Config
    _supports_flash_attn = False  # scores get a bias
    base_model_prefix = "deberta"
    supports_gradient_checkpointing = True
    _input_embeddings = "embeddings.word_embeddings"
    _head_modules = ("classifier", "cls", "pooler", "qa_outputs")
    _ignored_keys = (
        r"(^|\.)embeddings\.position_(ids$|embeddings\.)",
        r"^(lm|mask)_predictions\.",  # beside the legacy head in published files
    )

    @staticmethod
    def _parts():
        return {
            "trunk": without_pooler,
            "legacy": LegacyDebertaV2OnlyMLMHead,
            "predictions": DebertaV2OnlyMLMHead,
            "pooler": ContextPooler,
        }

    def _init_weights(self, module):
        init_normal(module, self.config.initializer_range)


class DebertaV2Model(DisentangledTrunk, DebertaV2PreTrainedModel):
    """The trunk: hidden states."""

    def __init__(self, config):
        super().__init__(config)
        self.embeddings = DebertaV2Embeddings(config)
        self.encoder = DebertaV2Encoder(config)
        self.post_init()


class DebertaV2ForMaskedLM(DisentangledMaskedLM, DebertaV2PreTrainedModel):
    """Predicts the masked tokens."""


class DebertaV2ForSequenceClassification(PooledContextClassification, DebertaV2PreTrainedModel):
    """Classes of, or with one label a number for, the whole input."""


class DebertaV2ForTokenClassification(DisentangledTokens, DebertaV2PreTrainedModel):
    """A class for every token."""


class DebertaV2ForQuestionAnswering(DisentangledSpans, DebertaV2PreTrainedModel):
    """First and last token of the answer within the input."""


class DebertaV2ForMultipleChoice(PooledContextChoice, DebertaV2PreTrainedModel):
    """Chooses among continuations: inputs are (B, choices, T)."""


__all__ = [
    "DebertaV2ForMaskedLM",
    "DebertaV2ForMultipleChoice",
    "DebertaV2ForQuestionAnswering",
    "DebertaV2ForSequenceClassification",
    "DebertaV2ForTokenClassification",
    "DebertaV2Model",
    "DebertaV2PreTrainedModel",
]
