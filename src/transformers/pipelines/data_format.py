"""Files that a pipeline reads its inputs from and writes its results to, as the command line names them."""

from __future__ import annotations

import csv
import json
import os
import pickle
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

Rows = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class PipelineDataFormat(ABC):
    """Base of the formats: iterate over it for the inputs, `save` the results.

    Args:
        output_path: the file to write; None where nothing is written.
        input_path: the file to read; None where nothing is read.
        column: what to read of each entry: a name, or several with commas, each alone or as
            `argument=column`.
        overwrite: whether the output may be there already.

    Raises:
        OSError: the output is there already, or the input is not.
    """

    SUPPORTED_FORMATS: ClassVar[list[str]] = ["json", "csv", "pipe"]

    def __init__(
        self,
        output_path: str | None,
        input_path: str | None,
        column: str | None,
        overwrite: bool = False,
    ) -> None:
        self.output_path = output_path
        self.input_path = input_path
        names = column.split(",") if column is not None else [""]
        self.is_multi_columns = len(names) > 1
        self.column: list[Any] = list(names)
        if self.is_multi_columns:
            pairs = (name.partition("=") for name in names)
            self.column = [(argument, place or argument) for argument, _, place in pairs]
        if output_path is not None and not overwrite and os.path.lexists(os.path.abspath(output_path)):
            raise OSError(f"{output_path} is there already: overwrite=True writes over it")
        if input_path is not None and not os.path.exists(os.path.abspath(input_path)):
            raise OSError(f"there is no file {input_path}")

    @abstractmethod
    def __iter__(self) -> Iterator[Any]:
        """The inputs."""

    @abstractmethod
    def save(self, data: Any) -> None:
        """Write results, which `json` can hold."""

    def _chosen(self, entry: Any) -> Any:
        """What is asked for of an entry: a dict by argument, or one value."""
        if self.is_multi_columns:
            return {argument: entry[place] for argument, place in self.column}
        return entry[self.column[0]]

    def _output(self) -> str:
        if self.output_path is None:
            raise ValueError("there is no output_path to write to")
        return self.output_path

    def save_binary(self, data: Rows) -> str:
        """Write results that are no text as a pickle beside the output; returns its path."""
        path = os.path.splitext(self._output())[0] + os.extsep + "pickle"
        with open(path, "wb") as file:
            pickle.dump(data, file)
        return path

    @staticmethod
    def from_str(
        format: str,
        output_path: str | None,
        input_path: str | None,
        column: str | None,
        overwrite: bool = False,
    ) -> PipelineDataFormat:
        """The format of a name: "json", "csv" or "pipe".

        Raises:
            KeyError: another name.
        """
        if format not in _FORMATS:
            raise KeyError(f"format must be one of {', '.join(_FORMATS)}, got {format!r}")
        return _FORMATS[format](output_path, input_path, column, overwrite=overwrite)


class CsvPipelineDataFormat(PipelineDataFormat):
    """A table with commas, its first line the names of the columns."""

    def __iter__(self) -> Iterator[Any]:
        with open(self.input_path or "", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield self._chosen(row)

    def save(self, data: Sequence[Mapping[str, Any]]) -> None:
        """Write results, the names of the first one's entries as columns."""
        with open(self._output(), "w", encoding="utf-8", newline="") as file:
            if data:
                writer = csv.DictWriter(file, list(data[0]))
                writer.writeheader()
                writer.writerows(data)


class JsonPipelineDataFormat(PipelineDataFormat):
    """A list of objects, read when the format is made."""

    def __init__(
        self,
        output_path: str | None,
        input_path: str | None,
        column: str | None,
        overwrite: bool = False,
    ) -> None:
        super().__init__(output_path, input_path, column, overwrite=overwrite)
        self._entries: list[Any] = []
        if input_path is not None:
            with open(input_path, encoding="utf-8") as file:
                self._entries = json.load(file)

    def __iter__(self) -> Iterator[Any]:
        return (self._chosen(entry) for entry in self._entries)

    def save(self, data: Rows) -> None:
        """Write results as one JSON value."""
        with open(self._output(), "w", encoding="utf-8") as file:
            json.dump(data, file)


class PipedPipelineDataFormat(PipelineDataFormat):
    """Lines of the standard input, columns between tabs; results go to the standard output."""

    def __iter__(self) -> Iterator[Any]:
        for line in sys.stdin:
            fields = line.removesuffix("\n").split("\t")
            if len(fields) == 1:
                yield fields[0]
            elif self.is_multi_columns:
                names = [argument for argument, _ in self.column]
                yield dict(zip(names, fields, strict=False))
            else:
                yield tuple(fields)

    def save(self, data: Any) -> None:
        """Write results to the standard output."""
        sys.stdout.write(f"{data}\n")

    def save_binary(self, data: Rows) -> str:
        """Write results that are no text as a pickle beside the output.

        Raises:
            KeyError: there is no output file, and a pickle is nothing for the standard output.
        """
        if self.output_path is None:
            raise KeyError("results that are no text need an output_path: they cannot go into a pipe")
        return super().save_binary(data)


_FORMATS: dict[str, type[PipelineDataFormat]] = {
    "json": JsonPipelineDataFormat,
    "csv": CsvPipelineDataFormat,
    "pipe": PipedPipelineDataFormat,
}

__all__ = [
    "CsvPipelineDataFormat",
    "JsonPipelineDataFormat",
    "PipedPipelineDataFormat",
    "PipelineDataFormat",
]
