"""A tree of words that finds them in a text, the longest at each place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any


class Trie:
    """Words as a tree of their characters; `split` cuts a text around those that it holds.

    `data` is the tree: character to subtree, and `""` where a word ends.

    Args:
        *words: the first words, or one list of them.
    """

    def __init__(self, *words: str | Iterable[str]) -> None:
        self.data: dict[str, Any] = {}
        self._tokens: set[str] = set()
        for given in words:
            for word in [given] if isinstance(given, str) else given:
                self.add(word)

    def add(self, word: str) -> None:
        """Add a word; an empty one is left out."""
        if not word:
            return
        self._tokens.add(word)
        place = self.data
        for char in word:
            place = place.setdefault(char, {})
        place[""] = 1

    def update(self, words: Iterable[str]) -> None:
        """Add several words."""
        for word in words:
            self.add(word)

    def split(self, text: str) -> list[str]:
        """The text in pieces: the words it holds, from left to right, and what stands between them."""
        cuts, place = [0], 0
        while place < len(text):
            end = self._longest(text, place)
            if end is None:
                place += 1
            else:
                cuts += [place, end]
                place = end
        return self.cut_text(text, cuts)

    def _longest(self, text: str, start: int) -> int | None:
        """Where the longest word ends that begins at `start`; None: no word does."""
        tree, found = self.data, None
        for place in range(start, len(text)):
            if text[place] not in tree:
                break
            tree = tree[text[place]]
            if "" in tree:
                found = place + 1
        return found

    def cut_text(self, text: str, offsets: Iterable[int]) -> list[str]:
        """The text cut at these places; one that does not go forward is passed over."""
        cuts = [0]
        for offset in [*offsets, len(text)]:
            if offset > cuts[-1]:
                cuts.append(offset)
        return [text[start:end] for start, end in pairwise(cuts)]


__all__ = ["Trie"]
