"""Which names of a piece of source are globals of its module?  A scope analysis of the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Use:
    """One mention of a global name.

    Attributes:
        node: the `ast.Name`.
        early: it is looked up while the module is being executed, not when a function is called.
        annotation: it stands in a function's signature, where nothing looks it up.
        attribute: the `ast.Attribute` around it, where there is one.
    """

    node: ast.Name
    early: bool
    annotation: bool
    attribute: ast.Attribute | None


def _arguments(node: Function) -> list[ast.arg]:
    a = node.args
    return [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x is not None)]


def _own_nodes(body: list[ast.AST]) -> Iterator[ast.AST]:
    """Nodes of one scope; of an inner scope only the node that opens it."""
    work = list(body)
    while work:
        node = work.pop()
        yield node
        if not isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, *_COMPREHENSIONS)
        ):
            work += ast.iter_child_nodes(node)
        elif isinstance(node, _COMPREHENSIONS):  # `:=` inside one binds outside of it
            work += [n for n in ast.walk(node) if isinstance(n, ast.NamedExpr)]


def bound_in(body: list[ast.AST]) -> set[str]:
    """Names that the statements of one scope bind in it, less those declared global."""
    names: set[str] = set()
    declared: set[str] = set()
    for node in _own_nodes(body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
    return names - declared


class _Walker:
    """Collects the uses; `local` are the names of enclosing function scopes."""

    def __init__(self) -> None:
        self.uses: list[Use] = []

    def visit(
        self, node: ast.AST | None, local: frozenset[str], early: bool, annotation: bool = False
    ) -> None:
        if node is None:
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            self.function(node, local, early)
        elif isinstance(node, ast.ClassDef):
            self.class_(node, local, early)
        elif isinstance(node, _COMPREHENSIONS):
            self.comprehension(node, local, early)
        elif isinstance(node, ast.AnnAssign):
            self.visit(
                node.annotation, local, early=False
            )  # kept as text, but a field's type may be asked for
            self.visit(node.value, local, early)
            self.visit(node.target, local, early)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            self.name(node.value, local, early, annotation, node)
        elif isinstance(node, ast.Name):
            self.name(node, local, early, annotation, None)
        else:
            for child in ast.iter_child_nodes(node):
                self.visit(child, local, early, annotation)

    def name(
        self,
        node: ast.Name,
        local: frozenset[str],
        early: bool,
        annotation: bool,
        around: ast.Attribute | None,
    ) -> None:
        if node.id not in local:
            self.uses.append(Use(node, early and not annotation, annotation, around))

    def function(self, node: Function, local: frozenset[str], early: bool) -> None:
        defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        for part in [*getattr(node, "decorator_list", []), *defaults]:
            self.visit(part, local, early)
        for argument in _arguments(node):
            self.visit(argument.annotation, local, early, annotation=True)
        self.visit(getattr(node, "returns", None), local, early, annotation=True)
        body: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
        inner = local | bound_in(body) | {argument.arg for argument in _arguments(node)}
        for part in body:
            self.visit(part, inner, early=False)

    def class_(self, node: ast.ClassDef, local: frozenset[str], early: bool) -> None:
        for part in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(part, local, early)
        own: frozenset[str] = frozenset()
        for part in node.body:
            # Names of a class body are seen by the body itself, once bound, and not by the functions in it.
            hidden = isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            self.visit(part, local if hidden else local | own, early)
            own |= bound_in([part])

    def comprehension(self, node: ast.expr, local: frozenset[str], early: bool) -> None:
        generators: list[ast.comprehension] = node.generators  # type: ignore[attr-defined]
        targets = [n for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
        inner = local | {target.id for target in targets}
        for index, generator in enumerate(generators):
            self.visit(generator.iter, inner if index else local, early)
            for condition in generator.ifs:
                self.visit(condition, inner, early)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]  # type: ignore[attr-defined]
        for part in parts:
            self.visit(part, inner, early)


def global_uses(node: ast.AST) -> list[Use]:
    """Every mention of a module-level name in a top-level statement, in no particular order."""
    walker = _Walker()
    walker.visit(node, frozenset(), early=True)
    return walker.uses


__all__ = ["Use", "bound_in", "global_uses"]
