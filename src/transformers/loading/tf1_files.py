"""Checkpoints that TensorFlow 1 wrote (`model.ckpt.index` and its data files), read into PyTorch models."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..utils import logging
from ..utils.optional import require
from .arrays import TensorInfo, as_framework
from .derived import DerivedCheckpoint
from .matching import shorten
from .request import Request, plan_loading
from .tf1_names import FAMILIES, SLOTS, Family, Form

logger = logging.get_logger(__name__)


class TF1Checkpoint(DerivedCheckpoint):
    """The weights of such a checkpoint under the names of our model; satisfies `Checkpoint`.

    Args:
        path: the checkpoint's prefix, with or without `.index`.
        family: whose names they are.
        config: the model's.

    Raises:
        ImportError: TensorFlow is not installed.
        OSError: there is no such checkpoint.
        ValueError: no variable of it is a weight of such a model.
    """

    def __init__(self, path: str | os.PathLike[str], family: Family, config: Any) -> None:
        require("tensorflow", "a checkpoint of TensorFlow 1")
        prefix = os.path.abspath(os.fspath(path)).removesuffix(".index")
        if not os.path.isfile(f"{prefix}.index"):
            raise OSError(f"there is no TensorFlow checkpoint at {prefix}: {prefix}.index is no file")
        self.metadata: dict[str, str] = {}
        self._file: Any = importlib.import_module("tensorflow").train.load_checkpoint(prefix)
        self._vocabulary = config.vocab_size if any(form.rows for _, form in family.forms) else None
        shapes: dict[str, list[int]] = self._file.get_variable_to_shape_map()
        types = self._file.get_variable_to_dtype_map()
        # our name -> (variable, its form, the layer whose part it is, what comes out)
        self._parts: dict[str, tuple[str, Form, int | None, TensorInfo]] = {}
        self.left_out: list[str] = []
        for name in sorted(shapes):
            if SLOTS.search(name):
                continue
            if not re.search(family.weights, name):
                self.left_out.append(name)
                continue
            self._add(name, TensorInfo(types[name].name, tuple(shapes[name])), family, config)
        if not self._parts:
            raise ValueError(
                f"{prefix} has no weights of this architecture; it holds {shorten(sorted(shapes), 4)}"
            )

    def _add(self, name: str, info: TensorInfo, family: Family, config: Any) -> None:
        form = next((form for pattern, form in family.forms if re.search(pattern, name)), Form())
        ours = name
        for pattern, replacement in family.names:
            ours = re.sub(pattern, replacement, ours)
        ours = ours.replace("/", ".")
        if "{layer}" not in ours:
            self._parts[ours] = (name, form, None, self._formed(name, info, form))
            return
        # Of biases that all layers share there is one row less.
        apart = len(info.shape) == (4 if name.endswith("seg_embed") else 3)
        count = config.num_hidden_layers
        if apart and info.shape[0] != count:
            raise ValueError(f"{name} has {info.shape[0]} layers and the config {count}")
        shape = info.shape[1:] if apart else info.shape
        for layer in range(count):
            place = ours.replace("{layer}", str(layer))
            self._parts[place] = (name, form, layer if apart else None, TensorInfo(info.dtype, shape))

    def _formed(self, name: str, info: TensorInfo, form: Form) -> TensorInfo:
        drop = [axis for axis in form.drop if axis < len(info.shape) and info.shape[axis] == 1]
        shape = tuple(size for axis, size in enumerate(info.shape) if axis not in drop)
        if form.dims is not None:
            if len(form.dims) != len(shape):
                raise ValueError(f"{name} has shape {list(info.shape)}, which has no axes {form.dims}")
            shape = tuple(shape[axis] for axis in form.dims)
        if form.rows and self._vocabulary is not None:
            shape = (min(shape[0], self._vocabulary), *shape[1:])
        return TensorInfo(info.dtype, shape)

    def get(self, name: str, framework: str = "np") -> Any:
        """A weight as an array of `framework`, in the model's form."""
        variable, form, layer, info = self._parts[name]
        array = self._file.get_tensor(variable)
        if layer is not None:
            array = array[layer]
        array = array.squeeze(tuple(axis for axis in form.drop if array.shape[axis] == 1))
        if form.dims is not None:
            array = array.transpose(form.dims)
        return as_framework(array[: info.shape[0]] if form.rows else array, framework)


def load_tf1(model: Any, path: str | os.PathLike[str], family: str) -> Any:
    """Fill a PyTorch model from a TensorFlow 1 checkpoint; see `PreTrainedModel.load_tf1_weights`."""
    import torch

    checkpoint = TF1Checkpoint(path, FAMILIES[family], model.config)
    tensors = model.state_dict()
    # Batches are not counted there.
    expected = {name: tuple(t.shape) for name, t in tensors.items() if not name.endswith("_batches_tracked")}
    plan = plan_loading(model, expected, checkpoint, Request(path, model.config), type(model))
    if checkpoint.left_out:
        logger.info(f"{path}: {shorten(checkpoint.left_out)} are no weights of the model")
    with torch.no_grad():
        for name, key in plan.sources.items():
            tensors[name].copy_(checkpoint.get(key, "pt"))
    return model


def tf1_prefix(request: Request) -> str | None:
    """The TensorFlow 1 checkpoint that a call with `from_tf` names; None where it names another file.

    It is named by its `.index` file, by what stands before `.index`, or by a folder with `model.ckpt.index`.
    """
    if request.foreign != "tf" or request.name is None:
        return None
    place = Path(request.name).expanduser()
    folder = place / request.place.get("subfolder", "")
    for path in (place, Path(f"{place}.index"), folder / "model.ckpt.index"):
        if path.name.endswith(".index") and path.is_file():
            return os.fspath(path).removesuffix(".index")
    return None


def tf1_reader(cls: type) -> Callable[[Any, Any, str], Any]:
    """What fills a model of a class from such a checkpoint: the `load_tf_weights_in_...` of its module.

    Raises:
        ValueError: its architecture has none.
    """
    for base in cls.__mro__:
        for name, value in vars(sys.modules[base.__module__]).items():
            if name.startswith("load_tf_weights_in_"):
                return value  # type: ignore[no-any-return]
    raise ValueError(
        f"{cls.__name__} has no checkpoints of TensorFlow 1: give from_tf=True a folder with tf_model.h5"
    )


__all__ = ["TF1Checkpoint", "load_tf1", "tf1_prefix", "tf1_reader"]
