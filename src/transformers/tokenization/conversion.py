"""The Rust tokenizer inside a tokenizer, under the names of the older conversion from Python ones."""

from __future__ import annotations

import copy
from typing import Any

from ..models.auto._tables import TOKENIZERS
from ..utils.errors import did_you_mean


class Converter:
    """Gives the Rust tokenizer of a tokenizer.

    Args:
        original_tokenizer: a tokenizer of this library.
    """

    def __init__(self, original_tokenizer: Any) -> None:
        self.original_tokenizer = original_tokenizer

    def converted(self) -> Any:
        """A copy of the `tokenizers.Tokenizer` that does the work.

        Raises:
            ValueError: Python code does it.
        """
        engine = getattr(self.original_tokenizer, "backend_tokenizer", None)
        if engine is None:
            name = type(self.original_tokenizer).__name__
            raise ValueError(
                f"{name} has no Rust tokenizer: its text is cut by Python code. These have one: "
                f"{', '.join(SLOW_TO_FAST_CONVERTERS)}.{did_you_mean(name, list(SLOW_TO_FAST_CONVERTERS))}"
            )
        return copy.deepcopy(engine)


# Name of a tokenizer class -> what converts it; classes of one's own may be added.
SLOW_TO_FAST_CONVERTERS: dict[str, Any] = {
    names[0]: Converter
    for names in TOKENIZERS.values()
    if len(names) == 2 and names[1] == f"{names[0]}Fast" and names[0] != "CpmTokenizer"
}


def convert_slow_tokenizer(transformer_tokenizer: Any, from_tiktoken: bool = False) -> Any:
    """The Rust tokenizer of a tokenizer.

    Args:
        transformer_tokenizer: a tokenizer.
        from_tiktoken: whether to read its `vocab_file`, in tiktoken's format or a tekken.json, anew.

    Returns:
        a `tokenizers.Tokenizer` of its own; changing it leaves the tokenizer alone.

    Raises:
        ValueError: it has none.
    """
    if from_tiktoken:
        from .tekken import is_tekken_file, read_tekken, tekken_engine
        from .tiktoken import tiktoken_engine

        file = transformer_tokenizer.vocab_file
        if is_tekken_file(file):
            return tekken_engine(read_tekken(file), file)
        special = transformer_tokenizer.additional_special_tokens
        return tiktoken_engine(file, special_tokens=special)
    make = SLOW_TO_FAST_CONVERTERS.get(type(transformer_tokenizer).__name__, Converter)
    return make(transformer_tokenizer).converted()


__all__ = ["SLOW_TO_FAST_CONVERTERS", "Converter", "convert_slow_tokenizer"]
