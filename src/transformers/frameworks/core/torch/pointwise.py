"""Functions of each element by itself, and the operators of `Tensor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...core import dtypes
from .. import backend as B
from .promotion import cast, floating, get_default_dtype, is_number, operand, pair, result_type
from .tensor import Raw, Tensor, method, wrap

Primitive = Callable[..., Raw]


def _named(function: Callable[..., Tensor], name: str, doc: str) -> Callable[..., Tensor]:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return method(function)


def _float_function(name: str, primitive: Primitive) -> Callable[[Tensor], Tensor]:
    def function(input: Tensor) -> Tensor:
        return wrap(primitive(floating(input)))

    return _named(function, name, f"`{name}` of each element; integers give the default floating dtype.")


def _predicate(name: str, primitive: Primitive, for_integers: bool) -> Callable[[Tensor], Tensor]:
    def function(input: Tensor) -> Tensor:
        if input.dtype.kind < dtypes.FLOAT:
            return wrap(B.full(B.shape(input.a), for_integers, "bool"))
        return wrap(primitive(input.a))

    return _named(function, name, f"`{name}` of each element, as bool.")


def _binary(name: str, primitive: Primitive, doc: str) -> Callable[[Any, Any], Tensor]:
    def function(input: Any, other: Any) -> Tensor:
        a, b = pair(input, other)
        return wrap(primitive(a, b))

    return _named(function, name, doc)


def _float_binary(name: str, primitive: Primitive) -> Callable[[Any, Any], Tensor]:
    def function(input: Any, other: Any) -> Tensor:
        common = result_type(input, other)
        if common.kind < dtypes.FLOAT:
            common = get_default_dtype()
        return wrap(primitive(operand(input, common), operand(other, common)))

    return _named(function, name, f"`{name}` of two operands; integers give the default floating dtype.")


def _logical(name: str, primitive: Primitive) -> Callable[[Any, Any], Tensor]:
    def function(input: Any, other: Any) -> Tensor:
        boolean = dtypes.DTYPES["bool"]
        return wrap(primitive(operand(input, boolean), operand(other, boolean)))

    return _named(function, name, f"`{name}`: nonzero counts as true.")


acos = arccos = _float_function("acos", B.acos)
acosh = _float_function("acosh", B.acosh)
asin = arcsin = _float_function("asin", B.asin)
asinh = _float_function("asinh", B.asinh)
atan = arctan = _float_function("atan", B.atan)
atanh = arctanh = _float_function("atanh", B.atanh)
cos = _float_function("cos", B.cos)
cosh = _float_function("cosh", B.cosh)
digamma = _float_function("digamma", B.digamma)
erf = _float_function("erf", B.erf)
erfinv = _float_function("erfinv", B.erfinv)
exp = _float_function("exp", B.exp)
exp2 = _float_function("exp2", B.exp2)
expm1 = _float_function("expm1", B.expm1)
lgamma = _float_function("lgamma", B.lgamma)
log = _float_function("log", B.log)
log10 = _float_function("log10", B.log10)
log1p = _float_function("log1p", B.log1p)
log2 = _float_function("log2", B.log2)
reciprocal = _float_function("reciprocal", B.reciprocal)
rsqrt = _float_function("rsqrt", B.rsqrt)
sigmoid = _float_function("sigmoid", B.sigmoid)
sin = _float_function("sin", B.sin)
sinh = _float_function("sinh", B.sinh)
sqrt = _float_function("sqrt", B.sqrt)
tan = _float_function("tan", B.tan)
tanh = _float_function("tanh", B.tanh)

isfinite = _predicate("isfinite", B.isfinite, True)
isinf = _predicate("isinf", B.isinf, False)
isnan = _predicate("isnan", B.isnan, False)

eq = _binary("eq", B.equal, "Element by element `input == other`.")
ne = not_equal = _binary("ne", B.not_equal, "Element by element `input != other`.")
lt = less = _binary("lt", B.less, "Element by element `input < other`.")
le = less_equal = _binary("le", B.less_equal, "Element by element `input <= other`.")
gt = greater = _binary("gt", B.greater, "Element by element `input > other`.")
ge = greater_equal = _binary("ge", B.greater_equal, "Element by element `input >= other`.")
maximum = _binary("maximum", B.maximum, "The larger of two elements.")
minimum = _binary("minimum", B.minimum, "The smaller of two elements.")
mul = multiply = _binary("mul", B.multiply, "Product, element by element.")
remainder = _binary("remainder", B.remainder, "Remainder with the sign of the divisor, as Python's `%`.")
fmod = _binary("fmod", B.fmod, "Remainder with the sign of the dividend.")
logaddexp = _binary("logaddexp", B.logaddexp, "log(exp(input) + exp(other)) without overflow.")
bitwise_and = _binary("bitwise_and", B.bitwise_and, "Bits set in both.")
bitwise_or = _binary("bitwise_or", B.bitwise_or, "Bits set in either.")
bitwise_xor = _binary("bitwise_xor", B.bitwise_xor, "Bits set in one alone.")
bitwise_left_shift = _binary("bitwise_left_shift", B.left_shift, "`input << other`.")
bitwise_right_shift = _binary("bitwise_right_shift", B.right_shift, "`input >> other`.")
atan2 = arctan2 = _float_binary("atan2", B.atan2)
true_divide = _float_binary("true_divide", B.divide)
logical_and = _logical("logical_and", B.logical_and)
logical_or = _logical("logical_or", B.logical_or)
logical_xor = _logical("logical_xor", B.logical_xor)


def _integral(primitive: Primitive, input: Tensor) -> Tensor:
    return wrap(primitive(input.a) if input.dtype.kind >= dtypes.FLOAT else input.a)


@method
def ceil(input: Tensor) -> Tensor:
    """The next integer above; integers stay as they are."""
    return _integral(B.ceil, input)


@method
def floor(input: Tensor) -> Tensor:
    """The next integer below; integers stay as they are."""
    return _integral(B.floor, input)


@method
def trunc(input: Tensor) -> Tensor:
    """The next integer towards zero; integers stay as they are."""
    return _integral(B.trunc, input)


@method
def frac(input: Tensor) -> Tensor:
    """What `trunc` cuts off."""
    return sub(input, trunc(input))


@method
def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest integer, ties to even, or the nearest multiple of 10 ** -decimals."""
    if decimals:
        scale = 10.0**decimals
        return div(_integral(B.round_, mul(input, scale)), scale)
    return _integral(B.round_, input)


@method
def abs(input: Tensor) -> Tensor:
    """Distance from zero."""
    return wrap(B.abs_(input.a))


@method
def sign(input: Tensor) -> Tensor:
    """-1, 0 or 1."""
    return input if input.dtype.kind == dtypes.BOOL else wrap(B.sign(input.a))


@method
def neg(input: Tensor) -> Tensor:
    """`-input`; an error for bools, as in torch."""
    if input.dtype.kind == dtypes.BOOL:
        raise RuntimeError("a bool tensor has no negative; use ~x or x.logical_not()")
    return wrap(B.negative(input.a))


@method
def positive(input: Tensor) -> Tensor:
    """`input` itself."""
    return input


@method
def square(input: Tensor) -> Tensor:
    """`input * input`; bools become integers."""
    raw = input.a if input.dtype.kind != dtypes.BOOL else operand(input, result_type(input, 2))
    return wrap(B.square(raw))


@method
def logical_not(input: Tensor) -> Tensor:
    """True where the element is zero."""
    return wrap(B.logical_not(cast(input.a, dtypes.DTYPES["bool"])))


@method
def bitwise_not(input: Tensor) -> Tensor:
    """All bits turned over; `not` for bools."""
    return wrap(B.logical_not(input.a) if input.dtype.kind == dtypes.BOOL else B.bitwise_not(input.a))


def _scaled(other: Any, alpha: Any) -> Any:
    if alpha == 1:
        return other
    return other * alpha


@method
def add(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`input + alpha * other`."""
    a, b = pair(input, _scaled(other, alpha))
    return wrap(B.add(a, b))


@method
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Tensor:
    """`input - alpha * other`; an error between bools, as in torch."""
    a, b = pair(input, _scaled(other, alpha))
    if result_type(input, other).kind == dtypes.BOOL:
        raise RuntimeError("bool tensors cannot be subtracted; use torch.logical_xor or ~x")
    return wrap(B.subtract(a, b))


@method
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """Quotient; `rounding_mode` "floor" or "trunc" keeps integers integers."""
    if rounding_mode is None:
        return true_divide(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise ValueError(f"rounding_mode {rounding_mode!r} must be None, 'floor' or 'trunc'")
    a, b = pair(input, other)
    if result_type(input, other).kind >= dtypes.FLOAT:
        return wrap(B.trunc(B.divide(a, b)))
    return wrap(B.floor_divide(B.subtract(a, B.fmod(a, b)), b))


@method
def floor_divide(input: Any, other: Any) -> Tensor:
    """Quotient rounded down."""
    a, b = pair(input, other)
    return wrap(B.floor_divide(a, b))


@method
def pow(input: Any, exponent: Any) -> Tensor:
    """`input` raised to `exponent`; small whole exponents are products."""
    if is_number(exponent) and isinstance(input, Tensor) and exponent == 2 and exponent is not True:
        common = result_type(input, exponent)
        return wrap(B.square(operand(input, common)))
    if is_number(exponent) and isinstance(input, Tensor) and exponent == 0 and exponent is not False:
        return wrap(B.full(B.shape(input.a), 1, result_type(input, exponent).name))
    a, b = pair(input, exponent)
    if B.dtype(a) == "bool":  # x ** y is false only for false ** true
        return wrap(B.logical_or(a, B.logical_not(b)))
    return wrap(B.power(a, b))


subtract, divide, negative, absolute, fix = sub, div, neg, abs, trunc

_ALIASES = [
    "absolute", "arccos", "arcsin", "arctan", "arctan2", "arctanh", "divide", "fix", "greater",
    "greater_equal", "less", "less_equal", "multiply", "negative", "not_equal", "subtract",
]  # fmt: skip
for _name in _ALIASES:
    setattr(Tensor, _name, globals()[_name])

__all__ = [
    "abs", "absolute", "acos", "acosh", "add", "arccos", "arcsin", "arctan", "arctan2", "arctanh", "asin",
    "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or",
    "bitwise_right_shift", "bitwise_xor", "ceil", "cos", "cosh", "digamma", "div", "divide", "eq", "erf",
    "erfinv", "exp", "exp2", "expm1", "fix", "floor", "floor_divide", "fmod", "frac", "ge", "greater",
    "greater_equal", "gt", "isfinite", "isinf", "isnan", "le", "less", "less_equal", "lgamma", "log",
    "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor", "lt",
    "maximum", "minimum", "mul", "multiply", "ne", "neg", "negative", "not_equal", "positive", "pow",
    "reciprocal", "remainder", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "sub",
    "subtract", "tan", "tanh", "true_divide", "trunc",
]  # fmt: skip
