"""Random tensors.

In a scope with a random key the numbers come from the key, the path of the running module and a count;
elsewhere from the host's or the framework's generator, which `manual_seed` restarts.  There are no other
generators: `generator=` takes None only.
"""

from __future__ import annotations

from typing import Any

from ...core import dtypes, recipe
from .. import backend as B
from .bounded import clamp
from .indexing import where
from .ordering import topk
from .pointwise import log
from .promotion import floating, get_default_dtype, long, named_sizes, placing, raw_sizes
from .reductions import cumsum, sum
from .tensor import Tensor, wrap


def manual_seed(seed: int) -> None:
    """Restart the generators of this framework and of the host."""
    recipe.seed_host(seed)
    B.seed(seed)


def rand(*size: Any, dtype: dtypes.dtype | None = None, device: Any = None, **ignored: Any) -> Tensor:
    """Uniform numbers in [0, 1)."""
    return wrap(B.uniform(named_sizes(size, ignored), (dtype or get_default_dtype()).name))


def randn(*size: Any, dtype: dtypes.dtype | None = None, device: Any = None, **ignored: Any) -> Tensor:
    """Normal numbers of mean 0 and deviation 1."""
    return wrap(B.normal(named_sizes(size, ignored), (dtype or get_default_dtype()).name))


def rand_like(input: Tensor, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """`rand` with the sizes and dtype of `input`."""
    placing(ignored)
    return wrap(B.uniform(B.shape(input.a), (dtype or input.dtype).name))


def randn_like(input: Tensor, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """`randn` with the sizes and dtype of `input`."""
    placing(ignored)
    return wrap(B.normal(B.shape(input.a), (dtype or input.dtype).name))


def _integers(low: int, high: int, sizes: Any, kind: dtypes.dtype) -> Tensor:
    if isinstance(low, int) and isinstance(high, int) and low >= high:
        raise RuntimeError(f"randint needs low < high, not {low} and {high}")
    if kind.kind == dtypes.INTEGER:
        return wrap(B.randint(low, high, sizes, kind.name))
    return wrap(B.cast(B.randint(low, high, sizes, long().name), kind.name))


def randint(
    low: int, high: Any = None, size: Any = None, *, dtype: dtypes.dtype | None = None, **ignored: Any
) -> Tensor:
    """Whole numbers from `low` (0 if one bound is given) up to, not including, `high`."""
    placing(ignored)
    if isinstance(high, (tuple, list)):
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    if size is None:
        raise TypeError("randint needs a size: randint(high, size) or randint(low, high, size)")
    return _integers(low, high, raw_sizes((size,)), dtype or long())


def randint_like(
    input: Tensor, low: int, high: Any = None, *, dtype: dtypes.dtype | None = None, **ignored: Any
) -> Tensor:
    """`randint` with the sizes and dtype of `input`."""
    placing(ignored)
    bounds = (0, low) if high is None else (low, high)
    return _integers(*bounds, B.shape(input.a), dtype or input.dtype)


def bernoulli(input: Tensor, p: float | None = None, *, generator: None = None) -> Tensor:
    """1 with the probability that each element gives (or with probability `p`), else 0."""
    placing({"generator": generator})
    drawn = B.uniform(B.shape(input.a), "float32")
    chance = B.cast(input.a, "float32") if p is None else B.scalar(p, "float32")
    return wrap(B.cast(B.less(drawn, chance), input.dtype.name))


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    dtype: dtypes.dtype | None = None,
    **ignored: Any,
) -> Tensor:
    """Normal numbers; mean and deviation are tensors, whose sizes hold, or numbers with `size`."""
    placing(ignored)
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        if size is None:
            raise TypeError("normal of two numbers needs a size")
        return randn(size, dtype=dtype) * std + mean
    center = mean + std * 0 if isinstance(std, Tensor) else mean
    return mean + randn_like(center) * std


def poisson(input: Tensor, generator: None = None) -> Tensor:
    """Numbers of the Poisson distribution, of the rate that each element gives."""
    placing({"generator": generator})
    return wrap(B.random_poisson(floating(input)))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: None = None
) -> Tensor:
    """`num_samples` positions of the last axis (of one or two), drawn by the weights there.

    Without replacement a position comes once, and those of weight 0 come last.
    """
    placing({"generator": generator})
    known = input.shape[-1]
    if not replacement and isinstance(known, int) and num_samples > known:
        raise RuntimeError(f"multinomial: {num_samples} of {known} without replacement is too many")
    if not replacement:
        wait = -log(clamp(rand_like(input, dtype=dtypes.DTYPES["float32"]), 1e-38))
        return topk(log(input) - log(wait), num_samples, -1).indices
    steps = cumsum(input, -1).unsqueeze(-2)
    drawn = rand(*input.shape[:-1], num_samples, 1) * steps[..., -1:]
    found = sum(steps <= drawn, -1)
    last = sum(where(steps < steps[..., -1:], 1, 0), -1)
    return found.minimum(last)


def randperm(n: Any, *, dtype: dtypes.dtype | None = None, **ignored: Any) -> Tensor:
    """The numbers below `n` in random order."""
    placing(ignored)
    order = rand(n).argsort()
    return order if dtype is None else order.to(dtype)


Tensor.bernoulli = bernoulli  # type: ignore[attr-defined]
Tensor.multinomial = multinomial  # type: ignore[attr-defined]

__all__ = [
    "bernoulli", "manual_seed", "multinomial", "normal", "poisson", "rand", "rand_like", "randint",
    "randint_like", "randn", "randn_like", "randperm",
]  # fmt: skip
