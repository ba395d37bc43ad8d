"""The package's metadata agrees with its source."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import transformers
from transformers.standalone.closure import Package
from transformers.utils.optional import PACKAGES

REPO = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
IMPORT_NAMES = {"pillow": "PIL", "protobuf": "google", "pyyaml": "yaml"}


def distributions(requirements: list[str]) -> set[str]:
    """Import names of a list of requirements."""
    names = {re.split(r"[<>=\[; ]", line)[0].lower().replace("-", "_") for line in requirements}
    return {IMPORT_NAMES.get(name, name) for name in names}


def imported() -> set[str]:
    """Packages that the library imports anywhere, the standard library's left out."""
    package = Package(REPO / "src" / "transformers")
    return package.external(module.name for module in package.all()) - sys.stdlib_module_names


def test_version_is_the_one_of_the_metadata() -> None:
    assert transformers.__version__ == PROJECT["version"]


def test_every_required_package_is_used() -> None:
    assert distributions(PROJECT["dependencies"]) - imported() == set()


def test_every_import_is_declared() -> None:
    declared = distributions(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        declared |= distributions(extra)
    assert imported() - declared == set()


def test_pip_lines_name_extras_that_exist() -> None:
    named = {extra for _, line in PACKAGES.values() for extra in re.findall(r"\[(.*?)\]", line)}
    assert named <= PROJECT["optional-dependencies"].keys()


def test_pins_satisfy_the_metadata() -> None:
    pins = (REPO / "requirements" / "test.txt").read_text().splitlines()
    pinned = {line.partition("==")[0].lower() for line in pins if "==" in line}
    required = {re.split(r"[<>=]", line)[0].lower() for line in PROJECT["dependencies"]}
    assert required <= pinned


def test_python_files_of_the_package_are_typed() -> None:
    assert (REPO / "src" / "transformers" / "py.typed").is_file()
    assert PROJECT["requires-python"] == ">=3.11"
