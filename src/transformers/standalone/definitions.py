"""Definition-level closure: which top-level statements of which modules does a name need?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .closure import Import, Module, Package, bound_by, is_type_checking
from .scopes import Use, global_uses

# What a standalone file may hold; anything else is a service of the library.
_CLOSED = re.compile(
    r"layers(\.\w+)*|models\.\w+\.(modeling|configuration)_\w+|modeling_outputs(_\w+)?|configuration_core"
    r"|generation\.(logits|sampling)\w*|utils(\.\w+)*"
)
# A modeling file names the full classes; alone it gets their cores.
CORES = {
    ("modeling_utils", "PreTrainedModel"): ("layers.base", "ModelBase"),
    ("configuration_utils", "PretrainedConfig"): ("configuration_core", "ConfigCore"),
}


class FlattenError(ValueError):
    """A file cannot be made standalone; the message names the place and the reason."""


@dataclass(frozen=True)
class External:
    """An import from outside the library.

    Attributes:
        module: dotted module.
        name: what is taken from it; None for `import module`.
        bound: the name it has in the source.
    """

    module: str
    name: str | None
    bound: str

    @property
    def identity(self) -> tuple[str, str | None]:
        """Equal for imports of the same object: `import torch` and `import torch.nn` both bind torch."""
        if self.name is None and self.bound == self.module.partition(".")[0]:
            return self.bound, None
        return self.module, self.name


@dataclass(eq=False)
class Unit:
    """One top-level statement with the comments above it.

    Attributes:
        module: where it stands.
        node: the statement.
        names: what it binds.
        anchor: for a statement that binds nothing (`TABLE["x"] = ...`), the name it changes.
        first: its first line, comments and decorators included.
        targets: global mention -> what it means.
        target_names: global mention -> the name that its meaning has where it is defined.
        spans: global mention -> the expression to replace: `masks.causal` where `masks` is our module.
        late: import inside a function -> what it brings; None where that stays behind.
    """

    module: Module
    node: ast.stmt
    names: list[str]
    anchor: str | None
    first: int
    targets: dict[Use, Unit | External] = field(default_factory=dict)
    target_names: dict[Use, str] = field(default_factory=dict)
    spans: dict[Use, ast.expr] = field(default_factory=dict)
    late: dict[ast.stmt, list[tuple[Import, Unit, str]] | None] = field(default_factory=dict)

    @cached_property
    def uses(self) -> list[Use]:
        """Every global mention in the statement."""
        return global_uses(self.node)


def _bound_deep(node: ast.stmt) -> list[str]:
    """Names bound by a statement, those inside `if` and `try` included."""
    if isinstance(node, (ast.If, ast.Try)):
        return [name for part in ast.iter_child_nodes(node) for name in _bound_deep_any(part)]
    return bound_by(node)


def _bound_deep_any(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ExceptHandler):
        return [name for part in node.body for name in _bound_deep(part)]
    return _bound_deep(node) if isinstance(node, ast.stmt) else []


def _root(node: ast.expr) -> str | None:
    """`TABLE` of `TABLE.rows["x"]`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def units_of(module: Module) -> list[Unit]:
    """The top-level statements of a module that are neither imports, docstring nor `__all__`."""
    units: list[Unit] = []
    lines = module.source.splitlines()
    end = 0
    for node in module.tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        while first - 1 > end and lines[first - 2].startswith("#"):
            first -= 1
        end = node.end_lineno or node.lineno
        names = _bound_deep(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)) or "__all__" in names:
            continue
        if isinstance(node, ast.If) and is_type_checking(node.test):
            continue
        anchor = None
        if not names:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "value", None)
            anchor = _root(target) if isinstance(target, ast.expr) else None
            if anchor is None:
                continue
        units.append(Unit(module, node, names, anchor, first))
    return units


class Definitions:
    """Finds what names mean across the modules of a package.

    Args:
        package: the source tree.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._units: dict[str, list[Unit]] = {}
        self._cores = {
            (f"{package.name}.{module}", name): (f"{package.name}.{core}", core_name)
            for (module, name), (core, core_name) in CORES.items()
        }

    def units(self, module: str) -> list[Unit]:
        """Units of a module, made once."""
        if module not in self._units:
            self._units[module] = units_of(self.package.get(module))
        return self._units[module]

    def find(self, module: str, name: str) -> tuple[Unit | External | str, str] | None:
        """What the global `name` of `module` means.

        Returns:
            a unit and its name there; an external import and its bound name; a module and ""; None
            for a builtin or a name that only type checkers know.
        """
        for unit in self.units(module):
            if name in unit.names:
                return unit, name
        for item in self.package.get(module).imports:
            if item.bound == name and not item.late and not item.typing:
                return self.imported(item)
        return self._lazy(module, name)

    def imported(self, item: Import) -> tuple[Unit | External | str, str] | None:
        """What an import brings."""
        if not self.package.owns(item.module):
            return External(item.module, item.name, item.bound), item.bound
        if item.name is None:
            return item.module, ""
        module, name = self._cores.get((item.module, item.name), (item.module, item.name))
        if self.package.find(f"{module}.{name}") is not None:
            return f"{module}.{name}", ""
        return self.find(module, name)

    def _lazy(self, module: str, name: str) -> tuple[Unit | External | str, str] | None:
        """A name that a package serves from one of its files when it is asked for."""
        found = self.package.get(module)
        if not found.is_package or "__getattr__" not in found.defined:
            return None
        for path in sorted(found.path.parent.glob("*.py")):
            if path != found.path and name in (part := self.package.module_at(path)).exported:
                return self.find(part.name, name)
        return None

    def link(self, unit: Unit) -> Iterator[Unit]:
        """Fill in what the mentions of a unit mean; yields the units it needs."""
        for use in unit.uses:
            found = self.find(unit.module.name, use.node.id)
            span: ast.expr = use.node
            if found is not None and isinstance(found[0], str):
                span = use.attribute or use.node
                found = self._attribute(unit, use, found[0])
            if found is None or isinstance(found[0], str):
                continue
            unit.targets[use], unit.target_names[use] = found[0], found[1]
            unit.spans[use] = span
            if isinstance(found[0], Unit) and not use.annotation:
                yield found[0]
        for node in ast.walk(unit.node):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield from self._late(unit, node)

    def _attribute(self, unit: Unit, use: Use, module: str) -> tuple[Unit | External | str, str] | None:
        """`masks.causal` where `masks` is a first-party module."""
        if use.attribute is None:
            if use.annotation:
                return None
            raise FlattenError(f"{_place(unit, use.node)}: the module {use.node.id} is used as a value")
        if (found := self.find(module, use.attribute.attr)) is None:
            raise FlattenError(f"{_place(unit, use.node)}: {module} has no {use.attribute.attr}")
        return found

    def _late(self, unit: Unit, node: ast.Import | ast.ImportFrom) -> Iterator[Unit]:
        """An import inside a function: its names come along, or it becomes an error of the running file."""
        items = [item for item in unit.module.imports if item.node is node]
        if not items or not self.package.owns(items[0].module):
            return
        inner = items[0].module.removeprefix(self.package.name).removeprefix(".")
        if isinstance(node, ast.Import) or not (_CLOSED.fullmatch(inner) or _is_core(inner, items)):
            unit.late[node] = None
            return
        rows = []
        for item in items:
            found = self.imported(item)
            if found is None or not isinstance(found[0], Unit):
                raise FlattenError(f"{_place(unit, node)}: {item.name} of {item.module} is no definition")
            rows.append((item, found[0], found[1]))
            yield found[0]
        unit.late[node] = rows

    def closure(self, start: Iterable[Unit]) -> list[Unit]:
        """`start` and every unit it needs, each after those it needs while the file is being executed.

        Raises:
            FlattenError: two definitions need each other at that time, or a mention cannot be followed.
        """
        needed: dict[Unit, list[Unit]] = {}
        work = list(start)
        while work:
            unit = work.pop()
            if unit in needed:
                continue
            needed[unit] = list(self.link(unit))
            work += needed[unit]
            work += [
                other
                for other in self.units(unit.module.name)
                if other.anchor in unit.names or (other is not unit and set(other.names) & set(unit.names))
            ]
        modules = self.package.closure(dict.fromkeys(unit.module.name for unit in needed), late=False)
        ordered: dict[Unit, None] = {}
        for module in modules:
            for unit in self.units(module):
                if unit in needed:
                    _place_in_order(unit, ordered, ())
        return list(ordered)


def _is_core(inner: str, items: list[Import]) -> bool:
    return all((inner, item.name) in CORES for item in items)


def _place_in_order(unit: Unit, ordered: dict[Unit, None], above: tuple[Unit, ...]) -> None:
    """Put `unit` after the units that it needs early."""
    if unit in ordered:
        return
    if unit in above:
        names = " -> ".join(name for part in (*above, unit) for name in part.names[:1])
        raise FlattenError(f"{unit.module.path}: these need each other while the file is executed: {names}")
    for use, target in sorted(
        unit.targets.items(), key=lambda pair: (pair[0].node.lineno, pair[0].node.col_offset)
    ):
        if use.early and isinstance(target, Unit) and target is not unit:
            _place_in_order(target, ordered, (*above, unit))
    ordered[unit] = None


def _place(unit: Unit, node: ast.expr | ast.stmt) -> str:
    return f"{unit.module.path}:{node.lineno}"


__all__ = ["CORES", "Definitions", "External", "FlattenError", "Unit", "units_of"]
