"""Which blocks of the paged cache belong to which text: handed out, shared and taken back.

Layers that see everything before them need a block for every part of a text. Layers with a window need only
those that the window can reach: their blocks go round, the newest tokens in the place of the oldest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import torch

PAD = 0  # a place of zeros in front of all blocks: what padding reads


class Groups:
    """Layers of one kind, in groups of equal size, so that a block serves any group.

    windows: per layer, as `PretrainedConfig.key_windows` gives them.
    """

    def __init__(self, windows: Sequence[int | None]) -> None:
        kinds: dict[int | None, list[int]] = {}
        for layer, window in enumerate(windows):
            kinds.setdefault(window, []).append(layer)
        self.size = min(map(len, kinds.values()), default=0)
        self.windows: list[int | None] = []
        self._where: dict[int, tuple[int, int]] = {}
        for window, layers in kinds.items():
            for index, layer in enumerate(layers):
                if index % self.size == 0:
                    self.windows.append(window)
                self._where[layer] = (len(self.windows) - 1, index % self.size)
        self.windows = self.windows or [None]

    def where(self, layer: int) -> tuple[int, int]:
        """The group of a layer, and its number in there."""
        return self._where.get(layer, (0, layer))


class Prefixes:
    """Blocks full of prompts that somebody holds, found by the tokens that stand in them and before them.

    A block is known by the block before it and its own tokens; whoever holds a block holds those before it.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._blocks: dict[tuple[int, tuple[int, ...]], int] = {}
        self._keys: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._unread: set[int] = set()

    def find(self, prompt: Sequence[int]) -> tuple[list[int], bool]:
        """Blocks that hold the beginning of a prompt, all but its last token, and whether all were read."""
        found: list[int] = []
        before = -1
        for start in range(0, len(prompt) - self.size, self.size):
            block = self._blocks.get((before, tuple(prompt[start : start + self.size])))
            if block is None:
                break
            found.append(block)
            before = block
        return found, not self._unread.intersection(found)

    def enter(self, prompt: Sequence[int], table: Sequence[int], shared: int) -> None:
        """Know the blocks that a prompt is going to fill, after the `shared` ones that are known."""
        before = table[shared - 1] if shared else -1
        for index in range(shared, len(prompt) // self.size):
            block, part = table[index], prompt[index * self.size : (index + 1) * self.size]
            key = (before, tuple(part))
            if key in self._blocks:
                return
            self._blocks[key], self._keys[block] = block, key
            self._unread.add(block)
            before = block

    def read(self, blocks: Sequence[int]) -> None:
        """Note that the keys and values of blocks are there."""
        self._unread.difference_update(blocks)

    def forget(self, block: int) -> None:
        """A block is free: what stands in it will be something else."""
        key = self._keys.pop(block, None)
        if key is not None:
            del self._blocks[key]
            self._unread.discard(block)


class Blocks:
    """The free blocks, and a block table for each text and group.

    count: of blocks. size: places of one. rings: per group the most blocks that a text has there, or None.
    """

    def __init__(self, count: int, size: int, rings: Sequence[int | None]) -> None:
        self.count, self.size, self.rings = count, size, tuple(rings)
        self.free = deque(range(count))
        self.prefixes = Prefixes(size) if self.rings == (None,) else None
        self._holders = [0] * count
        self._asked: dict[str, int] = {}
        self._tables: dict[str, list[list[int]]] = {}
        self._places: dict[str, list[torch.Tensor]] = {}

    def cost(self, blocks: int) -> int:
        """How many blocks a text takes that is `blocks` long."""
        return sum(blocks if ring is None else min(blocks, ring) for ring in self.rings)

    def held(self, name: str) -> int:
        """How long a text may become, in blocks."""
        return self._asked.get(name, 0)

    def give(self, name: str, blocks: int, shared: Sequence[int] = ()) -> int:
        """Let a text become `blocks` longer; returns how many were taken for it.

        shared: the first of them, which hold its beginning already.

        Raises:
            ValueError: too few are free.
        """
        total = self.held(name) + blocks
        tables = self._tables.get(name) or [[*shared] for _ in self.rings]
        limits = [total if ring is None else min(total, ring) for ring in self.rings]
        missing = [limit - len(table) for limit, table in zip(limits, tables, strict=True)]
        if sum(missing) > len(self.free):
            raise ValueError(f"{sum(missing)} blocks were asked for, and {len(self.free)} are free")
        fresh = [[self.free.popleft() for _ in range(count)] for count in missing]
        for block in (*shared, *(block for part in fresh for block in part)):
            self._holders[block] += 1
        for table, part in zip(tables, fresh, strict=True):
            table.extend(part)
        self._tables[name], self._asked[name] = tables, total
        self._places[name] = [self._unrolled(table, total) for table in tables]
        return sum(missing)

    def _unrolled(self, table: list[int], total: int) -> torch.Tensor:
        """Place of each token of a text that is `total` blocks long."""
        starts = torch.tensor(table, dtype=torch.long)[torch.arange(total) % len(table)] * self.size
        return (starts[:, None] + torch.arange(self.size)).reshape(-1) + PAD + 1

    def take_back(self, name: str) -> None:
        """Free the blocks of a text that nobody else holds; nothing happens if it has none."""
        self._places.pop(name, None)
        self._asked.pop(name, None)
        for block in (block for table in self._tables.pop(name, ()) for block in table):
            self._holders[block] -= 1
            if self._holders[block] == 0:
                self.free.append(block)
                if self.prefixes is not None:
                    self.prefixes.forget(block)

    def table(self, name: str, group: int = 0) -> list[int]:
        """Blocks of a text in a group."""
        return self._tables[name][group]

    def places(self, name: str, group: int = 0) -> torch.Tensor:
        """Places of a text's tokens in a group, in their order; with a window the oldest stand for others."""
        return self._places[name][group]


__all__ = ["Blocks", "Groups", "PAD", "Prefixes"]
