"""An engine of the Rust library that draws segmentations: for one call, its model is swapped.

A step of our own cuts each run of text, and a model without merges names the pieces; so normalisation,
added tokens, offsets and frames stay the engine's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import accumulate, groupby
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers

from .lattice import Lattice
from .sampling import Sampling, merge_or_not

# Texts that are apart to the pieces of each.
Cut = Callable[[list[str]], list[list[str]]]


class Sampler:
    """Draws segmentations for one engine; a copy starts afresh.

    Args:
        sampling: how.
    """

    def __init__(self, sampling: Sampling) -> None:
        self.sampling = sampling
        self._made: tuple[Any, Any, Cut] | None = None

    def __getstate__(self) -> Sampling:
        return self.sampling

    def __setstate__(self, state: Sampling) -> None:
        self.sampling, self._made = state, None

    @contextmanager
    def drawing(self, engine: Tokenizer) -> Iterator[None]:
        """Inside `with`, the engine's segmentations are drawn.

        Raises:
            ValueError: it has no pieces of SentencePiece's.
        """
        if self._made is None:
            self._made = _make(engine, self.sampling)
        naming, known, cut = self._made
        model, words = engine.model, engine.pre_tokenizer
        step = pre_tokenizers.PreTokenizer.custom(_Step(known, cut))
        engine.model = naming
        engine.pre_tokenizer = step if words is None else pre_tokenizers.Sequence([words, step])
        try:
            yield
        finally:
            engine.model = model
            if words is None:
                engine.pre_tokenizer = None
            else:
                engine.pre_tokenizer = words


class _Step:
    """Cuts what stands between added tokens as one text, without joining what was apart before."""

    def __init__(self, known: Any, cut: Cut) -> None:
        self._known, self._cut = known, cut

    def pre_tokenize(self, text: Any) -> None:
        """Cut a text of the engine's in place."""
        parts = text.get_splits(offset_referential="normalized")
        drawn: list[list[int]] = []
        for added, run in groupby(parts, lambda part: part[2] is not None):
            words = [part[0] for part in run]
            drawn += [[] for _ in words] if added else [self._join(cut) for cut in self._cut(words)]
        text.split(lambda place, part: _slices(part, drawn[place]))

    def _join(self, pieces: list[str]) -> list[int]:
        """Lengths of pieces, neighbours that are unknown taken together."""
        widths: list[int] = []
        before = True
        for piece in pieces:
            here = piece in self._known
            if here or before:
                widths.append(len(piece))
            else:
                widths[-1] += len(piece)
            before = here
        return widths


def _apart(cut: Callable[[str], list[str]], words: list[str]) -> list[list[str]]:
    """Pieces of each text, drawn alone."""
    return [cut(word) for word in words]


def _together(lattice: Lattice, sampling: Sampling, words: list[str]) -> list[list[str]]:
    """Pieces of each text, out of one of the best segmentations of all."""
    ends = list(accumulate(len(word) for word in words))
    drawn = iter(lattice.sample_best("".join(words), *sampling, walls=set(ends)))
    found: list[list[str]] = []
    for word in words:
        left = len(word)
        found.append([])
        while left > 0:
            found[-1].append(next(drawn))
            left -= len(found[-1][-1])
    return found


def _slices(part: Any, widths: list[int]) -> list[Any]:
    found, start = [], 0
    for width in widths:
        found.append(part[start : start + width])
        start += width
    return found


def _make(engine: Tokenizer, sampling: Sampling) -> tuple[Any, Any, Cut]:
    """The model that names pieces, the pieces that it knows, and what cuts."""
    model = json.loads(engine.model.__getstate__())
    special = {token.content for token in engine.get_added_tokens_decoder().values() if token.special}
    if isinstance(engine.model, models.Unigram) and model.get("unk_id") is not None:
        rows = model["vocab"]
        unknown = rows[model["unk_id"]][0]
        scores = {piece: score for piece, score in rows if piece not in special and piece != unknown}
        lattice = Lattice.of_pieces(scores, min(score for _, score in rows))
        cut: Cut = partial(_apart, partial(lattice.sample, alpha=sampling.alpha))
        if sampling.nbest_size > 1:
            cut = partial(_together, lattice, sampling)
        ids = {piece: number for number, (piece, _) in enumerate(rows)}
    elif isinstance(engine.model, models.BPE) and _of_sentencepiece(engine):
        ids, unknown = model["vocab"], model.get("unk_token")
        scores = {}
        for rank, pair in enumerate(model["merges"]):
            union = "".join(pair) if isinstance(pair, list) else pair.replace(" ", "", 1)
            scores.setdefault(union, -float(rank))
        cut = partial(_apart, partial(merge_or_not, scores=scores, skip=sampling.alpha))
        scores = {piece: 0.0 for piece in ids if piece not in special and piece != unknown}
    else:
        raise ValueError(
            "sp_model_kwargs: enable_sampling needs a tokenizer over pieces of SentencePiece; "
            f"this one is over {model.get('type', 'another model')}"
        )
    fallback = bool(model.get("byte_fallback"))
    naming = models.BPE(ids, [], unk_token=unknown, fuse_unk=True, byte_fallback=fallback, ignore_merges=True)
    return naming, scores, cut


def _of_sentencepiece(engine: Tokenizer) -> bool:
    """Whether a BPE engine's pieces are texts, not bytes shown as letters."""
    return "ByteLevel" not in str(engine.pre_tokenizer)


__all__ = ["Sampler"]
