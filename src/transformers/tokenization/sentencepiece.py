"""Base of tokenizers with a SentencePiece model, from which the engine is made without tokenizer.json."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken

from .fast import PreTrainedTokenizerFast
from .files import TEKKEN_FILE
from .options import Plan
from .sampled_engine import Sampler
from .sampling import read_sampling, sampling_of
from .saving import file_name
from .sentencepiece_processor import SentencePieceProcessor
from .tekken import is_tekken_file
from .text_input import paired


class SentencePieceTokenizer(PreTrainedTokenizerFast):
    """A tokenizer over a `.model` file; a model's class converts it in `build_backend`.

    Args:
        vocab_file: path of the SentencePiece model.
        tokenizer_file: path of a tokenizer.json, which wins over it.
        sp_model_kwargs: options of the SentencePiece library: `enable_sampling`, `nbest_size`, `alpha`.
        **kwargs: what `PreTrainedTokenizerFast` takes.

    Raises:
        ValueError: no file was given, it is damaged, or an option of sampling has no meaning.
    """

    vocab_files_names = {"vocab_file": "sentencepiece.bpe.model", "tokenizer_file": "tokenizer.json"}
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str | None = None,
        tokenizer_file: str | None = None,
        *,
        sp_model_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.vocab_file = vocab_file
        self.sp_model_kwargs = read_sampling(sp_model_kwargs)
        if sp_model_kwargs is not None:
            kwargs["sp_model_kwargs"] = self.sp_model_kwargs
        sampling = sampling_of(self.sp_model_kwargs)
        self._sampler = None if sampling is None else Sampler(sampling)
        declared = {token.content for token in (kwargs.get("added_tokens_decoder") or {}).values()}
        super().__init__(vocab_file=vocab_file, tokenizer_file=tokenizer_file, **kwargs)
        self._set_flags(set() if self.built_from_vocabulary else declared)

    def _set_flags(self, declared: set[str]) -> None:
        """Give tokens of the vocabulary the flags that their roles ask for, where no file declares others."""
        present = {token.content: token for token in self.added_tokens_decoder.values()}
        wanted = [t for t in self.all_special_tokens_extended if isinstance(t, AddedToken)]
        changed = [t for t in wanted if t.content not in declared and present.get(t.content) != t]
        if changed:
            self._add_tokens(changed, special_tokens=True)

    @property
    def sp_model(self) -> SentencePieceProcessor:
        """The SentencePiece model itself, read when asked for."""
        if self.vocab_file is None:
            raise AttributeError(f"this {type(self).__name__} was loaded without its SentencePiece model")
        return SentencePieceProcessor(self.vocab_file, **self.sp_model_kwargs)

    def _records(self, batch: Sequence[Any], split: bool, framed: bool, plan: Plan) -> list[Any]:
        if self._sampler is None:
            return super()._records(batch, split, framed, plan)
        truncation, padding = self._settings(plan)
        self._settle(truncation, None)
        engine = self._tokenizer
        with self._sampler.drawing(engine):  # one after the other: the draws have an order
            records = [
                engine.encode(row[0], row[1], split, framed)
                for row in (item if paired(item, split) else (item, None) for item in batch)
            ]
        if padding is not None:
            multiple, length = padding.pop("pad_to_multiple_of"), padding.pop("length")
            every = [part for record in records for part in (record, *record.overflowing)]
            longest = max((len(part) for part in every), default=0) if length is None else length
            for record in records:
                record.pad(longest + -longest % (multiple or 1), **padding)
        return records

    @property
    def can_save_slow_tokenizer(self) -> bool:
        """Whether the SentencePiece model is there to be copied."""
        return self.vocab_file is not None and Path(self.vocab_file).is_file()

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Copy the SentencePiece model into a folder; its path there.

        Raises:
            ValueError: this tokenizer was loaded without it, or the folder does not exist.
        """
        folder = Path(save_directory)
        if not folder.is_dir():
            raise ValueError(f"{save_directory} is not a folder")
        if self.vocab_file is None or not self.can_save_slow_tokenizer:
            raise ValueError(
                f"this {type(self).__name__} was loaded without its SentencePiece model, so it cannot be "
                "saved in the older format: use legacy_format=False"
            )
        usual = self.vocab_files_names["vocab_file"]
        name = TEKKEN_FILE if is_tekken_file(self.vocab_file) else usual
        target = folder / file_name(name, filename_prefix)
        if not target.exists() or not target.samefile(self.vocab_file):
            shutil.copyfile(self.vocab_file, target)
        return (str(target),)


def takes_space(token: str | AddedToken, normalized: bool = True) -> AddedToken:
    """A mask token that takes the space before it, as any word has one."""
    if isinstance(token, AddedToken):
        return token
    return AddedToken(token, lstrip=True, normalized=normalized, special=True)


__all__ = ["SentencePieceTokenizer", "takes_space"]
