"""TAPEX: tables as text and as rows equal what the published release gave; sizes, errors."""

from __future__ import annotations

import importlib.machinery
import json
import random
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from transformers.models.tapex.tokenization_tapex import (
    IndexedRowTableLinearize,
    TapexTokenizer,
    TapexTruncationStrategy,
)

from . import byte_cases, case_runner, strings, text_cases

Golden = Callable[[str], dict[str, Any]]


class DataFrame:
    """What the tokenizer needs of pandas's class of that name."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        self.columns = list(columns)
        self.rows = list(zip(*columns.values(), strict=True))

    @property
    def empty(self) -> bool:
        return not self.rows

    def itertuples(self, index: bool = True, name: str | None = "Pandas") -> Iterator[tuple[Any, ...]]:
        assert (index, name) == (False, None)
        return iter(self.rows)


@pytest.fixture(autouse=True)
def pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the package."""
    package = ModuleType("pandas")
    package.__spec__ = importlib.machinery.ModuleSpec("pandas", None)
    package.DataFrame = DataFrame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", package)


@pytest.fixture
def table() -> DataFrame:
    """The table of the goldens."""
    return DataFrame(text_cases.TABLE)


@pytest.fixture(params=["tapex", "tapex_cased"])
def kind(request: pytest.FixtureRequest) -> str:
    """Both kinds, in turn."""
    return str(request.param)


@pytest.fixture
def tokenizer(kind: str, tmp_path: Path) -> TapexTokenizer:
    """A fresh tokenizer of the kind."""
    return TapexTokenizer(*byte_cases.write_files(tmp_path), **text_cases.KINDS[kind][3])


@pytest.mark.filterwarnings("ignore")
def test_tables_and_texts_are_the_published_ones(
    tokenizer: TapexTokenizer, table: DataFrame, golden: Golden, kind: str
) -> None:
    recorded = golden("text_rows")
    assert recorded["provenance"]["texts"] == text_cases.digest(strings)
    want = recorded[kind]
    for (question, answer, options), expected in zip(text_cases.TABLE_TEXTS, want["texts"], strict=True):
        random.seed(3)
        assert tokenizer.prepare_table_query(table, question, answer, **options) == expected
    for (query, answer, options), expected in zip(text_cases.TABLE_CALLS, want["calls"], strict=True):
        got = tokenizer(None if query is None else table, query, answer, **options)
        assert json.loads(json.dumps(case_runner.plain(got))) == expected
    texts = text_cases.texts(strings)[: text_cases.FULL]
    assert [tokenizer.tokenize(text) for text in texts] == want["tokens"]


def _settled(text: str) -> bool:
    """Whether every character is long assigned: the release's regular expressions know coming ones too."""
    return all(unicodedata.category(char) != "Cn" for char in text)


@pytest.mark.filterwarnings("ignore")
def test_every_text_and_made_table_is_the_published_one(
    tokenizer: TapexTokenizer, golden: Golden, kind: str
) -> None:
    want = golden("text_rows")[kind]
    got = text_cases.table_prints(tokenizer, DataFrame, strings)
    assert len(want["prints"]) > 2400
    assert len(want["tables"]) == 200
    compared = 0
    for number, text in enumerate(text_cases.texts(strings)):
        if _settled(text):
            compared += 1
            assert got["prints"][number] == want["prints"][number], repr(text)
    for number, (columns, question) in enumerate(text_cases.made_tables(strings)):
        if _settled(question + "".join(cell for cells in columns.values() for cell in cells)):
            compared += 1
            assert got["tables"][number] == want["tables"][number], (columns, question)
    rows = [row for name in got for row in zip(got[name], want[name], strict=True)]
    same = [ours == theirs for ours, theirs in rows]
    assert compared > 1800
    assert sum(same) > 2400


def test_rows_go_until_the_table_fits(tokenizer: TapexTokenizer, table: DataFrame) -> None:
    name = TapexTruncationStrategy.DROP_ROWS_TO_FIT
    for option in (name, "drop_rows_to_fit"):
        random.seed(1)
        row = tokenizer(table, "who has 69?", truncation=option, max_length=150)
        assert 60 < len(row["input_ids"]) <= 150
        assert "row 1 :" in tokenizer.decode(row["input_ids"])
    with pytest.raises(ValueError, match="needs max_length"):
        tokenizer(table, "q", truncation=name)
    tokenizer.model_max_length = 150
    assert len(tokenizer.encode(table, "q", truncation=name)) <= 150


def test_batches_and_targets_agree_with_single_ones(tokenizer: TapexTokenizer, table: DataFrame) -> None:
    other = DataFrame({"a": ["x", 2.5], "b": [True, "the"]})
    many = tokenizer([table, other], "the q")["input_ids"]
    assert many == [tokenizer(one, "the q")["input_ids"] for one in (table, other)]
    assert tokenizer([other])["input_ids"] == [tokenizer.encode(other)]
    answers = ["the", "Men of"]
    assert tokenizer.target_batch_encode_plus(answers)["input_ids"] == [
        tokenizer.target_encode(answer) for answer in answers
    ]
    assert tokenizer.target_encode_plus("the").data == tokenizer(answer="the").data
    assert tokenizer(DataFrame({"a": []}), "the")["input_ids"] == tokenizer(answer="the")["input_ids"]


def test_what_is_no_table_is_refused(
    tokenizer: TapexTokenizer, table: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="either a `table` or an `answer`"):
        tokenizer(query="q")
    for wrong in ("text", [], [table, "text"]):
        with pytest.raises(ValueError, match=r"must be a pandas\.DataFrame"):
            tokenizer(wrong, "q")
    with pytest.raises(ValueError, match="query must be a str"):
        tokenizer(table, 3)
    with pytest.raises(ValueError, match="2 tables, 3 questions and 2 answers"):
        tokenizer([table, table], ["a", "b", "c"])
    with pytest.raises(ValueError, match="it has no rows"):
        IndexedRowTableLinearize().process_table({"header": []})
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        tokenizer(table, "q")
