"""Tokenizer of PEGASUS (arXiv:1912.08777): SentencePiece unigram behind 103 tokens of its own."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, pre_tokenizers

from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece import SentencePieceTokenizer
from ...tokenization.sentencepiece_engine import dress, frame_items, given_model, plain_steps, spm_engine


class PegasusTokenizer(SentencePieceTokenizer):
    """Tokenizer of PEGASUS; `PegasusTokenizerFast` is the same class.

    Args:
        vocab_file: path of a spiece.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        pad_token: fills rows; id 0.
        eos_token: ends each row; id 1.
        unk_token: for what has no piece.
        mask_token: stands for a hidden word.
        mask_token_sent: stands for a hidden sentence; None: there is none.
        additional_special_tokens: special tokens without a role; `<unk_2>` and so on fill up the places.
        offset: how many ids come before the file's third piece, its first two being put aside.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or the special tokens hold one twice.
        TypeError: `additional_special_tokens` is no list.
    """

    vocab_files_names = {"vocab_file": "spiece.model", "tokenizer_file": "tokenizer.json"}

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        pad_token: str | AddedToken = "<pad>",
        eos_token: str | AddedToken = "</s>",
        unk_token: str | AddedToken = "<unk>",
        mask_token: str | AddedToken | None = "<mask_2>",
        mask_token_sent: str | None = "<mask_1>",
        additional_special_tokens: list[str | AddedToken] | None = None,
        offset: int = 103,
        **kwargs: Any,
    ) -> None:
        self.offset = offset
        self.mask_token_sent = mask_token_sent
        kwargs.pop("added_tokens_decoder", None)  # follows from the other arguments
        super().__init__(
            vocab_file,
            tokenizer_file,
            pad_token=pad_token,
            eos_token=eos_token,
            unk_token=unk_token,
            mask_token=mask_token,
            mask_token_sent=mask_token_sent,
            additional_special_tokens=_extended(additional_special_tokens, mask_token_sent, offset),
            offset=offset,
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces behind the tokens of its own, with `A B </s>` around."""
        model = given_model(files, cls.__name__, "spiece.model")
        offset, end = options["offset"], str(options["eos_token"])
        front = [str(options["pad_token"]), end]
        if options["mask_token_sent"] is not None:
            front += [str(options["mask_token_sent"])]
            if options["mask_token"] is not None and offset > len(front):
                front.append(str(options["mask_token"]))
        vocabulary = [(token, 0.0) for token in front]
        vocabulary += [(f"<unk_{i}>", -100.0) for i in range(2, offset)]
        engine = spm_engine(model, [*vocabulary, *model.scored(2)], model.unk_id + offset)
        dress(engine, plain_steps(model))
        engine.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), engine.pre_tokenizer]
        )
        frame_items(engine, ["$A", end], ["$A", "$B", end])
        return engine

    def get_special_tokens_mask(
        self,
        token_ids_0: list[int],
        token_ids_1: list[int] | None = None,
        already_has_special_tokens: bool = False,
    ) -> list[int]:
        """1 for special tokens inside the texts (not the unknown one) and for the end, 0 for text."""
        special = set(self.all_special_ids) - {self.unk_token_id}
        mask = [int(i in special) for i in (*token_ids_0, *(token_ids_1 or ()))]
        return mask if already_has_special_tokens else [*mask, 1]


def _extended(
    given: list[str | AddedToken] | None, mask_sent: str | None, offset: int
) -> list[str | AddedToken]:
    """Special tokens without a role, the places up to `offset` filled with `<unk_2>` and so on."""
    first: list[str | AddedToken] = [] if mask_sent is None else [mask_sent]
    if given is None:
        return [*first, *(f"<unk_{i}>" for i in range(2, offset))]
    if not isinstance(given, list):
        raise TypeError(f"additional_special_tokens must be a list, not {type(given).__name__}")
    tokens = list(given) if mask_sent in given else first + given
    tokens += [f"<unk_{i}>" for i in range(len(tokens), offset - 1)]
    names = [str(token) for token in tokens]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"additional_special_tokens: {twice} comes twice once <unk_2> ... fill the places")
    return tokens


PegasusTokenizerFast = PegasusTokenizer
VOCAB_FILES_NAMES = PegasusTokenizer.vocab_files_names

__all__ = ["PegasusTokenizer", "PegasusTokenizerFast"]
