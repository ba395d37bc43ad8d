"""Files that pipelines read from and write to."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from transformers import (
    CsvPipelineDataFormat,
    JsonPipelineDataFormat,
    PipedPipelineDataFormat,
    PipelineDataFormat,
)

ROWS = [{"q": "who?", "c": "Ann, then"}, {"q": "où?", "c": 'in "Rome"'}]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """One table in both forms."""
    (tmp_path / "in.csv").write_text('q,c\nwho?,"Ann, then"\noù?,"in ""Rome"""\n', encoding="utf-8")
    (tmp_path / "in.json").write_text(json.dumps(ROWS), encoding="utf-8")
    return {"csv": str(tmp_path / "in.csv"), "json": str(tmp_path / "in.json")}


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_columns_are_read(kind: str, files: dict[str, str]) -> None:
    assert list(PipelineDataFormat.from_str(kind, None, files[kind], "q")) == ["who?", "où?"]
    several = PipelineDataFormat.from_str(kind, None, files[kind], "question=q,c")
    assert several.is_multi_columns
    assert list(several) == [{"question": row["q"], "c": row["c"]} for row in ROWS]


def test_results_are_written(tmp_path: Path) -> None:
    table = CsvPipelineDataFormat(str(tmp_path / "out.csv"), None, None)
    table.save(ROWS)
    assert list(CsvPipelineDataFormat(None, str(tmp_path / "out.csv"), "q,c")) == ROWS
    objects = JsonPipelineDataFormat(str(tmp_path / "out.json"), None, None)
    objects.save(ROWS)
    assert json.loads((tmp_path / "out.json").read_text()) == ROWS
    empty = CsvPipelineDataFormat(str(tmp_path / "out.csv"), None, None, overwrite=True)
    empty.save([])
    assert (tmp_path / "out.csv").read_text() == ""


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (None, ["one", ("a", "b"), ""]),
        ("question=q,context=c", ["one", {"question": "a", "context": "b"}, ""]),
    ],
)
def test_pipes_are_read_and_written(
    column: Any, expected: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("one\na\tb\n\n"))
    piped = PipedPipelineDataFormat(None, None, column)
    assert list(piped) == expected
    piped.save({"a": 1})
    assert capsys.readouterr().out == "{'a': 1}\n"
    with pytest.raises(KeyError, match="need an output_path"):
        piped.save_binary([])


@pytest.mark.parametrize("kind", ["json", "pipe"])
def test_what_is_no_text_becomes_a_pickle(kind: str, tmp_path: Path) -> None:
    made = PipelineDataFormat.from_str(kind, str(tmp_path / "out.json"), None, None)
    path = made.save_binary([{"a": b"1"}])
    assert path == str(tmp_path / "out.pickle")
    assert pickle.loads(Path(path).read_bytes()) == [{"a": b"1"}]


def test_errors_say_what_to_do(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(OSError, match="overwrite=True"):
        CsvPipelineDataFormat(files["csv"], None, None)
    with pytest.raises(OSError, match="there is no file"):
        CsvPipelineDataFormat(None, str(tmp_path / "none"), None)
    with pytest.raises(KeyError, match="one of json, csv, pipe, got 'xml'"):
        PipelineDataFormat.from_str("xml", None, None, None)
    with pytest.raises(ValueError, match="no output_path"):
        JsonPipelineDataFormat(None, None, None).save(ROWS)
