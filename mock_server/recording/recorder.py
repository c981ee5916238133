"""Writes a session down while it happens: in front of a mock, or between an httpx client and the real service."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar, cast

import httpx

from mock_server.console import Dialect, MockConsole
from mock_server.control import PREFIX
from mock_server.doors.pacing import Pacer
from mock_server.doors.transport import MockTransport, from_httpx
from mock_server.faults import ConnectionBroken, Faults
from mock_server.mock import Mock
from mock_server.recording.file import FORMAT, VERSION, Header, Source, Tape, belongs, exchange_of, route_of
from mock_server.recording.redaction import Masks
from mock_server.routes.envelope import sha256
from mock_server.web.http import MockRequest, MockResponse
from mock_server.world.state import World, wallet_address

T = TypeVar("T")

#: After these errors it is sure that the service never saw the request.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)

_LOG = logging.getLogger(__name__)


class Recorder(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Passes requests on and writes them down with their answers.

    In front of a mock it takes the mock's place at every door, and has all that the mock has:

        with serve(Recorder(MockConsole(), "session.jsonl")) as server: ...

    Around a transport it is a transport, for the client that the transport was for:

        httpx.Client(transport=Recorder(httpx.HTTPTransport(), "session.jsonl"), base_url=...)

    What gives access is masked before it is written. What a mock streams over WebSockets is not written down. An answer
    reaches its caller even if it cannot be written; an error is logged then.

    Args:
        source: A mock, or a transport of httpx, blocking or not.
        file: Where to; the file must not exist yet. It is readable by its owner only.
        dialect: The dialect of what is behind a transport; a mock says itself which one it speaks.

    Raises:
        OSError: The file exists already, or cannot be made.
    """

    def __init__(
        self,
        source: Mock | httpx.BaseTransport | httpx.AsyncBaseTransport,
        file: str | Path,
        *,
        dialect: Dialect = "live",
    ) -> None:
        is_mock = not isinstance(source, httpx.BaseTransport | httpx.AsyncBaseTransport)
        self._source = cast(Any, source)
        self.dialect: Dialect = self._source.dialect if is_mock else dialect
        console = source.console if isinstance(source, Pacer) else source
        self._notes = _Notes(file, self.dialect, console if isinstance(console, MockConsole) else None)
        self._inner: Any = self.transport() if is_mock else _Between(source, self._notes)

    def handle(self, request: MockRequest) -> MockResponse:
        """The mock's answer to one request.

        Raises:
            ConnectionBroken: As the mock says; that is written down too.
        """
        with self._notes.lock:  # so that the exchanges are written in the order in which they happened
            try:
                response: MockResponse = self._source.handle(request)
            except ConnectionBroken as broken:
                self._notes.add(request, broken)
                raise
            self._notes.add(request, response)
            return response

    def transport(self) -> MockTransport:
        """The in-process door of the mock."""
        return MockTransport(self.handle, lambda asked, seconds: self._source.let_pass(asked, seconds))

    def advance(self, seconds: float) -> None:
        """As the mock's."""
        self._source.advance(seconds)

    def visit(self, owner: str | None, look: Callable[[World], T]) -> T:
        """As the mock's."""
        found: T = self._source.visit(owner, look)
        return found

    def pace_of(self, owner: str | None) -> float:
        """As the mock's."""
        pace: float = self._source.pace_of(owner)
        return pace

    def pace_for(self, request: MockRequest) -> float:
        """As the mock's."""
        pace: float = self._source.pace_for(request)
        return pace

    def faults_of(self, owner: str | None) -> Faults:
        """As the mock's."""
        faults: Faults = self._source.faults_of(owner)
        return faults

    def watched(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """As the mock's."""
        watching: AbstractContextManager[None] = self._source.watched(told)
        return watching

    def __getattr__(self, name: str) -> Any:
        if name == "_source":  # asked for before there is one
            raise AttributeError(name)
        return getattr(self._source, name)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = self._inner.handle_request(request)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await self._inner.handle_async_request(request)
        return response

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Between(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Notes what passes through a transport."""

    def __init__(self, inner: Any, notes: _Notes) -> None:
        self._inner = inner
        self._notes = notes

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        try:
            response = self._inner.handle_request(request)
            try:
                raw = b"".join(response.stream)
            finally:
                response.close()
        except httpx.TransportError as problem:
            self._note_broken(request, problem)
            raise
        return self._noted(request, response, raw)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        try:
            response = await self._inner.handle_async_request(request)
            try:
                raw = b"".join([part async for part in response.stream])
            finally:
                await response.aclose()
        except httpx.TransportError as problem:
            self._note_broken(request, problem)
            raise
        return self._noted(request, response, raw)

    def close(self) -> None:
        self._inner.close()

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _noted(self, request: httpx.Request, response: httpx.Response, raw: bytes) -> httpx.Response:
        """The answer as it came, for its client to decode; what is noted is decoded."""
        status, headers = response.status_code, response.headers
        try:
            body = httpx.Response(status, headers=headers, content=raw).content
        except httpx.DecodingError:  # the client will see that for itself
            body = raw
        self._notes.add(from_httpx(request), MockResponse(status, body, dict(headers)))
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(raw), extensions=response.extensions)

    def _note_broken(self, request: httpx.Request, problem: httpx.TransportError) -> None:
        when = "refused" if isinstance(problem, _NOT_SENT) else "after"
        self._notes.add(from_httpx(request), ConnectionBroken(when), error=type(problem).__name__)


class _Notes:
    """What is written down, from one thread at a time; `console` is the mock whose time is noted, if it is one."""

    def __init__(self, file: str | Path, dialect: Dialect, console: MockConsole | None) -> None:
        source = Source(console.seed, console.fleet, str(console.block_seconds)) if console else None
        self.lock = console.lock if console else RLock()
        self._tape = Tape(file, Header(FORMAT, VERSION, dialect, source))
        self._dialect: Dialect = dialect
        self._console = console
        self._masks = Masks()

    def add(self, request: MockRequest, outcome: MockResponse | ConnectionBroken, *, error: str = "") -> None:
        """Note a request and what became of it."""
        if not belongs(request):
            return
        with self.lock:
            now_ms = now_of(self._console, request) if self._console else None
            try:
                self._tape.add(exchange_of(request, outcome, self._masks, self._dialect, now_ms=now_ms, error=error))
            except OSError as problem:
                _LOG.error("%s %s is missing in the recording: %s", request.method, request.path, problem)


def now_of(console: MockConsole, request: MockRequest) -> int | None:
    """The virtual time of the world that a request is about, in ms since 1970; None for the mock's own controls."""
    if request.path.startswith(PREFIX):
        return None
    return console.visit(owner_of(console, request), lambda world: world.now_ms)


def owner_of(console: MockConsole, request: MockRequest) -> str | None:
    """The wallet that a request is about: the one that it names, where that is how it is told, or its API key's."""
    route = route_of(request, console.dialect)
    if route is not None and route.owner is not None:
        return route.owner(request)
    return wallet_address(console.seed, sha256(request.headers.get("x-api-key", "")))
