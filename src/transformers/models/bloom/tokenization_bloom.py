"""Tokenizer of BLOOM (arXiv:2211.05100): byte-level BPE, read from a tokenizer.json only."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, pre_tokenizers

from ...tokenization.byte_bpe import ByteLevelTokenizer, adapt


class BloomTokenizerFast(ByteLevelTokenizer):
    """Tokenizer of BLOOM and BLOOMZ.

    Args:
        vocab_file: kept for callers; it is not read.
        merges_file: kept for callers; it is not read.
        tokenizer_file: path of a tokenizer.json.
        unk_token: a name for what the vocabulary lacks; text never does.
        bos_token: starts a text.
        eos_token: ends a text.
        pad_token: fills rows.
        add_prefix_space: True gives each piece that tokenizer.json cuts a text into a space in front.
        clean_up_tokenization_spaces: whether decoding tidies spaces before punctuation.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, or it is damaged.
    """

    vocab_files_names = {"tokenizer_file": "tokenizer.json"}

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        unk_token: str | AddedToken = "<unk>",
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        pad_token: str | AddedToken = "<pad>",
        add_prefix_space: bool = False,
        clean_up_tokenization_spaces: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            merges_file,
            tokenizer_file,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            add_prefix_space=add_prefix_space,
            clean_up_tokenization_spaces=clean_up_tokenization_spaces,
            **kwargs,
        )
        cut = self._tokenizer.pre_tokenizer
        if add_prefix_space and isinstance(cut, pre_tokenizers.Sequence):
            for part in cut:
                adapt(part, add_prefix_space=True)


VOCAB_FILES_NAMES = BloomTokenizerFast.vocab_files_names

__all__ = ["BloomTokenizerFast"]
