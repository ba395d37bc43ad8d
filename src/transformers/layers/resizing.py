"""Changing the size of a model that has its weights: vocabulary, positions and attention heads.

Runs on the host before or after training, in every framework; nothing here belongs to a forward.
"""

from __future__ import annotations

import torch
from torch import nn

from .base import parameter_place


def resize(model, size=None, multiple=None, mean=True):
    """Give the token embedding, and the projection to the vocabulary where there is one, `size` rows.

    multiple: round the size up to a multiple of it.  mean: draw new rows from the distribution of the old
    ones instead of the model's own initialisation.  Returns the embedding.
    Raises:
        ValueError: a size or multiple below 1.
    """
    old = model.get_input_embeddings()
    if size is None and multiple is None:
        return old
    if multiple is not None and (not isinstance(multiple, int) or multiple < 1):
        raise ValueError(f"pad_to_multiple_of must be a positive int, got {multiple!r}")
    size = old.num_embeddings if size is None else size
    if size < 1:
        raise ValueError(f"new_num_tokens must be positive, got {size}")
    size = size if multiple is None else -(-size // multiple) * multiple
    weight = old.weight
    resize_embedding(model, old, size, mean)
    model.set_input_embeddings(old)
    resize_output(model, weight, size, mean)
    resize_buffers(model, size)
    model.config.get_text_config().vocab_size = model.vocab_size = size
    model.tie_weights()
    return old


def put(model, arrays):
    """Give parameters new values, {name: array}, of any size; a dense layer takes that of its weight."""
    for name, array in arrays.items():
        owner, own = parameter_place(model, name)
        old = getattr(owner, own)
        value = torch.as_tensor(array).to(old.dtype).to(old.device)
        setattr(owner, own, nn.Parameter(value, requires_grad=old.requires_grad))
        if isinstance(owner, nn.Linear) and own == "weight":
            owner.out_features, owner.in_features = value.shape


def resize_buffers(model, size):
    """Give the buffers (1, vocabulary) of a model `size` entries; new ones are 0."""
    for name in model._vocabulary_buffers:
        row = getattr(model, name)[0]
        longer = grown(row, torch.zeros(size, dtype=row.dtype, device=row.device), False)
        model.register_buffer(name, longer[None])


def resize_decoder(model, size):
    """Give the decoder of a pair `size` words, where its two sides have words of their own; its embedding.

    Raises:
        ValueError: a size below 1.
    """
    if size < 1:
        raise ValueError(f"new_num_tokens must be positive, got {size}")
    decoder = model.get_decoder()
    table = decoder.embed_tokens
    weight = table.weight
    resize_embedding(model, table, size, True)
    resize_output(model, weight, size, True)
    resize_buffers(model, size)
    model.config.decoder_vocab_size = decoder.config.decoder_vocab_size = size
    model.tie_weights()
    return table


def resize_embedding(model, table, size, mean):
    """Give an embedding `size` rows, which begin with those it has."""
    old = table.weight
    fresh = nn.Embedding(size, table.embedding_dim, device=old.device, dtype=old.dtype)
    model._init_weights(fresh)
    rows = grown(old.detach(), fresh.weight.detach(), mean)
    table.weight = nn.Parameter(rows, requires_grad=old.requires_grad)
    table.num_embeddings = size
    if table.padding_idx is not None and table.padding_idx >= size:
        table.padding_idx = None


def grown(old, fresh, mean):
    """`old` cut or extended to the length of `fresh`, with its rows or, by `mean`, with drawn ones."""
    count, size = old.shape[0], fresh.shape[0]
    if size <= count:
        return old[:size].clone()
    rows = fresh[count:]
    if mean:
        data = old.to(torch.float32)
        centre = data.mean(dim=0)
        spread = data - centre  # (rows, width)
        # A draw of N(mean, 1e-9 * covariance): a random mixture of centred rows has that covariance.
        mix = torch.randn(size - count, count, device=old.device) * (1e-9 / count) ** 0.5
        rows = (centre + mix @ spread).to(old.dtype)
    return torch.cat([old, rows])


def resize_output(model, words, size, mean):
    """Give the projection to the vocabulary, and a bias kept beside it, `size` rows.

    words: the weight that the word embedding had.
    """
    head = model.get_output_embeddings()
    if head is None or not hasattr(head, "weight"):
        return
    weight, bias = head.weight, head.bias
    new = nn.Linear(head.in_features, size, bias=bias is not None, device=weight.device, dtype=weight.dtype)
    model._init_weights(new)
    if weight is not words:  # a tied one is shared again by `tie_weights`
        new.weight = nn.Parameter(grown(weight.detach(), new.weight.detach(), mean))
    if bias is not None:
        zeros = torch.zeros(size, dtype=bias.dtype, device=bias.device)
        new.bias = nn.Parameter(grown(bias.detach(), zeros, False))
    model.set_output_embeddings(new)
    source = model._ties.get(f"{model._output_embeddings}.bias")
    if source is not None:
        owner, name = parameter_place(model, source)
        setattr(owner, name, nn.Parameter(new.bias.detach().clone()))


def resize_positions(model, paths, size):
    """Give each table of positions at `paths` below the trunk `size` rows.

    Raises:
        ValueError: a size below 1.
    """
    if size < 1:
        raise ValueError(f"new_num_position_embeddings must be positive, got {size}")
    base = model.base_model
    model.config.max_position_embeddings = size
    for path in paths:
        owner, name = parameter_place(base, path)
        old = getattr(owner, name)
        if hasattr(owner, "config"):
            owner.config.max_position_embeddings = size
        # What a subclass computes, such as sinusoids, it computes anew.
        if type(old) is nn.Embedding:
            resize_embedding(base, old, size, False)
        else:
            setattr(owner, name, remade(old, size))
        base._init_weights(owner)  # fixed tables may also be the owner's to write


def remade(table, size):
    """A table of the same kind with `size` rows, written by itself."""
    new = type(table)(size, table.embedding_dim)
    new = new.to(table.weight.device, table.weight.dtype)
    new.write()
    return new


def prune(model, heads):
    """Remove the attention heads {layer: heads}; the config remembers them."""
    known = {int(layer): set(gone) for layer, gone in (model.config.pruned_heads or {}).items()}
    wanted = {int(layer): sorted(set(gone)) for layer, gone in heads.items()}
    model.base_model._prune_heads(wanted)
    for layer, gone in wanted.items():
        known[layer] = known.get(layer, set()) | set(gone)
    model.config.pruned_heads = {layer: sorted(gone) for layer, gone in known.items()}


__all__ = ["grown", "prune", "resize", "resize_decoder", "resize_positions"]
