"""Text of a given form: a JSON schema, a regular expression or a grammar decides which tokens may come next.

The forms are understood by the library llguidance, an optional extra.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Mapping
from typing import Any

_TOKENIZERS: weakref.WeakKeyDictionary[Any, dict[int, Any]] = weakref.WeakKeyDictionary()


class StructuredOutputLogitsProcessor:
    """Forbids every token that would leave the form; the end of the text comes only where the form allows it.

    Serves one call of `generate`, in any framework, also with beams and with several rows.

    Args:
        tokenizer: the model's, a fast one.
        json_schema: a JSON schema, as a dict or as text; True for any JSON.
        regex: a regular expression that the whole text matches.
        grammar: a context-free grammar in Lark's notation.

    Raises:
        ImportError: llguidance is not installed.
        TypeError: the tokenizer is not a fast one.
        ValueError: not exactly one form was given, or it is not valid.

    Example:
        StructuredOutputLogitsProcessor(tokenizer, regex="[0-9]{4}-[0-9]{2}")
    """

    def __init__(
        self,
        tokenizer: Any,
        *,
        json_schema: Mapping[str, Any] | str | bool | None = None,
        regex: str | None = None,
        grammar: str | None = None,
    ) -> None:
        library = guidance()
        if not getattr(tokenizer, "is_fast", False):
            raise TypeError(f"structured output needs a fast tokenizer, got {type(tokenizer).__name__}")
        given = {"json_schema": json_schema, "regex": regex, "grammar": grammar}
        named = [name for name, value in given.items() if value is not None]
        if len(named) != 1:
            found = " and ".join(named) or "none"
            raise ValueError(f"give one of json_schema, regex and grammar, got {found}")
        matcher = library.LLMatcher
        try:
            if json_schema is not None:
                form = matcher.grammar_from_json_schema(_schema_text(json_schema))
            elif regex is not None:
                form = matcher.grammar_from_regex(regex)
            else:
                form = matcher.grammar_from_lark(grammar)
            problem = matcher.validate_grammar(form)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{named[0]} is not valid: {error}") from error
        if problem:
            raise ValueError(f"{named[0]} is not valid: {problem}")
        self._tokenizer, self._form = tokenizer, form
        self._prompt = -1
        self._states: dict[tuple[int, tuple[int, ...]], Any] = {}

    def __call__(self, input_ids: Any, scores: Any, cur_len: Any = None) -> Any:
        """Scores (B, V) with -inf for what may not follow the ids (B, T)."""
        import numpy as np

        ids = _numpy(input_ids)
        if cur_len is not None:
            ids = ids[:, : int(cur_len)]
        if self._prompt < 0:
            self._prompt = ids.shape[1]
        size = int(scores.shape[-1])
        allowed = np.zeros((len(ids), size), dtype=bool)
        states = {}
        for index, row in enumerate(ids):
            key = (size, tuple(int(token) for token in row[self._prompt :]))
            state = states[key] = self._state(key)
            allowed[index] = self._allowed(state, size)
        self._states = {**{k: v for k, v in self._states.items() if len(k[1]) + 1 >= len(key[1])}, **states}
        return _filtered(scores, allowed)

    def _state(self, key: tuple[int, tuple[int, ...]]) -> Any:
        """The matcher after the tokens of a row; None once the text is at its end."""
        if key in self._states:
            return self._states[key]
        size, tokens = key
        if not tokens:
            return guidance().LLMatcher(wrapped(self._tokenizer, size), self._form)
        before = self._state((size, tokens[:-1]))
        if before is None or before.is_stopped():
            return None
        state = before.deep_copy()
        return state if state.consume_token(tokens[-1]) else None

    def _allowed(self, state: Any, size: int) -> Any:
        import numpy as np

        if state is None or state.is_stopped():
            end = self._tokenizer.eos_token_id
            return np.ones(size, dtype=bool) if end is None else np.arange(size) == end
        bits = np.frombuffer(state.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(bits, bitorder="little")[:size].astype(bool)


def guidance() -> Any:
    """The library that understands forms.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import llguidance
    except ImportError as error:
        raise ImportError("structured output needs the library llguidance: pip install llguidance") from error
    return llguidance


def wrapped(tokenizer: Any, size: int) -> Any:
    """The tokenizer as llguidance sees it, for a model with `size` scores; made once."""
    kept = _TOKENIZERS.setdefault(tokenizer, {})
    if size not in kept:
        import llguidance.hf

        kept[size] = llguidance.hf.from_tokenizer(tokenizer, n_vocab=size)
    return kept[size]


def _schema_text(schema: Mapping[str, Any] | str | bool) -> str:
    if isinstance(schema, bool):
        return "{}"
    return schema if isinstance(schema, str) else json.dumps(schema)


def _numpy(value: Any) -> Any:
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value.a if hasattr(value, "a") else value)


def _filtered(scores: Any, allowed: Any) -> Any:
    """Scores with -inf where `allowed` is False, in the array's own library."""
    import numpy as np

    if hasattr(scores, "masked_fill"):  # PyTorch's tensors, and the loop's
        kind = type(scores)
        mask = kind._wrap(allowed) if hasattr(kind, "_wrap") else _torch_mask(allowed, scores)
        return scores.masked_fill(~mask, -float("inf"))
    return np.where(allowed, np.asarray(scores), -np.inf).astype(np.float32)


def _torch_mask(allowed: Any, scores: Any) -> Any:
    import torch

    return torch.from_numpy(allowed).to(scores.device)


__all__ = ["StructuredOutputLogitsProcessor"]
