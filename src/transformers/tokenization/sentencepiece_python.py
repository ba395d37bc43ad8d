"""Parts of tokenizers that are published over the SentencePiece library itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from .python import PreTrainedTokenizer
from .sampling import read_sampling
from .saving import file_name
from .sentencepiece_processor import SentencePieceProcessor


def join_runs(
    processor: SentencePieceProcessor,
    tokens: Iterable[str],
    special: Collection[str],
    before: str = "",
    after: str = "",
) -> str:
    """Text of pieces and special tokens.

    Args:
        processor: joins pieces.
        tokens: pieces, and special tokens, which stay as they are.
        special: the latter.
        before: put in front of the text before the first special token of several in a row.
        after: put behind each special token.
    """
    text = ""
    run: list[str] = []
    follows = False
    for token in tokens:
        if token in special:
            text += ("" if follows else before) + processor.decode(run) + token + after
            run.clear()
        else:
            run.append(token)
        follows = token in special
    return text + str(processor.decode(run))


def write_model(processor: SentencePieceProcessor, folder: Path, name: str) -> str:
    """Write a model's file; its path."""
    target = folder / name
    target.write_bytes(processor.serialized_model_proto())
    return str(target)


def checked_folder(save_directory: str) -> Path:
    """The folder to save into.

    Raises:
        ValueError: it does not exist.
    """
    folder = Path(save_directory)
    if not folder.is_dir():
        raise ValueError(f"{save_directory} is not a folder")
    return folder


def read_ids(path: str) -> dict[str, int]:
    """A vocab.json: ids of tokens.

    Raises:
        ValueError: it is no JSON object from texts to whole numbers.
    """
    from .files import read_object

    found = read_object(Path(path))
    for token, index in found.items():
        if not isinstance(index, int) or isinstance(index, bool) or index < 0:
            raise ValueError(f"{path} must map tokens to ids, not {token!r} to {index!r}")
    return found


def write_ids(ids: dict[str, int], folder: Path, name: str) -> str:
    """Write a vocab.json in the published form; its path."""
    target = folder / name
    target.write_text(json.dumps(ids, indent=2), encoding="utf-8")
    return str(target)


class SentencePieceOnly(PreTrainedTokenizer):
    """A tokenizer whose ids are the file's.

    Args:
        vocab_file: path of a spiece.model.
        do_lower_case: whether to lower-case text, special tokens left alone.
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: the file is damaged, or an option of sampling has no meaning.
    """

    vocab_files_names = {"vocab_file": "spiece.model"}

    def __init__(
        self,
        vocab_file: str,
        *,
        do_lower_case: bool = False,
        sp_model_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.vocab_file = vocab_file
        self.do_lower_case = do_lower_case
        self.sp_model_kwargs = read_sampling(sp_model_kwargs)
        self.sp_model = SentencePieceProcessor(vocab_file, **self.sp_model_kwargs)
        super().__init__(do_lower_case=do_lower_case, sp_model_kwargs=self.sp_model_kwargs, **kwargs)

    @property
    def vocab_size(self) -> int:
        """Number of pieces."""
        return len(self.sp_model)

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        return {**self.sp_model.model.ids, **self.added_tokens_encoder}

    def _convert_token_to_id(self, token: str) -> int:
        return self.sp_model.piece_to_id(token)  # type: ignore[no-any-return]

    def _convert_id_to_token(self, index: int) -> str:
        return self.sp_model.id_to_piece(index)  # type: ignore[no-any-return]

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write the SentencePiece model into a folder; its path."""
        name = file_name(self.vocab_files_names["vocab_file"], filename_prefix)
        return (write_model(self.sp_model, checked_folder(save_directory), name),)


__all__ = ["SentencePieceOnly", "checked_folder", "join_runs", "read_ids", "write_ids", "write_model"]
