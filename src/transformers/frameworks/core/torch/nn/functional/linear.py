"""Linear maps, embeddings, dropout, distances."""

from __future__ import annotations

from typing import Any

from .... import backend as B
from ...algebra import cosine_similarity
from ...promotion import long, operand
from ...tensor import Tensor, wrap
from .activation import refuse_inplace


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input @ weight.T + bias`, with `weight` (out, in)."""
    if input.dtype is not weight.dtype:
        raise RuntimeError(f"linear of {input.dtype} with a weight of {weight.dtype}: convert one of them")
    raw = B.matmul(input.a if input.ndim > 1 else B.expand_dims(input.a, 0), B.transpose(weight.a, (1, 0)))
    if bias is not None:
        raw = B.add(raw, bias.a)
    return wrap(raw if input.ndim > 1 else B.squeeze(raw, (0,)))


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`input1 @ weight[o] @ input2 + bias[o]` for every output o; `weight` (out, in1, in2)."""
    raw = B.einsum("...i,oij,...j->...o", input1.a, weight.a, input2.a)
    return wrap(raw if bias is None else B.add(raw, bias.a))


def embedding(input: Tensor, weight: Tensor, padding_idx: int | None = None) -> Tensor:
    """The rows of `weight` at the integer `input`; no gradient reaches row `padding_idx`."""
    rows = wrap(B.take(weight.a, input.a, 0))
    if padding_idx is None:
        return rows
    padded = (input == padding_idx % weight.shape[0]).unsqueeze(-1)
    return wrap(B.where(padded.a, B.stop_gradient(rows.a), rows.a))


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """1 at the index that each element gives, else 0, along a new last axis of size `num_classes`."""
    if num_classes == -1:
        num_classes = int(tensor.max()) + 1
    classes = B.arange(0, num_classes, 1, B.dtype(tensor.a))
    return wrap(B.cast(B.equal(B.expand_dims(tensor.a, tensor.ndim), classes), long().name))


def _kept(sizes: Any, p: float) -> Any:
    """A bool array that is true with probability 1 - p."""
    return B.less(B.uniform(sizes, "float32"), B.scalar(1.0 - p, "float32"))


def _dropped(input: Tensor, sizes: Any, p: float) -> Tensor:
    raw, name = input.a, input.dtype.name
    zero = operand(0, input.dtype)
    if p == 1.0:
        return wrap(B.multiply(raw, zero))
    scaled = B.multiply(raw, B.scalar(1.0 / (1.0 - p), name))
    return wrap(B.where(_kept(sizes, p), scaled, zero))


def _check_probability(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout: p must lie between 0 and 1, not {p}")


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, zeros with probability `p` and scales what stays by 1 / (1 - p)."""
    _check_probability(p)
    refuse_inplace(inplace, "dropout")
    if not training or p == 0.0:
        return input
    return _dropped(input, B.shape(input.a), p)


def _whole_channels(input: Tensor, p: float, training: bool, inplace: bool, batched: int) -> Tensor:
    _check_probability(p)
    refuse_inplace(inplace, "dropout")
    if not training or p == 0.0:
        return input
    sizes = B.shape(input.a)
    lead = 2 if len(sizes) >= batched else 1
    return _dropped(input, (*sizes[:lead], *[1] * (len(sizes) - lead)), p)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of (N, C, L), or of (C, L)."""
    return _whole_channels(input, p, training, inplace, 3)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of (N, C, H, W); three axes are (N, C, L), as in torch."""
    return _whole_channels(input, p, training, inplace, 3)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels of (N, C, T, H, W), or of (C, T, H, W)."""
    return _whole_channels(input, p, training, inplace, 5)


def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """`input` divided by its norm along `dim` (norms below `eps` count as `eps`)."""
    return input / input.norm(p, dim, True).clamp(min=eps)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The norm of `x1 - x2 + eps` along the last axis."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


__all__ = [
    "bilinear", "cosine_similarity", "dropout", "dropout1d", "dropout2d", "dropout3d", "embedding",
    "linear", "normalize", "one_hot", "pairwise_distance",
]  # fmt: skip
