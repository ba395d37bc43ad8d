"""What every `from_pretrained` of a model works out before arrays are touched.

Config, options, policy, plan.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..quantization.methods import asked_for
from ..quantization.reading import PackedCheckpoint
from ..utils import logging
from ..utils.typed_fields import dtype_name
from .checkpoint import Checkpoint, foreign_kinds, open_checkpoint
from .conversions import converted
from .matching import Plan, Policy, match, shorten
from .plausible import check_depth
from .state_dict import StateDict

# Published names of the loggers that tell of weights without a value, by which programs silence them.
_LOGGERS = {
    framework: f"{__name__.partition('.')[0]}.modeling_{word}utils"
    for framework, word in (("pt", ""), ("tf", "tf_"), ("flax", "flax_"), ("np", ""))
}

_PLACE = ("cache_dir", "force_download", "local_files_only", "token", "revision", "subfolder")
# Keywords of the published signature that choose a way of doing what this library does anyway.
_WITHOUT_EFFECT = (
    "_commit_hash", "_fast_init", "_from_auto", "_from_pipeline", "adapter_kwargs", "from_pt",
    "key_mapping", "low_cpu_mem_usage", "mirror",
    "offload_state_dict", "proxies", "resume_download", "trust_remote_code", "weights_only",
)  # fmt: skip
# Where a model is put, and how it is split.
_PLACING = (
    "device_map", "max_memory", "offload_folder", "offload_buffers", "tp_plan", "tp_size", "device_mesh",
)  # fmt: skip
# Cross-attention, which a decoder made of a checkpoint without it has to learn.
_CROSS = (r"(^|\.)(crossattention|ln_cross_attn)\.",)

_COUNTER = r"(^|\.)num_batches_tracked$"  # batch norms of PyTorch before 0.4.1, and of others, do not count


@dataclass
class Request:
    """One call of `from_pretrained`, taken apart.

    config: of the model to be built.  quantization: the caller's `quantization_config`.
    dtype: plain name, "auto" or None.  place: where on the hub.  foreign, also: as for `open_checkpoint`.
    model_kwargs: what is left for the model's constructor.
    """

    name: str | os.PathLike[str] | None
    config: Any
    dtype: str | None = None
    place: dict[str, Any] = field(default_factory=dict)
    state_dict: Mapping[str, Any] | None = None
    variant: str | None = None
    use_safetensors: bool | None = None
    foreign: str | None = None
    also: tuple[str, ...] = ()
    ignore_mismatched_sizes: bool = False
    output_loading_info: bool = False
    device_map: Any = None
    max_memory: Any = None
    offload_folder: Any = None
    offload_buffers: bool | None = None
    tp_plan: Any = None
    tp_size: int | None = None
    device_mesh: Any = None
    generation_config: Any = None
    quantization: Any = None
    model_kwargs: dict[str, Any] = field(default_factory=dict)


def parse(cls: Any, name: str | os.PathLike[str] | None, kwargs: dict[str, Any]) -> Request:
    """Read the keywords of `cls.from_pretrained(name, **kwargs)`.

    Raises:
        ValueError: neither a name nor `config` and `state_dict`; both dtype spellings; an unsupported
        keyword.
    """
    for key in _WITHOUT_EFFECT:
        kwargs.pop(key, None)
    if (old := kwargs.pop("use_auth_token", None)) is not None:
        kwargs.setdefault("token", old)
    if kwargs.pop("use_kernels", False):
        raise ValueError("use_kernels=True would run code from the hub: register a kernel instead")
    quantization = asked_for(kwargs)
    place = {key: kwargs.pop(key) for key in _PLACE if kwargs.get(key) is not None or kwargs.pop(key, None)}
    chosen = [kwargs.pop(key) for key in ("dtype", "torch_dtype") if key in kwargs]
    chosen = [value for value in chosen if value is not None]
    if len({dtype_name(value) for value in chosen}) > 1:
        raise ValueError(f"dtype and torch_dtype are one thing; got {chosen[0]} and {chosen[1]}")
    names = ("state_dict", "variant", "use_safetensors", *_PLACING, "generation_config")
    options: dict[str, Any] = {key: kwargs.pop(key, None) for key in names}
    flags = {key: bool(kwargs.pop(key, False)) for key in ("ignore_mismatched_sizes", "output_loading_info")}
    options["foreign"], options["also"] = foreign_kinds(cls.framework, kwargs)
    if (gguf := kwargs.pop("gguf_file", None)) is not None and name is not None:
        from .hub import cached_file

        name = cached_file(name, gguf, **place)
    config, rest = _config(cls, name, kwargs, place)
    if name is None and options["state_dict"] is None:
        raise ValueError(
            f"{cls.__name__}.from_pretrained needs a name, a folder or a file, or config and state_dict"
        )
    dtype = dtype_name(chosen[0]) if chosen else None
    options["quantization"] = quantization
    return Request(name, config, dtype, place, model_kwargs=rest, **{**options, **flags})


def _config(
    cls: Any, name: str | os.PathLike[str] | None, kwargs: dict[str, Any], place: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The config of the model, and the keywords that are not about it."""
    given = kwargs.pop("config", None)
    attention = kwargs.pop("attn_implementation", None)
    if given is None or isinstance(given, str | os.PathLike):
        source = name if given is None else given
        if source is None:
            raise ValueError(f"{cls.__name__}.from_pretrained(None, ...) needs a config")
        if os.path.isfile(source) and not os.fspath(source).endswith((".json", ".gguf")):
            source = os.path.dirname(os.path.abspath(source))
        config, rest = cls.config_class.from_pretrained(source, return_unused_kwargs=True, **place, **kwargs)
        same = source == name
    else:
        config = copy.deepcopy(given)
        same = name is not None and config.name_or_path == os.fspath(name) and "revision" not in place
        known = [key for key in kwargs if hasattr(config, key)]
        for key in known:
            setattr(config, key, kwargs.pop(key))
        rest = kwargs
    if attention is not None:
        config._attn_implementation = attention
    if same and config._commit_hash is not None:
        place["revision"] = config._commit_hash  # config and weights of one commit, whatever is pushed now
    if name is not None:
        config.name_or_path = os.fspath(name)
    return config, rest


def writing_settings(model: Any, request: Request) -> Any:
    """The `generation_config` of a loaded model; None where it does not predict tokens."""
    if not model.can_generate():
        return None
    from ..generation.model_defaults import loaded

    return loaded(model, request.config, request.name, request.generation_config, **request.place)


def save_writing_settings(model: Any, folder: Path) -> None:
    """Write generation_config.json of a model that predicts tokens."""
    if model.can_generate():
        from ..generation.model_defaults import save

        save(model, folder)


def open_request(request: Request, whole: bool = True) -> Checkpoint:
    """The checkpoint that a request names; with `whole`, quantised weights are read as whole ones."""
    checkpoint: Checkpoint
    if request.state_dict is not None:
        checkpoint = StateDict(request.state_dict)
    else:
        checkpoint = open_checkpoint(
            os.fspath(request.name or ""),
            variant=request.variant,
            use_safetensors=request.use_safetensors,
            foreign=request.foreign,
            also=request.also,
            **request.place,
        )
    check_depth(request.config, checkpoint)
    if whole:
        from ..quantization.reading import made_whole

        checkpoint = made_whole(checkpoint, request)
    return checkpoint


def file_dtype(checkpoint: Checkpoint) -> str:
    """The dtype that most floating-point elements of a checkpoint have."""
    counts: dict[str, int] = {}
    for name in checkpoint:
        info = checkpoint.info(name)
        if "float" in info.dtype:
            counts[info.dtype] = counts.get(info.dtype, 0) + info.nbytes
    return max(counts, key=lambda key: counts[key]) if counts else "float32"


def resolve_dtype(request: Request, checkpoint: Checkpoint) -> str:
    """The plain name of the dtype to load in; float32 unless the caller chose."""
    if request.dtype != "auto":
        return request.dtype or "float32"
    named = request.config.dtype
    named = dtype_name(named) if not isinstance(named, dict) else None
    return named if named not in (None, "auto") else file_dtype(checkpoint)


def in_model_form(model: Any, checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint as the model names and shapes it, with the transforms that its class declares."""
    if (kind := getattr(checkpoint, "foreign", None)) is not None:
        from .foreign_names import ForeignCheckpoint

        return ForeignCheckpoint(checkpoint, model, kind)
    if isinstance(checkpoint, PackedCheckpoint):
        checkpoint.fit(model)
    rules = [rule for rule in model._renames if len(rule) > 2]
    return converted(checkpoint, rules, model.state_dict()) if rules else checkpoint


def is_ours(cls: type) -> bool:
    """Whether a model class is the library's own, not a user's subclass."""
    return cls.__module__.partition(".")[0] == __name__.partition(".")[0]


def plan_loading(
    model: Any, expected: Mapping[str, tuple[int, ...]], checkpoint: Checkpoint, request: Request, cls: Any
) -> Plan:
    """Match the model's names and shapes with the checkpoint's.

    model: the torch-API module, whose class says what may be missing.

    Raises:
        CheckpointMismatchError: they do not fit.
    """
    policy = Policy(
        base_model_prefix=model.base_model_prefix,
        renames=tuple(rule for rule in model._renames if len(rule) == 2),
        ties={**model._file_aliases, **model.active_ties()},
        optional_prefixes=tuple(f"{name}." for name in model._optional_modules),
        optional_patterns=_CROSS if request.config.add_cross_attention else (),
        silent_prefixes=tuple(f"{name}." for name in model._head_modules),
        ignored_missing=(_COUNTER, *(getattr(model, "_keys_to_ignore_on_load_missing", None) or ())),
        ignored_unexpected=(
            *model._ignored_keys,
            *(getattr(model, "_keys_to_ignore_on_load_unexpected", None) or ()),
        ),
        user_prefixes=() if is_ours(cls) else _added(model, type(model), request),
        ignore_mismatched_sizes=request.ignore_mismatched_sizes,
        reporting=request.output_loading_info,
    )
    plan = match(expected, {name: tuple(checkpoint.info(name).shape) for name in checkpoint}, policy)
    whole = [
        name
        for name, parameter in model.named_parameters()
        if parameter.dtype.is_floating_point
        and name in plan.sources
        and not checkpoint.info(plan.sources[name]).dtype.startswith(("float", "bfloat"))
    ]
    if whole:
        plan.errors.append(f"{len(whole)} are not floating-point numbers (quantised?): {shorten(whole)}")
    place = "the given state_dict" if request.name is None else request.name
    plan.check(cls.__name__, place)
    if (line := plan.notice(cls.__name__, place)) is not None:
        logging.get_logger(_LOGGERS[cls.framework]).warning(line)
    return plan


def _added(model: Any, cls: type, request: Request) -> tuple[str, ...]:
    """Top-level parts that a user's subclass of one of our models adds to it."""
    ours = [base for base in cls.__mro__ if is_ours(base)]
    parent: Any = next((base for base in ours if hasattr(base, "config_class")), None)
    if parent is None or not any("forward" in vars(base) for base in ours):
        return ()
    inherited = set(dict(parent(request.config).named_children()))
    return tuple(f"{name}." for name, _ in model.named_children() if name not in inherited)


__all__ = [
    "Request",
    "StateDict",
    "file_dtype",
    "in_model_form",
    "open_request",
    "parse",
    "plan_loading",
    "resolve_dtype",
]
