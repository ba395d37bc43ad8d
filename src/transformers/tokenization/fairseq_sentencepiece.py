"""SentencePiece as fairseq's models have it: four tokens of their own in front, special tokens at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import AddedToken, Tokenizer

from .sentencepiece import SentencePieceTokenizer, takes_space
from .sentencepiece_engine import dress, given_model, plain_steps, spm_engine

MODEL_FILE = "sentencepiece.bpe.model"
# In the order of their ids; the first three pieces of the file (unknown, start, end) give way to them.
_FRONT = ("<s>", "<pad>", "</s>", "<unk>")


def fairseq_engine(files: dict[str, str], owner: str, tail: Sequence[str] = ()) -> Tokenizer:
    """The engine of a file with fairseq's numbering.

    Args:
        files: holds `vocab_file`.
        owner: the class that needs it, for messages.
        tail: tokens after the file's pieces.
    """
    model = given_model(files, owner, MODEL_FILE)
    vocabulary = [*((token, 0.0) for token in _FRONT), *model.scored(3), *((token, 0.0) for token in tail)]
    return dress(spm_engine(model, vocabulary, _FRONT.index("<unk>")), plain_steps(model))


class FairseqTokenizer(SentencePieceTokenizer):
    """Base of tokenizers with fairseq's special tokens.

    Args:
        vocab_file: path of a sentencepiece.bpe.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: for what has no piece.
        pad_token: fills rows.
        mask_token: stands for a hidden token, and takes the space before it.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, or it is damaged.
    """

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
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
            tokenizer_file,
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=takes_space(mask_token),
            **kwargs,
        )


__all__ = ["MODEL_FILE", "FairseqTokenizer", "fairseq_engine"]
