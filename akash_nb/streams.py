"""What a workload tells, as people handle it: log lines and events at one moment, and those that come.

The text is the containers' and the provider's own, and may hold secrets: it is shown and kept only where you ask.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from akash_nb.models import LeaseEvent, LogLine
from akash_nb.money import PriceModel
from akash_nb.units import counted

if TYPE_CHECKING:
    import pandas as pd

    from akash_nb.frames.table import Origin

T = TypeVar("T", LogLine, LeaseEvent)

#: How many lines or events a follower keeps; older ones are dropped and counted.
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True, repr=False)
class Told(Generic[T]):
    """What a deployment's services have told by one moment, in the order in which it came.

    Attributes:
        dseq: The deployment.
        as_of: When it was read (UTC, the service's clock).
        is_mock: True when it comes from the simulated market.
        prices: Block time and month length, for the frame's provenance.
    """

    dseq: str
    entries: tuple[T, ...]
    as_of: datetime
    is_mock: bool
    prices: PriceModel

    _noun = "entry"

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[T]:
        return iter(self.entries)

    def __getitem__(self, index: int) -> T:
        return self.entries[index]

    @property
    def services(self) -> tuple[str, ...]:
        """The services that have told something."""
        return tuple(dict.fromkeys(entry.service for entry in self.entries))

    def __repr__(self) -> str:
        mock = "MOCK, " if self.is_mock else ""
        return f"<{type(self).__name__} of {self.dseq}: {mock}{counted(len(self), self._noun)}>"

    def __str__(self) -> str:
        width = max(map(len, self.services)) if len(self.services) > 1 else 0
        return "\n".join(f"{entry.service:<{width}}  {entry}" if width else str(entry) for entry in self.entries)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"{self!r}\n{self}" if self.entries else repr(self))

    def _origin(self) -> Origin:
        from akash_nb.frames.table import Origin

        return Origin(self.is_mock, self.as_of, self.prices)


class Logs(Told[LogLine]):
    """The last lines that the containers wrote. `print(logs)` gives the text, `logs.frame()` the table."""

    __slots__ = ()
    _noun = "line"

    def frame(self) -> pd.DataFrame:
        """One row per line; the columns are documented in `akash_nb.frames.logs`."""
        from akash_nb.frames.logs import logs_frame  # pandas is heavy, and only tables need it

        return logs_frame(self.entries, self._origin())


class Events(Told[LeaseEvent]):
    """What Kubernetes did for the services, as far as it remembers. `events.frame()` is the table."""

    __slots__ = ()
    _noun = "event"

    def frame(self) -> pd.DataFrame:
        """One row per event; the columns are documented in `akash_nb.frames.events`."""
        from akash_nb.frames.events import events_frame  # pandas is heavy, and only tables need it

        return events_frame(self.entries, self._origin())


class Tail(Generic[T]):
    """The last lines or events, bounded: what is older is dropped and counted. Safe to use from several threads."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._kept: deque[T] = deque(maxlen=most)
        self._total = 0
        self._guard = threading.Lock()

    def add(self, entry: T) -> None:
        """Keep one more."""
        with self._guard:
            self._kept.append(entry)
            self._total += 1

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def entries(self) -> tuple[T, ...]:
        """Those that are kept, the oldest first."""
        return self.after(0)[1]

    @property
    def total(self) -> int:
        """How many there have been."""
        return self._total

    @property
    def dropped(self) -> int:
        """How many are not kept any more."""
        with self._guard:
            return self._total - len(self._kept)

    def after(self, count: int, most: int = MOST_KEPT) -> tuple[int, tuple[T, ...]]:
        """Those that came after the first `count`, of these the last `most` that are kept; and before them, how many
        had come by then."""
        with self._guard:
            fresh = max(min(self._total - count, most, len(self._kept)), 0)
            return self._total - fresh, tuple(itertools.islice(self._kept, len(self._kept) - fresh, None))


class Follower(Generic[T]):
    """Lines or events as they come: `for line in deployment.follow_logs()`, `async for` on an awaited session.

    It waits for each, and ends when the lease is over; leaving a `with` block, or `close()`, ends it at once. On the
    mock, waiting is letting time pass. It keeps the last 10,000 for `told()`.
    """

    def __init__(self, running: Any, make: Any) -> None:
        self._running = running
        self._make = make
        self._tail: Tail[T] = Tail()

    @property
    def dropped(self) -> int:
        """How many of those that came are not kept any more."""
        return self._tail.dropped

    def told(self) -> Any:
        """What has come so far, as `Logs` or `Events`."""
        return self._make(self._tail.entries)

    def close(self) -> Awaitable[None] | None:
        """End it and hang up; to be awaited on an awaited session."""
        end = getattr(self._running, "aclose", None) or self._running.close
        ended: Awaitable[None] | None = end()
        return ended

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self._noted(next(self._running))

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        return self._noted(await anext(self._running))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

    def _noted(self, entry: T) -> T:
        self._tail.add(entry)
        return entry

    def __repr__(self) -> str:
        return f"<Follower: {self._tail.total} so far>"
