"""When providers fail and come back: a function of the provider and the time, and the only word on who is up.

Of every UTC day of a provider it is drawn whether it fails, when and for how long. It is up again before the day ends,
so that a question about an instant is one about a day. On the day on which worlds begin nobody fails: what is tried
out first works.
"""

from __future__ import annotations

from functools import lru_cache
from struct import unpack
from typing import NamedTuple

from mock_server.supply.provider import Provider
from mock_server.world import chance
from mock_server.world.clock import DAY, GENESIS_MS, MINUTE

#: How often the Console checks providers. Outages begin and end at checks, so that it misses none.
CHECK_MS = 5 * MINUTE
FOREVER_MS = 1 << 62
#: When the providers that are gone for good were seen last.
GONE_MS = GENESIS_MS - 3 * DAY
_FIRST_DAY = GENESIS_MS // DAY
#: Days that are drawn at once, two bytes of chance each.
_SPAN = 32


class Habit(NamedTuple):
    """How a provider fails: in how many of a thousand days, and for how many checks at least and at most."""

    per_mille: int
    shortest: int
    longest: int


#: `steady` is up 99.9 % of the time, `fair` 99.3 %, `shaky` 95 %.
HABITS = {
    "always": Habit(0, 1, 1),
    "steady": Habit(20, 1, 24),
    "fair": Habit(70, 4, 56),
    "shaky": Habit(240, 6, 114),
}


class Outage(NamedTuple):
    """A time during which a provider is down; it is up again at `ends_ms`."""

    begins_ms: int
    ends_ms: int


def is_up(provider: Provider, at_ms: int) -> bool:
    """Whether a provider can be reached at an instant."""
    return not outages(provider, at_ms, at_ms + 1)


def outages(provider: Provider, from_ms: int, to_ms: int) -> list[Outage]:
    """The outages that touch a window, oldest first and not cut to it."""
    return [outage for outage in _known(provider, from_ms, to_ms) if outage[0] < to_ms and outage[1] > from_ms]


def next_outage_ms(provider: Provider, at_ms: int) -> int | None:
    """When a provider fails next after an instant; None when it does not within a month."""
    coming = outages(provider, at_ms, at_ms + 30 * DAY)
    return next((outage.begins_ms for outage in coming if outage.begins_ms > at_ms), None)


def downtime_ms(found: list[Outage], from_ms: int, to_ms: int) -> int:
    """How much of a window lies in outages."""
    return sum(max(0, min(ends, to_ms) - max(begins, from_ms)) for begins, ends in found)


def uptimes(provider: Provider, at_ms: int, *days: int) -> list[float]:
    """The shares of the last so many days that a provider was up, 0 to 1 with six decimals."""
    found = outages(provider, at_ms - max(days) * DAY, at_ms)
    if not found:
        return [1.0] * len(days)
    return [round(1 - downtime_ms(found, at_ms - past * DAY, at_ms) / (past * DAY), 6) for past in days]


def last_up_ms(provider: Provider, at_ms: int) -> int:
    """When the last check before an instant was that found a provider up."""
    down = outages(provider, at_ms, at_ms + 1)
    return (down[0].begins_ms - 1 if down else at_ms) // CHECK_MS * CHECK_MS


def _known(provider: Provider, from_ms: int, to_ms: int) -> tuple[Outage, ...]:
    """All outages of a window, and perhaps others."""
    if not provider.online:
        return (Outage(GONE_MS, FOREVER_MS),)
    if provider.outages is not None:
        return tuple(Outage(*times) for times in provider.outages)
    if provider.reliability == "always":
        return ()
    first, last = from_ms // DAY // _SPAN, (to_ms - 1) // DAY // _SPAN
    found = _drawn(provider.address, provider.reliability, first)
    for span in range(first + 1, last + 1):
        found += _drawn(provider.address, provider.reliability, span)
    return found


@lru_cache(maxsize=1 << 15)
def _drawn(address: str, reliability: str, span: int) -> tuple[Outage, ...]:
    """The outages of 32 days. An address follows from the seed, so there is no need of another one."""
    habit = HABITS[reliability]
    draws = unpack(f">{_SPAN}H", chance.digest(2 * _SPAN, 0, "outages", address, span))
    failing = [span * _SPAN + index for index, draw in enumerate(draws) if draw * 1000 < habit.per_mille << 16]
    return tuple(_of_day(address, habit, day) for day in failing if day != _FIRST_DAY)


def _of_day(address: str, habit: Habit, day: int) -> Outage:
    checks = chance.between(habit.shortest, habit.longest, 0, "outage", address, day)
    begins = day * DAY + CHECK_MS * chance.below(DAY // CHECK_MS - checks, 0, "outage begins", address, day)
    return Outage(begins, begins + checks * CHECK_MS)
