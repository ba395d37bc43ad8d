"""Weights of one model for a model of another framework, matched by name and shape as files are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..frameworks import face
from ..frameworks.core.recipe import numpy_dtype
from .checkpoint import Checkpoint, open_file
from .matching import CheckpointMismatchError, shorten
from .request import Request, in_model_form, plan_loading
from .state_dict import StateDict

_KERNELS = ("kernel", "depthwise_kernel")  # of Keras and Flax; no weight of ours is called so


class ForeignArrays(StateDict):
    """Arrays under the names that another framework's published models give them, with slashes."""

    def __init__(self, arrays: Mapping[str, Any], kind: str, *, whole_names: bool) -> None:
        super().__init__(arrays)
        self.foreign, self.whole_names = kind, whole_names


def checkpoint_of(arrays: Mapping[str, Any], kind: str) -> Checkpoint:
    """Arrays by path ("bert/pooler/dense/kernel") as a checkpoint: our names, or those of `kind`.

    kind: "tf" or "flax".
    """
    if any(name.rpartition("/")[2].partition(":")[0] in _KERNELS for name in arrays):
        return ForeignArrays(arrays, kind, whole_names=False)
    return StateDict({name.replace("/", "."): array for name, array in arrays.items()})


def network_of(model: Any) -> Any:
    """The module of a model: a face's, or a PyTorch model itself."""
    return vars(model).get("network", model)


def fitted(
    model: Any, checkpoint: Checkpoint, *, allow_missing: bool = True, skip_mismatch: bool = False
) -> tuple[dict[str, Any], dict[str, Any]]:
    """NumPy arrays by the names of the model's weights, and the loading info.

    Raises:
        CheckpointMismatchError: the checkpoint is not one of this model, or lacks weights and
            `allow_missing` is False.
    """
    module = network_of(model)
    places = {**module.state_dict(), **({} if module is model else face.slots(module))}
    expected = {name: tuple(int(size) for size in slot.shape) for name, slot in places.items()}
    checkpoint = in_model_form(module, checkpoint)
    request = Request(None, model.config, ignore_mismatched_sizes=skip_mismatch)
    plan = plan_loading(module, expected, checkpoint, request, type(model))
    if plan.missing and not allow_missing:
        raise CheckpointMismatchError(
            f"{type(model).__name__} has {len(plan.missing)} weights that the other model lacks: "
            f"{shorten(plan.missing)}; allow_missing_keys=True leaves them as they are"
        )
    found = {name: checkpoint.get(source) for name, source in plan.sources.items()}
    return found, plan.loading_info()


def fill_torch(model: Any, checkpoint: Checkpoint, *, allow_missing: bool = True) -> dict[str, Any]:
    """Put a checkpoint's weights into a PyTorch model; returns the loading info."""
    import torch

    found, info = fitted(model, checkpoint, allow_missing=allow_missing)
    own = model.state_dict()
    with torch.no_grad():
        for name, array in found.items():
            own[name].copy_(_tensor(array))
    model.tie_weights()
    return info


def fill_face(
    model: Any, checkpoint: Checkpoint, *, allow_missing: bool = True, skip_mismatch: bool = False
) -> dict[str, Any]:
    """Put a checkpoint's weights into a TensorFlow or NumPy model; returns the loading info."""
    import numpy as np

    found, info = fitted(model, checkpoint, allow_missing=allow_missing, skip_mismatch=skip_mismatch)
    for name, slot in face.slots(network_of(model)).items():
        if name in found:
            slot.set(np.asarray(found[name]).astype(numpy_dtype(slot.dtype.name)))
    return info


def open_all(paths: Any) -> Checkpoint:
    """A weight file, or several that belong together, by what their first bytes say."""

    listed: Iterable[Any] = paths if isinstance(paths, list | tuple) else [paths]
    files = [open_file(path) for path in listed]
    if len(files) > 1 or getattr(files[0], "foreign", None) == "tf":
        arrays = {name: file.get(name) for file in files for name in file}
        return checkpoint_of(arrays, "tf") if hasattr(files[0], "foreign") else StateDict(arrays)
    return files[0]


def _tensor(array: Any) -> Any:
    """An array as a PyTorch tensor; bfloat16, which NumPy hands over in no form PyTorch takes, as float32."""
    import numpy as np
    import torch

    array = np.asarray(array)
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return torch.tensor(array)


__all__ = ["ForeignArrays", "checkpoint_of", "fill_face", "fill_torch", "fitted", "network_of", "open_all"]
