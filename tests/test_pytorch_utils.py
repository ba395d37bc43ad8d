"""The helpers that client libraries import from `transformers.pytorch_utils`."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from transformers.pytorch_utils import (
    Conv1D,
    apply_chunking_to_forward,
    find_pruneable_heads_and_indices,
    id_tensor_storage,
    isin_mps_friendly,
    prune_layer,
)


def filled() -> Conv1D:
    layer = Conv1D(3, 2)
    layer.weight = nn.Parameter(torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]))
    layer.bias = nn.Parameter(torch.tensor([0.5, 0.0, -0.5]))
    return layer


def test_conv1d_multiplies_by_a_transposed_weight() -> None:
    found = filled()(torch.tensor([[[1.0, 0.0], [2.0, 1.0]]]))
    assert found.tolist() == [[[1.5, 2.0, 2.5], [12.5, 24.0, 35.5]]]


def test_pruning_keeps_the_chosen_features() -> None:
    index = torch.tensor([2, 0])
    assert prune_layer(filled(), index)(torch.tensor([[1.0, 1.0]])).tolist() == [[32.5, 11.5]]
    assert prune_layer(filled(), torch.tensor([1]), dim=0).weight.tolist() == [[10.0, 20.0, 30.0]]
    linear = nn.Linear(2, 3)
    assert torch.equal(prune_layer(linear, index).weight, linear.weight[[2, 0]])
    with pytest.raises(TypeError, match="only Linear and Conv1D layers can be pruned, got Tanh"):
        prune_layer(nn.Tanh(), index)


def test_heads_are_numbered_as_before_pruning() -> None:
    heads, index = find_pruneable_heads_and_indices([0, 3], 3, 2, {0})  # 1, 2 and 3 are left
    assert heads == {3} and index.tolist() == [0, 1, 2, 3]


def test_chunks_give_what_the_whole_gives() -> None:
    a, b = torch.randn(2, 6, 3), torch.randn(2, 6, 3)
    sizes: list[int] = []

    def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        sizes.append(x.shape[1])
        return x + y

    assert torch.equal(apply_chunking_to_forward(add, 2, 1, a, b), a + b)
    assert torch.equal(apply_chunking_to_forward(add, 0, 1, a, b), a + b)
    assert sizes == [2, 2, 2, 6]
    with pytest.raises(ValueError, match=r"\(6\) must be a multiple of chunk_size \(4\)"):
        apply_chunking_to_forward(add, 4, 1, a, b)
    with pytest.raises(ValueError, match="one size in dimension 1"):
        apply_chunking_to_forward(add, 2, 1, a, b[:, :3])


def test_storage_and_membership() -> None:
    base = torch.arange(6)
    assert id_tensor_storage(base) == id_tensor_storage(base.view(2, 3))
    assert id_tensor_storage(base) != id_tensor_storage(base.clone())
    assert isin_mps_friendly(base, 4).tolist() == [False] * 4 + [True, False]
