"""Lines into the mock in this process: streams without a network, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from akash_nb.client.lines import AsyncDialer, AsyncLine, Dialer, Line, with_token
from akash_nb.client.transport import Secret
from akash_nb.client.wire import Lost

if TYPE_CHECKING:
    from mock_server.doors.socket import MockSocket


def dialer(socket: Callable[[], MockSocket], pause: Callable[[float], None]) -> Dialer:
    """Lines into the mock: waiting for a message lets the time pass that it takes."""

    def dial(message: Mapping[str, Any], token: Secret) -> Line:
        opened = socket()
        opened.send(with_token(message, token))
        return _MockLine(opened, pause)

    return dial


def async_dialer(socket: Callable[[], MockSocket], pause: Callable[[float], Awaitable[None]]) -> AsyncDialer:
    """The same, awaited."""

    async def dial(message: Mapping[str, Any], token: Secret) -> AsyncLine:
        opened = socket()
        opened.send(with_token(message, token))
        return _AsyncMockLine(opened, pause)

    return dial


@dataclass(frozen=True, slots=True)
class _MockLine:
    socket: MockSocket
    pause: Callable[[float], None]

    def hear(self, timeout_s: float | None) -> str | Lost | None:
        left_s = timeout_s
        while (heard := _received(self.socket)) is None and (left_s is None or left_s > 0):
            wait_s = _until_due(self.socket, left_s)
            self.pause(wait_s)
            left_s = None if left_s is None else left_s - wait_s
        return heard

    def drop(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class _AsyncMockLine:
    socket: MockSocket
    pause: Callable[[float], Awaitable[None]]

    async def hear(self, timeout_s: float | None) -> str | Lost | None:
        if timeout_s is None:
            return await self._hear_some_day()
        left_s = timeout_s
        while (heard := _received(self.socket)) is None and left_s > 0:
            wait_s = _until_due(self.socket, left_s)
            await self.pause(wait_s)
            left_s -= wait_s
        return heard

    async def _hear_some_day(self) -> str | Lost:
        """Wait while time passes as it does by itself, or until somebody moves it."""
        stirred, loop = asyncio.Event(), asyncio.get_running_loop()

        def stir() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(stirred.set)

        with self.socket.watched(stir):
            while (heard := _received(self.socket)) is None:
                pace = self.socket.pace
                timeout_s = _until_due(self.socket, 60.0) / pace if pace else None
                with suppress(TimeoutError):
                    await asyncio.wait_for(stirred.wait(), timeout_s)
                stirred.clear()
        return heard

    def drop(self) -> None:
        """Nothing is held."""


def _received(socket: MockSocket) -> str | Lost | None:
    try:
        return socket.receive()
    except ConnectionError as broken:
        return Lost(str(broken), was_sent=True)


def _until_due(socket: MockSocket, at_most_s: float | None) -> float:
    """How long to wait before it is worth asking again, in virtual seconds; time moves on in any case."""
    due_s = socket.due_s
    known = [seconds for seconds in (due_s, at_most_s) if seconds is not None]
    return max(min(known, default=1.0), 0.001)
