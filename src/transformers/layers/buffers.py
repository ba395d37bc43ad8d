"""Buffers that are computed, not stored."""

from __future__ import annotations


def computed_buffer(module, name, function, *args):
    """Register `name` as a buffer of `module` that is not saved, with the value `function(*args)`.

    Loading builds models without memory and computes such buffers when the weights are in place.
    """
    module.register_buffer(name, function(*args), persistent=False)
    module.__dict__.setdefault("_computed", {})[name] = (function, args)


def evaluate(model):
    """Compute every computed buffer of `model` anew."""
    for module in model.modules():
        for name, (function, args) in module.__dict__.get("_computed", {}).items():
            module.register_buffer(name, function(*args), persistent=False)


__all__ = ["computed_buffer", "evaluate"]
