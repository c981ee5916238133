"""Commands that a view runs in a container: what each has written, and how it ended. One at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from akash_nb.client.call import Flow
from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.models import ShellResult
from akash_nb.models.stream import plain_text
from akash_nb.widgets.background.feeds import FLUSH_S

#: How many commands, and how many characters of each one's output, a page is told again when it is opened.
_KEPT, _KEPT_OUTPUT = 50, 100_000


@dataclass(slots=True)
class Command:
    """One command as the page shows it.

    Attributes:
        parts: What it wrote, in order: `stdout` or `stderr`, and the text.
        code: Its exit code; None while it runs, and where nobody knows.
        note: Why there is no exit code; empty otherwise.
    """

    id: int
    text: str
    service: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    code: int | None = None
    note: str = ""
    is_over: bool = False
    size: int = 0
    told: int = 0
    is_due: bool = False

    def write(self, name: str, text: str) -> None:
        """Add output, as far as there is room."""
        shown = plain_text(text)[: max(_KEPT_OUTPUT - self.size, 0)]
        self.size += len(shown)
        if shown:
            self.parts.append((name, shown))
        if shown and self.size >= _KEPT_OUTPUT:
            self.parts.append(("stderr", "\n… more than is shown here; deployment.shell() gives all of it\n"))

    def news(self) -> dict[str, Any]:
        """What the page has not been told yet."""
        fresh, self.told, self.is_due = self.parts[self.told :], len(self.parts), False
        return self.wire(fresh)

    def wire(self, parts: list[tuple[str, str]]) -> dict[str, Any]:
        """The command with some of its output, for the page."""
        return {
            "id": self.id,
            "text": self.text,
            "service": self.service,
            "parts": parts,
            "code": self.code,
            "note": self.note,
            "over": self.is_over,
        }


class Commands:
    """The commands of one view.

    Args:
        start: Runs a flow in the background.
        tell: Told what changed, for the page; from any thread.
    """

    def __init__(self, start: Callable[[Flow[Any]], Future[Any]], tell: Callable[[dict[str, Any]], None]) -> None:
        self.results: list[ShellResult] = []
        self._start = start
        self._tell = tell
        self._all: list[Command] = []
        self._running: Future[Any] | None = None
        self._count = 0

    @property
    def is_running(self) -> bool:
        """A command has not ended yet."""
        return self._running is not None and not self._running.done()

    def run(self, deployment: Deployment[Any], text: str, service: str | None) -> Future[Any]:
        """Begin a command.

        Raises:
            InvalidInputError: There is none, or one is running.
        """
        if self.is_running:
            raise InvalidInputError("A command is running.", means="Nothing was run.", todo="Stop it first, or wait.")
        if not text.strip():
            raise InvalidInputError("There is no command.", means="Nothing was run.", todo='Type one, such as "ls -l".')
        self._count += 1
        command = Command(self._count, text, service or "")
        self._all = [*self._all, command][-_KEPT:]
        self._tell(command.news())
        self._running = self._start(self._run(deployment, command, service))
        return self._running

    def stop(self) -> None:
        """Leave the command that is running; it may go on in the container."""
        if self._running is not None:
            self._running.cancel()

    def all_wire(self) -> list[dict[str, Any]]:
        """All commands with all that is kept of their output, for a page that was opened just now."""
        return [command.wire(list(command.parts)) for command in self._all]

    def _run(self, deployment: Deployment[Any], command: Command, service: str | None) -> Flow[None]:
        command.note = "left: it may go on in the container"  # so that a cancelled one says so
        try:
            result = yield from deployment.command(
                command.text, service=service, on_output=lambda name, text: self._wrote(command, name, text)
            )
        except AkashError as error:
            command.note = str(error)
        else:
            command.note, command.code, command.service = "", result.exit_code, result.service
            self.results.append(result)
        finally:
            command.is_over = True
            self._tell(command.news())

    def _wrote(self, command: Command, name: str, text: str) -> None:
        command.write(name, text)
        if not command.is_due:
            command.is_due = True
            asyncio.get_running_loop().call_later(FLUSH_S, self._flush, command)

    def _flush(self, command: Command) -> None:
        if command.is_due:
            self._tell(command.news())
