"""Tokenizer of mBART-50 (arXiv:2008.00401). Unlike mBART: 52 codes, and the code comes first."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer

from ...tokenization.fairseq_languages import FairseqLanguageTokenizer
from ...tokenization.fairseq_sentencepiece import fairseq_engine
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import frame
from ..mbart.tokenization_mbart import FAIRSEQ_LANGUAGE_CODES as FIRST_CODES

_MORE = (
    "af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX "
    "sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI "
)
FAIRSEQ_LANGUAGE_CODES = [*FIRST_CODES, *_MORE.split()]


class MBart50Tokenizer(FairseqLanguageTokenizer):
    """Tokenizer of mBART-50; `MBart50TokenizerFast` is the same class.

    Args:
        vocab_file: path of a sentencepiece.bpe.model.
        src_lang: language of the inputs, "en_XX" by default.
        tgt_lang: language of the targets.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        additional_special_tokens: special tokens without a role; the codes follow them.
        **kwargs: special tokens by role, as in the base; there is no bos_token.

    Raises:
        ValueError: no file was given, it is damaged, or a language is unknown.
    """

    _usual_target = "ro_RO"

    def __init__(
        self,
        vocab_file: str | None = None,
        src_lang: str | None = None,
        tgt_lang: str | None = None,
        tokenizer_file: str | None = None,
        *,
        additional_special_tokens: list[str | AddedToken] | None = None,
        **kwargs: Any,
    ) -> None:
        given = list(additional_special_tokens or ())
        texts = {str(token) for token in given}
        kwargs.setdefault("bos_token", None)
        super().__init__(
            vocab_file,
            tokenizer_file,
            "en_XX",
            src_lang,
            tgt_lang,
            additional_special_tokens=[*given, *(c for c in FAIRSEQ_LANGUAGE_CODES if c not in texts)],
            **kwargs,
        )

    @classmethod
    def _codes(cls) -> list[str]:
        return FAIRSEQ_LANGUAGE_CODES

    @property
    def cur_lang_code_id(self) -> int:
        """Id of the code that stands in front of texts now."""
        return self.cur_lang_code

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """fairseq's pieces, the codes and the mask, with `en_XX A B </s>` around."""
        engine = fairseq_engine(files, cls.__name__, tail=[*FAIRSEQ_LANGUAGE_CODES, "<mask>"])
        frame(engine, "en_XX $A </s>", "en_XX $A $B </s>")
        return engine


MBart50TokenizerFast = MBart50Tokenizer
VOCAB_FILES_NAMES = MBart50Tokenizer.vocab_files_names

__all__ = ["MBart50Tokenizer", "MBart50TokenizerFast"]
