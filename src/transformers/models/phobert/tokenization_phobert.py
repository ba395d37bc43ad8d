"""Tokenizer of PhoBERT (arXiv:2003.00744): fastBPE over Vietnamese text whose words are marked already."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken

from ...tokenization.published import get_pairs as get_pairs
from ...tokenization.python_bpe import FastBpeTokenizer


class PhobertTokenizer(FastBpeTokenizer):
    """Tokenizer of PhoBERT. Texts come with their words segmented, syllables joined by `_`.

    Args:
        vocab_file: path of a vocab.txt, lines of a token and its count.
        merges_file: path of a bpe.codes, lines of two pieces and their count.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: for what the vocabulary lacks.
        pad_token: fills rows.
        mask_token: stands for a hidden token.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is damaged.
    """

    def __init__(
        self,
        vocab_file: str,
        merges_file: str,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            merges_file,
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=mask_token,
            **kwargs,
        )


VOCAB_FILES_NAMES = PhobertTokenizer.vocab_files_names

__all__ = ["PhobertTokenizer"]
