"""Clients of the provider-proxy's WebSocket: one over a real server, one without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.types import Message

from mock_server import MockConsole, Pacer, serve
from mock_server.doors.ws import ProviderSockets
from tests.mock_server.gateways import Leased

websockets = pytest.importorskip("websockets.sync.client", reason="the server speaks WebSocket only with `websockets`")

FAILED = {
    "type": "websocket",
    "message": "Received error from provider websocket",
    "error": "Received error from provider websocket",
}
SHELL = "shell?stdin=1&tty=0&podIndex=0&service=web&cmd0=sh"


def closed(code: int, reason: str = "") -> dict[str, Any]:
    return {"type": "websocket", "message": "", "closed": True, "code": code, "reason": reason}


class Socket:
    """A client of the door."""

    def __init__(self, connection: Any, found: Leased) -> None:
        self.connection, self.found = connection, found
        self.auth = found.token()

    def send(self, path: str, **more: Any) -> None:
        target = self.found.target(self.found.lease_path(path), self.auth)
        self.connection.send(json.dumps({"type": "websocket", **target, **more}))

    def type(self, path: str, text: str) -> None:
        self.send(path, data=",".join(map(str, bytes([104]) + text.encode())))

    def read(self) -> Any:
        return json.loads(self.connection.recv(timeout=10))

    def ask(self, value: Any) -> Any:
        self.connection.send(value if isinstance(value, str | bytes) else json.dumps(value))
        return self.read()

    def until_closed(self) -> list[Any]:
        """What comes, with the closing message last."""
        seen = [self.read()]
        while not seen[-1].get("closed"):
            seen.append(self.read())
        return seen


def binary(message: dict[str, Any]) -> bytes:
    assert message["message"]["type"] == "Buffer"
    return bytes(message["message"]["data"])


@contextmanager
def opened(mock: MockConsole | Pacer, found: Leased) -> Iterator[Socket]:
    with serve(mock) as server, websockets.connect(server.url.replace("http", "ws")) as connection:
        yield Socket(connection, found)


class Talk:
    """A client without a network: what it sends is put in, what it gets is kept."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Message] = asyncio.Queue()
        self.sent.put_nowait({"type": "websocket.connect"})
        self.seen: asyncio.Queue[Message] = asyncio.Queue()

    async def run(self, mock: MockConsole | Pacer) -> None:
        scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b""}
        await ProviderSockets(mock)(scope, self.sent.get, self.seen.put)

    def say(self, found: Leased, path: str) -> None:
        target = found.target(found.lease_path(path), found.token())
        self.sent.put_nowait({"type": "websocket.receive", "text": json.dumps({"type": "websocket", **target})})

    def leave(self) -> None:
        self.sent.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def hear(self) -> dict[str, Any]:
        while (event := await self.seen.get())["type"] != "websocket.send":
            pass
        heard: dict[str, Any] = json.loads(event["text"])
        return heard
