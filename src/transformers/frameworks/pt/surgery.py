"""Changing the size of a PyTorch model: vocabulary and attention heads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

from ...layers.base import parameter_place


def resize(model: Any, size: int | None, multiple: int | None, mean: bool) -> nn.Embedding:
    """See `PreTrainedModel.resize_token_embeddings`."""
    old: nn.Embedding = model.get_input_embeddings()
    if size is None and multiple is None:
        return old
    if multiple is not None and (not isinstance(multiple, int) or multiple < 1):
        raise ValueError(f"pad_to_multiple_of must be a positive int, got {multiple!r}")
    size = old.num_embeddings if size is None else size
    if size < 1:
        raise ValueError(f"new_num_tokens must be positive, got {size}")
    size = size if multiple is None else -(-size // multiple) * multiple
    new = nn.Embedding(size, old.embedding_dim, device=old.weight.device, dtype=old.weight.dtype)
    model._init_weights(new)
    new.padding_idx = old.padding_idx if old.padding_idx is not None and old.padding_idx < size else None
    with torch.no_grad():
        new.weight.copy_(_grown(old.weight, new.weight, mean))
    new.weight.requires_grad_(old.weight.requires_grad)
    model.set_input_embeddings(new)
    _resize_output(model, old, size, mean)
    model.config.get_text_config().vocab_size = size
    model.tie_weights()
    return new


def _grown(old: torch.Tensor, fresh: torch.Tensor, mean: bool) -> torch.Tensor:
    """`old` with rows cut off, or with further rows.

    `fresh` ones or, by `mean`, drawn from the distribution of the old.
    """
    kept = old[: fresh.shape[0]]
    extra = fresh.shape[0] - old.shape[0]
    if extra <= 0:
        return kept
    rows = fresh[old.shape[0] :]
    if mean:
        data = old.to(torch.float32)
        centre = data.mean(dim=0)
        spread = (data - centre).reshape(old.shape[0], -1)
        # A draw of N(mean, 1e-9 * covariance): a random mixture of centred rows has that covariance.
        mix = torch.randn(extra, old.shape[0], device=old.device) * (1e-9 / old.shape[0]) ** 0.5
        rows = (centre + (mix @ spread).reshape(extra, *old.shape[1:])).to(old.dtype)
    return torch.cat([kept, rows])


def _resize_output(model: Any, old_input: nn.Embedding, size: int, mean: bool) -> None:
    """Give the projection to the vocabulary, and a bias kept beside it, `size` rows."""
    head = model.get_output_embeddings()
    if head is None or not hasattr(head, "weight"):
        return
    tied = head.weight is old_input.weight
    biased = head.bias is not None
    new = nn.Linear(head.in_features, size, bias=biased, device=head.weight.device, dtype=head.weight.dtype)
    model._init_weights(new)
    with torch.no_grad():
        if not tied:
            new.weight.copy_(_grown(head.weight, new.weight, mean))
        if biased:
            new.bias.copy_(_grown(head.bias, torch.zeros_like(new.bias), False))
    model.set_output_embeddings(new)
    source = model._ties.get(f"{model._output_embeddings}.bias")
    if source is not None:
        owner, _, name = source.rpartition(".")
        setattr(model.get_submodule(owner), name, nn.Parameter(new.bias.detach().clone()))


def resize_positions(model: Any, path: Any, size: int) -> None:
    """See `PreTrainedModel.resize_position_embeddings`."""
    if size < 1:
        raise ValueError(f"new_num_position_embeddings must be positive, got {size}")
    base = model.base_model
    owner, name = parameter_place(base, path)
    old: nn.Embedding = getattr(owner, name)
    new = nn.Embedding(size, old.embedding_dim, device=old.weight.device, dtype=old.weight.dtype)
    base._init_weights(new)
    with torch.no_grad():
        new.weight.copy_(_grown(old.weight, new.weight, False))
    model.config.max_position_embeddings = size
    setattr(owner, name, new)
    base._init_weights(owner)  # fixed tables, such as sinusoids, are the owner's to write


def prune(model: Any, heads: Mapping[int, Iterable[int]]) -> None:
    """See `PreTrainedModel.prune_heads`."""
    base = model.base_model
    known = {int(layer): set(gone) for layer, gone in (model.config.pruned_heads or {}).items()}
    wanted = {int(layer): sorted(set(gone)) for layer, gone in heads.items()}
    base._prune_heads(wanted)
    for layer, gone in wanted.items():
        known[layer] = known.get(layer, set()) | set(gone)
    model.config.pruned_heads = {layer: sorted(gone) for layer, gone in known.items()}


__all__ = ["prune", "resize", "resize_positions"]
