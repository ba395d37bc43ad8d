"""Every fuzzed parser takes its first inputs; what fuzzing found stays refused."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import fuzz
from fuzz_targets import TARGETS, Target, try_input


@pytest.mark.parametrize("name", TARGETS)
def test_parser_takes_the_first_inputs(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    assert any([try_input(target, data, tmp_path) for data in target.first()])
    assert try_input(target, b"\xff\xfe no such file", tmp_path) in (True, False)


@pytest.mark.parametrize("name", TARGETS)
def test_cut_files_are_refused_or_read(name: str, tmp_path: Path) -> None:
    target, draw = TARGETS[name], random.Random(5)
    for data in target.first():
        for _ in range(6):
            try_input(target, data[: draw.randrange(len(data) + 1)], tmp_path)


def test_other_errors_are_not_passed_over(tmp_path: Path) -> None:
    def fail(data: bytes, folder: Path) -> None:
        raise KeyError(data)

    with pytest.raises(KeyError):
        try_input(Target(fail, lambda: []), b"x")
    assert not try_input(Target(fail, lambda: [], (KeyError,)), b"x", tmp_path)


def test_json_stays_json_when_it_is_changed() -> None:
    value = {"a": [1, {"b": "c"}], "d": None}
    made = [fuzz.change_json(value, random.Random(seed)) for seed in range(50)]
    assert value == {"a": [1, {"b": "c"}], "d": None}
    assert sum(change != value for change in made) > 30


def test_findings_are_told_apart_by_kind_and_place() -> None:
    try:
        raise ValueError("one")
    except ValueError as error:
        assert fuzz.signature(error).startswith("ValueError in test_fuzz.py, test_findings")
