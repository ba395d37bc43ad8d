"""Small PyTorch helpers that client libraries import: GPT-2's linear layer, pruning, chunking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from ...layers.conv1d import Conv1D, prune_conv1d_layer
from ...layers.pruning import heads_to_remove, kept_features, prune_linear_layer

# Kinds of layers whose parameters optimisers leave out of weight decay.
ALL_LAYERNORM_LAYERS: list[type[nn.Module]] = [nn.LayerNorm]


def prune_layer(layer: nn.Module, index: torch.Tensor, dim: int | None = None) -> nn.Module:
    """`prune_linear_layer` or `prune_conv1d_layer`, each by default along its output features.

    Raises:
        TypeError: the layer is neither a Linear nor a Conv1D.
    """
    if isinstance(layer, Conv1D):
        return prune_conv1d_layer(layer, index, 1 if dim is None else dim)
    if isinstance(layer, nn.Linear):
        smaller: nn.Module = prune_linear_layer(layer, index, 0 if dim is None else dim)
        return smaller
    raise TypeError(f"only Linear and Conv1D layers can be pruned, got {type(layer).__name__}")


def find_pruneable_heads_and_indices(
    heads: Iterable[int], n_heads: int, head_size: int, already_pruned_heads: set[int]
) -> tuple[set[int], torch.Tensor]:
    """Which of `heads` are still there, and the indices of the features that remain without them.

    Args:
        heads: numbers of heads before any pruning.
        n_heads: heads that the layer has now.
        head_size: features of a head.
        already_pruned_heads: numbers of those removed before.
    """
    still = set(heads) - already_pruned_heads
    return still, kept_features(n_heads, heads_to_remove(still, n_heads, already_pruned_heads), head_size)


def apply_chunking_to_forward(
    forward_fn: Callable[..., torch.Tensor], chunk_size: int, chunk_dim: int, *input_tensors: torch.Tensor
) -> torch.Tensor:
    """`forward_fn(*input_tensors)`, computed `chunk_size` entries of dimension `chunk_dim` at a time.

    Right for functions that treat these entries one by one; 0 does all at once.

    Raises:
        ValueError: the inputs differ in that dimension, or it is no multiple of `chunk_size`.
    """
    lengths = {tensor.shape[chunk_dim] for tensor in input_tensors}
    if len(lengths) != 1:
        raise ValueError(f"all inputs must have one size in dimension {chunk_dim}, got {sorted(lengths)}")
    if chunk_size <= 0:
        return forward_fn(*input_tensors)
    (length,) = lengths
    if length % chunk_size:
        raise ValueError(f"dimension {chunk_dim} ({length}) must be a multiple of chunk_size ({chunk_size})")
    parts = zip(*(tensor.split(chunk_size, dim=chunk_dim) for tensor in input_tensors), strict=True)
    return torch.cat([forward_fn(*part) for part in parts], dim=chunk_dim)


def id_tensor_storage(tensor: torch.Tensor) -> tuple[torch.device, int, int]:
    """What tensors over the same memory have in common: device, address and size in bytes."""
    storage = tensor.untyped_storage()
    return tensor.device, storage.data_ptr(), storage.nbytes()


def isin_mps_friendly(elements: torch.Tensor, test_elements: Any) -> torch.Tensor:
    """`torch.isin`, for a plain number too."""
    return torch.isin(elements, torch.as_tensor(test_elements, device=elements.device))


__all__ = [
    "ALL_LAYERNORM_LAYERS",
    "Conv1D",
    "apply_chunking_to_forward",
    "find_pruneable_heads_and_indices",
    "id_tensor_storage",
    "isin_mps_friendly",
    "prune_conv1d_layer",
    "prune_layer",
    "prune_linear_layer",
]
