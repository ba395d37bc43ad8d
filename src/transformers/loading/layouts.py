"""How Flax and Keras store the weights of each layer, from which maps of whole models follow.

A layer is known by the name of its class or of one it derives from; what is not listed is stored as it is.
A module of the library declares its own as `_layouts = {"flax": {...}, "tf": {...}}` in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..layers.renames import Transpose

KINDS = ("flax", "tf")


class Stored(NamedTuple):
    """Name of a weight in its layer there, and which axis there each axis of ours is (None: the same)."""

    name: str
    dims: tuple[int, ...] | None = None


_DENSE = {"weight": Stored("kernel", (1, 0))}
_CONV1D = {"weight": Stored("kernel", (2, 1, 0))}
_CONV2D = {"weight": Stored("kernel", (3, 2, 0, 1))}
_CONV3D = {"weight": Stored("kernel", (4, 3, 0, 1, 2))}
_SCALED = {"weight": Stored("scale")}
_GAMMA = {"weight": Stored("gamma"), "bias": Stored("beta")}
_STATISTICS = {"num_batches_tracked": Stored("")}  # neither counts batches
_FLAX_BATCH = {**_SCALED, "running_mean": Stored("mean"), "running_var": Stored("var"), **_STATISTICS}
_TF_BATCH = {
    **_GAMMA,
    "running_mean": Stored("moving_mean"),
    "running_var": Stored("moving_variance"),
    **_STATISTICS,
}

_LAYOUTS: dict[str, dict[str, Mapping[str, Stored]]] = {
    "flax": {
        "Linear": _DENSE,
        "Embedding": {"weight": Stored("embedding")},
        "Conv1d": _CONV1D,
        "Conv2d": _CONV2D,
        "Conv3d": _CONV3D,
        # linen.ConvTranspose(transpose_kernel=True), as the published models use it
        "ConvTranspose1d": _CONV1D,
        "ConvTranspose2d": _CONV2D,
        "LayerNorm": _SCALED,
        "GroupNorm": _SCALED,
        "BatchNorm1d": _FLAX_BATCH,
        "BatchNorm2d": _FLAX_BATCH,
        "BatchNorm3d": _FLAX_BATCH,
    },
    "tf": {
        "Linear": _DENSE,
        "Embedding": {"weight": Stored("embeddings")},
        "Conv1d": _CONV1D,
        "Conv2d": _CONV2D,
        "Conv3d": _CONV3D,
        "ConvTranspose1d": _CONV1D,
        "ConvTranspose2d": _CONV2D,
        "LayerNorm": _GAMMA,
        "GroupNorm": _GAMMA,
        "BatchNorm1d": _TF_BATCH,
        "BatchNorm2d": _TF_BATCH,
        "BatchNorm3d": _TF_BATCH,
    },
}
# Keras keeps (height, width, channel, multiplier) for a layer that convolves each channel alone.
_TF_DEPTHWISE = {"weight": Stored("depthwise_kernel", (2, 3, 0, 1))}


def layer_layout(layer: Any, kind: str) -> Mapping[str, Stored]:
    """How a framework stores the weights of one layer: {name here: name and axes there}.

    layer: a module of torch or of the torch-API layer.  kind: "flax" or "tf".

    Raises:
        ValueError: another kind.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    names = {base.__name__ for base in type(layer).__mro__}
    if kind == "tf" and "Conv2d" in names and layer.groups == layer.in_channels == layer.out_channels > 1:
        return _TF_DEPTHWISE
    own = getattr(layer, "_layouts", {}).get(kind)
    if own is not None:
        return {name: Stored(*stored) for name, stored in own.items()}
    return next((_LAYOUTS[kind][name] for name in _LAYOUTS[kind] if name in names), {})


def model_layout(model: Any, kind: str) -> Iterator[tuple[str, Stored]]:
    """(our name, name and axes there) of every weight and saved buffer of a model, names with dots.

    Weights that exist only here are left out.
    """
    layouts = {path: layer_layout(layer, kind) for path, layer in model.named_modules()}
    for name in model.state_dict():
        path, _, own = name.rpartition(".")
        stored = layouts[path].get(own, Stored(own))
        if stored.name:
            yield name, Stored(f"{path}.{stored.name}" if path else stored.name, stored.dims)


def layout_renames(model: Any, kind: str) -> tuple[tuple[Any, ...], ...]:
    """The map of a whole model in the form of `_renames`, for a checkpoint with that framework's names."""
    rules: list[tuple[Any, ...]] = []
    for name, stored in model_layout(model, kind):
        pattern = rf"^{re.escape(stored.name)}$"
        if stored.dims is not None:
            rules.append((pattern, name, Transpose(stored.dims)))
        elif stored.name != name:
            rules.append((pattern, name))
    return tuple(rules)


__all__ = ["KINDS", "Stored", "layer_layout", "layout_renames", "model_layout"]
