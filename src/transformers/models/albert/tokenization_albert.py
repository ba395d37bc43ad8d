"""Tokenizer of ALBERT (arXiv:1909.11942): SentencePiece unigram over folded text, with BERT's frame."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer

from ...tokenization.folded_sentencepiece import FoldedTokenizer, folded_engine
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece import takes_space
from ...tokenization.sentencepiece_engine import frame


class AlbertTokenizer(FoldedTokenizer):
    """Tokenizer of ALBERT; `AlbertTokenizerFast` is the same class.

    Args:
        vocab_file: path of a spiece.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        do_lower_case: whether to lower-case.
        remove_space: kept for older files; the engine treats spaces as the model says.
        keep_accents: whether accents stay.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        unk_token: for what has no piece.
        sep_token: ends each text.
        pad_token: fills rows.
        cls_token: starts each row.
        mask_token: stands for a hidden token, and takes the space before it.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or lacks a token of the frame.
    """

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        do_lower_case: bool = True,
        remove_space: bool = True,
        keep_accents: bool = False,
        bos_token: str | AddedToken = "[CLS]",
        eos_token: str | AddedToken = "[SEP]",
        unk_token: str | AddedToken = "<unk>",
        sep_token: str | AddedToken = "[SEP]",
        pad_token: str | AddedToken = "<pad>",
        cls_token: str | AddedToken = "[CLS]",
        mask_token: str | AddedToken = "[MASK]",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            tokenizer_file,
            do_lower_case,
            remove_space,
            keep_accents,
            bos_token=bos_token,
            eos_token=eos_token,
            unk_token=unk_token,
            sep_token=sep_token,
            pad_token=pad_token,
            cls_token=cls_token,
            mask_token=takes_space(mask_token, normalized=False),
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces over folded text, with `[CLS] A [SEP] B [SEP]` around."""
        engine = folded_engine(files, options, cls.__name__)
        frame(engine, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", options)
        return engine


AlbertTokenizerFast = AlbertTokenizer
VOCAB_FILES_NAMES = AlbertTokenizer.vocab_files_names

__all__ = ["AlbertTokenizer", "AlbertTokenizerFast"]
