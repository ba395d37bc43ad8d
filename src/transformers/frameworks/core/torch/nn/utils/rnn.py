"""`torch.nn.utils.rnn`: sequences of several lengths as one tensor."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ...pointwise import maximum
from ...shapes import stack
from ...tensor import Tensor
from ..functional.image import pad


def _longer(a: Any, b: Any) -> Any:
    return max(a, b) if isinstance(a, int) and isinstance(b, int) else maximum(_tensor(a), _tensor(b))


def _tensor(size: Any) -> Tensor:
    from ...creation import tensor

    return tensor(size)


def pad_sequence(
    sequences: Tensor | Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Tensors (T, ...) of several lengths, padded to the longest: (T, N, ...), or (N, T, ...)."""
    if padding_side not in ("left", "right"):
        raise ValueError(f"padding_side must be 'left' or 'right', not {padding_side!r}")
    rows = list(sequences)
    if not rows:
        raise RuntimeError("pad_sequence needs at least one sequence")
    longest = functools.reduce(_longer, (row.shape[0] for row in rows))
    padded = []
    for row in rows:
        missing = longest - row.shape[0]
        ends = (missing, 0) if padding_side == "left" else (0, missing)
        padded.append(pad(row, (*(0, 0) * (row.ndim - 1), *ends), value=padding_value))
    return stack(padded, 0 if batch_first else 1)


__all__ = ["pad_sequence"]
