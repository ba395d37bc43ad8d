"""Constraints one by one, and the state of several."""

from __future__ import annotations

import random
from typing import Any

import pytest

from transformers import Constraint, ConstraintListState, DisjunctiveConstraint, PhrasalConstraint
from transformers.generation.beam_constraints import DisjunctiveTrie


def test_phrase_advances_token_by_token() -> None:
    phrase = PhrasalConstraint([5, 7, 9])
    assert (phrase.seqlen, phrase.advance(), phrase.remaining()) == (3, 5, 3)
    assert phrase.update(5) == (True, False, False)
    assert phrase.update(7) == (True, False, False)
    assert (phrase.advance(), phrase.remaining(), phrase.completed) == (9, 1, False)
    assert phrase.update(9) == (True, True, False)
    assert (phrase.advance(), phrase.remaining(), phrase.completed) == (None, 0, True)
    assert phrase.does_advance(9) is False


def test_phrase_starts_anew_at_a_wrong_token() -> None:
    phrase = PhrasalConstraint([5, 7, 9])
    phrase.update(5)
    assert phrase.update(4) == (False, False, True)
    assert (phrase.advance(), phrase.remaining()) == (5, 3)


def test_choice_offers_what_is_left() -> None:
    choice = DisjunctiveConstraint([[1, 2], [1, 3, 4], [5]])
    assert (choice.seqlen, choice.advance(), choice.remaining()) == (3, [1, 5], 3)
    assert choice.update(1) == (True, False, False)
    assert (choice.advance(), choice.remaining()) == ([2, 3], 2)
    assert choice.update(9) == (False, False, True)
    assert choice.update(5) == (True, True, False)
    assert (choice.remaining(), choice.advance(), choice.completed) == (0, None, True)


@pytest.mark.parametrize("kind", [PhrasalConstraint, lambda ids: DisjunctiveConstraint([ids, [8]])])
def test_copies_are_apart(kind: Any) -> None:
    first = kind([5, 7])
    first.update(5)
    fresh, twin = first.copy(), first.copy(stateful=True)
    first.update(7)
    assert (fresh.remaining(), twin.remaining(), first.remaining()) == (2, 1, 0)
    assert twin.update(7) == (True, True, False)
    fresh.test()


@pytest.mark.parametrize("ids", [[], "a", (1, 2), [1, -1], [1.0], [True]])
def test_phrase_refuses_what_is_no_list_of_ids(ids: Any) -> None:
    with pytest.raises(ValueError, match="token_ids must"):
        PhrasalConstraint(ids)


@pytest.mark.parametrize("ids", [[], "a", [1], [[]], [[1, -1]], [[1.0]], [[1], [1, 2]], [[1, 2], [1, 2]]])
def test_choice_refuses_what_is_no_list_of_phrases(ids: Any) -> None:
    with pytest.raises(ValueError, match="nested_token_ids"):
        DisjunctiveConstraint(ids)


@pytest.mark.parametrize("constraint", [PhrasalConstraint([1]), DisjunctiveConstraint([[1]])])
def test_tokens_must_be_ints(constraint: Any) -> None:
    for call in (constraint.does_advance, constraint.update, ConstraintListState([constraint]).add):
        with pytest.raises(TypeError, match="token_id must be an int, got 'a'"):
            call("a")


def test_trie_without_subsets() -> None:
    trie = DisjunctiveTrie([[1, 2], [1, 2, 3]], no_subsets=False)
    assert trie.next_tokens([1, 2]) == [3]
    assert not trie.reached_leaf([1, 2])
    assert trie.has_subsets(trie.trie, [[1, 2], [1, 2, 3]])


class Own(Constraint):
    """A constraint whose parts can be set wrong."""

    seqlen = 1

    def __init__(self, advances: bool = True, completes: bool = True, left: int = 0) -> None:
        self.advances, self.completes, self.left = advances, completes, left
        self.completed = False
        super().__init__()

    def advance(self) -> int:
        return 3

    def does_advance(self, token_id: int) -> bool:
        return self.advances

    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        return self.completes, self.completes, False

    def reset(self) -> None:
        self.completed = False

    def remaining(self) -> int:
        return self.left

    def copy(self, stateful: bool = False) -> Constraint:
        return self


def test_own_constraint_is_tried_out() -> None:
    assert Own().advance() == 3
    with pytest.raises(Exception, match="does_advance"):
        Own(advances=False)
    with pytest.raises(Exception, match="does not complete it"):
        Own(completes=False)
    with pytest.raises(Exception, match=r"remaining\(\) must be 0 once it is complete, got 2"):
        Own(left=2)
    with pytest.raises(TypeError, match="abstract"):
        Constraint()  # type: ignore[abstract]


def test_constraint_that_breaks_its_word_is_an_error() -> None:
    own = Own()
    own.completes = False
    with pytest.raises(Exception, match=r"Own: update\(3\) did not advance as it said"):
        ConstraintListState([own]).add(3)


def test_state_needs_constraints() -> None:
    with pytest.raises(ValueError, match="at least one constraint"):
        ConstraintListState([])


def test_state_fulfils_one_after_the_other() -> None:
    state = ConstraintListState([PhrasalConstraint([1, 2, 3]), DisjunctiveConstraint([[4, 5], [4, 6]])])
    assert (state.max_seqlen, state.n_constraints, state.advance(), state.get_bank()) == (3, 2, [1, 4], 0)
    assert state.add(9) == (False, False)
    assert state.add(4) == (False, True)
    assert (state.advance(), state.get_bank()) == ([5, 6], 2)
    assert state.add(9) == (False, False)  # the choice is open again
    assert (sorted(state.advance() or ()), state.get_bank()) == ([1, 4], 0)
    for token, answer in ((1, (False, True)), (2, (False, True)), (3, (True, True))):
        assert state.add(token) == answer
    assert (state.get_bank(), state.advance(), state.completed) == (3, [4], False)
    twin = state.copy()
    assert state.add(4) == (False, True)
    assert state.add(6) == (True, True)
    assert (state.completed, state.get_bank(), state.advance()) == (True, 6, None)
    assert state.add(1) == (True, False)
    assert (twin.get_bank(), twin.completed, state.copy().completed) == (3, False, True)
    assert state.copy(stateful=False).get_bank() == 0
    twin.reset([1, 2, 3, 4, 5, 9])
    assert twin.completed
    twin.reset(None)
    assert twin.get_bank() == 0


def test_state_is_complete_only_when_the_text_holds_every_phrase() -> None:
    draw, complete = random.Random(4), 0
    for _ in range(500):
        phrases = [[draw.randrange(3) for _ in range(draw.randint(1, 3))] for _ in range(draw.randint(1, 3))]
        state = ConstraintListState([PhrasalConstraint(phrase) for phrase in phrases])
        text: list[int] = []
        for _ in range(40):
            text.append(draw.choice((state.advance() or [0]) + [draw.randrange(3)]))
            state.add(text[-1])
            if state.completed:
                break
        joined = "".join(map(str, text))
        if state.completed:
            complete += 1
            assert all("".join(map(str, phrase)) in joined for phrase in phrases)
    assert complete > 300
