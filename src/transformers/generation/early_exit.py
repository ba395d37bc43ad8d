"""The first layers of a model as a model of their own, which shares its weights."""

from __future__ import annotations

import copy
from typing import Any


def first_layers(model: Any, count: int) -> Any:
    """A model of the same class that has only the first `count` layers.

    Raises:
        ValueError: the model has fewer layers, reads with an encoder, or its layers are in no single list.
    """
    total = model.config.get_text_config(decoder=True).to_dict().get("num_hidden_layers")
    total = model.config.num_hidden_layers if total is None else total
    if not isinstance(count, int) or not 0 < count < total:
        raise ValueError(
            f"assistant_early_exit must be an int from 1 to {total - 1} (the model has {total} layers), "
            f"got {count!r}"
        )
    if model.config.is_encoder_decoder:
        raise ValueError(
            f"assistant_early_exit works with decoders only, {type(model).__name__} has an encoder too"
        )
    if getattr(model, "framework", "pt") == "pt":
        return _shallow(model, count, total)
    return _shorter(model, count)


def _shallow(model: Any, count: int, total: int) -> Any:
    """A PyTorch model whose list of layers is cut; all modules but those around the list are the same."""
    from torch import nn

    paths = [
        name for name, part in model.named_modules() if isinstance(part, nn.ModuleList) and len(part) == total
    ]
    if len(paths) != 1:
        raise ValueError(f"{type(model).__name__} has {len(paths)} lists of {total} layers: none can be cut")
    made = holder = _twin(model)
    *parents, last = paths[0].split(".")
    for name in parents:
        holder._modules[name] = _twin(holder._modules[name])
        holder = holder._modules[name]
    holder._modules[last] = holder._modules[last][:count]
    return made


def _twin(module: Any) -> Any:
    """Another module with the same children."""
    made = copy.copy(module)
    made._modules = dict(module._modules)
    return made


def _shorter(model: Any, count: int) -> Any:
    """A model of another framework with a shorter config and the same weights."""
    from ..frameworks import face

    config = copy.deepcopy(model.config)
    config.num_hidden_layers = count
    made = type(model)(config)
    if model.framework == "flax":
        made.params = _subtree(model.params, made.params)
    else:
        found = {name: slot.a for name, slot in face.slots(model.network).items()}
        for name, slot in face.slots(made.network).items():
            slot.set(found[name])
    made.generation_config = model.generation_config
    return made


def _subtree(values: Any, form: Any) -> Any:
    """The part of a tree of parameters that has the form of a smaller one."""
    if not hasattr(form, "items"):
        return values
    return {name: _subtree(values[name], part) for name, part in form.items()}


__all__ = ["first_layers"]
