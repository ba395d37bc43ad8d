"""Columns of data sets as inputs of a pipeline."""

from __future__ import annotations

from typing import Any


class KeyDataset:
    """One column: entry i is `dataset[i][key]`."""

    def __init__(self, dataset: Any, key: str) -> None:
        self.dataset = dataset
        self.key = key

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Any:
        return self.dataset[index][self.key]


class KeyPairDataset:
    """Two columns as pairs of texts: entry i is {"text", "text_pair"}."""

    def __init__(self, dataset: Any, key1: str, key2: str) -> None:
        self.dataset = dataset
        self.key1 = key1
        self.key2 = key2

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> dict[str, Any]:
        row = self.dataset[index]
        return {"text": row[self.key1], "text_pair": row[self.key2]}


__all__ = ["KeyDataset", "KeyPairDataset"]
