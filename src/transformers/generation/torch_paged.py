"""Keys and values of many texts in blocks that are handed out and taken back.

Every layer has one buffer of `num_blocks * block_size` places, or shares it with layers of another window. A
text owns whole blocks, in any order, and its block tables say which; a step sees the places of its texts as
the rows of an ordinary cache, `torch_rows.PagedRows`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import torch

from .torch_blocks import PAD, Blocks, Groups

BLOCK_SIZE = 32  # places of a block
MAX_BATCH_TOKENS = 2048  # tokens that a step reads at most
SHARE = 0.25  # of the free memory of a CPU; of a GPU, `max_memory` of what is left


class PagedAttentionCache:
    """Blocks of keys and values for all layers of a model.

    Layers with a window keep what the window can reach, however long a text becomes. Texts that begin alike
    share the blocks of their beginning while they are written, where no layer has a window.

    Args:
        config: the model's.
        generation_config: may have `num_blocks`, `block_size`, `max_batch_tokens` and `max_memory`, the share
            of the free memory that is used where `num_blocks` is not given.
        device, dtype: of the keys and values.
        layer_device_map: layer -> device, for models over several devices.
        tp_size: accepted for compatibility; heads are counted where they are written.
        layer_bytes: of keys and values of a token, layer by layer; None: by the config.

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
        layer_bytes: Sequence[int] | None = None,
    ) -> None:
        given = vars(generation_config)
        self.config, self.device, self.dtype = config, torch.device(device), dtype
        self.layer_device_map = layer_device_map or {}
        self.block_size = _positive("block_size", given.get("block_size"), BLOCK_SIZE)
        self.max_batch_tokens = _positive("max_batch_tokens", given.get("max_batch_tokens"), MAX_BATCH_TOKENS)
        sizes = _layer_bytes(config, dtype) if layer_bytes is None else list(layer_bytes)
        windows = config.get_text_config(decoder=True).key_windows()
        if len(windows) != len(sizes):
            windows = (None,) * len(sizes)
        self.groups = Groups(windows)
        widest = [window for window in self.groups.windows if window is not None]
        # What a request may read in one step: more would need more blocks for every window.
        self.most_new = min(self.max_batch_tokens, max([*widest, self.block_size])) if widest else None
        self.reach = max(widest) if len(widest) == len(self.groups.windows) else None
        self._sizes = sizes
        self._set_blocks(self._count(given.get("num_blocks"), given.get("max_memory")))
        self._pools: dict[tuple[Any, ...], list[torch.Tensor]] = {}

    def _count(self, asked: Any, share: float | None) -> int:
        if asked is not None:
            return _positive("num_blocks", asked, 1)
        # Layers that share a buffer are counted once, unless theirs are of different sizes.
        kept = {(self.groups.where(layer)[1], size): size for layer, size in enumerate(self._sizes)}
        count = _free_memory(self.device, share) // (sum(kept.values()) * self.block_size)
        if count < 1:
            raise ValueError(
                "the cache has no memory for a single block: set num_blocks, or a lower block_size"
            )
        return count

    def _set_blocks(self, count: int) -> None:
        size, new = self.block_size, self.most_new or 0
        # The keys before the first new token that it sees, and the new ones, wherever in a block they begin.
        spans = [None if window is None else window - 1 + new for window in self.groups.windows]
        rings = [None if span is None else -(-(span - 1) // size) + 1 for span in spans]
        self.num_blocks, self._blocks = count, Blocks(count, size, rings)

    def cost(self, tokens: int) -> int:
        """Blocks that a text of `tokens` tokens takes, in all groups of layers."""
        return self._blocks.cost(-(-tokens // self.block_size))

    def allocate_blocks(self, n_blocks: int, request_id: str) -> int:
        """Let a text become `n_blocks` longer; returns how many blocks that took.

        Raises:
            ValueError: fewer are free.
        """
        return self._blocks.give(request_id, n_blocks)

    def begin(self, request_id: str, prompt: Sequence[int], tokens: int) -> int:
        """Give a request the blocks for `tokens` tokens; returns how many of its prompt are there already.

        Raises:
            ValueError: fewer blocks are free.
        """
        blocks, prefixes = -(-tokens // self.block_size), self._blocks.prefixes
        if prefixes is None or self._blocks.held(request_id):
            self._blocks.give(request_id, blocks)
            return 0
        shared, _ = prefixes.find(prompt)
        self._blocks.give(request_id, blocks, shared)
        prefixes.enter(prompt, self._blocks.table(request_id), len(shared))
        return len(shared) * self.block_size

    def awaits(self, prompt: Sequence[int]) -> bool:
        """Whether another request is about to read the beginning of a prompt."""
        prefixes = self._blocks.prefixes
        return prefixes is not None and not prefixes.find(prompt)[1]

    def shared(self, prompt: Sequence[int]) -> int:
        """How many blocks hold the beginning of a prompt."""
        prefixes = self._blocks.prefixes
        return 0 if prefixes is None else len(prefixes.find(prompt)[0])

    def note_read(self, request_id: str, tokens: int) -> None:
        """Note that the keys and values of the first `tokens` tokens of a request are there."""
        if self._blocks.prefixes is not None:
            self._blocks.prefixes.read(self._blocks.table(request_id)[: tokens // self.block_size])

    def free_blocks(self, request_id: str) -> None:
        """Take back the blocks of a request that no other shares; nothing happens if it has none."""
        self._blocks.take_back(request_id)

    def get_num_free_blocks(self) -> int:
        """How many blocks nobody has."""
        return len(self._blocks.free)

    def shrink(self, n_blocks: int) -> None:
        """Have no more than `n_blocks`; before the first is handed out."""
        self._set_blocks(min(self.num_blocks, n_blocks))

    def places(self, request_id: str, group: int = 0) -> torch.Tensor:
        """Places of a request's tokens in a group of layers, in their order."""
        return self._blocks.places(request_id, group)

    def pool(self, layer_idx: int, key: torch.Tensor, value: torch.Tensor) -> list[torch.Tensor]:
        """The buffers (places, K, D) of a layer; made like the first keys and values (B, K, T, D)."""
        made_like = (key.shape[1], key.shape[3], value.shape[3], key.dtype, key.device)
        name = (self.groups.where(layer_idx)[1], *made_like)
        if name not in self._pools:
            room = self.num_blocks * self.block_size + PAD + 1
            made = [x.new_empty(room, x.shape[1], x.shape[3]) for x in (key, value)]
            for buffer in made:
                buffer[PAD] = 0
            self._pools[name] = made
        return self._pools[name]


def _positive(name: str, value: Any, default: int) -> int:
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a positive whole number, got {value!r}")
    return value


def _layer_bytes(config: Any, dtype: torch.dtype) -> list[int]:
    """Of keys and values of a token, layer by layer, by the sizes that a config tells."""
    text = config.get_text_config(decoder=True)
    known = text.to_dict()
    heads = text.num_attention_heads
    size = known.get("head_dim") or text.hidden_size // heads
    shared = known.get("num_key_value_heads") or heads
    return [int(2 * shared * size * dtype.itemsize)] * text.num_hidden_layers


def _free_memory(device: torch.device, share: float | None) -> int:
    """Bytes that the cache may take."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0] * (0.9 if share is None else share))
    pages = os.sysconf("SC_AVPHYS_PAGES") if hasattr(os, "sysconf") else 1 << 20
    size = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1 << 12
    return int(pages * size * (SHARE if share is None else share))


__all__ = ["PagedAttentionCache"]
