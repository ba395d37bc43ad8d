"""Typed fields: classes whose annotations are the arguments of their constructor, checked in one place.

A class lists its fields in its body (`hidden_size: int = 768`); one that brings its own `__init__` declares
none. Standard library only: configurations carry this file into standalone model files.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import re
import reprlib
import sys
import types
import typing
from typing import Any, ClassVar

LARGEST_INT = 2**40
_FLOATS = ("float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2")
_OTHERS = ("complex64", "complex128", "int64", "int32", "int16", "int8", "uint8", "bool", "auto")
DTYPES = frozenset((*_FLOATS, *_OTHERS))
_SIZE = re.compile(r"(num|n)_\w+|\w+_(size|dim|layers|heads|channels|embeddings|experts)|dim")
_MISSING: Any = object()
_KINDS = {
    int: "an int",
    float: "a float",
    bool: "a bool",
    str: "a str",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
}
# What a class decides and neither a file nor a caller may set, and what is state of this process rather than
# data.
_PLANS = ("base_model_tp_plan", "base_model_pp_plan", "base_model_ep_plan")
_FACTS = ("attribute_map", "sub_configs", "keys_to_ignore_at_inference", "is_composition", "base_config_key")
CLASS_OWNED = frozenset(("model_type", "has_no_defaults_at_init", *_FACTS, *_PLANS))


def dtype_name(value: Any) -> Any:
    """The plain name of a number type: "float16" for torch.float16, numpy, JAX and TensorFlow types alike.

    Raises:
        ValueError: the name is not one of `DTYPES`.
    """
    if value is None or isinstance(value, dict):
        return value and {key: dtype_name(item) for key, item in value.items()}
    name = getattr(value, "name", None) or getattr(value, "__name__", None) or str(value)
    name = str(name).rpartition(".")[2]
    if name not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(sorted(DTYPES))}, got {reprlib.repr(value)}")
    return name


def _describe(hint: Any) -> str:
    """A type annotation in words, for error messages."""
    if hint is None or hint is type(None):
        return "None"
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(_describe(part) for part in typing.get_args(hint))
    if hint in _KINDS:
        return _KINDS[hint]
    return (
        f"a {getattr(hint, '__name__', hint)}"
        if isinstance(hint, type)
        else f"a {hint}".replace("typing.", "")
    )


def _fits(value: Any, hint: Any) -> bool:
    """Whether `value` is of the annotated type: ints pass for floats, lists for tuples and back, bools for
    nothing else."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, str | typing.TypeVar):
        return True
    if hint is None or hint is type(None):
        return value is None
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is typing.Literal:
        return value in parts
    kind = origin or hint
    if kind is int:
        return type(value) is int
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind in (list, tuple):
        item = parts[0] if parts and parts[0] != () else Any
        return isinstance(value, list | tuple) and (
            all(map(_fits, value, parts))
            if kind is tuple and len(parts) == len(value) and Ellipsis not in parts
            else (kind is list or not parts or Ellipsis in parts)
            and all(_fits(entry, item) for entry in value)
        )
    if kind is dict:
        return isinstance(value, dict) and (
            not parts or parts[1] is Any or all(_fits(entry, parts[1]) for entry in value.values())
        )
    return isinstance(value, kind) if isinstance(kind, type) else True


def _check_size(name: str, value: Any, default: Any) -> None:
    """Refuse numbers no model can have: NaN, integers past 2**40, negative sizes."""
    if isinstance(value, list | tuple):
        for entry in value:
            _check_size(name, entry, default)
    elif isinstance(value, float) and value != value:
        raise ValueError(f"{name} must be a number, got NaN")
    elif isinstance(value, int) and abs(value) > LARGEST_INT:
        raise ValueError(f"{name} is out of range: {reprlib.repr(value)} (at most 2**40)")
    elif isinstance(value, int | float) and value < 0 and _SIZE.fullmatch(name):
        if isinstance(default, int | float) and default < 0:
            return
        raise ValueError(f"{name} must not be negative, got {value}")


class _Alias:
    """Attribute of `attribute_map`: reads and writes the field it stands for."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, config: Any, owner: type | None = None) -> Any:
        if config is None:
            return self
        return getattr(config, owner.attribute_map[self.name])  # type: ignore[union-attr]

    def __set__(self, config: Any, value: Any) -> None:
        setattr(config, type(config).attribute_map[self.name], value)


class DtypeField:
    """The weights' number type, kept as a plain name; reads as PyTorch's object where that is loaded."""

    def __get__(self, config: Any, owner: type | None = None) -> Any:
        if config is None:
            return self
        value = config.__dict__.get("dtype")
        return getattr(sys.modules.get("torch"), value, value) if isinstance(value, str) else value

    def __set__(self, config: Any, value: Any) -> None:
        config.__dict__["dtype"] = dtype_name(value)


class _SignatureView:
    """`inspect.signature(BertConfig)`: model fields in order, common ones by keyword."""

    def __get__(self, config: Any, owner: type[TypedFields]) -> inspect.Signature | None:
        if owner.__init__ is not TypedFields.__init__:
            return None
        kinds, rows = inspect.Parameter, []
        for name, field in owner._fields.items():
            default = owner._default(name)
            rows.append(
                kinds(
                    name,
                    kinds.KEYWORD_ONLY if field.kw_only else kinds.POSITIONAL_OR_KEYWORD,
                    default=kinds.empty if default is _MISSING else default,
                    annotation=field.annotation,
                )
            )
        rows.sort(key=lambda row: (row.kind, row.default is not kinds.empty))
        return inspect.Signature([*rows, kinds("kwargs", kinds.VAR_KEYWORD, annotation=Any)])


@dataclasses.dataclass(frozen=True)
class _Field:
    owner: type
    annotation: Any
    default: Any
    kw_only: bool

    def hint(self) -> Any:
        """The annotation as a type; anything goes where its names cannot be found (types local to a
        function)."""
        scope = vars(sys.modules[self.owner.__module__]) if self.owner.__module__ in sys.modules else {}
        holder = types.SimpleNamespace(__annotations__={"it": self.annotation})
        try:
            return typing.get_type_hints(holder, {**scope, self.owner.__name__: self.owner})["it"]
        except NameError:
            return Any


@typing.dataclass_transform(kw_only_default=False)
class TypedFields:
    """Turns annotations of subclasses into fields: collecting, binding, checking."""

    attribute_map: ClassVar[dict[str, str]] = {}
    _fields: ClassVar[dict[str, _Field]] = {}
    _hints: ClassVar[dict[str, Any]] = {}
    __signature__ = _SignatureView()

    def __init_subclass__(cls, kw_only: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        fields = dict(cls._fields)
        own = {} if "__init__" in vars(cls) else inspect.get_annotations(cls)
        for name, annotation in own.items():
            if name.startswith("_") or name in CLASS_OWNED or "ClassVar" in str(annotation):
                continue
            if name in fields and fields[name].kw_only and not kw_only:
                del fields[name]  # a common field that the model lists takes its place in the model's order
            value = vars(cls).get(name, _MISSING)
            fields[name] = _Field(cls, annotation, None if hasattr(value, "__set__") else value, kw_only)
        cls._fields, cls._hints = fields, {}
        for alias in cls.attribute_map:
            if alias not in own:
                setattr(cls, alias, _Alias(alias))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls, given = type(self), self._bind(args, kwargs)
        for name, field in cls._fields.items():
            if name in cls.attribute_map:
                continue
            if name in given:
                value = self._checked(name, given.pop(name))
            elif (value := cls._default(name)) is _MISSING:
                hint = field.hint()
                if not (isinstance(hint, type) and issubclass(hint, TypedFields)):
                    raise TypeError(f"{cls.__name__} needs {name} ({_describe(hint)})")
                value = hint()
            elif isinstance(value, list | dict | TypedFields):
                value = copy.deepcopy(value)
            setattr(self, name, value)
        self._finish(given)
        self._check()

    @classmethod
    def _default(cls, name: str) -> Any:
        """The default of a field: what the class attribute says now, so that subclasses may assign it."""
        value = getattr(cls, name, _MISSING)
        return cls._fields[name].default if hasattr(type(value), "__set__") else value

    @classmethod
    def _bind(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments by field name, aliases resolved."""
        names = [name for name, field in cls._fields.items() if not field.kw_only]
        if len(args) > len(names):
            raise TypeError(f"{cls.__name__} takes at most {len(names)} positional values, got {len(args)}")
        given = dict(zip(names, args, strict=False))
        if twice := given.keys() & kwargs.keys():
            raise TypeError(f"{cls.__name__} got {min(twice)} twice, by position and by name")
        given |= kwargs
        for alias in [name for name in given if name in cls.attribute_map]:
            given[cls.attribute_map[alias]] = given.pop(alias)
        return given

    @classmethod
    def _checked(cls, name: str, value: Any) -> Any:
        """`value` as field `name` holds it.

        Raises:
            TypeError: the value is not of the field's type.
            ValueError: NaN, a negative size, an integer past 2**40.
        """
        if name not in cls._hints:
            cls._hints = {**cls._hints, name: cls._fields[name].hint()}
        hint, default = cls._hints[name], cls._default(name)
        if isinstance(default, DtypeField) or name == "dtype":
            return dtype_name(value)
        if getattr(value, "shape", None) == () and hasattr(value, "item"):
            value = value.item()  # a number of NumPy or of a framework
        kinds = [hint] if isinstance(hint, type) else list(typing.get_args(hint))
        if isinstance(value, dict) and not any(
            typing.get_origin(kind) is dict or kind is dict for kind in kinds
        ):
            nested = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, TypedFields)]
            value = cls._nested(nested, value) if nested else value
        if (
            isinstance(value, float)
            and value.is_integer()
            and _fits(int(value), hint)
            and not _fits(value, hint)
        ):
            value = int(value)
        if not _fits(value, hint):
            raise TypeError(
                f"{name} must be {_describe(hint)}, got {reprlib.repr(value)} ({type(value).__name__})"
            )
        _check_size(name, value, default)
        return value

    @classmethod
    def _nested(cls, kinds: list[type[TypedFields]], value: dict[str, Any]) -> Any:
        """The sub-configuration a dict describes; `model_type` chooses where several are allowed."""
        wanted = value.get("model_type")
        kind = next((kind for kind in kinds if getattr(kind, "model_type", None) == wanted), kinds[0])
        return kind(**value)

    def _finish(self, rest: dict[str, Any]) -> None:
        """Take what is left after the fields."""

    def _check(self) -> None:
        """Checks across fields, and what follows from them; a model's config raises ValueError here."""

    def _check_model(self) -> None:
        """Whether sizes go together; asked when a model is made, since a config may be a sketch of one."""


__all__ = ["CLASS_OWNED", "DTYPES", "DtypeField", "LARGEST_INT", "TypedFields", "dtype_name"]
