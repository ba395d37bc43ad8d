"""Keyword arguments that got another name."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from transformers.utils.deprecation import Action, deprecate_kwarg


def make(version: str = "99.0.0", new_name: str | None = "new", **options: Any) -> Any:
    @deprecate_kwarg("old", version=version, new_name=new_name, **options)
    def function(new: Any = None, **rest: Any) -> Any:
        """Gives back."""
        return new, rest

    return function


def quietly(function: Any, **given: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return function(**given)


def test_old_name_is_passed_on_with_a_warning() -> None:
    with pytest.warns(FutureWarning, match=r"`old` of function is deprecated .* 99\.0\.0\. Use `new`"):
        assert make()(old=1) == (1, {})
    assert quietly(make(), new=1) == (1, {})
    assert make().__doc__ == "Gives back."


def test_new_name_counts_where_both_are_given() -> None:
    with pytest.warns(FutureWarning, match="both `old` and `new`"):
        assert make()(old=1, new=2) == (2, {})
    with pytest.raises(ValueError, match="both `old` and `new`"):
        make(raise_if_both_names=True)(old=1, new=2)


def test_after_the_release_it_is_silent_unless_asked() -> None:
    assert quietly(make("0.0.1"), old=1) == (1, {})
    with pytest.warns(FutureWarning, match=r"was removed in version 0\.0\.1"):
        assert make("0.0.1", warn_if_greater_or_equal_version=True)(old=1) == (1, {})
    with pytest.raises(ValueError, match="was removed"):
        make("0.0.1", raise_if_greater_or_equal_version=True)(old=1)


def test_name_without_a_successor_stays() -> None:
    with pytest.warns(FutureWarning, match="see there$"):
        assert make(new_name=None, additional_message="see there")(old=1) == (None, {"old": 1})


def test_methods_are_named_with_their_class() -> None:
    class Thing:
        @deprecate_kwarg("old", version="99.0.0", new_name="new")
        def method(self, new: Any = None) -> Any:
            return new

    with pytest.warns(FutureWarning, match=r"of Thing\.method is"):
        assert Thing().method(old=3) == 3  # type: ignore[call-arg]
    assert Action("raise") is Action.RAISE
