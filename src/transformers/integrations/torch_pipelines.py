"""Data sets of PyTorch that run the steps of a pipeline, for classes with a `get_iterator` of their own.

A loader's batches go through the model and come apart again: each row looks like a batch of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, IterableDataset

from ..model_output import ModelOutput

_LAYERS = ("hidden_states", "attentions")


class PipelineDataset(Dataset[Any]):
    """A data set with one step done: entry i is `process(dataset[i], **params)`."""

    def __init__(self, dataset: Any, process: Callable[..., Any], params: dict[str, Any]) -> None:
        self.dataset = dataset
        self.process = process
        self.params = params

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, i: int) -> Any:
        return self.process(self.dataset[i], **self.params)


class PipelineIterator(IterableDataset[Any]):
    """What one step makes of all that a loader gives, in turn.

    Args:
        loader: any iterable, often a `torch.utils.data.DataLoader`.
        infer: the step, `infer(item, **params)`.
        params: its keywords.
        loader_batch_size: rows of what the step returns (an array, a dict or output of arrays, or a tuple
            that starts with one), which are given one by one; None and 1: it is given as it is.
    """

    def __init__(
        self,
        loader: Any,
        infer: Callable[..., Any],
        params: dict[str, Any],
        loader_batch_size: int | None = None,
    ) -> None:
        self.loader = loader
        self.infer = infer
        self.params = params
        self.loader_batch_size = None if loader_batch_size == 1 else loader_batch_size

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        for item in self.loader:
            made = self.infer(item, **self.params)
            if self.loader_batch_size is None:
                yield made
                continue
            batch = made[0] if isinstance(made, tuple) else made
            for place in range(min(_count(batch), self.loader_batch_size)):
                yield _row(batch, place)


class PipelineChunkIterator(PipelineIterator):
    """The same where the step makes several items of one: they are given one by one.

    Args:
        loader: any iterable.
        infer: the step, a generator.
        params: its keywords.
        loader_batch_size: has no effect.
    """

    def __init__(
        self,
        loader: Any,
        infer: Callable[..., Any],
        params: dict[str, Any],
        loader_batch_size: int | None = None,
    ) -> None:
        super().__init__(loader, infer, params)

    def __iter__(self) -> Iterator[Any]:
        for item in self.loader:
            yield from self.infer(item, **self.params)


class PipelinePackIterator(PipelineIterator):
    """The same where the parts of one input are given together again, as a list.

    Each part holds `is_last`, whether it is its input's last one, which is taken out.
    """

    def __iter__(self) -> Iterator[Any]:
        parts = []
        for part in super().__iter__():
            last = part.pop("is_last")
            parts.append(part)
            if last:
                yield parts
                parts = []


def _count(batch: Any) -> int:
    """The rows of a batch."""
    first = batch if isinstance(batch, torch.Tensor) else next(iter(batch.values()))
    return len(first)


def _row(batch: Any, place: int) -> Any:
    """One row of a batch as a batch of one; caches are left out."""
    if isinstance(batch, torch.Tensor):
        return batch[place : place + 1]
    row = {}
    for name, value in batch.items():
        layers = value.to_tuple() if isinstance(value, ModelOutput) else value
        if isinstance(value, ModelOutput) or (name in _LAYERS and isinstance(value, tuple)):
            if isinstance(layers[0], torch.Tensor | np.ndarray):
                row[name] = tuple(layer[place : place + 1] for layer in layers)
        elif value is None:
            row[name] = None
        elif name != "past_key_values":
            one = value[place]
            many = isinstance(one, torch.Tensor | np.ndarray)
            row[name] = one[None] if many else one
    return type(batch)(row)


def padded_batch(items: Any, key: str, padding_value: Any, padding_side: str) -> Any:
    """The values under `key` of rows of one, as one batch.

    Args:
        items: dicts; values other than tensors come as a list.
        key: which value.
        padding_value: what fills the second axis up to the longest row; images are of one size.
        padding_side: "left" or "right".
    """
    values = [item[key] for item in items]
    if not isinstance(values[0], torch.Tensor):
        return values
    width = 0 if key in ("pixel_values", "image") else max(value.shape[1] for value in values)
    batch = []
    for value in values:
        missing = max(width - value.shape[1], 0)
        ends = (missing, 0) if padding_side == "left" else (0, missing)
        axes = (0, 0) * (value.dim() - 2)
        batch.append(
            torch.nn.functional.pad(value, (*axes, *ends), value=padding_value) if missing else value
        )
    return torch.cat(batch)


__all__ = [
    "PipelineChunkIterator",
    "PipelineDataset",
    "PipelineIterator",
    "PipelinePackIterator",
    "padded_batch",
]
