"""The provider-proxy's WebSocket door (contract §16): one client socket, behind it at most one provider's.

What is told is decided in `feeds`; here it is only sent, and waited for. Waiting follows virtual time: as long as the
`Pacer` needs for it, or until somebody moves the clock of a mock whose time stands still.
"""

from __future__ import annotations

import asyncio
import json
import logging
from asyncio import sleep
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from mock_server.mock import Mock, NoWorldError
from mock_server.provider import proxy
from mock_server.provider.feeds import Feed, connect
from mock_server.provider.streams import Closed, Portion, buffer, payload_of
from mock_server.provider.terminal import RESULT
from mock_server.web.call import javascript_json
from mock_server.web.http import ApiError
from mock_server.web.validate import Issues

_LOG = logging.getLogger(__name__)

_NOT_JSON = {"message": "Message is not a JSON string", "error": "Invalid message format"}
_WRONG = {"message": "Message doesn't match expected schema", "error": "Invalid message format"}
_EXPIRED = {"error": "tokenExpired"}
_FAILED = dict.fromkeys(("message", "error"), "Received error from provider websocket")
#: A provider is a network away: what a client says again right after its first message finds the command still running,
#: where it would otherwise start it anew.
HANDSHAKE_S = 0.01
#: RFC 6455: the other side violates a policy.
_POLICY = 1008


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
        self._socket = socket
        self._mock = mock
        self._link: _Link | None = None
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
        message, issues = self._read(text)
        if message is None:
            await self.tell(_NOT_JSON)
        elif proxy.is_expired(issues):
            await self.tell(_EXPIRED)
        elif issues:
            await self.tell({**_WRONG, "errors": issues})
        elif message["type"] == "ping":
            await self._send({"type": "pong"})
        else:
            await self._pass_on(message)

    async def tell(self, value: dict[str, Any]) -> None:
        """Send a message of the type that everything but a pong has."""
        await self._send({"type": "websocket", **value})

    async def hang_up(self) -> None:
        """Leave the provider's socket, if there is one."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    def _read(self, text: str | None) -> tuple[dict[str, Any] | None, Issues]:
        try:
            value = javascript_json(text or "")
        except ValueError:
            return None, []
        if not value and not isinstance(value, dict | list):  # what JavaScript takes for nothing
            return None, []
        issues: Issues = []
        message = proxy.MESSAGE(value, (), issues)
        if issues or message["type"] == "ping":
            return message or {}, issues
        auth = message.get("auth")
        owner = proxy.named_owner(auth)
        with suppress(NoWorldError):
            return message, self._mock.visit(owner, lambda world: proxy.credential_issues(auth, world.now_ms))
        return message, []

    async def _pass_on(self, message: dict[str, Any]) -> None:
        if self._link is None or self._link.is_over or self._link.url != message["url"]:
            await self.hang_up()
            await self._connect(message)
        if self._link is not None and message.get("data"):
            self._link.push(payload_of(message["data"], is_base64=message.get("isBase64", False)))

    async def _connect(self, message: dict[str, Any]) -> None:
        owner = proxy.named_owner(message.get("auth"))
        try:
            faults = self._mock.faults_of(owner)
            feed = self._mock.visit(owner, lambda world: connect(world, faults, message))
        except proxy.BadCertificateError as bad:
            await self.close(Closed(_POLICY, f"invalidCertificate.{bad.code}"))
        except (ApiError, NoWorldError):
            await self.tell(_FAILED)
        else:
            self._link = _Link(self, self._mock, message["url"], owner, feed)

    async def close(self, closed: Closed) -> None:
        """Say that the provider's socket is closed; the client's stays open."""
        await self.tell({"message": "", "closed": True, "code": closed.code, "reason": closed.reason})

    async def _send(self, value: dict[str, Any]) -> None:
        await self._socket.send_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class _Link:
    """One open socket of a provider: a task that tells its client what the feed has to say, when it has."""

    def __init__(self, client: _Client, mock: Mock, url: str, owner: str | None, feed: Feed) -> None:
        self.url = url
        self._client, self._mock, self._owner, self._feed = client, mock, owner, feed
        self._faults = mock.faults_of(owner)
        self._frames: list[bytes] = []
        self._stirred = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    @property
    def is_over(self) -> bool:
        """Whether the provider has closed it."""
        return self._task.done()

    def push(self, frame: bytes) -> None:
        """Pass on what the client sends."""
        self._frames.append(frame)
        self._stirred.set()

    async def close(self) -> None:
        """Stop, and wait for the task to end."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        with self._mock.watched(_across_threads(asyncio.get_running_loop(), self._stirred.set)):
            try:
                await sleep(HANDSHAKE_S)
                while await self._tell(portion := self._portion()):
                    await self._wait(portion)
            except WebSocketDisconnect:  # the client is gone; its own loop ends this
                pass
            except Exception:
                _LOG.exception("the stream %s failed inside the mock", self.url.partition("?")[0])
                with suppress(WebSocketDisconnect):
                    await self._client.tell(_FAILED)

    def _portion(self) -> Portion:
        # Cleared before looking: what changes afterwards is seen the next time, at once.
        self._stirred.clear()
        frames, self._frames = self._frames, []
        return self._mock.visit(self._owner, lambda world: self._feed.portion(world, frames))

    async def _tell(self, portion: Portion) -> bool:
        """Send a portion; False when it was the last."""
        for frame in filter(None, portion.frames):
            if frame[0] == RESULT and self._faults.strikes("shell_lost"):
                continue
            await self._pause()
            await self._client.tell({"message": buffer(frame) if isinstance(frame, bytes) else frame})
        if await self._fails():
            return False
        if portion.closed is not None:
            await self._client.close(portion.closed)
        return portion.closed is None

    async def _pause(self) -> None:
        """Hold a frame back where a fault makes the line slow."""
        rule = self._faults.strikes("stream_slow", operation=self._feed.kind)
        if rule is not None:
            await sleep(rule.seconds / (self._mock.pace_of(self._owner) or 1))

    async def _fails(self) -> bool:
        """Whether a fault ends the stream here."""
        if self._faults.strikes("stream_error", operation=self._feed.kind):
            await self._client.tell(_FAILED)
            return True
        if self._faults.strikes("stream_drop", operation=self._feed.kind):
            self._client.cut()
            return True
        return False

    async def _wait(self, portion: Portion) -> None:
        """Wait until the feed may have more to say, or its client has."""
        timeout: float | None = None
        pace = self._mock.pace_of(self._owner)
        if pace and portion.next_ms is not None:
            # One more millisecond, so that rounding does not wake us just before it is due.
            timeout = max(portion.next_ms - portion.now_ms, 0) / 1000 / pace + 0.001
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), timeout)


def _across_threads(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> Callable[[], None]:
    """A function that any thread may call to have something called in the loop."""

    def from_anywhere() -> None:
        with suppress(RuntimeError):  # the server was stopped a moment ago
            loop.call_soon_threadsafe(call)

    return from_anywhere
