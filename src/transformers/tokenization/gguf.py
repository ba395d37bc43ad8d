"""The tokenizer inside a GGUF file."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from .sentencepiece_engine import spm_engine
from .sentencepiece_model import BPE, CONTROL, SPACE, UNIGRAM, USER_DEFINED, SentencePieceModel

if TYPE_CHECKING:
    from .fast import PreTrainedTokenizerFast

_KEY = "tokenizer.ggml."
_ROLES = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}
_ENDINGS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
_REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
# What splits text before the merges, by the file's word for it; a pattern stands for `_split` of it.
_SPLITS: dict[str, str] = {
    "llama-bpe": _ENDINGS + r"\p{N}{1,3}" + _REST,
    "llama3": _ENDINGS + r"\p{N}{1,3}" + _REST,
    "qwen2": _ENDINGS + r"\p{N}" + _REST,
    "bloom": r" ?[^(\s|[.,!?…。，、।۔،])]+",
}
_PLAIN = frozenset({"default", "gpt-2", "gpt2", "mpt", "olmo", "phi-2", "jais"})


def find_gguf(where: str | os.PathLike[str], gguf_file: str | None, **place: Any) -> Path | None:
    """The GGUF file that is meant: `gguf_file` of a folder or repository, or `where` itself; else None."""
    if gguf_file is not None:
        from ..loading.hub import cached_file

        return cached_file(where, gguf_file, **place)
    path = Path(where).expanduser()
    return path if path.suffix == ".gguf" and path.is_file() else None


def load_gguf_tokenizer(path: Path, given: dict[str, Any]) -> PreTrainedTokenizerFast:
    """The tokenizer of a GGUF file; given: what the caller sets.

    Raises:
        ValueError: the file has none, or one of a kind that is not known.
    """
    from ..loading.gguf_file import GGUFFile
    from .fast import PreTrainedTokenizerFast

    values = GGUFFile(path).values
    tokens = values.get(_KEY + "tokens")
    kind = values.get(_KEY + "model")
    if not isinstance(tokens, list) or not tokens or not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"{path} holds no tokenizer")
    if kind == "gpt2":
        engine = byte_level(values, tokens, path)
    elif kind in ("llama", "t5"):
        engine = pieces(values, tokens, path, UNIGRAM if kind == "t5" else BPE)
    else:
        raise ValueError(f"{path} holds a tokenizer of kind {kind!r}; gpt2, llama and t5 can be read")
    options = {**special_tokens(values, tokens), "model_input_names": ["input_ids", "attention_mask"]}
    frame(engine, values, options, by_default=kind == "llama")
    if isinstance(template := values.get("tokenizer.chat_template"), str):
        options["chat_template"] = template
    limit = values.get(f"{values.get('general.architecture')}.context_length")
    if isinstance(limit, int):
        options["model_max_length"] = limit
    return PreTrainedTokenizerFast(tokenizer_object=engine, **{**options, **given})


def special_tokens(values: dict[str, Any], tokens: list[str]) -> dict[str, Any]:
    """The tokens with a role."""
    found = {}
    for theirs, ours in _ROLES.items():
        place = values.get(f"{_KEY}{theirs}_token_id")
        if isinstance(place, int) and 0 <= place < len(tokens):
            found[ours] = tokens[place]
    return found


def types_of(values: dict[str, Any], tokens: list[str], path: Path) -> bytes:
    """The type of each token, as SentencePiece numbers them.

    Raises:
        ValueError: there are not as many as tokens.
    """
    types = values.get(_KEY + "token_type") or [1] * len(tokens)
    if len(types) != len(tokens) or not all(isinstance(sort, int) and 0 <= sort < 256 for sort in types):
        raise ValueError(f"{path} must say the type of each of its {len(tokens)} tokens")
    return bytes(types)


def byte_level(values: dict[str, Any], tokens: list[str], path: Path) -> Tokenizer:
    """Byte-level BPE with the file's merges and its way to split text.

    Raises:
        ValueError: it has no merges, or its way to split is not known.
    """
    merges = values.get(_KEY + "merges")
    if not isinstance(merges, list):
        raise ValueError(f"{path} holds a tokenizer with merges, and no merges")
    pairs = [tuple(merge.split(" ", 1)) for merge in merges]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"{path}: a merge must be two tokens with a space between")
    vocabulary = {token: place for place, token in enumerate(tokens)}
    if any(not {*pair, "".join(pair)} <= vocabulary.keys() for pair in pairs):
        raise ValueError(f"{path}: a merge joins, or makes, a token that is not there")
    engine = Tokenizer(models.BPE(vocabulary, pairs, ignore_merges=values.get(_KEY + "pre") == "llama-bpe"))
    split_words(engine, values.get(_KEY + "pre", "default"), path)
    engine.decoder = decoders.ByteLevel()
    types = types_of(values, tokens, path)
    engine.add_tokens(
        [
            AddedToken(token, special=sort == CONTROL, normalized=False)
            for token, sort in zip(tokens, types, strict=True)
            if sort in (CONTROL, USER_DEFINED)
        ]
    )
    return engine


def split_words(engine: Tokenizer, word: str, path: Path) -> None:
    """Give an engine the way to split text that a file names.

    Raises:
        ValueError: it is not known.
    """
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    steps: list[Any]
    if word in _PLAIN:
        steps = [gpt2]
    elif word in ("smollm", "starcoder", "refact", "command-r"):
        steps = [pre_tokenizers.Digits(individual_digits=True), gpt2]
    elif word == "falcon":
        three = pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")
        steps = [pre_tokenizers.Punctuation("contiguous"), gpt2, pre_tokenizers.Digits(False), three]
    elif word in _SPLITS:
        steps = [pre_tokenizers.Split(Regex(_SPLITS[word]), "isolated"), whole]
    else:
        known = ", ".join(sorted({*_PLAIN, *_SPLITS, "smollm", "starcoder", "refact", "command-r", "falcon"}))
        raise ValueError(f"{path} splits text as {word!r}; known are {known}")
    engine.pre_tokenizer = pre_tokenizers.Sequence(steps)
    if word == "qwen2":
        engine.normalizer = normalizers.NFC()


def pieces(values: dict[str, Any], tokens: list[str], path: Path, kind: int) -> Tokenizer:
    """SentencePiece pieces with their scores.

    Raises:
        ValueError: a piece has no score.
    """
    scores = values.get(_KEY + "scores")
    if not isinstance(scores, list) or len(scores) != len(tokens):
        raise ValueError(f"{path} must score each of its {len(tokens)} pieces")
    if not all(isinstance(score, int | float) and math.isfinite(score) for score in scores):
        raise ValueError(f"{path}: the score of a piece must be a number, and finite")
    unknown = values.get(_KEY + "unknown_token_id", 2 if kind == UNIGRAM else 0)
    model = SentencePieceModel(
        b"", tokens, scores, types_of(values, tokens, path), model_type=kind, unk_id=unknown
    )
    engine = spm_engine(model, byte_fallback=kind == BPE)
    prefix = values.get(_KEY + "add_space_prefix", True)
    if kind == UNIGRAM:
        scheme = "always" if prefix else "never"
        engine.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme=scheme)
        engine.decoder = decoders.Metaspace(replacement=SPACE, prepend_scheme=scheme)
        return engine
    steps = [normalizers.Prepend(SPACE)] if prefix else []
    engine.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])
    back: list[Any] = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    engine.decoder = decoders.Sequence([*back, decoders.Strip(content=" ", left=1)] if prefix else back)
    return engine


def frame(engine: Tokenizer, values: dict[str, Any], options: dict[str, Any], by_default: bool) -> None:
    """Put the beginning and the end around texts, where the file says so."""
    names = []
    for role, default in (("bos", by_default), ("eos", False)):
        wanted = values.get(f"{_KEY}add_{role}_token", default)
        names.append(options.get(f"{role}_token") if wanted else None)
    if not any(names):
        return
    around = [[f"{name}:{part}"] if name else [] for name in names for part in (0,)]
    first = [*around[0], "$A:0", *around[1]]
    second = [
        *(part.replace(":0", ":1") for part in around[0]),
        "$B:1",
        *(p.replace(":0", ":1") for p in around[1]),
    ]
    engine.post_processor = processors.TemplateProcessing(
        single=first,
        pair=[*first, *second],
        special_tokens=[(name, engine.token_to_id(name)) for name in dict.fromkeys(names) if name],
    )


__all__ = ["find_gguf", "load_gguf_tokenizer"]
