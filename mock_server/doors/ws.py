"""The provider-proxy's WebSocket door (contract §16): one client socket, behind it at most one provider's.

What is told is decided in `conversation`; here it is only sent, and waited for. Waiting follows virtual time: as long
as the `Pacer` needs for it, or until somebody moves the clock of a mock whose time stands still.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import sleep
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from mock_server.mock import Mock
from mock_server.provider import conversation
from mock_server.provider.conversation import Link

_LOG = logging.getLogger(__name__)

#: A provider is a network away: what a client says again right after its first message finds the command still running,
#: where it would otherwise start it anew.
HANDSHAKE_S = 0.01


class ProviderSockets:
    """An ASGI app that takes WebSockets on any path, without asking who connects."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        client = _Client(socket, self._mock)
        try:
            # Without a closing message of ours, a server hangs up without a closing frame: that is how a line breaks.
            while (event := await client.next_event()) and event["type"] == "websocket.receive":
                await client.take(event.get("text"))
        except WebSocketDisconnect:  # while it was answered
            pass
        finally:
            await client.hang_up()


class _Client:
    """One client and the provider's socket that it last asked for."""

    def __init__(self, socket: WebSocket, mock: Mock) -> None:
        self.say = socket.send_text
        self._socket = socket
        self._mock = mock
        self._talk: _Talk | None = None
        self._cut: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def next_event(self) -> Message | None:
        """What the client does next; None when a fault has broken its line."""
        event = asyncio.create_task(self._socket.receive())
        waited: list[asyncio.Future[Any]] = [event, self._cut]
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            return None if self._cut.done() else event.result()
        finally:
            event.cancel()

    def cut(self) -> None:
        """Break the client's line."""
        if not self._cut.done():
            self._cut.set_result(None)

    async def take(self, text: str | None) -> None:
        """Answer one message; None stands for a binary one."""
        message = conversation.understand(self._mock, text)
        if isinstance(message, str):
            await self.say(message)
            return
        if self._talk is None or self._talk.is_over or self._talk.url != message.url:
            await self.hang_up()
            link = conversation.reach(self._mock, message)
            if isinstance(link, str):
                await self.say(link)
                return
            self._talk = _Talk(self, self._mock, link)
        if message.payload:
            self._talk.push(message.payload)

    async def hang_up(self) -> None:
        """Leave the provider's socket, if there is one."""
        talk, self._talk = self._talk, None
        if talk is not None:
            await talk.close()


class _Talk:
    """One open socket of a provider: a task that tells its client what there is to tell, when there is."""

    def __init__(self, client: _Client, mock: Mock, link: Link) -> None:
        self.url = link.url
        self._client, self._mock, self._link = client, mock, link
        self._stirred = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    @property
    def is_over(self) -> bool:
        """Whether the provider has closed it."""
        return self._task.done()

    def push(self, frame: bytes) -> None:
        """Pass on what the client sends."""
        self._link.push(frame)
        self._stirred.set()

    async def close(self) -> None:
        """Stop, and wait for the task to end."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        with self._mock.watched(_across_threads(asyncio.get_running_loop(), self._stirred.set)):
            try:
                await sleep(HANDSHAKE_S)
                await self._tell()
                while not self._link.is_over:
                    await self._wait()
                    await self._tell()
            except WebSocketDisconnect:  # the client is gone; its own loop ends this
                pass
            except Exception:
                _LOG.exception("the stream %s failed inside the mock", self.url.partition("?")[0])
                with suppress(WebSocketDisconnect):
                    await self._client.say(conversation.failed())

    async def _tell(self) -> None:
        # Cleared before looking: what changes afterwards is seen the next time, at once.
        self._stirred.clear()
        for part in self._link.tell():
            if isinstance(part, str):
                await self._client.say(part)
            else:
                await sleep(part.seconds / (self._mock.pace_of(self._link.owner) or 1))
        if self._link.is_cut:
            self._client.cut()

    async def _wait(self) -> None:
        """Wait until there may be more to tell, or its client has something to say."""
        timeout: float | None = None
        pace = self._mock.pace_of(self._link.owner)
        if pace and self._link.due_s is not None:
            # One more millisecond, so that rounding does not wake us just before it is due.
            timeout = self._link.due_s / pace + 0.001
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), timeout)


def _across_threads(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> Callable[[], None]:
    """A function that any thread may call to have something called in the loop."""

    def from_anywhere() -> None:
        with suppress(RuntimeError):  # the server was stopped a moment ago
            loop.call_soon_threadsafe(call)

    return from_anywhere
