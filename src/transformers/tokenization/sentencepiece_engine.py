"""SentencePiece models as engines of the Rust library: unigram, and BPE whose merges follow from scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from .roles import add_missing
from .sentencepiece_model import (
    BPE,
    CONTROL,
    KINDS,
    SPACE,
    UNIGRAM,
    USER_DEFINED,
    SentencePieceModel,
    read_sentencepiece,
)

Scored = Sequence[tuple[str, float]]


def given_model(files: dict[str, str], owner: str, file: str) -> SentencePieceModel:
    """The model among the vocabulary files of a tokenizer.

    Args:
        files: paths by the names of `vocab_files_names`.
        owner: the class that needs it, for messages.
        file: how the file is usually called.

    Raises:
        ValueError: none was given, or it is damaged.
    """
    if "vocab_file" not in files:
        raise ValueError(f"{owner} needs vocab_file (a {file}) or tokenizer_file (a tokenizer.json)")
    return read_sentencepiece(files["vocab_file"])


def merges_of(vocabulary: dict[str, int], scored: Scored) -> list[tuple[str, str]]:
    """Every way to join two pieces into a third, in the order in which BPE takes them.

    Args:
        vocabulary: ids of the pieces that may be joined.
        scored: the results, each with its score; a higher one comes first.
    """
    found: list[tuple[float, int, int, int, int, int, str, str]] = []
    for place, (piece, score) in enumerate(dict(scored).items()):
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in vocabulary and right in vocabulary:
                # Of equal scores: longer parts, then the result that comes first, then its parts' ids.
                ids = vocabulary[left], vocabulary[right]
                found.append((-score, -len(left), -len(right), place, *ids, left, right))
    found.sort()
    return [(row[-2], row[-1]) for row in found]


def spm_engine(
    model: SentencePieceModel,
    vocabulary: Scored | None = None,
    unknown: int | None = None,
    *,
    byte_fallback: bool = False,
    special: Collection[str] = (),
) -> Tokenizer:
    """An engine with the model's pieces and nothing around them yet.

    Args:
        model: of a file.
        vocabulary: pieces with scores where a tokenizer has others than the file.
        unknown: id of the unknown piece in `vocabulary`; by default the file's.
        byte_fallback: whether what has no piece becomes bytes.
        special: pieces of the user-defined type that are special tokens all the same.

    Raises:
        ValueError: the model is of another kind than unigram or bpe, or has no such unknown piece.
    """
    scored = model.scored() if vocabulary is None else vocabulary
    place = model.unk_id if unknown is None else unknown
    if not 0 <= place < len(scored):
        raise ValueError(f"the unknown piece's id is {place}, and there are {len(scored)} pieces")
    if model.model_type == UNIGRAM:
        engine = Tokenizer(models.Unigram(list(scored), unk_id=place, byte_fallback=byte_fallback))
    elif model.model_type == BPE:
        ids = {piece: number for number, (piece, _) in enumerate(scored)}
        merges, unk = merges_of(ids, scored), model.unk_piece
        engine = Tokenizer(models.BPE(ids, merges, unk_token=unk, fuse_unk=True, byte_fallback=byte_fallback))
    else:
        raise ValueError(f"a {KINDS[model.model_type]} model is not supported; unigram and bpe are")
    engine.add_tokens(
        [
            AddedToken(piece, normalized=False, special=sort == CONTROL or piece in special)
            for piece, sort in zip(model.pieces, model.types, strict=True)
            if sort in (CONTROL, USER_DEFINED)
        ]
    )
    return engine


def charsmap_steps(model: SentencePieceModel) -> list[Any]:
    """The model's own rules of normalisation, none or one."""
    return [normalizers.Precompiled(model.charsmap)] if model.charsmap else []


def dress(engine: Tokenizer, steps: Sequence[Any], *, scheme: str = "always") -> Tokenizer:
    """Give an engine its normalisation, its spaces shown as U+2581, and their way back.

    Args:
        engine: gets them.
        steps: normalisers, in order.
        scheme: where a space is put in front: of every run of text ("always"), the first one, or "never".
    """
    engine.normalizer = normalizers.Sequence(list(steps))
    engine.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme=scheme)
    engine.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme=scheme)
    return engine


def plain_steps(model: SentencePieceModel) -> list[Any]:
    """Normalisation of most models: their rules, no spaces at the end, several spaces as one."""
    squeeze = normalizers.Replace(Regex(" {2,}"), SPACE)
    return [*charsmap_steps(model), normalizers.Strip(left=False, right=True), squeeze]


def single_space_steps(model: SentencePieceModel) -> list[Any]:
    """The model's rules, then several spaces as one; where they stand does not matter."""
    return [*charsmap_steps(model), normalizers.Replace(Regex(" {2,}"), " ")]


def frame(engine: Tokenizer, single: str, pair: str, options: Mapping[str, Any] | None = None) -> None:
    """Put special tokens around texts.

    Args:
        engine: has these tokens.
        single: tokens around one text, `$A`, separated by spaces, `:1` after an item of type 1.
        pair: tokens around `$A` and `$B`.
        options: the keyword arguments of the tokenizer; a token that has a role there may be missing.

    Raises:
        ValueError: the vocabulary lacks one.
    """
    if options is not None:
        add_missing(engine, options, [item.partition(":")[0] for item in pair.split()])
    frame_items(engine, single.split(), pair.split())


def frame_items(engine: Tokenizer, single: Sequence[str], pair: Sequence[str]) -> None:
    """As `frame`, with the items one by one, so that a token may hold a space."""
    tokens = {}
    for item in (*single, *pair):
        name, colon, kind = item.rpartition(":")
        name = name if colon and kind.isdecimal() else item
        if name.startswith("$") or name in tokens:
            continue
        index = engine.token_to_id(name)
        if index is None:
            raise ValueError(f"the vocabulary has no {name!r}, which stands around texts")
        tokens[name] = index
    engine.post_processor = processors.TemplateProcessing(
        single=list(single), pair=list(pair), special_tokens=list(tokens.items())
    )


__all__ = [
    "Scored",
    "charsmap_steps",
    "dress",
    "frame",
    "frame_items",
    "given_model",
    "merges_of",
    "plain_steps",
    "single_space_steps",
    "spm_engine",
]
