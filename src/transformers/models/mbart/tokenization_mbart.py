"""Tokenizer of mBART (arXiv:2001.08210): XLM-RoBERTa's pieces and 25 codes; `</s>` and a code end a row."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer

from ...tokenization.fairseq_languages import FairseqLanguageTokenizer
from ...tokenization.fairseq_sentencepiece import fairseq_engine
from ...tokenization.languages import with_codes
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import frame

_CODES = (
    "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV "
    "my_MM ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN "
)
FAIRSEQ_LANGUAGE_CODES = _CODES.split()


class MBartTokenizer(FairseqLanguageTokenizer):
    """Tokenizer of mBART; `MBartTokenizerFast` is the same class.

    Args:
        vocab_file: path of a sentencepiece.bpe.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        src_lang: language of the inputs, "en_XX" by default.
        tgt_lang: language of the targets.
        additional_special_tokens: special tokens without a role beside the codes.
        **kwargs: special tokens by role, as in the base.

    Raises:
        ValueError: no file was given, it is damaged, or a language is unknown.
    """

    _code_in_front = False
    _usual_target = "ro_RO"

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        *,
        src_lang: str | None = None,
        tgt_lang: str | None = None,
        additional_special_tokens: list[str | AddedToken] | None = None,
        **kwargs: Any,
    ) -> None:
        extra = with_codes(FAIRSEQ_LANGUAGE_CODES, additional_special_tokens)
        super().__init__(
            vocab_file,
            tokenizer_file,
            "en_XX",
            src_lang,
            tgt_lang,
            additional_special_tokens=extra,
            **kwargs,
        )

    @classmethod
    def _codes(cls) -> list[str]:
        return FAIRSEQ_LANGUAGE_CODES

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """fairseq's pieces, the codes and the mask, with `A B </s> en_XX` around."""
        engine = fairseq_engine(files, cls.__name__, tail=[*FAIRSEQ_LANGUAGE_CODES, "<mask>"])
        frame(engine, "$A </s> en_XX", "$A $B </s> en_XX")
        return engine


MBartTokenizerFast = MBartTokenizer
VOCAB_FILES_NAMES = MBartTokenizer.vocab_files_names

__all__ = ["MBartTokenizer", "MBartTokenizerFast"]
