"""One engine room for all tokenizers; parts are loaded when asked for."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "AddedToken": "special_tokens",
    "BatchEncoding": "batch_encoding",
    "CharSpan": "batch_encoding",
    "EncodedInput": "text_input",
    "EncodedInputPair": "text_input",
    "LARGE_INTEGER": "options",
    "PaddingStrategy": "enums",
    "PreTokenizedInput": "text_input",
    "PreTokenizedInputPair": "text_input",
    "PreTrainedTokenizer": "python",
    "PreTrainedTokenizerBase": "base",
    "PreTrainedTokenizerFast": "fast",
    "SpecialTokensMixin": "special_tokens",
    "TensorType": "enums",
    "TextInput": "text_input",
    "TextInputPair": "text_input",
    "TokenSpan": "batch_encoding",
    "Trie": "trie",
    "TruncationStrategy": "enums",
    "VERY_LARGE_INTEGER": "options",
}
# Published names of file names.
_FILES = {
    "ADDED_TOKENS_FILE": "ADDED_TOKENS_FILE",
    "CHAT_TEMPLATE_FILE": "TEMPLATE_FILE",
    "FULL_TOKENIZER_FILE": "FULL_FILE",
    "SPECIAL_TOKENS_MAP_FILE": "SPECIAL_TOKENS_FILE",
    "TOKENIZER_CONFIG_FILE": "CONFIG_FILE",
}


def __getattr__(name: str) -> Any:
    if name in _FILES:
        return getattr(importlib.import_module(".files", __name__), _FILES[name])
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
