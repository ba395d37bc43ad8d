"""Print the table operation x framework: `python -m tests.frameworks.table [framework ...]`."""

from __future__ import annotations

import sys
import time

from .cases import TABLE
from .check_frameworks import check
from .harness import FRAMEWORKS, OPERATIONS


def verdict(framework: str, name: str) -> tuple[str, list[str]]:
    """ "ok" or "FAULT", and the faults."""
    try:
        faults = check(framework, name)
    except Exception as error:
        faults = [f"{type(error).__name__}: {str(error)[:300]}"]
    return ("FAULT" if faults else "ok"), faults


def main(chosen: list[str]) -> int:
    """Print the table and what is wrong; return how many cells are."""
    frameworks = chosen or list(FRAMEWORKS)
    rows, wrong, spent = [], [], dict.fromkeys(frameworks, 0.0)
    for name in OPERATIONS:
        cells = []
        for framework in frameworks:
            start = time.perf_counter()
            word, faults = verdict(framework, name)
            spent[framework] += time.perf_counter() - start
            cells.append(word)
            wrong += [f"{framework} {name}: {fault}" for fault in faults]
        rows.append((name, len(TABLE[name]), cells))
    width = max(len(name) for name in OPERATIONS)
    lines = [f"{'operation':{width}}  cases  " + "  ".join(f"{framework:5}" for framework in frameworks)]
    lines += [
        f"{name:{width}}  {count:5}  " + "  ".join(f"{cell:5}" for cell in cells)
        for name, count, cells in rows
    ]
    bad = sum(cell != "ok" for _, _, cells in rows for cell in cells)
    seconds = ", ".join(f"{framework} {time_:.0f} s" for framework, time_ in spent.items())
    lines += [
        "",
        *wrong,
        f"{len(rows)} operations, {len(rows) * len(frameworks) - bad} cells agree, {bad} do not; {seconds}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return bad


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
