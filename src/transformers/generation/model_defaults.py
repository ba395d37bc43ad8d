"""How a model comes by its `generation_config`, and where it is saved.

A class that can generate has one from the start, taken from its configuration; a checkpoint's
generation_config.json replaces it. Saving moves settings out of `config.json`, where older files keep them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..utils import logging
from ..utils.constants import GENERATION_CONFIG_NAME
from .configuration_utils import GenerationConfig

logger = logging.get_logger(__name__)

# Keywords of loading that say where a file lies.
PLACE = ("cache_dir", "force_download", "local_files_only", "token", "revision", "subfolder")


def initial(model_class: Any, config: Any) -> GenerationConfig | None:
    """`generation_config` of a new model of `model_class` (or a model); None if it cannot generate."""
    return GenerationConfig.from_model_config(config) if model_class.can_generate() else None


def loaded(
    model_class: Any,
    config: Any,
    name: str | os.PathLike[str] | None,
    given: GenerationConfig | None = None,
    **place: Any,
) -> GenerationConfig | None:
    """What a model loaded from `name` has as `generation_config`; None if it cannot generate.

    Args:
        model_class: the model or its class.
        config: its configuration, which speaks where the checkpoint has no generation_config.json.
        name: folder, file of weights, or id on the hub; None where weights came from memory.
        given: the caller's own settings, which go before all.
        place: keywords of `from_pretrained` about finding files; others are left alone.

    Raises:
        OSError: the file is there but is not JSON.
        TypeError, ValueError: the file holds an impossible setting.
    """
    if not model_class.can_generate():
        return None
    if given is not None:
        return given
    if name is None or Path(name).is_file():  # a file of weights stands alone
        return initial(model_class, config)
    from ..loading.hub import cached_file

    where = {key: value for key, value in place.items() if key in PLACE}
    if cached_file(name, GENERATION_CONFIG_NAME, **where, required=False) is None:
        return initial(model_class, config)
    return GenerationConfig.from_pretrained(name, **where)


def move_settings(config: Any, generation_config: GenerationConfig) -> dict[str, Any]:
    """Move generation settings that were changed in a model's configuration to where they belong.

    The configuration keeps None in their place. Returns what was moved; a warning names it.
    """
    moved: dict[str, Any] = config._get_non_default_generation_parameters()
    if moved:
        names = ", ".join(f"{name}={value!r}" for name, value in moved.items())
        logger.warning(
            f"settings of generation in the model's config move to generation_config: {names}. "
            "Set them there, e.g. model.generation_config.num_beams = 4."
        )
    for name, value in moved.items():
        setattr(generation_config, name, value)
        setattr(config, name, None)
    return moved


def save(model: Any, folder: str | os.PathLike[str]) -> None:
    """Write generation_config.json of a model that can generate; call it before config.json is written.

    Raises:
        ValueError: settings contradict each other or have no effect.
    """
    generation_config = getattr(model, "generation_config", None)
    if generation_config is None or not model.can_generate():
        return
    move_settings(model.config, generation_config)
    generation_config.save_pretrained(folder)


__all__ = ["PLACE", "initial", "loaded", "move_settings", "save"]
