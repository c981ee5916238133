"""The in-process door of the provider-proxy: a client's WebSocket without a network (contract §16).

Nothing waits in here. `receive` gives what there is at this moment, and `due_s` says when it is worth asking again, so
that a client waits in its own way: by letting virtual time pass, or until somebody else does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from mock_server.mock import Mock
from mock_server.provider import conversation
from mock_server.provider.conversation import Link, Pause


class MockSocket:
    """One client of the proxy. Made by `MockConsole.socket()` and `Pacer.socket()`; for one thread at a time."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._answers: deque[str] = deque()
        self._link: Link | None = None
        self._telling: Iterator[str | Pause] = iter(())
        self._held_until_ms = 0

    def send(self, text: str) -> None:
        """Send a text frame."""
        message = conversation.understand(self._mock, text)
        if isinstance(message, str):
            self._answers.append(message)
            return
        if self._link is None or self._link.is_over or self._link.url != message.url:
            link = conversation.reach(self._mock, message)
            self._telling = iter(())
            self._link = None if isinstance(link, str) else link
            if isinstance(link, str):
                self._answers.append(link)
        if self._link is not None and message.payload:
            self._link.push(message.payload)

    def receive(self) -> str | None:
        """The next text frame; None when there is none now.

        Raises:
            ConnectionError: A fault has broken the line.
        """
        if self._answers:
            return self._answers.popleft()
        if self._link is None or self._held_s() > 0:
            return None
        part = next(self._telling, None)
        if part is None and not self._link.is_over:
            self._telling = self._link.tell()
            part = next(self._telling, None)
        if isinstance(part, Pause):
            self._held_until_ms = self._now_ms() + round(part.seconds * 1000)
            return None
        if part is None and self._link.is_cut:
            raise ConnectionError("connection closed by the server (fault of the mock)")
        return part

    @property
    def due_s(self) -> float | None:
        """Virtual seconds until there may be more; None when nothing is known to come by itself."""
        held = self._held_s()
        if held > 0 or self._link is None:
            return held or None
        return None if self._link.is_over else self._link.due_s

    @property
    def pace(self) -> float:
        """Virtual seconds per real second; 0 where time stands still until it is moved."""
        return self._mock.pace_of(self._link.owner if self._link else None)

    def watched(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """Inside the block `told` is called, from any thread, whenever time was moved or a world was changed."""
        return self._mock.watched(told)

    def _held_s(self) -> float:
        return max(self._held_until_ms - self._now_ms(), 0) / 1000 if self._held_until_ms else 0.0

    def _now_ms(self) -> int:
        return self._mock.visit(self._link.owner if self._link else None, lambda world: world.now_ms)
