"""Tokenizer of CPM (arXiv:2012.00413): SentencePiece unigram over Chinese text, framed as XLNet's rows are.

Unlike others: a space and a line's end are pieces of their own in the text, two signs that stand for them.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from tokenizers import AddedToken

from ...tokenization.normal_form import normal_form
from ...tokenization.sentencepiece import takes_space
from ...tokenization.sentencepiece_model import SPACE
from ...tokenization.sentencepiece_python import SentencePieceOnly

_SIGNS = {"\u2582": " ", "\u2583": "\n"}


class CpmTokenizer(SentencePieceOnly):
    """Tokenizer of CPM; `CpmTokenizerFast` is the same class.

    Args:
        vocab_file: path of a spiece.model.
        do_lower_case: whether to lower-case.
        remove_space: whether spaces at both ends and repeated ones go.
        keep_accents: whether accents stay.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        unk_token: for what has no piece.
        sep_token: ends each text.
        pad_token: fills rows; its token type is 3.
        cls_token: ends each row; its token type is 2.
        mask_token: stands for a hidden token, and takes the space before it.
        additional_special_tokens: by default the ends of a paragraph and of a document.
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: the file is damaged, or an option of sampling has no meaning.
    """

    def __init__(
        self,
        vocab_file: str,
        do_lower_case: bool = False,
        remove_space: bool = True,
        keep_accents: bool = False,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        unk_token: str | AddedToken = "<unk>",
        sep_token: str | AddedToken = "<sep>",
        pad_token: str | AddedToken = "<pad>",
        cls_token: str | AddedToken = "<cls>",
        mask_token: str | AddedToken = "<mask>",
        additional_special_tokens: list[str | AddedToken] | None = None,
        sp_model_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        extra = ["<eop>", "<eod>"] if additional_special_tokens is None else additional_special_tokens
        self.remove_space = remove_space
        self.keep_accents = keep_accents
        super().__init__(
            vocab_file,
            do_lower_case=do_lower_case,
            remove_space=remove_space,
            keep_accents=keep_accents,
            bos_token=bos_token,
            eos_token=eos_token,
            unk_token=unk_token,
            sep_token=sep_token,
            pad_token=pad_token,
            cls_token=cls_token,
            mask_token=takes_space(mask_token),
            additional_special_tokens=extra,
            sp_model_kwargs=sp_model_kwargs,
            **kwargs,
        )
        self._pad_token_type_id = 3

    def preprocess_text(self, inputs: str) -> str:
        """The text with plain quotes, without accents, in lower case, as the options say."""
        text = " ".join(inputs.split()) if self.remove_space else inputs
        text = text.replace("``", '"').replace("''", '"')
        if not self.keep_accents:
            apart = normal_form("NFKD", text)
            text = "".join(char for char in apart if not unicodedata.combining(char))
        return text.lower() if self.do_lower_case else text

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        pieces: list[str] = []
        for piece in self.sp_model.encode(self.preprocess_text(text), out_type=str):
            numbered = len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()
            pieces += self._without_comma(piece) if numbered else [piece]
        return pieces

    def _without_comma(self, piece: str) -> list[str]:
        """Pieces of a piece that ends in a digit and a comma, the comma alone."""
        parts: list[str] = self.sp_model.encode(piece[:-1].replace(SPACE, ""), out_type=str)
        if not piece.startswith(SPACE) and parts[0].startswith(SPACE):
            parts = parts[1:] if parts[0] == SPACE else [parts[0][1:], *parts[1:]]
        return [*parts, ","]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens, spaces still in it."""
        return "".join(tokens).replace(SPACE, " ").strip()

    def _decode_clean(
        self, rows: list[list[int]], skip_special_tokens: bool, clean: bool | None, **kwargs: Any
    ) -> list[str]:
        texts = super()._decode_clean(rows, skip_special_tokens, clean, **kwargs)
        signs = str.maketrans(_SIGNS)
        return [text.replace(" ", "").translate(signs) for text in texts]

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """`A <sep> <cls>`, or `A <sep> B <sep> <cls>`."""
        end, last = self.convert_tokens_to_ids([self.sep_token, self.cls_token])
        first = [*token_ids_0, end]
        return [*first, last] if token_ids_1 is None else [*first, *token_ids_1, end, last]

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """0 for the first text, 1 for the second, 2 for `<cls>`."""
        second = [] if token_ids_1 is None else [1] * (len(token_ids_1) + 1)
        return [0] * (len(token_ids_0) + 1) + second + [2]


CpmTokenizerFast = CpmTokenizer
VOCAB_FILES_NAMES = CpmTokenizer.vocab_files_names

__all__ = ["CpmTokenizer", "CpmTokenizerFast"]
