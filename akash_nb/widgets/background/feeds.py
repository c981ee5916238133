"""Logs and events that are followed while somebody looks: one feed of each kind per deployment, for all its views.

A feed lives on heartbeats, as the pollers do: when nobody has looked for a while, its lines are dropped. What came
stays, bounded, and is not told again when somebody looks once more. It waits in real time, and moves no market's clock.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Literal, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary, ref

from akash_nb.client.call import Flow
from akash_nb.client.replay import REMEMBERED, Replay
from akash_nb.client.streams import Ending, Stream
from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError
from akash_nb.flows.endings import described
from akash_nb.flows.places import Place, places
from akash_nb.flows.streams import EVENTS, LOGS, Following, Story, is_over, listen
from akash_nb.ids import LeaseID
from akash_nb.streams import Tail
from akash_nb.widgets.background.desk import Pulse, Viewer

T = TypeVar("T")

Kind = Literal["logs", "events"]

_STORIES: dict[Kind, Story[Any]] = {"logs": LOGS, "events": EVENTS}

#: Seconds before a lease that could not be found, or that refuses, is tried again.
_AGAIN_S = 15.0

#: The most seconds between two tries while the services are starting, and what is said meanwhile.
_STARTING_S = 3.0
STARTING = "Its services are starting: what they say comes here."

#: The page is told at most ten times a second, whatever comes.
FLUSH_S = 0.1


class FeedViewer(Viewer, Protocol):
    """Somebody who looks at a feed."""

    def came(self, kind: Kind) -> bool:
        """Something new is in the feed's tail, or its `problem` has changed. True when it was too much for once."""
        ...


class Feed(Pulse):
    """The logs or events of one deployment, as they come. `of(deployment, kind)` finds it.

    Attributes:
        tail: What has come, bounded.
        problem: Why nothing comes now; empty when all is well.
    """

    _all: ClassVar[WeakKeyDictionary[Deployment[Any], dict[Kind, Feed]]] = WeakKeyDictionary()
    _all_guard = threading.Lock()

    def __init__(self, deployment: Deployment[Any], kind: Kind, **time: Any) -> None:
        super().__init__(**time)
        self.kind = kind
        self.tail: Tail[Any] = Tail()
        self.problem = ""
        self._deployment = ref(deployment)
        self._replays: dict[LeaseID, Replay[Any]] = {}
        self._lines: set[asyncio.Task[None]] = set()
        self._not_before = float("-inf")
        self._is_flushing = False

    @classmethod
    def of(cls, deployment: Deployment[Any], kind: Kind) -> Feed:
        with cls._all_guard:
            feeds = cls._all.setdefault(deployment, {})
            if kind not in feeds:
                feeds[kind] = cls(deployment, kind)
            return feeds[kind]

    async def run(self) -> None:
        """Follow until nobody looks; then hang up."""
        try:
            await super().run()
        finally:
            for line in self._lines:
                line.cancel()
            self._lines = set()

    def _is_needed(self) -> bool:
        deployment = self._deployment()
        return deployment is not None and not deployment.session.is_closed

    async def _turn(self) -> None:
        """See to it that every lease is heard."""
        deployment = self._deployment()
        is_heard = any(not line.done() for line in self._lines)
        if deployment is None or is_heard or deployment.stage not in ("leased", "running"):
            return
        if self._clock() < self._not_before:
            return
        try:
            found = await self._run(deployment, places(deployment.dseq, deployment.saw))
        except AkashError as error:
            self._not_before = self._clock() + _AGAIN_S
            self._trouble(error.what)
        else:
            self._lines = {asyncio.create_task(self._hear(place)) for place in found}

    async def _hear(self, place: Place) -> None:
        """Hear one lease until it is over, over as many lines as it takes."""
        deployment = self._deployment()
        if deployment is None:
            return
        story = _STORIES[self.kind]
        replay = self._replays.setdefault(place.lease, story.replay())
        replay.reconnected()  # somebody may have looked before
        ear = _Ear(story.reader(place, deployment.session.now), replay, self._heard)
        stream = story.ask(place, True, REMEMBERED, ())
        while True:
            ending = await self._listen(deployment, stream, ear)
            if await self._run(deployment, is_over(ending, stream)):
                self._heard(tuple(ear.left()))
                self._trouble("The lease is over: nothing more comes.")
                return
            pause_s = ear.after(ending)
            if ending.cause == "no_pods" and deployment.stage == "leased":
                self._trouble(STARTING)
                await self._sleep(_STARTING_S if pause_s is None else min(pause_s, _STARTING_S))
            else:
                self._trouble(described(ending, place, stream))
                await self._sleep(_AGAIN_S * 2 if pause_s is None else pause_s)

    async def _listen(self, deployment: Deployment[Any], stream: Stream, ear: _Ear[Any]) -> Ending:
        try:
            return await self._run(deployment, listen(stream, ear))
        except AkashError as error:
            return Ending("unreachable", error.what.rstrip("."))

    async def _run(self, deployment: Deployment[Any], work: Flow[T]) -> T:
        return await asyncio.wrap_future(deployment.session.start(work))

    def _heard(self, entries: Sequence[Any]) -> None:
        """The line is good, and these are new."""
        if entries or self.problem:
            self.problem = ""
            for entry in entries:
                self.tail.add(entry)
            self._flush_soon()

    def _trouble(self, text: str) -> None:
        self.problem = text
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_later(FLUSH_S, self._flush)

    def _flush(self) -> None:
        self._is_flushing = False
        with self._guard:
            viewers = cast(list[FeedViewer], list(self._beats))
        has_more = [viewer.came(self.kind) for viewer in viewers]
        if any(has_more):
            self._flush_soon()


class _Ear(Following[T]):
    """Hears for a feed, and waits however long, letting no virtual time pass."""

    def __init__(self, parse: Any, replay: Any, heard: Callable[[Sequence[T]], None]) -> None:
        super().__init__(parse, replay, idle_s=None)
        self._heard = heard

    def take(self, payload: str | bytes) -> Iterable[T]:
        fresh = tuple(super().take(payload))
        self._heard(fresh)
        return fresh

    def quiet(self) -> Iterable[T] | None:
        fresh = tuple(super().quiet() or ())
        self._heard(fresh)
        return fresh
