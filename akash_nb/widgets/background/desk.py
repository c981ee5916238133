"""What all views of one session share: the work that their buttons started, and one poller per deployment.

A poller lives on heartbeats: a view that is looked at beats every few seconds, and when no beat has come for a while
(the view was closed, its cell re-run, the page reloaded or left) the poller ends by itself. Nothing has to be told.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, ClassVar, Protocol
from weakref import WeakKeyDictionary, ref

from akash_nb.client.call import Flow
from akash_nb.deployment import Deployment
from akash_nb.engine import Engine
from akash_nb.errors import AkashError
from akash_nb.session import Session
from akash_nb.widgets.background.catalogue import Catalogue, read
from akash_nb.widgets.background.screening import Screening
from akash_nb.widgets.background.screening import read as read_screening

#: A view beats every 5 s; browsers slow timers down, so that two may be missed.
ALIVE_S = 15.0

#: Seconds between reads, by what is read (the web Console reads bids every 2 to 7 s, a lease every 10 to 30 s).
BIDS_S = 5.0
STATUS_S = 10.0
SLOW_STATUS_S = 30.0

_TICK_S = 1.0
_MOST_PATIENT = 8


class Viewer(Protocol):
    """Somebody who looks at a deployment."""

    def refresh(self) -> None: ...


def reads_of(stage: str, *, is_busy: bool) -> dict[str, float]:
    """What a poller reads at that stage -> seconds between two reads. Nothing while a verb runs: it reads itself."""
    if is_busy or stage == "closed":
        return {}
    if stage in ("created", "bids"):
        return {"refresh_bids": BIDS_S, "status": SLOW_STATUS_S}
    if stage == "ended":
        return {"refresh_bids": SLOW_STATUS_S, "status": SLOW_STATUS_S}
    return {"status": SLOW_STATUS_S if stage == "running" else STATUS_S}


class Pulse:
    """Work that is repeated while somebody looks. Subclasses say what one turn is.

    Args:
        clock, sleep: Seconds that pass, and how to wait for some.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._guard = threading.Lock()
        self._beats: dict[Viewer, float] = {}
        self._task: Future[None] | None = None

    @property
    def is_running(self) -> bool:
        return self._task is not None

    def beat(self, viewer: Viewer) -> None:
        """This viewer is looking right now."""
        with self._guard:
            self._beats[viewer] = self._clock()
            if self._task is None:
                self._task = Engine.shared().submit(self.run())

    def leave(self, viewer: Viewer) -> None:
        """This viewer has gone; without the last one the work ends at its next turn."""
        with self._guard:
            self._beats.pop(viewer, None)

    async def run(self) -> None:
        """Turn by turn, until nobody looks."""
        try:
            while self._is_watched():
                await self._turn()
                await self._sleep(_TICK_S)
        finally:
            self._task = None

    def _is_needed(self) -> bool:
        return True

    async def _turn(self) -> None:
        raise NotImplementedError

    def _is_watched(self) -> bool:
        with self._guard:
            since = self._clock() - ALIVE_S
            self._beats = {viewer: at for viewer, at in self._beats.items() if at > since}
            if not self._beats or not self._is_needed():
                self._task = None  # inside the guard: a beat from now on starts anew
                return False
            return True


class Poller(Pulse):
    """Keeps one deployment up to date while somebody looks at it.

    Attributes:
        problem: Why the last read failed; empty after a good one.
    """

    def __init__(self, deployment: Deployment[Any], **time: Any) -> None:
        super().__init__(**time)
        self.problem = ""
        self._deployment = ref(deployment)
        self._read_at: dict[str, float] = {}
        self._failures = 0

    def _is_needed(self) -> bool:
        return self._deployment() is not None

    async def _turn(self) -> None:
        deployment = self._deployment()
        if deployment is None:
            return
        is_busy = deployment.activity is not None or bool(deployment.session.activity)
        patience = min(2**self._failures, _MOST_PATIENT)
        for name, seconds in reads_of(deployment.stage, is_busy=is_busy).items():
            now = self._clock()
            if now - self._read_at.get(name, float("-inf")) >= seconds * patience:
                self._read_at[name] = now
                await self._read(deployment, name)

    async def _read(self, deployment: Deployment[Any], name: str) -> None:
        try:
            await asyncio.wrap_future(deployment.session.start(getattr(Deployment, name).build(deployment)))
        except AkashError as error:
            self._failures += 1
            self.problem = f"Not up to date: {error.what}"
        else:
            self._failures = 0
            self.problem = ""
        for viewer in list(self._beats):
            viewer.refresh()  # an equal answer tells nobody, but time has passed, and money with it


class Desk:
    """One per session. `of(session)` finds it."""

    _all: ClassVar[WeakKeyDictionary[Session[Any], Desk]] = WeakKeyDictionary()
    _guard = threading.Lock()

    def __init__(self) -> None:
        self._catalogue: Future[Catalogue] | None = None
        self._work: dict[str, Future[Any]] = {}
        self._pollers: WeakKeyDictionary[Deployment[Any], Poller] = WeakKeyDictionary()
        self._screenings: WeakKeyDictionary[Deployment[Any], Future[Screening]] = WeakKeyDictionary()

    @classmethod
    def of(cls, session: Session[Any]) -> Desk:
        with cls._guard:
            return cls._all.setdefault(session, cls())

    def poller(self, deployment: Deployment[Any]) -> Poller:
        """The one poller of that deployment."""
        with self._guard:
            found = self._pollers.get(deployment)
            if found is None:
                found = self._pollers[deployment] = Poller(deployment)
            return found

    def catalogue(self, session: Session[Any]) -> Future[Catalogue]:
        """Regions and GPUs as the service names them, asked for once; again where that failed."""
        with self._guard:
            is_lost = self._catalogue is not None and self._catalogue.done() and self._catalogue.exception() is not None
            if self._catalogue is None or is_lost:
                self._catalogue = session.start(read())
            return self._catalogue

    def screening(self, deployment: Deployment[Any], *, again: bool = False) -> Future[Screening]:
        """Who could bid on a deployment, asked for once; anew where `again` is said and nothing is under way."""
        with self._guard:
            found = self._screenings.get(deployment)
            if found is None or (again and found.done()):
                found = self._screenings[deployment] = deployment.session.start(read_screening(deployment))
            return found

    def asked_screening(self, deployment: Deployment[Any]) -> Future[Screening] | None:
        """The same, where somebody has asked already."""
        return self._screenings.get(deployment)

    def start(self, target: Session[Any] | Deployment[Any], work: Flow[Any]) -> Future[Any]:
        """Run a verb of a session or deployment in the background."""
        session, name = (target.session, target.dseq) if isinstance(target, Deployment) else (target, "")
        future = session.start(work)
        if not self._is_running(name):
            self._work[name] = future  # a second verb at the same time is refused, and must not hide the first
        return future

    def can_stop(self, deployment: Deployment[Any] | None) -> bool:
        """A wait that a button started is under way. Nothing else is stopped: half a payment helps nobody."""
        activity = deployment.activity if deployment else None
        return bool(deployment and activity and activity.name.startswith("wait_") and self._is_running(deployment.dseq))

    def stop(self, deployment: Deployment[Any]) -> None:
        """End that wait; what was open before stays open."""
        if self.can_stop(deployment):
            self._work[deployment.dseq].cancel()

    def _is_running(self, name: str) -> bool:
        future = self._work.get(name)
        return future is not None and not future.done()
