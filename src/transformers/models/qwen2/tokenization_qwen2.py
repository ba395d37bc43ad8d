"""Tokenizer of Qwen2 (arXiv:2407.10671): byte-level BPE over Unicode's composed form (NFC).

Unlike GPT-2's: every digit is a word of its own, line breaks stay with the signs before them, and letters
may have any one sign before them, not only a space.
"""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors

from ...tokenization.byte_bpe import VOCAB_FILES_NAMES, byte_bpe
from ...tokenization.byte_bpe import bytes_to_unicode as bytes_to_unicode
from ...tokenization.fast import PreTrainedTokenizerFast
from ...tokenization.published import get_pairs as get_pairs

# In this order: English endings, letters with a sign before them, one digit, other signs, line breaks, space.
WORDS = "|".join(
    (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
        r"[^\r\n\p{L}\p{N}]?\p{L}+",
        r"\p{N}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)


class Qwen2Tokenizer(PreTrainedTokenizerFast):
    """Tokenizer of Qwen2; `Qwen2TokenizerFast` is the same class.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        errors: kept for files of older tokenizers; bytes that are no UTF-8 always decode to U+FFFD.
        unk_token: a name for what the vocabulary lacks; text never does.
        bos_token: starts a text; Qwen2 has none.
        eos_token: ends a text.
        pad_token: fills rows.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, or one is damaged.
    """

    vocab_files_names = VOCAB_FILES_NAMES
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        errors: str = "replace",
        unk_token: str | AddedToken = "<|endoftext|>",
        bos_token: str | AddedToken | None = None,
        eos_token: str | AddedToken = "<|endoftext|>",
        pad_token: str | AddedToken | None = "<|endoftext|>",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file=vocab_file,
            merges_file=merges_file,
            tokenizer_file=tokenizer_file,
            errors=errors,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            **kwargs,
        )

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """Byte-level BPE with Qwen2's words and nothing around the text."""
        engine = byte_bpe(files, add_prefix_space=False, owner=cls.__name__)
        engine.normalizer = normalizers.NFC()
        engine.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        engine.post_processor = processors.ByteLevel(trim_offsets=False)
        return engine


Qwen2TokenizerFast = Qwen2Tokenizer

__all__ = ["Qwen2Tokenizer", "Qwen2TokenizerFast"]
