"""`Pipeline`: from raw inputs to plain results, with batches of similar length and results in order."""

from __future__ import annotations

import itertools
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ..utils import logging
from . import arrays

logger = logging.get_logger(__name__)

BATCH = 32  # rows at most, where the caller leaves the batch size open
TOKENS = 2048  # padded tokens at most in such a batch: beyond this a CPU gains nothing
WINDOW = 32  # batches that are sorted by length together


class PipelineException(Exception):
    """A pipeline's failure with the task and model it happened in."""

    def __init__(self, task: str, model: str, reason: str) -> None:
        super().__init__(reason)
        self.task = task
        self.model = model


class Pipeline(ABC):
    """Base of all pipelines.

    A task implements four steps: `_sanitize_parameters` splits the keywords of a call into those of the
    other three, `preprocess` turns one input into arrays with a batch dimension of one, `_forward` runs the
    model on a batch, and `postprocess` turns one row of its output into a result.  With `numpy_outputs` the
    last gets NumPy arrays, otherwise the framework's tensors.

    Args:
        model: a model of any framework.
        tokenizer, feature_extractor, image_processor, processor: what the task's inputs need.
        task: name of the task.
        device: torch: None or -1 for the CPU, an index, a name; other frameworks place arrays themselves.
        batch_size: rows per batch; None chooses by length.
        kwargs: defaults of the call's keywords.
    """

    numpy_outputs: ClassVar[bool] = False
    default_input_names: ClassVar[str | None] = None

    def __init__(
        self,
        model: Any,
        tokenizer: Any = None,
        feature_extractor: Any = None,
        image_processor: Any = None,
        processor: Any = None,
        modelcard: Any = None,
        framework: str | None = None,
        task: str = "",
        device: Any = None,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.task = task
        self.model = model
        self.tokenizer = tokenizer
        self.feature_extractor = feature_extractor
        self.image_processor = image_processor
        self.processor = processor
        self.modelcard = modelcard
        self.framework = framework or arrays.framework_of(model)
        self.device = device
        if self.framework == "pt":
            own = getattr(model, "device", None)
            self.device = own if device is None and own is not None else arrays.torch_device(device)
            if own is not None and own != self.device:
                model.to(self.device)
        self._batch_size = batch_size
        for name in ("binary_output", "args_parser", "num_workers", "torch_dtype", "dtype"):
            kwargs.pop(name, None)
        self._preprocess_params, self._forward_params, self._postprocess_params = self._sanitize_parameters(
            **kwargs
        )

    # ------------------------------------------------------------------ what a task implements

    @abstractmethod
    def _sanitize_parameters(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Keywords of a call, split into those of preprocess, _forward and postprocess."""

    @abstractmethod
    def preprocess(self, *args: Any, **kwargs: Any) -> Mapping[str, Any]:
        """`preprocess(input, **options)`: one input as arrays by name, each with a batch dimension of one."""

    @abstractmethod
    def _forward(self, *args: Any, **kwargs: Any) -> Mapping[str, Any]:
        """`_forward(model_inputs, **options)`: the model's output for a batch."""

    @abstractmethod
    def postprocess(self, *args: Any, **kwargs: Any) -> Any:
        """`postprocess(model_outputs, **options)`: the result of one row of the output."""

    def preprocess_many(self, inputs: Sequence[Any], **parameters: Any) -> list[Mapping[str, Any]]:
        """`preprocess` of several inputs; a task overrides it where doing them together is faster."""
        return [self.preprocess(item, **parameters) for item in inputs]

    # ------------------------------------------------------------------ running

    @property
    def dtype(self) -> Any:
        """The dtype of the model."""
        return getattr(self.model, "dtype", None)

    torch_dtype = dtype

    def forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Any:
        """`_forward` without gradients, on the model's device."""
        with arrays.inference(self.framework):
            return self._forward(arrays.to_framework(model_inputs, self.framework, self.device), **parameters)

    def __call__(
        self,
        inputs: Any,
        *args: Any,
        num_workers: int | None = None,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> Any:
        """Results for one input, for a list of them, or lazily for a generator or data set.

        Args:
            inputs: one input of the task, a list, a generator, or a data set.
            num_workers: accepted for compatibility.
            batch_size: rows per batch; None chooses by length.
            kwargs: the task's options.
        """
        if args:
            logger.warning(f"{type(self).__name__} ignores the positional arguments {args}")
        own = self._sanitize_parameters(**kwargs)
        defaults = (self._preprocess_params, self._forward_params, self._postprocess_params)
        steps = tuple({**default, **given} for default, given in zip(defaults, own, strict=True))
        size = self._batch_size if batch_size is None else batch_size
        if size is not None and size < 1:
            raise ValueError(f"batch_size must be at least 1, got {size}")
        if isinstance(inputs, list):
            return list(self._results(inputs, size, steps, size_known=True))
        if self._is_stream(inputs):
            return self._results(inputs, size, steps, size_known=hasattr(inputs, "__len__"))
        return next(self._results([inputs], size, steps, size_known=True))

    @staticmethod
    def _is_stream(inputs: Any) -> bool:
        """Whether `inputs` is many inputs in turn: a generator, an iterator, or a data set."""
        if isinstance(inputs, Iterator):
            return True
        plain = isinstance(inputs, str | bytes | Mapping | tuple) or hasattr(inputs, "__array__")
        return not plain and hasattr(inputs, "__getitem__") and hasattr(inputs, "__len__")

    def _results(
        self, inputs: Iterable[Any], size: int | None, steps: tuple[dict[str, Any], ...], size_known: bool
    ) -> Iterator[Any]:
        """Results in the order of the inputs, window by window.

        A source of unknown length may wait for its results, so it is read no further than one batch ahead.
        """
        before, during, after = steps
        ahead = (size or BATCH) * WINDOW if size_known else size or 1
        source = _in_turn(inputs)
        while window := list(itertools.islice(source, ahead)):
            items = self.preprocess_many(window, **before)
            lengths = [_length(item) for item in items]
            outputs: list[Any] = [None] * len(items)
            for batch in _batches(lengths, size):
                chosen = [items[index] for index in batch]
                output = self.forward(self.collate(chosen), **during)
                output = arrays.to_numpy(output) if self.numpy_outputs else output
                for index, row in zip(batch, arrays.rows(output, len(batch)), strict=True):
                    outputs[index] = self.unpad(row, lengths[index])
            yield from (self.postprocess(output, **after) for output in outputs)

    def collate(self, items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Items joined into a batch."""
        if len(items) == 1:
            return items[0]
        pads = {"attention_mask": 0, "special_tokens_mask": 1, "token_type_ids": 0, "labels": -100}
        if self.tokenizer is not None:
            if self.tokenizer.pad_token_id is not None:
                pads["input_ids"] = self.tokenizer.pad_token_id
            pads["token_type_ids"] = getattr(self.tokenizer, "pad_token_type_id", 0)
        left = self.tokenizer is not None and self.tokenizer.padding_side == "left"
        return arrays.collate([arrays.to_numpy(item) for item in items], pads, left)

    def unpad(self, row: dict[str, Any], length: int) -> dict[str, Any]:
        """One row of the output; a task whose results have one entry per token cuts off the padding here."""
        return row

    # ------------------------------------------------------------------ services

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Save the model and what goes with it into a folder that `pipeline(task, folder)` reads."""
        folder = Path(save_directory)
        if folder.is_file():
            raise ValueError(f"save_directory must be a folder, got the file {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(folder, **kwargs)
        for part in (self.tokenizer, self.feature_extractor, self.image_processor, self.processor):
            if part is not None:
                part.save_pretrained(folder)

    def check_model_type(self, supported_models: Mapping[Any, Any] | Sequence[str]) -> None:
        """Raise ValueError unless the model's class is one of those named."""
        names = [getattr(item, "__name__", item) for item in dict.fromkeys(supported_models)]
        if type(self.model).__name__ not in names:
            raise ValueError(
                f"{type(self.model).__name__} cannot do {self.task}; models that can: {', '.join(names)}"
            )

    def transform(self, X: Any) -> Any:
        """`self(X)`, as scikit-learn calls it."""
        return self(X)

    def predict(self, X: Any) -> Any:
        """`self(X)`, as scikit-learn calls it."""
        return self(X)


def _in_turn(inputs: Any) -> Iterator[Any]:
    """The inputs one by one: of a list or data set by index, of anything else as it comes."""
    if hasattr(inputs, "__getitem__"):
        return (inputs[index] for index in range(len(inputs)))
    return iter(inputs)


def _length(item: Mapping[str, Any]) -> int:
    """The number of tokens of an item."""
    ids = item.get("input_ids")
    shape = getattr(ids, "shape", None)
    return int(shape[-1]) if shape else 0


def _batches(lengths: Sequence[int], size: int | None) -> Iterator[list[int]]:
    """Indices in batches of similar length, the longest first."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    start = 0
    while start < len(order):
        longest = max(lengths[order[start]], 1)
        count = size or max(1, min(BATCH, TOKENS // longest))
        yield order[start : start + count]
        start += count


__all__ = ["Pipeline", "PipelineException"]
