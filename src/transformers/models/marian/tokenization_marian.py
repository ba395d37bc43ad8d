"""Tokenizer of Marian (arXiv:1804.00344): SentencePiece of source and of target, ids from a vocab.json."""

from __future__ import annotations

import importlib
from typing import Any

from tokenizers import AddedToken

from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.published import load_json as load_json
from ...tokenization.published import load_spm as load_spm
from ...tokenization.published import save_json as save_json
from ...tokenization.python import PreTrainedTokenizer
from ...tokenization.sampling import read_sampling
from ...tokenization.saving import file_name
from ...tokenization.sentencepiece_model import SPACE
from ...tokenization.sentencepiece_processor import SentencePieceProcessor
from ...tokenization.sentencepiece_python import checked_folder, join_runs, read_ids, write_ids, write_model


class MarianTokenizer(PreTrainedTokenizer):
    """Tokenizer of Marian; a text may begin with the code of its target language, `>>de<<`.

    Args:
        source_spm: path of a source.spm.
        target_spm: path of a target.spm.
        vocab: path of a vocab.json, token to id.
        target_vocab_file: path of the targets' own vocab.json, with `separate_vocabs`.
        source_lang: language of the inputs.
        target_lang: language of the targets.
        unk_token: for pieces that have no id.
        eos_token: ends each row.
        pad_token: fills rows, and starts what is generated.
        model_max_length: tokens that the model takes.
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        separate_vocabs: whether the targets have a vocabulary of their own.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is missing or damaged, or the vocabulary lacks unk_token or pad_token.
    """

    vocab_files_names = {
        "source_spm": "source.spm",
        "target_spm": "target.spm",
        "vocab": "vocab.json",
        "target_vocab_file": "target_vocab.json",
        "tokenizer_config_file": "tokenizer_config.json",
    }
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        source_spm: str,
        target_spm: str,
        vocab: str,
        target_vocab_file: str | None = None,
        source_lang: str | None = None,
        target_lang: str | None = None,
        unk_token: str | AddedToken = "<unk>",
        eos_token: str | AddedToken = "</s>",
        pad_token: str | AddedToken = "<pad>",
        model_max_length: int = 512,
        sp_model_kwargs: dict[str, Any] | None = None,
        separate_vocabs: bool = False,
        **kwargs: Any,
    ) -> None:
        self.separate_vocabs = separate_vocabs
        self.source_lang, self.target_lang = source_lang, target_lang
        self.sp_model_kwargs = read_sampling(sp_model_kwargs)
        self.encoder = read_ids(vocab)
        for role, token in (("unk_token", unk_token), ("pad_token", pad_token)):
            if str(token) not in self.encoder:
                raise ValueError(f"{vocab} has no {str(token)!r}, the {role}")
        if separate_vocabs and target_vocab_file is None:
            raise ValueError("separate_vocabs takes target_vocab_file, and it was not given")
        self.target_encoder = read_ids(str(target_vocab_file)) if separate_vocabs else self.encoder
        self.decoder = {index: token for token, index in self.target_encoder.items()}
        self.supported_language_codes = [
            token
            for token in self.encoder
            if not separate_vocabs and token.startswith(">>") and token.endswith("<<")
        ]
        self.spm_files = [source_spm, target_spm]
        self.spm_source, self.spm_target = (
            SentencePieceProcessor(path, **self.sp_model_kwargs) for path in self.spm_files
        )
        self.current_spm, self.current_encoder = self.spm_source, self.encoder
        kwargs.pop("tokenizer_config_file", None)
        super().__init__(
            source_lang=source_lang,
            target_lang=target_lang,
            unk_token=unk_token,
            eos_token=eos_token,
            pad_token=pad_token,
            model_max_length=model_max_length,
            sp_model_kwargs=self.sp_model_kwargs,
            target_vocab_file=target_vocab_file,
            separate_vocabs=separate_vocabs,
            **kwargs,
        )

    # -- vocabulary

    @property
    def vocab_size(self) -> int:
        """Number of tokens in the vocab.json."""
        return len(self.encoder)

    def get_vocab(self) -> dict[str, int]:
        """Every token of the inputs with its id."""
        return self.get_src_vocab()

    def get_src_vocab(self) -> dict[str, int]:
        """Every token of the inputs with its id."""
        return {**self.encoder, **self.added_tokens_encoder}

    def get_tgt_vocab(self) -> dict[str, int]:
        """Every token of the targets with its id."""
        return {**self.target_encoder, **self.added_tokens_encoder}

    def remove_language_code(self, text: str) -> tuple[list[str], str]:
        """The code that a text begins with, as a list of one or of none, and the rest."""
        end = text.find("<<")
        return ([text[: end + 2]], text[end + 2 :]) if text.startswith(">>") and end >= 0 else ([], text)

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        code, rest = self.remove_language_code(text)
        return [*code, *self.current_spm.encode(rest, out_type=str)]

    def _convert_token_to_id(self, token: str) -> int:
        return self.current_encoder.get(token, self.current_encoder[str(self.unk_token)])

    def _convert_id_to_token(self, index: int) -> str:
        return self.decoder.get(index, str(self.unk_token))

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens, of the targets unless decoding was asked to use the source's model."""
        processor = self.spm_source if self._decode_use_source_tokenizer else self.spm_target
        text = join_runs(processor, tokens, set(self.all_special_tokens), after=" ")
        return text.replace(SPACE, " ").strip()

    def normalize(self, text: str) -> str:
        """`text` with its punctuation evened out, where the package sacremoses is installed."""
        if not text:
            return ""
        try:
            moses = importlib.import_module("sacremoses")
        except ImportError:
            return text
        return str(moses.MosesPunctNormalizer(self.source_lang or "en").normalize(text))

    # -- frames

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """The texts, and `</s>`."""
        return [*token_ids_0, *(token_ids_1 or ()), self.convert_tokens_to_ids(self.eos_token)]

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

    def _switch_to_input_mode(self) -> None:
        self.current_spm, self.current_encoder = self.spm_source, self.encoder

    def _switch_to_target_mode(self) -> None:
        self.current_spm, self.current_encoder = self.spm_target, self.target_encoder

    # -- files

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the vocabularies and the two SentencePiece models into a folder; their paths."""
        folder = checked_folder(save_directory)
        names = {key: file_name(name, filename_prefix) for key, name in self.vocab_files_names.items()}
        written = [write_ids(self.encoder, folder, names["vocab"])]
        if self.separate_vocabs:
            written.append(write_ids(self.target_encoder, folder, names["target_vocab_file"]))
        written.append(write_model(self.spm_source, folder, names["source_spm"]))
        written.append(write_model(self.spm_target, folder, names["target_spm"]))
        return tuple(written)


VOCAB_FILES_NAMES = MarianTokenizer.vocab_files_names

__all__ = ["MarianTokenizer"]
