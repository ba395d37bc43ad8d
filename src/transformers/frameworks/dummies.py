"""A small batch to try a model on, before any framework has it."""

from __future__ import annotations

from typing import Any

TOKENS = [[7, 6, 0, 0, 1], [1, 2, 3, 0, 0], [0, 0, 0, 4, 5]]
SIDE = 224  # of images, where the config does not know one
SAMPLES = 4000  # of a wave: a quarter of a second at 16 kHz


def dummy_input(config: Any, main_input_name: str) -> tuple[str, Any]:
    """(name, NumPy array): images or waves of random numbers, for other models ids (3, 5)."""
    import numpy as np

    if main_input_name == "pixel_values":
        vision = vars(config).get("vision_config", config)
        known = {"image_size": SIDE, "num_channels": 3, **vars(vision)}
        size = known["image_size"]
        height, width = size if isinstance(size, list | tuple) else (size, size)
        shape: tuple[int, ...] = (3, known["num_channels"], height, width)
    elif main_input_name == "input_values":
        shape = (3, SAMPLES)
    else:
        return "input_ids", np.array(TOKENS, dtype=np.int64)
    return main_input_name, np.random.default_rng(0).random(shape, dtype=np.float32)


__all__ = ["dummy_input"]
