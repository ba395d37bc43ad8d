"""Write what follows from the source: the tables of the front door and of the auto classes, a docs page.

python tools/generate.py            write the files
python tools/generate.py --check    fail, naming the file, where one differs from what would be written
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tree import ORDER, REPO, SOURCE, Package, Room, package, rooms

PUBLISHED = REPO / "tools" / "published_names.txt"
HEADER = "# Written by tools/generate.py; edit what it reads, not this file."
FRAMEWORK_PACKAGES = ("torch", "jax", "tensorflow")
# prefix of a face class -> (piece of its module's name, package it needs)
FACES = {"TF": ("tf", "tensorflow"), "Flax": ("flax", "jax"), "Np": ("np", None)}
ROOM_FILES = (
    "configuration_",
    "modeling_",
    "tokenization_",
    "processing_",
    "image_processing_",
    "feature_extraction_",
    "video_processing_",
)


def is_model(tree: Package, module: str, name: str) -> bool:
    """Whether a class descends from PreTrainedModel, followed through first-party imports."""
    found = tree.get(module)
    node = found.defined.get(name)
    if not isinstance(node, ast.ClassDef):
        return False
    for base in node.bases:
        if not isinstance(base, ast.Name):
            continue
        if base.id == "PreTrainedModel" or is_model(tree, module, base.id):
            return True
        for item in found.imports:
            first_party = item.bound == base.id and item.name and tree.find(item.module) is not None
            if first_party and is_model(tree, item.module, item.name):
                return True
    return False


def room_exports(tree: Package, room: str) -> dict[str, str]:
    """Public names of one room and of its faces -> module."""
    names: dict[str, str] = {}
    for path in sorted((tree.root / "models" / room).glob("*.py")):
        if not path.stem.startswith(ROOM_FILES):
            continue
        module = tree.module_at(path)
        place = f"models.{room}.{path.stem}"
        public = [name for name in module.exported if not name.endswith("_NAMES")]
        names.update(dict.fromkeys(public, place))
        if path.stem == f"modeling_{room}":
            models = [name for name in module.exported if is_model(tree, module.name, name)]
            for prefix, (piece, _) in FACES.items():
                names.update({f"{prefix}{name}": f"models.{room}.modeling_{piece}_{room}" for name in models})
    return names


def library_exports(tree: Package, published: Iterable[str]) -> dict[str, str]:
    """Published names outside the rooms -> the one module that defines and lists them.

    Raises:
        ValueError: two modules define one public name.
    """
    wanted = set(published)
    ranked: dict[str, tuple[int, str]] = {}
    for module in tree.all():
        inner = module.name.removeprefix(f"{tree.name}.")
        if inner.startswith(("models.", "utils.")) or inner == tree.name:
            continue
        for name in wanted.intersection(module.exported):
            # The file that defines a name comes before a package that serves it, and that before a re-export.
            rank = 0 if name in module.defined else 1 if "__getattr__" in module.defined else 2
            known, place = ranked.get(name, (3, ""))
            if rank == known == 0:
                raise ValueError(f"{name} is public in {place} and in {inner}: take it out of one __all__")
            if rank < known:
                ranked[name] = rank, inner
    names = {name: place for name, (_, place) in ranked.items()}
    for name in wanted.intersection(utils_names(tree.root)) - names.keys():
        names[name] = "utils"
    return names


def utils_names(root: Path) -> list[str]:
    """Names served by `utils/`; it is standard library only, so it is loaded here, by itself."""
    folder = root / "utils"
    if not (folder / "__init__.py").is_file():
        return []
    spec = importlib.util.spec_from_file_location(
        "_library_utils", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return dir(module)


def exports(tree: Package, order: list[Room], published: Iterable[str]) -> dict[str, str]:
    """Every public name -> module, or `module:attribute` where the names differ.

    Raises:
        ValueError: an alias in a manifest points to a name that does not exist.
    """
    names = library_exports(tree, published)
    folders = [room.name for room in order]
    others = sorted(p.name for p in (tree.root / "models").glob("*/") if p.name not in folders)
    for name in [*others, *folders]:
        names.update(room_exports(tree, name))
    for room in order:
        for alias, ours in room.manifest.get("aliases", {}).items():
            if ours not in names:
                raise ValueError(
                    f"models/{room.name}/manifest.py: alias {alias} points to {ours}, which is no public name"
                )
            names.setdefault(alias, f"{names[ours]}:{ours}")
    return dict(sorted(names.items()))


def needs(tree: Package, places: Iterable[str]) -> dict[str, str]:
    """Module -> the framework's package without which it cannot be imported."""
    found: dict[str, str] = {}
    for place in sorted({place.partition(":")[0] for place in places}):
        last = place.rpartition(".")[2]
        face = [packet for piece, packet in FACES.values() if last.startswith(f"modeling_{piece}_")]
        if face:
            if face[0] is not None:
                found[place] = face[0]
            continue
        outside = tree.external(tree.closure([f"{tree.name}.{place}"], late=False), late=False)
        if wanted := outside.intersection(FRAMEWORK_PACKAGES):
            found[place] = min(wanted)
    return found


def _table(name: str, kind: str, rows: dict[str, Any], *, keywords: bool = False) -> str:
    """A dict as source, one entry to a line, as a literal or as keywords."""
    if keywords:
        lines = "".join(f"    {key}={value!r},\n" for key, value in rows.items())
        return f"{name}: {kind} = dict(\n{lines})\n".replace("'", '"')
    lines = "".join(f"    {key!r}: {value!r},\n" for key, value in rows.items())
    return f"{name}: {kind} = {{\n{lines}}}\n".replace("'", '"')


def render_exports(tree: Package, names: dict[str, str]) -> str:
    """Text of `_exports.py`."""
    modules = sorted(
        path.stem
        for path in tree.root.iterdir()
        if not path.name.startswith("_") and (path.suffix == ".py" or (path / "__init__.py").is_file())
    )
    rows = "".join(f'    "{module}",\n' for module in modules)
    return (
        f'"""Public name -> module that holds it, and the package a module needs."""\n{HEADER}\n\n'
        "from __future__ import annotations\n\n"
        f"{_table('EXPORTS', 'dict[str, str]', names, keywords=True)}\n"
        f"{_table('NEEDS', 'dict[str, str]', needs(tree, names.values()))}\n"
        f"SUBMODULES = frozenset(\n    (\n{rows.replace('    ', ' ' * 8)}    )\n)\n\n"
        '__all__ = ["EXPORTS", "NEEDS", "SUBMODULES"]\n'
    )


def render_stub(tree: Package, names: dict[str, str]) -> str:
    """Text of `__init__.pyi`: what a type checker sees of the front door."""
    imports, faces = [], []
    for name, place in names.items():
        module, _, attribute = place.partition(":")
        if tree.find(f"{tree.name}.{module}") is not None:
            imports.append(f"from .{module} import {attribute or name} as {name}")
        elif attribute:
            faces.append(f"{name} = {attribute}")
        else:
            prefix = next(prefix for prefix in FACES if name.startswith(prefix))
            base = f"{prefix}PreTrainedModel"
            faces.append(f"class {name}({base if base in names else 'Any'}): ...")
    faces.sort(key=lambda row: (" = " in row, row))
    return "\n".join(
        [HEADER, "from typing import Any", "", *sorted(imports), "", "__version__: str", "", *faces, ""]
    )


def render_tables(order: list[Room]) -> str:
    """Text of `models/auto/_tables.py`."""
    configs: dict[str, str] = {}
    folders: dict[str, str] = {}
    heads: dict[str, dict[str, tuple[str, ...]]] = {}
    tokenizers: dict[str, tuple[str, ...]] = {}
    processors: dict[str, dict[str, str]] = {}
    for room in order:
        for kind, config in room.manifest["model_types"].items():
            configs[kind], folders[kind] = config, room.name
        for auto, classes in room.manifest.get("heads", {}).items():
            heads.setdefault(auto, {}).update({kind: tuple(found) for kind, found in classes.items()})
        tokenizers.update({kind: tuple(pair) for kind, pair in room.manifest.get("tokenizer", {}).items()})
        processors.update(room.manifest.get("processors", {}))
    nested = "".join(
        f"    {auto!r}: {{\n"
        + "".join(f"        {kind!r}: {found!r},\n" for kind, found in rows.items())
        + "    },\n"
        for auto, rows in sorted(heads.items())
    ).replace("'", '"')
    return (
        f'"""Which class serves which model type."""\n{HEADER}\n\nfrom __future__ import annotations\n\n'
        f"{_table('CONFIGS', 'dict[str, str]', configs)}\n{_table('ROOMS', 'dict[str, str]', folders)}\n"
        f"HEADS: dict[str, dict[str, tuple[str, ...]]] = {{\n{nested}}}\n\n"
        f"{_table('TOKENIZERS', 'dict[str, tuple[str, ...]]', tokenizers)}\n"
        f"{_table('PROCESSORS', 'dict[str, dict[str, str]]', processors)}\n"
        '__all__ = ["CONFIGS", "HEADS", "PROCESSORS", "ROOMS", "TOKENIZERS"]\n'
    )


def render_page(order: list[Room]) -> str:
    """Text of `docs/architectures.md`."""
    lines = [
        "# Architectures",
        "",
        "Every one runs in PyTorch, JAX, TensorFlow and NumPy. `tools/generate.py` writes this page.",
        "",
        "| architecture | model type | what it is | heads | paper |",
        "|-|-|-|-|-|",
    ]
    for room in order:
        facts = room.manifest.get("docs", {})
        kinds = ", ".join(f"`{kind}`" for kind in room.manifest["model_types"])
        if not kinds:
            continue  # a room with nothing but a tokenizer
        tasks = sorted(
            {
                auto.removeprefix("AutoModel").removeprefix("For") or "Model"
                for auto in room.manifest.get("heads", {})
            }
        )
        cells = (
            facts.get("title", room.name),
            kinds,
            facts.get("summary", ""),
            ", ".join(tasks),
            facts.get("paper", ""),
        )
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def outputs(root: Path = SOURCE, order_file: Path = ORDER, published: Path = PUBLISHED) -> dict[Path, str]:
    """Every generated file of a source tree and its text."""
    tree, order = package(root), rooms(root, order_file)
    names = exports(tree, order, published.read_text(encoding="utf-8").split())
    return {
        root / "_exports.py": render_exports(tree, names),
        root / "__init__.pyi": render_stub(tree, names),
        root / "models" / "auto" / "_tables.py": render_tables(order),
        root.parent.parent / "docs" / "architectures.md": render_page(order),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with `--check` compare them; the exit status is 1 where one differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--root", type=Path, default=SOURCE, help="source tree (default: the library's)")
    options = parser.parse_args(arguments)
    stale = []
    for path, text in outputs(options.root.resolve()).items():
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if options.check and stale:
        for path in stale:
            sys.stderr.write(f"{path} is not what tools/generate.py writes: run make fix\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
