"""How far a beam is with the token sequences that it has to write, and their public names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .constraint_kinds import (
    Constraint,
    DisjunctiveConstraint,
    DisjunctiveTrie,
    PhrasalConstraint,
    checked_token,
)


class ConstraintListState:
    """How far one beam is with several constraints, of which it works on one at a time."""

    def __init__(self, constraints: list[Constraint]) -> None:
        if not constraints:
            raise ValueError("ConstraintListState needs at least one constraint, got none")
        self.constraints = constraints
        self.max_seqlen = max(constraint.seqlen for constraint in constraints)
        self.n_constraints = len(constraints)
        self.completed = False
        self.init_state()

    def init_state(self) -> None:
        """Forget all progress."""
        self.complete_constraints: list[Constraint] = []
        self.inprogress_constraint: Constraint | None = None
        self.pending_constraints = [constraint.copy(stateful=False) for constraint in self.constraints]

    def get_bank(self) -> int:
        """A number that grows with progress; beams are compared within the same one."""
        current = self.inprogress_constraint
        begun = 0 if current is None else self.max_seqlen - current.remaining()
        return len(self.complete_constraints) * self.max_seqlen + begun

    def advance(self) -> list[int] | None:
        """Tokens that bring the current constraint further, or else begin one that is open."""
        current = self.inprogress_constraint
        tokens: list[int] = []
        for constraint in self.pending_constraints if current is None else [current]:
            found = constraint.advance()
            tokens += [found] if isinstance(found, int) else found or []
        return tokens or None

    def reset(self, token_ids: list[int] | None) -> None:
        """Forget all progress, then take the tokens of a text."""
        self.init_state()
        for token in token_ids or ():
            self.add(token)
            if self.completed:
                break

    def add(self, token_id: int) -> tuple[bool, bool]:
        """Take a token: (is a constraint complete by it, did it bring one further).

        Raises:
            TypeError: it is no int.
        """
        checked_token(token_id)
        if self.completed:
            return True, False
        if self.inprogress_constraint is not None:
            return self._continue(self.inprogress_constraint, token_id)
        return self._begin(token_id)

    def _continue(self, current: Constraint, token_id: int) -> tuple[bool, bool]:
        stepped, complete, reset = current.update(token_id)
        if reset:
            self.pending_constraints.append(current.copy(stateful=False))
            self.inprogress_constraint = None
        if complete:
            self.complete_constraints.append(current)
            self.inprogress_constraint = None
            self.completed = not self.pending_constraints
        return complete, stepped

    def _begin(self, token_id: int) -> tuple[bool, bool]:
        for place, constraint in enumerate(self.pending_constraints):
            if not constraint.does_advance(token_id):
                continue
            stepped, complete, _ = constraint.update(token_id)
            if not stepped:
                raise Exception(f"{type(constraint).__name__}: update({token_id}) did not advance as it said")
            del self.pending_constraints[place]
            if complete:
                self.complete_constraints.append(constraint)
            else:
                self.inprogress_constraint = constraint
            self.completed = complete and not self.pending_constraints
            return complete, stepped
        return False, False

    def copy(self, stateful: bool = True) -> ConstraintListState:
        """Another state of the same constraints; with `stateful`, as far as this one is."""
        twin = ConstraintListState(self.constraints)
        if stateful:
            twin.complete_constraints = list(_copies(self.complete_constraints))
            twin.inprogress_constraint = next(_copies([self.inprogress_constraint]), None)
            twin.pending_constraints = list(_copies(self.pending_constraints, stateful=False))
            twin.completed = self.completed
        return twin


def _copies(constraints: list[Any], stateful: bool = True) -> Iterator[Constraint]:
    return (constraint.copy(stateful=stateful) for constraint in constraints if constraint is not None)


__all__ = [
    "Constraint",
    "ConstraintListState",
    "DisjunctiveConstraint",
    "DisjunctiveTrie",
    "PhrasalConstraint",
]
