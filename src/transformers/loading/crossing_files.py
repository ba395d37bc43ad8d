"""Weight files of PyTorch for a TensorFlow model that exists, and the other way round."""

from __future__ import annotations

import os
from typing import Any

from .crossing import fill_face, fill_torch, open_all


def load_pytorch_checkpoint_in_tf2_model(
    tf_model: Any,
    pytorch_checkpoint_path: str | os.PathLike[str] | list[str],
    tf_inputs: Any = None,
    allow_missing_keys: bool = False,
    output_loading_info: bool = False,
    **kwargs: Any,
) -> Any:
    """Put the weights of a PyTorch file, or of several that belong together, into a TensorFlow model.

    Arguments as for `load_pytorch_weights_in_tf2_model`.
    """
    checkpoint = open_all(pytorch_checkpoint_path)
    info = fill_face(tf_model, checkpoint, allow_missing=allow_missing_keys)
    return (tf_model, info) if output_loading_info else tf_model


def load_tf2_checkpoint_in_pytorch_model(
    pt_model: Any,
    tf_checkpoint_path: str | os.PathLike[str] | list[str],
    tf_inputs: Any = None,
    allow_missing_keys: bool = False,
    output_loading_info: bool = False,
) -> Any:
    """Put the weights of a TensorFlow file (`.h5`) into a PyTorch model.

    Arguments as for `load_tf2_weights_in_pytorch_model`.
    """
    info = fill_torch(pt_model, open_all(tf_checkpoint_path), allow_missing=allow_missing_keys)
    return (pt_model, info) if output_loading_info else pt_model


__all__ = ["load_pytorch_checkpoint_in_tf2_model", "load_tf2_checkpoint_in_pytorch_model"]
