"""`torch.jit`: nothing here is traced or scripted by torch."""

from __future__ import annotations


def is_tracing() -> bool:
    """False."""
    return False


def is_scripting() -> bool:
    """False."""
    return False


__all__ = ["is_scripting", "is_tracing"]
