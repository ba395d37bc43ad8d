"""How `generate` compiles its step in PyTorch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass
class CompileConfig:
    """Arguments of `torch.compile` for the decoding step.

    fullgraph: an error rather than a break where the graph cannot be whole.
    dynamic: sizes as symbols; None lets PyTorch decide.
    backend, mode, options: as `torch.compile` takes them.

    Example:
        CompileConfig(mode="default").to_dict()["backend"]
    """

    fullgraph: bool = False
    dynamic: bool | None = None
    backend: str | Callable[..., Any] = "inductor"
    mode: str = "reduce-overhead"
    options: dict[str, Any] | None = None
    # Compile on devices where it rarely pays, such as the CPU; no argument of `torch.compile`.
    _compile_all_devices: bool | None = dataclasses.field(default=None, init=False, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The keyword arguments of `torch.compile`."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if not field.name.startswith("_")
        }


__all__ = ["CompileConfig"]
