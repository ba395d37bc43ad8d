"""Rules for all code (sizes, manners) and for the library's files (directions of imports)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from lint_base import Finding, Source, dotted

MODEL_FILE, OTHER_FILE, FUNCTION = 400, 300, 60  # lines; ruff checks their length
FRAMEWORKS = frozenset({"flax", "jax", "keras", "numpy", "optax", "tensorflow", "torch"})
WORDS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|/wo" + r"rk/|/tm" + r"p/|\bissue #?\d")
# First match counts: pattern of a module's name, what it is called, its height.
HEIGHTS: tuple[tuple[str, str, int], ...] = (
    (r"utils(\..*)?|(\w+\.)*_(?!_)\w+", "utils", 0),
    (r"standalone(\..*)?", "standalone", 1),
    (
        r"configuration_\w+|model_output|modeling_outputs(_\w+)?|models\.\w+\.configuration_\w+|models\.\w+\.manifest",
        "configs",
        1,
    ),
    (r"models\.auto(\..*)?", "auto classes", 6),
    (r"tokenization(\..*)?|models\.\w+\.tokenization_\w+", "tokenization", 5),
    (r"(feature_extraction|processing|image_processing|video_processing)\w*(\..*)?", "processing", 5),
    (r"models\.\w+\.(processing|image_processing|feature_extraction|video_processing)_\w+", "processing", 5),
    (
        r"quantization\.(mixin|methods)",
        "the weights mixin",
        1,
    ),  # faces derive from it; what it imports is late
    (r"quantization(\..*)?", "quantised weights", 3),
    (r"quantizers(\..*)?", "quantisers of users", 1),  # what it imports of the library is late
    (r"layers(\..*)?|models\.\w+(\.modeling_\w+)?", "ring", 2),
    (r"generation\.(logits|sampling)(_\w+)?", "ring", 2),
    (r"modeling_\w+|(cache|masking)_utils|models|(frameworks|integrations)(\..*)?", "frameworks", 3),
    (
        r"loading\.(language_adapters|sharing)",
        "the loading mixins",
        1,
    ),  # configs and faces derive from it; what it imports is late
    (r"generation\.((face|batch|search|step|tf|flax)_)?utils", "the writing mixins", 1),
    (r"loading(\..*)?|dynamic_module_utils", "loading", 4),
    (r"generation(\..*)?", "generation", 7),
    (r"(training|trainer|optimization|data)\w*(\..*)?", "training", 7),
    (r"pipelines(\..*)?", "pipelines", 8),
    (r"models\.\w+\.convert_\w+", "converters of checkpoints", 8),
    (r"(cli|serving)(\..*)?", "cli and serving", 9),
)
# What may be at the top of a file that names a framework.
FRAMEWORK_FILES = re.compile(
    r"(frameworks|integrations)(\..*)?|modeling_(?!outputs)\w+|pytorch_utils|quantization\.\w+"
    r"|(loading|generation)\.(torch|tf|jax|flax|np)_\w+|loading\.gguf_\w+|generation\.(utils|traced(_\w+)?|face_(driver|task|searches))"
)
NO_FRAMEWORK = ("tokenization", "processing")


def height(inner: str) -> tuple[str, int] | None:
    """What a module is called in the order of imports, and how high it stands."""
    for pattern, name, level in HEIGHTS:
        if re.fullmatch(pattern, inner):
            return name, level
    return None


def sizes(source: Source) -> Iterator[Finding]:
    """Files and functions that outgrew their limits."""
    lines = source.module.source.splitlines()
    model = re.fullmatch(r"models/\w+/modeling_\w+\.py", source.file) is not None
    limit = MODEL_FILE if model else OTHER_FILE
    if len(lines) > limit:
        yield source.finding(
            limit + 1, "file-size", f"{len(lines)} lines; at most {limit}: make two files of it"
        )
    for node in source.functions:
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION:
            yield source.finding(
                node, "function-size", f"{node.name} has {length} lines; at most {FUNCTION}: split it"
            )


def manners(source: Source) -> Iterator[Finding]:
    """Star imports, assertions, marks of unfinished work, missing headers."""
    for number, line in enumerate(source.module.source.splitlines(), 1):
        if found := WORDS.search(line):
            yield source.finding(
                number, "words", f"{found.group()!r} has no place in the source: finish it, or take it out"
            )
    body = source.module.tree.body
    if ast.get_docstring(source.module.tree) is None:
        yield source.finding(1, "docstring", "the file does not say what it is: give it a docstring")
    future = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in body)
    code = any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AnnAssign)) for node in body)
    if code and not future and not source.file.endswith("manifest.py"):
        yield source.finding(
            1, "future", "annotations are evaluated: add `from __future__ import annotations`"
        )
    for node in ast.walk(source.module.tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield source.finding(node, "star-import", "nobody can see what comes in: name it")
        elif isinstance(node, ast.Assert):
            yield source.finding(node, "assert", "vanishes under -O: raise an error that says what to do")


def public_names(source: Source) -> Iterator[Finding]:
    """`__all__`: there, sorted, last."""
    last = source.file.rpartition("/")[2]
    body = source.module.tree.body
    if last in ("__main__.py", "manifest.py") or (last.startswith("_") and last != "__init__.py"):
        return
    places = [i for i, node in enumerate(body) if "__all__" in _bound(node)]
    if not places:
        has_code = any(isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Assign)) for node in body)
        if last != "__init__.py" and has_code and not _is_script(body):
            yield source.finding(
                1, "all", "no __all__: list the public names in it, sorted, as the last statement"
            )
        return
    node = body[places[-1]]
    if places[-1] != len(body) - 1:
        yield source.finding(node, "all", "__all__ is not the last statement: move it to the end")
    names = source.module.exported
    plain = sorted(names)
    grouped = sorted(names, key=lambda n: (0 if n.isupper() else 1 if n[:1].isupper() else 2, n))
    if names not in (plain, grouped):
        yield source.finding(node, "all", "__all__ is not sorted: ruff check --select RUF022 --fix sorts it")
    known = source.module.defined.keys() | {item.bound for item in source.module.imports}
    lazy = "__getattr__" in known
    for name in names:
        if name not in known and not lazy:
            yield source.finding(
                node, "all", f"__all__ lists {name}, which the file does not define: take it out"
            )


def _bound(node: ast.stmt) -> list[str]:
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_script(body: list[ast.stmt]) -> bool:
    last = body[-1]
    return isinstance(last, ast.If) and "__name__" in ast.unparse(last.test)


def environment(source: Source) -> Iterator[Finding]:
    """Reads of the environment outside the files that may."""
    if source.inner.split(".")[0] in ("utils", "cli", "frameworks"):
        return
    for node in ast.walk(source.module.tree):
        if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv"):
            yield source.finding(
                node, "environment", "hidden input: add a function to utils/environment.py and call it"
            )


def prints(source: Source) -> Iterator[Finding]:
    """Calls of `print`."""
    for node in ast.walk(source.module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "print":
            yield source.finding(node, "print", "a library does not print: log, raise, or sys.stdout in cli/")


def config_defaults(source: Source) -> Iterator[Finding]:
    """`getattr(config, "field", default)`."""
    for node in ast.walk(source.module.tree):
        if not isinstance(node, ast.Call) or dotted(node.func) != "getattr" or len(node.args) != 3:
            continue
        name = dotted(node.args[0]) or ""
        if name.rpartition(".")[2].endswith("config"):
            text = f"a second default for a field of {name}: give the field its default in the config class"
            yield source.finding(node, "config-default", text)


def arrows(source: Source) -> Iterator[Finding]:
    """Imports that point up, and top-level imports of frameworks where they do not belong."""
    own = height(source.inner)
    if source.inner and own is None:
        yield source.finding(
            1, "arrow", f"{source.inner} has no place in the order of imports: add it to HEIGHTS"
        )
        return
    may_load = source.is_ring or FRAMEWORK_FILES.fullmatch(source.inner) is not None
    for item in source.module.imports:
        top = item.module.partition(".")[0]
        if source.tree.owns(item.module):
            yield from _first_party(source, own, item)
        elif top in FRAMEWORKS and not (item.late or item.typing or may_load):
            text = f"imports {top} when it is loaded: import it inside the function that needs it"
            yield source.finding(item.node, "framework", text)


def _first_party(source: Source, own: tuple[str, int] | None, item: object) -> Iterator[Finding]:
    node, module, name = item.node, item.module, item.name  # type: ignore[attr-defined]
    if isinstance(node, ast.Import) or not node.level:
        yield source.finding(
            node, "relative", f"imports {module} by its full name: write it relative (`from ..`)"
        )
    package = source.tree.name
    if item.typing or (module == package and name == "__version__"):  # type: ignore[attr-defined]
        return
    target = f"{module}.{name}" if source.tree.find(f"{module}.{name}") is not None else module
    inner = target.removeprefix(package).removeprefix(".")
    room = re.match(r"models\.(?!auto\b)(\w+)\.", f"{inner}.")
    if room is not None and not source.inner.startswith("models"):
        text = f"a service imports the model {room[1]}: let models declare what they can, and ask"
        yield source.finding(node, "service-model", text)
    there = height(inner)
    if own is None or there is None or item.late:  # type: ignore[attr-defined]
        return
    base = own[0] == "ring" and inner == "modeling_utils"  # modeling files name PreTrainedModel
    if there[1] > own[1] and not base:
        text = f"{own[0]} imports {there[0]} ({inner}), which stands above it: import it late, or move it"
        yield source.finding(node, "arrow", text)
    elif own[0] in NO_FRAMEWORK and there[0] in ("ring", "frameworks"):
        text = (
            f"{own[0]} imports {inner}: no framework is loaded for a tokenizer or processor; use plain data"
        )
        yield source.finding(node, "arrow", text)


Rule = Callable[[Source], Iterator[Finding]]
EVERYWHERE: tuple[Rule, ...] = (sizes, manners, public_names)
LIBRARY: tuple[Rule, ...] = (prints, environment, config_defaults, arrows)

__all__ = ["EVERYWHERE", "FRAMEWORKS", "LIBRARY", "Rule", "height"]
