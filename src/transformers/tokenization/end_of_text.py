"""Byte-level BPE that cuts words its own way and frames texts with one token, <|endoftext|>."""

from __future__ import annotations

from typing import Any, ClassVar

from tokenizers import AddedToken, Regex, Tokenizer, normalizers, pre_tokenizers, processors

from .byte_bpe import VOCAB_FILES_NAMES, ByteTables, byte_bpe


class EndOfTextTokenizer(ByteTables):
    """Base of tokenizers with a vocab.json and a merges.txt whose texts are composed (NFC) and then cut by
    `words`, a regular expression that a model's class sets.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        errors: kept for files of older tokenizers; bytes that are no UTF-8 always decode to U+FFFD.
        unk_token: a name for what the vocabulary lacks; text never does.
        bos_token: starts a text; there is none by default.
        eos_token: ends a text.
        pad_token: fills rows.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, or one is damaged.
    """

    words: ClassVar[str]
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
        """Byte-level BPE over `words`, with nothing around the text."""
        engine = byte_bpe(files, add_prefix_space=False, owner=cls.__name__)
        engine.normalizer = normalizers.NFC()
        engine.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(cls.words), behavior="isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        engine.post_processor = processors.ByteLevel(trim_offsets=False)
        return engine


__all__ = ["EndOfTextTokenizer"]
