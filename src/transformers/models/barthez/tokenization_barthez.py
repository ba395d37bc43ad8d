"""Tokenizer of BARThez (arXiv:2010.12321). Unlike XLM-RoBERTa: the file's own numbering."""

from __future__ import annotations

from typing import Any

from tokenizers import Tokenizer

from ...tokenization.fairseq_sentencepiece import MODEL_FILE, FairseqTokenizer
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import dress, frame, given_model, plain_steps, spm_engine


class BarthezTokenizer(FairseqTokenizer):
    """Tokenizer of BARThez; `BarthezTokenizerFast` is the same class. Arguments as in the base."""

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces with `<s> A </s></s> B </s>` around; its unknown piece is number 3."""
        model = given_model(files, cls.__name__, MODEL_FILE)
        engine = dress(spm_engine(model, unknown=3), plain_steps(model))
        frame(engine, "<s> $A </s>", "<s> $A </s> </s> $B </s>")
        return engine


BarthezTokenizerFast = BarthezTokenizer
VOCAB_FILES_NAMES = BarthezTokenizer.vocab_files_names

__all__ = ["BarthezTokenizer", "BarthezTokenizerFast"]
