"""Losses as modules, beyond those of `stateless`: of pairs, triplets, sequences and many classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..bounded import log_softmax
from ..indexing import gather
from ..shapes import cat
from ..tensor import Tensor
from . import functional as F
from .containers import ModuleList, Sequential
from .layers import Linear
from .module import Module
from .stateless import _Loss, _loss

_OLD = {"size_average": None, "reduce": None}
_MEAN = {**_OLD, "reduction": "mean"}

MultiLabelSoftMarginLoss = _loss(
    "MultiLabelSoftMarginLoss", F.multilabel_soft_margin_loss, weight=None, **_MEAN
)
MultiLabelMarginLoss = _loss("MultiLabelMarginLoss", F.multilabel_margin_loss, **_MEAN)
MultiMarginLoss = _loss("MultiMarginLoss", F.multi_margin_loss, p=1, margin=1.0, weight=None, **_MEAN)
SoftMarginLoss = _loss("SoftMarginLoss", F.soft_margin_loss, **_MEAN)
HingeEmbeddingLoss = _loss("HingeEmbeddingLoss", F.hinge_embedding_loss, margin=1.0, **_MEAN)


class PoissonNLLLoss(_Loss):
    """Negative logarithm of the Poisson probability of the target."""

    _function = staticmethod(F.poisson_nll_loss)
    _settings = {
        "log_input": True, "full": False, "size_average": None, "eps": 1e-8, "reduce": None,
        "reduction": "mean",
    }  # fmt: skip


class _Three(_Loss):
    """A loss of three tensors."""

    def forward(self, input: Tensor, other: Tensor, target: Tensor) -> Tensor:  # type: ignore[override]
        """The loss: 0-d, or one per row if reduction is "none"."""
        settings = {name: getattr(self, name) for name in self._names}
        return type(self)._function(input, other, target, **settings)


class MarginRankingLoss(_Three):
    """How far the first input stays behind the second, or the second behind the first."""

    _function = staticmethod(F.margin_ranking_loss)
    _settings = {"margin": 0.0, **_MEAN}


class CosineEmbeddingLoss(_Three):
    """1 - cosine of pairs that belong together, the cosine of those that do not."""

    _function = staticmethod(F.cosine_embedding_loss)
    _settings = {"margin": 0.0, **_MEAN}


class TripletMarginLoss(_Three):
    """Of (anchor, positive, negative): how much nearer than by the margin the negative is."""

    _function = staticmethod(F.triplet_margin_loss)
    _settings = {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False, **_MEAN}


class GaussianNLLLoss(_Three):
    """Of (input, target, variance): negative logarithm of the normal density."""

    _function = staticmethod(F.gaussian_nll_loss)
    _settings = {"full": False, "eps": 1e-6, "reduction": "mean"}

    def forward(self, input: Tensor, target: Tensor, var: Any) -> Tensor:  # type: ignore[override]
        """The loss: 0-d, or one per element if reduction is "none"."""
        return super().forward(input, target, var)


class TripletMarginWithDistanceLoss(Module):
    """`TripletMarginLoss` with a distance of one's own."""

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        self.distance_function, self.margin, self.swap = distance_function, margin, swap
        self.reduction = reduction

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss: 0-d, or one per row if reduction is "none"."""
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin,
            swap=self.swap, reduction=self.reduction,
        )  # fmt: skip


class CTCLoss(Module):
    """Negative log-probability of target sequences over all alignments; see `functional.ctc_loss`."""

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__()
        self.blank, self.reduction, self.zero_infinity = blank, reduction, zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """The loss: 0-d, or one per sequence if reduction is "none"."""
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )


class AdaptiveLogSoftmaxResult(NamedTuple):
    """Log-probabilities of the targets, and their mean negated."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of many classes: a head for frequent ones, smaller tails for the others.

    cutoffs: where the head and each tail but the last end, rising, below `n_classes`.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        ends = [int(end) for end in cutoffs]
        if not ends or ends != sorted(set(ends)) or ends[0] < 1 or ends[-1] >= n_classes:
            raise ValueError(
                f"cutoffs {ends} must rise strictly, between 1 and n_classes - 1 ({n_classes - 1})"
            )
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*ends, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = ends[0], len(ends)
        self.head_size = self.shortlist_size + self.n_clusters
        options: dict[str, Any] = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i, (start, end) in enumerate(zip(self.cutoffs[:-1], self.cutoffs[1:], strict=True)):
            width = int(in_features // div_value ** (i + 1))
            first = Linear(in_features, width, bias=False, **options)
            self.tail.append(Sequential(first, Linear(width, end - start, bias=False, **options)))

    def log_prob(self, input: Tensor) -> Tensor:
        """Log-probabilities of all classes (N, n_classes)."""
        head = log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            chance = head[:, self.shortlist_size + i].unsqueeze(1)
            parts.append(log_softmax(tail(input), 1) + chance)
        return cat(parts, 1)

    def forward(self, input: Tensor, target: Tensor) -> AdaptiveLogSoftmaxResult:
        """(log-probabilities of the targets (N,), their mean negated); input (N, C) or (C,)."""
        rows = input.unsqueeze(0) if input.ndim == 1 else input
        index = target.reshape(-1).unsqueeze(1)
        output = gather(self.log_prob(rows), 1, index).squeeze(1)
        loss = (-output).mean()
        return AdaptiveLogSoftmaxResult(output.squeeze(0) if input.ndim == 1 else output, loss)

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class of every row."""
        return self.log_prob(input).argmax(1)


__all__ = [
    "AdaptiveLogSoftmaxWithLoss", "CTCLoss", "CosineEmbeddingLoss", "GaussianNLLLoss",
    "HingeEmbeddingLoss", "MarginRankingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss",
    "MultiMarginLoss", "PoissonNLLLoss", "SoftMarginLoss", "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]  # fmt: skip
