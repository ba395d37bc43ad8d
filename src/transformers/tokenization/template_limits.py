"""A Jinja environment for templates that come from files: sandboxed, and bounded in steps, sizes and time.

A template can reach no attribute that begins with an underscore and change nothing; beyond that every round
of a loop and every call is counted, and whatever an operation makes or the template writes is measured.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

STEPS = 1_000_000  # rounds of loops, and calls
SIZE = 1 << 24  # characters of one value, and characters written in all
ITEMS = 1 << 20  # items of one list
SECONDS = 5.0
_BOUNDED = frozenset(
    {"batch", "center", "format", "indent", "join", "replace", "round", "slice", "truncate", "wordwrap"}
)
_WIDE = frozenset({"center", "expandtabs", "format", "ljust", "rjust", "zfill"})  # methods that take a width


class Budget:
    """What one rendering has used up.

    Raises:
        jinja2.TemplateError: from every method, once a limit is passed.
    """

    def __init__(self) -> None:
        self.steps = 0
        self.written = 0
        self.end = time.monotonic() + SECONDS

    def step(self, size: int = 0) -> str:
        """Count one step that writes `size` characters; returns what stands in the text for it: nothing."""
        self.steps += 1
        if self.steps > STEPS:
            _refuse(f"the chat template takes more than {STEPS:,} steps")
        if self.steps % 256 == 0 and time.monotonic() > self.end:
            _refuse(f"the chat template takes more than {SECONDS:g} seconds")
        self.write(size)
        return ""

    def write(self, size: int) -> None:
        """Count characters written."""
        self.written += size
        if self.written > SIZE:
            _refuse(f"the chat template writes more than {SIZE:,} characters")


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limited() -> Iterator[None]:
    """Within it a template has a budget of its own."""
    token = _budget.set(Budget())
    try:
        yield
    finally:
        _budget.reset(token)


def _refuse(message: str) -> None:
    from jinja2 import TemplateError

    raise TemplateError(message)


def _step(size: int = 0) -> str:
    budget = _budget.get()
    return "" if budget is None else budget.step(size)


def _written(value: Any) -> Any:
    """What a `{{ ... }}` writes, counted."""
    budget = _budget.get()
    if budget is not None and isinstance(value, str):
        budget.write(len(value))
    return value


def _length(value: Any) -> int:
    """Characters, an item counting as many as make `ITEMS` of them the limit."""
    if isinstance(value, (list, tuple, dict)):
        return len(value) * (SIZE // ITEMS)
    return len(value) if isinstance(value, (str, bytes)) else 1


def _measured(size: int) -> None:
    if size > SIZE:
        _refuse(f"the chat template makes a value of more than {SIZE:,} characters or {ITEMS:,} items")


def _check_binary(operator: str, left: Any, right: Any) -> None:
    """Refuse an operation on sequences or numbers whose result would be too large."""
    if operator == "+":
        _measured(_length(left) + _length(right))
    elif operator == "*":
        for many, times in ((left, right), (right, left)):
            if isinstance(times, int) and isinstance(many, (str, bytes, list, tuple)):
                _measured(_length(many) * times)
            if isinstance(times, int) and isinstance(many, int):
                _measured(times.bit_length() + many.bit_length())
    elif operator == "**" and isinstance(left, int) and isinstance(right, int):
        _measured(left.bit_length() * max(right, 1))
    elif operator == "%" and isinstance(left, str):  # a width in a format
        digits = max(
            (int(run) for run in "".join(c if c.isdigit() else " " for c in left).split()), default=0
        )
        _measured(digits)
        _check_numbers(right if isinstance(right, tuple) else (right,))


def _check_numbers(values: Any) -> None:
    for value in values:
        if isinstance(value, int):
            _measured(abs(value))


def _check_call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Refuse a method of a text whose result would be too large."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    if not isinstance(owner, str):
        return
    if name in _WIDE:
        _check_binary("%", owner, tuple(args) + tuple(kwargs.values()))
    elif name == "replace" and len(args) > 1:
        _measured((len(owner) + 1) * max(1, _length(args[1])))
    elif name == "join" and args:
        _measured(sum(_length(part) + len(owner) for part in args[0]))


def _concatenated(*parts: Any) -> str:
    """What `~` makes."""
    texts = [str(part) for part in parts]
    _measured(sum(map(len, texts)))
    return "".join(texts)


def _bounded_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose numbers are checked before, and whose text after."""

    first = int(hasattr(function, "jinja_pass_arg"))  # Jinja puts an object of its own before the value

    @functools.wraps(function)
    def bounded(*given: Any, **kwargs: Any) -> Any:
        _step()
        args = list(given[first:])
        _check_numbers((*args[1:], *kwargs.values()))
        if name == "replace":
            texts = [value for value in (*args, *kwargs.values()) if isinstance(value, str)]
            _measured((_length(args[0]) + 1) * max(map(len, texts), default=1))
        elif name == "join":
            args[0] = list(args[0])
            gap = args[1] if len(args) > 1 else kwargs.get("d", "")
            _measured(sum(map(_length, args[0])) + len(args[0]) * _length(gap))
        elif name == "format":
            _check_binary("%", args[0], tuple(args[1:]) + tuple(kwargs.values()))
        value = function(*given[:first], *args, **kwargs)
        _measured(_length(value))
        return value

    return bounded


@functools.cache
def _counting_class() -> type:
    """The class that changes a parsed template; Jinja is imported when a template is first used."""
    from jinja2 import nodes
    from jinja2.visitor import NodeTransformer

    def called(name: str, args: list[Any], line: int) -> Any:
        return nodes.Call(nodes.EnvironmentAttribute(name), args, [], None, None).set_lineno(line)

    class Counting(NodeTransformer):
        """Counts the rounds of loops and the calls of macros, and measures what `~` makes."""

        def visit_For(self, node: Any) -> Any:
            self.generic_visit(node)
            size = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
            count = nodes.ExprStmt(called("step", [nodes.Const(size)], node.lineno))
            node.body.insert(0, count.set_lineno(node.lineno))
            return node

        visit_Macro = visit_For

        def visit_Concat(self, node: Any) -> Any:
            self.generic_visit(node)
            return called("concatenated", node.nodes, node.lineno)

    return Counting


@functools.cache
def environment_class() -> type:
    """The environment's class."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class LimitedEnvironment(ImmutableSandboxedEnvironment):
        """Jinja's immutable sandbox with a budget."""

        intercepted_binops = frozenset({"%", "*", "**", "+"})
        step = staticmethod(_step)
        concatenated = staticmethod(_concatenated)

        def __init__(self, **options: Any) -> None:
            super().__init__(finalize=_written, **options)
            self.filters = {name: self._keep(name, held) for name, held in self.filters.items()}
            for name in ("lipsum", "cycler", "joiner"):
                self.globals.pop(name, None)

        @staticmethod
        def _keep(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
            return _bounded_filter(name, function) if name in _BOUNDED else function

        def _parse(self, source: str, name: str | None, filename: str | None) -> Any:
            return _counting_class()().visit(super()._parse(source, name, filename))

        def wrap_str_format(self, value: Any) -> Any:
            """`str.format` and `format_map`, with their widths checked."""
            wrapper = super().wrap_str_format(value)
            if wrapper is None:
                return None

            @functools.wraps(wrapper)
            def bounded(*args: Any, **kwargs: Any) -> Any:
                _check_binary("%", value.__self__, (*args, *kwargs.values()))
                return wrapper(*args, **kwargs)

            return bounded

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            _check_binary(operator, left, right)
            return super().call_binop(context, operator, left, right)

        def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:
            _step()
            _check_call(__obj, args, kwargs)
            return super().call(__context, __obj, *args, **kwargs)

    return LimitedEnvironment


__all__ = ["SECONDS", "SIZE", "STEPS", "Budget", "environment_class", "limited"]
