"""Logging: levels, handlers, messages said once, progress bars."""

from __future__ import annotations

import io
import logging as standard
from collections.abc import Iterator

import pytest

from transformers.utils import logging


@pytest.fixture
def records() -> Iterator[io.StringIO]:
    """What the library logs, at the warning level unless a test changes it."""
    text = io.StringIO()
    handler = standard.StreamHandler(text)
    level = logging.get_verbosity()
    logging.set_verbosity_warning()
    logging.add_handler(handler)
    yield text
    logging.remove_handler(handler)
    logging.set_verbosity(level)


@pytest.mark.parametrize(
    ("function", "level"),
    [
        (logging.set_verbosity_debug, 10),
        (logging.set_verbosity_info, 20),
        (logging.set_verbosity_warning, 30),
        (logging.set_verbosity_error, 40),
    ],
)
def test_set_verbosity_sets_the_level(records: io.StringIO, function: object, level: int) -> None:
    function()  # type: ignore[operator]
    assert logging.get_verbosity() == level


def test_loggers_hang_below_the_library(records: io.StringIO) -> None:
    logger = logging.get_logger("transformers.something")
    logger.info("hidden")
    logger.warning("shown")
    assert records.getvalue() == "shown\n"
    assert logging.get_logger().name == "transformers"


@pytest.mark.parametrize(("method", "level"), [("warning_once", 30), ("info_once", 20)])
def test_once_is_once(records: io.StringIO, method: str, level: int) -> None:
    logging.set_verbosity(level)
    logger = logging.get_logger("transformers.once")
    for number in (1, 1, 2):
        getattr(logger, method)(f"{method} %s", number)
    assert records.getvalue() == f"{method} 1\n{method} 2\n"


def test_what_was_said_once_can_be_forgotten(records: io.StringIO) -> None:
    logger = logging.get_logger("transformers.again")
    for _ in range(2):
        logger.warning_once("again")  # type: ignore[attr-defined]
        logger.warning_once("again")  # type: ignore[attr-defined]
        logger.warning_once.cache_clear()  # type: ignore[attr-defined]
    assert records.getvalue() == "again\nagain\n"


def test_once_works_for_loggers_of_clients() -> None:
    assert hasattr(logging.get_logger("a_client.module"), "warning_once")


def test_advice_can_be_switched_off(records: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.get_logger("transformers.advice")
    logger.warning_advice("first")
    monkeypatch.setenv("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    logger.warning_advice("second")
    assert records.getvalue() == "first\n"


@pytest.mark.parametrize(("value", "level"), [("debug", 10), ("ERROR", 40), ("critical", 50), (None, 30)])
def test_environment_sets_the_level(monkeypatch: pytest.MonkeyPatch, value: str | None, level: int) -> None:
    if value is None:
        monkeypatch.delenv("TRANSFORMERS_VERBOSITY", raising=False)
    else:
        monkeypatch.setenv("TRANSFORMERS_VERBOSITY", value)
    assert logging._level_of_environment() == level


def test_environment_with_unknown_level_warns(records: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRANSFORMERS_VERBOSITY", "warnin")
    assert logging._level_of_environment() == 30
    assert "must be one of detail, debug" in records.getvalue()
    assert "Did you mean 'warning'?" in records.getvalue()


def test_formats_change_and_come_back(records: io.StringIO) -> None:
    logger = logging.get_logger("transformers.form")
    logging.enable_explicit_format()
    logger.warning("long")
    logging.reset_format()
    logger.warning("short")
    first, second = records.getvalue().splitlines()
    assert first.startswith("[WARNING|test_logging.py:") and first.endswith(">> long")
    assert second == "short"


def test_propagation_and_default_handler_are_switches() -> None:
    root = standard.getLogger("transformers")
    logging.enable_propagation()
    assert root.propagate
    logging.disable_propagation()
    assert not root.propagate
    count = len(root.handlers)
    logging.disable_default_handler()
    assert len(root.handlers) == count - 1
    logging.enable_default_handler()
    assert len(root.handlers) == count


def test_remove_handler_refuses_a_stranger() -> None:
    with pytest.raises(ValueError, match="is not a handler of the logger 'transformers'"):
        logging.remove_handler(standard.NullHandler())


def test_progress_bars_can_be_hidden() -> None:
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        with logging.tqdm(range(3), desc="x") as bar:
            assert list(bar) == [0, 1, 2]
            bar.set_description("y")
        assert isinstance(bar, logging.EmptyTqdm)
    finally:
        logging._set_progress(shown)


def test_capture_warnings_sends_warnings_to_the_log(records: io.StringIO) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        try:
            warnings.warn("from elsewhere", UserWarning, stacklevel=1)
        finally:
            logging.captureWarnings(False)
    assert "from elsewhere" in records.getvalue()
