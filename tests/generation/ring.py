"""Calling the ring's processors in each framework, from NumPy and to NumPy."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from tests.models.adapters import installed

FRAMEWORKS = [key for key in installed() if key in ("pt", "jax", "tf", "np")]
COMPILED = [key for key in FRAMEWORKS if key in ("jax", "tf")]


def torch_of(framework: str) -> Any:
    """PyTorch, or what stands for it over another framework."""
    if framework == "pt":
        return importlib.import_module("torch")
    return importlib.import_module("transformers.frameworks.loader").torch_module(framework)


def ring(framework: str, name: str = "generation.logits") -> Any:
    """A ring file over a framework."""
    if framework == "pt":
        return importlib.import_module(f"transformers.{name}")
    return importlib.import_module("transformers.frameworks.loader").ring_module(framework, name)


def tensor(framework: str, value: Any) -> Any:
    """A tensor of an array; anything else unchanged."""
    return torch_of(framework).tensor(value) if isinstance(value, np.ndarray) else value


def make(framework: str, name: str, arguments: tuple[Any, ...], **keywords: Any) -> Any:
    """A processor."""
    return getattr(ring(framework), name)(*(tensor(framework, value) for value in arguments), **keywords)


def call(framework: str, processor: Any, ids: Any, scores: Any, *more: Any, **keywords: Any) -> Any:
    """What a processor gives, as an array."""
    given = (tensor(framework, value) for value in (ids, scores, *more))
    return np.asarray(processor(*given, **keywords))


def compiled(framework: str, processor: Any) -> Any:
    """The processor as a compiled function of arrays (ids, scores, cur_len)."""
    wrap = torch_of(framework).Tensor._wrap

    def run(ids: Any, scores: Any, length: Any) -> Any:
        return processor(wrap(ids), wrap(scores), cur_len=wrap(length)).a

    if framework == "jax":
        jitted = importlib.import_module("jax").jit(run)
        return lambda ids, scores, length: np.asarray(jitted(ids.astype(np.int32), scores, np.int32(length)))
    tf = importlib.import_module("tensorflow")
    unknown = [
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, scores_width()], tf.float32),
        tf.TensorSpec([], tf.int32),
    ]
    graph = tf.function(run, input_signature=unknown, autograph=False)
    return lambda ids, scores, length: graph(ids.astype(np.int32), scores, np.int32(length)).numpy()


def scores_width() -> int:
    """Tokens of the vocabulary, the one size that every graph knows."""
    from .logits_cases import V

    return V
