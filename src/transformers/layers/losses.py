"""Losses of the task heads: chosen by `loss_type`, called as `model.loss_function(logits, labels, ...)`.

Every loss takes logits, labels, the model's config and keyword options, and returns a scalar in float32.
`num_items_in_batch`: the number of labelled items over all accumulation steps; sums are divided by it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F


def cross_entropy(logits, labels, *, num_items_in_batch=None, ignore_index=-100, label_smoothing=0.0):
    """Mean negative log likelihood of labels (N,) under logits (N, V), or the sum / num_items_in_batch.

    Both may have further axes: (N, ...) and (N, V, ...).
    """
    logits = logits.to(torch.float32)
    if num_items_in_batch is None:
        return F.cross_entropy(logits, labels, ignore_index=ignore_index, label_smoothing=label_smoothing)
    total = F.cross_entropy(
        logits, labels, ignore_index=ignore_index, label_smoothing=label_smoothing, reduction="sum"
    )
    return total / num_items_in_batch


def token_loss(logits, labels, config, **options):
    """Cross entropy at every position: logits (B, T, V), labels (B, T), -100 is ignored."""
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), **options)


def next_token_loss(logits, labels, config, *, shift_labels=None, **options):
    """Cross entropy of position t's logits against the label at t + 1; `shift_labels` are shifted already."""
    if shift_labels is None:
        shift_labels = F.pad(labels, (0, 1), value=options.get("ignore_index", -100))[:, 1:]
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), shift_labels.reshape(-1), **options)


def class_loss(logits, labels, config, **options):
    """Cross entropy of one label a row: logits (B, V), labels (B,)."""
    return cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), **options)


def sequence_loss(logits, labels, config, **options):
    """Loss of a sequence classifier by `config.problem_type`, or by number and type of the labels.

    regression: mean squared error; single_label_classification: cross entropy; multi_label_classification:
    binary cross entropy of every label.  logits (B, num_labels).
    """
    problem = config.problem_type
    if problem is None:
        whole = not labels.is_floating_point()
        problem = "single_label_classification" if whole else "multi_label_classification"
        problem = "regression" if config.num_labels == 1 else problem
    if problem == "single_label_classification":
        return class_loss(logits, labels, config, **options)
    if options:
        raise TypeError(f"{problem} takes no loss options, got {', '.join(options)}")
    if problem == "regression":
        if config.num_labels == 1:
            logits, labels = logits.reshape(-1), labels.reshape(-1)
        return F.mse_loss(logits.to(torch.float32), labels.to(torch.float32))
    if problem == "multi_label_classification":
        return F.binary_cross_entropy_with_logits(logits.to(torch.float32), labels.to(torch.float32))
    raise ValueError(
        f"problem_type {problem!r} is unknown; "
        "use regression, single_label_classification or multi_label_classification"
    )


def pixel_loss(logits, labels, config, *, ignore_index=None, **options):
    """Cross entropy of every pixel: logits (B, V, h, w), enlarged to the size of labels (B, H, W).

    Labels of `config.semantic_loss_ignore_index`, or of `ignore_index`, are ignored.
    """
    if config.num_labels == 1:
        raise ValueError("a loss over pixels needs config.num_labels above 1, got 1")
    logits = F.interpolate(logits, size=labels.shape[-2:], mode="bilinear", align_corners=False)
    ignored = config.semantic_loss_ignore_index if ignore_index is None else ignore_index
    return cross_entropy(logits, labels, ignore_index=ignored, **options)


def span_loss(logits, labels, config, **options):
    """Mean of the two cross entropies of a span.

    logits: (start, end), (B, T) each.  labels: (start, end), (B,) or (B, 1) each.  Positions from T on are
    ignored, negative ones count as 0, where "no answer" points.
    """
    (start_logits, end_logits), (start, end) = logits, labels
    length = start_logits.shape[1]
    total = 0.0
    for scores, position in ((start_logits, start), (end_logits, end)):
        position = torch.clamp(position.reshape(-1), min=0)
        total = total + cross_entropy(scores, position.masked_fill(position >= length, -100), **options)
    return total / 2


LOSSES = {
    "ForCausalLM": next_token_loss,
    "ForImageClassification": sequence_loss,
    "ForMaskedLM": token_loss,
    "ForMultipleChoice": class_loss,
    "ForNextSentencePrediction": class_loss,
    "ForQuestionAnswering": span_loss,
    "ForSemanticSegmentation": pixel_loss,
    "ForSequenceClassification": sequence_loss,
    "ForTokenClassification": token_loss,
}

__all__ = [
    "LOSSES",
    "class_loss",
    "cross_entropy",
    "next_token_loss",
    "pixel_loss",
    "sequence_loss",
    "span_loss",
    "token_loss",
]
