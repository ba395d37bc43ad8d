"""Tokenizer of M2M-100 (arXiv:2010.11125): SentencePiece, ids from a vocab.json, and a code in front."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken

from ...tokenization.languages import LanguageMixin
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.published import load_json as load_json
from ...tokenization.published import load_spm as load_spm
from ...tokenization.published import save_json as save_json
from ...tokenization.python import PreTrainedTokenizer
from ...tokenization.sampling import read_sampling
from ...tokenization.saving import file_name
from ...tokenization.sentencepiece_processor import SentencePieceProcessor
from ...tokenization.sentencepiece_python import checked_folder, join_runs, read_ids, write_ids, write_model
from ...utils.errors import did_you_mean

_M2M100 = (
    "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he "
    "hi hr ht hu hy id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl "
    "no ns oc or pa pl ps pt ro ru sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi "
    "yo zh zu "
)
_WMT21 = "en ha is ja cs ru zh de"
FAIRSEQ_LANGUAGE_CODES = {"m2m100": _M2M100.split(), "wmt21": _WMT21.split()}


class M2M100Tokenizer(LanguageMixin, PreTrainedTokenizer):
    """Tokenizer of M2M-100 and WMT21.

    Args:
        vocab_file: path of a vocab.json, token to id; the codes' ids follow.
        spm_file: path of a sentencepiece.bpe.model.
        src_lang: language of the inputs, "en" by default.
        tgt_lang: language of the targets.
        bos_token: starts a text that is generated.
        eos_token: ends each text.
        sep_token: the same.
        pad_token: fills rows.
        unk_token: for pieces that have no id.
        language_codes: which codes there are: "m2m100" or "wmt21".
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        num_madeup_words: kept for files of older tokenizers.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is damaged, the vocabulary lacks unk_token, or a language is unknown.
    """

    _usual_target = "ro"
    vocab_files_names = {
        "vocab_file": "vocab.json",
        "spm_file": "sentencepiece.bpe.model",
        "tokenizer_config_file": "tokenizer_config.json",
    }
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str,
        spm_file: str,
        src_lang: str | None = None,
        tgt_lang: str | None = None,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        pad_token: str | AddedToken = "<pad>",
        unk_token: str | AddedToken = "<unk>",
        language_codes: str = "m2m100",
        sp_model_kwargs: dict[str, Any] | None = None,
        num_madeup_words: int = 8,
        **kwargs: Any,
    ) -> None:
        if language_codes not in FAIRSEQ_LANGUAGE_CODES:
            raise ValueError(f"language_codes must be 'm2m100' or 'wmt21', not {language_codes!r}")
        self.language_codes = language_codes
        self.num_madeup_words = num_madeup_words
        self.vocab_file, self.spm_file = vocab_file, spm_file
        self.sp_model_kwargs = read_sampling(sp_model_kwargs)
        self.encoder = read_ids(vocab_file)
        if str(unk_token) not in self.encoder:
            raise ValueError(f"{vocab_file} has no {str(unk_token)!r}, the unk_token")
        self.decoder = {index: token for token, index in self.encoder.items()}
        self.sp_model = SentencePieceProcessor(spm_file, **self.sp_model_kwargs)
        codes = FAIRSEQ_LANGUAGE_CODES[language_codes]
        self.lang_code_to_token = {code: f"__{code}__" for code in codes}
        self.lang_code_to_id = {code: len(self.encoder) + i for i, code in enumerate(codes)}
        self.lang_token_to_id = {f"__{code}__": index for code, index in self.lang_code_to_id.items()}
        self.id_to_lang_token = {index: token for token, index in self.lang_token_to_id.items()}
        kwargs.pop("tokenizer_config_file", None)
        super().__init__(
            src_lang=src_lang,
            tgt_lang=tgt_lang,
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            unk_token=unk_token,
            pad_token=pad_token,
            language_codes=language_codes,
            sp_model_kwargs=self.sp_model_kwargs,
            num_madeup_words=num_madeup_words,
            **kwargs,
        )
        self.tgt_lang = tgt_lang
        self.src_lang = "en" if src_lang is None else src_lang

    # -- vocabulary

    @property
    def vocab_size(self) -> int:
        """Number of tokens in the vocab.json."""
        return len(self.encoder)

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        return {**self.encoder, **self.added_tokens_encoder}

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return self.sp_model.encode(text, out_type=str)  # type: ignore[no-any-return]

    def _convert_token_to_id(self, token: str) -> int:
        if token in self.lang_token_to_id:
            return self.lang_token_to_id[token]
        return self.encoder.get(token, self.encoder[str(self.unk_token)])

    def _convert_id_to_token(self, index: int) -> str:
        known = self.id_to_lang_token.get(index) or self.decoder.get(index)
        return str(self.unk_token) if known is None else known

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        return join_runs(self.sp_model, tokens, set(self.all_special_tokens)).strip()

    # -- languages

    def get_lang_token(self, lang: str) -> str:
        """The token that stands for a language.

        Raises:
            ValueError: there is none.
        """
        if lang not in self.lang_code_to_token:
            known = list(self.lang_code_to_token)
            raise ValueError(
                f"unknown language {lang!r}; known: {', '.join(known)}.{did_you_mean(lang, known)}"
            )
        return self.lang_code_to_token[lang]

    def get_lang_id(self, lang: str) -> int:
        """Id of `get_lang_token`."""
        return self.lang_token_to_id[self.get_lang_token(lang)]

    def _language_id(self, code: str) -> int:
        return self.get_lang_id(code)

    def _set_language(self, index: int) -> None:
        self.cur_lang_id = index
        self.prefix_tokens = [index]
        self.suffix_tokens = [self.convert_tokens_to_ids(self.eos_token)]

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """The code's id, the texts, and `</s>`."""
        return [*self.prefix_tokens, *token_ids_0, *(token_ids_1 or ()), *self.suffix_tokens]

    # -- files

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write vocab.json and the SentencePiece model into a folder; their paths."""
        folder = checked_folder(save_directory)
        names = {key: file_name(name, filename_prefix) for key, name in self.vocab_files_names.items()}
        ids = write_ids(self.encoder, folder, names["vocab_file"])
        return (ids, write_model(self.sp_model, folder, names["spm_file"]))


VOCAB_FILES_NAMES = M2M100Tokenizer.vocab_files_names

__all__ = ["M2M100Tokenizer"]
