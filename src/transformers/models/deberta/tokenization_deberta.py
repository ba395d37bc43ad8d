"""Tokenizer of DeBERTa (arXiv:2006.03654): GPT-2's byte-level BPE in BERT's frame, with token types."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, processors

from ...tokenization.byte_bpe import ByteLevelTokenizer, byte_bpe
from ...tokenization.byte_bpe import bytes_to_unicode as bytes_to_unicode
from ...tokenization.published import get_pairs as get_pairs
from ...tokenization.roles import role_ids


class DebertaTokenizer(ByteLevelTokenizer):
    """`[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`; `DebertaTokenizerFast` is the same class.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        errors: kept for files of older tokenizers; bytes that are no UTF-8 always decode to U+FFFD.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: a name for what the vocabulary lacks; text never does.
        pad_token: fills rows.
        mask_token: stands for a hidden token, and takes the space before it.
        add_prefix_space: whether a text that starts without a space gets one; wins over tokenizer.json.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given.
    """

    model_input_names = ["input_ids", "attention_mask", "token_type_ids"]

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        errors: str = "replace",
        bos_token: str | AddedToken = "[CLS]",
        eos_token: str | AddedToken = "[SEP]",
        sep_token: str | AddedToken = "[SEP]",
        cls_token: str | AddedToken = "[CLS]",
        unk_token: str | AddedToken = "[UNK]",
        pad_token: str | AddedToken = "[PAD]",
        mask_token: str | AddedToken = "[MASK]",
        add_prefix_space: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            merges_file,
            tokenizer_file,
            errors=errors,
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=mask_token,
            add_prefix_space=add_prefix_space,
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """Byte-level BPE with BERT's frame."""
        engine = byte_bpe(files, add_prefix_space=options["add_prefix_space"], owner=cls.__name__)
        around = role_ids(engine, options, "cls_token", "sep_token")
        first, last = (token for token, _ in around)
        engine.post_processor = processors.TemplateProcessing(
            single=[first, "$A", last],
            pair=[first, "$A", last, "$B:1", f"{last}:1"],
            special_tokens=list(dict.fromkeys(around)),
        )
        return engine

    def _set_role(self, name: str, value: Any) -> None:
        if name == "mask_token" and isinstance(value, str):
            value = AddedToken(value, lstrip=True, normalized=True, special=True)
        super()._set_role(name, value)


DebertaTokenizerFast = DebertaTokenizer
VOCAB_FILES_NAMES = DebertaTokenizer.vocab_files_names

__all__ = ["DebertaTokenizer", "DebertaTokenizerFast"]
