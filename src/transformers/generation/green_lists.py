"""Green lists of a watermark (arXiv:2301.10226, arXiv:2306.04634), on the host, in NumPy.

A key and the tokens before a place seed a Mersenne Twister; it shuffles the vocabulary as PyTorch's generator
for the CPU does, so lists agree with those of PyTorch in every framework.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

TABLE_SIZE = 1_000_003


def shuffled(seed: int, size: int, count: int) -> list[int]:
    """The first `count` numbers of a random order of 0 .. `size` - 1."""
    if (torch := sys.modules.get("torch")) is not None:  # the same order, sooner
        source = torch.Generator().manual_seed(seed)
        order: list[int] = torch.randperm(size, generator=source)[:count].tolist()
        return order
    return shuffled_by_numpy(seed, size, count)


def shuffled_by_numpy(seed: int, size: int, count: int) -> list[int]:
    """`shuffled`, where PyTorch is not loaded."""
    import numpy as np

    draws = np.random.RandomState(seed & 0xFFFFFFFF).randint(0, 2**32, size=count, dtype=np.uint32)
    steps = draws.astype(np.int64) % (size - np.arange(count))
    order = list(range(size))
    for place, step in enumerate(steps.tolist()):
        order[place], order[place + step] = order[place + step], order[place]
    return order[:count]


@functools.lru_cache(maxsize=2)
def hash_table(key: int) -> Any:
    """The fixed shuffle of `TABLE_SIZE` numbers that belongs to a key."""
    import numpy as np

    return np.asarray([*shuffled(key, TABLE_SIZE, TABLE_SIZE - 1), 0], dtype=np.int64)


def coin_table(seed: int, size: int) -> Any:
    """`size` random bits as PyTorch's generator for the CPU throws them, (size,)."""
    import numpy as np

    draws = np.random.RandomState(seed & 0xFFFFFFFF).randint(0, 2**32, size=size, dtype=np.uint32)
    return draws.astype(np.int64) % 2


def seed_of(context: Any, key: int, scheme: str) -> int:
    """The seed that the last tokens (w,) give."""
    import numpy as np

    tokens = np.asarray(context, dtype=np.int64)
    if scheme == "lefthash":
        return key * int(tokens[-1]) % (2**64 - 1)
    table = hash_table(key)
    with np.errstate(over="ignore"):
        products = np.int64(key) * (table[tokens % TABLE_SIZE] + 1) * (table[tokens[-1] % TABLE_SIZE] + 1)
    return int(products.min()) % (2**64 - 1)


def green_list(context: Any, vocab_size: int, count: int, key: int, scheme: str) -> list[int]:
    """The `count` green tokens after `context` (w,); for "selfhash" it ends with the token in question."""
    return shuffled(seed_of(context, key, scheme), vocab_size, count)


@functools.lru_cache(maxsize=32)
def green_mask(vocab_size: int, count: int, key: int, scheme: str, width: int) -> Callable[..., list[Any]]:
    """The function (contexts (B, w), best tokens (B, n)) -> [green (B, V)] of one watermark."""

    def mask(contexts: Any, best: Any) -> list[Any]:
        import numpy as np

        green = np.zeros((len(contexts), vocab_size), dtype=np.bool_)
        for row, context in enumerate(contexts):
            if (context < 0).any():
                continue  # too short a text
            if scheme == "lefthash":
                green[row, green_list(context, vocab_size, count, key, scheme)] = True
                continue
            for token in best[row]:
                ending = np.concatenate([context, [token]])[-width:]
                green[row, token] = token in green_list(ending, vocab_size, count, key, scheme)
        return [green]

    return mask


__all__ = ["coin_table", "green_list", "green_mask", "shuffled", "shuffled_by_numpy"]
