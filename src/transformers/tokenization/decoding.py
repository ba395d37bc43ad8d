"""Ids back to text, and what a vocabulary holds."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken

from .arrays import to_lists
from .framing import FramingMixin
from .text_input import clean_spaces


class DecodingMixin(FramingMixin):
    """The part of a tokenizer that turns ids into text."""

    clean_up_tokenization_spaces: bool
    model_max_length: int
    # For tokenizers that have one vocabulary for inputs and another for targets: decode by the first.
    _decode_use_source_tokenizer: bool = False

    # -- hooks: what an engine gives

    @property
    def is_fast(self) -> bool:
        """Whether the Rust engine does the work."""
        raise NotImplementedError

    @property
    def vocab_size(self) -> int:
        """Number of tokens without those added later; `len(tokenizer)` counts all."""
        raise NotImplementedError

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        raise NotImplementedError

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the vocabulary files into a folder; their paths."""
        raise NotImplementedError

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        raise NotImplementedError

    def _decode_rows(self, rows: list[list[int]], skip_special_tokens: bool, **kwargs: Any) -> list[str]:
        raise NotImplementedError

    # -- ids to text

    def decode(
        self,
        token_ids: Any,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
        **kwargs: Any,
    ) -> str:
        """Text of ids.

        Args:
            token_ids: one id, a list, or an array of any framework, shape (T,).
            skip_special_tokens: whether to leave special tokens out.
            clean_up_tokenization_spaces: whether to tidy spaces before punctuation; by default the
                tokenizer's own choice.
            **kwargs: options of a Python tokenizer.
        """
        ids = to_lists(token_ids)
        row = [ids] if isinstance(ids, int) else list(ids)
        return self._decode_clean([row], skip_special_tokens, clean_up_tokenization_spaces, **kwargs)[0]

    def batch_decode(
        self,
        sequences: Any,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Texts of many rows of ids: a list of rows, or an array of any framework, shape (B, T)."""
        rows = [[row] if isinstance(row, int) else list(row) for row in to_lists(sequences)]
        return self._decode_clean(rows, skip_special_tokens, clean_up_tokenization_spaces, **kwargs)

    def _decode_clean(
        self, rows: list[list[int]], skip_special_tokens: bool, clean: bool | None, **kwargs: Any
    ) -> list[str]:
        self._decode_use_source_tokenizer = bool(kwargs.pop("use_source_tokenizer", False))
        try:
            texts = self._decode_rows(rows, skip_special_tokens, **kwargs)
        finally:
            self._decode_use_source_tokenizer = False
        tidy = self.clean_up_tokenization_spaces if clean is None else clean
        return [self.clean_up_tokenization(text) for text in texts] if tidy else texts

    @staticmethod
    def clean_up_tokenization(out_string: str) -> str:
        """English text without the spaces that tokens leave before punctuation and contractions."""
        return clean_spaces(out_string)

    # -- vocabulary

    @property
    def added_tokens_decoder(self) -> dict[int, AddedToken]:
        """Tokens added to the vocabulary or protected from being split, by id."""
        raise NotImplementedError

    @property
    def added_tokens_encoder(self) -> dict[str, int]:
        """Ids of `added_tokens_decoder` by text, in the order of ids."""
        return {token.content: index for index, token in sorted(self.added_tokens_decoder.items())}

    def get_added_vocab(self) -> dict[str, int]:
        """Ids of added tokens by text."""
        return self.added_tokens_encoder

    @property
    def max_len_single_sentence(self) -> int:
        """Tokens that one text may have beside the special ones."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=False)

    @property
    def max_len_sentences_pair(self) -> int:
        """Tokens that two texts may have together beside the special ones."""
        return self.model_max_length - self.num_special_tokens_to_add(pair=True)


__all__ = ["DecodingMixin"]
