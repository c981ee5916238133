"""What a deployment tells about what runs in it: logs, events, and a command in a container. Nothing here spends."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic

from akash_nb.client import streams as protocol
from akash_nb.client.call import Flow
from akash_nb.client.operation import C_co, verb
from akash_nb.client.replay import Replay
from akash_nb.errors import InvalidInputError, StreamError
from akash_nb.flows import streams as flows
from akash_nb.flows.streams import Place
from akash_nb.models import DeploymentStatus, LeaseEvent, LogLine, ShellResult
from akash_nb.sdl import arguments
from akash_nb.streams import Events, Follower, Logs

if TYPE_CHECKING:
    from akash_nb.session import Session

#: How many lines of each replica are shown where nobody says.
_USUAL_LINES = 100


class Workload(Generic[C_co]):
    """The verbs of a deployment that ask its providers."""

    session: Session[C_co]
    dseq: str

    if TYPE_CHECKING:

        def saw(self, status: DeploymentStatus) -> None: ...

    @verb
    def logs(self, service: str | None = None, *, tail: int = _USUAL_LINES) -> Flow[Logs]:
        """The last lines that the containers wrote, as they are now. `.frame()` is the DataFrame.

        Args:
            service: Of which service; None for all.
            tail: How many lines of each replica at most.

        Raises:
            InvalidInputError: It is closed, or not leased; there is no such service.
            StreamError: The provider does not give them, or nothing runs yet (`cause` is `no_pods`).
        """
        lines = arguments.whole(tail)
        if lines is None or lines < 0:
            raise arguments.refused("tail", tail, "is no number of lines.", means="Nothing was asked for.")
        found = yield from self._told(
            service,
            lambda place: protocol.logs(place.lease, place.host, follow=False, tail=lines, services=_of(service)),
            LogLine.from_wire,
        )
        return self._logs(tuple(found))

    @verb
    def events(self, service: str | None = None) -> Flow[Events]:
        """What Kubernetes did for the services, as far as it remembers. `.frame()` is the DataFrame.

        Args:
            service: Of which service; None for all.

        Raises:
            InvalidInputError: It is closed, or not leased; there is no such service.
            StreamError: The provider does not give them.
        """
        found = yield from self._told(
            service,
            lambda place: protocol.events(place.lease, place.host, follow=False, services=_of(service)),
            LeaseEvent.from_wire,
        )
        return self._events(tuple(found))

    @verb
    def shell(
        self,
        command: str | Sequence[str],
        *,
        service: str | None = None,
        replica: int = 0,
        stdin: str | bytes | None = None,
        timeout_s: float = 60.0,
    ) -> Flow[ShellResult]:
        """Run a command in a container and wait for its end. It costs nothing, and is never run twice on doubt.

        Args:
            command: Text for `sh -c`, or a program with its arguments.
            service: In which service; None where there is one only.
            replica: In which of its replicas, from 0.
            stdin: What it is given to read. The protocol has no end of input: a command that reads until the end never
                ends, so have it stop by itself (`exit` in a script for `sh`).
            timeout_s: Seconds to wait at most.

        Returns:
            What it wrote to `stdout` and `stderr`, and its `exit_code`, whatever that is.

        Raises:
            InvalidInputError: It is closed, or not leased; there is no such service, or there are several.
            StreamError: It did not run, or nobody knows how it ended; `.result` is what it has written.
        """
        argv = _argv(command)
        place, name = _one_service((yield from flows.places(self.dseq, self.saw)), service)
        given = stdin.encode() if isinstance(stdin, str) else stdin
        stream = protocol.shell(place.lease, place.host, argv, service=name, replica=replica, stdin=given)
        text = command if isinstance(command, str) else shlex.join(argv)
        typist = flows.Typist(self.session.now, timeout_s, lambda *_: None)
        try:
            return result_of(text, name, (yield from flows.run_command(stream, place, typist)))
        except StreamError as error:
            if error.result is not None:
                error.result = result_of(text, name, error.result)
            raise

    def follow_logs(self, service: str | None = None, *, tail: int = 10) -> Follower[LogLine]:
        """Log lines as they come, until the lease is over: `for line in deployment.follow_logs(): ...`.

        A line that breaks is opened again; lines that were shown are not shown again, as far as that can be told.

        Args:
            service: Of which service; None for all, where the deployment has one provider.
            tail: How many lines of each replica to begin with.

        Raises:
            InvalidInputError, StreamError: As in `logs`, with the first line; later when it cannot be had any more.
        """
        return Follower(
            self.session.client.iterate(
                self._followed(
                    service,
                    lambda place, lines: protocol.logs(
                        place.lease, place.host, follow=True, tail=lines, services=_of(service)
                    ),
                    LogLine.from_wire,
                    log_replay(),
                    tail,
                )
            ),
            self._logs,
        )

    def follow_events(self, service: str | None = None) -> Follower[LeaseEvent]:
        """Events as they come, those of before first; otherwise as `follow_logs`."""
        return Follower(
            self.session.client.iterate(
                self._followed(
                    service,
                    lambda place, _: protocol.events(place.lease, place.host, follow=True, services=_of(service)),
                    LeaseEvent.from_wire,
                    event_replay(),
                    0,
                )
            ),
            self._events,
        )

    # How they work

    def parser(self, make: Any, place: Place) -> Callable[[str | bytes], Any]:
        """Reads frames of a stream; None for one that is none."""

        def parse(payload: str | bytes) -> Any:
            value = protocol.record(payload)
            try:
                return None if value is None else make(value, self.session.now(), place.services)
            except (LookupError, TypeError, AttributeError):
                return None

        return parse

    def _told(self, service: str | None, stream: Callable[[Place], protocol.Stream], make: Any) -> Flow[list[Any]]:
        found = yield from flows.places(self.dseq, self.saw)
        told: list[Any] = []
        for place in flows.of_service(found, service):
            told += yield from flows.collect(stream(place), place, self.parser(make, place))
        return told

    def _followed(
        self, service: str | None, stream: Callable[[Place, int], protocol.Stream], make: Any, replay: Any, tail: int
    ) -> Flow[None]:
        found = flows.of_service((yield from flows.places(self.dseq, self.saw)), service)
        if len(found) > 1:
            raise _several([name for place in found for name in place.services], "runs at several providers")
        place = found[0]
        ear = flows.Following(self.parser(make, place), replay)
        yield from flows.follow(stream(place, tail), stream(place, flows.tail_again(tail)), place, ear)

    def _logs(self, entries: tuple[LogLine, ...]) -> Logs:
        session = self.session
        return Logs(self.dseq, entries, session.now(), session.is_mock, session.prices)

    def _events(self, entries: tuple[LeaseEvent, ...]) -> Events:
        session = self.session
        return Events(self.dseq, entries, session.now(), session.is_mock, session.prices)


def log_replay() -> Replay[LogLine]:
    """Knows log lines again."""
    return Replay(lambda line: line.pod, lambda line: line.line)


def event_replay() -> Replay[LeaseEvent]:
    """Knows events again."""
    return Replay(lambda event: event.object, lambda event: (event.type, event.reason, event.note))


def result_of(command: str, service: str, output: protocol.ShellOutput) -> ShellResult:
    """What a command has come to."""
    return ShellResult(command, service, output.stdout, output.stderr, output.exit_code, output.is_truncated)


def _of(service: str | None) -> tuple[str, ...]:
    return () if service is None else (service,)


def _argv(command: str | Sequence[str]) -> list[str]:
    if isinstance(command, str):
        words = ["sh", "-c", command] if command.strip() else []
    else:
        words = [str(word) for word in command]
    if not words or not words[0]:
        raise InvalidInputError("There is no command.", means="Nothing was run.", todo='Give one, such as "ls -l".')
    return words


def _one_service(found: Sequence[Place], service: str | None) -> tuple[Place, str]:
    if service is not None:
        return flows.of_service(found, service)[0], service
    named = [(place, name) for place in found for name in place.services]
    if not named:
        raise StreamError(
            f"{found[0].name} does not say what runs: it cannot be reached, or has not started anything yet.",
            cause="failed",
            means="Nothing was run.",
            todo="Wait with deployment.wait_until_ready(), or name the service.",
        )
    if len(named) > 1:
        raise _several([name for _, name in named], "has several services")
    return named[0]


def _several(names: Sequence[str], why: str) -> InvalidInputError:
    return InvalidInputError(
        f"The deployment {why}.", means="Nothing was asked for.", todo=f"Name one service: {', '.join(names)}."
    )
