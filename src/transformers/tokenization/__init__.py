"""One engine room for all tokenizers; parts are loaded when asked for."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "AddedToken": "special_tokens",
    "BatchEncoding": "batch_encoding",
    "CharSpan": "batch_encoding",
    "PaddingStrategy": "enums",
    "PreTrainedTokenizer": "python",
    "PreTrainedTokenizerBase": "base",
    "PreTrainedTokenizerFast": "fast",
    "SpecialTokensMixin": "special_tokens",
    "TensorType": "enums",
    "TokenSpan": "batch_encoding",
    "TruncationStrategy": "enums",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


__all__ = [
    "AddedToken",
    "BatchEncoding",
    "CharSpan",
    "PaddingStrategy",
    "PreTrainedTokenizer",
    "PreTrainedTokenizerBase",
    "PreTrainedTokenizerFast",
    "SpecialTokensMixin",
    "TensorType",
    "TokenSpan",
    "TruncationStrategy",
]
