"""Logging of the library: the standard library's, below the logger "transformers", plus progress bars.

The level comes from TRANSFORMERS_VERBOSITY: detail, debug, info, warning (the default), error or critical.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
from collections.abc import Iterator
from logging import CRITICAL, DEBUG, ERROR, FATAL, INFO, NOTSET, WARN, WARNING
from typing import Any, cast

from . import environment
from .errors import did_you_mean

ROOT = __name__.partition(".")[0]
log_levels = {
    "detail": DEBUG,
    "debug": DEBUG,
    "info": INFO,
    "warning": WARNING,
    "error": ERROR,
    "critical": CRITICAL,
}

_lock = threading.RLock()
_handler: logging.Handler | None = None
_progress = not environment.flag("HF_HUB_DISABLE_PROGRESS_BARS")


@functools.cache
def _seen(*key: Any) -> list[None]:
    return []


class Logger(logging.Logger):
    """A standard logger with the three extra methods that code of this field calls."""

    def warning_once(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Warn the first time that this message with these arguments is met in the process."""
        if _first(self.name, WARNING, message, *map(str, args)):
            self.warning(message, *args, **_level_up(kwargs))

    def info_once(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Inform the first time that this message with these arguments is met in the process."""
        if _first(self.name, INFO, message, *map(str, args)):
            self.info(message, *args, **_level_up(kwargs))

    warning_once.cache_clear = info_once.cache_clear = _seen.cache_clear  # type: ignore[attr-defined]

    def warning_advice(self, message: str, *args: Any, **kwargs: Any) -> None:
        """Warn, unless TRANSFORMERS_NO_ADVISORY_WARNINGS is set."""
        if not environment.flag("TRANSFORMERS_NO_ADVISORY_WARNINGS"):
            self.warning(message, *args, **_level_up(kwargs))


def _first(*key: Any) -> bool:
    visits = _seen(*key)
    visits.append(None)
    return len(visits) == 1


def _level_up(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Let the record name the caller's line, not the line here."""
    return {**kwargs, "stacklevel": kwargs.get("stacklevel", 1) + 1}


def _root() -> logging.Logger:
    """The library's root logger, configured on first use."""
    global _handler
    root = logging.getLogger(ROOT)
    with _lock:
        if _handler is None:
            _handler = logging.StreamHandler(_Stderr())
            root.addHandler(_handler)
            root.propagate = False
            root.setLevel(_level_of_environment())
    return root


class _Stderr:
    """Whatever `sys.stderr` is at the moment of writing (tests and notebooks replace it)."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text) if sys.stderr is not None else 0

    def flush(self) -> None:
        if sys.stderr is not None:
            sys.stderr.flush()


def _level_of_environment() -> int:
    value = environment.text("TRANSFORMERS_VERBOSITY")
    if value is None:
        return WARNING
    if value.lower() not in log_levels:
        logging.getLogger(ROOT).warning(
            f"TRANSFORMERS_VERBOSITY is {value!r}, which must be one of {', '.join(log_levels)}."
            f"{did_you_mean(value, log_levels)}"
        )
    return log_levels.get(value.lower(), WARNING)


def get_log_levels_dict() -> dict[str, int]:
    """Names of the levels and their numbers."""
    return log_levels


def get_logger(name: str | None = None) -> Logger:
    """The logger `name`, by default the library's root, with `warning_once` and its kin."""
    root = _root()
    logger = root if name is None else logging.getLogger(name)
    if type(logger) is logging.Logger:
        logger.__class__ = Logger
    return cast(Logger, logger)


def get_verbosity() -> int:
    """Level of the library's root logger, such as `logging.WARNING` (30)."""
    return _root().getEffectiveLevel()


def set_verbosity(verbosity: int) -> None:
    """Set the level of the library's root logger, such as `logging.INFO` (20)."""
    _root().setLevel(verbosity)


def set_verbosity_debug() -> None:
    """Show everything."""
    set_verbosity(DEBUG)


def set_verbosity_info() -> None:
    """Show information and above."""
    set_verbosity(INFO)


def set_verbosity_warning() -> None:
    """Show warnings and above, as by default."""
    set_verbosity(WARNING)


def set_verbosity_error() -> None:
    """Show errors only."""
    set_verbosity(ERROR)


def enable_default_handler() -> None:
    """Write the library's records to standard error (as by default)."""
    root = _root()
    if _handler is not None:
        root.addHandler(_handler)


def disable_default_handler() -> None:
    """Stop writing the library's records to standard error; handlers of your own stay."""
    root = _root()
    if _handler is not None:
        root.removeHandler(_handler)


def add_handler(handler: logging.Handler) -> None:
    """Add a handler to the library's root logger."""
    _root().addHandler(handler)


def remove_handler(handler: logging.Handler) -> None:
    """Remove a handler from the library's root logger.

    Raises:
        ValueError: it was never added.
    """
    root = _root()
    if handler not in root.handlers:
        raise ValueError(
            f"{handler!r} is not a handler of the logger {ROOT!r}; add it first with add_handler"
        )
    root.removeHandler(handler)


def enable_propagation() -> None:
    """Pass the library's records on to the process's root logger; combine with `disable_default_handler`."""
    _root().propagate = True


def disable_propagation() -> None:
    """Keep the library's records from the root logger of the process (as by default)."""
    _root().propagate = False


def enable_explicit_format() -> None:
    """Show level, file, line and time with every record."""
    form = logging.Formatter("[%(levelname)s|%(filename)s:%(lineno)s] %(asctime)s >> %(message)s")
    for handler in _root().handlers:
        handler.setFormatter(form)


def reset_format() -> None:
    """Show the message alone (as by default)."""
    for handler in _root().handlers:
        handler.setFormatter(None)


def captureWarnings(capture: bool) -> None:
    """Send Python warnings (`warnings.warn`) through the library's handlers, or stop doing so."""
    target = logging.getLogger("py.warnings")
    root = _root()
    for handler in root.handlers:
        (target.addHandler if capture else target.removeHandler)(handler)
    target.setLevel(root.level)
    logging.captureWarnings(capture)


class EmptyTqdm:
    """A progress bar that shows nothing: iterates, and swallows every method."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._items = args[0] if args else kwargs.get("iterable", ())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None

    def __enter__(self) -> EmptyTqdm:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def tqdm(*args: Any, **kwargs: Any) -> Any:
    """A progress bar with the arguments of `tqdm.auto.tqdm`; an `EmptyTqdm` while bars are disabled."""
    if not _progress:
        return EmptyTqdm(*args, **kwargs)
    from tqdm.auto import tqdm as bar

    return bar(*args, **kwargs)


def is_progress_bar_enabled() -> bool:
    """Whether `tqdm` of this module shows anything."""
    return _progress


def enable_progress_bar() -> None:
    """Show progress bars (as by default)."""
    _set_progress(True)


def disable_progress_bar() -> None:
    """Hide progress bars, those of a loaded `huggingface_hub` too."""
    _set_progress(False)


def _set_progress(shown: bool) -> None:
    global _progress
    _progress = shown
    if (hub := sys.modules.get("huggingface_hub.utils")) is not None:
        getattr(hub, "enable_progress_bars" if shown else "disable_progress_bars")()


__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "FATAL",
    "INFO",
    "NOTSET",
    "WARN",
    "WARNING",
    "EmptyTqdm",
    "Logger",
    "add_handler",
    "captureWarnings",
    "disable_default_handler",
    "disable_progress_bar",
    "disable_propagation",
    "enable_default_handler",
    "enable_explicit_format",
    "enable_progress_bar",
    "enable_propagation",
    "get_log_levels_dict",
    "get_logger",
    "get_verbosity",
    "is_progress_bar_enabled",
    "log_levels",
    "remove_handler",
    "reset_format",
    "set_verbosity",
    "set_verbosity_debug",
    "set_verbosity_error",
    "set_verbosity_info",
    "set_verbosity_warning",
    "tqdm",
]
