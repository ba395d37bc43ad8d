"""Rotary position scaling under its published module path."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .configuration_decoder import ROPE_KEYS, check_rope_scaling, with_rope_type
from .layers.rope import ROPE_INIT_FUNCTIONS, rotated_channels
from .utils import logging

logger = logging.get_logger(__name__)


def rope_config_validation(config: Any, ignore_keys: Collection[str] | None = None) -> None:
    """Check a config's `rope_scaling`; one warning names keys that its kind does not know.

    Args:
        config: a config with rotary positions.
        ignore_keys: keys of the model's own, not to be warned of.

    Raises:
        KeyError: a key that the kind needs is missing.
        ValueError: a value is impossible.
    """
    scaling = with_rope_type(config.rope_scaling)
    if scaling is None:
        return
    check_rope_scaling(scaling, rotated_channels(config))
    needed, optional = ROPE_KEYS.get(scaling["rope_type"], ((), ()))
    known = {"rope_type", "type", *needed, *optional, *(ignore_keys or ())}
    if strange := sorted(scaling.keys() - known):
        logger.warning(
            "rope_scaling of rope_type %r does not use %s", scaling["rope_type"], ", ".join(strange)
        )


__all__ = ["ROPE_INIT_FUNCTIONS", "rope_config_validation"]
