"""The published ways to give a TensorFlow model its inputs."""

from __future__ import annotations

from typing import Any

from .layers import is_tensor


def by_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs given in order, as one list, as one dict or by keyword, as positional arguments and keywords."""
    if "inputs" in kwargs:
        kwargs = dict(kwargs)
        args = (kwargs.pop("inputs"), *args)
    first: Any = args[0] if args else None
    if hasattr(first, "keys"):
        return args[1:], {**dict(first), **kwargs}
    if isinstance(first, list | tuple) and any(is_tensor(value) for value in first):
        return (*first, *args[1:]), kwargs
    return args, kwargs


__all__ = ["by_name"]
