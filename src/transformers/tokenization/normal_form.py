"""Unicode normal forms in linear time.

Python's own take time by the square of a run of combining marks that are not in canonical order.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

_SHORT = 1000  # characters that may all be marks


def normal_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in a normal form, as `unicodedata.normalize` gives it."""
    if len(text) > _SHORT and not text.isascii():
        text = "".join(_in_order(text, "NFKD" if "K" in form else "NFD"))
    return unicodedata.normalize(form, text)


def _in_order(text: str, form: Literal["NFD", "NFKD"]) -> Iterator[str]:
    """The text, long runs of marks decomposed and in canonical order."""
    for marks, run in groupby(text, lambda char: unicodedata.combining(char) > 0):
        if not marks:
            yield "".join(run)
            continue
        apart = "".join(unicodedata.normalize(form, char) for char in run)
        yield "".join(sorted(apart, key=unicodedata.combining))


__all__ = ["normal_form"]
