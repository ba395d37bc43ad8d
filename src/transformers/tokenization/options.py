"""The keyword arguments of a tokenizer call, read in one place and resolved into a plan."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from ..utils import logging
from ..utils.errors import did_you_mean
from .arrays import tensor_type
from .enums import PaddingStrategy, TensorType, TruncationStrategy

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase

logger = logging.get_logger(__name__)

# "No limit" in published files; anything above LARGE counts as such.
VERY_LARGE_INTEGER = int(1e30)
LARGE_INTEGER = int(1e20)


class Plan(NamedTuple):
    """How rows are cut and filled; `max_length` counts tokens, special ones included."""

    padding: PaddingStrategy = PaddingStrategy.DO_NOT_PAD
    truncation: TruncationStrategy = TruncationStrategy.DO_NOT_TRUNCATE
    max_length: int | None = None
    stride: int = 0
    pad_to_multiple_of: int | None = None
    padding_side: str = "right"


@dataclass(slots=True)
class CallOptions:
    """Every option of a call with its published default; `extra` holds what only a Python tokenizer knows."""

    add_special_tokens: bool = True
    padding: bool | str | PaddingStrategy = False
    truncation: bool | str | TruncationStrategy | None = None
    max_length: int | None = None
    stride: int = 0
    is_split_into_words: bool = False
    pad_to_multiple_of: int | None = None
    padding_side: str | None = None
    return_tensors: str | TensorType | None = None
    return_token_type_ids: bool | None = None
    return_attention_mask: bool | None = None
    return_overflowing_tokens: bool = False
    return_special_tokens_mask: bool = False
    return_offsets_mapping: bool = False
    return_length: bool = False
    split_special_tokens: bool | None = None
    verbose: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, options: dict[str, Any]) -> CallOptions:
        """Options from keyword arguments; older spellings are understood."""
        if not _NAMES.issuperset(options):
            options = given = dict(options)
            if given.pop("pad_to_max_length", False) and not given.get("padding"):
                given["padding"] = "max_length" if given.get("max_length") else True
            older = given.pop("truncation_strategy", None)
            if older is not None and not given.get("truncation"):
                given["truncation"] = older
            given["extra"] = {name: given.pop(name) for name in list(given) if name not in _NAMES}
        read = cls(**options)
        if read.return_tensors is not None:
            read.return_tensors = tensor_type(read.return_tensors)
        return read

    def refuse_extra(self, who: str) -> None:
        """Raise TypeError if something unknown was given."""
        for name in self.extra:
            hint = did_you_mean(name, _NAMES)
            raise TypeError(f"{who} got an unexpected keyword argument {name!r}.{hint}")


_NAMES = frozenset(option.name for option in fields(CallOptions)) - {"extra"}


def padding_strategy(padding: bool | str | PaddingStrategy) -> PaddingStrategy:
    """True means the longest row of the batch, False (or None) no padding."""
    if isinstance(padding, str):
        return PaddingStrategy(padding)
    return PaddingStrategy.LONGEST if padding else PaddingStrategy.DO_NOT_PAD


def truncation_strategy(truncation: bool | str | TruncationStrategy | None) -> TruncationStrategy:
    """True means longest_first, False (or None) no truncation."""
    if isinstance(truncation, str):
        return TruncationStrategy(truncation)
    return TruncationStrategy.LONGEST_FIRST if truncation else TruncationStrategy.DO_NOT_TRUNCATE


def make_plan(tokenizer: PreTrainedTokenizerBase, options: CallOptions) -> Plan:
    """Resolve padding and truncation against the tokenizer's own limits.

    Raises:
        ValueError: padding without a padding token, an unknown strategy or side, or a length to cut to that
            is no multiple of `pad_to_multiple_of`.
    """
    side = options.padding_side or tokenizer.padding_side
    if side not in ("left", "right"):
        raise ValueError(f"padding_side must be 'left' or 'right', not {side!r}")
    padding = padding_strategy(options.padding)
    truncation = truncation_strategy(options.truncation)
    max_length = options.max_length
    if max_length is not None and options.truncation is None and padding is PaddingStrategy.DO_NOT_PAD:
        logger.warning_once(
            "max_length is given without truncation: cutting with truncation='longest_first'. "
            "Say truncation=True, or truncation=False to keep whole texts."
        )
        truncation = TruncationStrategy.LONGEST_FIRST
    uncut = truncation is TruncationStrategy.DO_NOT_TRUNCATE
    if max_length is not None and options.verbose and uncut and padding is PaddingStrategy.LONGEST:
        logger.warning_once(
            "padding=True without truncation makes max_length idle; padding='max_length' would fill up to it."
        )
    if max_length is None:
        limit = tokenizer.model_max_length if tokenizer.model_max_length <= LARGE_INTEGER else None
        if padding is PaddingStrategy.MAX_LENGTH:
            padding = padding if limit is not None else _without(PaddingStrategy.DO_NOT_PAD, "pad", options)
            max_length = limit
        if truncation is not TruncationStrategy.DO_NOT_TRUNCATE:
            none = TruncationStrategy.DO_NOT_TRUNCATE
            truncation = truncation if limit is not None else _without(none, "truncate", options)
            max_length = limit
    if padding is not PaddingStrategy.DO_NOT_PAD:
        _check_padding(tokenizer, truncation, max_length, options.pad_to_multiple_of)
    return Plan(padding, truncation, max_length, options.stride, options.pad_to_multiple_of, side)


def _without(strategy: Any, verb: str, options: CallOptions) -> Any:
    if options.verbose:
        logger.warning_once(
            "Asked to %s to a maximum length, but neither the call (max_length) nor the tokenizer "
            "(model_max_length) gives one: left out.",
            verb,
        )
    return strategy


def _check_padding(
    tokenizer: PreTrainedTokenizerBase,
    truncation: TruncationStrategy,
    max_length: int | None,
    multiple: int | None,
) -> None:
    if tokenizer.pad_token is None or (tokenizer.pad_token_id or 0) < 0:
        raise ValueError(
            "Asking to pad, but there is no padding token: name one of the tokenizer's tokens, "
            "`tokenizer.pad_token = tokenizer.eos_token`, or give it a new one with `add_special_tokens` and "
            "resize the model's embeddings"
        )
    cut = truncation is not TruncationStrategy.DO_NOT_TRUNCATE
    if cut and multiple is not None and max_length is not None and max_length % multiple:
        raise ValueError(
            f"max_length ({max_length}) must be a multiple of pad_to_multiple_of ({multiple}) "
            "when rows are both cut and padded"
        )


__all__ = ["LARGE_INTEGER", "VERY_LARGE_INTEGER", "CallOptions", "Plan", "make_plan"]
