"""The FastAPI door: FastAPI keeps the page about the API, and requests go straight to the mock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from mock_server.doors.ws import ProviderSockets
from mock_server.faults import ConnectionBroken
from mock_server.mock import Mock
from mock_server.web.describe import document
from mock_server.web.http import MockRequest, MockResponse, query_of

#: How many pieces a body comes in, at most, when it trickles.
_PIECES = 20


def create_app(mock: Mock) -> FastAPI:
    """An ASGI app that answers every request through `mock.handle`.

    Bodies are checked by the mock itself, so a wrong one gets the Console's 400 and never FastAPI's 422. What is added
    to the app (routes, middleware) comes before the mock.
    """
    return _App(mock)


class _App(FastAPI):
    """FastAPI for its page and for what is added to it; the mock for everything else."""

    def __init__(self, mock: Mock) -> None:
        # FastAPI's pages about an API load their scripts from another host; this package loads nothing from anywhere,
        # so the page for people is the mock's own, /v1/swagger.
        super().__init__(title="Akash Console API (mock)", docs_url=None, redoc_url=None)
        self._dialect = mock.dialect
        self._door = Door(mock)
        self.router.redirect_slashes = False
        self.router.default = self._door
        self._own_routes = len(self.router.routes)

    def openapi(self) -> dict[str, Any]:
        """The mock's own description of itself."""
        return document(self._dialect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        # FastAPI's own layers cost as much as the answer does, so they are for those who have added something.
        added = self.user_middleware or len(self.router.routes) > self._own_routes
        if added or scope["type"] == "lifespan" or scope["path"] == self.openapi_url:
            return await super().__call__(scope, receive, send)
        return await self._door(scope, receive, send)


class Door:
    """An ASGI app that hands HTTP requests to a mock as they come, and its encoded answers back.

    A connection that a fault refuses or drops is there already, so all that can be done is to close it: without a byte
    where nothing stands between the door and uvicorn, which hangs up on an app that returns something; with the head of
    an answer whose body never comes where FastAPI's layers do. In either case httpx raises `RemoteProtocolError`.
    """

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._sockets = ProviderSockets(mock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif scope["type"] == "http":
            request = _request(scope, await _body(receive))
            try:
                await self._send(request, self._mock.handle(request), send)
            except ConnectionBroken as broken:
                if "app" not in scope:  # which FastAPI puts there
                    return broken
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        return None

    async def _send(self, request: MockRequest, response: MockResponse, send: Send) -> None:
        if response.delay_s:
            await self._sleep(request, response.delay_s)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        if response.status != 204 and "content-length" not in response.headers:
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if response.bytes_per_s:
            await self._trickle(request, response, send)
        await send({"type": "http.response.body", "body": b"" if response.bytes_per_s else response.body})

    async def _trickle(self, request: MockRequest, response: MockResponse, send: Send) -> None:
        size = max(1, -(-len(response.body) // _PIECES))
        for start in range(0, len(response.body), size):
            piece = response.body[start : start + size]
            await self._sleep(request, len(piece) / response.bytes_per_s)
            await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _sleep(self, request: MockRequest, virtual_s: float) -> None:
        await asyncio.sleep(virtual_s / (self._mock.pace_for(request) or 1))


def _request(scope: Scope, body: bytes) -> MockRequest:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return MockRequest(scope["method"], path, query_of(query), _headers(scope["headers"]), body, query)


def _headers(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name, which ASGI has in lower case; blanks around a value do not count, several are a list."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in sent:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)
