"""What a deployment tells about what runs in it: logs, events, and a command in a container. Nothing here spends."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from akash_nb.client import streams as protocol
from akash_nb.client.call import Flow
from akash_nb.client.operation import C_co, verb
from akash_nb.errors import InvalidInputError, StreamError
from akash_nb.flows.places import of_service, one_place, one_service, places
from akash_nb.flows.shell import Typist, run_command
from akash_nb.flows.streams import EVENTS, LOGS, Story, collect, follow
from akash_nb.models import DeploymentStatus, LeaseEvent, LogLine, ShellResult
from akash_nb.sdl import arguments
from akash_nb.streams import Events, Follower, Logs

if TYPE_CHECKING:
    from akash_nb.session import Session

T = TypeVar("T", LogLine, LeaseEvent)

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
        lines = _count("tail", tail)
        return self.logs_of((yield from self._told(LOGS, service, lines)))

    @verb
    def events(self, service: str | None = None) -> Flow[Events]:
        """What Kubernetes did for the services, as far as it remembers. `.frame()` is the DataFrame.

        Args:
            service: Of which service; None for all.

        Raises:
            InvalidInputError: It is closed, or not leased; there is no such service.
            StreamError: The provider does not give them.
        """
        return self.events_of((yield from self._told(EVENTS, service, 0)))

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
        return (
            yield from self.command(
                command, service=service, replica=replica, stdin=stdin, timeout_s=timeout_s, on_output=lambda *_: None
            )
        )

    def follow_logs(self, service: str | None = None, *, tail: int = 10) -> Follower[LogLine]:
        """Log lines as they come, until the lease is over: `for line in deployment.follow_logs(): ...`.

        A line that breaks is opened again; lines that were shown are not shown again, as far as that can be told.

        Args:
            service: Of which service; None for all, where the deployment has one provider.
            tail: How many lines of each replica to begin with.

        Raises:
            InvalidInputError, StreamError: As in `logs`, with the first line; later when it cannot be had any more.
        """
        work = self._followed(LOGS, service, _count("tail", tail))
        return Follower(self.session.client.iterate(work), self.logs_of)

    def follow_events(self, service: str | None = None) -> Follower[LeaseEvent]:
        """Events as they come, those of before first; otherwise as `follow_logs`."""
        return Follower(self.session.client.iterate(self._followed(EVENTS, service, 0)), self.events_of)

    # Building blocks for views

    def command(
        self,
        command: str | Sequence[str],
        *,
        service: str | None,
        on_output: Callable[[str, str], None],
        replica: int = 0,
        stdin: str | bytes | None = None,
        timeout_s: float | None = None,
    ) -> Flow[ShellResult]:
        """What `shell` does; `on_output` is told each piece of output, `stdout` or `stderr` and the text. None waits
        however long."""
        argv, number = _argv(command), _count("replica", replica)
        if timeout_s is not None and not timeout_s > 0:
            raise arguments.refused("timeout_s", timeout_s, "is no time to wait.", means="Nothing was run.")
        given = stdin.encode() if isinstance(stdin, str) else stdin
        text = command if isinstance(command, str) else shlex.join(argv)
        place, name = one_service((yield from places(self.dseq, self.saw)), service)
        stream = protocol.shell(place.lease, place.host, argv, service=name, replica=number, stdin=given)
        typist = Typist(self.session.now, timeout_s, on_output)
        try:
            return _result(text, name, (yield from run_command(stream, place, typist)))
        except StreamError as error:
            if error.result is not None:
                error.result = _result(text, name, error.result)
            raise

    def logs_of(self, entries: tuple[LogLine, ...]) -> Logs:
        """Lines that have come by now."""
        session = self.session
        return Logs(self.dseq, entries, session.now(), session.is_mock, session.prices)

    def events_of(self, entries: tuple[LeaseEvent, ...]) -> Events:
        """Events that have come by now."""
        session = self.session
        return Events(self.dseq, entries, session.now(), session.is_mock, session.prices)

    # How they work

    def _told(self, story: Story[T], service: str | None, tail: int) -> Flow[tuple[T, ...]]:
        told: list[T] = []
        for place in of_service((yield from places(self.dseq, self.saw)), service):
            told += yield from collect(story, place, _of(service), tail, self.session.now)
        return tuple(told)

    def _followed(self, story: Story[T], service: str | None, tail: int) -> Flow[None]:
        place = one_place((yield from places(self.dseq, self.saw)), service)
        yield from follow(story, place, _of(service), tail, self.session.now)


def _result(command: str, service: str, output: protocol.ShellOutput) -> ShellResult:
    return ShellResult(command, service, output.stdout, output.stderr, output.exit_code, output.is_truncated)


def _of(service: str | None) -> tuple[str, ...]:
    return () if service is None else (service,)


def _count(argument: str, value: Any) -> int:
    """A number of lines, or of a replica.

    Raises:
        InvalidInputError: It is none.
    """
    count = arguments.whole(value)
    if count is None or count < 0:
        raise arguments.refused(argument, value, "is no whole number from 0 on.", means="Nothing was asked for.")
    return count


def _argv(command: str | Sequence[str]) -> list[str]:
    if isinstance(command, str):
        words = ["sh", "-c", command] if command.strip() else []
    else:
        words = [str(word) for word in command]
    if not words or not words[0]:
        raise InvalidInputError("There is no command.", means="Nothing was run.", todo='Give one, such as "ls -l".')
    return words
