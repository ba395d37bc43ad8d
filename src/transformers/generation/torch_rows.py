"""A step's texts as rows over the paged cache: to the model an ordinary cache of a padded batch."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from ..layers.cache import Cache, DynamicLayer
from .torch_blocks import PAD
from .torch_paged import PagedAttentionCache


class Part(NamedTuple):
    """What a step reads of a text: the last `fresh` of its first `count` tokens."""

    name: str
    count: int
    fresh: int


class PagedLayer(DynamicLayer):
    """One layer's part of `PagedRows`."""

    def __init__(self, rows: PagedRows, layer_idx: int) -> None:
        super().__init__()
        self.rows, self.layer_idx = rows, layer_idx
        self.group = rows.cache.groups.where(layer_idx)[0]

    def update(self, key: Any, value: Any, cache_kwargs: Any = None) -> tuple[Any, Any]:
        """Write the new keys and values (B, K, T, D); returns those of the whole rows, (B, K, S, D)."""
        rows = self.rows
        if key.shape[2] != rows.new:
            raise ValueError(f"the model wrote {key.shape[2]} keys a row for {rows.new} tokens")
        read, written, chosen = rows.indices(self.group, key.device)
        found = []
        for buffer, x in zip(rows.cache.pool(self.layer_idx, key, value), (key, value), strict=True):
            flat = x.transpose(1, 2).reshape(-1, x.shape[1], x.shape[3])  # (B * T, K, D)
            buffer.index_copy_(0, written, flat if chosen is None else flat.index_select(0, chosen))
            whole = buffer.index_select(0, read).view(x.shape[0], -1, x.shape[1], x.shape[3])
            found.append(whole.transpose(1, 2))
        self.keys, self.values = found
        return found[0], found[1]

    def get_seq_length(self) -> int:
        """Tokens of a row that were there before the step, or all of them after the update."""
        return self.rows.known if self.keys is None else self.rows.known + self.rows.new


class PagedRows(Cache):
    """A step's rows, aligned at their last token, padding in front: the cache that its forward is given.

    The step has as many columns T as its largest part. In shorter texts the first are padding; where a text
    has older tokens they stand there once more, and are not written again. Where every layer has a window,
    rows begin with the oldest key that a query sees: `positions` (B, T) tells which tokens these are.

    cut: whether rows may begin so; the model then needs the positions.
    """

    def __init__(self, cache: PagedAttentionCache, parts: list[Part], *, cut: bool = False) -> None:
        super().__init__()
        self.cache, self.parts = cache, parts
        self.new = max(part.fresh for part in parts)
        length = longest = max(self.new, *(part.count for part in parts))
        if cut and cache.reach is not None:
            length = min(longest, self.new + cache.reach - 1)
        self.known = length - self.new
        self.lengths = [min(part.count, length) for part in parts]
        self.padded = min(self.lengths) < length
        self.positions = self._positions() if length < longest else None
        self._ready: dict[Any, tuple[Any, ...]] = {}

    @property
    def mask(self) -> torch.Tensor:
        """Which columns of the rows (B, S) are tokens."""
        length = self.known + self.new
        starts = torch.tensor([length - count for count in self.lengths])
        return (torch.arange(length) >= starts[:, None]).to(torch.long)

    def _positions(self) -> torch.Tensor:
        ends = torch.tensor([part.count for part in self.parts])
        return (torch.arange(-self.new, 0) + ends[:, None]).clamp(min=0)

    def table(self, group: int) -> torch.Tensor:
        """Places (B, S) of the rows' tokens."""
        length = self.known + self.new
        if not self.padded:
            return torch.stack(
                [self.cache.places(p.name, group)[p.count - length : p.count] for p in self.parts]
            )
        table = torch.full((len(self.parts), length), PAD, dtype=torch.long)
        for row, (part, count) in enumerate(zip(self.parts, self.lengths, strict=True)):
            places = self.cache.places(part.name, group)
            table[row, length - count :] = places[part.count - count : part.count]
        return table

    def indices(self, group: int, device: Any) -> tuple[Any, Any, Any]:
        """Places to read (B * S), places to write, and which of the (B * T) columns these are; None: all."""
        if (group, device) not in self._ready:
            table = self.table(group)
            written, chosen = table[:, self.known :].reshape(-1), None
            if any(part.fresh < self.new for part in self.parts):
                fresh = torch.tensor([part.fresh for part in self.parts])
                wanted = torch.arange(self.new) >= self.new - fresh[:, None]  # (B, T)
                chosen = wanted.reshape(-1).nonzero().reshape(-1)
                written = written[chosen]
            self._ready[group, device] = tuple(
                x if x is None else x.to(device) for x in (table.reshape(-1), written, chosen)
            )
        return self._ready[group, device]  # type: ignore[return-value]

    def update(
        self, key_states: Any, value_states: Any, layer_idx: int, cache_kwargs: Any = None
    ) -> tuple[Any, Any]:
        """See `PagedLayer.update`."""
        while len(self.layers) <= layer_idx:
            self.layers.append(PagedLayer(self, len(self.layers)))
        return self.layers[layer_idx].update(key_states, value_states, cache_kwargs)  # type: ignore[no-any-return]

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Tokens of the rows that are not new, padding counted."""
        return self.layers[layer_idx].get_seq_length() if layer_idx < len(self.layers) else self.known


__all__ = ["PagedLayer", "PagedRows", "Part"]
