"""Tokenizers of language models: `bos_token` in front of each text, `eos_token` behind it, as switched on."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken

from .sentencepiece import SentencePieceTokenizer
from .sentencepiece_engine import frame_items


class BosEosTokenizer(SentencePieceTokenizer):
    """Two switches that may be turned at any time; they win over a tokenizer.json.

    Args:
        vocab_file: path of a tokenizer.model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        add_bos_token: whether bos_token stands in front of each text.
        add_eos_token: whether eos_token stands behind each text.
        unk_token: for what has no piece.
        bos_token: starts a text.
        eos_token: ends a text.
        pad_token: fills rows.
        **kwargs: what `SentencePieceTokenizer` takes.

    Raises:
        ValueError: no file was given, it is damaged, or a token that is switched on is None.
    """

    vocab_files_names = {"vocab_file": "tokenizer.model", "tokenizer_file": "tokenizer.json"}
    padding_side = "left"

    def __init__(
        self,
        vocab_file: str | None,
        tokenizer_file: str | None,
        *,
        add_bos_token: bool,
        add_eos_token: bool,
        unk_token: str | AddedToken | None,
        bos_token: str | AddedToken | None,
        eos_token: str | AddedToken | None,
        pad_token: str | AddedToken | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_file,
            tokenizer_file,
            add_bos_token=add_bos_token,
            add_eos_token=add_eos_token,
            unk_token=unk_token,
            bos_token=bos_token,
            eos_token=eos_token,
            pad_token=pad_token,
            **kwargs,
        )
        self._add_bos_token = add_bos_token
        self._add_eos_token = add_eos_token
        self.update_post_processor()

    @property
    def add_bos_token(self) -> bool:
        """Whether bos_token stands in front of each text."""
        return self._add_bos_token

    @add_bos_token.setter
    def add_bos_token(self, value: bool) -> None:
        self._add_bos_token = value
        self.update_post_processor()

    @property
    def add_eos_token(self) -> bool:
        """Whether eos_token stands behind each text."""
        return self._add_eos_token

    @add_eos_token.setter
    def add_eos_token(self, value: bool) -> None:
        self._add_eos_token = value
        self.update_post_processor()

    def update_post_processor(self) -> None:
        """Frame texts as the two switches say; call it after changing one of the tokens."""
        texts = []
        for kind in ("A", "B"):
            number = "AB".index(kind)
            before = [f"{self._switched('bos_token')}:{number}"] if self.add_bos_token else []
            after = [f"{self._switched('eos_token')}:{number}"] if self.add_eos_token else []
            texts.append([*before, f"${kind}:{number}", *after])
        with self._lock:
            frame_items(self._tokenizer, texts[0], texts[0] + texts[1])

    def _switched(self, role: str) -> str:
        token = getattr(self, role)
        if token is None:
            raise ValueError(f"add_{role} is True and {role} is None: name a token, or switch it off")
        return str(token)


__all__ = ["BosEosTokenizer"]
