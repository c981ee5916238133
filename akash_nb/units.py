"""Sizes and durations for people: CPU in millicores, memory and storage in bytes, time in seconds."""

from __future__ import annotations

import re
from decimal import Decimal

from akash_nb.money import plain, to_decimal

_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_DURATIONS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SECONDS = {unit: size for size, unit in _DURATIONS} | {"m": 60}
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(d|h|min|m|s)\s*")


def format_cpu(millicores: Decimal | int | float) -> str:
    """CPU for people: 500 -> `0.5 CPU`, 16000 -> `16 CPU`."""
    return f"{plain(Decimal(str(millicores)) / 1000)} CPU"


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 lease`, `2 leases`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def format_bytes(size: int | float) -> str:
    """Bytes in binary units with at most two decimals: 536870912 -> `512 MiB`."""
    value = float(size)
    for unit in _BINARY[:-1]:
        if abs(value) < 1024:
            return f"{value:.2f}".rstrip("0").rstrip(".") + f" {unit}"
        value /= 1024
    return f"{value:.2f}".rstrip("0").rstrip(".") + f" {_BINARY[-1]}"


def format_duration(seconds: Decimal | float | None) -> str:
    """A duration in its two largest units: 30500 -> `8 h 28 min`, 5 -> `5 s`, None -> `–`."""
    if seconds is None:
        return "–"
    rest = max(0, int(seconds))
    parts = []
    for size, unit in _DURATIONS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:,} {unit}")
        if len(parts) == 2 or (parts and not count):
            break
    return " ".join(parts) or "0 s"


def parse_duration(value: Decimal | float | str) -> Decimal:
    """Seconds from a number of them or from text such as `4h`, `90 min` or `1 d 12 h`.

    Raises:
        ValueError: It is neither.
    """
    if not isinstance(value, str):
        return to_decimal(value)
    parts = _DURATION_PART.findall(value)
    if not parts or _DURATION_PART.sub("", value.strip()):
        raise ValueError(f"{value!r} is no duration")
    return sum((Decimal(count) * _SECONDS[unit] for count, unit in parts), Decimal(0))
