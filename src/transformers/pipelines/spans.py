"""The best spans by their first and last token, and the characters they stand for."""

from __future__ import annotations

from typing import Any

from .windows import Window


def best_spans(
    start: Any, end: Any, allowed: Any, count: int, longest: int, null: int, with_null: bool
) -> tuple[list[tuple[int, int, float]], float]:
    """(first token, last token, probability) of the likeliest spans, and the probability of no answer.

    A span that is too long, ends before it begins, or holds `null` has probability 0.

    Args:
        start, end: logits (T,) of being the first and the last token of the answer.
        allowed: bool (T,), the tokens that compete: those of the text, and the one at `null`.
        count: how many spans at most.
        longest: tokens in a span at most.
        null: the token that stands for "no answer".
        with_null: whether the second result is wanted; it is 1e6 otherwise.
    """
    first, last = _probabilities(start, allowed), _probabilities(end, allowed)
    impossible = float(first[null] * last[null]) if with_null else 1e6
    first[null] = last[null] = 0.0
    found = decode_spans(first, last, count, longest, allowed)
    return list(zip(*(column.tolist() for column in found), strict=True)), impossible


def decode_spans(
    start: Any, end: Any, topk: int, max_answer_len: int, undesired_tokens: Any
) -> tuple[Any, Any, Any]:
    """(first tokens, last tokens, scores) of the likeliest spans, best first.

    Args:
        start, end: probabilities (T,) or (1, T) of being the first and the last token.
        topk: how many spans to look at.
        max_answer_len: tokens in a span at most.
        undesired_tokens: (T,), not zero, despite the name, where a span may begin and end.
    """
    import numpy as np

    first, last = np.reshape(start, -1), np.reshape(end, -1)
    table = np.triu(np.outer(first, last))  # (T, T), first <= last
    table = np.tril(table, max_answer_len - 1).reshape(-1)
    # equals in NumPy's order: where a text has few spans, impossible ones of score 0 follow, as published
    chosen = np.argpartition(-table, topk)[:topk] if topk < table.size else np.arange(table.size)
    ranked = chosen[np.argsort(-table[chosen])]
    starts, ends = np.divmod(ranked, len(last))
    allowed = np.reshape(undesired_tokens, -1) != 0
    fit = allowed[starts] & allowed[ends]
    return starts[fit], ends[fit], table[ranked][fit]


def select_starts_ends(
    start: Any,
    end: Any,
    p_mask: Any,
    attention_mask: Any,
    min_null_score: float = 1000000,
    top_k: int = 1,
    handle_impossible_answer: bool = False,
    max_answer_len: int = 15,
) -> tuple[Any, Any, Any, float]:
    """(first tokens, last tokens, scores, lowest score of no answer so far) from the logits of one window.

    Args:
        start, end: logits (1, T).
        p_mask: (1, T), 1 for tokens that are no part of the text.
        attention_mask: (1, T), 0 for padding; None where there is none.
        min_null_score: the lowest score of no answer in other windows.
        top_k, max_answer_len: spans at most, and tokens in one at most.
        handle_impossible_answer: whether the last result takes this window's score of no answer in.
    """
    import numpy as np

    allowed = np.reshape(p_mask, -1) == 0
    if attention_mask is not None:
        allowed &= np.reshape(attention_mask, -1) != 0
    first = _probabilities(np.reshape(start, -1), allowed)
    last = _probabilities(np.reshape(end, -1), allowed)
    if handle_impossible_answer:
        min_null_score = min(min_null_score, float(first[0] * last[0]))
    first[0] = last[0] = 0.0
    return *decode_spans(first, last, top_k, max_answer_len, allowed), min_null_score


def _probabilities(logits: Any, allowed: Any) -> Any:
    import numpy as np

    logits = np.where(allowed, logits, np.float32(-10000.0))
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def characters(window: Window, first: int, last: int, by_word: bool) -> tuple[int, int]:
    """(start, end) in the text of the tokens from `first` to `last`, or of the words they are part of."""
    if by_word and window.words[first] is not None and window.words[last] is not None:
        return window.word_span(first)[0], window.word_span(last)[1]
    return window.offsets[first][0], window.offsets[last][1]


__all__ = ["best_spans", "characters", "decode_spans", "select_starts_ends"]
