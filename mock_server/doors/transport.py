"""The in-process door: one httpx transport for `httpx.Client` and `httpx.AsyncClient`, without a socket."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from mock_server.faults import ConnectionBroken
from mock_server.web.http import MockRequest, MockResponse

_BROKEN: dict[str, tuple[type[httpx.TransportError], str]] = {
    "refused": (httpx.ConnectError, "connection refused (fault of the mock)"),
    "before": (httpx.ReadError, "connection closed by the server (fault of the mock)"),
    "after": (httpx.ReadError, "connection closed by the server (fault of the mock)"),
}


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests to `handle`. A late answer lets virtual time pass, or raises `httpx.ReadTimeout`.

    Args:
        handle: `MockConsole.handle` or `Pacer.handle`.
        let_pass: Lets virtual time pass for whoever made a request, in seconds.
    """

    def __init__(
        self, handle: Callable[[MockRequest], MockResponse], let_pass: Callable[[MockRequest, float], None]
    ) -> None:
        self._handle = handle
        self._let_pass = let_pass

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._respond(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self._respond(request)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        asked = from_httpx(request)
        try:
            response = self._handle(asked)
        except ConnectionBroken as broken:
            kind, message = _BROKEN[broken.when]
            raise kind(message, request=request) from None
        if response.delay_s or response.bytes_per_s:
            self._wait(request, asked, response)
        return httpx.Response(response.status, headers=response.headers, content=response.body, request=request)

    def _wait(self, request: httpx.Request, asked: MockRequest, response: MockResponse) -> None:
        """Let the time pass that an answer takes; a timeout is about the longest silence, so trickling is in time."""
        limit = request.extensions.get("timeout", {}).get("read")
        if response.delay_s:
            self._let_pass(asked, response.delay_s if limit is None else min(response.delay_s, limit))
        if limit is not None and response.delay_s > limit:
            raise httpx.ReadTimeout("the answer did not come in time (fault of the mock)", request=request)
        if response.bytes_per_s:
            self._let_pass(asked, len(response.body) / response.bytes_per_s)


def from_httpx(request: httpx.Request) -> MockRequest:
    """An httpx request whose body has been read, as the mock's own record."""
    target = request.url.raw_path.decode("ascii")
    return MockRequest.from_parts(request.method, target, dict(request.headers), request.content)
