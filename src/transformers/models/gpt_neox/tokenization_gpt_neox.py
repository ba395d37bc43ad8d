"""Tokenizer of GPT-NeoX (arXiv:2204.06745): GPT-2's byte-level BPE with another vocabulary."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, processors

from ...tokenization.byte_bpe import VOCAB_FILES_NAMES, adapt, byte_bpe
from ...tokenization.fast import PreTrainedTokenizerFast
from ...tokenization.sentencepiece_engine import frame_items


class GPTNeoXTokenizerFast(PreTrainedTokenizerFast):
    """Tokenizer of GPT-NeoX, Pythia and what uses their vocabulary.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        tokenizer_file: path of a tokenizer.json, which wins over the two.
        unk_token: a name for what the vocabulary lacks; text never does.
        bos_token: starts a text.
        eos_token: ends a text.
        pad_token: fills rows; GPT-NeoX has none of its own.
        add_bos_token: whether bos_token stands in front of each text; wins over tokenizer.json.
        add_eos_token: whether eos_token stands behind each text; wins over tokenizer.json.
        add_prefix_space: whether a text that starts without a space gets one; wins over tokenizer.json.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, it is damaged, or a token that is switched on is None.
    """

    vocab_files_names = VOCAB_FILES_NAMES
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        merges_file: str | None = None,
        tokenizer_file: str | None = None,
        unk_token: str | AddedToken = "<|endoftext|>",
        bos_token: str | AddedToken = "<|endoftext|>",
        eos_token: str | AddedToken = "<|endoftext|>",
        pad_token: str | AddedToken | None = None,
        add_bos_token: bool = False,
        add_eos_token: bool = False,
        add_prefix_space: bool = False,
        **kwargs: Any,
    ) -> None:
        self.add_prefix_space = add_prefix_space
        super().__init__(
            vocab_file=vocab_file,
            merges_file=merges_file,
            tokenizer_file=tokenizer_file,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            add_bos_token=add_bos_token,
            add_eos_token=add_eos_token,
            add_prefix_space=add_prefix_space,
            **kwargs,
        )
        self._framed = {"bos_token": add_bos_token, "eos_token": add_eos_token}
        self.update_post_processor()
        adapt(self._tokenizer.pre_tokenizer, add_prefix_space=add_prefix_space)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """Byte-level BPE; the switches frame the text."""
        engine = byte_bpe(files, add_prefix_space=options["add_prefix_space"], owner=cls.__name__)
        engine.post_processor = processors.ByteLevel(trim_offsets=False)
        return engine

    @property
    def add_bos_token(self) -> bool:
        """Whether bos_token stands in front of each text."""
        return self._framed["bos_token"]

    @add_bos_token.setter
    def add_bos_token(self, value: bool) -> None:
        self._framed["bos_token"] = value
        self.update_post_processor()

    @property
    def add_eos_token(self) -> bool:
        """Whether eos_token stands behind each text."""
        return self._framed["eos_token"]

    @add_eos_token.setter
    def add_eos_token(self, value: bool) -> None:
        self._framed["eos_token"] = value
        self.update_post_processor()

    def update_post_processor(self) -> None:
        """Frame texts as the two switches say; call it after changing one of the tokens."""
        before, after = (self._ends(role) for role in ("bos_token", "eos_token"))
        one, two = ([f"{x}:{n}" for x in (*before, f"${kind}", *after)] for n, kind in enumerate("AB"))
        with self._lock:
            frame_items(self._tokenizer, one, one + two)

    def _ends(self, role: str) -> list[str]:
        if not self._framed[role]:
            return []
        if (token := getattr(self, role)) is None:
            raise ValueError(f"add_{role} is True and {role} is None: name a token, or switch it off")
        return [str(token)]


__all__ = ["GPTNeoXTokenizerFast"]
