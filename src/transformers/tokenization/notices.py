"""What a tokenizer says of oddities: a text too long, files of another class, an option that is a method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..utils import logging

if TYPE_CHECKING:
    from .base import PreTrainedTokenizerBase

logger = logging.get_logger(__name__)
_LONG = "sequence-length-is-longer-than-the-specified-maximum"


class NoList(ValueError, AssertionError):
    """One token stands where a list is due; callers wait for either of the two."""


def long_text(tokenizer: PreTrainedTokenizerBase, length: int) -> None:
    """Warn, once a tokenizer, that a row has more tokens than the model takes.

    Args:
        tokenizer: notes in `deprecation_warnings` what it has said; whoever empties that hears it again.
        length: tokens of the longest row.
    """
    if not tokenizer.deprecation_warnings.get(_LONG):
        tokenizer.deprecation_warnings[_LONG] = True
        logger.warning(
            "A text has %s tokens, more than the %s that this model takes; cut it with truncation=True",
            length,
            tokenizer.model_max_length,
        )


def refuse_methods(cls: type, options: dict[str, Any]) -> None:
    """Options of a tokenizer must not be called like its methods: they would have no effect.

    Raises:
        AttributeError: one is.
    """
    for name in options:
        if callable(getattr(cls, name, None)):
            raise AttributeError(
                f"the option {name} conflicts with the method {cls.__name__}.{name}: "
                "give it to the call, or name it otherwise"
            )


def other_class(cls: type, named: Any) -> None:
    """Warn where the files name a tokenizer class that is no kin of the one that reads them.

    Args:
        cls: the class that reads.
        named: `tokenizer_class` of the files.
    """
    from ..models.auto.tokenization_auto import tokenizer_class_from_name

    if not isinstance(named, str) or named.removesuffix("Fast") == cls.__name__.removesuffix("Fast"):
        return
    found = tokenizer_class_from_name(named)
    if found is not None and not (issubclass(cls, found) or issubclass(found, cls)):
        logger.warning(
            "These files are of a %s, which is not the same type as %s: texts may be cut in another way",
            named,
            cls.__name__,
        )


__all__ = ["NoList", "long_text", "other_class", "refuse_methods"]
