"""Enumerations and small general-purpose helpers; standard library only."""

from __future__ import annotations

import functools
import inspect
import sys
import tempfile
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from .environment import FALSE_VALUES, TRUE_VALUES
from .errors import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])


class ExplicitEnum(str, Enum):  # noqa: UP042  # str() of a member shows the class, as published
    """An enumeration of strings whose error names what is allowed."""

    @classmethod
    def _missing_(cls, value: object) -> ExplicitEnum:
        allowed = [str(member.value) for member in cls]
        hint = did_you_mean(str(value), allowed)
        raise ValueError(f"{value!r} is not a valid {cls.__name__}, please select one of {allowed}.{hint}")


class PaddingStrategy(ExplicitEnum):
    """Values of a tokenizer's `padding` argument."""

    LONGEST = "longest"
    MAX_LENGTH = "max_length"
    DO_NOT_PAD = "do_not_pad"


class TensorType(ExplicitEnum):
    """Values of `return_tensors`."""

    PYTORCH = "pt"
    TENSORFLOW = "tf"
    NUMPY = "np"
    JAX = "jax"


class ContextManagers:
    """Enters a list of context managers together and leaves them in reverse order."""

    def __init__(self, context_managers: Iterable[AbstractContextManager[Any]]) -> None:
        self.context_managers = list(context_managers)
        self.stack = ExitStack()

    def __enter__(self) -> None:
        for manager in self.context_managers:
            self.stack.enter_context(manager)

    def __exit__(self, *error: Any) -> None:
        self.stack.__exit__(*error)


def strtobool(val: str) -> int:
    """1 for y, yes, t, true, on, 1; 0 for n, no, f, false, off, 0 (in any case).

    Raises:
        ValueError: for anything else.
    """
    key = val.upper()
    if key in TRUE_VALUES | {"Y", "T"}:
        return 1
    if key in FALSE_VALUES | {"N", "F"}:
        return 0
    raise ValueError(
        f"invalid truth value {val!r}: give one of y, yes, t, true, on, 1, n, no, f, false, off, 0"
    )


def flatten_dict(d: Mapping[str, Any], parent_key: str = "", delimiter: str = ".") -> dict[str, Any]:
    """One flat dict of nested mappings, keys joined by `delimiter`; empty mappings vanish."""
    flat: dict[str, Any] = {}
    for key, value in d.items():
        path = f"{parent_key}{delimiter}{key}" if parent_key else str(key)
        flat.update(flatten_dict(value, path, delimiter) if isinstance(value, Mapping) else {path: value})
    return flat


def copy_func(f: types.FunctionType) -> types.FunctionType:
    """A second function object with the same code, defaults and docstring."""
    twin = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
    twin.__kwdefaults__ = f.__kwdefaults__
    functools.update_wrapper(twin, f)
    return twin


@contextmanager
def working_or_temp_dir(working_dir: str | Path, use_temp_dir: bool = False) -> Iterator[str | Path]:
    """`working_dir` itself, or a folder that is deleted at the end."""
    if not use_temp_dir:
        yield working_dir
        return
    with tempfile.TemporaryDirectory() as folder:
        yield folder


def _forward_of(model_class: type) -> inspect.Signature:
    """Signature of the method taking the inputs: `forward` (torch), `call` (Keras) or `__call__` (Flax)."""
    for name in ("forward", "call", "__call__"):
        for base in model_class.__mro__:
            if name in vars(base):
                return inspect.signature(vars(base)[name])
    raise TypeError(f"{model_class.__name__} has none of forward, call and __call__, so it takes no inputs")


def can_return_loss(model_class: type) -> bool:
    """Whether the model takes `return_loss` and computes one by default."""
    parameter = _forward_of(model_class).parameters.get("return_loss")
    return parameter is not None and parameter.default is True


def find_labels(model_class: type) -> list[str]:
    """Names of the inputs of a model that are labels."""
    names = _forward_of(model_class).parameters
    spans = ("start_positions", "end_positions") if "QuestionAnswering" in model_class.__name__ else ()
    return [name for name in names if "label" in name or name in spans]


def filter_out_non_signature_kwargs(extra: list[str] | None = None) -> Callable[[F], F]:
    """Decorator: keyword arguments that a function does not take are dropped with a warning.

    Args:
        extra: further names that are passed on in silence.
    """

    def decorate(function: F) -> F:
        known = set(inspect.signature(function).parameters) | set(extra or ())

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if unknown := [name for name in kwargs if name not in known]:
                warnings.warn(
                    f"{function.__qualname__} takes no {', '.join(unknown)}; ignored",
                    UserWarning,
                    stacklevel=2,
                )
            return function(*args, **{name: value for name, value in kwargs.items() if name in known})

        return call  # type: ignore[return-value]

    return decorate


def add_start_docstrings(*docstr: str) -> Callable[[F], F]:
    """Decorator: puts text before a docstring."""

    def decorate(target: F) -> F:
        target.__doc__ = "".join(docstr) + (target.__doc__ or "")
        return target

    return decorate


def add_end_docstrings(*docstr: str) -> Callable[[F], F]:
    """Decorator: puts text after a docstring."""

    def decorate(target: F) -> F:
        target.__doc__ = (target.__doc__ or "") + "".join(docstr)
        return target

    return decorate


cached_property = functools.cached_property


def __getattr__(name: str) -> Any:
    """Published code finds here what is in other files now."""
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(sys.modules[__name__.rpartition(".")[0]], name)


__all__ = [
    "ContextManagers",
    "ExplicitEnum",
    "PaddingStrategy",
    "TensorType",
    "add_end_docstrings",
    "add_start_docstrings",
    "cached_property",
    "can_return_loss",
    "copy_func",
    "filter_out_non_signature_kwargs",
    "find_labels",
    "flatten_dict",
    "strtobool",
    "working_or_temp_dir",
]
