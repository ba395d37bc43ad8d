"""Mistral's tekken.json: special tokens first, then tokens of bytes by rank, and how words are split.

It becomes byte-level BPE as files of tiktoken do; the id of a token is its rank behind the special tokens.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors

from .files import TEKKEN_FILE as FILE
from .tiktoken import LONGEST_TOKEN, spell

LARGEST_FILE = 2**28
MOST_SPECIAL = 2**16
LONGEST_PATTERN = 2**14
# Role of a tokenizer -> the special token that has it, where a file holds that.
ROLES = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
# Special tokens of the first files, which list none; those without a name get one from `_FILLER`.
_FIRST = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
_FIRST += ["[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CALLS]"]
_FIRST += ["[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]"]
_FIRST += ["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]"]
_FILLER = "<SPECIAL_{}>"


@dataclass(frozen=True)
class Tekken:
    """What a file holds.

    Args:
        pattern: regular expression of words.
        special: special tokens by id, each with whether it controls the model (else it is shown as text).
        ranks: the other tokens; the id of one is its rank and the number of special ones.
    """

    pattern: str
    special: list[tuple[str, bool]]
    ranks: dict[bytes, int]


def is_tekken_file(path: str | Path | None) -> bool:
    """Whether a file is called as Mistral's are."""
    return path is not None and Path(path).name.endswith(FILE) and Path(path).is_file()


def read_tekken(path: str | Path) -> Tekken:
    """Read a tekken.json.

    Raises:
        ValueError: it is too large, or no such file, or it contradicts itself; the message says where.
    """
    place = Path(path)
    if (size := place.stat().st_size) > LARGEST_FILE:
        raise ValueError(f"{place} has {size} bytes; a {FILE} has at most {LARGEST_FILE}")
    try:
        return _read(json.loads(place.read_text(encoding="utf-8")))
    except RecursionError as error:
        raise ValueError(f"{place} is no valid {FILE}: it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"{place} is no valid {FILE}: {error}") from error


def _read(value: Any) -> Tekken:
    if not isinstance(value, dict) or not isinstance(config := value.get("config"), dict):
        raise ValueError("it must be a JSON object with an object 'config'")
    pattern = config.get("pattern")
    if not isinstance(pattern, str) or not 0 < len(pattern) <= LONGEST_PATTERN:
        raise ValueError(f"config.pattern must be a text of 1 to {LONGEST_PATTERN} characters")
    rows = value.get("vocab")
    if not isinstance(rows, list):
        raise ValueError("'vocab' must be a list of tokens")
    listed = value.get("special_tokens")
    count = _number(config, "default_num_special_tokens", MOST_SPECIAL)
    total = _number(config, "default_vocab_size", len(rows) + count)
    if total < count:
        raise ValueError(f"config.default_vocab_size ({total}) is less than the {count} special tokens")
    special = _special([] if listed is None else listed, count, first=listed is None)
    return Tekken(pattern, special, _ranks(rows, total - count))


def _number(config: dict[str, Any], name: str, most: int) -> int:
    found = config.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
        raise ValueError(f"config.{name} must be a whole number from 0 to {most}, not {found!r}")
    return found


def _special(listed: Any, count: int, *, first: bool) -> list[tuple[str, bool]]:
    """Special tokens by id."""
    if first:
        listed = [{"rank": rank, "token_str": text} for rank, text in enumerate(_FIRST)][:count]
    if not isinstance(listed, list):
        raise ValueError("'special_tokens' must be a list of tokens")
    found = [(_FILLER.format(rank), True) for rank in range(count)]
    seen: set[int] = set()
    for row in listed:
        rank = row.get("rank") if isinstance(row, dict) else None
        if not isinstance(rank, int) or not 0 <= rank < count or rank in seen:
            raise ValueError(
                f"the special token {row!r} needs a rank of its own, below "
                f"default_num_special_tokens ({count})"
            )
        text = row.get("token_str")
        if not isinstance(text, str) or not text:
            raise ValueError(f"the special token {row!r} needs a text as token_str")
        seen.add(rank)
        found[rank] = (text, bool(row.get("is_control", True)))
    if len({text for text, _ in found}) < count:
        raise ValueError("two special tokens have one text")
    return found


def _ranks(rows: list[Any], count: int) -> dict[bytes, int]:
    """Ranks of the first `count` tokens; a file may list more than are used."""
    ranks: dict[bytes, int] = {}
    for row in rows:
        rank = row.get("rank") if isinstance(row, dict) else None
        if not isinstance(rank, int) or isinstance(rank, bool) or rank < 0:
            raise ValueError(f"the token {str(row)[:80]} needs a rank, a whole number from 0 up")
        if rank >= count:
            continue
        try:
            token = base64.b64decode(row.get("token_bytes"), validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise ValueError(f"the token of rank {rank} has no token_bytes in base64") from error
        if not 0 < len(token) <= LONGEST_TOKEN or token in ranks:
            raise ValueError(
                f"the token of rank {rank} is {token[:20]!r}: each is there once and "
                f"has 1 to {LONGEST_TOKEN} bytes"
            )
        ranks[token] = rank
    if sorted(ranks.values()) != list(range(count)):
        raise ValueError(f"the ranks of its {len(ranks)} tokens must be the numbers from 0 to {count - 1}")
    if missing := [byte for byte in range(256) if bytes([byte]) not in ranks]:
        raise ValueError(f"every byte must be a token; {missing[0]:#04x} is none")
    return ranks


def tekken_engine(file: Tekken, path: str | Path) -> Tokenizer:
    """Byte-level BPE of a file.

    Args:
        file: what it holds.
        path: its place, for messages.

    Raises:
        ValueError: its pattern is no regular expression, or a token of text is a special one too.
    """
    ids, merges = spell(file.ranks)
    count = len(file.special)
    vocabulary = {text: index for index, (text, _) in enumerate(file.special)}
    if twice := next((text for text in vocabulary if text in ids), None):
        raise ValueError(f"{path} is no valid {FILE}: {twice!r} is a special token and one of text")
    vocabulary.update((text, rank + count) for text, rank in ids.items())
    try:
        words = Regex(file.pattern)
    except Exception as error:  # the library raises bare Exception
        raise ValueError(f"{path} is no valid {FILE}: config.pattern: {error}") from error
    engine = Tokenizer(models.BPE(vocabulary, merges, fuse_unk=False, ignore_merges=True))
    split = pre_tokenizers.Split(words, behavior="isolated", invert=False)
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    engine.pre_tokenizer = pre_tokenizers.Sequence([split, as_bytes])
    engine.decoder = decoders.ByteLevel()
    engine.post_processor = processors.ByteLevel(trim_offsets=False)
    engine.add_tokens([AddedToken(t, normalized=False, special=control) for t, control in file.special])
    return engine


def fill_roles(file: Tekken, options: dict[str, Any]) -> None:
    """Name the special tokens that have a role, where `options` of a tokenizer name none."""
    known = {text for text, _ in file.special}
    for role, text in ROLES.items():
        if options.get(role) is None and text in known:
            options[role] = text


__all__ = ["Tekken", "fill_roles", "is_tekken_file", "read_tekken", "tekken_engine"]
