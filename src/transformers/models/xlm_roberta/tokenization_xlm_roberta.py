"""Tokenizer of XLM-RoBERTa (arXiv:1911.02116): SentencePiece unigram with RoBERTa's frame."""

from __future__ import annotations

from typing import Any

from tokenizers import Tokenizer

from ...tokenization.fairseq_sentencepiece import FairseqTokenizer, fairseq_engine
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import frame


class XLMRobertaTokenizer(FairseqTokenizer):
    """Tokenizer of XLM-RoBERTa; `XLMRobertaTokenizerFast` is the same class. Arguments as in the base."""

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """fairseq's pieces with `<s> A </s></s> B </s>` around."""
        engine = fairseq_engine(files, cls.__name__, tail=["<mask>"])
        frame(engine, "<s> $A </s>", "<s> $A </s> </s> $B </s>")
        return engine


XLMRobertaTokenizerFast = XLMRobertaTokenizer
VOCAB_FILES_NAMES = XLMRobertaTokenizer.vocab_files_names

__all__ = ["XLMRobertaTokenizer", "XLMRobertaTokenizerFast"]
