"""Keys and values of many texts in blocks that are handed out and taken back.

Every layer has one buffer of `num_blocks * block_size` places. A text owns whole blocks, in any order, and
its block table says which; a step sees the places of its texts as the rows of an ordinary cache, `PagedRows`.
"""

from __future__ import annotations

import os
from collections import deque
from typing import Any

import torch

from ..layers.cache import Cache, DynamicLayer

BLOCK_SIZE = 32  # places of a block
MAX_BATCH_TOKENS = 2048  # tokens that a step reads at most
SHARE = 0.25  # of the free memory of a CPU; of a GPU, `max_memory` of what is left
_PAD = 0  # a place of zeros in front of all blocks: what padding reads


class PagedAttentionCache:
    """Blocks of keys and values for all layers of a model.

    Args:
        config: the model's.
        generation_config: may have `num_blocks`, `block_size`, `max_batch_tokens` and `max_memory`, the share
            of the free memory that is used where `num_blocks` is not given.
        device, dtype: of the keys and values.
        layer_device_map: layer -> device, for models over several devices.
        tp_size: accepted for compatibility; heads are counted where they are written.
        bytes_per_token: of all layers together; None: by the config.

    Raises:
        ValueError: a number is not positive, or there is no memory for a single block.
    """

    def __init__(
        self,
        config: Any,
        generation_config: Any,
        device: Any,
        dtype: torch.dtype = torch.float16,
        layer_device_map: dict[int, Any] | None = None,
        tp_size: int | None = None,
        bytes_per_token: int | None = None,
    ) -> None:
        given = vars(generation_config)
        self.config, self.device, self.dtype = config, torch.device(device), dtype
        self.layer_device_map = layer_device_map or {}
        self.block_size = _positive("block_size", given.get("block_size"), BLOCK_SIZE)
        self.max_batch_tokens = _positive("max_batch_tokens", given.get("max_batch_tokens"), MAX_BATCH_TOKENS)
        if given.get("num_blocks") is None:
            size = bytes_per_token or _bytes_per_token(config, dtype)
            count = _free_memory(self.device, given.get("max_memory")) // (size * self.block_size)
            if count < 1:
                raise ValueError(
                    "the cache has no memory for a single block: set num_blocks, or a lower block_size"
                )
            self.num_blocks = count
        else:
            self.num_blocks = _positive("num_blocks", given["num_blocks"], 1)
        self._free = deque(range(self.num_blocks))
        self._tables: dict[str, list[int]] = {}
        self._places: dict[str, torch.Tensor] = {}
        self._pools: dict[int, list[torch.Tensor]] = {}

    def allocate_blocks(self, n_blocks: int, request_id: str) -> int:
        """Give a request `n_blocks` more; returns how many it got.

        Raises:
            ValueError: fewer are free.
        """
        if n_blocks > len(self._free):
            raise ValueError(f"{n_blocks} blocks were asked for, and {len(self._free)} are free")
        table = self._tables.setdefault(request_id, [])
        table.extend(self._free.popleft() for _ in range(n_blocks))
        starts = torch.tensor(table, dtype=torch.long)[:, None] * self.block_size
        self._places[request_id] = (starts + torch.arange(self.block_size)).reshape(-1) + _PAD + 1
        return n_blocks

    def free_blocks(self, request_id: str) -> None:
        """Take back all blocks of a request; nothing happens if it has none."""
        self._places.pop(request_id, None)
        self._free.extend(self._tables.pop(request_id, ()))

    def get_num_free_blocks(self) -> int:
        """How many blocks nobody has."""
        return len(self._free)

    def shrink(self, n_blocks: int) -> None:
        """Have no more than `n_blocks`; before the first is handed out."""
        self.num_blocks = min(self.num_blocks, n_blocks)
        self._free = deque(range(self.num_blocks))

    def places(self, request_id: str) -> torch.Tensor:
        """Places of a request's tokens, in their order."""
        return self._places[request_id]

    def pool(self, layer_idx: int, key: torch.Tensor, value: torch.Tensor) -> list[torch.Tensor]:
        """The buffers (places, K, D) of a layer; made like the first keys and values (B, K, T, D)."""
        if layer_idx not in self._pools:
            room = self.num_blocks * self.block_size + _PAD + 1
            made = [x.new_empty(room, x.shape[1], x.shape[3]) for x in (key, value)]
            for buffer in made:
                buffer[_PAD] = 0
            self._pools[layer_idx] = made
        return self._pools[layer_idx]


class PagedLayer(DynamicLayer):
    """One layer's part of `PagedRows`."""

    def __init__(self, rows: PagedRows, layer_idx: int) -> None:
        super().__init__()
        self.rows, self.layer_idx = rows, layer_idx

    def update(self, key: Any, value: Any, cache_kwargs: Any = None) -> tuple[Any, Any]:
        """Write the new keys and values (B, K, T, D); returns those of the whole rows, (B, K, S, D)."""
        rows = self.rows
        if key.shape[2] != rows.new:
            raise ValueError(f"the model wrote {key.shape[2]} keys a row for {rows.new} tokens")
        read, written, chosen = rows.indices(key.device)
        found = []
        for buffer, x in zip(rows.cache.pool(self.layer_idx, key, value), (key, value), strict=True):
            flat = x.transpose(1, 2).reshape(-1, x.shape[1], x.shape[3])  # (B * T, K, D)
            buffer[written] = flat if chosen is None else flat[chosen]
            whole = buffer.index_select(0, read).reshape(x.shape[0], -1, x.shape[1], x.shape[3])
            found.append(whole.transpose(1, 2))
        self.keys, self.values = found
        return found[0], found[1]

    def get_seq_length(self) -> int:
        """Tokens of a row that were there before the step, or all of them after the update."""
        return self.rows.known if self.keys is None else self.rows.known + self.rows.new


class PagedRows(Cache):
    """A step's rows, aligned at their last token, padding in front: the cache that its forward is given.

    texts: (request, tokens of its text with the new ones). new: columns of the step, T; in shorter texts the
    first ones are padding, and in longer ones what stands in them already is written again.
    """

    def __init__(self, cache: PagedAttentionCache, texts: list[tuple[str, int]], new: int) -> None:
        super().__init__()
        self.cache, self.new = cache, new
        length = max(new, *(count for _, count in texts))
        self.known = length - new
        table = torch.full((len(texts), length), _PAD, dtype=torch.long)
        for row, (name, count) in enumerate(texts):
            table[row, length - count :] = cache.places(name)[:count]
        self.mask = (table != _PAD).to(torch.long)  # (B, S)
        self.padded = any(count < length for _, count in texts)
        self._table = table
        self._ready: dict[Any, tuple[Any, ...]] = {}

    def indices(self, device: Any) -> tuple[Any, Any, Any]:
        """Places to read (B * S), places to write, and which of the (B * T) new tokens are written."""
        if device not in self._ready:
            fresh = self._table[:, self.known :].reshape(-1)
            chosen = (fresh != _PAD).nonzero().reshape(-1) if self.padded else None
            written = fresh if chosen is None else fresh[chosen]
            self._ready[device] = tuple(
                x if x is None else x.to(device) for x in (self._table.reshape(-1), written, chosen)
            )
        return self._ready[device]  # type: ignore[return-value]

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


def _positive(name: str, value: Any, default: int) -> int:
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a positive whole number, got {value!r}")
    return value


def _bytes_per_token(config: Any, dtype: torch.dtype) -> int:
    """Of keys and values in all layers, by the sizes that a config tells."""
    text = config.get_text_config(decoder=True)
    known = text.to_dict()
    heads = text.num_attention_heads
    size = known.get("head_dim") or text.hidden_size // heads
    shared = known.get("num_key_value_heads") or heads
    return int(2 * text.num_hidden_layers * shared * size * dtype.itemsize)


def _free_memory(device: torch.device, share: float | None) -> int:
    """Bytes that the cache may take."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0] * (0.9 if share is None else share))
    pages = os.sysconf("SC_AVPHYS_PAGES") if hasattr(os, "sysconf") else 1 << 20
    size = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1 << 12
    return int(pages * size * (SHARE if share is None else share))


__all__ = ["PagedAttentionCache", "PagedRows"]
