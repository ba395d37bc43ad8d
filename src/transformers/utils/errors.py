"""Small helpers for error messages."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, options: Iterable[str]) -> str:
    """A hint that ends an error message about an unknown name.

    Args:
        name: what was given.
        options: the names that would have worked.

    Returns:
        `" Did you mean 'BertModel'?"`, with up to three candidates, or `""` when nothing is close.
    """
    import difflib

    choices = {option.lower(): option for option in options}
    close = difflib.get_close_matches(str(name).lower(), choices, n=3, cutoff=0.75)
    if not close:
        return ""
    return f" Did you mean {' or '.join(repr(choices[key]) for key in close)}?"


__all__ = ["did_you_mean"]
