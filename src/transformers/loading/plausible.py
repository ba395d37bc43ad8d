"""Whether a config can be that of a checkpoint, found out before anything of the model is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .checkpoint import Checkpoint
from .matching import CheckpointMismatchError

# Fields that say how many parts are built, and how many there may be where a file holds one tensor for all.
_REPEATED = ("layer", "layers", "depth", "depths", "blocks", "experts", "group_num", "hidden_groups")
_DEEP, _EXPERTS = 128, 1024


def check_depth(config: Any, checkpoint: Checkpoint) -> None:
    """Refuse a number of layers that a file of so few tensors cannot fill, before any layer is built.

    Raises:
        CheckpointMismatchError: the config names that many.
    """
    for name, value in _counts(vars(config)):
        most = max(_EXPERTS if name.endswith("experts") else _DEEP, len(checkpoint))
        if value > most:
            raise CheckpointMismatchError(
                f"the config says {name}={value}, and the checkpoint holds {len(checkpoint)} tensors"
            )


def _counts(fields: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The fields that say how many parts are built one by one, those of inner configs too."""
    for name, value in fields.items():
        if isinstance(value, dict) or hasattr(value, "model_type"):
            yield from _counts(value if isinstance(value, dict) else vars(value))
        elif isinstance(name, str) and name.endswith(_REPEATED):
            values = value if isinstance(value, list | tuple) else (value,)
            yield from ((name, each) for each in values if isinstance(each, int))


__all__ = ["check_depth"]
