"""Batches for `fit` out of rows: a `tf.data.Dataset` of a dataset that is indexed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from .. import face
from .training import LABELS


class DataMixin:
    """`prepare_tf_dataset`."""

    network: Any

    def prepare_tf_dataset(
        self,
        dataset: Any,
        batch_size: int = 8,
        shuffle: bool = True,
        tokenizer: Any = None,
        collate_fn: Callable[..., Any] | None = None,
        collate_fn_args: Mapping[str, Any] | None = None,
        drop_remainder: bool | None = None,
        prefetch: bool = True,
    ) -> tf.data.Dataset:
        """Batches of a dataset's rows, as far as the model takes them, for `fit`, `evaluate` and `predict`.

        Args:
            dataset: rows by number, each a dict of numbers or lists: a `datasets.Dataset`, a list of dicts.
            batch_size: rows of a batch; None: single rows, without an axis for the batch.
            shuffle: whether each pass has another order.
            tokenizer: pads the rows of a batch to one length.
            collate_fn: makes a dict of arrays out of a list of rows, in place of the tokenizer.
            collate_fn_args: keywords for it.
            drop_remainder: whether a last batch that is too small is left out; by default as `shuffle`.
            prefetch: whether batches are made while the model runs.

        Returns:
            Dicts of arrays, or pairs of inputs and labels where the rows have labels. One label is an array,
            more are a dict.

        Raises:
            TypeError: the dataset cannot be indexed.
            ValueError: it has no rows, or none of its columns is an input of the model.
        """
        rows = _Rows(self._columns(dataset), dataset, tokenizer, collate_fn, dict(collate_fn_args or {}))
        places = rows.places(batch_size or 1)
        names = list(places)
        order = tf.data.Dataset.range(len(dataset))
        order = order.shuffle(len(dataset)) if shuffle else order
        drop = shuffle if drop_remainder is None else drop_remainder
        order = order.batch(batch_size or 1, drop_remainder=drop and batch_size is not None)

        def load(indices: tf.Tensor) -> Any:
            types = [places[name].dtype for name in names]
            arrays = tf.numpy_function(lambda chosen: rows.batch(chosen, names), [indices], types)
            found = dict(zip(names, arrays, strict=True))
            for name, array in found.items():
                array.set_shape(places[name].shape)
            if batch_size is None:
                found = {name: array[0] for name, array in found.items()}
            return self._with_targets(found)

        made = order.map(load, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return made.prefetch(tf.data.AUTOTUNE) if prefetch else made

    def _columns(self, dataset: Any) -> set[str]:
        """The columns of a dataset that the model takes.

        Raises:
            TypeError, ValueError: see `prepare_tf_dataset`.
        """
        if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__"):
            raise TypeError(
                "prepare_tf_dataset needs rows by number (a datasets.Dataset or a list of dicts), "
                f"not {type(dataset).__name__}"
            )
        if not len(dataset):
            raise ValueError("prepare_tf_dataset got a dataset without rows")
        names, _ = face.input_names(self.network)
        labels = {"label", "label_ids"} if "labels" in names else set()
        columns = set(dataset[0])
        taken = columns & {*names, *labels}
        if not taken - {*LABELS, *labels}:
            raise ValueError(
                f"{type(self).__name__} takes none of the columns {', '.join(sorted(columns))}: "
                f"it takes {', '.join(names)}"
            )
        return taken

    def _with_targets(self, batch: dict[str, Any]) -> Any:
        """Inputs, or the pair of inputs and labels."""
        targets = {name: value for name, value in batch.items() if name in LABELS}
        if not targets:
            return batch
        inputs = {name: value for name, value in batch.items() if name not in targets}
        return inputs, targets if len(targets) > 1 else next(iter(targets.values()))


class _Rows:
    """Rows of a dataset as batches of NumPy arrays."""

    def __init__(
        self,
        columns: set[str],
        dataset: Sequence[Mapping[str, Any]],
        tokenizer: Any,
        collate: Callable[..., Any] | None,
        options: dict[str, Any],
    ) -> None:
        self.columns, self.dataset, self.options = columns, dataset, options
        if collate is None and tokenizer is not None:
            collate, self.options = tokenizer.pad, {"return_tensors": "np", **options}
        self.collate = collate or _stacked

    def made(self, chosen: Sequence[int]) -> dict[str, np.ndarray[Any, Any]]:
        """The batch of some rows by name; 64-bit floating-point numbers as 32."""
        rows = [self.dataset[int(index)] for index in chosen]
        batch = self.collate(
            [{k: v for k, v in row.items() if k in self.columns} for row in rows], **self.options
        )
        named = {_label(name): np.asarray(value) for name, value in dict(batch).items()}
        return {name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in named.items()}

    def batch(self, chosen: Sequence[int], names: Sequence[str]) -> list[np.ndarray[Any, Any]]:
        """The arrays of some rows in the order of `names`."""
        found = self.made(chosen)
        return [found[name] for name in names]

    def places(self, batch_size: int) -> dict[str, tf.TensorSpec]:
        """Ranks, dtypes and those sizes that all rows share, as far as two batches show."""
        count = len(self.dataset)
        first = self.made(range(min(batch_size, count)))
        others = [self.made([index]) for index in {0, count // 2, count - 1}]
        found = {}
        for name, array in first.items():
            sizes = zip(*([*a.shape[1:]] for a in (array, *(other[name] for other in others))), strict=True)
            fixed = [size[0] if len(set(size)) == 1 else None for size in sizes]
            fixed = fixed if self.collate is _stacked else [None] * len(fixed)
            found[name] = tf.TensorSpec([None, *fixed], tf.as_dtype(array.dtype), name=name)
        return found


def _label(name: str) -> str:
    return "labels" if name in ("label", "label_ids") else name


def _stacked(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Arrays of the rows' values.

    Raises:
        ValueError: they have different sizes.
    """
    batch = {}
    for name in rows[0]:
        values = [np.asarray(row[name]) for row in rows]
        if len({value.shape for value in values}) > 1:
            raise ValueError(
                f"rows differ in the sizes of {name!r}: pass a tokenizer or a collate_fn that pads"
            )
        batch[name] = np.stack(values)
    return batch


__all__ = ["DataMixin"]
