"""Tokenizer of RoBERTa (arXiv:1907.11692): GPT-2's byte-level BPE with `<s> A </s></s> B </s>` around."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, processors

from ...tokenization.byte_bpe import ByteLevelTokenizer, adapt, byte_bpe
from ...tokenization.byte_bpe import bytes_to_unicode as bytes_to_unicode
from ...tokenization.published import get_pairs as get_pairs
from ...tokenization.roles import role_ids
from ...tokenization.special_tokens import with_flags


class RobertaTokenizer(ByteLevelTokenizer):
    """Tokenizer of RoBERTa; `RobertaTokenizerFast` is the same class.

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
        trim_offsets: whether offsets leave out the spaces that tokens begin with; wins over tokenizer.json.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given.
    """

    _normalizes_mask = False

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        errors: str = "replace",
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        add_prefix_space: bool = False,
        trim_offsets: bool = True,
        **kwargs: Any,
    ) -> None:
        tokens = {
            "bos_token": bos_token,
            "eos_token": eos_token,
            "sep_token": sep_token,
            "cls_token": cls_token,
            "unk_token": unk_token,
            "pad_token": pad_token,
        }
        super().__init__(
            vocab_file,
            merges_file,
            tokenizer_file,
            errors=errors,
            mask_token=mask_token,
            **with_flags(tokens, tokenizer_file, kwargs),
            add_prefix_space=add_prefix_space,
            trim_offsets=trim_offsets,
            **kwargs,
        )
        post_processor = self._tokenizer.post_processor
        adapt(post_processor, add_prefix_space=add_prefix_space, trim_offsets=trim_offsets)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """Byte-level BPE with RoBERTa's frame."""
        prefix = options["add_prefix_space"]
        engine = byte_bpe(files, add_prefix_space=prefix, owner=cls.__name__)
        engine.post_processor = processors.RobertaProcessing(
            *role_ids(engine, options, "sep_token", "cls_token"),  # by position: the library renamed these
            add_prefix_space=prefix,
            trim_offsets=options["trim_offsets"],
        )
        return engine

    def _set_role(self, name: str, value: Any) -> None:
        if name == "mask_token" and isinstance(value, str):
            # As any word it has its space in front.
            value = AddedToken(value, lstrip=True, normalized=self._normalizes_mask)
        super()._set_role(name, value)


RobertaTokenizerFast = RobertaTokenizer
VOCAB_FILES_NAMES = RobertaTokenizer.vocab_files_names

__all__ = ["RobertaTokenizer", "RobertaTokenizerFast"]
