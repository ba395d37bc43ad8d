"""Files of the library tiktoken: a line for each token, its bytes in base64 and its rank.

They become byte-level BPE of the Rust library: every way to cut a token in two known ones is a merge, in the
order of the token's rank.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors

from .byte_bpe import bytes_to_unicode

SUFFIXES = (".tiktoken", ".model")
LONGEST_TOKEN = 2**10  # in bytes; published ones have at most 128
HIGHEST_RANK = 2**31 - 1
_LINE = re.compile(rb"[A-Za-z0-9+/]+=*[ \t]+\d+\s*")
# Up to three digits are a word; else as Qwen2's: endings, letters with a sign, signs, line breaks, space.
_LETTERS, _OTHERS = r"[^\r\n\p{L}\p{N}]?\p{L}+", r" ?[^\s\p{L}\p{N}]+[\r\n]*"
_ENDINGS = "|".join(f"'{ending}" for ending in ("s", "t", "re", "ve", "m", "ll", "d"))
PATTERN = rf"(?i:{_ENDINGS})|{_LETTERS}|\p{{N}}{{1,3}}|{_OTHERS}|\s*[\r\n]+|\s+(?!\S)|\s+"


def is_tiktoken_file(path: str | Path | None) -> bool:
    """Whether a file has a name and a first line as tiktoken's files have."""
    if path is None or not str(path).endswith(SUFFIXES) or not Path(path).is_file():
        return False
    with open(path, "rb") as file:
        return _LINE.fullmatch(file.readline(4096)) is not None


def load_ranks(path: str | Path) -> dict[bytes, int]:
    """Ranks of tokens, which are their ids.

    Raises:
        ValueError: a line is none of such a file, or two are of one token or of one rank.
    """
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(Path(path).read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            encoded, rank = line.split()
            # A published file has one line of padding alone: the empty token.
            token = base64.b64decode(encoded, validate=True) if encoded.strip(b"=") else b""
            if token in ranks:
                raise ValueError("a token that was there")
            if len(token) > LONGEST_TOKEN:
                raise ValueError(f"a token of {len(token)} bytes; {LONGEST_TOKEN} is the most")
            ranks[token] = int(rank)
            if not 0 <= ranks[token] <= HIGHEST_RANK:
                raise ValueError(f"a rank must be from 0 to {HIGHEST_RANK}")
        except (binascii.Error, ValueError) as error:
            reason = f"no token in base64 and rank, {line[:80]!r}"
            raise ValueError(f"{path}, line {number}: {reason}: {error}") from error
    if len(set(ranks.values())) != len(ranks):
        raise ValueError(f"{path}: two tokens have one rank")
    return ranks


def tiktoken_engine(
    path: str | Path,
    *,
    pattern: str = PATTERN,
    add_prefix_space: bool = False,
    special_tokens: Iterable[str | AddedToken] = (),
) -> Tokenizer:
    """Byte-level BPE of a file.

    Args:
        path: of the file.
        pattern: regular expression of words; the file has none.
        add_prefix_space: whether a text that starts without a space gets one.
        special_tokens: put behind the file's tokens, in this order.

    Raises:
        ValueError: the file is damaged.
    """
    ranks = load_ranks(path)
    vocabulary, merges = spell(ranks)
    engine = Tokenizer(models.BPE(vocabulary, merges, fuse_unk=False, ignore_merges=True))
    split = pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False)
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=False)
    engine.pre_tokenizer = pre_tokenizers.Sequence([split, as_bytes])
    engine.decoder = decoders.ByteLevel()
    engine.post_processor = processors.ByteLevel(trim_offsets=False)
    engine.add_special_tokens([_special(token) for token in special_tokens])
    return engine


def spell(ranks: dict[bytes, int]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Ids and merges of tokens, each byte shown as a printable character."""
    letters = [letter for _, letter in sorted(bytes_to_unicode().items())]
    shown = {token: "".join([letters[byte] for byte in token]) for token in ranks}
    merges: list[tuple[int, int, int, bytes, bytes]] = []
    for token, rank in ranks.items():
        for place in range(1, len(token)):
            left, right = token[:place], token[place:]
            if left in ranks and right in ranks:
                merges.append((rank, ranks[left], ranks[right], left, right))
    merges.sort()
    ids = {shown[token]: rank for token, rank in ranks.items()}
    return ids, [(shown[left], shown[right]) for *_, left, right in merges]


def _special(token: str | AddedToken) -> Any:
    return AddedToken(str(token), normalized=False, special=True)


__all__ = ["LONGEST_TOKEN", "PATTERN", "is_tiktoken_file", "load_ranks", "spell", "tiktoken_engine"]
