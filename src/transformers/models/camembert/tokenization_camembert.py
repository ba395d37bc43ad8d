"""Tokenizer of CamemBERT (arXiv:1911.03894). Unlike XLM-RoBERTa: five tokens in front, three of them idle."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer

from ...tokenization.fairseq_sentencepiece import MODEL_FILE, FairseqTokenizer
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece import takes_space
from ...tokenization.sentencepiece_engine import dress, frame, given_model, plain_steps, spm_engine

_IDLE = ("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED")


class CamembertTokenizer(FairseqTokenizer):
    """Tokenizer of CamemBERT; `CamembertTokenizerFast` is the same class.

    Args:
        vocab_file: path of a sentencepiece.bpe.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        *args: special tokens by role up to pad_token, in the order of the base.
        mask_token: stands for a hidden token, and takes the space before it.
        additional_special_tokens: special tokens without a role; by default those of the vocabulary that
            stand for nothing.
        **kwargs: special tokens by role, as in the base.
    """

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        *args: Any,
        mask_token: str | AddedToken = "<mask>",
        additional_special_tokens: list[str | AddedToken] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            tokenizer_file,
            *args,
            mask_token=takes_space(mask_token, normalized=False),
            additional_special_tokens=[
                *(_IDLE if additional_special_tokens is None else additional_special_tokens)
            ],
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces behind five of fairseq's, with `<s> A </s></s> B </s>` around."""
        model = given_model(files, cls.__name__, MODEL_FILE)
        front = [(_IDLE[0], 0.0), ("<pad>", 0.0), (_IDLE[1], 0.0), ("<unk>", 0.0), (_IDLE[2], -100.0)]
        engine = spm_engine(model, [*front, *model.scored(1), ("<mask>", 0.0)], 3)
        frame(dress(engine, plain_steps(model)), "<s> $A </s>", "<s> $A </s> </s> $B </s>")
        return engine


CamembertTokenizerFast = CamembertTokenizer
VOCAB_FILES_NAMES = CamembertTokenizer.vocab_files_names

__all__ = ["CamembertTokenizer", "CamembertTokenizerFast"]
