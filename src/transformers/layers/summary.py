"""One vector for a whole sequence, by the `summary_*` options of XLM, XLNet, ELECTRA and the GPTs."""

from __future__ import annotations

from torch import nn

from .activations import Activation
from .last_token import last_token_index, take_tokens

KINDS = ("last", "first", "mean", "cls_index")


class SequenceSummary(nn.Module):
    """Choose a token or average, then dropout, projection, activation, dropout: (B, T, C) -> (B, outputs).

    kind: "last", "first", "mean" or "cls_index", which takes the token that the caller points to.
    outputs: width of the projection; None: no projection.  activation: a name, or None.
    """

    def __init__(
        self, width, outputs=None, *, kind="last", activation=None, first_dropout=0.0, last_dropout=0.0
    ):
        super().__init__()
        if kind not in KINDS:
            raise ValueError(f"summary_type must be one of {', '.join(KINDS)}, got {kind!r}")
        self.summary_type = kind
        self.summary = nn.Identity() if outputs is None else nn.Linear(width, outputs)
        self.activation = Activation(activation) if activation else nn.Identity()
        self.first_dropout = nn.Dropout(first_dropout)
        self.last_dropout = nn.Dropout(last_dropout)

    def forward(self, hidden_states, cls_index=None, attention_mask=None):
        """cls_index: (B,) places of the tokens for "cls_index"; None: the last ones.

        attention_mask: (B, T) or one that reshapes to it, 0 for padding, which is neither last nor averaged.
        """
        if attention_mask is not None:
            attention_mask = attention_mask.reshape(-1, attention_mask.shape[-1])
        if self.summary_type == "first":
            x = hidden_states[:, 0]
        elif self.summary_type == "mean":
            x = mean_token(hidden_states, attention_mask)
        elif self.summary_type == "cls_index" and cls_index is not None:
            x = take_tokens(hidden_states, cls_index)
        elif attention_mask is None:
            x = hidden_states[:, -1]
        else:
            x = take_tokens(hidden_states, last_token_index(hidden_states, attention_mask=attention_mask))
        return self.last_dropout(self.activation(self.summary(self.first_dropout(x))))


def mean_token(x, mask=None):
    """Mean over the tokens of (B, T, C) that a (B, T) mask keeps."""
    if mask is None:
        return x.mean(dim=1)
    weights = mask.to(x.dtype)[:, :, None]
    return (x * weights).sum(dim=1) / weights.sum(dim=1)


__all__ = ["SequenceSummary"]
