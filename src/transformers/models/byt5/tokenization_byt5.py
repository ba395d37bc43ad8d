"""Tokenizer of ByT5 (arXiv:2105.13626): every UTF-8 byte is a token; there is no vocabulary file."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken

from ...tokenization.python import PreTrainedTokenizer
from ...utils import logging

logger = logging.get_logger(__name__)
_FIRST = 3  # id of byte 0: padding, end and unknown come before
_BYTES = 256


class ByT5Tokenizer(PreTrainedTokenizer):
    """Tokenizer of ByT5; a byte is shown as the character of its number.

    Args:
        eos_token: ends each text; its id is 1.
        unk_token: a name for what the vocabulary lacks; text never does. Its id is 2.
        pad_token: fills rows; its id is 0.
        extra_ids: number of tokens `<extra_id_0>`, `<extra_id_1>` ... behind the bytes.
        additional_special_tokens: special tokens without a role; must hold `extra_ids` of those tokens.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: `additional_special_tokens` and `extra_ids` do not fit.
    """

    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        eos_token: str | AddedToken = "</s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        extra_ids: int = 125,
        additional_special_tokens: list[str | AddedToken] | None = None,
        **kwargs: Any,
    ) -> None:
        if additional_special_tokens is None:
            additional_special_tokens = [f"<extra_id_{number}>" for number in range(extra_ids)]
        elif extra_ids > 0 and additional_special_tokens:
            given = {str(token) for token in additional_special_tokens if "extra_id" in str(token)}
            if len(given) != extra_ids:
                raise ValueError(
                    f"additional_special_tokens hold {len(given)} tokens <extra_id_...>, and extra_ids is "
                    f"{extra_ids}: give as many, or extra_ids=0"
                )
        pad, end, unknown = (_eats_space(token) for token in (pad_token, eos_token, unk_token))
        declared = {0: pad, 1: end, 2: unknown, **(kwargs.pop("added_tokens_decoder", None) or {})}
        super().__init__(
            eos_token=end,
            unk_token=unknown,
            pad_token=pad,
            extra_ids=0,
            additional_special_tokens=additional_special_tokens,
            added_tokens_decoder=declared,
            **kwargs,
        )

    @property
    def vocab_size(self) -> int:
        """Number of bytes there are; special tokens are not counted."""
        return _BYTES

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        return {chr(byte): byte + _FIRST for byte in range(_BYTES)} | self.added_tokens_encoder

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return list(text.encode("utf-8").decode("latin-1"))

    def _convert_token_to_id(self, token: str) -> int | None:
        return ord(token) + _FIRST if len(token) == 1 else None

    def _convert_id_to_token(self, index: int) -> str:
        return chr(index - _FIRST)

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of bytes and added tokens; bytes that are no UTF-8 are left out.

        Raises:
            ValueError: a token is neither a byte nor an added token.
        """
        added = self.added_tokens_encoder
        found = bytearray()
        for token in tokens:
            if token not in added and not (len(token) == 1 and ord(token) < _BYTES):
                raise ValueError(f"{token!r} is no byte and no added token of this {type(self).__name__}")
            found += token.encode("utf-8" if token in added else "latin-1")
        return found.decode("utf-8", errors="ignore")

    def _ended(self, ids: list[int]) -> list[int]:
        end = self.convert_tokens_to_ids(self.eos_token)
        if ids and ids[-1] == end:
            logger.warning_once("A text ends in %s already; no second one is put behind it", self.eos_token)
            return ids
        return [*ids, end]

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """`A </s>`, or `A </s> B </s>`; a text that ends in `</s>` gets no second one."""
        return self._ended(token_ids_0) + ([] if token_ids_1 is None else self._ended(token_ids_1))

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """0 everywhere: the model knows one type."""
        return [0] * (len(token_ids_0) + 1 + (0 if token_ids_1 is None else len(token_ids_1) + 1))

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Nothing to write."""
        return ()


def _eats_space(token: str | AddedToken) -> AddedToken:
    """A special token that takes the spaces on both sides of it."""
    if isinstance(token, AddedToken):
        return token
    return AddedToken(token, lstrip=True, rstrip=True, normalized=True, special=True)


__all__ = ["ByT5Tokenizer"]
