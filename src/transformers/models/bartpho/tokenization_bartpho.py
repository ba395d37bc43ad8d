"""Tokenizer of BARTpho-syllable (arXiv:2109.09701): XLM-RoBERTa's pieces, of which a dict.txt keeps some."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenizers import AddedToken

from ...tokenization.published import SPIECE_UNDERLINE as SPIECE_UNDERLINE
from ...tokenization.python import PreTrainedTokenizer
from ...tokenization.sampling import read_sampling
from ...tokenization.saving import file_name
from ...tokenization.sentencepiece import takes_space
from ...tokenization.sentencepiece_model import SPACE
from ...tokenization.sentencepiece_processor import SentencePieceProcessor
from ...tokenization.sentencepiece_python import checked_folder, write_model


class BartphoTokenizer(PreTrainedTokenizer):
    """Tokenizer of BARTpho.

    Args:
        vocab_file: path of a sentencepiece.bpe.model.
        monolingual_vocab_file: path of a dict.txt: the first word of each line is a piece that has an id.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: for pieces that have no id.
        pad_token: fills rows.
        mask_token: stands for a hidden token, and takes the space before it.
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is damaged.
    """

    vocab_files_names = {"vocab_file": "sentencepiece.bpe.model", "monolingual_vocab_file": "dict.txt"}
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str,
        monolingual_vocab_file: str,
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        sp_model_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.vocab_file, self.monolingual_vocab_file = vocab_file, monolingual_vocab_file
        self.sp_model_kwargs = read_sampling(sp_model_kwargs)
        self.sp_model = SentencePieceProcessor(vocab_file, **self.sp_model_kwargs)
        front = (bos_token, pad_token, eos_token, unk_token, sep_token, cls_token)
        names = list(dict.fromkeys(str(token) for token in front))
        ids = {name: number for number, name in enumerate(names)}
        for token in _first_words(Path(monolingual_vocab_file)):
            ids[token] = len(ids)
        ids.setdefault(str(mask_token), len(ids))
        self.fairseq_tokens_to_ids = ids
        self.fairseq_ids_to_tokens = {index: token for token, index in ids.items()}
        super().__init__(
            bos_token=bos_token,
            eos_token=eos_token,
            unk_token=unk_token,
            sep_token=sep_token,
            cls_token=cls_token,
            pad_token=pad_token,
            mask_token=takes_space(mask_token),
            sp_model_kwargs=self.sp_model_kwargs,
            **kwargs,
        )

    @property
    def vocab_size(self) -> int:
        """Number of ids in use."""
        return len(self.fairseq_ids_to_tokens)

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        known = self.fairseq_ids_to_tokens
        return {**{known[i]: i for i in range(self.vocab_size)}, **self.added_tokens_encoder}

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        return self.sp_model.encode(text, out_type=str)  # type: ignore[no-any-return]

    def _convert_token_to_id(self, token: str) -> int:
        ids = self.fairseq_tokens_to_ids
        return ids.get(token, ids[str(self.unk_token)])

    def _convert_id_to_token(self, index: int) -> str:
        if index not in self.fairseq_ids_to_tokens:
            raise IndexError(f"id {index} is out of range: there are {len(self)} tokens")
        return self.fairseq_ids_to_tokens[index]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        return "".join(tokens).replace(SPACE, " ").strip()

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """`<s> A </s>`, or `<s> A </s></s> B </s>`."""
        start, end = self.convert_tokens_to_ids([self.cls_token, self.sep_token])
        first = [start, *token_ids_0, end]
        return first if token_ids_1 is None else [*first, end, *token_ids_1, end]

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Zeros: the model knows no token types."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the SentencePiece model and dict.txt into a folder; their paths."""
        folder = checked_folder(save_directory)
        names = {key: file_name(name, filename_prefix) for key, name in self.vocab_files_names.items()}
        target, source = folder / names["monolingual_vocab_file"], Path(self.monolingual_vocab_file)
        if source.is_file():
            text = source.read_bytes()
        else:
            special = set(self.all_special_tokens)
            words = [token for token in self.fairseq_tokens_to_ids if token not in special]
            text = "".join(f"{word} \n" for word in words).encode()
        target.write_bytes(text)
        return (write_model(self.sp_model, folder, names["vocab_file"]), str(target))


def _first_words(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error
    words = [line.split() for line in lines]
    if not all(words):
        raise ValueError(f"{path}: line {words.index([]) + 1} holds no token")
    return [row[0] for row in words]


VOCAB_FILES_NAMES = BartphoTokenizer.vocab_files_names

__all__ = ["BartphoTokenizer"]
