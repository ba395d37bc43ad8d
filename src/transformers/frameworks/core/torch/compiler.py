"""`torch.compiler`: nothing here is compiled by torch."""

from __future__ import annotations


def is_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False


__all__ = ["is_compiling", "is_exporting"]
