"""Normalisations; statistics of 16-bit floats are taken in float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import backend as B
from ...promotion import cast, operand
from ...reductions import count, mean_and_square
from ...tensor import Raw, Tensor, dtype_named, wrap
from .image import pad


def _wide(raw: Raw) -> Raw:
    return B.cast(raw, "float32") if B.dtype(raw) in ("float16", "bfloat16") else raw


def _scaled(wide: Raw, weight: Raw | None, bias: Raw | None, dtype: str) -> Tensor:
    """`wide * weight + bias`, rounded to `dtype` once."""
    name = B.dtype(wide)
    if weight is not None:
        wide = B.multiply(wide, cast(weight, dtype_named(name)))
    if bias is not None:
        wide = B.add(wide, cast(bias, dtype_named(name)))
    return wrap(wide if name == dtype else B.cast(wide, dtype))


def _standardised(wide: Raw, axes: tuple[int, ...], eps: float) -> Raw:
    _, variance, away = mean_and_square(wide, axes)
    return B.multiply(away, B.rsqrt(B.add(variance, B.scalar(eps, B.dtype(wide)))))


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over the last axes, then `* weight + bias`."""
    raw = input.a
    rank = B.rank(raw)
    sizes = tuple(normalized_shape)
    have = tuple(B.shape(raw))[rank - len(sizes) :]
    if len(have) != len(sizes) or any(
        isinstance(a, int) and a != b for a, b in zip(have, sizes, strict=True)
    ):
        raise ValueError(
            f"layer_norm over {list(sizes)} of a tensor with sizes {list(input.shape)}: "
            "the last sizes must agree"
        )
    axes = tuple(range(rank - len(sizes), rank))
    return _affine(_standardised(_wide(raw), axes, eps), weight, bias, B.dtype(raw))


def _affine(wide: Raw, weight: Tensor | None, bias: Tensor | None, dtype: str) -> Tensor:
    return _scaled(wide, None if weight is None else weight.a, None if bias is None else bias.a, dtype)


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Mean square 1 over the last axes, then `* weight`; `eps` None is the smallest step of the dtype
    computed in.
    """
    from .....core.dtypes import finfo

    raw = input.a
    rank = B.rank(raw)
    wide = _wide(raw)
    axes = tuple(range(rank - len(tuple(normalized_shape)), rank))
    floor = finfo(dtype_named(B.dtype(wide))).eps if eps is None else eps
    power = B.add(B.mean(B.square(wide), axes, True), B.scalar(floor, B.dtype(wide)))
    return _affine(B.multiply(wide, B.rsqrt(power)), weight, None, B.dtype(raw))


def _per_channel(values: Tensor | Raw | None, rank: int) -> Raw | None:
    if values is None:
        return None
    raw = values.a if isinstance(values, Tensor) else values
    return B.reshape(raw, (1, -1) + (1,) * (rank - 2))


def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over each of `num_groups` groups of channels (axis 1), then per channel `*
    weight + bias`.
    """
    raw = input.a
    sizes = tuple(B.shape(raw))
    if isinstance(sizes[1], int) and sizes[1] % num_groups:
        raise ValueError(f"group_norm: {sizes[1]} channels do not divide into {num_groups} groups")
    grouped = B.reshape(_wide(raw), (sizes[0], num_groups, sizes[1] // num_groups, *sizes[2:]))
    wide = B.reshape(_standardised(grouped, tuple(range(2, len(sizes) + 1)), eps), sizes)
    return _scaled(wide, _per_channel(weight, len(sizes)), _per_channel(bias, len(sizes)), B.dtype(raw))


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Mean 0 and variance 1 over the positions of each channel of each sample, then per channel `* weight +
    bias`; without `use_input_stats` the running statistics take their place.
    """
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    raw = input.a
    rank = B.rank(raw)
    wide = _wide(raw)
    name, axes = B.dtype(wide), tuple(range(2, rank))
    n = count(wide, axes)
    if rank < 3 or (isinstance(n, int) and n < 2):
        raise ValueError(f"instance_norm needs more than one position per channel, got {list(input.shape)}")
    center, variance, away = mean_and_square(wide, axes)
    if running_mean is not None and running_var is not None:
        sizes = tuple(B.shape(raw))[:2]
        mean, spread = (B.mean(B.reshape(part, sizes), (0,), False) for part in (center, variance))
        ratio = n / (n - 1) if isinstance(n, int) else _unbiasing(n, name)
        _moved(running_mean, mean, momentum)
        _moved(running_var, B.multiply(spread, _factor(ratio, name)), momentum)
    scaled = B.multiply(away, B.rsqrt(B.add(variance, B.scalar(eps, name))))
    return _scaled(scaled, _per_channel(weight, rank), _per_channel(bias, rank), B.dtype(raw))


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """`input` over (k + alpha * mean square of `size` neighbouring channels) ** beta."""
    if input.ndim < 3:
        raise ValueError(f"local_response_norm needs at least 3 axes (N, C, ...), not {input.ndim}")
    channels = input.shape[1]
    around = [(0, 0)] * (input.ndim - 2)
    ends = [width for pair in [*around, (size // 2, (size - 1) // 2)] for width in pair]
    square = pad(input * input, ends)
    total = square.narrow(1, 0, channels)
    for place in range(1, size):
        total = total + square.narrow(1, place, channels)
    return input / (total * (alpha / size) + k) ** beta


def _moved(running: Tensor, measured: Raw, momentum: Any) -> None:
    """Move running statistics towards the measured ones; `running` is a buffer of a module."""
    name = B.dtype(running.a)
    kept = operand(1.0 - momentum, dtype_named(name))
    share = operand(momentum, dtype_named(name))
    new = B.multiply(B.cast(B.stop_gradient(measured), name), share)
    running.a = B.add(B.multiply(running.a, kept), new)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Per channel (axis 1): in training the batch's mean and variance, which move the running ones; else
    the running ones.
    """
    raw = input.a
    rank = B.rank(raw)
    wide = _wide(raw)
    name = B.dtype(wide)
    if training or running_mean is None or running_var is None:
        axes = (0, *range(2, rank))
        center, variance, away = mean_and_square(wide, axes)
        if training and running_mean is not None and running_var is not None:
            n = count(wide, axes)
            ratio = n / (n - 1) if isinstance(n, int) and n > 1 else _unbiasing(n, name)
            _moved(running_mean, B.reshape(center, (-1,)), momentum)
            _moved(running_var, B.multiply(B.reshape(variance, (-1,)), _factor(ratio, name)), momentum)
    else:
        away = B.subtract(wide, cast(_per_channel(running_mean, rank), dtype_named(name)))
        variance = cast(_per_channel(running_var, rank), dtype_named(name))
    scaled = B.multiply(away, B.rsqrt(B.add(variance, B.scalar(eps, name))))
    return _scaled(scaled, _per_channel(weight, rank), _per_channel(bias, rank), B.dtype(raw))


def _unbiasing(n: Any, name: str) -> Any:
    if isinstance(n, int):
        raise ValueError("batch_norm in training needs more than one value per channel")
    wide = B.cast(n, name)
    return B.divide(wide, B.subtract(wide, B.scalar(1.0, name)))


def _factor(ratio: Any, name: str) -> Any:
    return B.scalar(ratio, name) if isinstance(ratio, float) else ratio


__all__ = [
    "batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm",
]  # fmt: skip
