"""Names in the order of JavaScript's `localeCompare` (ICU, English), by which the reference sorts.

Punctuation comes before digits, digits before letters; case decides last, lower before upper; an accented letter stands
next to its plain one. Names of `a-z 0-9 - . /` sort as by code point, which nearly all do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_SIMPLE = re.compile(r"[-./0-9a-z]*\Z")
_ORDER = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
_RANK = {char: rank for rank, char in enumerate(_ORDER)}

#: Primary weights (letters), secondary (accents), tertiary (case), and the text itself to settle the rest.
Weights = tuple[tuple[tuple[int, str], ...], tuple[str, ...], tuple[bool, ...], str]


@lru_cache(maxsize=4096)
def collation_key(name: str) -> Weights:
    """A key to sort by; compare only keys of this function with each other."""
    letters: list[tuple[int, str]] = []
    accents: list[str] = []
    uppers: list[bool] = []
    for char in unicodedata.normalize("NFD", name):
        if unicodedata.combining(char) and letters:
            accents[-1] += char
            continue
        letters.append((_RANK[char], "") if char in _RANK else (len(_RANK) + (not char.isspace()), char.lower()))
        accents.append("")
        uppers.append(char != char.lower())
    return tuple(letters), tuple(accents), tuple(uppers), name


def locale_sorted(names: Iterable[str]) -> list[str]:
    """The names in the order of `localeCompare`."""
    known = list(names)
    return sorted(known) if all(map(_SIMPLE.match, known)) else sorted(known, key=collation_key)
