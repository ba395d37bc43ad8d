"""What each processor must give, row by row in NumPy float64, from its definition alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Row = Callable[[list[int], Array], Array]
INF = np.inf


def softmax(row: Array) -> Array:
    """Probabilities of a row of scores."""
    powers = np.exp(row - row.max())
    return powers / powers.sum()


def keep(row: Array, tokens: Sequence[int] | set[int]) -> Array:
    """The scores of `tokens`, -inf for all others."""
    out = np.full_like(row, -INF)
    for token in tokens:
        out[token] = row[token]
    return out


def drop(row: Array, tokens: Sequence[int] | set[int]) -> Array:
    """-inf for `tokens`."""
    return keep(row, set(range(len(row))) - set(tokens))


def only(row: Array, tokens: Sequence[int]) -> Array:
    """0 for `tokens`, -inf for all others."""
    return keep(np.zeros_like(row), tokens)


def best_first(row: Array) -> list[int]:
    """Tokens by falling score."""
    return sorted(range(len(row)), key=lambda token: -row[token])


def top_k(k: int) -> Row:
    return lambda _, row: keep(row, best_first(row)[:k])


def top_p(p: float, least: int = 1) -> Row:
    def rule(_: list[int], row: Array) -> Array:
        likely, above, kept = softmax(row), 0.0, []
        for token in best_first(row):
            if above < p or len(kept) < least:
                kept.append(token)
            above += likely[token]
        return keep(row, kept)

    return rule


def min_p(p: float, least: int = 1) -> Row:
    def rule(_: list[int], row: Array) -> Array:
        likely = softmax(row)
        return keep(row, {*best_first(row)[:least], *np.flatnonzero(likely >= p * likely.max()).tolist()})

    return rule


def typical(mass: float, least: int = 1) -> Row:
    def rule(_: list[int], row: Array) -> Array:
        likely = softmax(row)
        information = np.full_like(row, INF)
        information[likely > 0] = -np.log(likely[likely > 0])
        entropy = sum(p * i for p, i in zip(likely, information, strict=True) if p > 0)
        reached, kept = 0.0, []
        for token in sorted(range(len(row)), key=lambda token: abs(information[token] - entropy)):
            if reached < mass or len(kept) < least:
                kept.append(token)
            reached += likely[token]
        return keep(row, kept)

    return rule


def cutoff(limit: Callable[[Array], float], least: int = 1) -> Row:
    def rule(_: list[int], row: Array) -> Array:
        likely = softmax(row)
        enough = np.flatnonzero(likely >= limit(likely)).tolist()
        return keep(row, {*best_first(row)[:least], *enough})

    return rule


def eta_limit(epsilon: float) -> Callable[[Array], float]:
    def limit(likely: Array) -> float:
        entropy = -sum(p * np.log(p) for p in likely if p > 0)
        return float(min(epsilon, np.sqrt(epsilon) * np.exp(-entropy)))

    return limit


def penalise(row: Array, tokens: set[int], penalty: float) -> Array:
    out = row.copy()
    for token in tokens:
        out[token] = row[token] * penalty if row[token] < 0 else row[token] / penalty
    return out


def repetition(penalty: float, ignored: int = 0) -> Row:
    return lambda ids, row: penalise(row, set(ids[ignored:]), penalty)


def no_repeat(n: int, source: list[int] | None = None) -> Row:
    def rule(ids: list[int], row: Array) -> Array:
        text = ids if source is None else source
        end = ids[len(ids) - n + 1 :] if len(ids) >= n - 1 else None
        grams = [text[i : i + n] for i in range(len(text) - n + 1)]
        return drop(row, {gram[-1] for gram in grams if gram[:-1] == end})

    return rule


def biased(table: dict[tuple[int, ...], float]) -> Row:
    def rule(ids: list[int], row: Array) -> Array:
        out = row.copy()
        for sequence, bias in table.items():
            *start, last = sequence
            fits = len(sequence) <= len(ids) and ids[len(ids) - len(start) :] == start
            if not start or fits:
                out[last] += bias
        return out

    return rule


def at_length(holds: Callable[[int], bool], change: Callable[[Array], Array]) -> Row:
    return lambda ids, row: change(row) if holds(len(ids)) else row


def decay(start: int, factor: float, ends: Sequence[int]) -> Row:
    def rule(ids: list[int], row: Array) -> Array:
        out = row.copy()
        for token in ends:
            if len(ids) > start:
                out[token] += abs(row[token]) * (factor ** (len(ids) - start) - 1)
        return out

    return rule


def whisper(begin: int, no_times: int, end: int, initial: int | None, detect: bool) -> Row:
    def rule(ids: list[int], row: Array) -> Array:
        first, text = no_times + 1, ids[begin:]
        out = drop(row, [no_times])
        times = [token for token in text if token >= first]
        if text and text[-1] >= first:
            if len(text) == 1 or text[-2] >= first:
                out = drop(out, range(first, len(row)))
            else:
                out = drop(out, range(end))
        if times:
            unfinished = text[-1] >= first and len(text) > 1 and text[-2] < first
            out = drop(out, range(first, times[-1] + (not unfinished)))
        if len(ids) == begin:
            out = drop(out, range(first))
            if initial is not None:
                out = drop(out, range(first + initial + 1, len(row)))
        likely = softmax(out)
        if detect and likely[first:].sum() > likely[:first].max():
            out = drop(out, range(first))
        return out

    return rule


def codebooks(start: int, semantic: int, size: int) -> Row:
    def rule(ids: list[int], row: Array) -> Array:
        if (len(ids) - start) % 2 == 0:
            return keep(row, range(semantic, semantic + size))
        return drop(row, range(semantic + size))

    return rule


def bark_end(ends: Sequence[int], least: float) -> Row:
    return lambda _, row: keep(row, ends) if max(softmax(row)[list(ends)]) > least else row


def finite(_: list[int], row: Array) -> Array:
    limit = float(np.finfo(np.float32).max)
    return np.array([0.0 if value != value else min(max(value, -limit), limit) for value in row])


def normalised(_: list[int], row: Array) -> Array:
    return row - row.max() - np.log(np.exp(row - row.max()).sum())
