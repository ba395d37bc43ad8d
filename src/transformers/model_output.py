"""`ModelOutput`, the base of everything that models return; one class for every framework.

It is an ordered mapping of the fields that are set, a tuple of their values, and a dataclass.  Arrays are
those of the framework in use; fields that are None take no part in keys, tuples and slices.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

_classes: list[type[ModelOutput]] = []
_registrars: list[Callable[[type[ModelOutput]], None]] = []


def register_trees(registrar: Callable[[type[ModelOutput]], None]) -> None:
    """Call `registrar` with every output class there is and will be (a framework's tree registration)."""
    _registrars.append(registrar)
    for cls in _classes:
        registrar(cls)


class ModelOutput(OrderedDict[str, Any]):
    """Base of all outputs: `out.logits`, `out["logits"]`, `out[0]`, `out[:2]` and `out.to_tuple()` all work.

    Subclasses are dataclasses whose fields default to None.  As in the published library, a first field
    given as a dict or as an iterable of (key, value) pairs fills the other fields by name.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _classes.append(cls)
        for registrar in _registrars:
            registrar(cls)

    def __post_init__(self) -> None:
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        if not names:
            raise ValueError(
                f"{type(self).__name__} has no fields; decorate it with @dataclass and give it some"
            )
        first, others = getattr(self, names[0]), names[1:]
        pairs = _as_pairs(first) if all(getattr(self, name) is None for name in others) else None
        if pairs is not None:
            setattr(self, names[0], None)
            for key, value in pairs:
                if key not in names:
                    raise KeyError(
                        f"{type(self).__name__} has no field {key!r}; its fields are {', '.join(names)}"
                    )
                setattr(self, key, value)
            return
        for name in names:
            if (value := getattr(self, name)) is not None:
                super().__setitem__(name, value)

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else self.to_tuple()[key]

    def __setattr__(self, name: str, value: Any) -> None:
        if value is None:
            if name in self:
                super().__delitem__(name)
        elif name in getattr(type(self), "__dataclass_fields__", ()):
            super().__setitem__(name, value)
        super().__setattr__(name, value)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        super().__setattr__(key, value)

    def __delitem__(self, key: str) -> None:
        raise TypeError(f"fields of a {type(self).__name__} cannot be deleted; set {key!r} to None")

    def pop(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"fields of a {type(self).__name__} cannot be popped; read them and set them to None")

    def update(self, *args: Any, **kwargs: Any) -> None:
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"a {type(self).__name__} has fixed fields; assign the attribute")

    def to_tuple(self) -> tuple[Any, ...]:
        """The values of the fields that are set, in order."""
        return tuple(self.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.items()))

    def __copy__(self) -> ModelOutput:
        return _rebuild(type(self), dict(self.items()))


def _rebuild(cls: type[ModelOutput], values: dict[str, Any]) -> ModelOutput:
    return cls(**values)


def _as_pairs(value: Any) -> Iterable[tuple[str, Any]] | None:
    """`value` as (key, value) pairs, or None if it is an ordinary field value such as an array."""
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, Iterator):  # how TensorFlow rebuilds mappings
        value = list(value)
    pairs = isinstance(value, list | tuple) and all(
        isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[0], str) for item in value
    )
    return value if pairs and len(value) else None


__all__ = ["ModelOutput", "register_trees"]
