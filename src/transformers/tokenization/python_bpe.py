"""Byte pair encoding in plain Python, for tokenizers that are published so: words to pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from .python import PreTrainedTokenizer
from .saving import file_name

END = "</w>"
GOES_ON = "@@"
_NEVER = float("inf")


def merge(pieces: Iterable[str], ranks: Mapping[tuple[str, ...], int]) -> list[str]:
    """Join neighbours, the pair of the lowest rank first, wherever it stands, until no pair has a rank."""
    parts = list(pieces)
    while len(parts) > 1:
        best = min(pairwise(parts), key=lambda pair: ranks.get(pair, _NEVER))
        if best not in ranks:
            break
        joined: list[str] = []
        free = False  # whether the last piece may take the next one
        for part in parts:
            if free and (joined[-1], part) == best:
                joined[-1] += part
                free = False
            else:
                joined.append(part)
                free = True
        parts = joined
    return parts


def read_text(path: str) -> str:
    """The text of a vocabulary file.

    Raises:
        ValueError: it is no UTF-8 text.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error


class MergingTokenizer(PreTrainedTokenizer):
    """Base of tokenizers whose words are merged in Python, with `<s> A </s></s> B </s>` around.

    Args:
        encoder: ids of tokens.
        ranks: pairs of pieces, with the order in which they are joined.
        **kwargs: what `PreTrainedTokenizer` takes.
    """

    def __init__(self, encoder: dict[str, int], ranks: dict[tuple[str, ...], int], **kwargs: Any) -> None:
        self.encoder = encoder
        self.decoder = {index: token for token, index in encoder.items()}
        self.bpe_ranks = ranks
        self.cache: dict[str, list[str]] = {}
        super().__init__(**kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "cache": {}}  # a pickle does not change by use

    @property
    def vocab_size(self) -> int:
        """Number of tokens of the vocabulary."""
        return len(self.encoder)

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        return {**self.encoder, **self.added_tokens_encoder}

    def _split(self, word: str) -> list[str]:
        raise NotImplementedError

    def _pieces(self, word: str) -> list[str]:
        """Pieces of a word, remembered."""
        found = self.cache.get(word)
        if found is None:
            found = self.cache[word] = self._split(word)
        return found

    def _convert_token_to_id(self, token: str) -> int | None:
        return self.encoder.get(token, self.encoder.get(str(self.unk_token)))

    def _convert_id_to_token(self, index: int) -> str:
        return self.decoder.get(index, str(self.unk_token))

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """`<s> A </s>`, or `<s> A </s></s> B </s>`."""
        start, end = self.convert_tokens_to_ids([self.cls_token, self.sep_token])
        first = [start, *token_ids_0, end]
        return first if token_ids_1 is None else [*first, end, *token_ids_1, end]

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """0 everywhere: the models know one type."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))


class FastBpeTokenizer(MergingTokenizer):
    """Base of tokenizers with the files of the program fastBPE; a piece that goes on ends in `@@`.

    Args:
        vocab_file: path of a vocab.txt, lines of a token and its count; ids follow the special ones.
        merges_file: path of a bpe.codes, lines of two pieces and their count.
        bos_token: starts a text that is generated; its id is 0.
        eos_token: ends a text that is generated; its id is 2.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: for what the vocabulary lacks; its id is 3.
        pad_token: fills rows; its id is 1.
        mask_token: stands for a hidden token.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is damaged.
    """

    vocab_files_names = {"vocab_file": "vocab.txt", "merges_file": "bpe.codes"}

    def __init__(
        self,
        vocab_file: str,
        merges_file: str,
        *,
        bos_token: Any,
        eos_token: Any,
        sep_token: Any,
        cls_token: Any,
        unk_token: Any,
        pad_token: Any,
        mask_token: Any,
        **kwargs: Any,
    ) -> None:
        self.vocab_file, self.merges_file = vocab_file, merges_file
        texts = {"vocab_file": read_text(vocab_file), "merges_file": read_text(merges_file)}
        self._texts = texts
        first = (bos_token, pad_token, eos_token, unk_token)
        encoder = {str(token): index for index, token in enumerate(first)}
        for number, line in enumerate(texts["vocab_file"].removesuffix("\n").split("\n"), 1):
            token, space, _ = line.strip().rpartition(" ")
            if not space:
                raise ValueError(f"{vocab_file}, line {number}: {line!r} is no token with its count")
            encoder[token] = len(encoder)
        codes = [tuple(line.split()[:-1]) for line in texts["merges_file"].split("\n")]
        super().__init__(
            encoder,
            {pair: rank for rank, pair in enumerate(codes)},
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=mask_token,
            **kwargs,
        )

    def _split(self, word: str) -> list[str]:
        if len(word) == 1:
            return [word]
        parts = merge([*word[:-1], word[-1] + END], self.bpe_ranks)
        return [*(part + GOES_ON for part in parts[:-1]), parts[-1].removesuffix(END)]

    def bpe(self, token: str) -> str:
        """Pieces of a word with a space between them."""
        return " ".join(self._pieces(token))

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return [piece for word in _words(text) for piece in self._pieces(word)]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        return " ".join(tokens).replace(GOES_ON + " ", "").strip()

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the two files as they were read; their paths."""
        folder = Path(save_directory)
        if not folder.is_dir():
            raise ValueError(f"{save_directory} is not a folder")
        paths = []
        for key, name in self.vocab_files_names.items():
            path = folder / file_name(name, filename_prefix)
            path.write_text(self._texts[key], encoding="utf-8")
            paths.append(str(path))
        return tuple(paths)


def _words(text: str) -> list[str]:
    """Words between white space; a line break right behind one belongs to it."""
    return re.findall(r"\S+\n?", text)


__all__ = ["END", "FastBpeTokenizer", "MergingTokenizer", "merge", "read_text"]
