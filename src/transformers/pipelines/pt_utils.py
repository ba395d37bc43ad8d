"""Columns of data sets as inputs of a pipeline, and the steps of a pipeline as data sets of PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..utils.optional import require

if TYPE_CHECKING:
    from ..integrations.torch_pipelines import (
        PipelineChunkIterator,
        PipelineDataset,
        PipelineIterator,
        PipelinePackIterator,
    )


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


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("torch", f"transformers.pipelines.pt_utils.{name}")
    from ..integrations import torch_pipelines

    return getattr(torch_pipelines, name)


__all__ = [
    "KeyDataset",
    "KeyPairDataset",
    "PipelineChunkIterator",
    "PipelineDataset",
    "PipelineIterator",
    "PipelinePackIterator",
]
