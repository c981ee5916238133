"""The FastAPI door: FastAPI keeps the page about the API, and requests go straight to the mock."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from mock_server.describe import document
from mock_server.faults import ConnectionBroken
from mock_server.http import MockRequest, MockResponse
from mock_server.mock import Mock
from mock_server.ws import ProviderSockets

#: How many pieces a body comes in, at most, when it trickles.
_PIECES = 20


def create_app(mock: Mock) -> FastAPI:
    """An ASGI app that answers every request through `mock.handle`.

    Bodies are checked by the mock itself, so a wrong one gets the Console's 400 and never FastAPI's 422. What is added
    to the app (routes, middleware) comes before the mock.
    """
    # FastAPI's pages about an API load their scripts from another host; this package loads nothing from anywhere, so
    # the page is the mock's own, /v1/swagger.
    app = FastAPI(title="Akash Console API (mock)", docs_url=None, redoc_url=None)
    app.router.redirect_slashes = False
    app.router.default = Door(mock)

    def described() -> dict[str, Any]:
        return document(mock.dialect)

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to serve a document of one's own
    return app


class Door:
    """An ASGI app that hands HTTP requests to a mock as they come, and its encoded answers back."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock
        self._sockets = ProviderSockets(mock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif scope["type"] == "http":
            request = _request(scope, await _body(receive))
            try:
                response = self._mock.handle(request)
            except ConnectionBroken:
                # Headers promise a body that never comes, so the server hangs up.
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            else:
                await self._send(response, send)

    async def _send(self, response: MockResponse, send: Send) -> None:
        if response.delay_s:
            await self._sleep(response.delay_s)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        if response.status != 204:
            headers.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if response.bytes_per_s:
            await self._trickle(response, send)
        await send({"type": "http.response.body", "body": b"" if response.bytes_per_s else response.body})

    async def _trickle(self, response: MockResponse, send: Send) -> None:
        size = max(1, -(-len(response.body) // _PIECES))
        for start in range(0, len(response.body), size):
            piece = response.body[start : start + size]
            await self._sleep(len(piece) / response.bytes_per_s)
            await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _sleep(self, virtual_s: float) -> None:
        await asyncio.sleep(virtual_s / (self._mock.pace_of(None) or 1))


def _request(scope: Scope, body: bytes) -> MockRequest:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    target = raw.partition(b"?")[0] + (b"?" + query if query else b"")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return MockRequest.from_parts(scope["method"], target.decode("latin-1"), headers, body)


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
