"""The value of a YAML scalar by the rules of js-yaml 4.1.1: YAML 1.2 words, and numbers with its own latitude."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from akash_nb.sdl.units import Opaque, normal

_TAG = "tag:yaml.org,2002:"
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = re.compile(r"([-+]?)(?:0b([01_]+)|0x([0-9a-fA-F_]+)|0o([0-7_]+)|([0-9][0-9_]*))\Z")
_FLOAT = re.compile(
    r"(?:[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_TIME = re.compile(
    r"([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|([-+])([0-9][0-9]?)(?::([0-9][0-9]))?))?\Z"
)
_UNRESOLVED = object()


class ScalarError(ValueError):
    """The tag is not known, or the text is not of its type."""


def plain(text: str) -> Any:
    """The value of a plain scalar without tag."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return int(text)
    for resolve in (_integer, _float, _timestamp):
        value = resolve(text)
        if value is not _UNRESOLVED:
            return value
    return text


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with an explicit tag.

    Raises:
        ScalarError: The tag is not known, or the text is not of its type.
    """
    resolve = _RESOLVERS.get(tag)
    if resolve is None:
        known = tag in (_TAG + "map", _TAG + "seq", _TAG + "set", _TAG + "omap", _TAG + "pairs")
        raise ScalarError(f"cannot resolve a node with !<{tag}> explicit tag" if known else f"unknown tag !<{tag}>")
    value = resolve(text)
    if value is _UNRESOLVED:
        raise ScalarError(f"cannot resolve a node with !<{tag}> explicit tag")
    return value


def _word(*values: bool | None) -> Callable[[str], Any]:
    return lambda text: _WORDS[text] if text in _WORDS and _WORDS[text] in values else _UNRESOLVED


def _integer(text: str) -> Any:
    match = _INT.match(text)
    if match is None or text[-1] == "_":
        return _UNRESOLVED
    sign, *forms = match.groups()
    digits, base = next((form, base) for form, base in zip(forms, (2, 16, 8, 10), strict=True) if form is not None)
    # 400 digits are beyond the range of a double in base 10, and int() refuses texts of thousands
    digits = digits.replace("_", "").lstrip("0") or "0"
    value = math.inf if base == 10 and len(digits) > 400 else normal(int(digits, base))
    return -value if sign == "-" else value


def _float(text: str) -> Any:
    if text[-1:] == "_" or not _FLOAT.match(text):
        return _UNRESOLVED
    digits = text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")
    # "._" is a float to the reference's pattern and not a number to its reader
    return normal(float(digits)) if digits != "." else math.nan


def _timestamp(text: str) -> Any:
    if text[4:5] != "-":
        return _UNRESOLVED
    if match := _DATE.match(text):
        year, month, day = map(int, match.groups())
        return _date(year, month, day, 0)
    match = _TIME.match(text)
    if match is None:
        return _UNRESOLVED
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    sign, off_hours, off_minutes = match.groups()[6:]
    offset = (int(off_hours) * 3600 + int(off_minutes or 0) * 60) * (-1 if sign == "-" else 1) if sign else 0
    return _date(year, month, day, hour * 3600 + minute * 60 + second - offset)


def _date(year: int, month: int, day: int, seconds: int) -> Opaque:
    """A Date as its text in UTC; months and days beyond their range run over, years below 100 count from 1900."""
    year = year + 1900 if year < 100 else year
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    try:
        date = datetime(year, month, 1, tzinfo=UTC) + timedelta(days=day - 1, seconds=seconds)
    except (OverflowError, ValueError):  # beyond year 9999, where no SDL has business
        return Opaque("Invalid Date")
    return Opaque(f"{date:%a %b %d} {date.year:04d} {date:%H:%M:%S} GMT+0000 (Coordinated Universal Time)")


def _binary(text: str) -> Any:
    digits = re.sub(r"[\r\n]", "", text)
    try:
        return Opaque(",".join(str(byte) for byte in base64.b64decode(digits, validate=True)))
    except (binascii.Error, ValueError):
        return _UNRESOLVED


_RESOLVERS: dict[str, Callable[[str], Any]] = {
    _TAG + "str": lambda text: text,
    _TAG + "null": _word(None),
    _TAG + "bool": _word(True, False),
    _TAG + "int": _integer,
    _TAG + "float": _float,
    _TAG + "timestamp": _timestamp,
    _TAG + "binary": _binary,
    _TAG + "merge": lambda text: text if text == "<<" else _UNRESOLVED,
}
