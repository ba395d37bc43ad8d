"""Rules of ring files: code that must mean the same in torch, JAX, TensorFlow and NumPy, compiled or not."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from lint_base import Finding, Source, dotted, root_name
from lint_house import Rule
from lint_layer import names_of_the_layer
from tree import SOURCE, Package

TORCH_MODULES = frozenset({"torch", "torch.nn", "torch.nn.functional", "torch.utils.checkpoint"})
CLOSED = re.compile(
    r"utils(\..*)?|configuration_\w+|models\.\w+\.configuration_\w+|modeling_outputs|modeling_utils"
)
HOST_CALLS = frozenset({"item", "tolist", "numpy"})
DATA_SHAPES = frozenset({"nonzero", "unique", "unique_consecutive", "masked_select", "argwhere"})
PREFIXES = {
    "torch": "torch",
    "nn": "nn",
    "F": "F",
    "torch.nn": "nn",
    "torch.nn.functional": "F",
    "nn.functional": "F",
}


def ring_pattern(tree: Package) -> re.Pattern[str] | None:
    """The pattern of ring files, read from `frameworks/loader.py`."""
    loader = tree.find(f"{tree.name}.frameworks.loader")
    node = loader.defined.get("_RING") if loader is not None else None
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        return re.compile(ast.literal_eval(node.value.args[0]))
    return None


def vocabulary(tree: Package) -> frozenset[str] | None:
    """Names of the operations the torch-API layer has; None while it has no list."""
    listed = tree.find(f"{tree.name}.frameworks.core.vocabulary")
    node = listed.defined.get("VOCABULARY") if listed is not None else None
    value = getattr(node, "value", None)
    if value is None:
        return names_of_the_layer(PREFIXES) if tree.root == SOURCE else None
    return frozenset(
        n.value for n in ast.walk(value) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    )


def pattern_findings(tree: Package, pattern: re.Pattern[str] | None) -> Iterator[Finding]:
    """Files outside the pattern that a ring file reaches and that load torch: they would not be run again."""
    if pattern is None:
        return
    ring = [m.name for m in tree.all() if pattern.fullmatch(m.name.removeprefix(f"{tree.name}."))]
    base = f"{tree.name}.modeling_utils"  # replaced by the bare ModelBase
    reached = {name for start in ring for name in _reach(tree, start, base)}
    for name in sorted(reached - set(ring) - {base}):
        for item in tree.get(name).imports:
            if item.module.partition(".")[0] == "torch" and not item.late and not item.typing:
                file = tree.get(name).path.relative_to(tree.root).as_posix()
                text = (
                    "loads torch and ring files need it, but its name is no ring file's: move it to layers/"
                )
                yield Finding(file, item.node.lineno, "ring-pattern", text)


def _reach(tree: Package, start: str, without: str) -> set[str]:
    seen: set[str] = set()
    work = [start]
    while work:
        name = work.pop()
        if name in seen or name == without:
            continue
        seen.add(name)
        for item in tree.get(name).imports:
            if not item.late and not item.typing:
                work += tree.target(item)
    return seen


def closed(source: Source) -> Iterator[Finding]:
    """Imports that leave the ring."""
    for item in source.module.imports:
        if item.typing:
            continue
        top = item.module.partition(".")[0]
        if source.tree.owns(item.module):
            for target in source.tree.target(item):
                inner = target.removeprefix(source.tree.name).removeprefix(".")
                if source.pattern is None or source.pattern.fullmatch(inner) or CLOSED.fullmatch(inner):
                    continue
                if source.tree.get(target).is_package and target != source.tree.target(item)[-1]:
                    continue
                yield source.finding(
                    item.node, "ring-closed", f"{inner} is no ring file: move what is needed to layers/"
                )
        elif top == "torch":
            if item.module not in TORCH_MODULES:
                text = (
                    f"{item.module} is not in the torch-API layer: use torch, torch.nn or torch.nn.functional"
                )
                yield source.finding(item.node, "ring-closed", text)
        elif top not in sys.stdlib_module_names:
            yield source.finding(
                item.node, "ring-closed", f"{top} is no part of the ring: host work goes outside of it"
            )


def top_level(source: Source) -> Iterator[Finding]:
    """Anything that happens at import time."""
    allowed = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    for node in source.module.tree.body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not isinstance(node, allowed) and not docstring and not typing:
            text = "something happens at import time: put it in a function or make it a constant"
            yield source.finding(node, "ring-import-time", text)


def _initialises(source: Source, node: ast.AST) -> bool:
    line = int(getattr(node, "lineno", 0))
    around = [f.name for f in source.functions if f.lineno <= line <= (f.end_lineno or 0)]
    return any(name.startswith(("_init", "init_", "reset_parameters")) for name in around)


def in_place(source: Source) -> Iterator[Finding]:
    """Methods that end in `_`, `out=`, `inplace=True`, augmented assignment to tensors."""
    for node in ast.walk(source.module.tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            of_init = (dotted(node.func) or "").startswith(("nn.init.", "init.", "torch.nn.init."))
            if re.fullmatch(r"[a-z]\w*[a-z0-9]_", name) and not of_init and not _initialises(source, node):
                text = f".{name}() changes a tensor in place, as JAX and TF cannot: use {name.rstrip('_')}"
                yield source.finding(node, "ring-in-place", text)
            for keyword in node.keywords:
                true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg == "out" or (keyword.arg == "inplace" and true):
                    yield source.finding(
                        node, "ring-in-place", f"{keyword.arg}= writes into a tensor: take the result"
                    )
        elif isinstance(node, ast.AugAssign) and not _is_plain(source, node):
            text = "`op=` changes a tensor in place in torch and not elsewhere: write `x = x op y`"
            yield source.finding(node, "ring-in-place", text)


def _is_plain(source: Source, node: ast.AugAssign) -> bool:
    """Whether an augmented assignment counts or collects, in a name made from a literal or by it."""
    if not isinstance(node.target, ast.Name):
        return False
    plain = (ast.Constant, ast.Tuple, ast.List, ast.JoinedStr)
    if isinstance(node.value, plain):
        return True
    around = [f for f in source.functions if f.lineno <= node.lineno <= (f.end_lineno or 0)]
    for inner in ast.walk(max(around, key=lambda f: f.lineno)) if around else ():
        if isinstance(inner, ast.Assign) and any(
            getattr(t, "id", None) == node.target.id for t in inner.targets
        ):
            return isinstance(inner.value, plain)
    return False


def writes(source: Source) -> Iterator[Finding]:
    """Subscript assignment to what the function did not make."""
    for function in source.functions:
        made = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        if function.args.kwarg is not None:
            made.add(function.args.kwarg.arg)
        for node in (inner for inner in ast.walk(function) if isinstance(inner, ast.Assign)):
            for target in node.targets:
                if not isinstance(target, ast.Subscript) or _is_key(target.slice):
                    continue
                if _initialises(source, node) or isinstance(target.value, ast.Call) or _is_mark(node.value):
                    continue
                if not isinstance(target.value, ast.Name) or target.value.id not in made:
                    name = root_name(target) or "a value"
                    text = f"writes into {name}, made elsewhere: use where, cat or index_copy"
                    yield source.finding(node, "ring-write", text)


def _is_mark(value: ast.expr) -> bool:
    """True, False, None: kept in a dict or list, not in a tensor."""
    return isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool))


def _is_key(index: ast.expr) -> bool:
    """A string: this is a dict, not a tensor."""
    literal = isinstance(index, ast.Constant) and isinstance(index.value, str)
    return literal or isinstance(index, ast.JoinedStr)


def host(source: Source) -> Iterator[Finding]:
    """Values read on the host, and shapes that depend on them."""
    for node in ast.walk(source.module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in HOST_CALLS:
                yield source.finding(
                    node, "ring-host", f".{name}() reads a tensor's values: branch on shapes or config only"
                )
            elif name in DATA_SHAPES or (
                dotted(node.func) == "torch.where" and len(node.args) + len(node.keywords) == 1
            ):
                yield source.finding(
                    node, "ring-data-shape", f"the shape of {name} depends on values: mask and reduce"
                )
        elif isinstance(node, ast.Attribute) and node.attr == "data" and isinstance(node.ctx, ast.Load):
            yield source.finding(node, "ring-host", ".data goes around autograd: use detach()")
    for function in source.functions:
        masks = {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Compare)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and _is_mask(node.slice, masks):
                yield source.finding(
                    node, "ring-data-shape", "x[mask] has a shape that depends on values: use where"
                )


def _is_mask(index: ast.expr, masks: set[str]) -> bool:
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.Invert):
        return True
    return isinstance(index, ast.Compare) or (isinstance(index, ast.Name) and index.id in masks)


def _is_size(node: ast.AST, names: set[str]) -> bool:
    """Whether an expression is a size of a tensor: `x.shape[1]`, `x.size(1)`, or a name that holds one."""
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "size"
    return (isinstance(node, ast.Attribute) and node.attr == "shape") or (
        isinstance(node, ast.Name) and node.id in names
    )


def sizes(source: Source) -> Iterator[Finding]:
    """`int`, `range`, `math` and comparisons on sizes, which may be symbolic."""
    text = "a size may be symbolic: use + - * // % only, or pad and mask without asking"
    for function in source.functions:
        names: set[str] = set()
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and _is_size(node.value, set()):
                names |= {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        for node in ast.walk(function):
            parts: list[ast.expr] = []
            if isinstance(node, ast.Call):
                called = dotted(node.func) or ""
                parts = node.args if called in ("int", "range") or called.startswith("math.") else []
            elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
                parts = _asked(node.test)
            elif isinstance(node, ast.comprehension):
                parts = [part for test in node.ifs for part in _asked(test)]
            if any(_is_size(part, names) for part in parts):
                yield source.finding(
                    function if isinstance(node, ast.comprehension) else node, "ring-size", text
                )


def _asked(test: ast.expr) -> list[ast.expr]:
    """Whatever a condition compares or takes for true."""
    if isinstance(test, ast.BoolOp):
        return [part for value in test.values for part in _asked(value)]
    if isinstance(test, ast.UnaryOp):
        return _asked(test.operand)
    if not isinstance(test, ast.Compare):
        return [test]
    # A last axis that must have a literal length (two for spans, four for boxes) is never symbolic.
    literal = isinstance(test.comparators[0], ast.Constant) and ast.unparse(test.left).endswith(".shape[-1]")
    return [] if literal else [test.left, *test.comparators]


def operations(source: Source) -> Iterator[Finding]:
    """Names of torch that the torch-API layer does not have."""
    if source.vocabulary is None:
        return
    for node in ast.walk(source.module.tree):
        if not isinstance(node, ast.Attribute) or (name := dotted(node)) is None or name in PREFIXES:
            continue
        prefix, _, last = name.rpartition(".")
        if prefix not in PREFIXES:
            continue
        short = f"{PREFIXES[prefix]}.{last}"
        if not any(known == short or known.startswith(f"{short}.") for known in source.vocabulary):
            text = f"{name} is not in frameworks/core/vocabulary.py: add it to every framework with a test"
            yield source.finding(node, "ring-operation", text)


RULES: tuple[Rule, ...] = (closed, top_level, in_place, writes, host, sizes, operations)

__all__ = ["RULES", "pattern_findings", "ring_pattern", "vocabulary"]
