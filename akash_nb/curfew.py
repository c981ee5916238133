"""Closes deployments whose time is over, for as long as this process lives.

Where it does not (a killed kernel), `session.resume()` finds the time limit in the journal; and the escrow ends the
run, which was filled for that time where its deposit was left to the budget.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any

from akash_nb.engine import Engine
from akash_nb.errors import AkashError

if TYPE_CHECKING:
    from akash_nb.session import Session

#: Seconds between two looks at the clock at most, so that one that was set, or a market that runs faster, is noticed.
LONGEST_S = 15.0
_SHORTEST_S = 0.5

#: Seconds until what could not be closed is tried again: a verb is under way on it, or the service is in trouble.
_AGAIN_S = 5.0


class Curfew:
    """The time limits of one session's deployments; until the last of them is closed, the session lives."""

    def __init__(self, session: Session[Any]) -> None:
        self._session = session
        self._ends: dict[str, datetime] = {}
        self._guard = threading.Lock()
        self._task: Future[None] | None = None

    def ends_at(self, dseq: str) -> datetime | None:
        """When a deployment is to be closed, UTC; None without a limit."""
        return self._ends.get(dseq)

    def due(self, now: datetime) -> tuple[str, ...]:
        """The deployments whose time is over."""
        return tuple(dseq for dseq, at in list(self._ends.items()) if at <= now)

    def set(self, dseq: str, ends_at: datetime) -> None:
        """Close a deployment then; an earlier limit stays."""
        with self._guard:
            self._ends[dseq] = min(ends_at, self._ends.get(dseq, ends_at))
            if self._task is None or self._task.done():
                self._task = Engine.shared().submit(self._watch())

    def move(self, dseq: str, ends_at: datetime) -> None:
        """Close a deployment then, also where that is later than it would be."""
        self.lift(dseq)
        self.set(dseq, ends_at)

    def lift(self, dseq: str) -> None:
        """It is closed: nothing is left to do."""
        self._ends.pop(dseq, None)

    def stop(self) -> None:
        """Watch no more: the session ends."""
        with self._guard:
            task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _watch(self) -> None:
        await self._close_due()
        while self._is_needed():
            await asyncio.sleep(self._pause())
            await self._close_due()

    def _is_needed(self) -> bool:
        with self._guard:
            if not self._ends:
                self._task = None  # inside the guard: a limit from now on starts anew
            return bool(self._ends)

    async def _close_due(self) -> None:
        session = self._session
        try:
            if self.due(session.local_now()) != self.due(session.now()):
                # A computer that slept does not know how long, and one answer may have had an odd date: ask once more.
                await asyncio.wrap_future(session.start(type(session).wallet.build(session)))
            if self.due(session.now()):
                await asyncio.wrap_future(session.start(type(session).close_expired.build(session)))
        except AkashError as error:
            session.context.say(f"What is past its time could not be closed yet: {error.what}")

    def _pause(self) -> float:
        now = self._session.now()
        if self.due(now):
            return _AGAIN_S
        return max(min([LONGEST_S, *((at - now).total_seconds() for at in list(self._ends.values()))]), _SHORTEST_S)
