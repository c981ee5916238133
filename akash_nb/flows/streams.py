"""Hearing the providers of what runs: logs and events, once or as they come. Reads and a token; nothing is spent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from akash_nb.client import account
from akash_nb.client import streams as protocol
from akash_nb.client.call import Dial, Flow, Hear, Sleep, Told, send
from akash_nb.client.replay import REMEMBERED, Replay
from akash_nb.client.streams import Ending, Stream, read, record
from akash_nb.client.wire import Lost
from akash_nb.flows.endings import described, refusal
from akash_nb.flows.places import Place
from akash_nb.flows.state import read_state
from akash_nb.models import LeaseEvent, LogLine

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A token is used at once, to open one line, and not again; the web Console takes 1800 s (contract §7).
TOKEN_S = 300

#: A stream that is read once is over when nothing came for that long (contract §16).
SILENCE_S = 3.0

#: After a reconnection, a pause of that length ends the repetition of what was told before.
_REPEATED_S = 1.0

#: How often something that is done once is tried; and the web Console takes at most three new tokens in a minute
#: (contract §16).
ATTEMPTS, _MINUTE_S = 3, 60.0

#: How often a line that is followed is tried again before that is an error, and the pauses in between, in seconds.
_MOST_FAILURES, FIRST_PAUSE_S, _LONGEST_PAUSE_S = 8, 1.0, 30.0

#: How a stream ends that may go on with another line.
_PASSING = frozenset({"over", "no_pods", "expired", "failed", "broken", "unreachable"})


@dataclass(frozen=True, slots=True)
class Story(Generic[T]):
    """A kind of thing that providers tell about a workload.

    Attributes:
        ask: The stream of it: where, whether it is followed, how many of each replica at first, of which services.
        make: One of them, from JSON, when it came here, and the services there.
        replay: Knows them again.
    """

    ask: Callable[[Place, bool, int, Sequence[str]], Stream]
    make: Callable[[dict[str, Any], datetime, Collection[str]], T]
    replay: Callable[[], Replay[T]]

    def reader(self, place: Place, now: Callable[[], datetime]) -> Callable[[str | bytes], T | None]:
        """Reads frames; None for one that is none of these."""

        def read_frame(payload: str | bytes) -> T | None:
            value = record(payload)
            try:
                return None if value is None else self.make(value, now(), place.services)
            except (LookupError, TypeError, AttributeError):
                return None

        return read_frame


LOGS = Story(
    lambda place, follow, tail, services: protocol.logs(
        place.lease, place.host, follow=follow, tail=tail, services=services
    ),
    LogLine.from_wire,
    lambda: Replay(lambda line: line.pod, lambda line: line.line),
)
EVENTS = Story(
    lambda place, follow, _, services: protocol.events(place.lease, place.host, follow=follow, services=services),
    LeaseEvent.from_wire,
    lambda: Replay(lambda event: event.object, lambda event: (event.type, event.reason, event.note)),
)


class Ear(Protocol[T_co]):
    """Who hears a stream."""

    def patience_s(self) -> float | None:
        """How long to wait for the next frame; None for however long."""
        ...

    def take(self, payload: str | bytes) -> Iterable[T_co]:
        """A frame came: what is to be told now."""
        ...

    def quiet(self) -> Iterable[T_co] | None:
        """Nothing came in time: what is to be told now, or None when that ends it."""
        ...


def listen(stream: Stream, ear: Ear[Any]) -> Flow[Ending]:
    """Open a stream, with a token of its own, and hear it until it ends. Tells what the ear tells."""
    token = yield from send(account.create_jwt_token(ttl_s=TOKEN_S, permissions=stream.permissions))
    line = yield Dial(stream.message(), token)
    if isinstance(line, Lost):
        return Ending("broken" if line.was_sent else "unreachable", line.reason)
    try:
        while True:
            patience_s = ear.patience_s()
            heard = None if patience_s == 0 else (yield Hear(line, patience_s))
            if isinstance(heard, Lost):
                return Ending("broken", heard.reason)
            answer = None if heard is None else read(heard)
            if isinstance(answer, Ending):
                return answer
            news = ear.quiet() if heard is None else ear.take(answer.payload) if answer else ()
            if news is None:
                return Ending("silent")
            for item in news:
                yield Told(item)
    finally:
        line.drop()


@dataclass(slots=True)
class Collector(Generic[T]):
    """Hears a stream that is read once."""

    parse: Callable[[str | bytes], T | None]
    items: list[T] = field(default_factory=list)

    def patience_s(self) -> float | None:
        return SILENCE_S

    def take(self, payload: str | bytes) -> Iterable[T]:
        item = self.parse(payload)
        if item is not None:
            self.items.append(item)
        return ()

    def quiet(self) -> Iterable[T] | None:
        return None


def collect(
    story: Story[T], place: Place, services: Sequence[str], tail: int, now: Callable[[], datetime]
) -> Flow[tuple[T, ...]]:
    """All that is told by now; from the beginning where the line broke.

    Args:
        tail: How many of each replica at most.

    Raises:
        StreamError: It could not be had.
    """
    stream, attempt = story.ask(place, False, tail, services), 0
    while True:
        attempt += 1
        ear = Collector(story.reader(place, now))
        ending = yield from listen(stream, ear)
        if ending.cause in ("over", "silent"):
            return tuple(ear.items)
        if ending.cause not in ("expired", "failed", "broken", "unreachable") or attempt >= ATTEMPTS:
            raise refusal(ending, place, stream)
        if ending.cause != "expired":
            yield Sleep(FIRST_PAUSE_S * attempt, f"{described(ending, place, stream)} Trying again.")


class Following(Generic[T]):
    """Hears a stream that goes on, over as many lines as it takes, and leaves out what is told again.

    Args:
        idle_s: How long to wait at once while nothing comes; None for however long, without letting the mock's time
            pass.
    """

    def __init__(
        self, parse: Callable[[str | bytes], T | None], replay: Replay[T], *, idle_s: float | None = 60.0
    ) -> None:
        self.retry = Retry()
        self._parse = parse
        self._replay = replay
        self._idle_s = idle_s

    def patience_s(self) -> float | None:
        return _REPEATED_S if self._replay.is_holding else self._idle_s

    def take(self, payload: str | bytes) -> Iterable[T]:
        item = self._parse(payload)
        return self._news([] if item is None else self._replay.take(item))

    def quiet(self) -> Iterable[T] | None:
        if not self._replay.is_holding:
            self.retry.heard()  # it has stood for as long as somebody waits at once
        return self._news(self._replay.quiet())

    def after(self, ending: Ending) -> float | None:
        """Seconds to wait before the next line; None when there is to be none."""
        self._replay.reconnected()
        return self.retry.after(ending)

    def left(self) -> Iterable[T]:
        """What is still held back at the end."""
        return self._replay.quiet()

    def _news(self, items: list[T]) -> list[T]:
        if items:  # what is only told again makes no line a good one
            self.retry.heard()
        return items


@dataclass(slots=True)
class Retry:
    """When to open a line again: at once or after growing pauses, and at most three new tokens a minute."""

    failures: int = 0
    expiries: int = 0

    def heard(self) -> None:
        """The line is good: something new came, or it has stood for long."""
        self.failures = self.expiries = 0

    def after(self, ending: Ending) -> float | None:
        """Seconds to wait; None when it will not help."""
        if ending.cause not in _PASSING:
            return None
        if ending.cause == "expired":
            self.expiries += 1
            return 0.0 if self.expiries < ATTEMPTS else _MINUTE_S
        self.failures += 1
        return float(min(FIRST_PAUSE_S * 2 ** min(self.failures - 1, 10), _LONGEST_PAUSE_S))

    @property
    def is_hopeless(self) -> bool:
        """It has failed so often in a row that somebody who waits should know."""
        return self.failures >= _MOST_FAILURES or self.expiries > ATTEMPTS


def follow(
    story: Story[T], place: Place, services: Sequence[str], tail: int, now: Callable[[], datetime]
) -> Flow[None]:
    """Hear a lease until it is over. Tells what comes.

    Args:
        tail: How many of each replica at first.

    Raises:
        StreamError: It cannot be had, or not any more.
    """
    ear = Following(story.reader(place, now), story.replay())
    while True:
        stream = story.ask(place, True, tail, services)
        ending = yield from listen(stream, ear)
        if (yield from is_over(ending, stream)):
            for item in ear.left():
                yield Told(item)
            return
        pause = ear.after(ending)
        if pause is None or ear.retry.is_hopeless:
            raise refusal(ending, place, stream)
        if pause:
            yield Sleep(pause, f"{described(ending, place, stream)} Trying again in {pause:.0f} s.")
        tail = max(tail, REMEMBERED)  # so that what is told again can be known


def is_over(ending: Ending, stream: Stream) -> Flow[bool]:
    """Whether a stream has ended because its lease has; when that cannot be found out, it has not."""
    if ending.cause in ("expired", "refused"):
        return False
    status = yield from read_state(stream.lease.dseq)
    return status is not None and stream.lease not in {lease.id for lease in status.live_leases}
