"""The FastAPI door: the same table over ASGI, with `/openapi.json` for people and tools that look around."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.console import MockConsole
from mock_server.faults import ConnectionBroken
from mock_server.http import MockRequest
from mock_server.pacing import Pacer
from mock_server.routes import ROUTES
from mock_server.routes.table import Route
from mock_server.ws import ProviderSockets


class _Broken(Response):
    """A connection that breaks: headers promise a body that never comes, so the server hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


def create_app(console: MockConsole | Pacer) -> FastAPI:
    """An ASGI app that answers every request through `console.handle`.

    Bodies are checked by the mock itself, so a wrong one gets the Console's 400 and never FastAPI's 422.
    """
    # FastAPI's pages about an API load their scripts from another host; this package loads nothing from anywhere.
    app = FastAPI(title="Akash Console API (mock)", version="3.32.0-mock", docs_url=None, redoc_url=None)
    answer = _endpoint(console)
    for route in _literal_first():
        path, method = route.path, [route.method]
        app.add_api_route(path, answer, methods=method, operation_id=route.name, name=route.name, response_model=None)
    # What no entry claims, or claims with another method, is answered by the mock too; so is every WebSocket.
    app.router.default = _default(answer, ProviderSockets(console))
    app.router.redirect_slashes = False
    app.add_exception_handler(405, _instead_of_405(answer))
    return app


def _literal_first() -> list[Route]:
    return sorted(ROUTES, key=lambda route: bool(route.parameters))


def _endpoint(console: MockConsole | Pacer) -> Callable[[Request], Awaitable[Response]]:
    speed = console.speed if isinstance(console, Pacer) else 1.0

    async def answer(request: Request) -> Response:
        try:
            response = console.handle(await _from_asgi(request))
        except ConnectionBroken:
            return _Broken()
        if response.delay_s:
            await asyncio.sleep(response.delay_s / speed)
        return Response(response.body, response.status, response.headers)

    return answer


def _instead_of_405(
    answer: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def instead(request: Request, _: Exception) -> Response:
        return await answer(request)

    return instead


def _default(answer: Callable[[Request], Awaitable[Response]], sockets: ASGIApp) -> ASGIApp:
    async def default(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await answer(Request(scope, receive))
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await sockets(scope, receive, send)

    return default


async def _from_asgi(request: Request) -> MockRequest:
    raw = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"]
    target = raw.split(b"?")[0] + (b"?" + query if query else b"")
    return MockRequest.from_parts(request.method, target.decode("latin-1"), dict(request.headers), await request.body())
