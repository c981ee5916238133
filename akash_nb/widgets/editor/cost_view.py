"""What an SDL costs: the most that it pays, and what the market usually asks for it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from akash_nb.estimate import GroupEstimate, Range
from akash_nb.money import PriceModel, format_usd
from akash_nb.sdl import GroupResources, demands
from akash_nb.units import counted
from akash_nb.widgets.editor.sdl_view import compiled

READING = "Asking the market …"


@dataclass(frozen=True, slots=True)
class Quote:
    """What the market said last.

    Attributes:
        of: Keys of the demands that it is about, see `demand_keys`.
        at: When (UTC, the service's clock).
    """

    of: tuple[str, ...]
    estimates: tuple[GroupEstimate, ...]
    at: datetime


@functools.lru_cache(maxsize=4)
def demand_keys(text: str) -> tuple[str, ...]:
    """What a valid SDL asks for, whatever it would pay and calls it; empty for one with errors."""
    return tuple(demand.key for demand in demands(compiled(text)))


def cost_view(
    text: str, groups: Sequence[GroupResources], quote: Quote | None, problem: str, prices: PriceModel
) -> dict[str, Any] | None:
    """The line below the text; None where there is no valid SDL.

    Args:
        groups: Those of the text.
        problem: Why the market could not be asked; empty when it could.
    """
    if not groups:
        return None
    is_current = quote is not None and quote.of == demand_keys(text)
    # an old figure is better than none while the new one is on its way, but not where nobody answers
    shown = quote if quote is not None and (is_current or not problem) else None
    hourly = ceiling_usd_hour(groups, prices)
    return {
        "total": _total(groups, hourly, prices),
        "market": _market(shown, problem, prices),
        "basis": _basis(shown, is_current),
        "warning": _warning(shown, hourly) if is_current else "",
        "is_old": shown is not None and not is_current,
    }


def ceiling_usd_hour(groups: Sequence[GroupResources], prices: PriceModel) -> Decimal | None:
    """The most that all groups pay, in US dollars per hour; None where a dollar value is not known."""
    known = [group.usd_per_hour(prices) for group in groups]
    return None if None in known else sum(filter(None, known), Decimal(0))


def usual(quote: Quote) -> Range | None:
    """What all groups usually cost in US dollars per hour; None where nobody offers such a GPU."""
    known = [estimate.usd_hour for estimate in quote.estimates]
    return None if None in known or not known else reduce(add, filter(None, known))


def _total(groups: Sequence[GroupResources], hourly: Decimal | None, prices: PriceModel) -> str:
    """Of several groups together; each has its own line."""
    if len(groups) == 1 or hourly is None:
        return ""
    month = hourly * prices.hours_per_month
    return f"{counted(len(groups), 'group')}: at most {format_usd(hourly)}/h, {format_usd(month)}/month"


def _market(quote: Quote | None, problem: str, prices: PriceModel) -> str:
    if quote is None:
        return f"Not known: {problem}" if problem else READING
    hour = usual(quote)
    if hour is None:
        return "Not known: nobody offers such a GPU now."
    month = format_usd(hour.typical * prices.hours_per_month)
    return f"{format_usd(hour.typical)}/h, {month}/month ({format_usd(hour.low)} to {format_usd(hour.high)} per hour)"


def _basis(quote: Quote | None, is_current: bool) -> str:
    """What it rests on, and of when."""
    if quote is None:
        return ""
    if not is_current:
        return "of the text before; asking again …"
    basis = " / ".join(dict.fromkeys(estimate.basis for estimate in quote.estimates))
    return f"{basis}; as of {quote.at:%H:%M:%S} UTC"


def _warning(quote: Quote | None, ceiling: Decimal | None) -> str:
    hour = usual(quote) if quote else None
    if hour is None or ceiling is None or ceiling >= hour.typical:
        return ""
    few = "nobody" if ceiling < hour.low else "few"
    return f"The SDL pays less than is usual: {few} will bid. Raise its price ceiling."
