"""Tokenizers of translation models: a code of the language stands before or behind each text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..utils.errors import did_you_mean
from .base import PreTrainedTokenizerBase
from .batch_encoding import BatchEncoding

if TYPE_CHECKING:
    from tokenizers import AddedToken


class LanguageMixin(PreTrainedTokenizerBase):
    """Source and target language, and the frame that follows from them.

    A class sets `_src_lang` and `tgt_lang`, then calls `set_src_lang_special_tokens`.
    """

    prefix_tokens: list[int] = []
    suffix_tokens: list[int] = []
    _src_lang: str
    tgt_lang: str | None
    # False while the vocabulary has not even the default language.
    _in_a_language: bool = False
    # Language of targets where neither the tokenizer nor a batch of the older form names one.
    _usual_target: str | None = None

    # -- hooks

    def _language_id(self, code: str) -> int:
        """Id of the token of a language.

        Raises:
            ValueError: there is none.
        """
        index = self.convert_tokens_to_ids(code)
        if index is None or (index == self.unk_token_id and code != self.unk_token):
            known = self.additional_special_tokens
            raise ValueError(
                f"no token stands for the language {code!r}; add it as a special token, or use one of "
                f"{', '.join(known[:8])} ....{did_you_mean(code, known)}"
            )
        return int(index)

    def _set_language(self, index: int) -> None:
        """Put the frame of a language around texts from now on."""
        raise NotImplementedError

    # -- what callers use

    @property
    def src_lang(self) -> str:
        """Language of the inputs."""
        return self._src_lang

    @src_lang.setter
    def src_lang(self, code: str) -> None:
        self._src_lang = code
        self.set_src_lang_special_tokens(code)

    def set_src_lang_special_tokens(self, src_lang: str) -> None:
        """Frame texts as inputs in this language, until targets are encoded."""
        self._set_language(self._language_id(src_lang))
        self._in_a_language = True

    def set_tgt_lang_special_tokens(self, lang: str) -> None:
        """Frame texts as targets in this language, until the next call on inputs."""
        self._set_language(self._language_id(lang))
        self._in_a_language = True

    def _switch_to_input_mode(self) -> None:
        if self._in_a_language:
            self.set_src_lang_special_tokens(self.src_lang)

    def _switch_to_target_mode(self) -> None:
        if self.tgt_lang is None:
            raise ValueError("targets need a language: set tgt_lang")
        self.set_tgt_lang_special_tokens(self.tgt_lang)

    def _build_translation_inputs(
        self, raw_inputs: Any, src_lang: str | None, tgt_lang: str | None, **kwargs: Any
    ) -> BatchEncoding:
        """Inputs in one language, and as `forced_bos_token_id` the token that starts the other's."""
        if src_lang is None or tgt_lang is None:
            raise ValueError("Translation requires a `src_lang` and a `tgt_lang` for this model")
        self.src_lang = src_lang
        inputs = self(raw_inputs, add_special_tokens=True, **kwargs)
        inputs["forced_bos_token_id"] = self._language_id(tgt_lang)
        return inputs

    def prepare_seq2seq_batch(  # type: ignore[override]
        self,
        src_texts: Any,
        src_lang: str | None = None,
        tgt_texts: Any = None,
        tgt_lang: str | None = None,
        **kwargs: Any,
    ) -> BatchEncoding:
        """Inputs of texts in one language, labels of texts in another; None leaves a language as it is."""
        if src_lang is not None:
            self.src_lang = src_lang
        self.tgt_lang = tgt_lang or self.tgt_lang or self._usual_target
        return super().prepare_seq2seq_batch(src_texts, tgt_texts, **kwargs)


def with_codes(codes: list[str], given: list[str | AddedToken] | None) -> list[str | AddedToken]:
    """Codes of languages, then those of the given tokens that are none."""
    return [*codes, *(token for token in given or () if str(token) not in codes)]


__all__ = ["LanguageMixin", "with_codes"]
