"""`torch.nn.init`: give a parameter its initial values, drawn on the host when somebody first reads them.

The underscore is kept because these functions write: they change what their parameter holds, and nothing
else.
"""

from __future__ import annotations

import math
from typing import Any

from ....core.recipe import Recipe, next_seed
from .parameter import _Slot


def _fill(tensor: Any, kind: str, low: Any, high: float = 1.0, **options: Any) -> Any:
    if not isinstance(tensor, _Slot):
        raise TypeError(
            f"nn.init changes parameters and buffers, not a {type(tensor).__name__}: "
            "a slice of a parameter is a copy here; write parameter[index] = value instead"
        )
    if not tensor.is_meta:
        seed = 0 if kind == "full" else next_seed()
        tensor.set(Recipe(tuple(tensor.shape), tensor.dtype.name, kind, low, high, seed=seed, **options))
    return tensor


def constant_(tensor: Any, val: float) -> Any:
    """Every element is `val`."""
    return _fill(tensor, "full", val)


def zeros_(tensor: Any) -> Any:
    """Every element is 0."""
    return _fill(tensor, "full", 0)


def ones_(tensor: Any) -> Any:
    """Every element is 1."""
    return _fill(tensor, "full", 1)


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: None = None) -> Any:
    """Uniform between `a` and `b`."""
    return _fill(tensor, "uniform", a, b)


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: None = None) -> Any:
    """Normal with the given mean and deviation."""
    return _fill(tensor, "normal", mean, std)


def trunc_normal_(
    tensor: Any, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: None = None
) -> Any:
    """Normal, drawn again where it falls outside `a` to `b` (absolute values, not deviations)."""
    if a >= b or mean - 4 * std > b or mean + 4 * std < a:
        raise ValueError(
            f"trunc_normal_: almost nothing of mean {mean}, std {std} lies between a={a} and b={b}"
        )
    return _fill(tensor, "truncated", mean, std, bounds=(a, b))


def eye_(tensor: Any) -> Any:
    """The identity matrix."""
    from ..creation import eye

    tensor.set(eye(*tensor.shape, dtype=tensor.dtype).a)
    return tensor


def _calculate_fan_in_and_fan_out(tensor: Any) -> tuple[int, int]:
    """Inputs per output and outputs per input of a weight."""
    sizes = tuple(tensor.shape)
    if len(sizes) < 2:
        raise ValueError(f"fan in and fan out need at least two axes, not shape {list(sizes)}")
    field = math.prod(sizes[2:])
    return sizes[1] * field, sizes[0] * field


def _calculate_correct_fan(tensor: Any, mode: str) -> int:
    """Fan in or fan out, by `mode`."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', not {mode!r}")
    return _calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a nonlinearity shrinks the deviation, inverted."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1.0 + slope**2))
    gains = {"tanh": 5.0 / 3.0, "relu": math.sqrt(2.0), "selu": 0.75}
    linear = ("linear", "sigmoid", "conv1d", "conv2d", "conv3d")
    if nonlinearity not in gains and nonlinearity not in linear:
        raise ValueError(
            f"nonlinearity {nonlinearity!r} must be one of {sorted([*gains, *linear, 'leaky_relu'])}"
        )
    return gains.get(nonlinearity, 1.0)


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: None = None) -> Any:
    """Uniform, with the variance 2 / (fan in + fan out) times `gain` squared."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    bound = gain * math.sqrt(6.0 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: None = None) -> Any:
    """Normal, with the variance 2 / (fan in + fan out) times `gain` squared."""
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)))


def kaiming_uniform_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: None = None
) -> Any:
    """Uniform, with the deviation gain / sqrt(fan)."""
    if 0 in tensor.shape:
        return tensor
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / _calculate_correct_fan(tensor, mode))
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(
    tensor: Any, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: None = None
) -> Any:
    """Normal, with the deviation gain / sqrt(fan)."""
    if 0 in tensor.shape:
        return tensor
    return normal_(
        tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    )


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """A convolution that passes its input channels through unchanged, as many as there are."""
    import numpy as np

    sizes = tuple(tensor.shape)
    if len(sizes) not in (3, 4, 5) or sizes[0] % groups:
        raise ValueError(
            f"dirac_ needs 3 to 5 axes and groups ({groups}) that divide the first of {list(sizes)}"
        )
    if not isinstance(tensor, _Slot):
        return _fill(tensor, "full", 0)
    values = np.zeros(sizes, np.float32)
    per_group = sizes[0] // groups
    center = tuple(size // 2 for size in sizes[2:])
    for group in range(groups):
        for channel in range(min(per_group, sizes[1])):
            values[(group * per_group + channel, channel, *center)] = 1
    from ..creation import as_tensor

    if not tensor.is_meta:
        tensor.set(as_tensor(values, dtype=tensor.dtype).a)
    return tensor


def orthogonal_(tensor: Any, gain: float = 1, generator: None = None) -> Any:
    """A matrix with orthonormal rows or columns (the fewer of the two), times `gain`."""
    if tensor.ndim < 2:
        raise ValueError("orthogonal_ needs at least two axes")
    return _fill(tensor, "orthogonal", 0.0, gain)


__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_",
    "ones_", "orthogonal_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip
