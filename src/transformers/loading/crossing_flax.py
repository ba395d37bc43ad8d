"""Weights between PyTorch and JAX models that both exist, under the published names.

`from_pretrained` reads the files of either framework by itself; these are for models and trees in memory.
Weights are matched by name and shape, and what does not fit is an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .checkpoint import Checkpoint
from .crossing import checkpoint_of, fill_torch, fitted, open_all
from .state_dict import StateDict


def load_pytorch_checkpoint_in_flax_state_dict(
    flax_model: Any,
    pytorch_checkpoint_path: str | os.PathLike[str] | list[str],
    is_sharded: bool = False,
    allow_missing_keys: bool = False,
) -> dict[str, Any]:
    """The parameter tree that a PyTorch file, or several that belong together, makes for a JAX model.

    `is_sharded` says what the type of the path says; the others are as for
    `convert_pytorch_state_dict_to_flax`.
    """
    return _tree(flax_model, open_all(pytorch_checkpoint_path), allow_missing_keys)


def convert_pytorch_state_dict_to_flax(pt_state_dict: Mapping[str, Any], flax_model: Any) -> dict[str, Any]:
    """The parameter tree that PyTorch tensors by name make for a JAX model, whose own stays as it is.

    Leaves that the tensors lack (a head's) are not in the tree; with batch statistics it is
    {"params": ..., "batch_stats": ...}.

    Raises:
        CheckpointMismatchError: names or shapes do not fit.
    """
    return _tree(flax_model, StateDict(pt_state_dict), True)


def load_flax_weights_in_pytorch_model(pt_model: Any, flax_state: Mapping[str, Any]) -> Any:
    """Put a parameter tree, of this library or in Flax's own layout, into a PyTorch model.

    Args:
        pt_model: the model, which is changed; weights of a head that the tree lacks stay as they are.
        flax_state: nested mappings, such as `model.params`.

    Returns:
        The model.

    Raises:
        CheckpointMismatchError: names or shapes do not fit.
    """
    from ..frameworks.jax.trees import flatten

    tree = flax_state
    parts = [tree["params"], tree["batch_stats"]] if {*tree} == {"params", "batch_stats"} else [tree]
    arrays = {name.replace(".", "/"): leaf for part in parts for name, leaf in flatten(part)}
    fill_torch(pt_model, checkpoint_of(arrays, "flax"))
    return pt_model


def load_flax_checkpoint_in_pytorch_model(model: Any, flax_checkpoint_path: str | os.PathLike[str]) -> Any:
    """Put the weights of a Flax file (`.msgpack`) into a PyTorch model, which is returned."""
    fill_torch(model, open_all(flax_checkpoint_path))
    return model


def _tree(model: Any, checkpoint: Checkpoint, allow_missing: bool) -> dict[str, Any]:
    import jax.numpy as jnp

    from ..frameworks.jax.trees import unflatten

    found, _ = fitted(model, checkpoint, allow_missing=allow_missing)
    arrays = {name: jnp.asarray(array) for name, array in found.items()}
    params = unflatten({name: array for name, array in arrays.items() if name in model._weights})
    if not model._statistics:
        return params
    rest = {name: array for name, array in arrays.items() if name in model._statistics}
    return {"params": params, "batch_stats": unflatten(rest)}


__all__ = [
    "convert_pytorch_state_dict_to_flax",
    "load_flax_checkpoint_in_pytorch_model",
    "load_flax_weights_in_pytorch_model",
    "load_pytorch_checkpoint_in_flax_state_dict",
]
