"""Weights between PyTorch and TensorFlow models that both exist, under the published names.

`from_pretrained` reads the files of either framework by itself; these are for models in memory and for weight
files without a config.  Weights are matched by name and shape, and what does not fit is an error.
"""

from __future__ import annotations

from typing import Any

from .crossing import fill_torch
from .crossing_arrays import load_pytorch_weights_in_tf2_model as load_pytorch_weights_in_tf2_model
from .crossing_arrays import load_tf2_weights_in_pytorch_model as load_tf2_weights_in_pytorch_model
from .crossing_files import load_pytorch_checkpoint_in_tf2_model as load_pytorch_checkpoint_in_tf2_model
from .crossing_files import load_tf2_checkpoint_in_pytorch_model as load_tf2_checkpoint_in_pytorch_model
from .keras_names import TransposeType as TransposeType
from .keras_names import convert_tf_weight_name_to_pt_weight_name as convert_tf_weight_name_to_pt_weight_name
from .state_dict import StateDict


def load_pytorch_model_in_tf2_model(
    tf_model: Any, pt_model: Any, tf_inputs: Any = None, allow_missing_keys: bool = False
) -> Any:
    """Put the weights of a PyTorch model into a TensorFlow model, which is returned."""
    return load_pytorch_weights_in_tf2_model(
        tf_model, pt_model.state_dict(), tf_inputs, allow_missing_keys=allow_missing_keys
    )


def load_tf2_model_in_pytorch_model(
    pt_model: Any, tf_model: Any, allow_missing_keys: bool = False, output_loading_info: bool = False
) -> Any:
    """Put the weights of a TensorFlow model into a PyTorch model, which is returned."""
    checkpoint = StateDict(tf_model.state_dict())
    info = fill_torch(pt_model, checkpoint, allow_missing=allow_missing_keys)
    return (pt_model, info) if output_loading_info else pt_model


__all__ = ["load_pytorch_model_in_tf2_model", "load_tf2_model_in_pytorch_model"]
