"""What modeling files of others import: docstring decorators, numbers under tracing, keyword types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

C = TypeVar("C", bound=Callable[..., Any])


class TransformersKwargs(TypedDict, total=False):
    """Keywords that every `forward` may be given beside its own.

    Attributes:
        num_items_in_batch: labels that count in the whole batch, by which a loss is divided.
        output_hidden_states: whether to return the hidden states of all layers.
        output_attentions: whether to return the attention probabilities of all layers.
        output_router_logits: whether to return the routers' scores.
        cu_seq_lens_q: where the queries of packed sequences begin.
        cu_seq_lens_k: where their keys begin.
        max_length_q: the most queries of a packed sequence.
        max_length_k: the most keys of one.
    """

    num_items_in_batch: Any
    output_hidden_states: bool | None
    output_attentions: bool | None
    output_router_logits: bool | None
    cu_seq_lens_q: Any
    cu_seq_lens_k: Any
    max_length_q: int | None
    max_length_k: int | None


def auto_docstring(
    obj: C | None = None, *, custom_intro: str | None = None, **options: Any
) -> C | Callable[[C], C]:
    """Decorator of classes and methods, with or without arguments.

    Args:
        obj: what is decorated.
        custom_intro: text put before the docstring; classes keep theirs where there is none.
        options: accepted; what they ask for is taken from the object itself.
    """

    def decorate(target: C) -> C:
        if custom_intro is not None:
            target.__doc__ = f"{custom_intro.strip()}\n\n{target.__doc__ or ''}".rstrip()
        return target

    return decorate if obj is None else decorate(obj)


def add_start_docstrings_to_model_forward(*docstr: str) -> Callable[[C], C]:
    """Decorator: puts text before the docstring of a `forward`."""

    def decorate(function: C) -> C:
        function.__doc__ = "".join(docstr) + (function.__doc__ or "")
        return function

    return decorate


def add_code_sample_docstrings(*docstr: str, **facts: Any) -> Callable[[C], C]:
    """Decorator: puts text before a docstring; facts for a sample are accepted, no sample is written."""
    return add_start_docstrings_to_model_forward(*docstr)


def replace_return_docstrings(
    output_type: type | str | None = None, config_class: str | None = None
) -> Callable[[C], C]:
    """Decorator: names the type that a function returns in the line `Returns:` of its docstring."""
    name = output_type if isinstance(output_type, str) else getattr(output_type, "__name__", "")

    def decorate(function: C) -> C:
        lines = (function.__doc__ or "").split("\n")
        for place, line in enumerate(lines):
            if line.strip() in ("Return:", "Returns:") and name:
                lines[place] = f"{line.rstrip()} {name}"
                break
        if function.__doc__ is not None:
            function.__doc__ = "\n".join(lines)
        return function

    return decorate


def torch_int(x: Any) -> Any:
    """`x` as a whole number: a tensor stays one while a model is traced."""
    return _number(x, int, "int64")


def torch_float(x: Any) -> Any:
    """`x` as a number of floating point: a tensor stays one while a model is traced."""
    return _number(x, float, "float32")


def _number(x: Any, kind: type, dtype: str) -> Any:
    from .tensors import is_torch_tensor

    if is_torch_tensor(x):
        import torch

        if torch.jit.is_tracing():  # type: ignore[no-untyped-call]
            return x.to(getattr(torch, dtype))
    return kind(x)


def is_torch_fx_proxy(x: Any) -> bool:
    """Whether `x` stands for a tensor while torch.fx follows a model."""
    import sys

    fx = sys.modules.get("torch.fx")
    return fx is not None and isinstance(x, fx.Proxy)


def is_remote_url(url_or_filename: str) -> bool:
    """Whether a text is an address, http:// or https://."""
    return str(url_or_filename).startswith(("http://", "https://"))


LossKwargs = TransformersKwargs

__all__ = [
    "LossKwargs",
    "TransformersKwargs",
    "add_code_sample_docstrings",
    "add_start_docstrings_to_model_forward",
    "auto_docstring",
    "is_remote_url",
    "is_torch_fx_proxy",
    "replace_return_docstrings",
    "torch_float",
    "torch_int",
]
