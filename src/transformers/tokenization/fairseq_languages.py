"""fairseq's SentencePiece tokenizers with codes of languages: mBART and what followed."""

from __future__ import annotations

from typing import Any

from tokenizers import processors

from .fairseq_sentencepiece import FairseqTokenizer
from .languages import LanguageMixin


class FairseqLanguageTokenizer(LanguageMixin, FairseqTokenizer):
    """A frame with a code of the language, set in the engine.

    Args:
        vocab_file: path of a sentencepiece.bpe.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        default: the language of inputs when none is given.
        src_lang: language of the inputs.
        tgt_lang: language of the targets.
        **kwargs: special tokens by role, as in the base.

    Raises:
        ValueError: no file was given, it is damaged, or the language is unknown.
    """

    # Whether the code stands in front of the text, or behind `</s>`.
    _code_in_front = True

    def __init__(
        self,
        vocab_file: str | None,
        tokenizer_file: str | None,
        default: str,
        src_lang: str | None,
        tgt_lang: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab_file, tokenizer_file, src_lang=src_lang, tgt_lang=tgt_lang, **kwargs)
        self._src_lang = default if src_lang is None else src_lang
        self.tgt_lang = tgt_lang
        if src_lang is not None or self._tokenizer.token_to_id(default) is not None:
            self.set_src_lang_special_tokens(self._src_lang)

    def _set_language(self, index: int) -> None:
        end = self.eos_token_id
        if end is None:
            raise ValueError("texts in a language are ended by eos_token, and there is none")
        first, last = ([index], [end]) if self._code_in_front else ([], [end, index])
        if (first, last) == (self.prefix_tokens, self.suffix_tokens):
            return
        self.cur_lang_code = index
        self.prefix_tokens, self.suffix_tokens = first, last
        before = [str(token) for token in self.convert_ids_to_tokens(self.prefix_tokens)]
        after = [str(token) for token in self.convert_ids_to_tokens(self.suffix_tokens)]
        pairs = zip([*before, *after], [*self.prefix_tokens, *self.suffix_tokens], strict=True)
        with self._lock:
            self._tokenizer.post_processor = processors.TemplateProcessing(
                single=[*before, "$A", *after],
                pair=[*before, "$A", "$B", *after],
                special_tokens=list(pairs),
            )

    @property
    def lang_code_to_id(self) -> dict[str, int]:
        """Ids of the languages' codes."""
        return {code: self.convert_tokens_to_ids(code) for code in self._codes()}

    @classmethod
    def _codes(cls) -> list[str]:
        """Codes of the languages that the published models know, in the order of their ids."""
        raise NotImplementedError


__all__ = ["FairseqLanguageTokenizer"]
