"""Numbers, texts and sizes the way the reference implementation, a JavaScript program, reads and prints them.

Its numbers are doubles. Here an integral number is an int whose digits are the ones JavaScript prints, anything else a
float; so `1.0` is `1`, and 2^60 is 1152921504606847000.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

_SIZE = re.compile(r"([0-9.]+)([a-zA-Z])([a-zA-Z]*)\Z")
_CPU = re.compile(r"([0-9.]+)([a-zA-Z]*)\Z")
_FLOAT_PREFIX = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_INT_PREFIX = re.compile(r"\s*([-+]?[0-9]+)")
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_EXACT = 2**53


class Opaque(dict[str, Any]):
    """A JavaScript object with no keys of its own, such as a Date; `text` is what `String()` makes of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


def normal(number: float) -> int | float:
    """The one representation of a number: an int when it is integral and JavaScript prints it without exponent."""
    if isinstance(number, int) and -_EXACT <= number <= _EXACT:
        return number
    try:
        double = float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
    if not math.isfinite(double) or not double.is_integer() or abs(double) >= 1e21:
        return double
    return int(double) if abs(double) <= _EXACT else int(Decimal(repr(double)))


def number_text(number: float) -> str:
    """A number as JavaScript prints it: `1e+21`, `1e-7`, `0.1`, `NaN`, `-Infinity`."""
    value = normal(number)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    text = repr(value)
    if 1e-6 <= abs(value) < 1:
        return f"{Decimal(text):f}"
    digits, e, exponent = text.partition("e")
    return f"{digits}e{int(exponent):+}" if e else text


def text_of(value: Any) -> str:
    """What JavaScript's `String(value)` gives."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if item is None or item == [] else text_of(item) for item in _leaves(value))
    return value.text if isinstance(value, Opaque) else "[object Object]"


def _leaves(items: list[Any]) -> Iterator[Any]:
    """The items, with those of inner lists, which may be deep, in their place; an empty list stays one."""
    waiting = items[::-1]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list) and item:
            waiting += item[::-1]
        else:
            yield item


@lru_cache(maxsize=256)  # one compilation asks several times for the same few sizes
def size_bytes(text: str) -> int | float | None:
    """Bytes of a memory or storage size; None when it cannot be read.

    `512Mi` is 536870912; any letter case. Only an `i` that ends the text makes it binary, so `512Mib` is 512000000.
    A letter that is no prefix multiplies by one. May be NaN (`.Gi`), as in the reference.
    """
    match = _SIZE.match(text.lower())
    if match is None:
        return None
    digits, prefix, rest = match.groups()
    value = _leading_float(digits) * float((1024 if rest == "i" else 1000) ** _POWERS.get(prefix, 0))
    return normal(math.ceil(value)) if math.isfinite(value) else value


def cpu_millicores(units: str | float) -> int | float:
    """Thousandths of a CPU: `500m` is 500, `0.5` and `"0.5"` too; a suffix other than `m` means nothing."""
    if not isinstance(units, str):
        return normal(float(units) * 1000)
    match = _CPU.match(units.lower())
    if match is None:  # not reached: the schema has refused it
        return math.nan
    value = _leading_float(match[1])
    return normal(value if match[2] == "m" else value * 1000)


def gpu_units(units: str | float | None) -> int | float:
    """How many GPUs; text by its leading digits, NaN when there are none."""
    if units is None:
        return 0
    if not isinstance(units, str):
        return units
    match = _INT_PREFIX.match(units)
    return normal(int(match[1][:400])) if match else math.nan


def window_seconds(text: str) -> int:
    """Seconds of a reclamation window such as `24h`, wrapped to 64 bits with sign as the reference wraps them."""
    seconds = float(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]
    return (int(seconds) + 2**63) % 2**64 - 2**63 if math.isfinite(seconds) else 0


def _leading_float(digits: str) -> float:
    """`parseFloat` of a text of digits and dots: `1.2.3` is 1.2, `.` is NaN."""
    match = _FLOAT_PREFIX.match(digits)
    return float(match[0]) if match else math.nan
