"""Virtual time: where it starts, how it becomes block heights, and the queue of what is due.

Nothing here reads the wall clock. Time moves only when somebody advances a world, and everything that falls due on
the way happens at its own instant and in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from mock_server.world.state import World

#: Every world starts at 2026-01-05 12:00:00 UTC, at a height as mainnet had around then (contract §19).
GENESIS_MS = 1_767_614_400_000
GENESIS_HEIGHT = 23_456_789
#: No world gets further than 9999-01-01 00:00:00 UTC, since later years cannot be written as dates.
END_MS = 253_370_764_800_000

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


class Event(msgspec.Struct, order=True, gc=False, array_like=True):
    """Something that will happen by itself; ordered by when, then by which was planned first."""

    due_ms: int
    number: int
    kind: str
    dseq: str = ""
    gseq: int = 0
    oseq: int = 0
    provider: str = ""
    amount: int = 0
    reason: str = ""


def height_at(at_ms: int, block_ms: int) -> int:
    """The newest block at an instant."""
    return GENESIS_HEIGHT + (at_ms - GENESIS_MS) // block_ms


def instant_of(height: int, block_ms: int) -> int:
    """When a block was made, in ms since 1970."""
    return GENESIS_MS + (height - GENESIS_HEIGHT) * block_ms


def later(at_ms: int, seconds: float) -> int:
    """The instant that many seconds after another.

    Raises:
        ValueError: Time would go back, or beyond its end.
    """
    if not seconds >= 0:
        raise ValueError(f"Time does not go back: {seconds} s.")
    if at_ms + seconds * 1000 > END_MS:
        raise ValueError(f"Time ends with the year 9998, which is in less than {seconds} s.")
    return at_ms + round(seconds * 1000)


def iso(at_ms: int) -> str:
    """An instant as JavaScript prints it: `2026-01-05T12:00:00.000Z`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def schedule(world: World, delay_ms: int, kind: str, **about: Any) -> None:
    """Plan an event; `about` names what it is about (dseq, gseq, oseq, provider, amount, reason)."""
    heappush(world.events, Event(world.now_ms + delay_ms, world.count(), kind, **about))


def advance_to(world: World, at_ms: int, handlers: Mapping[str, Callable[[World, Event], None]]) -> None:
    """Let time pass until `at_ms`; each event due by then happens at its own instant. Time never goes back."""
    while world.events and world.events[0].due_ms <= at_ms:
        event = heappop(world.events)
        world.now_ms = max(world.now_ms, event.due_ms)
        handlers[event.kind](world, event)
    world.now_ms = max(world.now_ms, at_ms)
