"""The published TensorFlow names of model outputs: `TFBaseModelOutput` is `BaseModelOutput`, and so on."""

from __future__ import annotations

from typing import Any

from . import modeling_outputs


def __getattr__(name: str) -> Any:
    if (
        name.startswith("TF")
        and (found := getattr(modeling_outputs, name.removeprefix("TF"), None)) is not None
    ):
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["TF" + name for name in modeling_outputs.__all__ if name[0].isupper()]


__all__: list[str] = []
