"""Random choices of Wav2Vec2's pretraining that data loaders make, with NumPy's global generator."""

from __future__ import annotations

from typing import Any


def compute_mask_indices(
    shape: tuple[int, int],
    mask_prob: float,
    mask_length: int,
    attention_mask: Any = None,
    min_masks: int = 0,
) -> Any:
    """Spans of frames to mask (SpecAugment, arXiv:1904.08779).

    Args:
        shape: rows and frames of the result.
        mask_prob: part of a row that its spans would cover if they did not overlap.
        mask_length: frames of one span.
        attention_mask: (rows, frames), 1 = a frame, 0 = padding at the end, which no span reaches.
        min_masks: spans that a row has at least, where they fit.

    Returns:
        A bool array, True = masked.

    Raises:
        ValueError: `mask_length` is below 1 or above the number of frames.
    """
    import numpy as np

    rows, frames = shape
    if mask_length < 1:
        raise ValueError(f"mask_length must be at least 1, got {mask_length}")
    if mask_length > frames:
        raise ValueError(f"mask_length ({mask_length}) is above the number of frames ({frames})")
    masked = np.zeros((rows, frames), dtype=bool)
    rounding = np.random.rand()  # up or down by chance, alike for all rows
    for row in range(rows):
        length = frames if attention_mask is None else int(attention_mask[row].sum())
        places = max(length - mask_length + 1, 0)
        wanted = max(int(mask_prob * length / mask_length + rounding), min_masks)
        count = min(wanted, frames // mask_length, places)
        for begin in np.random.choice(places, count, replace=False) if count else ():
            masked[row, begin : begin + mask_length] = True
    return masked


def sample_negative_indices(
    features_shape: tuple[int, int], num_negatives: int, mask_time_indices: Any = None
) -> Any:
    """Distractors of every masked frame: other masked frames of the same row.

    Args:
        features_shape: rows and frames.
        num_negatives: K, distractors of one frame.
        mask_time_indices: (rows, frames), 1 = masked; None: all frames are.

    Returns:
        An int32 array (rows, frames, K) of places among all rows * frames; a frame that is not masked gets
        the first place of its row.

    Raises:
        ValueError: a row has exactly one masked frame, so that there is no other.
    """
    import numpy as np

    rows, frames = features_shape
    masked = (
        np.ones((rows, frames), dtype=bool)
        if mask_time_indices is None
        else np.asarray(mask_time_indices).astype(bool)
    )
    found = np.zeros((rows, frames, num_negatives), dtype=np.int32)
    for row in range(rows):
        own = np.flatnonzero(masked[row])
        if len(own) == 1:
            raise ValueError(f"row {row} has one masked frame, and a distractor needs another one")
        if len(own):
            # A step of 1 to n - 1 places round the circle never comes back to the frame itself.
            steps = np.random.randint(1, len(own), size=(len(own), num_negatives))
            found[row, own] = own[(np.arange(len(own))[:, None] + steps) % len(own)]
        found[row] += row * frames
    return found


__all__ = ["compute_mask_indices", "sample_negative_indices"]
