"""Flatten: one self-contained file of a model, made of slices of the library's own source.

Text and comments stay as they are; only clashing names, names of first-party modules and imports change.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import sys
from collections.abc import Iterable

from .closure import Module, Package
from .definitions import Definitions, External, FlattenError, Unit

Key = tuple[str, str | None]
_DROP = "\0"


def _key(target: Unit | External, name: str) -> Key:
    """Identity of a global of the flat file."""
    return (target.module.name, name) if isinstance(target, Unit) else target.identity


def _identifiers(unit: Unit) -> set[str]:
    """Every plain identifier in a unit: names, parameters, bound imports."""
    found: set[str] = set()
    for node in ast.walk(unit.node):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


class _Names:
    """Chooses the final name of every global, so that no two are equal and none is caught by a local one."""

    def __init__(self, units: list[Unit], main: Module) -> None:
        self.units = units
        self.main = main
        self.used = set(keyword.kwlist).union(*(_identifiers(unit) for unit in units))
        self.builtin = {
            use.node.id
            for unit in units
            for use in unit.uses
            if use not in unit.targets and hasattr(builtins, use.node.id)
        }
        self.forced: set[Key] = set()
        self.final: dict[Key, str] = {}
        while self._choose():
            pass

    def _wanted(self) -> list[tuple[Key, str, str]]:
        """(key, name in its source, suffix that tells it apart), the most important first."""
        rows: list[tuple[Key, str, str]] = []
        for unit in sorted(self.units, key=lambda unit: unit.module is not self.main):
            tail = unit.module.name.rpartition(".")[2]
            rows += [((unit.module.name, name), name, tail) for name in unit.names]
        for unit in self.units:
            for target in unit.targets.values():
                if isinstance(target, External):
                    rows.append((target.identity, target.bound, target.module.replace(".", "_")))
        return rows

    def _is_caught(self, key: Key, name: str) -> bool:
        return key in self.forced or name in self.builtin

    def _choose(self) -> bool:
        """One round; True when a local name caught a global one, so that another round is needed."""
        self.final = {}
        taken: set[str] = set()
        for key, name, suffix in self._wanted():
            if key in self.final:
                continue
            choice, number = name, 1
            while choice in taken or (choice in self.used if choice != name else self._is_caught(key, name)):
                choice = f"{name}_{suffix}" if number == 1 else f"{name}_{suffix}_{number}"
                number += 1
            self.final[key] = choice
            taken.add(choice)
        caught = set()
        for unit in self.units:
            words = _identifiers(unit)
            for use, target in unit.targets.items():
                key = _key(target, unit.target_names[use])
                if (final := self.final.get(key)) is not None and final != use.node.id and final in words:
                    caught.add(key)
        fresh = caught - self.forced
        self.forced |= fresh
        return bool(fresh)


class _Editor:
    """The text of one unit with names and late imports replaced."""

    def __init__(self, unit: Unit, names: _Names) -> None:
        self.unit = unit
        self.names = names
        self.lines = [line.encode() for line in unit.module.source.splitlines()]
        self.edits: list[tuple[int, int, int, int, str]] = []

    def text(self) -> str:
        """The finished source."""
        for use, target in self.unit.targets.items():
            final = self.names.final.get(_key(target, self.unit.target_names[use]))
            node = self.unit.spans[use]
            if final is not None and final != ast.unparse(node):
                self._replace(node, ast.unparse(node), final)
        self._own_name()
        self._late_imports()
        for first, start, last, end, text in sorted(self.edits, reverse=True):
            head, tail = self.lines[first - 1][:start], self.lines[last - 1][end:]
            self.lines[first - 1 : last] = [head + text.encode() + tail, *[_DROP.encode()] * (last - first)]
        body = self.lines[self.unit.first - 1 : self.unit.node.end_lineno]
        return "\n".join(line.decode() for line in body if line.strip() != _DROP.encode())

    def _own_name(self) -> None:
        """The definition's own name, where it had to change."""
        node = self.unit.node
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            final = self.names.final[(self.unit.module.name, node.name)]
            if final != node.name:
                line = self.lines[node.lineno - 1]
                start = line.index(node.name.encode(), node.col_offset)
                self.edits.append((node.lineno, start, node.lineno, start + len(node.name.encode()), final))
        for inner in (part for part in ast.walk(node) if isinstance(part, ast.Global)):
            for name in inner.names:
                if self.names.final.get((self.unit.module.name, name), name) != name:
                    place = f"{self.unit.module.path}:{inner.lineno}"
                    raise FlattenError(
                        f"{place}: `global {name}`, but another file has that name too: rename one"
                    )

    def _replace(self, node: ast.expr, old: str, new: str) -> None:
        first, last = node.lineno, node.end_lineno or node.lineno
        start, end = node.col_offset, node.end_col_offset or 0
        if first != last or self.lines[first - 1][start:end] != old.encode():
            raise FlattenError(
                f"{self.unit.module.path}:{first}: {old} must become {new}, but its place is not known; "
                "move it out of the f-string"
            )
        self.edits.append((first, start, last, end, new))

    def _late_imports(self) -> None:
        blocks = ("body", "orelse", "finalbody")
        alone = {
            block[0]
            for node in ast.walk(self.unit.node)
            for block in (getattr(node, name, None) for name in blocks)
            if isinstance(block, list) and len(block) == 1
        }
        for node, rows in self.unit.late.items():
            if rows is None:
                what = (
                    f"{self.unit.names[0]} reaches into the transformers library here; this file does without"
                )
                text = f"raise ImportError({what!r})".replace("'", '"')
            else:
                pairs = [
                    (item.bound, self.names.final[(unit.module.name, name)]) for item, unit, name in rows
                ]
                changed = [f"{bound} = {final}" for bound, final in pairs if bound != final]
                text = "; ".join(changed) or ("pass" if node in alone else _DROP)
            self.edits.append(
                (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0, text)
            )


def _header(units: list[Unit], names: _Names) -> str:
    """The merged imports: standard library, then packages."""
    rows: dict[str, str] = {}
    taken: dict[str, set[str]] = {}
    for unit in units:
        for target in unit.targets.values():
            if not isinstance(target, External) or target.module == "__future__":
                continue
            final = names.final[target.identity]
            if target.name is not None:
                entry = target.name if final == target.name else f"{target.name} as {final}"
                taken.setdefault(target.module, set()).add(entry)
            elif target.bound == target.module.partition(".")[0] == final:
                rows[f"import {target.module}"] = target.module
            elif target.bound == target.module.partition(".")[0]:
                rows[f"import {target.bound} as {final}"] = target.module
            else:
                rows[f"import {target.module} as {final}"] = target.module
    for module, entries in taken.items():
        rows[f"from {module} import {', '.join(sorted(entries))}"] = module
    library = sorted(
        row for row, module in rows.items() if module.partition(".")[0] in sys.stdlib_module_names
    )
    packages = sorted(set(rows) - set(library))
    return "\n\n".join("\n".join(part) for part in (library, packages) if part)


def _join(texts: list[tuple[Unit, str]], main: Module) -> str:
    """Units one after another: two empty lines around definitions, one line names where a part comes from."""
    out: list[str] = []
    previous: Unit | None = None
    for unit, text in texts:
        loose = not isinstance(unit.node, (ast.ClassDef, ast.FunctionDef))
        if previous is None or previous.module is not unit.module:
            origin = "the model" if unit.module is main else unit.module.name
            out.append(f"\n\n# {origin} {'-' * (100 - len(origin))}\n\n")
        elif loose and not isinstance(previous.node, (ast.ClassDef, ast.FunctionDef)):
            gap = unit.first - (previous.node.end_lineno or 0) - 1
            out.append("\n" * min(gap, 1))
        else:
            out.append("\n\n")
        out.append(text + "\n")
        previous = unit
    return "".join(out)


def flatten(package: Package, module: str, names: Iterable[str] = ()) -> str:
    """Source of one file that needs nothing of the library.

    Args:
        package: the source tree.
        module: absolute dotted name of the modeling file.
        names: classes that are wanted; all that the module defines if empty.

    Raises:
        FlattenError: a name is not defined there, or the source does something that cannot be copied.
    """
    definitions = Definitions(package)
    main = package.get(module)
    start = definitions.units(module)
    if wanted := list(names):
        for name in wanted:
            if name not in main.defined:
                raise FlattenError(f"{module} defines no {name}; it has {', '.join(main.exported)}")
        start = [unit for unit in start if set(unit.names) & set(wanted)]
    units = definitions.closure(start)
    chosen = _Names(units, main)
    texts = [(unit, _Editor(unit, chosen).text()) for unit in units]
    summary = ast.get_docstring(main.tree, clean=False) or f"{module}, standalone."
    public = {name for unit in units if unit.module is main or _is_config(unit) for name in unit.names}
    rows = "".join(f'    "{name}",\n' for name in sorted(name for name in public if not name.startswith("_")))
    return (
        f'"""{summary}"""\n\n'
        f"# One file, made from the source of the transformers library ({main.path.name}); it needs\n"
        "# only what it imports below.\n\n"
        f"from __future__ import annotations\n\n{_header(units, chosen)}\n"
        f"{_join(texts, main)}\n\n__all__ = [\n{rows}]\n"
    )


def _is_config(unit: Unit) -> bool:
    *_, folder, file = ["", *unit.module.name.split(".")]
    return isinstance(unit.node, ast.ClassDef) and file == f"configuration_{folder}"


__all__ = ["flatten"]
