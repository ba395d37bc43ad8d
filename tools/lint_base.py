"""What the rules of the lint share: a source file with its place in the library, and a finding."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property

from tree import Module, Package


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule.

    Attributes:
        file: path below the source tree.
        line: counted from 1.
        rule: short name, as in the exceptions file.
        text: why, and what to do.
        function: the innermost function around the line.
    """

    file: str
    line: int
    rule: str
    text: str
    function: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.rule}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One file under the lint.

    Attributes:
        module: the parsed file.
        file: path below the tree.
        tree: the tree.
        pattern: matches the names (without the package) of ring files; None outside the library.
        vocabulary: operations that ring code may call; None while there is no list.
    """

    module: Module
    file: str
    tree: Package
    pattern: re.Pattern[str] | None
    vocabulary: frozenset[str] | None

    @property
    def inner(self) -> str:
        """Dotted name without the package."""
        return str(self.module.name.removeprefix(self.tree.name).removeprefix("."))

    @property
    def is_ring(self) -> bool:
        """Whether the file is executed once per framework."""
        if self.pattern is None or self.inner.startswith("models.auto"):
            return False
        package_of_room = self.module.is_package and self.inner.startswith("models")
        return not package_of_room and self.pattern.fullmatch(self.inner) is not None

    @cached_property
    def functions(self) -> list[ast.FunctionDef]:
        """Every function of the file."""
        return [node for node in ast.walk(self.module.tree) if isinstance(node, ast.FunctionDef)]

    def finding(self, node: ast.AST | int, rule: str, text: str) -> Finding:
        """A finding at a node or line."""
        line = node if isinstance(node, int) else int(getattr(node, "lineno", 1))
        around = [f for f in self.functions if f.lineno <= line <= (f.end_lineno or f.lineno)]
        name = max(around, key=lambda f: f.lineno).name if around else ""
        return Finding(self.file, line, rule, text, name)


def root_name(node: ast.AST) -> str | None:
    """`x` of `x.a[0].b`."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def dotted(node: ast.AST) -> str | None:
    """`torch.nn.functional.pad` as text; None for anything but names and attributes."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


__all__ = ["Finding", "Source", "dotted", "root_name"]
