"""Talking to the providers of what runs: logs, events, a command. Reads and a token; nothing is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from akash_nb.client import account, providers
from akash_nb.client import deployments as api
from akash_nb.client.call import Dial, Flow, Hear, Sleep, Told, send
from akash_nb.client.replay import REMEMBERED, Replay
from akash_nb.client.streams import Ending, ShellOutput, Stream, read
from akash_nb.client.wire import Lost
from akash_nb.errors import InvalidInputError, StreamError
from akash_nb.flows.state import read_state, refuse_closed
from akash_nb.ids import LeaseID
from akash_nb.models import DeploymentStatus

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: A token is used at once, to open one line, and not again; the web Console takes 1800 s (contract §7).
TOKEN_S = 300

#: A stream that is read once is over when nothing came for that long (contract §16).
SILENCE_S = 3.0

#: After a reconnection, a pause of that length ends the repetition of what was told before.
_REPEATED_S = 1.0

#: The web Console takes at most three new tokens in a minute (contract §16).
_TOKENS, _BETWEEN_TOKENS_S = 3, 20.0

#: How often a line that is followed is tried again before that is an error, and the pauses in between, in seconds.
_ATTEMPTS, _FIRST_PAUSE_S, _LONGEST_PAUSE_S = 8, 1.0, 30.0

#: How a stream ends that may go on with another line.
_PASSING = frozenset({"over", "no_pods", "expired", "failed", "broken", "unreachable"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a deployment runs: a lease, its provider's gateway and name, and the services there.

    `services` is empty when the provider does not say.
    """

    lease: LeaseID
    host: str
    name: str
    services: tuple[str, ...]


def places(dseq: str, on_status: Callable[[DeploymentStatus], None]) -> Flow[tuple[Place, ...]]:
    """Where a deployment runs, by group.

    Raises:
        InvalidInputError: It is closed, or nothing is leased.
    """
    status = yield from send(api.get(dseq))
    on_status(status)
    refuse_closed(status)
    leases = status.live_leases
    if not leases:
        raise InvalidInputError(
            f"Deployment {dseq} has no lease, so nothing runs.",
            means="Nothing was asked for.",
            todo="Lease it first: deployment.lease().",
        )
    known = yield from providers.by_address(lease.id.provider for lease in leases)
    found = []
    for lease in leases:
        provider = known.get(lease.id.provider)
        names = tuple(service.name for service in lease.status.services) if lease.status else ()
        found.append(
            Place(
                lease.id, provider.host_uri if provider else "", provider.label if provider else "its provider", names
            )
        )
    return tuple(found)


def of_service(found: Sequence[Place], service: str | None) -> tuple[Place, ...]:
    """The places where a service may be; all without one.

    Raises:
        InvalidInputError: It is in none of them.
    """
    if service is None:
        return tuple(found)
    having = tuple(place for place in found if service in place.services)
    silent = tuple(place for place in found if not place.services)
    if not (having or silent):
        names = sorted({name for place in found for name in place.services})
        raise InvalidInputError(
            f"There is no service {service!r}.", means="Nothing was asked for.", todo=f"Name one of {', '.join(names)}."
        )
    return having or silent


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


def collect(stream: Stream, place: Place, parse: Callable[[str | bytes], T | None]) -> Flow[tuple[T, ...]]:
    """All that a stream tells by now; from the beginning where the line broke.

    Raises:
        StreamError: It could not be had.
    """
    attempt = 0
    while True:
        attempt += 1
        ear = Collector(parse)
        ending = yield from listen(stream, ear)
        if ending.cause in ("over", "silent"):
            return tuple(ear.items)
        if ending.cause not in ("expired", "failed", "broken", "unreachable") or attempt >= _TOKENS:
            raise refusal(ending, place, stream)
        if ending.cause != "expired":
            yield Sleep(_FIRST_PAUSE_S * attempt, f"{described(ending, place, stream)} Trying again.")


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
        self.retry.heard()
        item = self._parse(payload)
        return () if item is None else self._replay.take(item)

    def quiet(self) -> Iterable[T] | None:
        return self._replay.quiet()

    def after(self, ending: Ending) -> float | None:
        """Seconds to wait before the next line; None when there is to be none."""
        self._replay.reconnected()
        return self.retry.after(ending)

    def left(self) -> Iterable[T]:
        """What is still held back at the end."""
        return self._replay.quiet()


@dataclass(slots=True)
class Retry:
    """When to open a line again: at once or after growing pauses, and at most three new tokens a minute."""

    failures: int = 0
    expiries: int = 0

    def heard(self) -> None:
        """Something came: the line is good."""
        self.failures = self.expiries = 0

    def after(self, ending: Ending) -> float | None:
        """Seconds to wait; None when it will not help."""
        if ending.cause not in _PASSING:
            return None
        if ending.cause == "expired":
            self.expiries += 1
            return 0.0 if self.expiries < _TOKENS else _BETWEEN_TOKENS_S * _TOKENS
        self.failures += 1
        return float(min(_FIRST_PAUSE_S * 2 ** min(self.failures - 1, 10), _LONGEST_PAUSE_S))

    @property
    def is_hopeless(self) -> bool:
        """It has failed so often in a row that somebody who waits should know."""
        return self.failures >= _ATTEMPTS or self.expiries > _TOKENS


def follow(first: Stream, again: Stream, place: Place, ear: Following[Any]) -> Flow[None]:
    """Hear a stream until its lease is over. Tells what comes.

    Args:
        first, again: What to ask for at first, and after a reconnection.

    Raises:
        StreamError: It cannot be had, or not any more.
    """
    stream = first
    while True:
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
        stream = again


def is_over(ending: Ending, stream: Stream) -> Flow[bool]:
    """Whether a stream has ended because its lease has; when that cannot be found out, it has not."""
    if ending.cause in ("expired", "refused"):
        return False
    status = yield from read_state(stream.lease.dseq)
    return status is not None and stream.lease not in {lease.id for lease in status.live_leases}


class Typist:
    """Hears a command until it ends, or until time is over.

    Args:
        now: The service's clock.
        on_output: Told each piece of output: `stdout` or `stderr`, and the text.
    """

    def __init__(self, now: Callable[[], datetime], timeout_s: float, on_output: Callable[[str, str], None]) -> None:
        self.output = ShellOutput()
        self.has_heard = False
        self._now = now
        self._ends_at = now() + timedelta(seconds=timeout_s)
        self._on_output = on_output

    def patience_s(self) -> float | None:
        return max((self._ends_at - self._now()).total_seconds(), 0.0)

    def take(self, payload: str | bytes) -> Iterable[None]:
        self.has_heard = True
        if isinstance(payload, bytes) and (piece := self.output.take(payload)):
            self._on_output(*piece)
        return ()

    def quiet(self) -> Iterable[None] | None:
        return None


def run_command(stream: Stream, place: Place, typist: Typist) -> Flow[ShellOutput]:
    """Run a command once: it is not begun again on doubt, only where it certainly never was.

    Raises:
        StreamError: It did not run, or nobody knows how it ended.
    """
    attempt = 0
    while True:
        attempt += 1
        ending = yield from listen(stream, typist)
        output = typist.output
        if output.exit_code is not None:
            if output.message and not (output.exit_code or output.stdout or output.stderr):
                raise _never_ran(output.message, place)
            return output
        if ending.cause not in ("expired", "unreachable") or attempt >= _TOKENS:
            raise _broken_off(ending, place, stream, output, typist.has_heard)
        if ending.cause == "unreachable":
            yield Sleep(_FIRST_PAUSE_S * attempt, f"{described(ending, place, stream)} Trying again.")


_NAMES = {"logs": "the logs", "events": "the events", "shell": "a shell"}


def described(ending: Ending, place: Place, stream: Stream) -> str:
    """Why a stream ended, in a sentence."""
    wanted = _NAMES[stream.kind]
    return {
        "over": f"{place.name} has ended {wanted}.",
        "no_lease": f"{place.name} knows no lease of deployment {stream.lease.dseq}.",
        "no_pods": f"Nothing runs at {place.name} now: {ending.text}.",
        "certificate": f"The server at {place.name} is not the provider that it should be ({ending.text}).",
        "expired": "The provider-proxy finds every token expired.",
        "refused": f"The provider-proxy refused: {ending.text}.",
        "failed": f"{place.name} cannot be reached, or refuses {wanted}.",
        "broken": f"The line to {place.name} broke: {ending.text}.",
        "unreachable": f"The provider-proxy cannot be reached: {ending.text}.",
    }.get(ending.cause, f"{place.name} tells nothing more.")


_TODO = {
    "no_lease": "Look at deployment.status().",
    "no_pods": "Wait for it with deployment.wait_until_ready(); deployment.events() says what keeps it.",
    "certificate": "Do not trust what runs there; close the deployment and lease from another provider.",
    "expired": "Check this machine's clock and the service's, and try again.",
    "failed": "Try again in a moment; deployment.status() shows whether the provider answers.",
    "unreachable": "Check the network and AKASH_PROVIDER_PROXY_URL, then try again.",
}


def refusal(ending: Ending, place: Place, stream: Stream) -> StreamError:
    """The error of a stream that could not be had."""
    return StreamError(
        described(ending, place, stream),
        cause=ending.cause,
        means="What runs goes on, and costs what it did.",
        todo=_TODO.get(ending.cause, "Try again in a moment."),
    )


def _never_ran(message: str, place: Place) -> StreamError:
    return StreamError(
        f"{place.name} did not run the command: {message}.",
        cause="no_pods" if "replica" in message or "service" in message else "failed",
        means="Nothing was run.",
        todo="deployment.status() shows which services are up; deployment.events() what keeps one.",
    )


def _broken_off(ending: Ending, place: Place, stream: Stream, output: ShellOutput, has_heard: bool) -> StreamError:
    """A command of which nobody knows how it ended."""
    if ending.cause == "silent":
        return StreamError(
            "The command has not ended in time.",
            cause="timeout",
            result=output,
            means="It may go on in the container.",
            todo="Give it more time (timeout_s), or have it end by itself.",
        )
    error = refusal(ending, place, stream)
    if has_heard or ending.cause in ("over", "broken"):
        error.what = f"How the command ended was not told. {error.what}"
        error.args = (error.what,)
        error.cause, error.result = "lost", output
        error.means = "It may have run, in part or whole; it was not begun a second time."
        error.todo = "Look in the container before you run it again."
    return error


def tail_again(tail: int) -> int:
    """How many lines of each replica to ask for after a reconnection, so that what is told again can be known."""
    return max(tail, REMEMBERED)
