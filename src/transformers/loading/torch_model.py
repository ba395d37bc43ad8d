"""Loading and saving of PyTorch models: built on the meta device, filled from the mapped file."""

from __future__ import annotations

import contextlib
import copy
import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..layers.base import parameter_place
from ..layers.buffers import evaluate
from ..quantization.methods import quantizer_of
from ..utils.typed_fields import dtype_name
from .checkpoint import Checkpoint
from .config_files import write_config
from .device_map import Placement, checked, place, whole_state
from .folder_update import replacing
from .language_adapters import adapt_loaded
from .matching import Plan
from .request import (
    Request,
    in_model_form,
    is_ours,
    open_request,
    parse,
    plan_loading,
    resolve_dtype,
    save_writing_settings,
    writing_settings,
)
from .saving import is_stale, save_checkpoint
from .tf1_files import tf1_prefix, tf1_reader
from .torch_meta import WithoutValues
from .torch_ties import aliases, constructed_ties

_HALVES = {torch.float16: "float16", torch.bfloat16: "bfloat16"}


@contextlib.contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Make floating-point parameters in `dtype`; raises ValueError for another kind of number."""
    before = torch.get_default_dtype()
    if not dtype.is_floating_point:
        raise ValueError(f"a model's dtype must be of floating point, got {dtype}")
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def _on_meta() -> Iterator[None]:
    """Build without memory; what PyTorch refuses then (sizes that overflow, 0) is the config's fault."""
    try:
        with torch.device("meta"):
            yield
    except (RuntimeError, AssertionError, IndexError) as error:
        raise ValueError(f"the config describes no possible model: {error}") from error


def fresh(cls: Any, config: Any, **kwargs: Any) -> Any:
    """See `PreTrainedModel._from_config`."""
    config = copy.deepcopy(config)
    chosen = [kwargs.pop(name) for name in ("dtype", "torch_dtype") if name in kwargs]
    if (attention := kwargs.pop("attn_implementation", None)) is not None:
        config._attn_implementation = attention
    chosen = [value for value in chosen if value is not None] or [config.dtype or "float32"]
    name = dtype_name(chosen[0])
    config.dtype = name = "float32" if name == "auto" else name
    with default_dtype(getattr(torch, name)):
        model = cls(config, **kwargs)
    return _finish(model)


def load(cls: Any, name: Any, *model_args: Any, **kwargs: Any) -> Any:
    """See `PreTrainedModel.from_pretrained`."""
    if torch.get_default_device().type == "meta":
        raise RuntimeError(
            "You are using `from_pretrained` with a meta device context manager, where weights have no "
            "values: leave the context, or make an empty model by `AutoModel.from_config(config)` inside it"
        )
    request = parse(cls, name, kwargs)
    if checked(request.device_map) is not None and request.tp_plan is not None:
        raise ValueError("give device_map or tp_plan, and not both")
    if (prefix := tf1_prefix(request)) is not None:
        return _from_tf1(cls, request, prefix)
    quantizer = quantizer_of(request.config, request.quantization)
    checkpoint = open_request(request, whole=False)
    request.dtype = quantizer.settle_dtype(request.dtype, request.config)
    request.config.dtype = name = resolve_dtype(request, checkpoint)
    for part in request.config.sub_configs:
        getattr(request.config, part).dtype = name
    dtype = getattr(torch, name)
    # A user's class may compute buffers in its constructor, which the meta device would lose.
    where = _on_meta() if is_ours(cls) else contextlib.nullcontext()
    with where, WithoutValues(), default_dtype(dtype):
        model = cls(request.config, *model_args, **request.model_kwargs)
    if not is_ours(cls):
        model.tie_weights()  # a user's class may tie by a method of its own
        model._ties = {**model._ties, **constructed_ties(model)}
    quantizer.prepare(model, checkpoint)
    expected = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    expected = quantizer.expected(model, expected, checkpoint)
    checkpoint = in_model_form(model, quantizer.view(checkpoint, model, expected))
    plan = plan_loading(model, expected, checkpoint, request, cls)
    _start_missing(model, plan, dtype)
    quantizer.start(model, checkpoint, plan)
    _assign(model, plan, checkpoint, dtype, quantizer)
    evaluate(model)
    model.tie_weights()
    adapt_loaded(model, request, "pt", lambda module, arrays: module._put_parameters(arrays))
    _finish(model)
    quantizer.finish(model)
    model.generation_config = writing_settings(model, request)
    _place(model, request, checkpoint, plan)
    return (model, plan.loading_info()) if request.output_loading_info else model


def _from_tf1(cls: Any, request: Request, prefix: str) -> Any:
    """A model out of a TensorFlow 1 checkpoint; of such there is no loading info."""
    read = tf1_reader(cls)
    model = fresh(cls, request.config, dtype=request.dtype, **request.model_kwargs)
    read(model, request.config, prefix)
    model.generation_config = writing_settings(model, request)
    return (model, None) if request.output_loading_info else model


def _place(model: Any, request: Request, checkpoint: Checkpoint, plan: Plan) -> None:
    """Put a filled model on its devices, or leave this process its share."""
    options = request.max_memory, request.offload_folder, bool(request.offload_buffers)
    place(model, Placement(request.device_map, *options), checkpoint, plan)
    if request.tp_plan is not None:
        from ..integrations.tensor_parallel import share

        share(model, request.tp_plan, request.tp_size, request.device_mesh)


def _finish(model: Any) -> Any:
    """Evaluation mode, and float32 where the architecture insists on it."""
    for name, parameter in model.named_parameters():
        if parameter.dtype in _HALVES and model.keeps_float32(name, _HALVES[parameter.dtype]):
            parameter.data = parameter.data.to(torch.float32)
    return model.eval()


def _start_missing(model: Any, plan: Plan, dtype: torch.dtype) -> None:
    """Give parameters that the checkpoint lacks memory and initial values."""
    anew = {name for name in (*plan.missing, *(key for key, _, _ in plan.mismatched))}
    places = {name: parameter_place(model, name) for name in plan.silent}
    anew |= {name for name, (owner, own) in places.items() if getattr(owner, own).is_meta}
    anew -= set(model.active_ties())
    for name in anew:
        owner, own = parameter_place(model, name)
        old = getattr(owner, own)
        if old.is_meta:
            value = torch.full(old.shape, float("nan"), dtype=old.dtype) if old.is_floating_point() else None
            value = torch.zeros(old.shape, dtype=old.dtype) if value is None else value
            setattr(
                owner, own, nn.Parameter(value, old.requires_grad) if isinstance(old, nn.Parameter) else value
            )
    above = {".".join(name.split(".")[:depth]) for name in anew for depth in range(name.count(".") + 1)}
    with WithoutValues():
        for path, module in reversed(list(model.named_modules())):
            if path in above:
                model._init_weights(module)


def _assign(model: Any, plan: Plan, checkpoint: Checkpoint, dtype: torch.dtype, quantizer: Any) -> None:
    """Put the checkpoint's tensors into the model: the mapped memory itself where the dtype is right."""
    done: dict[str, torch.Tensor] = {}
    ties = model.active_ties()
    for name, key in plan.sources.items():
        read = functools.partial(checkpoint.get, key, "pt")
        if name in ties or quantizer.takes(model, name, read, dtype, checkpoint):
            continue
        owner, own = parameter_place(model, name)
        old = getattr(owner, own)
        value = done.get(key)
        if value is None:
            value = checkpoint.get(key, "pt")
            if own == "weight" and getattr(owner, "awaits_weight", False):
                owner.take(value)
                continue
            fixed = not old.is_floating_point() or own in getattr(owner, "fixed_dtypes", ())
            value = value.to(old.dtype if fixed else dtype)
            done[key] = value
        if isinstance(old, nn.Parameter):
            owner._parameters[own] = nn.Parameter(value, requires_grad=old.requires_grad)
        else:
            owner._buffers[own] = value


def whole(
    model: Any, state_dict: Mapping[str, torch.Tensor] | None, writes: bool
) -> AbstractContextManager[tuple[Mapping[str, torch.Tensor] | None, bool]]:
    """(weights to save or None for the model's own, whether this process saves them) while it does."""
    inner = getattr(model, "module", model)
    if state_dict is None and (inner.tp_size or 1) > 1:
        from ..integrations.tensor_parallel import gathered

        return gathered(inner, writes)
    return contextlib.nullcontext((state_dict, writes))


def save(
    model: Any,
    folder: Path,
    state_dict: Mapping[str, torch.Tensor] | None,
    max_shard_size: int | str,
    safe: bool,
    variant: str | None,
) -> None:
    """See `PreTrainedModel.save_pretrained`."""
    if folder.is_file():
        raise ValueError(f"save_directory must be a folder, got the file {folder}")
    model = getattr(model, "module", model)
    if model.is_quantized and not model.hf_quantizer.is_serializable(safe):
        method = getattr(model.quantization_method, "value", model.quantization_method)
        raise ValueError(
            f"weights quantised by {method} cannot be saved: call dequantize() "
            "first, or quantise with WeightOnlyConfig"
        )
    with replacing(folder, functools.partial(is_stale, safe=safe, variant=variant)) as place:
        _write(model, place, state_dict, max_shard_size, safe, variant)


def _write(
    model: Any,
    folder: Path,
    state_dict: Mapping[str, torch.Tensor] | None,
    max_shard_size: int | str,
    safe: bool,
    variant: str | None,
) -> None:
    """Write the files of a model into an empty folder."""
    save_writing_settings(model, folder)
    config = copy.deepcopy(model.config)
    config.architectures = [type(model).__name__]
    config.dtype = str(model.dtype).rpartition(".")[2]
    arrays, metadata = whole_state(model) if state_dict is None else dict(state_dict), {}
    if model.is_quantized and state_dict is None:
        changed, metadata = model.hf_quantizer.get_state_dict_and_metadata(model, safe)
        arrays = arrays if changed is None else changed
    for pattern in model._keys_to_ignore_on_save or ():
        arrays = {name: tensor for name, tensor in arrays.items() if not re.search(pattern, name)}
    shared = aliases(model, arrays)
    if getattr(model, "_auto_class", None) is not None:
        from ..dynamic_module_utils import custom_object_save

        custom_object_save(model, folder, config)
    save_checkpoint(
        folder,
        {name: tensor for name, tensor in arrays.items() if name not in shared},
        max_shard_size=max_shard_size,
        safe=safe,
        metadata={"format": "pt", **metadata},
        variant=variant,
        aliases=shared,
    )
    write_config(config, folder)


__all__ = ["default_dtype", "fresh", "load", "save"]
