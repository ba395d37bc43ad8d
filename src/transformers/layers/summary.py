"""One vector for a whole sequence, by the `summary_*` options of XLM, XLNet, ELECTRA and the GPTs."""

from __future__ import annotations

from torch import nn

from .activations import Activation

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

    def forward(self, hidden_states, cls_index=None):
        """cls_index: (B,) places of the tokens for "cls_index"; None: the last ones."""
        if self.summary_type == "first":
            x = hidden_states[:, 0]
        elif self.summary_type == "mean":
            x = hidden_states.mean(dim=1)
        elif self.summary_type == "last" or cls_index is None:
            x = hidden_states[:, -1]
        else:
            places = cls_index[:, None, None].expand(-1, 1, hidden_states.shape[-1])  # (B, 1, C)
            x = hidden_states.gather(1, places)[:, 0]
        return self.last_dropout(self.activation(self.summary(self.first_dropout(x))))


__all__ = ["SequenceSummary"]
