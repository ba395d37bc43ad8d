"""Tokenizer of DeBERTa-v2 and v3 (arXiv:2111.09543): SentencePiece unigram with BERT's frame."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers

from ...tokenization.folded_sentencepiece import fold_case
from ...tokenization.sentencepiece import SentencePieceTokenizer
from ...tokenization.sentencepiece_engine import dress, frame, given_model, single_space_steps, spm_engine


class DebertaV2Tokenizer(SentencePieceTokenizer):
    """Tokenizer of DeBERTa-v2; `DebertaV2TokenizerFast` is the same class.

    Args:
        vocab_file: path of a spm.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        do_lower_case: whether to lower-case; True wins over tokenizer.json.
        split_by_punct: whether each punctuation mark is a word of its own.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        unk_token: for what has no piece.
        sep_token: ends each text.
        pad_token: fills rows.
        cls_token: starts each row.
        mask_token: stands for a hidden token.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or lacks a token of the frame.
    """

    vocab_files_names = {"vocab_file": "spm.model", "tokenizer_file": "tokenizer.json"}
    model_input_names = ["input_ids", "token_type_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        do_lower_case: bool = False,
        split_by_punct: bool = False,
        bos_token: str | AddedToken = "[CLS]",
        eos_token: str | AddedToken = "[SEP]",
        unk_token: str | AddedToken = "[UNK]",
        sep_token: str | AddedToken = "[SEP]",
        pad_token: str | AddedToken = "[PAD]",
        cls_token: str | AddedToken = "[CLS]",
        mask_token: str | AddedToken = "[MASK]",
        **kwargs: Any,
    ) -> None:
        self.do_lower_case = do_lower_case
        self.split_by_punct = split_by_punct
        from_vocabulary = tokenizer_file is None and kwargs.get("tokenizer_object") is None
        # Lower-casing would reach a token that is normalised, and decoding would show it so.
        if from_vocabulary and not do_lower_case and isinstance(unk_token, str):
            unk_token = AddedToken(unk_token, normalized=True, special=True)
        super().__init__(
            vocab_file,
            tokenizer_file,
            do_lower_case=do_lower_case,
            split_by_punct=split_by_punct,
            bos_token=bos_token,
            eos_token=eos_token,
            unk_token=unk_token,
            sep_token=sep_token,
            pad_token=pad_token,
            cls_token=cls_token,
            mask_token=mask_token,
            **kwargs,
        )
        if do_lower_case and not from_vocabulary:
            fold_case(self._tokenizer)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """The file's pieces with `[CLS] A [SEP] B [SEP]` around."""
        model = given_model(files, cls.__name__, "spm.model")
        steps = [normalizers.Lowercase()] if options["do_lower_case"] else []
        steps += [normalizers.Strip(), *single_space_steps(model)]
        marks = [pre_tokenizers.Punctuation(behavior="isolated")] if options["split_by_punct"] else []
        engine = dress(spm_engine(model), steps)
        engine.pre_tokenizer = pre_tokenizers.Sequence([*marks, engine.pre_tokenizer])
        frame(engine, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", options)
        return engine


DebertaV2TokenizerFast = DebertaV2Tokenizer
VOCAB_FILES_NAMES = DebertaV2Tokenizer.vocab_files_names

__all__ = ["DebertaV2Tokenizer", "DebertaV2TokenizerFast"]
