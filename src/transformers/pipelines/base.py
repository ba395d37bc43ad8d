"""`Pipeline`: from raw inputs to plain results, with batches of similar length and results in order."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..utils import logging
from ..utils.optional import require
from . import arrays
from .batching import BATCH, WINDOW, batches, in_turn, is_stream, length_of, rounded_width
from .protocol import PipelineProtocol, as_tensors, keeps_tensors, written_by_user
from .services import PipelineServices

logger = logging.get_logger(__name__)

Steps = tuple[dict[str, Any], ...]  # options of preprocess, _forward and postprocess


class PipelineException(Exception):
    """A pipeline's failure with the task and model it happened in."""

    def __init__(self, task: str, model: str, reason: str) -> None:
        super().__init__(reason)
        self.task = task
        self.model = model


class Pipeline(PipelineProtocol, PipelineServices, ABC):
    """Base of all pipelines.

    A task implements four steps: `_sanitize_parameters` splits the keywords of a call into those of the
    other three, `preprocess` turns one input into arrays with a batch dimension of one, `_forward` runs the
    model on a batch, and `postprocess` turns one row of its output into a result.

    A class that sets `batched` allows several inputs in a batch when the caller names no size.  A dict that
    an item holds under `kept` is not for the model: it passes by `_forward` and joins the row of the output.

    Args:
        model: a model of any framework.
        tokenizer, feature_extractor, image_processor, processor: what the task's inputs need.
        task: name of the task.
        device: torch: None or -1 for the CPU, an index, a name; other frameworks place arrays themselves.
        batch_size: rows per batch; None chooses by length.
        kwargs: defaults of the call's keywords.
    """

    batched: ClassVar[bool] = False
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
        self._num_workers: int | None = kwargs.pop("num_workers", None)
        for name in ("binary_output", "args_parser", "torch_dtype", "dtype"):
            kwargs.pop(name, None)
        self._preprocess_params, self._forward_params, self._postprocess_params = self._sanitize_parameters(
            **kwargs
        )

    # ------------------------------------------------------------------ what a task implements

    @abstractmethod
    def _sanitize_parameters(
        self, *args: Any, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Keywords of a call, split into those of preprocess, _forward and postprocess."""

    @abstractmethod
    def preprocess(self, *args: Any, **kwargs: Any) -> Any:
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

    def forward(self, model_inputs: Mapping[str, Any], **parameters: Any) -> Any:
        """`_forward` without gradients, on the model's device; its output is on the host."""
        inputs = arrays.to_framework(model_inputs, self.framework, self.device)
        kept = inputs.pop("kept", None)
        if written_by_user(type(self), "_forward"):
            plain = keeps_tensors(type(self))
            with self.device_placement(), self.get_inference_context()():
                output = self._forward(as_tensors(inputs, self.framework) if plain else inputs, **parameters)
            if plain and self.framework == "tf":
                return output
        else:
            with arrays.inference(self.framework):
                output = self._forward(inputs, **parameters)
        output = arrays.to_host(output, self.framework, self.device)
        if kept is None:
            return output
        return {**output, **(kept if isinstance(kept, Mapping) else {"kept": kept})}

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
            num_workers: for a `get_iterator` of a user's class; the library's own has no use for it.
            batch_size: rows per batch; None chooses by length.
            kwargs: the task's options.
        """
        if args:
            logger.warning(f"{type(self).__name__} ignores the positional arguments {args}")
        own = self._sanitize_parameters(**kwargs)
        defaults = (self._preprocess_params, self._forward_params, self._postprocess_params)
        steps = tuple({**default, **given} for default, given in zip(defaults, own, strict=True))
        size = self._batch_size if batch_size is None else batch_size
        if size is None and not self._may_batch():
            size = 1
        if size is not None and size < 1:
            raise ValueError(f"batch_size must be at least 1, got {size}")
        if written_by_user(type(self), "get_iterator") and (isinstance(inputs, list) or is_stream(inputs)):
            found = self.get_iterator(inputs, num_workers or self._num_workers or 0, size or 1, *steps)
            return list(found) if isinstance(inputs, list) else found
        if isinstance(inputs, list):
            return list(self._results(inputs, size, steps, size_known=True))
        if is_stream(inputs):
            return self._results(inputs, size, steps, size_known=hasattr(inputs, "__len__"))
        if written_by_user(type(self), "run_single"):
            return self.run_single(inputs, *steps)
        return next(self._results([inputs], size, steps, size_known=True))

    def _results(
        self, inputs: Iterable[Any], size: int | None, steps: Steps, size_known: bool
    ) -> Iterator[Any]:
        """Results in the order of the inputs, window by window.

        A source of unknown length may wait for its results, so it is read no further than one batch ahead.
        """
        ahead = (size or BATCH) * WINDOW if size_known else size or 1
        source = in_turn(inputs)
        while window := list(itertools.islice(source, ahead)):
            yield from self._window(window, size, steps)

    def _window(self, window: list[Any], size: int | None, steps: Steps) -> list[Any]:
        """Results of inputs that are sorted by length together."""
        before, during, after = steps
        prepared = self._items(window, before)
        items = [item for parts in prepared for item in parts]
        owners = [(owner, part) for owner, parts in enumerate(prepared) for part in range(len(parts))]
        outputs: list[list[Any]] = [[None] * len(parts) for parts in prepared]
        missing = [len(parts) for parts in prepared]
        results = [None if parts else self._finish([], after) for parts in prepared]
        lengths = [length_of(item) for item in items]
        for batch in batches(lengths, size):
            for index, row in zip(batch, self._run([items[index] for index in batch], during), strict=True):
                owner, part = owners[index]
                outputs[owner][part] = row
                missing[owner] -= 1
                if not missing[owner]:  # finished at once: outputs may be large
                    results[owner] = self._finish(outputs[owner], after)
                    outputs[owner] = []
        return results

    def _items(self, window: list[Any], options: dict[str, Any]) -> list[list[Mapping[str, Any]]]:
        """The model's inputs for every input of a window: here one each."""
        steps = ("preprocess", "preprocess_many")
        defined = next(names for cls in type(self).__mro__ if (names := [s for s in steps if s in vars(cls)]))
        if "preprocess_many" in defined:
            return [[item] for item in self.preprocess_many(window, **options)]
        return [[self.preprocess(item, **options)] for item in window]  # a user's class has its own

    def _finish(self, outputs: list[Any], options: dict[str, Any]) -> Any:
        """The result of one input from its outputs."""
        return self.postprocess(outputs[0], **options)

    def _run(self, items: list[Mapping[str, Any]], options: dict[str, Any]) -> list[Any]:
        """The model's output for each item of a batch."""
        # JAX compiles for every new shape: there are few where sizes are rounded up
        rounded = self.framework == "jax" and self._may_batch() and "attention_mask" in items[0]
        if len(items) == 1 and not rounded:
            return [self.forward(items[0], **options)]
        width = rounded_width(max(map(length_of, items)), self._longest()) if rounded else 0
        count = 1 << (len(items) - 1).bit_length() if rounded else len(items)
        filled = [*items, *items[-1:] * (count - len(items))]
        output = self.forward(self.collate(filled, width), **options)
        return [
            self._joined(row, length_of(item))
            for row, item in zip(arrays.rows(output, count), items, strict=False)
        ]

    def _may_batch(self) -> bool:
        """Whether items of different lengths may be joined: the task allows it, and padding has a token."""
        parts = (self.tokenizer, getattr(self.model, "config", None))
        return self.batched and all(getattr(part, "pad_token_id", None) is not None for part in parts)

    def _longest(self) -> int:
        """The number of tokens that the model surely takes."""
        places = self.model.config.to_dict().get("max_position_embeddings")
        # some count positions from 2
        return 0 if places is None else min(places - 2, self.tokenizer.model_max_length)

    def collate(self, items: Sequence[Mapping[str, Any]], width: int = 0) -> Mapping[str, Any]:
        """Items joined into a batch of at least `width` tokens."""
        pads = {"attention_mask": 0, "special_tokens_mask": 1, "token_type_ids": 0, "labels": -100}
        if self.tokenizer is not None:
            if self.tokenizer.pad_token_id is not None:
                pads["input_ids"] = self.tokenizer.pad_token_id
            pads["token_type_ids"] = getattr(self.tokenizer, "pad_token_type_id", 0)
        left = self.tokenizer is not None and self.tokenizer.padding_side == "left"
        plain = [{k: arrays.to_numpy(v) if hasattr(v, "shape") else v for k, v in i.items()} for i in items]
        return arrays.collate(plain, pads, left, width)

    def _joined(self, row: Any, length: int) -> Any:
        """One row of a batch, without padding, together with what its item kept."""
        if isinstance(row, Mapping) and "kept" in row:
            kept = row["kept"]
            row = {**{key: value for key, value in row.items() if key != "kept"}, **kept}
        return self.unpad(row, length)

    def unpad(self, row: Any, length: int) -> Any:
        """One row of the output; a task whose results have one entry per token cuts off the padding here."""
        return row


class ChunkPipeline(Pipeline):
    """A pipeline whose inputs become several inputs of the model.

    `preprocess` yields them, each with a batch dimension of one, and `postprocess` gets the list of their
    outputs in that order.  Parts of all inputs of a window are sorted and batched together.
    """

    def _items(self, window: list[Any], options: dict[str, Any]) -> list[list[Mapping[str, Any]]]:
        return [list(self.preprocess(item, **options)) for item in window]

    def _finish(self, outputs: list[Any], options: dict[str, Any]) -> Any:
        return self.postprocess(outputs, **options)


def __getattr__(name: str) -> Any:
    if name != "_pad":  # by this name published code pads the rows of a loader
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("torch", "transformers.pipelines.base._pad")
    from ..integrations.torch_pipelines import padded_batch

    return padded_batch


__all__ = ["ChunkPipeline", "Pipeline", "PipelineException"]
