"""Check what no general linter knows: the directions of imports, the ring's rules, sizes and manners.

    python tools/lint.py            check src/ and tools/

A line reads `file:line rule: why, what to do`. Exceptions stand in `lint_exceptions.toml`, with reasons.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import lint_house
import lint_ring
from lint_base import Finding, Source
from tree import REPO, SOURCE, package

EXCEPTIONS = REPO / "tools" / "lint_exceptions.toml"
GENERATED = ("_exports.py", "models/auto/_tables.py")


def findings(root: Path) -> Iterator[Finding]:
    """Everything that the rules find in a source tree laid out like `src/transformers`."""
    tree = package(root)
    pattern = lint_ring.ring_pattern(tree)
    vocabulary = lint_ring.vocabulary(tree)
    for module in tree.all():
        if str(module.path.relative_to(tree.root)) in GENERATED:
            continue
        source = Source(module, module.path.relative_to(tree.root).as_posix(), tree, pattern, vocabulary)
        for rule in (*lint_house.EVERYWHERE, *lint_house.LIBRARY):
            yield from rule(source)
        if source.is_ring:
            for rule in lint_ring.RULES:
                yield from rule(source)
    yield from lint_ring.pattern_findings(tree, pattern)


def tool_findings(folder: Path) -> Iterator[Finding]:
    """What the rules for all code find in a folder of scripts."""
    tree = package(folder)
    for module in tree.all():
        source = Source(module, module.path.name, tree, None, None)
        for rule in lint_house.EVERYWHERE:
            yield from rule(source)


def without_exceptions(found: list[Finding], path: Path) -> list[Finding]:
    """Drop what the exceptions file allows; an entry that allows nothing is a finding itself."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", []) if path.is_file() else []
    left = found
    for entry in entries:
        allowed = [f for f in left if f.file == entry["file"] and f.rule == entry["rule"]]
        if "function" in entry:
            allowed = [f for f in allowed if f.function == entry["function"]]
        if not entry.get("reason"):
            left.append(Finding(path.name, 1, "exception", f"the entry for {entry['file']} gives no reason"))
        if not allowed:
            text = f"{entry['file']} no longer breaks {entry['rule']}: delete the entry"
            left = [*left, Finding(path.name, 1, "exception", text)]
        left = [finding for finding in left if finding not in allowed]
    return left


def main(arguments: list[str] | None = None) -> int:
    """Write the findings; the exit status is 1 where there are any."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=SOURCE, help="source tree (default: the library's)")
    parser.add_argument("--exceptions", type=Path, default=EXCEPTIONS, help="list of allowed findings")
    options = parser.parse_args(arguments)
    found = sorted(set(findings(options.root.resolve())))
    if options.root.resolve() == SOURCE:
        found += tool_findings(REPO / "tools")
    found = without_exceptions(found, options.exceptions)
    for finding in sorted(found):
        sys.stdout.write(f"{finding}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
