"""Random tensors.

In a scope with a random key the numbers come from the key, the path of the running module and a count;
elsewhere from the host's or the framework's generator, which `manual_seed` restarts.
"""

from __future__ import annotations

from typing import Any

from ...core import dtypes, recipe
from .. import backend as B
from .promotion import get_default_dtype, long, raw_sizes
from .tensor import Tensor, wrap


def manual_seed(seed: int) -> None:
    """Restart the generators of this framework and of the host."""
    recipe.seed_host(seed)
    B.seed(seed)


def rand(*size: Any, dtype: dtypes.dtype | None = None, device: Any = None, **ignored: Any) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return wrap(B.uniform(raw_sizes(size), (dtype or get_default_dtype()).name))


def randn(*size: Any, dtype: dtypes.dtype | None = None, device: Any = None, **ignored: Any) -> Tensor:
    """Normal numbers of mean 0 and deviation 1."""
    return wrap(B.normal(raw_sizes(size), (dtype or get_default_dtype()).name))


def rand_like(input: Tensor, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """`rand` with the sizes and dtype of `input`."""
    return wrap(B.uniform(B.shape(input.a), (dtype or input.dtype).name))


def randn_like(input: Tensor, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """`randn` with the sizes and dtype of `input`."""
    return wrap(B.normal(B.shape(input.a), (dtype or input.dtype).name))


def randint(
    low: int, high: Any = None, size: Any = None, *, dtype: dtypes.dtype | None = None, **ignored: Any
) -> Tensor:
    """Whole numbers from `low` (0 if one bound is given) up to, not including, `high`."""
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    return wrap(B.randint(low, high, raw_sizes((size,)), (dtype or long()).name))


def bernoulli(input: Tensor) -> Tensor:
    """1 with the probability that each element gives, else 0."""
    drawn = B.uniform(B.shape(input.a), "float32")
    return wrap(B.cast(B.less(drawn, B.cast(input.a, "float32")), input.dtype.name))


def randperm(n: Any, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """The numbers below `n` in random order."""
    order = rand(n).argsort()
    return order if dtype is None else order.to(dtype)


__all__ = ["bernoulli", "manual_seed", "rand", "rand_like", "randint", "randn", "randn_like", "randperm"]
