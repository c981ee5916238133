"""What a column holds: its name in words, how its numbers are written, and whether people want less or more of it.

Frames of this package say the latter in their table; of other frames, and of columns that people add, the name tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

import pandas as pd

from akash_nb.charts.ticks import decimals, ticks
from akash_nb.frames.table import table_of
from akash_nb.money import format_usd, format_usd_column, plain
from akash_nb.units import format_bytes, format_duration

Kind = Literal["usd", "share", "seconds", "bytes", "time", "number"]
Better = Literal["", "low", "high"]

_WORDS = {"cpu": "CPU", "vcpu": "vCPU", "gpu": "GPU", "gpus": "GPUs", "gb": "GB", "usd": "USD", "id": "ID"}
_WORDS |= {"aws": "AWS", "gcp": "GCP", "azure": "Azure", "akt": "AKT", "act": "ACT", "sdl": "SDL", "gseq": "group"}
_PERIODS = {"hour": "/h", "month": "/month", "day": "/day"}
_DOLLARS = re.compile(r"(?:(?P<whose>.+)_)?usd(?:_(?P<rest>.+))?")
_UPTIME = re.compile(r"uptime_(\d+)d")

#: What ticks of a kind may be counted in, largest first.
_UNITS: dict[Kind, tuple[tuple[float, str], ...]] = {
    "seconds": ((86_400, "d"), (3_600, "h"), (60, "min")),
    "bytes": ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")),
    "time": ((86_400, "%m-%d"), (3_600, "%H:%M"), (60, "%H:%M")),
}


#: Zero is near enough to be on an axis whose points are looked at one by one.
NEAR = 0.2


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers from `low` to `high`, with ticks in it and their texts."""

    low: float
    high: float
    ticks: tuple[float, ...]
    texts: tuple[str, ...]

    def share(self, value: float) -> float:
        """How far along a number lies, 0..1."""
        return (value - self.low) / (self.high - self.low)

    def within(self, low: float, high: float) -> Axis:
        """The part between two numbers, with the ticks that lie in it."""
        kept = [i for i, tick in enumerate(self.ticks) if low <= tick <= high]
        return Axis(low, high, tuple(self.ticks[i] for i in kept), tuple(self.texts[i] for i in kept))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A column as charts write it.

    Attributes:
        label: For an axis: `USD per month`.
        kind: What the numbers are. A share is 0..1 and written as percent; a time is seconds since 1970, UTC.
        better: Whether people want it low or high; empty when unknown.
        per: What follows an amount: `/month`.
    """

    name: str
    label: str
    kind: Kind
    better: Better
    per: str = ""

    @property
    def hint(self) -> str:
        """`less is better`; empty when unknown."""
        return {"low": "less is better", "high": "more is better", "": ""}[self.better]

    def text(self, value: float | None) -> str:
        """One value with its unit: `$1.23/month`, `99.10%`; `–` for None."""
        if value is None:
            return "–"
        match self.kind:
            case "usd":
                return f"{format_usd(value)}{self.per}"
            case "share":
                return f"{value:.2%}"
            case "seconds":
                return format_duration(value)
            case "bytes":
                return format_bytes(value)
            case "time":
                return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M} UTC".replace(" 00:00 UTC", "")
            case "number":
                return f"{Decimal(plain(Decimal(f'{value:.4g}'))):,}" if value % 1 else f"{value:,.0f}"

    def texts(self, values: Sequence[float]) -> list[str]:
        """Values beside each other without their period; small prices with the same number of decimals."""
        if self.kind == "usd" and max(values) < 1:
            return format_usd_column(values)
        return [self.text(value).removesuffix(self.per) for value in values]

    def axis(self, values: Sequence[float], *, at_most: int = 6, to_zero: float = NEAR) -> Axis:
        """An axis for these values.

        Args:
            to_zero: It starts at zero if the smallest value is at most this share of the largest; an axis of shares
                or times starts where they do.
        """
        low, high = min(values), max(values)
        if self.kind not in ("share", "time") and 0 <= low <= high * to_zero:
            low = 0.0
        size, unit = self._unit(high - low or high)
        whole = self.kind == "time" or (self.kind == "number" and all(value % 1 == 0 for value in values))
        found = ticks(low / size, high / size, at_most=at_most, whole=whole)
        if self.kind == "share":  # widened around one number, it may reach beyond
            found = tuple(tick for tick in found if 0 <= tick <= 1 or not 0 <= low <= high <= 1)
        at = tuple(tick * size for tick in found)
        return Axis(at[0], at[-1], at, tuple(self._tick_texts(found, size, unit)))

    def _unit(self, extent: float) -> tuple[float, str]:
        """What ticks over such a range are counted in."""
        fits = ((size, unit) for size, unit in _UNITS.get(self.kind, ()) if extent >= 2 * size)
        smallest = {"seconds": "s", "bytes": "B", "time": "%H:%M:%S"}.get(self.kind, "")
        return next(fits, (1, smallest))

    def _tick_texts(self, found: Sequence[float], size: float, unit: str) -> list[str]:
        match self.kind:
            case "usd":
                texts = format_usd_column(found)
                is_whole = all(text.endswith(".00") for text in texts)
                return [text.removesuffix(".00") for text in texts] if is_whole else texts
            case "share":
                digits = max(0, decimals(found) - 2)
                return [f"{tick:.{digits}%}" for tick in found]
            case "time":
                return [f"{datetime.fromtimestamp(tick * size, UTC):{unit}}" for tick in found]
        digits = decimals(found)
        return [f"{tick:,.{digits}f} {unit}".rstrip() for tick in found]


def quantity(frame: pd.DataFrame, name: str) -> Quantity:
    """What that column of the frame holds."""
    table = table_of(frame)
    column = table.column(name) if table else None
    known = by_name(name)
    kind: Kind = "time" if frame[name].dtype.kind == "M" else known.kind
    return Quantity(name, known.label, kind, column.better if column else known.better, known.per)


def by_name(name: str) -> Quantity:
    """What a column of that name holds in the frames of this package."""
    if match := _UPTIME.fullmatch(name):
        return Quantity(name, f"Uptime over {match[1]} d", "share", "high")
    if (match := _DOLLARS.fullmatch(name)) and not name.endswith("per_usd"):
        first, *rest = (match["rest"] or "").split("_")
        spoken = " ".join(_WORDS.get(part, part) for part in rest).replace("per ", "and ")
        parts = (named(match["whose"] or ""), "USD", "per" if first in _PERIODS else "", first, spoken)
        return Quantity(name, " ".join(filter(None, parts)), "usd", "low", _PERIODS.get(first, ""))
    if name.endswith("_s"):
        return Quantity(name, named(name[:-2]), "seconds", "")
    if name.endswith("_bytes"):
        return Quantity(name, named(name.removesuffix("_bytes")), "bytes", "")
    kind: Kind = "share" if name == "share" or name.endswith("_share") else "number"
    return Quantity(name, named(name), kind, "high" if name.endswith("_per_usd") else "")


def sides(x: Quantity, y: Quantity) -> tuple[bool, bool] | None:
    """For each of two quantities whether less is better; None when that is unknown of one."""
    return (x.better == "low", y.better == "low") if x.better and y.better else None


def named(name: str) -> str:
    """A column's name for people: `memory_gb` -> `Memory GB`."""
    text = " ".join(_WORDS.get(part, part) for part in name.split("_"))
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]
