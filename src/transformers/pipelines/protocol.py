"""Steps of a pipeline under their published names, for subclasses and callers that use them one by one."""

from __future__ import annotations

import contextlib
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from . import arrays

Options = dict[str, Any]


class ArgumentHandler(ABC):
    """Base of what turns the arguments of a pipeline's call into its inputs."""

    @abstractmethod
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The inputs."""


class PipelineProtocol:
    """Steps of `Pipeline`.

    Attributes:
        _load_tokenizer, _load_feature_extractor, _load_image_processor, _load_processor: True: the class
            needs one; False: it never has one; None: it takes one where there is one.
        _pipeline_calls_generate: whether the class calls the model's `generate`.
    """

    _load_tokenizer: ClassVar[bool | None] = None
    _load_feature_extractor: ClassVar[bool | None] = None
    _load_image_processor: ClassVar[bool | None] = None
    _load_processor: ClassVar[bool | None] = None
    _pipeline_calls_generate: ClassVar[bool] = False

    framework: str
    device: Any
    _batch_size: int | None

    def _results(
        self,
        inputs: Iterable[Any],
        size: int | None,
        steps: tuple[Options, ...],
        size_known: bool,
    ) -> Iterator[Any]:
        """Results in the order of the inputs."""
        raise NotImplementedError

    @contextlib.contextmanager
    def device_placement(self) -> Iterator[None]:
        """Put what is made inside the block on the pipeline's device, where the framework has such blocks."""
        if self.framework == "pt" and getattr(self.device, "type", "") == "cuda":
            place: Any = importlib.import_module("torch").cuda.device(self.device)
        elif self.framework == "tf" and self.device is not None:
            number = self.device if isinstance(self.device, int) else -1
            name = self.device if isinstance(self.device, str) else f"/GPU:{number}"
            place = importlib.import_module("tensorflow").device("/CPU:0" if name == "/GPU:-1" else name)
        else:
            place = contextlib.nullcontext()
        with place:
            yield

    def ensure_tensor_on_device(self, **inputs: Any) -> Options:
        """The tensors given by name, in lists and dicts too, on the pipeline's device."""
        moved: Options = self._ensure_tensor_on_device(inputs, self.device)
        return moved

    def _ensure_tensor_on_device(self, inputs: Any, device: Any) -> Any:
        if self.framework != "pt":
            return inputs
        return arrays.changed(inputs, lambda leaf: leaf.to(device) if hasattr(leaf, "to") else leaf)

    def get_inference_context(self) -> Callable[[], Any]:
        """What makes the context in which a user's class runs its model: no gradients in PyTorch."""
        if self.framework == "pt":
            no_grad: Callable[[], Any] = importlib.import_module("torch").no_grad
            return no_grad
        return contextlib.nullcontext

    def run_single(
        self, inputs: Any, preprocess_params: Options, forward_params: Options, postprocess_params: Options
    ) -> Any:
        """The result of one input."""
        return next(
            self._results(
                [inputs], self._batch_size or 1, (preprocess_params, forward_params, postprocess_params), True
            )
        )

    def run_multi(
        self, inputs: Any, preprocess_params: Options, forward_params: Options, postprocess_params: Options
    ) -> list[Any]:
        """The results of several inputs, one after another."""
        return [
            self.run_single(item, preprocess_params, forward_params, postprocess_params) for item in inputs
        ]

    def iterate(
        self, inputs: Any, preprocess_params: Options, forward_params: Options, postprocess_params: Options
    ) -> Iterator[Any]:
        """The results of several inputs, each when it is asked for."""
        for item in inputs:
            yield self.run_single(item, preprocess_params, forward_params, postprocess_params)

    def get_iterator(
        self,
        inputs: Any,
        num_workers: int,
        batch_size: int | None,
        preprocess_params: Options,
        forward_params: Options,
        postprocess_params: Options,
    ) -> Iterator[Any]:
        """The results of several inputs in batches; `num_workers` is accepted for compatibility."""
        steps = (preprocess_params, forward_params, postprocess_params)
        return self._results(inputs, batch_size, steps, hasattr(inputs, "__len__"))


def written_by_user(cls: type, step: str) -> bool:
    """Whether the class that defines a step is not the library's own."""
    owner = next((base for base in cls.__mro__ if step in vars(base)), cls)
    return owner.__module__.partition(".")[0] != __name__.partition(".")[0]


def keeps_tensors(cls: type) -> bool:
    """Whether a class gets the framework's own tensors: what a user wrote from input to result does."""
    return all(written_by_user(cls, step) for step in ("_forward", "postprocess"))


def as_tensors(batch: Mapping[str, Any], framework: str) -> Options:
    """The arrays of a batch as tensors of TensorFlow; those of other frameworks stay as they are."""
    if framework != "tf":
        return dict(batch)
    make = importlib.import_module("tensorflow").convert_to_tensor
    return {key: make(value) if hasattr(value, "__array__") else value for key, value in batch.items()}


__all__ = ["ArgumentHandler", "PipelineProtocol", "as_tensors", "keeps_tensors", "written_by_user"]
