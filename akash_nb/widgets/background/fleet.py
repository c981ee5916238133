"""What all fleet views of one session share: the last table, and the closes that are under way."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol
from weakref import WeakKeyDictionary, WeakSet, ref

from akash_nb.client.call import Flow
from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.session import Session
from akash_nb.widgets.background.desk import Pulse, Viewer

if TYPE_CHECKING:
    import pandas as pd

#: Seconds between two reads while somebody looks.
FLEET_S = 30.0

_MOST_PATIENT = 8


@dataclass(frozen=True, slots=True)
class Work:
    """The close of one deployment: `state` is queued, closing, closed or failed; `text` says it in words."""

    state: str
    text: str

    @property
    def is_under_way(self) -> bool:
        return self.state in ("queued", "closing")


class FleetViewer(Viewer, Protocol):
    """Somebody who looks at the fleet; with those that are over, or without."""

    with_closed: bool


class Fleet(Pulse):
    """The wallet's deployments, as last read. One per session; `of(session)` finds it.

    Attributes:
        frame: `session.fleet(closed=True)` or without the closed ones; None before the first read.
        problem: Why the last read failed; empty after a good one.
        work: The closes that were asked for here, by dseq.
    """

    _all: ClassVar[WeakKeyDictionary[Session[Any], Fleet]] = WeakKeyDictionary()
    _all_guard = threading.Lock()

    def __init__(self, session: Session[Any], **time: Any) -> None:
        super().__init__(**time)
        self.frame: pd.DataFrame | None = None
        self.problem = ""
        self.work: dict[str, Work] = {}
        self.views: WeakSet[FleetViewer] = WeakSet()
        self._session = ref(session)
        self._queue: deque[str] = deque()
        self._is_closing = False
        self._closing: Future[None] | None = None
        self._is_reading = False
        self._reading: Future[None] | None = None
        self._read_at = float("-inf")
        self._failures = 0

    @property
    def wants_closed(self) -> bool:
        """Some view shows those that are over, too."""
        return any(view.with_closed for view in list(self.views))

    @classmethod
    def of(cls, session: Session[Any]) -> Fleet:
        with cls._all_guard:
            return cls._all.setdefault(session, cls(session))

    def read(self) -> Future[None]:
        """Read in the background; a read that is under way is not begun twice. An error is in `problem` and in the
        future."""
        with self._guard:
            if self._reading is None or not self._is_reading:
                self._is_reading, self._read_at = True, self._clock()
                self._reading = self._here().start(self._read(self._here()))
            return self._reading

    def is_stale(self) -> None:
        """Something has changed: the next turn reads."""
        if not self._is_reading:
            self._read_at = float("-inf")

    def close(self, dseqs: Sequence[str]) -> Future[None]:
        """Close these, one after the other, in the background, after those that wait already. One that is under way
        is not closed a second time."""
        session = self._here()
        with self._guard:
            fresh = [dseq for dseq in dseqs if not (dseq in self.work and self.work[dseq].is_under_way)]
            if self._closing is None or not self._is_closing:  # what was closed before has been told
                self.work = {dseq: item for dseq, item in self.work.items() if item.state != "closed"}
            self.work |= {dseq: Work("queued", "waits to be closed") for dseq in fresh}
            self._queue.extend(fresh)
            if self._closing is None or not self._is_closing:
                self._is_closing = True
                self._closing = session.start(self._close_all(session))
            return self._closing

    def stop(self) -> None:
        """Leave alone what waits to be closed; a close that has begun goes on."""
        with self._guard:
            while self._queue:
                self.work.pop(self._queue.popleft(), None)
        self._tell()

    # How it works

    def _here(self) -> Session[Any]:
        session = self._session()
        assert session is not None  # noqa: S101  views hold it
        return session

    def _is_needed(self) -> bool:
        return self._session() is not None

    async def _turn(self) -> None:
        patience = min(2**self._failures, _MOST_PATIENT)
        if not self._is_closing and self._clock() - self._read_at >= FLEET_S * patience:
            self.read()

    def _read(self, session: Session[Any]) -> Flow[None]:
        closed = None
        try:
            yield from session.refresh_balances()
            while not self._is_enough(closed):
                closed = self.wants_closed
                self.frame = yield from Session.fleet.build(session, closed=closed)
        except BaseException as error:  # also when cancelled: a read that is over must not keep others from reading
            self._is_reading = False
            if isinstance(error, AkashError):
                self._failures += 1
                self.problem = f"Not up to date: {error.what}"
            raise
        else:
            self._failures, self.problem = 0, ""
        finally:
            self._tell()

    def _is_enough(self, closed: bool | None) -> bool:
        """What was read is what all views show; in the same moment the read is over, so that a new one begins anew."""
        with self._guard:
            self._is_reading = closed != self.wants_closed
            return not self._is_reading

    def _close_all(self, session: Session[Any]) -> Flow[None]:
        """A failure stays in its row, and the others go on."""
        try:
            while (dseq := self._next()) is not None:
                self._note(dseq, Work("closing", "closing …"))
                try:
                    yield from Deployment.close.build((yield from handle_of(session, dseq)))
                except AkashError as error:
                    self._note(dseq, Work("failed", _in_a_line(error)))
                else:
                    self._note(dseq, Work("closed", "closed"))
        except BaseException:  # cancelled, or a defect: nothing may wait for a work that is over
            with self._guard:
                self._is_closing = False
            self.stop()
            raise
        yield from self._read(session)

    def _next(self) -> str | None:
        """The next one; with none left, the work is over in the same moment, so that a new one begins anew."""
        with self._guard:
            if self._queue:
                return self._queue.popleft()
            self._is_closing = False
            return None

    def _note(self, dseq: str, work: Work) -> None:
        self.work = self.work | {dseq: work}
        self._tell()

    def _tell(self) -> None:
        for view in list(self.views):
            view.refresh()


def handle_of(session: Session[Any], dseq: str) -> Flow[Deployment[Any]]:
    """The handle of a deployment; looked for on the service where it is not here yet.

    Raises:
        InvalidInputError: It is not open any more.
    """
    known = next((d for d in session.deployments if d.dseq == dseq), None)
    if known is None:
        known = next((d for d in (yield from session.handles()) if d.dseq == dseq), None)
    if known is None:
        raise InvalidInputError(f"Deployment {dseq} is not open any more.", means="Nothing was sent.")
    return known


def _in_a_line(error: AkashError) -> str:
    parts = (part.strip().removesuffix(".") for part in (error.what, error.means, error.todo))
    return "".join(f"{part}. " for part in parts if part).rstrip()
