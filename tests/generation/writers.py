"""The models of the golden tokens, with seeded weights, in every framework."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import numpy as np

from ..models import seeding
from ..models.adapters import ADAPTERS
from . import golden_cases


def build(framework: str, name: str, **changes: Any) -> Any:
    """A fresh model with seeded weights."""
    data, adapter = golden_cases.MODELS[name], ADAPTERS[framework]
    library = importlib.import_module("transformers")
    config = getattr(library, data["config_class"])(**{**data["config"], **changes})
    model = getattr(library, adapter.prefix + data["class"])(config)
    adapter.assign(model, {n: seeding.weight(n, s) for n, s in adapter.shapes(model).items()})
    return model.eval() if framework == "pt" else model


@functools.cache
def writer(framework: str, name: str) -> Any:
    """A model that tests share and leave as it is."""
    return build(framework, name)


@functools.cache
def assistant(framework: str, name: str) -> Any:
    """A smaller model that drafts for it."""
    return build(framework, name, **golden_cases.MODELS[name]["assistant"])


def prompt(framework: str, kind: str, pair: bool) -> dict[str, Any]:
    """Ids and mask of a prompt as the framework's arrays."""
    ids = np.array(golden_cases.ALONE if kind == "alone" else golden_cases.PROMPT)
    mask = np.ones_like(ids)
    if kind == "padded":
        for row, length in enumerate(golden_cases.LENGTHS):
            hidden = slice(length, None) if pair else slice(0, ids.shape[1] - length)
            ids[row, hidden], mask[row, hidden] = 3, 0
    return {"input_ids": tensor(framework, ids), "attention_mask": tensor(framework, mask)}


def tensor(framework: str, array: Any) -> Any:
    """A NumPy array as the framework's."""
    if framework == "pt":
        return importlib.import_module("torch").from_numpy(np.array(array))
    return array


def tokens(framework: str, found: Any) -> list[list[int]]:
    """The ids of an output, whatever its form."""
    ids = getattr(found, "sequences", found)
    return np.asarray(ids).tolist()  # type: ignore[no-any-return]


class Words:
    """A tokenizer whose word for token 5 is `w5`, or another letter in front; `first` is added to ids."""

    all_special_tokens: tuple[str, ...] = ()

    def __init__(self, size: int = 53, letter: str = "w", first: int = 0) -> None:
        self.size, self.letter, self.first = size, letter, first

    def __len__(self) -> int:
        return self.size

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        words = [int(word[1:]) + self.first for word in text.split()]
        return {"input_ids": [word for word in words if 0 <= word < self.size]}

    def get_vocab(self) -> dict[str, int]:
        return {self.convert_ids_to_tokens(index): index for index in range(self.size)}

    def get_added_vocab(self) -> dict[str, int]:
        return {}

    def decode(self, ids: Any, **kwargs: Any) -> str:
        return "".join(self.convert_ids_to_tokens(np.asarray(ids).reshape(-1).tolist()))

    def convert_ids_to_tokens(self, ids: Any) -> Any:
        if isinstance(ids, list):
            return [self.convert_ids_to_tokens(index) for index in ids]
        return f"{self.letter}{int(ids) - self.first} "

    def convert_tokens_to_string(self, words: list[str]) -> str:
        return "".join(words)
