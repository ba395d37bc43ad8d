"""What processors over the arrays of TensorFlow and JAX share: boxing them, calling the ring's class."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from ..frameworks.loader import ring_module, torch_module
from .logits_calls import arguments_for

_RING = "generation.logits"


def box(framework: str, value: Any) -> Any:
    """A tensor of the framework's torch-API around an array; numbers and None stay what they are."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    torch: Any = torch_module(framework)
    backend: Any = import_module(f"..frameworks.{framework}.backend", __package__)
    return torch.Tensor._wrap(value) if backend.is_raw(value) else torch.as_tensor(value)


def call_ring(framework: str, name: str, *arguments: Any, **keywords: Any) -> Any:
    """Call a function of `generation/logits.py` on arrays of a framework; the result is an array."""
    function = getattr(ring_module(framework, _RING), name)
    boxed = {key: box(framework, value) for key, value in keywords.items()}
    return function(*(box(framework, value) for value in arguments), **boxed).a


class ArrayProcessor:
    """Base of processors over arrays: changes the scores (B, V) of the token after `cur_len` tokens."""

    framework: ClassVar[str]

    def __call__(self, input_ids: Any, scores: Any, cur_len: Any = None) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} does not say what to do with scores: "
            "define __call__(self, input_ids, scores, cur_len) in it"
        )


class RingProcessor(ArrayProcessor):
    """A processor that has its maths from the ring's class `ring_name`, and its attributes too."""

    ring_name: ClassVar[str]

    def __init__(self, *arguments: Any) -> None:
        self._ring = getattr(ring_module(self.framework, _RING), self.ring_name)(*arguments)

    def __call__(self, input_ids: Any, scores: Any, cur_len: Any = None) -> Any:
        boxed = (box(self.framework, value) for value in (input_ids, scores, cur_len))
        return self._ring(*boxed).a

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        return getattr(self._ring, name)


class ArrayProcessorList(list[Any]):
    """Processors over arrays, applied in order; extra keywords go to those that name them."""

    def __call__(self, input_ids: Any, scores: Any, cur_len: Any = None, **kwargs: Any) -> Any:
        for processor in self:
            extra, _ = arguments_for(processor, kwargs, skipped=("cur_len",))
            scores = processor(input_ids, scores, cur_len, **extra)
        return scores


__all__ = ["ArrayProcessor", "ArrayProcessorList", "RingProcessor", "box", "call_ring"]
