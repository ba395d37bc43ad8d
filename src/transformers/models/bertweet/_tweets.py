"""Tweets into words: links, phone numbers, faces, tags, names, and what is left.

The rules are those of NLTK's tokenizer for tweets (Christopher Potts), which BERTweet was trained behind.
They run in the Rust library's regular expressions, over classes of characters that are spelt out.
"""

from __future__ import annotations

import html.entities
import re
from functools import cache
from typing import Any

from tokenizers import Regex, pre_tokenizers

# Letters that fold to ASCII ones: dotted I, long s, the Kelvin sign.
_A = r"A-Za-z\u0130\u017F\u212A"
_WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D"
_LETTER = rf"{_WORD}&&[^\p{{Nd}}_]"
_DIGIT = r"\p{Nd}"
# Runs that several rules look through, each from its own start, are looked through so far: else time grows
# with their squares. Names of hosts and of people have at most 255 characters.
_RUN = "{1,255}"
_TLD = rf"[{_A}]{{2,13}}"
# Brackets in a link close: with one more pair inside, or none.
_NESTED = r"\([^\s()]*?\([^\s()]+\)[^\s()]*?\)"
_PLAIN = r"\([^\s]+?\)"
_NO_END = "\\s`!()\\[\\]{};:'\".,<>?«»“”‘’"
_LINK_START = rf"(?:[Hh][Tt][Tt][Pp][Ss\u017F]?:(?:/{{1,3}}|[{_A}0-9%])|[{_A}0-9.\-]{_RUN}[.]{_TLD}/)"
_LINK_INSIDE = rf"(?:[^\s()<>{{}}\[\]]|{_NESTED}|{_PLAIN})+"
_LINK_END = rf"(?:{_NESTED}|{_PLAIN}|[^{_NO_END}])"
# The end of a word, as a place.
_EDGE = rf"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_DOMAIN = rf"(?<!@)[{_A}0-9]{_RUN}(?:[.\-][{_A}0-9]{{1,63}}){{0,127}}[.]{_TLD}{_EDGE}/?(?!@)"
_BETWEEN = r"[ *\-.\)]*"
_PHONE = rf"(?:\+?[01]{_BETWEEN})?(?:\(?{_DIGIT}{{3}}{_BETWEEN})?{_DIGIT}{{3}}{_BETWEEN}{_DIGIT}{{4}}"
_EYES, _NOSE, _MOUTH = "[:;=8]", r"[\-oO*']?", r"[)\](\[dDpP/:}{@|\\]"
_FACE = f"[<>]?{_EYES}{_NOSE}{_MOUTH}|{_MOUTH}{_NOSE}{_EYES}[<>]?|<3"
_KINDS = (
    _LINK_START + _LINK_INSIDE + _LINK_END,
    _DOMAIN,
    _PHONE,
    _FACE,
    r"<[^>\s]{1,512}>",  # a tag
    r"\-+>|<\-+",  # an arrow
    rf"@[{_WORD}]+",
    rf"#+[{_WORD}]+[{_WORD}'\-]*[{_WORD}]+",
    rf"[{_WORD}.+\-]{_RUN}@[{_WORD}\-]+\.(?:[{_WORD}\-]\.?)+[{_WORD}\-]",  # an address
    rf"[{_LETTER}](?:[{_LETTER}]|['\-_])+[{_LETTER}]",
    rf"[+\-]?{_DIGIT}+[,/.:\-]{_DIGIT}+[+\-]?",
    rf"[{_WORD}]+",
    r"\.(?:\s*\.)+",
    r"\S",
)
_REPEATED = re.compile(r"([^a-zA-Z0-9])\1{3,}")
_ENTITY = re.compile(r"&(#?(x?))([^&;\s\x1c-\x1f]+);")


@cache
def _cutter() -> Any:
    return pre_tokenizers.Split(Regex("|".join(f"(?:{kind})" for kind in _KINDS)), "removed", invert=True)


def without_entities(text: str) -> str:
    """Text with the characters that HTML's names and numbers stand for; unknown ones go."""
    return _ENTITY.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    marked, hexadecimal, body = match.groups()
    try:
        if not marked:
            return chr(html.entities.name2codepoint[body])
        number = int(body, 16 if hexadecimal else 10)
        # Browsers read these as Windows does.
        return bytes([number]).decode("cp1252") if 0x80 <= number <= 0x9F else chr(number)
    except (KeyError, ValueError, OverflowError):
        return ""


def tweet_words(text: str) -> list[str]:
    """Words of a tweet; a sign that comes more than three times in a row is cut to three."""
    plain = _REPEATED.sub(r"\1\1\1", without_entities(text))
    from ...tokenization.engine_file import panics_are_errors

    with panics_are_errors("this tweet cannot be cut into words"):
        return [word for word, _ in _cutter().pre_tokenize_str(plain)]


__all__ = ["tweet_words", "without_entities"]
