"""What a tokenizer returns: a mapping of model inputs that also knows where each token came from."""

from __future__ import annotations

from collections import UserDict
from collections.abc import ItemsView, KeysView, Sequence, ValuesView
from typing import Any, NamedTuple

from ..utils import logging
from ..utils.tensors import is_tensor, is_torch_device
from .arrays import array_maker, tensor_type
from .enums import TensorType

logger = logging.get_logger(__name__)


class CharSpan(NamedTuple):
    """Characters `start` up to, not including, `end` of a text."""

    start: int
    end: int


class TokenSpan(NamedTuple):
    """Tokens `start` up to, not including, `end` of a sequence."""

    start: int
    end: int


class BatchEncoding(UserDict[str, Any]):
    """Model inputs by name (`input_ids`, `attention_mask`, ...), readable as items and as attributes.

    Made by the Rust engine, it also maps between tokens, words and characters; every such method
    takes `(index)` for the first row or `(row, index)`.

    Args:
        data: the inputs, lists or arrays.
        encoding: the engine's record of each row.
        tensor_type: framework to convert `data` to.
        prepend_batch_axis: whether to add an axis of length one in front while converting.
        n_sequences: how many texts a row holds, 1 or 2.

    Raises:
        ValueError: `data` cannot become arrays, as rows of different lengths cannot.
    """

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        encoding: Any = None,
        tensor_type: str | TensorType | None = None,
        prepend_batch_axis: bool = False,
        n_sequences: int | None = None,
    ) -> None:
        self.data = dict(data or {})
        self._encodings: Sequence[Any] | None = (
            encoding if encoding is None or isinstance(encoding, (list, tuple)) else [encoding]
        )
        if n_sequences is None and self._encodings:
            n_sequences = self._encodings[0].n_sequences
        self._n_sequences = n_sequences
        self.convert_to_tensors(tensor_type, prepend_batch_axis)

    # -- mapping

    def __getitem__(self, item: Any) -> Any:
        """The input called `item`; a row number or a slice gives the engine's records of those rows.

        Without the Rust engine a slice gives the inputs of those rows.

        Raises:
            KeyError: there is no such input, or no record of rows.
        """
        if isinstance(item, str):
            return self.data[item]
        if self._encodings is not None and isinstance(item, (int, slice)):
            return self._encodings[item]
        if isinstance(item, slice):
            return {name: rows[item] for name, rows in self.data.items()}
        raise KeyError(
            f"{item!r}: use the name of an input ({', '.join(self.data)}), a slice of rows, or, when a Rust "
            "tokenizer made this batch, the number of a row"
        )

    def __getattr__(self, name: str) -> Any:
        # `data` is absent while an object is being unpickled or copied.
        data = self.__dict__.get("data", {})
        if name in data:
            return data[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}; its inputs are {list(data)}")

    def __getstate__(self) -> dict[str, Any]:
        return {"data": self.data, "encodings": self._encodings, "n_sequences": self._n_sequences}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.data = state["data"]
        self._encodings = state["encodings"]
        self._n_sequences = state.get("n_sequences")

    def keys(self) -> KeysView[str]:
        """Names of the inputs."""
        return self.data.keys()

    def values(self) -> ValuesView[Any]:
        """The inputs."""
        return self.data.values()

    def items(self) -> ItemsView[str, Any]:
        """Names and inputs."""
        return self.data.items()

    # -- where tokens came from

    @property
    def n_sequences(self) -> int | None:
        """How many texts a row holds: 1, 2, or None when unknown."""
        return self._n_sequences

    @property
    def is_fast(self) -> bool:
        """Whether the Rust engine made this batch, so that the methods below work."""
        return self._encodings is not None

    @property
    def encodings(self) -> Sequence[Any] | None:
        """The Rust engine's records, one a row."""
        return self._encodings

    def _row(self, index: int, what: str) -> Any:
        if self._encodings is None:
            raise ValueError(f"{what}() needs a batch made by a Rust tokenizer; this one was made in Python")
        return self._encodings[index]

    def _token(self, first: int, second: int | None, what: str) -> tuple[Any, int]:
        """Record of the row and index of the token, counted from the front."""
        row, token = (0, first) if second is None else (first, second)
        record = self._row(row, what)
        return record, token + len(record) if token < 0 else token

    def _place(self, first: int, second: int | None, what: str) -> tuple[Any, int]:
        row, index = (0, first) if second is None else (first, second)
        return self._row(row, what), index

    def tokens(self, batch_index: int = 0) -> list[str]:
        """Tokens of a row, special tokens included."""
        return list(self._row(batch_index, "tokens").tokens)

    def word_ids(self, batch_index: int = 0) -> list[int | None]:
        """For each token of a row the number of its word; None for special tokens."""
        return list(self._row(batch_index, "word_ids").word_ids)

    def words(self, batch_index: int = 0) -> list[int | None]:
        """The old name of `word_ids`."""
        return self.word_ids(batch_index)

    def sequence_ids(self, batch_index: int = 0) -> list[int | None]:
        """For each token of a row 0 (first text) or 1 (second text); None for special tokens."""
        return list(self._row(batch_index, "sequence_ids").sequence_ids)

    def token_to_sequence(self, batch_or_token_index: int, token_index: int | None = None) -> int | None:
        """Which text a token belongs to, 0 or 1."""
        record, token = self._token(batch_or_token_index, token_index, "token_to_sequence")
        return record.token_to_sequence(token)  # type: ignore[no-any-return]

    def token_to_word(self, batch_or_token_index: int, token_index: int | None = None) -> int | None:
        """Number of the word that a token is part of, within its text."""
        record, token = self._token(batch_or_token_index, token_index, "token_to_word")
        found = record.token_to_word(token)
        # The engine answers a word, or (sequence, word).
        word: int | None = found[1] if isinstance(found, tuple) else found
        return word

    def token_to_chars(self, batch_or_token_index: int, token_index: int | None = None) -> CharSpan | None:
        """Characters that a token covers in its text; None for special tokens."""
        record, token = self._token(batch_or_token_index, token_index, "token_to_chars")
        found = record.token_to_chars(token)
        if found is None:
            return None
        # The engine answers (start, end), or (sequence, (start, end)).
        return CharSpan(*(found[1] if isinstance(found[1], tuple) else found))

    def word_to_tokens(
        self, batch_or_word_index: int, word_index: int | None = None, sequence_index: int = 0
    ) -> TokenSpan | None:
        """Tokens that make up a word of text `sequence_index`; None when it has none."""
        record, word = self._place(batch_or_word_index, word_index, "word_to_tokens")
        span = record.word_to_tokens(word, sequence_index)
        return None if span is None else TokenSpan(*span)

    def word_to_chars(
        self, batch_or_word_index: int, word_index: int | None = None, sequence_index: int = 0
    ) -> CharSpan | None:
        """Characters of a word of text `sequence_index`."""
        record, word = self._place(batch_or_word_index, word_index, "word_to_chars")
        span = record.word_to_chars(word, sequence_index)
        return None if span is None else CharSpan(*span)

    def char_to_token(
        self, batch_or_char_index: int, char_index: int | None = None, sequence_index: int = 0
    ) -> int | None:
        """Token that covers a character of text `sequence_index`; None for white space between tokens."""
        record, char = self._place(batch_or_char_index, char_index, "char_to_token")
        return record.char_to_token(char, sequence_index)  # type: ignore[no-any-return]

    def char_to_word(
        self, batch_or_char_index: int, char_index: int | None = None, sequence_index: int = 0
    ) -> int | None:
        """Number of the word that covers a character of text `sequence_index`."""
        record, char = self._place(batch_or_char_index, char_index, "char_to_word")
        return record.char_to_word(char, sequence_index)  # type: ignore[no-any-return]

    # -- arrays

    def convert_to_tensors(
        self, tensor_type: str | TensorType | None = None, prepend_batch_axis: bool = False
    ) -> BatchEncoding:
        """Turn every input into an array, in place.

        Args:
            tensor_type: "pt" (int64), "tf" (int32), "jax" (int32) or "np" (int64); None changes nothing.
            prepend_batch_axis: whether to add an axis of length one in front.

        Raises:
            ImportError: the framework is not installed.
            ValueError: rows differ in length, or hold something that is no number.
        """
        if tensor_type is None:
            return self
        make = array_maker(_tensor_type(tensor_type))
        for name, value in self.data.items():
            rows = [value] if prepend_batch_axis else value
            if not isinstance(rows, list) and is_tensor(rows):
                continue
            try:
                self.data[name] = make(rows)
            except (ValueError, TypeError) as error:
                raise ValueError(_ragged(name, tensor_type, error)) from error
        return self

    def to(self, device: Any, *, non_blocking: bool = False) -> BatchEncoding:
        """Move the PyTorch tensors to `device`, in place; other inputs stay where they are.

        Args:
            device: a `torch.device`, its name such as "cuda:0", or its number.
            non_blocking: whether copies may run behind the caller's back.
        """
        if not (isinstance(device, (str, int)) or is_torch_device(device)):
            logger.warning("cannot move a batch to %s: give a device or its name", device)
            return self
        from ..utils.tensors import is_torch_tensor

        for name, value in self.data.items():
            if is_torch_tensor(value):
                self.data[name] = value.to(device=device, non_blocking=non_blocking)
        return self


# The method above has an argument of this name.
_tensor_type = tensor_type


def _ragged(name: str, kind: str | TensorType, error: Exception) -> str:
    if name == "overflowing_tokens":
        return (
            "overflowing_tokens has a different length in each row and cannot become an array: "
            "leave return_tensors out, or use a fast tokenizer, which returns overflow as rows of its own"
        )
    wanted = str(getattr(kind, "value", kind))
    return (
        f"Unable to create tensor: {name} has no regular shape as {wanted!r} ({error}). Activate padding and "
        "truncation with 'padding=True' 'truncation=True' so that all rows have the same length; "
        "inputs that padding leaves alone (labels, text) must be regular already"
    )


__all__ = ["BatchEncoding", "CharSpan", "TokenSpan"]
