"""Closure: which first-party files does a file need?  Read from the syntax trees; nothing is imported.

Standard library only, no relative imports: the repository's tools load this file by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One name that an import statement binds.

    Attributes:
        node: the statement.
        module: absolute dotted module that is imported from, or imported.
        name: what is taken from it; None for `import module`.
        bound: the name it gets here.
        late: inside a function, so it runs when the function is called.
        typing: below `if TYPE_CHECKING`, so it never runs.
    """

    node: ast.Import | ast.ImportFrom
    module: str
    name: str | None
    bound: str
    late: bool
    typing: bool


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is `TYPE_CHECKING` or `typing.TYPE_CHECKING`."""
    return getattr(test, "id", None) == "TYPE_CHECKING" or getattr(test, "attr", None) == "TYPE_CHECKING"


def _statements(body: Iterable[ast.AST], late: bool, typing: bool) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Every import statement below `body`, with where it stands."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, late, typing
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _statements(ast.iter_child_nodes(node), True, typing)
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            yield from _statements(node.body, late, True)
            yield from _statements(node.orelse, late, typing)
        else:
            yield from _statements(ast.iter_child_nodes(node), late, typing)


class Module:
    """One parsed source file.

    Args:
        name: absolute dotted name.
        path: the file.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.is_package = path.name == "__init__.py"
        self.source = path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """Syntax tree; a `SyntaxError` names the file."""
        return ast.parse(self.source, filename=str(self.path))

    @cached_property
    def imports(self) -> list[Import]:
        """Every name bound by an import statement, in source order."""
        found = []
        for node, late, typing in _statements(self.tree.body, False, False):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    found.append(Import(node, alias.name, None, bound, late, typing))
            elif isinstance(node, ast.ImportFrom):
                module = self._absolute(node)
                for alias in node.names:
                    found.append(Import(node, module, alias.name, alias.asname or alias.name, late, typing))
        return found

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        base = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*base, *([node.module] if node.module else [])])

    @cached_property
    def exported(self) -> list[str]:
        """The strings of `__all__`; empty where there is none."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and any(
                getattr(t, "id", None) == "__all__" for t in node.targets
            ):
                values = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else []
                return [str(v.value) for v in values if isinstance(v, ast.Constant)]
        return []

    @cached_property
    def defined(self) -> dict[str, ast.stmt]:
        """Names bound at top level by a class, function or assignment; the last one counts."""
        names: dict[str, ast.stmt] = {}
        for node in _flat(self.tree.body):
            for name in bound_by(node):
                names[name] = node
        return names


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Top-level statements, those below `if` and `try` included."""
    for node in body:
        if isinstance(node, ast.If) and not is_type_checking(node.test):
            yield from _flat([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _flat(
                [*node.body, *(s for h in node.handlers for s in h.body), *node.orelse, *node.finalbody]
            )
        else:
            yield node


def bound_by(node: ast.stmt) -> list[str]:
    """Names that a definition or assignment binds in its scope."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return [node.name]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    return [
        n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


@lru_cache(maxsize=1024)
def _read(name: str, path: Path, changed: int, size: int) -> Module:
    """The module of a file as it is now; a file that changed is read again."""
    return Module(name, path)


class Package:
    """A tree of first-party source files.

    Args:
        root: folder of the package, such as `src/transformers`.
        name: its import name; by default the folder's name.
    """

    def __init__(self, root: Path, name: str | None = None) -> None:
        self.root = root.resolve()
        self.name = name or self.root.name
        self._modules: dict[str, Module | None] = {}

    def owns(self, module: str) -> bool:
        """Whether a dotted name is first-party."""
        return module == self.name or module.startswith(self.name + ".")

    def find(self, module: str) -> Module | None:
        """The parsed module of an absolute dotted name; None where no file has it."""
        if module not in self._modules:
            base = self.root.joinpath(*module.split(".")[1:])
            files = (
                [base / "__init__.py"]
                if base == self.root
                else [base.with_suffix(".py"), base / "__init__.py"]
            )
            path = next((file for file in files if file.is_file()), None) if self.owns(module) else None
            self._modules[module] = self._open(module, path) if path is not None else None
        return self._modules[module]

    def _open(self, module: str, path: Path) -> Module:
        state = path.stat()
        return _read(module, path, state.st_mtime_ns, state.st_size)

    def get(self, module: str) -> Module:
        """Like `find`, but a missing module is an error.

        Raises:
            LookupError: no file below `root` has that name.
        """
        if (found := self.find(module)) is None:
            raise LookupError(f"no file below {self.root} is the module {module!r}")
        return found

    def module_at(self, path: Path) -> Module:
        """The module of a file below `root`.

        Raises:
            LookupError: the file lies elsewhere.
        """
        path = path.resolve()
        if not path.is_relative_to(self.root):
            raise LookupError(f"{path} does not lie below {self.root}")
        parts = path.relative_to(self.root).with_suffix("").parts
        return self.get(".".join([self.name, *parts[: -1 if parts[-1] == "__init__" else None]]))

    def all(self) -> list[Module]:
        """Every module, sorted by path."""
        return [
            self.module_at(path)
            for path in sorted(self.root.rglob("*.py"))
            if "__pycache__" not in path.parts
        ]

    def target(self, item: Import) -> list[str]:
        """First-party modules that an import executes: the one named, and a submodule taken from it."""
        if not self.owns(item.module):
            return []
        found = [item.module]
        if item.name is not None and self.find(f"{item.module}.{item.name}") is not None:
            found.append(f"{item.module}.{item.name}")
        return [name for name in found if self.find(name) is not None]

    def closure(self, start: Iterable[str], *, late: bool = True, typing: bool = False) -> list[str]:
        """First-party modules that `start` needs, themselves included, each after what it imports.

        Args:
            start: absolute dotted names.
            late: follow imports inside functions too.
            typing: follow imports below `if TYPE_CHECKING` too.
        """
        order: dict[str, None] = {}
        seen: set[str] = set()

        def visit(name: str) -> None:
            if name in seen:
                return
            seen.add(name)
            for item in self.get(name).imports:
                if (late or not item.late) and (typing or not item.typing):
                    for other in self.target(item):
                        visit(other)
            order[name] = None

        for name in start:
            visit(name)
        return list(order)

    def external(self, modules: Iterable[str], *, late: bool = True) -> set[str]:
        """Top-level names of the packages that `modules` import from outside."""
        return {
            item.module.partition(".")[0]
            for name in modules
            for item in self.get(name).imports
            if not self.owns(item.module) and not item.typing and (late or not item.late)
        }

    def dependents(self, changed: Iterable[str]) -> set[str]:
        """Modules whose closure holds any of `changed`, those included."""
        users: dict[str, set[str]] = {}
        for module in self.all():
            for item in module.imports:
                for other in self.target(item):
                    users.setdefault(other, set()).add(module.name)
        found: set[str] = set()
        work = list(changed)
        while work:
            name = work.pop()
            if name not in found:
                found.add(name)
                work += users.get(name, ())
        return found


__all__ = ["Import", "Module", "Package", "bound_by", "is_type_checking"]
