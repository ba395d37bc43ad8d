"""A tokenizer's hold on its Rust engine: vocabulary, the state of one call, pickling."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Sequence
from typing import Any, Self

from tokenizers import AddedToken, Tokenizer

from ..utils.tensors import to_py_obj
from .base import PreTrainedTokenizerBase
from .enums import PaddingStrategy, TruncationStrategy
from .options import Plan
from .post_processing import Frame, read_frame
from .special_tokens import Token

# What a copy makes anew.
_OWN = ("_lock", "_tokenizer", "_tables")


class EngineHolder(PreTrainedTokenizerBase):
    """What follows from having a `tokenizers.Tokenizer`, however it came about."""

    _tokenizer: Tokenizer
    _lock: threading.RLock
    # Cutting and filling that the engine was loaded with.
    _rest: tuple[Any, Any]

    @property
    def backend_tokenizer(self) -> Tokenizer:
        """The engine."""
        return self._tokenizer

    @property
    def decoder(self) -> Any:
        """The part of the engine that joins tokens into text."""
        return self._tokenizer.decoder

    # -- state: the engine's cutting and filling are set for a call and never show outside

    def _settle(self, truncation: dict[str, Any] | None, padding: dict[str, Any] | None) -> None:
        """Bring the engine to this state; does nothing when it is there."""
        engine = self._tokenizer
        if engine.truncation != truncation:
            if truncation is None:
                engine.no_truncation()
            else:
                engine.enable_truncation(**truncation)
        if engine.padding != padding:
            if padding is None:
                engine.no_padding()
            else:
                engine.enable_padding(**padding)

    def _settings(self, plan: Plan) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        truncation = padding = None
        if plan.truncation is not TruncationStrategy.DO_NOT_TRUNCATE:
            truncation = {
                "max_length": plan.max_length,
                "stride": plan.stride,
                "strategy": plan.truncation.value,
                "direction": self.truncation_side,
            }
        if plan.padding is not PaddingStrategy.DO_NOT_PAD:
            padding = {
                "length": plan.max_length if plan.padding is PaddingStrategy.MAX_LENGTH else None,
                "direction": plan.padding_side,
                "pad_to_multiple_of": plan.pad_to_multiple_of,
                "pad_id": self.pad_token_id,
                "pad_token": self.pad_token,
                "pad_type_id": self.pad_token_type_id,
            }
        return truncation, padding

    def set_truncation_and_padding(
        self,
        padding_strategy: PaddingStrategy,
        truncation_strategy: TruncationStrategy,
        max_length: int | None,
        stride: int,
        pad_to_multiple_of: int | None,
        padding_side: str | None = None,
    ) -> None:
        """Set how the engine itself cuts and fills, for those who call `backend_tokenizer` directly."""
        side = padding_side or self.padding_side
        plan = Plan(padding_strategy, truncation_strategy, max_length, stride, pad_to_multiple_of, side)
        with self._lock:
            self._settle(*self._settings(plan))

    def backend_json(self) -> str:
        """The engine as the text of a tokenizer.json, with the cutting and filling it was loaded with."""
        with self._lock:
            self._settle(*self._rest)
            return self._tokenizer.to_str(pretty=True)  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        del state["_lock"]
        state.pop("_tables", None)
        state["_tokenizer"] = self.backend_json()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__["_tokenizer"] = Tokenizer.from_str(state["_tokenizer"])
        self.__dict__["_lock"] = threading.RLock()
        self._tokenizer.encode_special_tokens = self.split_special_tokens

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = self.__class__.__new__(self.__class__)
        memo[id(self)] = twin
        plain = {name: value for name, value in self.__dict__.items() if name not in _OWN}
        twin.__setstate__({**copy.deepcopy(plain, memo), "_tokenizer": self.backend_json()})
        return twin

    # -- vocabulary

    @property
    def vocab_size(self) -> int:
        """Number of tokens without those added later; `len(tokenizer)` counts all."""
        return self._tokenizer.get_vocab_size(with_added_tokens=False)  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return self._tokenizer.get_vocab_size(with_added_tokens=True)  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        return True

    def get_vocab(self) -> dict[str, int]:
        """Every token with its id."""
        return self._tokenizer.get_vocab(with_added_tokens=True)  # type: ignore[no-any-return]

    def _file_tables(self) -> tuple[dict[str, int], dict[int, str]]:
        """Token to id and id to token, in the order of the ids, without tokens added later; read once."""
        held: tuple[dict[str, int], dict[int, str]] | None = self.__dict__.get("_tables")
        if held is None:
            vocabulary = self._tokenizer.get_vocab(with_added_tokens=False)
            back = dict(sorted((index, token) for token, index in vocabulary.items()))
            held = self.__dict__["_tables"] = ({token: index for index, token in back.items()}, back)
        return held

    @property
    def vocab(self) -> dict[str, int]:
        """Every token with its id."""
        return self.get_vocab()

    @property
    def added_tokens_decoder(self) -> dict[int, AddedToken]:
        """Tokens added to the vocabulary or protected from being split, by id."""
        return self._tokenizer.get_added_tokens_decoder()  # type: ignore[no-any-return]

    def _add_tokens(self, new_tokens: Sequence[Token], special_tokens: bool = False) -> int:
        add = self._tokenizer.add_special_tokens if special_tokens else self._tokenizer.add_tokens
        return add(list(new_tokens))  # type: ignore[no-any-return]

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        """The id of a token, or the ids of a list of tokens; else the unknown token's id or None."""
        if tokens is None:
            return None
        if not isinstance(tokens, str):
            return [self.convert_tokens_to_ids(token) for token in tokens]
        index = self._tokenizer.token_to_id(tokens)
        if index is None and (unknown := self.unk_token) is not None:
            return self._tokenizer.token_to_id(unknown)
        return index

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        """The token of an id, or the tokens of several; None for an id outside the vocabulary.

        Args:
            ids: one id, a list, or an array of any framework.
            skip_special_tokens: whether to leave special tokens out of a list.
        """
        ids = to_py_obj(ids)
        find = self._tokenizer.id_to_token
        if isinstance(ids, int):
            return find(ids) if ids >= 0 else None
        special = set(self.all_special_ids) if skip_special_tokens else ()
        return [find(i) if i >= 0 else None for i in ids if i not in special]

    def convert_tokens_to_string(self, tokens: Iterable[str]) -> str:
        """Text of a list of tokens."""
        decoder = self._tokenizer.decoder
        return decoder.decode(list(tokens)) if decoder is not None else " ".join(tokens)

    def _decode_rows(self, rows: list[list[int]], skip_special_tokens: bool, **kwargs: Any) -> list[str]:
        try:
            texts: list[str] = self._tokenizer.decode_batch(rows, skip_special_tokens=skip_special_tokens)
            return texts
        except (OverflowError, TypeError) as error:
            raise ValueError(
                "decode takes ids, whole numbers from 0 up: replace labels that are ignored (-100) first"
            ) from error

    def _frame(self) -> Frame:
        return read_frame(self._tokenizer.post_processor)


__all__ = ["EngineHolder"]
