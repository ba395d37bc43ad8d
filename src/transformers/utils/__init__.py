"""Logging, errors, optional packages and small helpers, under the names that the field knows.

Everything is loaded on first use: `from transformers.utils import logging` costs nothing but logging.
"""

from __future__ import annotations

import importlib
from typing import Any

# Looked through in this order for a name in their `__all__`.
_PARTS = (
    "constants",
    "availability",
    "torch_features",
    "generic",
    "tensors",
    "errors",
    "environment",
    "optional",
    "json_schema",
    "quantization_config",
    "versions",
    "model_code",
)
# Published names that live higher up, as (module, attribute); loaded when asked for.
_ABOVE: dict[str, tuple[str, str]] = {
    "EntryNotFoundError": ("huggingface_hub.errors", "EntryNotFoundError"),
    "ModelOutput": ("transformers.modeling_outputs", "ModelOutput"),
    "PushToHubMixin": ("transformers.loading.hub", "PushToHubMixin"),
    "RepositoryNotFoundError": ("huggingface_hub.errors", "RepositoryNotFoundError"),
    "RevisionNotFoundError": ("huggingface_hub.errors", "RevisionNotFoundError"),
    "__version__": ("transformers", "__version__"),
    "can_return_tuple": ("transformers.layers.base", "can_return_tuple"),
    "cached_file": ("transformers.loading.hub", "cached_file"),
    "cached_files": ("transformers.loading.hub", "cached_files"),
    "extract_commit_hash": ("transformers.loading.hub", "extract_commit_hash"),
    "has_file": ("transformers.loading.hub", "has_file"),
    "http_user_agent": ("transformers.loading.hub", "http_user_agent"),
}
# Folders of the environment, worked out when asked for: function of `environment`.
_FOLDERS = {
    "HF_MODULES_CACHE": "modules_cache",
    "PYTORCH_PRETRAINED_BERT_CACHE": "hub_cache",
    "PYTORCH_TRANSFORMERS_CACHE": "hub_cache",
    "TRANSFORMERS_CACHE": "hub_cache",
    "default_cache_path": "hub_cache",
}
_SUBMODULES = (*_PARTS, "deprecation", "logging")


def _part(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return _part(name)
    if name in _FOLDERS:
        return getattr(_part("environment"), _FOLDERS[name])()
    if name in _ABOVE:
        module, attribute = _ABOVE[name]
        try:
            return getattr(importlib.import_module(module), attribute)
        except ImportError as error:
            raise AttributeError(
                f"transformers.utils.{name} comes from {module}, which fails: {error}"
            ) from error
    if not name.startswith("__"):
        for part in map(_part, _PARTS):
            if name in part.__all__:
                value = globals()[name] = getattr(part, name)
                return value
    hint = "" if name.startswith("__") else _part("errors").did_you_mean(name, __dir__())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{hint}")


def __dir__() -> list[str]:
    names = {name for part in map(_part, _PARTS) for name in part.__all__}
    return sorted(names.union(_SUBMODULES, _ABOVE, _FOLDERS))
