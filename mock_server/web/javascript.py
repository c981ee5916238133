"""How JavaScript turns values into numbers, as it does for query parameters and dseqs, and how it prints them."""

from __future__ import annotations

import math
import re
from typing import Any

_PREFIXED = re.compile(r"^(?:0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$")
_BIGINT = re.compile(rf"^[+-]?[0-9]+$|{_PREFIXED.pattern}")
_NUMBER = re.compile(r"^[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)$")
#: Python reads and prints no number much longer. One that is cut to this length is still beyond any on chain, and that
#: is all that matters about it.
_LONGEST = 3_000
#: From here on JavaScript prints powers of ten.
_LONGHAND = 1e21


def to_number(value: Any) -> Any:
    """JavaScript's Number() of a text: blank is 0, what is no number is NaN. Other values stay as they are."""
    if not isinstance(value, str):
        return value
    stripped = value.strip()
    if not stripped:
        return 0
    if _PREFIXED.match(stripped):
        return int(stripped, 0)
    number = float(stripped) if _NUMBER.match(stripped) else math.nan
    return int(number) if number.is_integer() else number


def printed(value: float) -> float:
    """A number as JavaScript prints it: a whole one has no fraction."""
    return int(value) if value.is_integer() and abs(value) < _LONGHAND else value


def cents(usd: float) -> float:
    """Two decimals, half up as JavaScript rounds; Infinity stays."""
    return printed(math.floor(usd * 100 + 0.5) / 100 if math.isfinite(usd * 100) else usd)


def to_bigint(value: Any) -> int | None:
    """JavaScript's BigInt(): whole numbers, booleans, and text in any of its notations; None where it throws."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    if not stripped:
        return 0
    if not stripped.isascii() or not _BIGINT.match(stripped):
        return None
    stripped = stripped[:_LONGEST]
    return int(stripped, 0) if _PREFIXED.match(stripped) else int(stripped)
