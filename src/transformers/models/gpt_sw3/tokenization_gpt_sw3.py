"""Tokenizer of GPT-SW3 (arXiv:2305.12987): SentencePiece BPE over cleaned text."""

from __future__ import annotations

import re
from typing import Any

from tokenizers import AddedToken

from ...tokenization.normal_form import normal_form
from ...tokenization.sentencepiece_python import SentencePieceOnly, join_runs

# Characters that show nothing; tab and newline stay.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xa0\xad\u200b]")
# Characters that are shown as a plain space.
_SPACES = dict.fromkeys([0x2002, 0x2003, 0x2005, *range(0x2008, 0x200B), 0x202F, 0x3000, 0xFFFC, 0x84], " ")
_NAMELESS = "gpt-sw3-7b"  # the one checkpoint without pieces to fill rows and to start texts


class GPTSw3Tokenizer(SentencePieceOnly):
    """Tokenizer of GPT-SW3.

    Args:
        vocab_file: path of a spiece.model.
        do_lower_case: whether to lower-case.
        remove_space: kept for files of older tokenizers.
        keep_accents: kept for files of older tokenizers.
        pad_token: fills rows; None: `<pad>`, for gpt-sw3-7b the unknown token.
        unk_token: for what has no piece; None: `<unk>`.
        eos_token: ends a text; None: `<|endoftext|>`.
        bos_token: starts a text; None: `<s>`, for gpt-sw3-7b the end.
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: the file is damaged, or an option of sampling has no meaning.
    """

    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str,
        do_lower_case: bool = False,
        remove_space: bool = False,
        keep_accents: bool = False,
        pad_token: str | AddedToken | None = None,
        unk_token: str | AddedToken | None = None,
        eos_token: str | AddedToken | None = None,
        bos_token: str | AddedToken | None = None,
        sp_model_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        end, unknown = eos_token or "<|endoftext|>", unk_token or "<unk>"
        nameless = _NAMELESS in str(kwargs.get("name_or_path") or "")
        self.remove_space = remove_space
        self.keep_accents = keep_accents
        super().__init__(
            vocab_file,
            do_lower_case=do_lower_case,
            remove_space=remove_space,
            keep_accents=keep_accents,
            bos_token=bos_token or (end if nameless else "<s>"),
            eos_token=end,
            unk_token=unknown,
            pad_token=pad_token or (unknown if nameless else "<pad>"),
            sp_model_kwargs=sp_model_kwargs,
            **kwargs,
        )

    def preprocess_text(self, text: str) -> str:
        """The text without what shows nothing, with plain spaces, composed (NFC)."""
        return normal_form("NFC", _UNSEEN.sub("", text).translate(_SPACES))

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return self.sp_model.encode(self.preprocess_text(text), out_type=str)  # type: ignore[no-any-return]

    @staticmethod
    def clean_up_tokenization(out_string: str) -> str:
        """The text as it is."""
        return out_string

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        return join_runs(self.sp_model, tokens, set(self.all_special_tokens), before=" ")

    def encode_fast(self, text: str | list[str], return_tensors: str | bool = False) -> Any:
        """Ids of a text or of several, special tokens taken as text.

        Args:
            text: a text, or a list of texts.
            return_tensors: True or "pt" for a tensor of PyTorch.
        """
        if isinstance(text, str):
            ids = self.sp_model.encode(self.preprocess_text(text))
        else:
            ids = [self.sp_model.encode(self.preprocess_text(item)) for item in text]
        if return_tensors in (True, "pt"):
            import torch

            return torch.tensor(ids)
        return ids

    def decode_fast(self, token_ids: int | list[int]) -> str:
        """Text of ids."""
        return self.sp_model.decode(token_ids)  # type: ignore[no-any-return]


VOCAB_FILES_NAMES = GPTSw3Tokenizer.vocab_files_names

__all__ = ["GPTSw3Tokenizer"]
