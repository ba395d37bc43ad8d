"""Tokenizer of T5 (arXiv:1910.10683): SentencePiece unigram, `</s>` behind each text, sentinels."""

from __future__ import annotations

import re
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers

from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece import SentencePieceTokenizer
from ...tokenization.sentencepiece_engine import dress, frame, given_model, plain_steps, spm_engine

_SENTINEL = re.compile(r"<extra_id_\d+>")


class T5Tokenizer(SentencePieceTokenizer):
    """Tokenizer of T5; `T5TokenizerFast` is the same class.

    Args:
        vocab_file: path of a spiece.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        eos_token: ends each text.
        unk_token: for what has no piece.
        pad_token: fills rows.
        extra_ids: how many sentinels, `<extra_id_0>` and so on, follow the pieces; the first is the last id.
        additional_special_tokens: special tokens without a role; the sentinels are among them.
        add_prefix_space: whether a text gets a space in front; None: as tokenizer.json says, else True.
        legacy: whether a text that follows a special token gets one as well; a tokenizer.json wins.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or `extra_ids` contradicts the sentinels given.
    """

    vocab_files_names = {"vocab_file": "spiece.model", "tokenizer_file": "tokenizer.json"}

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        eos_token: str | AddedToken = "</s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        extra_ids: int = 100,
        additional_special_tokens: list[str | AddedToken] | None = None,
        add_prefix_space: bool | None = None,
        legacy: bool | None = None,
        **kwargs: Any,
    ) -> None:
        self._extra_ids = extra_ids
        self.add_prefix_space = add_prefix_space
        self.legacy = True if legacy is None else legacy
        super().__init__(
            vocab_file,
            tokenizer_file,
            eos_token=eos_token,
            unk_token=unk_token,
            pad_token=pad_token,
            extra_ids=extra_ids,
            additional_special_tokens=_with_sentinels(additional_special_tokens, extra_ids),
            add_prefix_space=add_prefix_space,
            legacy=self.legacy,
            **kwargs,
        )
        words = self._tokenizer.pre_tokenizer
        if add_prefix_space is not None and isinstance(words, pre_tokenizers.Metaspace):
            scheme = prefix_scheme(add_prefix_space, self.legacy)
            if words.prepend_scheme != scheme:
                words.prepend_scheme = scheme
                self._tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces and the sentinels, with `A </s> B </s>` around."""
        model = given_model(files, cls.__name__, "spiece.model")
        sentinels = [(f"<extra_id_{i}>", 0.0) for i in reversed(range(options["extra_ids"]))]
        scheme = prefix_scheme(options["add_prefix_space"] is not False, options["legacy"])
        engine = dress(spm_engine(model, [*model.scored(), *sentinels]), plain_steps(model), scheme=scheme)
        frame(engine, "$A </s>", "$A </s> $B </s>")
        return engine

    def get_sentinel_tokens(self) -> list[str]:
        """The sentinels among the special tokens, in no order."""
        return list({token for token in self.additional_special_tokens if _SENTINEL.search(token)})

    def get_sentinel_token_ids(self) -> list[int]:
        """Ids of `get_sentinel_tokens`."""
        return [self.convert_tokens_to_ids(token) for token in self.get_sentinel_tokens()]


def prefix_scheme(add_prefix_space: bool, legacy: bool) -> str:
    """Where the engine puts a space in front."""
    if not add_prefix_space:
        return "never"
    return "always" if legacy else "first"


def _with_sentinels(given: list[str | AddedToken] | None, count: int) -> list[str | AddedToken]:
    tokens = list(given or [])
    found = sum("<extra_id_" in str(token) for token in tokens)
    if not found:
        return [*tokens, *(f"<extra_id_{i}>" for i in range(count))]
    if count > 0 and found != count:
        raise ValueError(
            f"extra_ids is {count}, and additional_special_tokens holds {found} sentinels "
            "(<extra_id_0> ...): leave one of the two out, or make them agree"
        )
    return tokens


T5TokenizerFast = T5Tokenizer
VOCAB_FILES_NAMES = T5Tokenizer.vocab_files_names

__all__ = ["T5Tokenizer", "T5TokenizerFast"]
