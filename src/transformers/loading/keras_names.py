"""Names of weights in published TensorFlow models, as PyTorch has them."""

from __future__ import annotations

import enum
import re
from typing import Any

# What Keras calls a weight of its own -> what PyTorch calls it.
_RENAMED = {
    "beta": "bias",
    "depthwise_kernel": "depthwise.weight",
    "embeddings": "weight",
    "gamma": "weight",
    "kernel": "weight",
    "pointwise_kernel": "pointwise.weight",
}
_TURNED = ("kernel", "pointwise_kernel", "depthwise_kernel")


class TransposeType(enum.Enum):
    """How a weight's axes differ between Keras and PyTorch."""

    NO = "no"
    SIMPLE = "simple"
    CONV1D = "conv1d"
    CONV2D = "conv2d"


def convert_tf_weight_name_to_pt_weight_name(
    tf_name: str,
    start_prefix_to_remove: str = "",
    tf_weight_shape: Any = None,
    name_scope: str | None = None,
) -> tuple[str, TransposeType]:
    """The PyTorch name of a weight of a published TensorFlow model, and how its axes differ.

    Args:
        tf_name: such as "tf_bert_model/bert/pooler/dense/kernel:0"; its first piece is the model's.
        start_prefix_to_remove: left out where the PyTorch name begins with it.
        tf_weight_shape: tells kernels of convolutions apart.
        name_scope: what stands before the model's own name.

    Raises:
        ValueError: the name does not begin with `name_scope`.
    """
    if name_scope is not None:
        if not tf_name.startswith(name_scope):
            raise ValueError(f"the weight {tf_name!r} does not begin with the name_scope {name_scope!r}")
        tf_name = tf_name.removeprefix(name_scope).lstrip("/")
    # a___b: two Keras layers of one name; a_._1: element of a list.
    plain = re.sub(r"/[^/]*___([^/]*)/", r"/\1/", tf_name.replace(":0", "")).replace("_._", "/")
    pieces = re.sub("/{2,}", "/", plain).split("/")
    pieces = pieces[1:] or pieces
    last = pieces[-1]
    axes = 0 if tf_weight_shape is None else len(tf_weight_shape)
    turn = TransposeType.NO
    if last == "kernel" and axes in (3, 4):
        turn = TransposeType.CONV1D if axes == 3 else TransposeType.CONV2D
    elif last in _TURNED or {"emb_projs", "out_projs"} & set(pieces):
        turn = TransposeType.SIMPLE
    name = ".".join([*pieces[:-1], _RENAMED.get(last, last)])
    return name.replace(start_prefix_to_remove, "", 1) if start_prefix_to_remove else name, turn


__all__ = ["TransposeType", "convert_tf_weight_name_to_pt_weight_name"]
