"""Tensors of PyTorch by name for a TensorFlow model that exists, and variables the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .crossing import checkpoint_of, fill_face, fill_torch
from .state_dict import StateDict


def load_pytorch_weights_in_tf2_model(
    tf_model: Any,
    pt_state_dict: Mapping[str, Any],
    tf_inputs: Any = None,
    allow_missing_keys: bool = False,
    output_loading_info: bool = False,
    **kwargs: Any,
) -> Any:
    """Put PyTorch tensors by name into a TensorFlow model.

    Args:
        tf_model: the model, which is changed.
        pt_state_dict: the tensors.
        tf_inputs, kwargs: accepted for compatibility; nothing has to be built first.
        allow_missing_keys: weights of a head that the tensors lack stay as they are.
        output_loading_info: also return which weights were missing or left over.

    Returns:
        The model, or the pair of it and the info.

    Raises:
        CheckpointMismatchError: names or shapes do not fit, or weights are missing that may not be.
    """
    info = fill_face(tf_model, StateDict(pt_state_dict), allow_missing=allow_missing_keys)
    return (tf_model, info) if output_loading_info else tf_model


def load_tf2_weights_in_pytorch_model(
    pt_model: Any,
    tf_weights: Iterable[Any] | Mapping[str, Any],
    allow_missing_keys: bool = False,
    output_loading_info: bool = False,
) -> Any:
    """Put TensorFlow variables into a PyTorch model.

    Args:
        pt_model: the model, which is changed.
        tf_weights: variables, such as `model.weights`, or arrays by name.
        allow_missing_keys: weights of a head that are not among them stay as they are.
        output_loading_info: also return which weights were missing or left over.

    Returns:
        The model, or the pair of it and the info.

    Raises:
        CheckpointMismatchError: names or shapes do not fit, or weights are missing that may not be.
    """
    if isinstance(tf_weights, Mapping):
        arrays = dict(tf_weights)
    else:
        listed: Iterable[Any] = tf_weights
        arrays = {getattr(value, "path", None) or value.name: value.numpy() for value in listed}
    info = fill_torch(pt_model, checkpoint_of(arrays, "tf"), allow_missing=allow_missing_keys)
    return (pt_model, info) if output_loading_info else pt_model


__all__ = ["load_pytorch_weights_in_tf2_model", "load_tf2_weights_in_pytorch_model"]
