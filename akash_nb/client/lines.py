"""Lines to providers: WebSockets of the provider-proxy (contract §16), blocking and awaited, and where the proxy is.

A line is one stream: it is opened with one message and heard until it ends. The token meets the message here, below
everything that could print it; frames that held it are forgotten, and an answer that echoes it comes without it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from akash_nb.client.transport import forgetful, proxy_for
from akash_nb.client.wire import Lost
from akash_nb.models import Secret

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection as AsyncConnection
    from websockets.sync.client import ClientConnection

#: The public service has its proxy on a host of its own; others, such as a mock, on the same (contract §16).
_PROXIES = {"console-api.akash.network": "wss://console-provider-proxy.akash.network"}

#: Bytes as a Buffer in JSON take four times their size.
_LARGEST_FRAME = 16 * 1024 * 1024
_OPEN_TIMEOUT_S = 10.0

#: The library's own would write every frame, the token included, to a log at level DEBUG.
_SILENT = logging.getLogger("akash_nb.client.lines")
_SILENT.setLevel(logging.WARNING)


class Line(Protocol):
    """An open line, blocking."""

    def hear(self, timeout_s: float | None) -> str | Lost | None:
        """The next message; None when none came in time, `Lost` when the line is broken."""
        ...

    def drop(self) -> None:
        """Hang up; once is as good as twice."""
        ...


class AsyncLine(Protocol):
    """An open line, awaited."""

    async def hear(self, timeout_s: float | None) -> str | Lost | None:
        """The next message; None when none came in time, `Lost` when the line is broken."""
        ...

    def drop(self) -> None:
        """Hang up; once is as good as twice."""
        ...


Dialer: TypeAlias = Callable[[Mapping[str, Any], Secret], Line | Lost]
AsyncDialer: TypeAlias = Callable[[Mapping[str, Any], Secret], Awaitable[AsyncLine | Lost]]


def proxy_address(base_url: str) -> str:
    """The provider-proxy that belongs to a Console API, as a WebSocket address."""
    parts = urlsplit(base_url)
    if parts.hostname in _PROXIES:
        return _PROXIES[parts.hostname]
    return urlunsplit(("ws" if parts.scheme == "http" else "wss", parts.netloc, "/", "", ""))


def with_token(message: Mapping[str, Any], token: Secret) -> str:
    """The text of a message that opens a line."""
    return json.dumps({**message, "auth": {"type": "jwt", "token": token.reveal()}}, separators=(",", ":"))


def without_token(text: str, token: Secret) -> str:
    """An answer as it may be shown: a proxy may echo what it was sent."""
    secret = token.reveal()
    return text.replace(secret, "[token]") if secret in text else text


def dialer(url: str) -> Dialer:
    """Opens lines to the proxy at that address, blocking."""

    def dial(message: Mapping[str, Any], token: Secret) -> Line | Lost:
        from websockets.exceptions import WebSocketException  # only streams need it
        from websockets.sync.client import connect

        held = ExitStack()
        try:
            connection = held.enter_context(connect(url, **_options(url)))
        except (OSError, WebSocketException) as problem:
            return _lost(problem, was_sent=False)
        line = _LiveLine(connection, token, held)
        try:
            line.open(message)
        except (OSError, WebSocketException) as problem:
            line.drop()
            return _lost(problem, was_sent=True)
        except BaseException as error:
            line.drop()
            raise forgetful(error)  # noqa: B904  the same error, not a new one
        return line

    return dial


def async_dialer(url: str) -> AsyncDialer:
    """Opens lines to the proxy at that address, awaited."""

    async def dial(message: Mapping[str, Any], token: Secret) -> AsyncLine | Lost:
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException  # only streams need it

        try:
            connection = await connect(url, **_options(url))
        except (OSError, WebSocketException) as problem:
            return _lost(problem, was_sent=False)
        line = _AsyncLiveLine(connection, token)
        try:
            await line.open(message)
        except (OSError, WebSocketException) as problem:
            line.drop()
            return _lost(problem, was_sent=True)
        except BaseException as error:
            line.drop()
            raise forgetful(error)  # noqa: B904  the same error, not a new one
        return line

    return dial


class _LiveLine:
    def __init__(self, connection: ClientConnection, token: Secret, held: ExitStack) -> None:
        self._connection = connection
        self._token = token
        self._held = held

    def open(self, message: Mapping[str, Any]) -> None:
        self._connection.send(with_token(message, self._token))

    def hear(self, timeout_s: float | None) -> str | Lost | None:
        from websockets.exceptions import ConnectionClosed

        try:
            return _text(self._connection.recv(timeout_s), self._token)
        except TimeoutError:
            return None
        except (OSError, ConnectionClosed) as problem:
            return _lost(problem, was_sent=True)

    def drop(self) -> None:
        self._held.close()


class _AsyncLiveLine:
    def __init__(self, connection: AsyncConnection, token: Secret) -> None:
        self._connection = connection
        self._token = token

    async def open(self, message: Mapping[str, Any]) -> None:
        await self._connection.send(with_token(message, self._token))

    async def hear(self, timeout_s: float | None) -> str | Lost | None:
        from websockets.exceptions import ConnectionClosed

        try:
            return _text(await asyncio.wait_for(self._connection.recv(), timeout_s), self._token)
        except TimeoutError:
            return None
        except (OSError, ConnectionClosed) as problem:
            return _lost(problem, was_sent=True)

    def drop(self) -> None:
        # Without the closing handshake, which would have to be awaited, also by somebody who is being cancelled.
        self._connection.transport.abort()


def _options(url: str) -> dict[str, Any]:
    return {
        "open_timeout": _OPEN_TIMEOUT_S,
        "close_timeout": 1.0,
        "max_size": _LARGEST_FRAME,
        "proxy": proxy_for(url.replace("ws", "http", 1)),
        "logger": _SILENT,
    }


def _text(frame: str | bytes, token: Secret) -> str:
    return without_token(frame if isinstance(frame, str) else frame.decode("utf-8", "replace"), token)


def _lost(problem: Exception, *, was_sent: bool) -> Lost:
    text = str(problem).strip()
    return Lost(f"{type(problem).__name__}: {text}" if text else type(problem).__name__, was_sent)
