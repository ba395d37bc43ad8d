"""A reader of the part of the pickle language that tensor archives use.

It is an interpreter of its own rather than Python's unpickler: there is no way to import, call or build
anything but what the table `GLOBALS` of `pickle_reader` lists, dictionary keys are plain strings and numbers,
and work is bounded.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from .pickle_parts import Described

LARGEST_PICKLE = 16 * 2**20
MOST_OPERATIONS = 1_000_000
LONGEST_LINE = 1000
_MARK: Any = object()
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_SET": set,
}
_LITERALS = re.compile(
    r"(BIN|SHORT_BIN)?(INT|FLOAT|STRING|UNICODE)|BININT[12]|LONG[14]?|BINUNICODE8|(SHORT_)?BINBYTES|BINBYTES8"
)
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, MemoryError, RecursionError)
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class UnsafePickleError(ValueError):
    """A pickle that asks for something no tensor file needs; nothing of it was executed."""


class _Bounded:
    """A stream that gives at most `limit` bytes."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self.stream, self.left = stream, limit

    def read(self, size: int) -> bytes:
        self.left -= size
        if self.left < 0:
            raise UnsafePickleError("the description of the tensors is larger than that of any model")
        return self.stream.read(size)

    def readline(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
            if len(line) > LONGEST_LINE:
                raise UnsafePickleError("a name longer than any that a tensor file needs")
        return bytes(line)


class PickleMachine:
    """Runs one pickle.

    Args:
        allowed: full names ("collections.OrderedDict") -> value or function; nothing else can be named.
        persistent: gives the object of a persistent id (a tuple).
    """

    def __init__(self, allowed: Mapping[str, Any], persistent: Callable[[Any], Any]) -> None:
        self.allowed = allowed
        self.persistent = persistent
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def load(self, stream: BinaryIO) -> Any:
        """The object that the next pickle of `stream` describes.

        Raises:
            UnsafePickleError: it names something that is not allowed, or is no pickle of a tensor file.
        """
        self.stack, self.memo = [], {}
        try:
            bounded: Any = _Bounded(stream, LARGEST_PICKLE)
            for count, (opcode, argument, _) in enumerate(pickletools.genops(bounded)):
                if count > MOST_OPERATIONS:
                    raise UnsafePickleError("the description of the tensors is longer than that of any model")
                self._step(opcode.name, argument)
            return self.stack.pop()
        except UnsafePickleError:
            raise
        except _DAMAGE as error:
            raise UnsafePickleError(f"damaged pickle: {error}") from error

    def _step(self, name: str, argument: Any) -> None:
        stack = self.stack
        if _LITERALS.fullmatch(name):
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name]())
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(self.memo[argument])
        elif name == "MARK":
            stack.append(_MARK)
        elif name in _TUPLES:
            self._pack(_TUPLES[name])
        elif name in ("TUPLE", "LIST", "DICT", "APPENDS", "SETITEMS"):
            self._collect(name)
        elif name == "APPEND":
            item = stack.pop()
            self._list().append(item)
        elif name == "SETITEM":
            value, key = stack.pop(), stack.pop()
            self._put([key, value])
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            self._global(argument)
        elif name == "BINPERSID":
            stack.append(self.persistent(stack.pop()))
        elif name in ("REDUCE", "NEWOBJ"):
            self._call()
        elif name == "BUILD":
            state = stack.pop()  # of a dict: such as the versions of modules
            if isinstance(stack[-1], Described):
                stack[-1].take(state)
            elif not isinstance(stack[-1], dict):
                raise UnsafePickleError("state is set on something that is not a dict")
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise UnsafePickleError(f"the instruction {name}, which no tensor file needs")

    def _pack(self, count: int) -> None:
        if len(self.stack) < count:
            raise IndexError("a tuple of more items than there are")
        items = tuple(self.stack[-count:])
        del self.stack[-count:]
        self.stack.append(items)

    def _collect(self, name: str) -> None:
        """The instructions that take everything above the last mark."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise IndexError("no mark")
        items = self.stack[place + 1 :]
        del self.stack[place:]
        if name == "TUPLE":
            self.stack.append(tuple(items))
        elif name == "LIST":
            self.stack.append(items)
        elif name == "APPENDS":
            self._list().extend(items)
        else:
            if name == "DICT":
                self.stack.append({})
            self._put(items)

    def _list(self) -> list[Any]:
        if type(self.stack[-1]) is not list:
            raise TypeError("an item is appended to something that is not a list")
        target: list[Any] = self.stack[-1]
        return target

    def _put(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise TypeError("an entry is set in something that is not a dict")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int):  # hashing a deep tuple could take for ever
                raise UnsafePickleError(f"a dict key of type {type(key).__name__}")
            target[key] = value

    def _global(self, argument: str | None) -> None:
        if argument is None:
            attribute, module = self.stack.pop(), self.stack.pop()
        else:
            module, _, attribute = argument.partition(" ")
        full = (
            f"{module}.{attribute}"
            if isinstance(module, str) and isinstance(attribute, str)
            else "something unnamed"
        )
        if full not in self.allowed:
            raise UnsafePickleError(f"it asks for {full[:200]}, which no tensor file needs")
        self.stack.append(self.allowed[full])

    def _call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not callable(function) or not isinstance(arguments, tuple):
            raise TypeError("something is called that is not a function")
        self.stack.append(function(*arguments))


__all__ = ["LARGEST_PICKLE", "MOST_OPERATIONS", "PickleMachine", "UnsafePickleError"]
