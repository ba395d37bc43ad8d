"""Model inputs from ids: `tokenizer.prepare_for_model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .enums import TruncationStrategy
from .options import CallOptions, make_plan
from .padding import pad_row

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase


def prepare(
    tokenizer: PreTrainedTokenizerBase, ids: list[int], pair_ids: list[int] | None, options: CallOptions
) -> dict[str, Any]:
    """Cut, frame and fill one row.

    Args:
        tokenizer: gives the frame, the padding token and the names of inputs.
        ids: tokens of the first text.
        pair_ids: tokens of the second, or None.
        options: of the call.

    Raises:
        ValueError: overflow is asked of longest_first on two texts.
    """
    plan = make_plan(tokenizer, options)
    pair = pair_ids is not None
    framed = options.add_special_tokens
    longest_first = plan.truncation is TruncationStrategy.LONGEST_FIRST
    if options.return_overflowing_tokens and longest_first and pair:
        raise ValueError(
            "Not possible to return overflowing tokens for two texts with longest_first: "
            "use truncation='only_first' or 'only_second'"
        )
    if options.return_token_type_ids and not framed:
        raise ValueError("token types belong to framed rows: set add_special_tokens=True to get them")
    total = len(ids) + len(pair_ids or ()) + (tokenizer.num_special_tokens_to_add(pair=pair) if framed else 0)
    row: dict[str, Any] = {}
    excess = total - plan.max_length if plan.max_length is not None else 0
    if plan.truncation is not TruncationStrategy.DO_NOT_TRUNCATE and excess > 0:
        ids, pair_ids, overflow = tokenizer.truncate_sequences(
            ids, pair_ids, excess, plan.truncation, plan.stride
        )
    else:
        overflow = []
    if options.return_overflowing_tokens:
        row["overflowing_tokens"] = overflow
        row["num_truncated_tokens"] = excess
    _fill_columns(tokenizer, row, ids, pair_ids, options)
    names = tokenizer.model_input_names
    with_mask = options.return_attention_mask
    row = pad_row(tokenizer, row, plan, "attention_mask" in names if with_mask is None else with_mask)
    if options.return_length:
        row["length"] = len(row["input_ids"])
    return row


def _fill_columns(
    tokenizer: PreTrainedTokenizerBase,
    row: dict[str, Any],
    ids: list[int],
    pair_ids: list[int] | None,
    options: CallOptions,
) -> None:
    framed = options.add_special_tokens
    second = pair_ids or []
    row["input_ids"] = tokenizer.build_inputs_with_special_tokens(ids, pair_ids) if framed else ids + second
    wanted = options.return_token_type_ids
    if "token_type_ids" in tokenizer.model_input_names if wanted is None else wanted:
        row["token_type_ids"] = (
            tokenizer.create_token_type_ids_from_sequences(ids, pair_ids)
            if framed
            else [0] * len(ids) + [1] * len(second)
        )
    if options.return_special_tokens_mask:
        row["special_tokens_mask"] = (
            tokenizer.get_special_tokens_mask(ids, pair_ids) if framed else [0] * len(row["input_ids"])
        )


__all__ = ["prepare"]
