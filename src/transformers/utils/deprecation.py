"""Keyword arguments that got another name."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .generic import ExplicitEnum

F = TypeVar("F", bound=Callable[..., Any])


class Action(ExplicitEnum):
    """What happens when an old name is used."""

    NONE = "none"
    NOTIFY = "notify"
    NOTIFY_ALWAYS = "notify_always"
    RAISE = "raise"


@dataclass(frozen=True)
class _Rule:
    """The arguments of `deprecate_kwarg`."""

    old: str
    version: str
    new: str | None
    strict_both: bool
    strict_later: bool
    warn_later: bool

    def judge(self, where: str, kwargs: dict[str, Any]) -> tuple[Action, str]:
        """What to do about a use of the old name, and what to say."""
        if self.new is not None and kwargs.get(self.new) is not None and kwargs[self.old] is not None:
            action = Action.RAISE if self.strict_both else Action.NOTIFY
            return action, f"{where} got both `{self.old}` and `{self.new}`, of which the second counts."
        from packaging.version import Version

        from .. import __version__

        gone = Version(__version__) >= Version(self.version)
        state = "was removed" if gone else "is deprecated and will be removed"
        message = f"`{self.old}` of {where} {state} in version {self.version}."
        if self.new is not None:
            message += f" Use `{self.new}` instead."
        if gone and self.strict_later:
            return Action.RAISE, message
        return Action.NONE if gone and not self.warn_later else Action.NOTIFY, message


def deprecate_kwarg(
    old_name: str,
    version: str,
    new_name: str | None = None,
    warn_if_greater_or_equal_version: bool = False,
    raise_if_greater_or_equal_version: bool = False,
    raise_if_both_names: bool = False,
    additional_message: str | None = None,
) -> Callable[[F], F]:
    """Decorator: a keyword by its old name is passed on by its new one, with a FutureWarning.

    Args:
        old_name: the old name.
        version: the release without it; from then on there is no warning unless the next two ask for one.
        new_name: the name now; None: there is none, and the keyword is passed on as it is.
        warn_if_greater_or_equal_version: warn from that release on too.
        raise_if_greater_or_equal_version: raise from that release on.
        raise_if_both_names: raise where both names are given; otherwise the new one counts, with a warning.
        additional_message: an end for the message.

    Raises:
        ValueError: the decorated function, where it is asked to raise.
    """

    later = raise_if_greater_or_equal_version, warn_if_greater_or_equal_version
    rule = _Rule(old_name, version, new_name, raise_if_both_names, *later)

    def decorate(function: F) -> F:
        names = list(inspect.signature(function).parameters)
        of_method = bool(names) and names[0] in ("self", "cls")

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if old_name not in kwargs:
                return function(*args, **kwargs)
            where = function.__name__
            if of_method and args:
                kind = args[0] if isinstance(args[0], type) else type(args[0])
                where = f"{kind.__name__}.{where}"
            action, message = rule.judge(where, kwargs)
            if additional_message is not None:
                message = f"{message} {additional_message}"
            if action is Action.RAISE:
                raise ValueError(message)
            if action is not Action.NONE:
                warnings.warn(message, FutureWarning, stacklevel=2)
            if new_name is not None:
                kwargs.setdefault(new_name, kwargs.pop(old_name))
                kwargs.pop(old_name, None)
            return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    return decorate


__all__ = ["Action", "deprecate_kwarg"]
