"""Tokenizer of XLNet (arXiv:1906.08237): SentencePiece unigram over folded text.

Unlike others: rows are filled on the left, and `<cls>`, of a type of its own, ends them.
"""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer

from ...tokenization.folded_sentencepiece import FoldedTokenizer, fold_case, folded_engine
from ...tokenization.sentencepiece_engine import frame

# Token types.
SEG_ID_A, SEG_ID_B, SEG_ID_CLS, SEG_ID_SEP, SEG_ID_PAD = range(5)


class XLNetTokenizer(FoldedTokenizer):
    """Tokenizer of XLNet; `XLNetTokenizerFast` is the same class.

    Args:
        vocab_file: path of a spiece.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        do_lower_case: whether to lower-case; True wins over tokenizer.json.
        remove_space: kept for older files; the engine treats spaces as the model says.
        keep_accents: whether accents stay.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        unk_token: for what has no piece.
        sep_token: ends each text.
        pad_token: fills rows; its token type is 3.
        cls_token: ends each row; its token type is 2.
        mask_token: stands for a hidden token, and takes the space before it.
        additional_special_tokens: by default the ends of a paragraph and of a document.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or lacks a token of the frame.
    """

    padding_side = "left"

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        do_lower_case: bool = False,
        remove_space: bool = True,
        keep_accents: bool = False,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        unk_token: str | AddedToken = "<unk>",
        sep_token: str | AddedToken = "<sep>",
        pad_token: str | AddedToken = "<pad>",
        cls_token: str | AddedToken = "<cls>",
        mask_token: str | AddedToken = "<mask>",
        additional_special_tokens: list[str | AddedToken] | None = None,
        **kwargs: Any,
    ) -> None:
        extra = ["<eop>", "<eod>"] if additional_special_tokens is None else additional_special_tokens
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
            mask_token=mask_token,
            additional_special_tokens=extra,
            **kwargs,
        )
        self._pad_token_type_id = 3
        if do_lower_case and not self.built_from_vocabulary:
            fold_case(self._tokenizer)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces over folded text, with `A <sep> B <sep> <cls>` around."""
        engine = folded_engine(files, options, cls.__name__)
        frame(engine, "$A <sep> <cls>:2", "$A <sep> $B:1 <sep>:1 <cls>:2", options)
        return engine


XLNetTokenizerFast = XLNetTokenizer
VOCAB_FILES_NAMES = XLNetTokenizer.vocab_files_names

__all__ = ["XLNetTokenizer", "XLNetTokenizerFast"]
