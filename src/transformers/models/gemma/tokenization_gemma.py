"""Tokenizer of Gemma (arXiv:2403.08295): SentencePiece BPE with bytes. Unlike Llama: no space in front."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers

from ...tokenization.bos_eos import BosEosTokenizer
from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.sentencepiece_engine import given_model, spm_engine
from ...tokenization.sentencepiece_model import SPACE

_TURNS = ("<start_of_turn>", "<end_of_turn>")


class GemmaTokenizer(BosEosTokenizer):
    """Tokenizer of Gemma; `GemmaTokenizerFast` is the same class.

    Args:
        vocab_file: path of a tokenizer.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        clean_up_tokenization_spaces: whether decoding tidies spaces before punctuation.
        unk_token: a name for what has no piece; text never has.
        bos_token: starts a text.
        eos_token: ends a text.
        pad_token: fills rows.
        add_bos_token: whether bos_token stands in front of each text; wins over tokenizer.json.
        add_eos_token: whether eos_token stands behind each text; wins over tokenizer.json.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or a token that is switched on is None.
    """

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        clean_up_tokenization_spaces: bool = False,
        unk_token: str | AddedToken = "<unk>",
        bos_token: str | AddedToken = "<bos>",
        eos_token: str | AddedToken = "<eos>",
        pad_token: str | AddedToken = "<pad>",
        add_bos_token: bool = True,
        add_eos_token: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            tokenizer_file,
            clean_up_tokenization_spaces=clean_up_tokenization_spaces,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            add_bos_token=add_bos_token,
            add_eos_token=add_eos_token,
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces, the first three under the names of the special tokens; a tab is a piece."""
        model = given_model(files, cls.__name__, "tokenizer.model")
        names = [str(options[role]) for role in ("pad_token", "eos_token", "bos_token")]
        vocabulary = [*((name, 0.0) for name in names), *model.scored(3)]
        if "\t" not in model.ids and "<0x09>" in model.ids:
            vocabulary[model.ids["<0x09>"]] = ("\t", 0.0)
        engine = spm_engine(model, vocabulary, 3, byte_fallback=True, special=_TURNS)
        engine.normalizer = normalizers.Replace(" ", SPACE)
        engine.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        engine.decoder = decoders.Sequence(
            [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
        )
        return engine


GemmaTokenizerFast = GemmaTokenizer
VOCAB_FILES_NAMES = GemmaTokenizer.vocab_files_names

__all__ = ["GemmaTokenizer", "GemmaTokenizerFast"]
