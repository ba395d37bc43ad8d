"""Tokenizer of GPT-2 (Radford et al. 2019): byte-level BPE with nothing around the text."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, processors

from ...tokenization.byte_bpe import (
    ByteLevelTokenizer,
    byte_bpe,
    bytes_to_unicode,  # noqa: F401  (published here)
)
from ...tokenization.published import get_pairs as get_pairs
from ...tokenization.roles import role_ids
from ...tokenization.special_tokens import with_flags


class GPT2Tokenizer(ByteLevelTokenizer):
    """Tokenizer of GPT-2; `GPT2TokenizerFast` is the same class.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        errors: kept for files of older tokenizers; bytes that are no UTF-8 always decode to U+FFFD.
        unk_token: a name for what the vocabulary lacks; text never does.
        bos_token: starts a text.
        eos_token: ends a text.
        pad_token: fills rows; GPT-2 has none of its own.
        add_prefix_space: whether a text that starts without a space gets one; wins over tokenizer.json.
        add_bos_token: whether to put bos_token in front of each row; a tokenizer.json decides for itself.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given.
    """

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        errors: str = "replace",
        unk_token: str | AddedToken = "<|endoftext|>",
        bos_token: str | AddedToken = "<|endoftext|>",
        eos_token: str | AddedToken = "<|endoftext|>",
        pad_token: str | AddedToken | None = None,
        add_prefix_space: bool = False,
        add_bos_token: bool = False,
        **kwargs: Any,
    ) -> None:
        self.add_bos_token = add_bos_token
        tokens = {
            "unk_token": unk_token,
            "bos_token": bos_token,
            "eos_token": eos_token,
            "pad_token": pad_token,
        }
        super().__init__(
            vocab_file,
            merges_file,
            tokenizer_file,
            errors=errors,
            **with_flags(tokens, tokenizer_file, kwargs),
            add_prefix_space=add_prefix_space,
            add_bos_token=add_bos_token,
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """Byte-level BPE, with bos_token in front if asked for."""
        engine = byte_bpe(files, add_prefix_space=options["add_prefix_space"], owner=cls.__name__)
        if not options["add_bos_token"]:
            engine.post_processor = processors.ByteLevel(trim_offsets=False)
            return engine
        ((start, index),) = role_ids(engine, options, "bos_token")
        engine.post_processor = processors.TemplateProcessing(
            single=[f"{start}:0", "$A:0"],
            pair=[f"{start}:0", "$A:0", "$B:1"],
            special_tokens=[(start, index)],
        )
        return engine


GPT2TokenizerFast = GPT2Tokenizer
VOCAB_FILES_NAMES = GPT2Tokenizer.vocab_files_names

__all__ = ["GPT2Tokenizer", "GPT2TokenizerFast"]
