"""Helpers that the task heads of many models share."""

from __future__ import annotations


def head_mask_per_layer(head_mask, layers):
    """A published head mask, (H,) or (layers, H), 1 = keep, as one (1, H, 1, 1) per layer.

    None stays None.
    """
    if head_mask is None:
        return None
    if head_mask.dim() == 1:
        return (head_mask[None, :, None, None],) * layers
    if head_mask.dim() == 2:
        return tuple(head_mask[index][None, :, None, None] for index in range(layers))
    if head_mask.dim() == 5:
        return tuple(head_mask[index] for index in range(layers))
    raise ValueError(f"head_mask must be (heads,) or (layers, heads), got shape {tuple(head_mask.shape)}")


def chosen(value, default):
    """`value`, or the config's `default` where it is None."""
    return default if value is None else value


def span_logits(scores):
    """(B, T, 2) -> the start's and the end's (B, T)."""
    if scores.shape[-1] != 2:
        raise ValueError(
            f"a span has a start and an end: config.num_labels must be 2, not {scores.shape[-1]}"
        )
    return scores[..., 0], scores[..., 1]


def span_labels(start, end):
    """Both positions as one label, None unless both are given."""
    return None if start is None or end is None else (start, end)


__all__ = ["chosen", "head_mask_per_layer", "span_labels", "span_logits"]
