"""Placing the parts of a PyTorch model on several devices, in memory and on the disk, through accelerate."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..utils.optional import require
from .checkpoint import Checkpoint, ShardedCheckpoint
from .matching import Plan
from .safetensors_reader import SafetensorsFile

STRATEGIES = ("auto", "balanced", "balanced_low_0", "sequential")


@dataclass
class Placement:
    """How `from_pretrained` shall place a model.

    device_map: a device, a name of `STRATEGIES`, or {path of a module: device, "cpu" or "disk"}.
    max_memory: {device: bytes, or text such as "10GB"} that a strategy may fill.
    offload_folder: where weights of "disk" are put that cannot be read from the checkpoint again and again.
    offload_buffers: whether buffers leave their device with the weights.
    """

    device_map: Any = None
    max_memory: Mapping[Any, Any] | None = None
    offload_folder: str | os.PathLike[str] | None = None
    offload_buffers: bool = False


def checked(device_map: Any) -> Any:
    """A strategy's name, or {path: device}, or None.

    Raises:
        ValueError: no such device, or a negative number.
    """
    import torch

    if device_map is None or (isinstance(device_map, str) and device_map in STRATEGIES):
        return device_map
    if isinstance(device_map, Mapping):
        return {path: device_map[path] for path in device_map}
    if isinstance(device_map, int):
        if device_map < 0:
            raise ValueError(f"device_map is the number of a GPU, from 0 on, or 'cpu'; got {device_map}")
        return {"": device_map}
    try:
        return {"": torch.device(device_map)}
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"device_map must be a device, {', '.join(map(repr, STRATEGIES))}, or a dict from modules to "
            f"devices; got {device_map!r}"
        ) from error


def accelerate(wanted: str) -> Any:
    """The package accelerate.

    Raises:
        ImportError: it is not installed; `wanted` tells what needs it.
    """
    require("accelerate", wanted)
    return importlib.import_module("accelerate")


def place(model: Any, placement: Placement, checkpoint: Checkpoint, plan: Plan) -> None:
    """Put a loaded model where a `Placement` says, and note the map as `model.hf_device_map`.

    Raises:
        ImportError: accelerate is not installed, and several devices are asked for.
        ValueError: the map leaves a part out or names one that there is not; the architecture cannot be
            split; weights go to the disk and there is no folder for them.
    """
    wanted = checked(placement.device_map)
    if wanted is None:
        return
    if isinstance(wanted, str):
        wanted = planned(model, wanted, placement)
    devices = {str(device) for device in wanted.values()}
    if len(devices) == 1 and devices != {"disk"}:
        model.to(next(iter(wanted.values())))
        model.hf_device_map = wanted
        return
    _check_paths(model, wanted)
    _dispatch(model, wanted, placement, checkpoint, plan)


def planned(model: Any, strategy: str, placement: Placement) -> dict[str, Any]:
    """The map that a strategy makes of the devices there are.

    Raises:
        ImportError: accelerate is not installed, and there is more to choose from than the processor.
        ValueError: the architecture does not say which of its blocks must stay whole.
    """
    import torch

    devices = [device for device in placement.max_memory or () if device != "cpu"]
    if not devices and not torch.accelerator.is_available() and not placement.max_memory:
        return {"": torch.device("cpu")}
    whole = unsplit(model, strategy)
    tools = accelerate(f"device_map={strategy!r}").utils
    options: dict[str, Any] = {"no_split_module_classes": whole, "dtype": model.dtype}
    kept = {
        n: p.dtype for n, p in model.named_parameters() if p.dtype != model.dtype and p.is_floating_point()
    }
    memory = dict(placement.max_memory) if placement.max_memory else None
    if strategy == "sequential":
        memory = tools.get_max_memory(memory)
    else:
        memory = tools.get_balanced_memory(
            model, max_memory=memory, low_zero=strategy == "balanced_low_0", **options
        )
    found: dict[str, Any] = accelerate("device_map").infer_auto_device_map(
        model,
        max_memory=memory,
        special_dtypes=kept,
        offload_buffers=placement.offload_buffers,
        **options,
    )
    return dict(found)


def unsplit(model: Any, strategy: str) -> list[str]:
    """Names of the classes whose modules must stay on one device.

    Raises:
        ValueError: an architecture in the model declares none.
    """
    from ..layers.base import ModelBase

    found: set[str] = set()
    for part in model.modules():
        if not isinstance(part, ModelBase):
            continue
        if part._no_split_modules is None:
            raise ValueError(
                f"{type(part).__name__} cannot be split by device_map={strategy!r}: name one device, or give "
                "a dict from modules to devices"
            )
        found |= set(part._no_split_modules)
    return sorted(found)


def _check_paths(model: Any, device_map: Mapping[str, Any]) -> None:
    """Raise ValueError unless a map's paths are there, and all weights lie below one of them."""
    saved = list(model.state_dict())
    if unknown := sorted(set(device_map) - {name for name, _ in model.named_modules()} - set(saved)):
        raise ValueError(f"device_map names {unknown[0]!r}, which {type(model).__name__} does not have")
    left = [name for name in saved if _below(name, device_map) is None]
    if left:
        raise ValueError(f"device_map leaves {left[0]!r} without a device ({len(left)} weights in all)")


def _below(name: str, device_map: Mapping[str, Any]) -> str | None:
    """The longest path of a map that a weight lies below."""
    pieces = name.split(".")
    above = (".".join(pieces[:depth]) for depth in range(len(pieces), -1, -1))
    return next((path for path in above if path in device_map), None)


def _dispatch(
    model: Any, device_map: dict[str, Any], placement: Placement, checkpoint: Checkpoint, plan: Plan
) -> None:
    package = accelerate("a device_map of several devices")
    on_disk = [
        name
        for name, _ in model.named_parameters(remove_duplicate=False)
        if device_map[_below(name, device_map) or ""] == "disk"
    ]
    options: dict[str, Any] = {"offload_buffers": placement.offload_buffers}
    if "disk" in device_map.values():
        index = _index(model, on_disk, checkpoint, plan)
        if index is None or placement.offload_buffers:
            if placement.offload_folder is None:
                raise ValueError(
                    f"device_map puts {len(on_disk)} weights on the disk that cannot be read from the "
                    "checkpoint as they are: give an offload_folder"
                )
            os.makedirs(placement.offload_folder, exist_ok=True)
            options["offload_dir"] = os.fspath(placement.offload_folder)
        else:
            options["offload_index"] = index
    if (skip := model._skip_keys_device_placement) is not None:
        options["skip_keys"] = skip
    package.dispatch_model(model, device_map=device_map, **options)


def _index(model: Any, names: list[str], checkpoint: Checkpoint, plan: Plan) -> dict[str, Any] | None:
    """Where accelerate reads weights, {name: file and name there}; None where files have not all of them."""
    ties, index = model.active_ties(), {}
    for name in names:
        key = plan.sources.get(ties.get(name, name), plan.sources.get(name))
        path = None if key is None else _file(checkpoint, key)
        if path is None or key is None:
            return None
        dtype = str(model.get_parameter(name).dtype).rpartition(".")[2]
        index[name] = {"safetensors_file": path, "weight_name": key, "dtype": dtype}
    return index


def _file(checkpoint: Checkpoint, key: str) -> str | None:
    """The safetensors file that holds a tensor just so; None where there is none such."""
    if isinstance(checkpoint, ShardedCheckpoint):
        return _file(checkpoint.file_of(key), key)
    return os.fspath(checkpoint.path) if isinstance(checkpoint, SafetensorsFile) else None


def whole_state(model: Any) -> dict[str, Any]:
    """The state dict of a model, with weights that lie on the disk or were offloaded read back."""
    state = dict(model.state_dict())
    if getattr(model, "hf_device_map", None) is None or not any(t.is_meta for t in state.values()):
        return state
    package = accelerate("saving an offloaded model")
    return dict(package.utils.modeling.get_state_dict_offloaded_model(model))


def execution_device(model: Any) -> Any:
    """The device that a dispatched model computes on first; None where it was not dispatched."""
    hook = model.__dict__.get("_hf_hook")
    return getattr(hook, "execution_device", None)


__all__ = [
    "Placement",
    "STRATEGIES",
    "checked",
    "execution_device",
    "place",
    "planned",
    "unsplit",
    "whole_state",
]
