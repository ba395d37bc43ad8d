"""Every example of README and docs runs, and every command they name exists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
PAGES = sorted([REPO / "README.md", *(REPO / "docs").glob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
EXAMPLES = [
    pytest.param(code, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, (language, code) in enumerate(FENCE.findall(page.read_text(encoding="utf-8")), 1)
    if language == "python"
]
LINES = [
    pytest.param(line.removeprefix("$ ").partition("#")[0].strip(), id=f"{page.stem}: {line}")
    for page in PAGES
    for language, code in FENCE.findall(page.read_text(encoding="utf-8"))
    if language == "console"
    for line in code.splitlines()
    if line.startswith("$ ")
]


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_runs(code: str, tmp_path: Path) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", LINES)
def test_command_exists(line: str, tmp_path: Path) -> None:
    program, *arguments = line.split()
    if program == "make":
        assert re.search(rf"^{arguments[0]}:", (REPO / "Makefile").read_text(), flags=re.MULTILINE)
    elif program == "pip":
        extras = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        named = re.findall(r"\[(.*?)\]", line)
        assert all(extra in extras for group in named for extra in group.split(","))
    else:
        command = line.replace(
            "transformers", f"{sys.executable} -c 'from transformers.cli import main; main()'", 1
        )
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert target.startswith("http") or (page.parent / target).exists(), target


def test_every_fence_has_a_known_language() -> None:
    found = {language for page in PAGES for language, _ in FENCE.findall(page.read_text(encoding="utf-8"))}
    assert found <= {"python", "console"}


def test_make_help_lists_every_command() -> None:
    text = (REPO / "Makefile").read_text()
    named = set(re.findall(r"^(?!\.)([a-z][a-z-]*):", text, flags=re.MULTILINE))
    described = set(re.findall(r"^([a-z][a-z-]*):.*## ", text, flags=re.MULTILINE))
    assert named == described
