"""Token sequences that beam search has to write: one phrase, or one of several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

_MOST_STEPS = 10_000


def checked_token(token_id: Any) -> int:
    """`token_id` itself, if it is an int.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(token_id, int):
        raise TypeError(f"token_id must be an int, got {token_id!r} ({type(token_id).__name__})")
    return token_id


def _phrase(name: str, tokens: Any) -> list[int]:
    """`tokens` itself, if it is a list of token ids that is not empty.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(tokens, list) or not tokens:
        raise ValueError(f"{name} must be a list of token ids, not empty; got {tokens!r}")
    if any(not isinstance(token, int) or isinstance(token, bool) or token < 0 for token in tokens):
        raise ValueError(f"{name} must hold ints that are not negative, got {tokens!r}")
    return tokens


class Constraint(ABC):
    """Base of all constraints: something that is fulfilled token by token.

    A subclass sets `seqlen`, the number of tokens that fulfil it, and `completed`; its `__init__` ends with
    `super().__init__()`, which tries it out.
    """

    seqlen: int
    completed: bool

    def __init__(self) -> None:
        self.test()

    def test(self) -> None:
        """Walk through the constraint by its own advice.

        Raises:
            Exception: its methods contradict each other, or it is never fulfilled.
        """
        name = type(self).__name__
        for step in range(_MOST_STEPS):
            if step == 1:
                self.reset()
            token = self.advance()
            token = token[0] if isinstance(token, list) else token
            if not self.does_advance(token):
                raise Exception(f"{name}: does_advance(advance()) must be true, for {token!r} it is not")
            if self.update(token)[1]:
                break
        else:
            raise Exception(f"{name}: following advance() for {_MOST_STEPS} tokens does not complete it")
        if self.remaining() != 0:
            raise Exception(f"{name}: remaining() must be 0 once it is complete, got {self.remaining()}")

    @abstractmethod
    def advance(self) -> Any:
        """The token, or a list of tokens, that brings this further; None if nothing does."""

    @abstractmethod
    def does_advance(self, token_id: int) -> bool:
        """Whether this token brings it further."""

    @abstractmethod
    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        """Take a token: (did it bring this further, is it complete now, did it start anew)."""

    @abstractmethod
    def reset(self) -> None:
        """Start anew."""

    @abstractmethod
    def remaining(self) -> int:
        """Tokens still needed."""

    @abstractmethod
    def copy(self, stateful: bool = False) -> Constraint:
        """Another one like this; with `stateful`, as far as this one is."""


class PhrasalConstraint(Constraint):
    """The text has to hold `token_ids`, one after the other.

    Raises:
        ValueError: `token_ids` is no list of ids, or is empty.
    """

    def __init__(self, token_ids: list[int]) -> None:
        self.token_ids = _phrase("token_ids", token_ids)
        self.seqlen = len(self.token_ids)
        self.reset()

    def advance(self) -> int | None:
        """The phrase's next token; None once it is complete."""
        return None if self.completed else self.token_ids[self.fulfilled_idx + 1]

    def does_advance(self, token_id: int) -> bool:
        """Whether this is the phrase's next token."""
        return checked_token(token_id) == self.advance()

    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        """Take a token; one that does not follow starts the phrase anew."""
        if not self.does_advance(token_id):
            self.reset()
            return False, False, True
        self.fulfilled_idx += 1
        self.completed = self.remaining() == 0
        return True, self.completed, False

    def reset(self) -> None:
        """Start the phrase anew."""
        self.fulfilled_idx = -1  # index of the last token written
        self.completed = False

    def remaining(self) -> int:
        """Tokens of the phrase still to come."""
        return self.seqlen - (self.fulfilled_idx + 1)

    def copy(self, stateful: bool = False) -> Self:
        """Another constraint of this phrase; with `stateful`, as far as this one is."""
        twin = type(self)(self.token_ids)
        if stateful:
            twin.fulfilled_idx, twin.completed = self.fulfilled_idx, self.completed
        return twin


class DisjunctiveTrie:
    """Several token sequences by their common beginnings.

    Args:
        nested_token_ids: the sequences.
        no_subsets: refuse a sequence that another one begins with.

    Raises:
        ValueError: with `no_subsets`, there is one.
    """

    def __init__(self, nested_token_ids: list[list[int]], no_subsets: bool = True) -> None:
        self.max_height = max(map(len, nested_token_ids))
        self.trie: dict[int, Any] = {}
        for token_ids in nested_token_ids:
            node = self.trie
            for token in token_ids:
                node = node.setdefault(token, {})
        if no_subsets and self.has_subsets(self.trie, nested_token_ids):
            raise ValueError(
                f"no sequence of nested_token_ids may be the beginning of another, got {nested_token_ids!r}"
            )

    def next_tokens(self, current_seq: list[int]) -> list[int]:
        """What may follow `current_seq`; nothing where a sequence ends."""
        node = self.trie
        for token in current_seq:
            node = node[token]
        return list(node)

    def reached_leaf(self, current_seq: list[int]) -> bool:
        """Whether `current_seq` is a whole sequence."""
        return not self.next_tokens(current_seq)

    def count_leaves(self, root: dict[int, Any]) -> int:
        """Number of sequences below a node that go their own way in the end."""
        return sum(map(self.count_leaves, root.values())) if root else 1

    def has_subsets(self, trie: dict[int, Any], nested_token_ids: list[list[int]]) -> bool:
        """Whether a sequence is the beginning of another one, or there twice."""
        return self.count_leaves(trie) != len(nested_token_ids)


class DisjunctiveConstraint(Constraint):
    """The text has to hold one of several token sequences.

    Raises:
        ValueError: there is none, one is no list of ids, or one is the beginning of another.
    """

    def __init__(self, nested_token_ids: list[list[int]]) -> None:
        if not isinstance(nested_token_ids, list) or not nested_token_ids:
            raise ValueError(
                f"nested_token_ids must be a list of lists of token ids, not empty; got {nested_token_ids!r}"
            )
        self.token_ids = [_phrase("each list of nested_token_ids", part) for part in nested_token_ids]
        self.trie = DisjunctiveTrie(self.token_ids)
        self.seqlen = self.trie.max_height
        self.reset()

    def advance(self) -> list[int] | None:
        """The tokens that bring one of the sequences further; None once one is complete."""
        return self.trie.next_tokens(self.current_seq) or None

    def does_advance(self, token_id: int) -> bool:
        """Whether this token brings one of the sequences further."""
        return checked_token(token_id) in (self.advance() or ())

    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        """Take a token; one that does not follow starts all sequences anew."""
        if not self.does_advance(token_id):
            self.reset()
            return False, False, True
        self.current_seq.append(token_id)
        self.completed = self.trie.reached_leaf(self.current_seq)
        return True, self.completed, False

    def reset(self) -> None:
        """Start all sequences anew."""
        self.current_seq: list[int] = []
        self.completed = False

    def remaining(self) -> int:
        """Tokens still to come if the longest sequence is the one."""
        return 0 if self.completed else self.seqlen - len(self.current_seq)

    def copy(self, stateful: bool = False) -> Self:
        """Another constraint of these sequences; with `stateful`, as far as this one is."""
        twin = type(self)(self.token_ids)
        if stateful:
            twin.current_seq, twin.completed = list(self.current_seq), self.completed
        return twin


__all__ = ["Constraint", "DisjunctiveConstraint", "DisjunctiveTrie", "PhrasalConstraint", "checked_token"]
