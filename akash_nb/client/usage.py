"""What an address spent, day by day (contract §7); public."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from akash_nb.client.call import Call
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import InvalidInputError
from akash_nb.models import UsageDay, UsageStats

#: The service refuses longer ranges (contract §7).
MAXIMUM_DAYS = 366


def history(address: str, *, start: date | None = None, end: date | None = None) -> Call[tuple[UsageDay, ...]]:
    """One entry per day (UTC), both ends included, ascending; zeros for an address that never spent.

    Args:
        start: First day; None for 30 days before the end.
        end: Last day; None for today.

    Raises:
        InvalidInputError: The days are in the wrong order or more than 366 apart; nothing was sent.
    """
    return Call("getUsageHistory", "GET", "/v1/usage/history", _days, params=_range(address, start, end))


def stats(address: str, *, start: date | None = None, end: date | None = None) -> Call[UsageStats]:
    """Totals and daily averages over the same range as `history`, with the same errors."""
    params = _range(address, start, end)
    return Call("getUsageStats", "GET", "/v1/usage/history/stats", UsageStats.from_wire, params=params)


class Usage(Resource[C_co]):
    """What an address spent."""

    history = operation(history)
    stats = operation(stats)


def _range(address: str, start: date | None, end: date | None) -> Mapping[str, str]:
    if start and end and not 0 <= (end - start).days <= MAXIMUM_DAYS:
        raise InvalidInputError(
            f"{start} to {end} is no range of days, or more than {MAXIMUM_DAYS}.", means="Nothing was sent."
        )
    days = {"startDate": start, "endDate": end}
    return {"address": address} | {name: f"{day:%Y-%m-%d}" for name, day in days.items() if day}


def _days(value: Any) -> tuple[UsageDay, ...]:
    return tuple(UsageDay.from_wire(item) for item in value)
