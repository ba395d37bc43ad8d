"""Filling rows that are ids already: `tokenizer.pad`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..utils.tensors import framework_of
from .arrays import to_lists
from .batch_encoding import BatchEncoding
from .enums import PaddingStrategy
from .options import CallOptions, Plan, make_plan

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase

Row = dict[str, Any]


def pad_batch(tokenizer: PreTrainedTokenizerBase, inputs: Any, options: CallOptions) -> BatchEncoding:
    """Rows of equal length.

    Args:
        tokenizer: gives the padding token, the side and the names of inputs.
        inputs: one mapping (of a row or of a batch), or a list of mappings, one a row.
        options: padding, length and what to return.

    Raises:
        ValueError: the ids are missing.
        TypeError: `inputs` is no mapping and no list of mappings.
    """
    columns = _columns(inputs)
    main = tokenizer.model_input_names[0]
    if main not in columns:
        raise ValueError(f"pad needs {main} in what it is given, which has {list(columns) or 'nothing'}")
    with_mask = options.return_attention_mask
    if with_mask is None:
        with_mask = "attention_mask" in tokenizer.model_input_names
    ids = columns[main]
    if ids is None or (hasattr(ids, "__len__") and len(ids) == 0):
        if with_mask:
            columns["attention_mask"] = []
        return BatchEncoding(columns, tensor_type=options.return_tensors)
    kind = options.return_tensors or _framework(ids)
    columns = {name: to_lists(value) for name, value in columns.items()}
    plan = make_plan(tokenizer, options)
    if not isinstance(columns[main][0], list):
        return BatchEncoding(pad_row(tokenizer, columns, plan, with_mask), tensor_type=kind)
    size = len(columns[main])
    for name, column in columns.items():
        if not isinstance(column, list) or len(column) != size:
            raise ValueError(f"{main} has {size} rows, so {name} needs as many")
    if plan.padding is PaddingStrategy.LONGEST:
        longest = max(len(row) for row in columns[main])
        plan = plan._replace(padding=PaddingStrategy.MAX_LENGTH, max_length=longest)
    rows = [
        pad_row(tokenizer, {name: column[i] for name, column in columns.items()}, plan, with_mask)
        for i in range(size)
    ]
    return BatchEncoding({name: [row[name] for row in rows] for name in rows[0]}, tensor_type=kind)


def _columns(inputs: Any) -> Row:
    if isinstance(inputs, Mapping):
        return dict(inputs)
    if isinstance(inputs, Sequence) and all(isinstance(row, Mapping) for row in inputs):
        if not inputs:
            return {}
        names = list(inputs[0])
        for number, row in enumerate(inputs):
            if set(row) != set(names):
                raise ValueError(
                    f"row {number} has the inputs {list(row)}, row 0 has {names}: they must agree"
                )
        return {name: [row[name] for row in inputs] for name in names}
    raise TypeError(f"pad takes a mapping of inputs or a list of mappings, not {type(inputs).__name__}")


def _framework(ids: Any) -> str | None:
    while isinstance(ids, (list, tuple)) and ids:
        ids = ids[0]
    return framework_of(ids)


def pad_row(tokenizer: PreTrainedTokenizerBase, row: Row, plan: Plan, with_mask: bool) -> Row:
    """`row` filled to the plan's length: ids with padding, masks with 0, special_tokens_mask with 1."""
    main = tokenizer.model_input_names[0]
    ids = row[main]
    row = dict(row)
    if with_mask and "attention_mask" not in row:
        row["attention_mask"] = [1] * len(ids)
    if plan.padding is PaddingStrategy.DO_NOT_PAD:
        return row
    length = len(ids) if plan.padding is PaddingStrategy.LONGEST else (plan.max_length or len(ids))
    if plan.pad_to_multiple_of:
        length = -(-length // plan.pad_to_multiple_of) * plan.pad_to_multiple_of
    missing = length - len(ids)
    if missing <= 0:
        return row
    fill = {
        main: tokenizer.pad_token_id,
        "attention_mask": 0,
        "token_type_ids": tokenizer.pad_token_type_id,
        "special_tokens_mask": 1,
    }
    for name, value in fill.items():
        if name in row:
            extra = [value] * missing
            row[name] = extra + list(row[name]) if plan.padding_side == "left" else list(row[name]) + extra
    return row


__all__ = ["pad_batch", "pad_row"]
