"""Tokenizer of MPNet (arXiv:2004.09297): BERT's WordPiece with RoBERTa's special tokens."""

from __future__ import annotations

from typing import Any

from tokenizers import AddedToken, Tokenizer, processors

from ...tokenization.published import whitespace_tokenize as whitespace_tokenize
from ...tokenization.special_tokens import with_flags
from ...tokenization.wordpiece import BasicTokenizer as BasicTokenizer
from ...tokenization.wordpiece import WordpieceTokenizer as WordpieceTokenizer
from ...tokenization.wordpiece import load_vocab as load_vocab
from ..bert.tokenization_bert import BertTokenizer


class MPNetTokenizer(BertTokenizer):
    """`<s> A </s>` and `<s> A </s> </s> B </s>`; `MPNetTokenizerFast` is the same class.

    Args:
        vocab_file: path of a vocab.txt, one token a line.
        tokenizer_file: path of a tokenizer.json, which wins over `vocab_file`.
        *args: what `BertTokenizer` takes next.
        bos_token: starts each row; so does cls_token.
        eos_token: ends each text; so does sep_token.
        sep_token, cls_token, unk_token, pad_token, mask_token: as for `BertTokenizer`.
        **kwargs: what `BertTokenizer` takes.
    """

    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        *args: Any,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "[UNK]",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        **kwargs: Any,
    ) -> None:
        if isinstance(mask_token, str):  # it takes the space before it
            mask_token = AddedToken(mask_token, lstrip=True, normalized=True)
        tokens = {
            "bos_token": bos_token,
            "eos_token": eos_token,
            "sep_token": sep_token,
            "cls_token": cls_token,
            "unk_token": unk_token,
            "pad_token": pad_token,
            "mask_token": mask_token,
        }
        flagged = with_flags(tokens, tokenizer_file, kwargs)
        super().__init__(vocab_file, tokenizer_file, *args, **flagged, **kwargs)

    @classmethod
    def build_backend(cls, files: dict[str, str], options: dict[str, Any]) -> Tokenizer:
        """BERT's engine with two separators between the texts of a pair."""
        engine = super().build_backend(files, options)
        first, last = str(options["cls_token"]), str(options["sep_token"])
        engine.post_processor = processors.TemplateProcessing(
            single=f"{first}:0 $A:0 {last}:0",
            pair=f"{first}:0 $A:0 {last}:0 {last}:0 $B:1 {last}:1",
            special_tokens=[(token, engine.token_to_id(token)) for token in (first, last)],
        )
        return engine

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Zeros: the model has no segments."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))


MPNetTokenizerFast = MPNetTokenizer
VOCAB_FILES_NAMES = MPNetTokenizer.vocab_files_names

__all__ = ["MPNetTokenizer", "MPNetTokenizerFast"]
