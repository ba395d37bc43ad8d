"""Tokenizer of HerBERT: BPE over BERT's words, a piece that ends a word marked `</w>`."""

from __future__ import annotations

import json
from typing import Any

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from ...tokenization.byte_bpe import VOCAB_FILES_NAMES
from ...tokenization.fast import PreTrainedTokenizerFast
from ...tokenization.moses import MosesMixin
from ...tokenization.moses import remove_non_printing_char as remove_non_printing_char
from ...tokenization.moses import replace_unicode_punct as replace_unicode_punct
from ...tokenization.published import get_pairs as get_pairs
from ...tokenization.published import whitespace_tokenize as whitespace_tokenize
from ...tokenization.python_bpe import END, read_text
from ...tokenization.roles import role_ids
from ...tokenization.sentencepiece_python import read_ids
from ..bert.tokenization_bert import BasicTokenizer


class HerbertTokenizer(MosesMixin, PreTrainedTokenizerFast):
    """Tokenizer of HerBERT; `HerbertTokenizerFast` is the same class.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, lines of two pieces.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        cls_token: starts each row.
        unk_token: for what the vocabulary lacks.
        pad_token: fills rows.
        mask_token: stands for a hidden token.
        sep_token: ends each text.
        bos_token: starts a text that is generated; by default `<s>` where the two files are read.
        additional_special_tokens: special tokens without a role; by default `<special0>` to `<special9>`
            where the two files are read.
        do_lowercase_and_remove_accent: kept for older files; the text is left as it is.
        lang2id: kept for older files.
        id2lang: kept for older files.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, or one is damaged.
    """

    vocab_files_names = VOCAB_FILES_NAMES

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        sep_token: str | AddedToken = "</s>",
        *,
        bos_token: str | AddedToken | None = None,
        additional_special_tokens: list[str | AddedToken] | None = None,
        do_lowercase_and_remove_accent: bool = False,
        lang2id: dict[str, int] | None = None,
        id2lang: dict[int, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.do_lowercase_and_remove_accent = do_lowercase_and_remove_accent
        self.lang2id, self.id2lang = lang2id, id2lang
        if tokenizer_file is None and kwargs.get("tokenizer_object") is None:
            bos_token = "<s>" if bos_token is None else bos_token
            if additional_special_tokens is None:
                additional_special_tokens = [f"<special{number}>" for number in range(10)]
        super().__init__(
            vocab_file=vocab_file,
            merges_file=merges_file,
            tokenizer_file=tokenizer_file,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=mask_token,
            sep_token=sep_token,
            bos_token=bos_token,
            additional_special_tokens=additional_special_tokens,
            do_lowercase_and_remove_accent=do_lowercase_and_remove_accent,
            lang2id=lang2id,
            id2lang=id2lang,
            **kwargs,
        )

    @property
    def do_lower_case(self) -> bool:
        """`do_lowercase_and_remove_accent`."""
        return self.do_lowercase_and_remove_accent

    @property
    def bert_pre_tokenizer(self) -> BasicTokenizer:
        """BERT's words in plain Python, case and accents left alone."""
        return BasicTokenizer(
            do_lower_case=False,
            never_split=self.all_special_tokens,
            tokenize_chinese_chars=False,
            strip_accents=False,
        )

    @property
    def encoder(self) -> dict[str, int]:
        """Every piece of the vocabulary with its id."""
        return self._tokenizer.get_vocab(with_added_tokens=False)  # type: ignore[no-any-return]

    @property
    def bpe_ranks(self) -> dict[tuple[str, ...], int]:
        """Pairs of pieces, with the order in which they are joined."""
        rows = json.loads(self._tokenizer.model.__getstate__())["merges"]
        pairs = (row if isinstance(row, list) else row.split(" ") for row in rows)
        return {(left, right): rank for rank, (left, right) in enumerate(pairs)}

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """BPE over BERT's words, with `<s> A </s> B </s>` around."""
        if missing := [name for name in ("vocab_file", "merges_file") if name not in files]:
            raise ValueError(
                f"{cls.__name__} needs vocab_file and merges_file, or tokenizer_file; "
                f"{' and '.join(missing)} missing"
            )
        ids = read_ids(files["vocab_file"])
        try:
            model = models.BPE(
                ids,
                _merges(files["merges_file"]),
                unk_token=str(options["unk_token"]),
                end_of_word_suffix=END,
            )
        except Exception as error:  # the library raises bare Exception
            raise ValueError(f"{files['merges_file']} does not fit the vocabulary: {error}") from error
        engine = Tokenizer(model)
        engine.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
        engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        engine.decoder = decoders.BPEDecoder(suffix=END)
        engine.post_processor = processors.BertProcessing(
            *role_ids(engine, options, "sep_token", "cls_token")
        )
        return engine


def _merges(path: str) -> list[tuple[str, str]]:
    """Pairs of a merges.txt, without its first line that names a version.

    Raises:
        ValueError: a line holds fewer than two pieces.
    """
    lines = read_text(path).removesuffix("\n").split("\n")
    start = 1 if lines[0].startswith("#version:") else 0
    pairs = []
    for number, line in enumerate(lines[start:], start + 1):
        parts = line.split()
        if len(parts) < 2:
            raise ValueError(f"{path}, line {number}: {line!r} is no pair of pieces")
        pairs.append((parts[0], parts[1]))
    return list(dict.fromkeys(pairs))


HerbertTokenizerFast = HerbertTokenizer

__all__ = ["HerbertTokenizer", "HerbertTokenizerFast"]
