"""Run the tests that a change can reach.

python tools/changed_tests.py [BASE]           what changed since BASE (HEAD), uncommitted work too
python tools/changed_tests.py --model bert     every test of one model
python tools/changed_tests.py --list [BASE]    only say what would run
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tree import REPO, Module, Package, package

# A change here can reach anything.
EVERYTHING = ("pyproject.toml", "requirements/test.txt", "tests/conftest.py", "Makefile")


@dataclass
class Selection:
    """What to run.

    Attributes:
        files: test files, whole.
        models: models whose part of the common suite runs.
        everything: run all tests instead.
    """

    files: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    everything: bool = False


def git(*arguments: str) -> list[str]:
    """Lines of a git command's output."""
    done = subprocess.run(["git", *arguments], cwd=REPO, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def changed_files(base: str) -> list[str]:
    """Paths that differ from `base`, files git does not know yet included."""
    return sorted({*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")})


def exported_modules(tree: Package) -> dict[str, str]:
    """Public name -> module, from the front door's table."""
    table = tree.find(f"{tree.name}._exports")
    node = table.defined.get("EXPORTS") if table is not None else None
    value = node.value if isinstance(node, ast.AnnAssign) else None
    rows = (
        [(item.arg, ast.literal_eval(item.value)) for item in value.keywords]
        if isinstance(value, ast.Call)
        else []
    )
    return {str(name): f"{tree.name}.{place.partition(':')[0]}" for name, place in rows}


def modules_used(tree: Package, test: Path, names: dict[str, str]) -> set[str]:
    """First-party modules that a test file names: by import, by the front door, or in a string."""
    source = Module(test.stem, test)
    found = {target for item in source.imports for target in tree.target(item)} - {tree.name}
    for item in source.imports:
        if item.module == tree.name and item.name in names:
            found.add(names[item.name])
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == tree.name
        ):
            found.add(names.get(node.attr, f"{tree.name}.{node.attr}"))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith(f"{tree.name}.")
        ):
            found.add(node.value)
    return {name for name in found if tree.find(name) is not None}


def select(changed: Iterable[str], tree: Package, tests: Path) -> Selection:
    """What a list of changed paths (below the repository) can reach."""
    chosen = Selection()
    root = tests.parent
    modules = set()
    for path in changed:
        if path in EVERYTHING:
            chosen.everything = True
        elif (match := re.match(r"tests/models/(\w+)/", path)) is not None:
            chosen.models.add(match[1])
        elif path.startswith("tests/") and path.endswith(".py") and (root / path).is_file():
            if Path(path).name.startswith("test_"):
                chosen.files.add(path)
            else:
                chosen.files.add(str(Path(path).parent))
        elif (root / path).is_relative_to(tree.root) and path.endswith(".py") and (root / path).is_file():
            modules.add(tree.module_at(root / path).name)
        elif path.endswith(".md"):
            chosen.files.add("tests/docs")
        elif path.startswith("tools/"):
            chosen.files.add("tests/tools")
    reached = tree.dependents(modules)
    chosen.models |= {
        match[1] for name in reached if (match := re.search(r"\.models\.(\w+)\.modeling_\1$", name))
    }
    names = exported_modules(tree)
    for test in sorted(tests.rglob("test_*.py")):
        if test.is_relative_to(tests / "models"):
            continue
        if modules_used(tree, test, names) & reached:
            chosen.files.add(str(test.relative_to(root)))
    return chosen


def model_expression(models: Iterable[str]) -> str:
    """A `-k` expression that matches test ids with exactly these model names in them."""
    return " or ".join(f"[{n}- or [{n}] or -{n}- or -{n}]" for n in sorted(models))


def commands(chosen: Selection, tests: Path) -> list[list[str]]:
    """The pytest commands of a selection."""
    if chosen.everything:
        return [["tests"]]
    runs = []
    if files := sorted(file for file in chosen.files if (tests.parent / file).exists()):
        runs.append(files)
    if chosen.models and (tests / "models").is_dir():
        runs.append(["tests/models", "-k", model_expression(chosen.models)])
    return runs


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; the exit status is pytest's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", nargs="?", default="HEAD", help="commit to compare with")
    parser.add_argument("--model", action="append", default=[], help="only the tests of this model")
    parser.add_argument("--list", action="store_true", help="say what would run, run nothing")
    options = parser.parse_args(arguments)
    tests = REPO / "tests"
    chosen = Selection(models=set(options.model))
    if not options.model:
        chosen = select(changed_files(options.base), package(), tests)
    runs = commands(chosen, tests)
    if not runs:
        sys.stdout.write("the change reaches no test\n")
    status = 0
    for run in runs:
        sys.stdout.write(f"pytest {' '.join(run)}\n")
        if not options.list:
            pytest = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
            done = subprocess.run([*pytest, "-m", "not network", *run], cwd=REPO, check=False)
            status = status or (0 if done.returncode == 5 else done.returncode)  # 5: no test matched
    return status


if __name__ == "__main__":
    sys.exit(main())
