"""What a framework must provide: the primitives under the torch-API layer.

`frameworks/<fw>/backend.py` is a module with these names.  A raw array is the framework's own; dtypes are
names such as "float32"; axes are counted from the front; both operands of a binary primitive have one dtype
already.  Promotion, defaults, `dim=-1` and the like are settled above, in `core/torch`.  16-bit floats are
summed in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

Raw = Any
Size = Any  # an int, or a raw 0-d integer where a size is known only when a graph runs
Shape = Sequence[Size]
Axes = tuple[int, ...]

# Functions of one floating array, by their usual names; those ending in _ would hide a builtin.
UNARY = [
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "digamma", "erf",
    "erfinv", "exp", "exp2", "expm1", "floor", "lgamma", "log", "log10", "log1p", "log2", "reciprocal",
    "round_", "rsqrt", "sigmoid", "silu", "sin", "sinh", "sqrt", "tan", "tanh", "trunc",
]  # fmt: skip
# Functions of one array of numbers, integers included.
NUMERIC = ["abs_", "negative", "relu", "sign", "square"]
# Functions of one array, giving bools; logical_not takes bools, bitwise_not integers and gives integers.
PREDICATES = ["bitwise_not", "isfinite", "isinf", "isnan", "logical_not"]
# Functions of two arrays of one dtype.  add is "or" and multiply "and" of bools; remainder has the sign of
# the divisor, fmod of the dividend; power of integers with negative exponents truncates.
BINARY = [
    "add", "atan2", "bitwise_and", "bitwise_or", "bitwise_xor", "divide", "floor_divide", "fmod",
    "left_shift", "logaddexp", "maximum", "minimum", "multiply", "power", "remainder", "right_shift",
    "subtract",
]  # fmt: skip
# Functions of two arrays of one dtype, giving bools; the logical ones take bools.
COMPARISONS = [
    "equal", "greater", "greater_equal", "less", "less_equal", "logical_and", "logical_or", "logical_xor",
    "not_equal",
]  # fmt: skip
# Called (x, axes, keepdims), giving the dtype of x; any_ and all_ take bools.
REDUCTIONS = ["all_", "any_", "logsumexp", "max_", "mean", "min_", "prod", "sum_"]
# Functions of one complex array; real takes real arrays too.
COMPLEX = ["angle", "conj", "imag", "real"]
# Called (x, axis), of complex arrays, the last of real ones; only the inverse is scaled.
FOURIER = ["fft", "ifft", "rfft"]
# Called (x, axis); argmax and argmin give positions, without the axis.
ALONG_AXIS = ["argmax", "argmin", "cumprod", "cumsum", "log_softmax", "softmax"]


class Backend(Protocol):
    """The primitives that are not in the lists above."""

    NAME: str

    # -------------------------------------------------------------- arrays
    def canonical(self, dtype: str) -> str:
        """The element type really used for `dtype` (JAX: 32 bits for 64 unless `jax_enable_x64` is set)."""

    def is_raw(self, x: object) -> bool:
        """Whether `x` is an array of the framework or of NumPy."""

    def dtype(self, x: Raw) -> str:
        """Name of the element type."""

    def shape(self, x: Raw) -> tuple[Size, ...]:
        """Sizes."""

    def rank(self, x: Raw) -> int:
        """Number of axes."""

    def constant(self, x: np.ndarray[Any, Any]) -> Raw:
        """A host array as a raw array that has a value even where the framework traces."""

    def asarray(self, x: Any, dtype: str) -> Raw:
        """A number, host array or raw array as `dtype`."""

    def scalar(self, x: Any, dtype: str) -> Raw:
        """A number as an operand beside arrays of `dtype`; integers out of range wrap."""

    def cast(self, x: Raw, dtype: str) -> Raw:
        """`x` as `dtype`."""

    def to_numpy(self, x: Raw) -> np.ndarray[Any, Any]:
        """The values on the host."""

    def tracing(self) -> bool:
        """Whether operations are being recorded instead of run."""

    def traced(self, x: Raw) -> bool:
        """Whether `x` has no value yet."""

    def stop_gradient(self, x: Raw) -> Raw:
        """`x`, through which no gradient flows."""

    def checkpoint(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`fn(*args, **kwargs)`, recomputed in the backward pass where the framework can."""

    def read_variable(self, variable: Any) -> Raw:
        """The value of a variable that a face bound to a parameter."""

    def write_variable(self, variable: Any, value: Raw) -> None:
        """Assign to such a variable."""

    def register_tensor(self, cls: type) -> None:
        """Let the framework's tree functions see through the box `cls`, where it has any."""

    # -------------------------------------------------------------- creation and randomness
    def full(self, shape: Shape, value: Any, dtype: str) -> Raw:
        """An array filled with a number or a 0-d array."""

    def arange(self, start: Any, end: Any, step: Any, dtype: str) -> Raw:
        """start, start + step, ... below `end`."""

    def uniform(self, shape: Shape, dtype: str) -> Raw:
        """Random numbers in [0, 1), from the scope's key if there is one."""

    def normal(self, shape: Shape, dtype: str) -> Raw:
        """Random numbers of mean 0 and deviation 1."""

    def randint(self, low: int, high: int, shape: Shape, dtype: str) -> Raw:
        """Random integers in [low, high)."""

    def random_gamma(self, concentration: Raw) -> Raw:
        """Numbers of the gamma distribution of rate 1, one for each concentration."""

    def random_poisson(self, rate: Raw) -> Raw:
        """Numbers of the Poisson distribution, one for each rate."""

    def seed(self, value: int) -> None:
        """Restart the framework's own random stream."""

    def complex_(self, re: Raw, im: Raw) -> Raw:
        """re + i im, of two real arrays."""

    def irfft(self, x: Raw, n: Size, axis: int) -> Raw:
        """Inverse of `rfft`, `n` elements long."""

    # -------------------------------------------------------------- shapes
    def reshape(self, x: Raw, shape: Shape) -> Raw:
        """Other sizes; one of them may be -1."""

    def broadcast_to(self, x: Raw, shape: Shape) -> Raw:
        """Axes of size 1 repeated."""

    def transpose(self, x: Raw, order: Sequence[int]) -> Raw:
        """Axes in another order."""

    def expand_dims(self, x: Raw, axis: int) -> Raw:
        """A new axis of size 1."""

    def squeeze(self, x: Raw, axes: Axes) -> Raw:
        """Without axes, all of size 1."""

    def concat(self, arrays: Sequence[Raw], axis: int) -> Raw:
        """One after the other."""

    def stack(self, arrays: Sequence[Raw], axis: int) -> Raw:
        """Along a new axis."""

    def flip(self, x: Raw, axes: Axes) -> Raw:
        """Backwards."""

    def roll(self, x: Raw, shifts: tuple[Any, ...], axes: Axes) -> Raw:
        """Rotated."""

    def tile(self, x: Raw, repeats: Shape) -> Raw:
        """Repeated as a whole."""

    def repeat(self, x: Raw, counts: Raw, axis: int) -> Raw:
        """Every slice repeated in place."""

    def pad(self, x: Raw, widths: Sequence[tuple[Size, Size]], mode: str, value: Any) -> Raw:
        """More elements at the ends; modes constant, reflect, replicate, circular."""

    # -------------------------------------------------------------- picking and placing
    def where(self, condition: Raw, a: Raw, b: Raw) -> Raw:
        """`a` where the bool `condition`, else `b`."""

    def getitem(self, x: Raw, index: tuple[Any, ...]) -> Raw:
        """`x[index]` for ints, slices, None and Ellipsis."""

    def getitem_mask(self, x: Raw, mask: Raw, axis: int) -> Raw:
        """The elements where `mask`, standing on `axis` and following, is true."""

    def gather(self, x: Raw, axes: Sequence[int], indices: Sequence[Raw]) -> Raw:
        """Indexed along several axes by arrays that broadcast together, placed as NumPy places them."""

    def setitem(self, x: Raw, index: tuple[Any, ...], value: Raw) -> Raw:
        """A copy with `value` at a basic index."""

    def take(self, x: Raw, indices: Raw, axis: int) -> Raw:
        """The slices at `indices`, negative ones counted from the end."""

    def take_along(self, x: Raw, indices: Raw, axis: int) -> Raw:
        """`out[i][j] = x[indices[i][j]][j]` for axis 0."""

    def put_along(self, x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
        """`x[indices[i][j]][j] = source[i][j]` for axis 0; how: set, add, multiply, amax, amin."""

    def put_slices(self, x: Raw, indices: Raw, source: Raw, axis: int, how: str) -> Raw:
        """Slices written at 1-D `indices`."""

    def sort(self, x: Raw, axis: int, descending: bool) -> tuple[Raw, Raw]:
        """Sorted values and positions; equal elements keep their order."""

    def topk(self, x: Raw, k: Any, largest: bool) -> tuple[Raw, Raw]:
        """The `k` largest or smallest of the last axis, in order, and their positions."""

    def searchsorted(self, sorted_: Raw, values: Raw, right: bool) -> Raw:
        """Where `values` would go in a 1-D sorted array."""

    # -------------------------------------------------------------- products and networks
    def matmul(self, a: Raw, b: Raw) -> Raw:
        """Matrix product over the last two axes."""

    def einsum(self, equation: str, *operands: Raw) -> Raw:
        """Sum of products by Einstein's notation."""

    def gelu(self, x: Raw, tanh: bool) -> Raw:
        """Gaussian error linear unit, exact or by the tanh formula."""

    def conv(
        self,
        x: Raw,
        w: Raw,
        stride: Sequence[int],
        padding: Sequence[tuple[Size, Size]],
        dilation: Sequence[int],
        groups: int,
    ) -> Raw:
        """Cross-correlation of channels-first (N, C, ...) with (O, C / groups, ...), one to three inner
        axes.
        """

    def conv_transpose(
        self, x: Raw, w: Raw, stride: Sequence[int], dilation: Sequence[int], groups: int
    ) -> Raw:
        """Every element of channels-first (N, C, ...) spread by (C, O / groups, ...), all of it kept."""

    def pool(
        self, x: Raw, kernel: Sequence[int], stride: Sequence[int], dilation: Sequence[int], kind: str
    ) -> Raw:
        """Maximum or sum over windows of channels-first `x`, without padding."""


def primitives() -> list[str]:
    """The names that every backend has."""
    listed = (*UNARY, *NUMERIC, *PREDICATES, *BINARY, *COMPARISONS, *REDUCTIONS, *ALONG_AXIS)
    return sorted(
        {"NAME", *listed, *COMPLEX, *FOURIER, *(name for name in vars(Backend) if not name.startswith("_"))}
    )


def __getattr__(name: str) -> Any:
    """For type checkers, to whom `core/torch` is a package beside this file."""
    raise AttributeError(
        f"{name} is a primitive of frameworks/<framework>/backend.py; this file only describes it"
    )


__all__ = [
    "ALONG_AXIS", "BINARY", "Backend", "COMPARISONS", "COMPLEX", "FOURIER", "NUMERIC", "PREDICATES",
    "REDUCTIONS", "UNARY", "primitives",
]  # fmt: skip
