"""Tables as text: `col : a | b row 1 : x | y row 2 : ...`, cut cell by cell and row by row."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

Cells = list[Any]


class IndexedRowTableLinearize:
    """Writes a table, a dict of `header` and `rows`, as one line of text; rows are numbered from 1."""

    def process_table(self, table_content: dict[str, Any]) -> str:
        """The whole table.

        Raises:
            ValueError: header or rows are missing.
        """
        if missing := {"header", "rows"} - table_content.keys():
            raise ValueError(f"a table is a dict of header and rows; it has no {' and no '.join(missing)}")
        rows = [self.process_row(row, number) for number, row in enumerate(table_content["rows"], 1)]
        return " ".join([self.process_header(table_content["header"]), *rows]).strip()

    def process_header(self, headers: Cells) -> str:
        """The names of the columns."""
        return f"col : {_line(headers)}"

    def process_row(self, row: Cells, row_index: int) -> str:
        """One row."""
        return f"row {row_index} : {_line(row)}"


def _line(cells: Iterable[Any]) -> str:
    return " | ".join(str(cell) for cell in cells)


def cut_cells(rows: list[Cells], answer: list[str], shorten: Callable[[str], str | None]) -> list[str]:
    """Cut long cells, in place; the answers with cells named in them cut likewise.

    Args:
        rows: cells of the table.
        answer: cells or other texts.
        shorten: the cut text of a cell, or None for one that fits.
    """
    cut: dict[str, str] = {}
    for row in rows:
        for column, cell in enumerate(row):
            if isinstance(cell, str) and cell.strip() and (short := shorten(cell)) is not None:
                row[column] = cut[cell] = short
    return [cut.get(text, text) for text in answer]


def drop_rows(table: dict[str, Any], question: str, answer: list[str], limit: int, count: Any) -> None:
    """Drop rows, in place, until question and table have at most `limit` tokens.

    First rows are drawn at random that have nothing to do with question and answer, then the last ones go.

    Args:
        table: header and rows.
        question: the question.
        answer: answers that are known.
        limit: tokens in all.
        count: tells how many tokens a text has.
    """
    writer = IndexedRowTableLinearize()
    room = limit - count(question) - count(writer.process_header(table["header"]))
    rows = table["rows"]
    # Every row counts as if its number had three digits.
    size = count("".join(writer.process_row(row, 100) + " " for row in rows))
    if size >= room:
        _drop_unrelated(rows, question, answer, 1.0 - room / size if size else 0.0)
    kept = 0
    for number, row in enumerate(rows, 1):
        room -= count(writer.process_row(row, number))
        if room < 0:
            break
        kept += 1
    del rows[kept:]


def _drop_unrelated(rows: list[Cells], question: str, answer: list[str], share: float) -> None:
    """Drop about a share of the rows, in place, out of those far from any that question or answer names."""
    words = {text.lower() for text in answer} | set(question.split()) | set(question.strip("?!.,").split(" "))
    near: set[int] = set()
    for number, row in enumerate(rows):
        if not words.isdisjoint(str(cell).lower() for cell in row):
            near.update(range(number - 2, number + 3))
    far = [number for number in range(len(rows)) if number not in near]
    drawn = set(random.choices(far, k=min(len(far), int(len(rows) * share))) if far else ())
    rows[:] = [row for number, row in enumerate(rows) if number not in drawn]


__all__ = ["IndexedRowTableLinearize", "cut_cells", "drop_rows"]
