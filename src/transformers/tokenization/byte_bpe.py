"""Byte-level BPE, the engine of GPT-2 (Radford et al. 2019) and of what grew from it.

Text is cut into words, each with the space before it; the UTF-8 bytes of a word, shown as one printable
character each, are merged by rank. Every text has tokens, and decoding gives it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from .base import Encoded
from .engine_file import panics_are_errors
from .fast import PreTrainedTokenizerFast
from .options import CallOptions, Plan

VOCAB_FILES_NAMES = {
    "vocab_file": "vocab.json",
    "merges_file": "merges.txt",
    "tokenizer_file": "tokenizer.json",
}
# Bytes whose Latin-1 character is printable and no space stand for themselves.
_PLAIN = (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))


def bytes_to_unicode() -> dict[int, str]:
    """The printable character that stands for each byte; the other 68 bytes take those from U+0100 on."""
    table = {byte: chr(byte) for byte in _PLAIN}
    others = [byte for byte in range(256) if byte not in table]
    return table | {byte: chr(0x100 + place) for place, byte in enumerate(others)}


def byte_bpe(files: dict[str, str], *, add_prefix_space: bool, owner: str) -> Tokenizer:
    """An engine of vocabulary files, with nothing around the text yet.

    Args:
        files: paths of `vocab_file`, a vocab.json, and of `merges_file`, a merges.txt.
        add_prefix_space: whether a text that starts without a space gets one.
        owner: the class that needs it, for messages.

    Raises:
        ValueError: a file was not given or is damaged, or the two do not fit.
    """
    if missing := [name for name in ("vocab_file", "merges_file") if name not in files]:
        raise ValueError(
            f"{owner} needs vocab_file (a vocab.json) and merges_file (a merges.txt), or tokenizer_file "
            f"(a tokenizer.json); {' and '.join(missing)} missing"
        )
    what = f"{files['vocab_file']} and {files['merges_file']} are no vocabulary and merges"
    with panics_are_errors(what):
        try:
            model = models.BPE.from_file(
                files["vocab_file"],
                files["merges_file"],
                continuing_subword_prefix="",
                end_of_word_suffix="",
            )
        except Exception as error:  # the library raises bare Exception
            raise ValueError(f"{what}: {error}") from error
    engine = Tokenizer(model)
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    engine.decoder = decoders.ByteLevel()
    return engine


class ByteTables(PreTrainedTokenizerFast):
    """The tables of byte-level BPE, for programs that look into them."""

    @property
    def encoder(self) -> dict[str, int]:
        """The id of each token of the vocabulary file."""
        return self._file_tables()[0]

    @property
    def byte_encoder(self) -> dict[int, str]:
        """The character of each byte."""
        return bytes_to_unicode()

    @property
    def byte_decoder(self) -> dict[str, int]:
        """The byte of each such character."""
        return {char: byte for byte, char in bytes_to_unicode().items()}

    @property
    def errors(self) -> str:
        """What is done with bytes that are no UTF-8; a note of the files, the engine always replaces them."""
        return str(self.init_kwargs.get("errors", "replace"))


class ByteLevelTokenizer(ByteTables):
    """Base of tokenizers with a vocab.json and a merges.txt; a model's class puts its frame around in
    `build_backend`.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        add_prefix_space: whether a text that starts without a space gets one; wins over tokenizer.json, and
            a call takes it too.
        **kwargs: what `PreTrainedTokenizerFast` takes.
    """

    vocab_files_names = VOCAB_FILES_NAMES
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        *,
        add_prefix_space: bool = False,
        **kwargs: Any,
    ) -> None:
        self.add_prefix_space = add_prefix_space
        super().__init__(
            vocab_file=vocab_file,
            merges_file=merges_file,
            tokenizer_file=tokenizer_file,
            add_prefix_space=add_prefix_space,
            **kwargs,
        )
        adapt(self._tokenizer.pre_tokenizer, add_prefix_space=add_prefix_space)

    def _encode_batch(self, batch: Sequence[Any], options: CallOptions, plan: Plan) -> Encoded:
        prefix = options.extra.pop("add_prefix_space", self.add_prefix_space)
        if options.is_split_into_words and not prefix:
            name = type(self).__name__
            raise ValueError(
                f"words that stand alone need their spaces: make the {name} with add_prefix_space=True "
                "to use is_split_into_words"
            )
        if prefix == self.add_prefix_space:
            return super()._encode_batch(batch, options, plan)
        with self._lock:
            cut = self._tokenizer.pre_tokenizer
            adapt(cut, add_prefix_space=prefix)
            try:
                return super()._encode_batch(batch, options, plan)
            finally:
                adapt(cut, add_prefix_space=bool(self.add_prefix_space))


def adapt(part: Any, **wanted: bool) -> None:
    """Set those switches of a part of the engine that it has and that differ."""
    for name, value in wanted.items():
        if getattr(part, name, value) != value:
            setattr(part, name, value)


__all__ = ["VOCAB_FILES_NAMES", "ByteLevelTokenizer", "ByteTables", "adapt", "byte_bpe", "bytes_to_unicode"]
