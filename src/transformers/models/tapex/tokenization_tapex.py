"""Tokenizer of TAPEX (arXiv:2107.07653): BART's byte-level BPE over a question and a table as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tokenizers import AddedToken, pre_tokenizers

from ...tokenization.batch_encoding import BatchEncoding
from ...tokenization.byte_bpe import bytes_to_unicode
from ...tokenization.enums import TruncationStrategy
from ...tokenization.options import LARGE_INTEGER, CallOptions
from ...tokenization.python_bpe import MergingTokenizer, merge, read_text
from ...tokenization.saving import file_name
from ...tokenization.sentencepiece_python import checked_folder, read_ids, write_ids
from ...utils.generic import ExplicitEnum
from ...utils.optional import require
from ._linearize import IndexedRowTableLinearize, cut_cells, drop_rows


class TapexTruncationStrategy(ExplicitEnum):
    """A further value of `truncation`: rows of the table go until it fits."""

    DROP_ROWS_TO_FIT = "drop_rows_to_fit"


class TapexTokenizer(MergingTokenizer):
    """Tokenizer of TAPEX; tables are `pandas.DataFrame`.

    Args:
        vocab_file: path of a vocab.json, token to id.
        merges_file: path of a merges.txt, pairs in the order in which they are merged.
        do_lower_case: whether to lower-case.
        errors: what becomes of bytes that are no UTF-8, as in `bytes.decode`.
        bos_token: starts a text that is generated.
        eos_token: ends a text that is generated.
        sep_token: ends each text.
        cls_token: starts each row.
        unk_token: for what the vocabulary lacks.
        pad_token: fills rows.
        mask_token: stands for a hidden token, and takes the space before it.
        add_prefix_space: whether a text that starts without a space gets one.
        max_cell_length: tokens that a cell of a table may have; longer ones are cut.
        **kwargs: what `PreTrainedTokenizer` takes.

    Raises:
        ValueError: a file is damaged.
    """

    vocab_files_names = {"vocab_file": "vocab.json", "merges_file": "merges.txt"}
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file: str,
        merges_file: str,
        do_lower_case: bool = True,
        errors: str = "replace",
        bos_token: str | AddedToken = "<s>",
        eos_token: str | AddedToken = "</s>",
        sep_token: str | AddedToken = "</s>",
        cls_token: str | AddedToken = "<s>",
        unk_token: str | AddedToken = "<unk>",
        pad_token: str | AddedToken = "<pad>",
        mask_token: str | AddedToken = "<mask>",
        add_prefix_space: bool = False,
        max_cell_length: int = 15,
        **kwargs: Any,
    ) -> None:
        self.do_lower_case = do_lower_case
        self.errors = errors
        self.add_prefix_space = add_prefix_space
        self.max_cell_length = max_cell_length
        self.table_linearize = IndexedRowTableLinearize()
        self.byte_decoder = {char: byte for byte, char in bytes_to_unicode().items()}
        lines = read_text(merges_file).removesuffix("\n").split("\n")[1:]
        if isinstance(mask_token, str):
            mask_token = AddedToken(mask_token, lstrip=True)  # as any word it has its space in front
        super().__init__(
            read_ids(vocab_file),
            {tuple(line.split()): rank for rank, line in enumerate(lines)},
            do_lower_case=do_lower_case,
            errors=errors,
            bos_token=bos_token,
            eos_token=eos_token,
            sep_token=sep_token,
            cls_token=cls_token,
            unk_token=unk_token,
            pad_token=pad_token,
            mask_token=mask_token,
            add_prefix_space=add_prefix_space,
            max_cell_length=max_cell_length,
            **kwargs,
        )

    # -- text

    def prepare_for_tokenization(
        self, text: str, is_split_into_words: bool = False, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """The text, with a space in front if asked for."""
        prefix = kwargs.pop("add_prefix_space", self.add_prefix_space) or is_split_into_words
        return (f" {text}" if prefix and text and not text[0].isspace() else text), kwargs

    def _split(self, word: str) -> list[str]:
        return merge(word, self.bpe_ranks)

    def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
        words = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text)
        return [piece for word, _ in words for piece in self._pieces(word)]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Text of a list of tokens."""
        return bytes(self.byte_decoder[char] for char in "".join(tokens)).decode("utf-8", errors=self.errors)

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write vocab.json and merges.txt into a folder; their paths."""
        folder = checked_folder(save_directory)
        vocab, merges = (file_name(name, filename_prefix) for name in self.vocab_files_names.values())
        pairs = sorted(self.bpe_ranks, key=lambda pair: self.bpe_ranks[pair])
        lines = ["#version: 0.2", *(" ".join(pair) for pair in pairs)]
        Path(folder, merges).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return write_ids(self.encoder, folder, vocab), str(folder / merges)

    # -- tables

    def prepare_table_query(
        self,
        table: Any,
        query: str | None,
        answer: str | list[str] | None = None,
        truncation_strategy: Any = None,
        max_length: int | None = None,
    ) -> str:
        """A question and a table as one text, long cells cut, rows dropped if asked for.

        Args:
            table: a `pandas.DataFrame`.
            query: the question, or None.
            answer: the answer or answers; rows that hold one stay.
            truncation_strategy: "drop_rows_to_fit" drops rows.
            max_length: tokens to fit into; `model_max_length` by default.

        Raises:
            ValueError: rows are to be dropped, and there is no length to fit into.
        """
        question = query or ""
        if table.empty:
            return question
        rows = [list(row) for row in table.itertuples(index=False, name=None)]
        content = {"header": list(table.columns), "rows": rows}
        known = [answer] if isinstance(answer, str) else list(answer or [])
        known = cut_cells(rows, known, self.truncate_cell)
        if truncation_strategy == TapexTruncationStrategy.DROP_ROWS_TO_FIT:
            limit = self.model_max_length if max_length is None else max_length
            if limit > LARGE_INTEGER:
                raise ValueError(
                    "truncation='drop_rows_to_fit' needs max_length: neither call nor tokenizer has it"
                )
            drop_rows(content, question, known, limit, lambda text: len(self.tokenize(text)))
        written = self.table_linearize.process_table(content)
        return f"{question} {written}" if question else written

    def truncate_cell(self, cell_value: str) -> str | None:
        """The first `max_cell_length` tokens of a cell as text; None where it has fewer."""
        tokens = self.tokenize(cell_value)
        if len(tokens) < self.max_cell_length:
            return None
        return self.convert_tokens_to_string(tokens[: self.max_cell_length])

    # -- calls

    def __call__(  # type: ignore[override]
        self, table: Any = None, query: Any = None, answer: Any = None, **kwargs: Any
    ) -> BatchEncoding:
        """Turn a question about a table, or a batch of either or both, into model inputs; or answers.

        Args:
            table: a `pandas.DataFrame` or a list of them; one table serves all questions.
            query: a question or a list of them; one question serves all tables.
            answer: the answers. Without a table they are what is encoded, as targets.
            **kwargs: the options of other tokenizers; `truncation` may be "drop_rows_to_fit".

        Raises:
            ValueError: there is neither table nor answer, a wrong type, or sizes that differ.
            ImportError: pandas is missing.
        """
        if table is None and answer is None:
            raise ValueError("You need to provide either a `table` or an `answer`.")
        if table is None:
            many = isinstance(answer, (list, tuple))
            return self._encode_texts(list(answer) if many else [answer], CallOptions.read(kwargs), not many)
        _check(table, query)
        if isinstance(table, (list, tuple)) or isinstance(query, (list, tuple)):
            return self.batch_encode_plus(table, query, answer, **kwargs)
        return self.encode_plus(table, query, answer, **kwargs)

    def encode_plus(  # type: ignore[override]
        self, table: Any, query: str | None = None, answer: Any = None, **kwargs: Any
    ) -> BatchEncoding:
        """One question about one table; see `__call__`."""
        options = CallOptions.read(kwargs)
        text = self._joint(table, query, answer, options)
        return self._encode_texts([text], options, single=True)

    def batch_encode_plus(  # type: ignore[override]
        self, table: Any, query: Any = None, answer: Any = None, **kwargs: Any
    ) -> BatchEncoding:
        """Several questions, tables or both; see `__call__`."""
        size = len(table) if isinstance(table, (list, tuple)) else len(query)
        tables = list(table) if isinstance(table, (list, tuple)) else [table] * size
        queries = list(query) if isinstance(query, (list, tuple)) else [query] * size
        answers = [None] * size if answer is None else list(answer)
        if not len(queries) == len(answers) == size:
            raise ValueError(
                f"{size} tables, {len(queries)} questions and {len(answers)} answers do not fit together"
            )
        options = CallOptions.read(kwargs)
        rows = zip(tables, queries, answers, strict=True)
        return self._encode_texts([self._joint(*row, options) for row in rows], options)

    def encode(  # type: ignore[override]
        self, table: Any, query: str | None = None, answer: Any = None, **kwargs: Any
    ) -> list[int]:
        """Ids of one question about one table; see `__call__`."""
        return self.encode_plus(table, query, answer, **kwargs)["input_ids"]  # type: ignore[no-any-return]

    def target_encode_plus(self, answer: str, **kwargs: Any) -> BatchEncoding:
        """One answer as a target; options as in `__call__`."""
        return self(answer=answer, **kwargs)

    def target_batch_encode_plus(self, answer: list[str], **kwargs: Any) -> BatchEncoding:
        """Several answers as targets; options as in `__call__`."""
        return self(answer=answer, **kwargs)

    def target_encode(self, answer: str, **kwargs: Any) -> list[int]:
        """Ids of one answer; options as in `__call__`."""
        return self(answer=answer, **kwargs)["input_ids"]  # type: ignore[no-any-return]

    def _joint(self, table: Any, query: str | None, answer: Any, options: CallOptions) -> str:
        _check(table, query)
        return self.prepare_table_query(table, query, answer, options.truncation, options.max_length)

    def _encode_texts(self, texts: list[str], options: CallOptions, single: bool = False) -> BatchEncoding:
        if options.truncation == TapexTruncationStrategy.DROP_ROWS_TO_FIT:
            options.truncation = TruncationStrategy.LONGEST_FIRST  # for what is too long without any row
        lowered = [text.lower() if self.do_lower_case else text for text in texts]
        return self._encode_items(lowered, options, single=single)


def _check(table: Any, query: Any) -> None:
    """Refuse what is no table and no question."""
    try:
        import pandas as pd  # type: ignore[import-not-found]
    except ImportError:
        require("pandas", "TapexTokenizer")
        raise

    tables = table if isinstance(table, (list, tuple)) else [table]
    if not tables or not all(isinstance(one, pd.DataFrame) for one in tables):
        raise ValueError(f"table must be a pandas.DataFrame or a list of them, not {type(table).__name__}")
    queries = query if isinstance(query, (list, tuple)) else [query]
    if not all(one is None or isinstance(one, str) for one in queries):
        raise ValueError(f"query must be a str or a list of them, not {query!r}")


VOCAB_FILES_NAMES = TapexTokenizer.vocab_files_names

__all__ = ["TapexTokenizer"]
