"""The two clients: thin drivers of the same requests, one blocking, one awaited."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from akash_nb.client import beside, exchange, lines
from akash_nb.client.call import Call, Dial, Flow, Hear, Sleep, Told
from akash_nb.client.exchange import SideBySide, Step, Steps
from akash_nb.client.lines import AsyncDialer, Dialer, proxy_address
from akash_nb.client.resources import Resources
from akash_nb.client.retry import RetryPolicy
from akash_nb.client.transport import KeyedAsyncTransport, KeyedTransport, Secret, hidden, proxy_for
from akash_nb.client.wire import Lost, Reply, Request
from akash_nb.errors import AkashError, InvalidInputError

T = TypeVar("T")

PRODUCTION_URL = "https://console-api.akash.network"

#: A mock Console sends it with every answer.
MOCK_HEADER = "x-akash-mock"

#: The request certainly never reached the service; every other failure leaves doubt.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class _Base:
    """What both clients share: everything but sending and sleeping."""

    base_url = ""
    _key: Secret | None = None  # so that a repr works while the key is still being refused

    def __init__(
        self,
        api_key: Secret | None,
        *,
        base_url: str,
        retry: RetryPolicy | None,
        chance: Callable[[], float],
        on_retry: Callable[[str], None] | None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = Secret.of(api_key)
        self._retry = retry or RetryPolicy()
        self._chance = chance
        self._on_retry = on_retry
        self._told: tuple[datetime, float] | None = None  # the service's clock, and ours when it said so
        self._is_mock = False

    def __repr__(self) -> str:
        key = "with an API key" if self._key else "without a key"
        return f"<{type(self).__name__} {self.base_url} {key}>"

    @property
    def service_time(self) -> datetime | None:
        """The service's clock (UTC) as of its last answer; None before the first."""
        return self._told[0] if self._told else None

    @property
    def told_at(self) -> float:
        """When the service told its clock last, by this computer's own (`time.monotonic`)."""
        return self._told[1] if self._told else float("-inf")

    @property
    def service_now(self) -> datetime | None:
        """The service's clock (UTC) as it must stand by now; None before the first answer."""
        told = self._told
        return told[0] + timedelta(seconds=time.monotonic() - told[1]) if told else None

    @property
    def is_mock(self) -> bool:
        """The service has said that it is a simulated market."""
        return self._is_mock

    def _steps(self, work: Call[T] | Flow[T]) -> Steps[T]:
        return exchange.run(work, self._retry, self._chance)

    def _seconds(self, pause: Sleep) -> float:
        if pause.reason and self._on_retry:
            self._on_retry(pause.reason)
        return pause.seconds

    def _received(self, response: httpx.Response) -> Reply:
        headers = response.headers
        reply = Reply(
            status=response.status_code,
            body=response.content if response.is_success else self._without_key(response.content),
            content_type=headers.get("content-type", ""),
            retry_after=headers.get("retry-after", ""),
            date=headers.get("date", ""),
        )
        if said := reply.service_time():
            self._told = said, time.monotonic()
        self._is_mock = self._is_mock or MOCK_HEADER in headers
        return reply

    def _without_key(self, body: bytes) -> bytes:
        """A service, or a proxy on the way, may echo what it was sent, and errors and the journal quote its words. An
        answer is left alone: a manifest may well hold the key, and has to stay as it is."""
        return body.replace(self._key.reveal().encode(), b"[API key]") if self._key else body


def _arguments(request: Request) -> dict[str, Any]:
    # Exactly this content type, and only with a body (contract §1).
    headers = {"content-type": "application/json"} if request.body is not None else {}
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.params) or None,
        "content": request.body,
        "headers": headers,
        "timeout": httpx.Timeout(request.timeout_s, connect=10.0),
    }


def _refuse_closed(http: httpx.Client | httpx.AsyncClient) -> None:
    if http.is_closed:
        raise InvalidInputError("This client is closed.", means="Nothing was sent.", todo="Make a new one: connect().")


def _lost(error: httpx.RequestError) -> Lost:
    return Lost(
        f"{type(error).__name__}: {error}" if str(error) else type(error).__name__, not isinstance(error, _NEVER_SENT)
    )


class Client(_Base, Resources["Client"]):
    """The Console API, blocking. One method per operation, grouped: `client.deployments.create(...)`.

    Args:
        api_key: A Console API key; None for the public endpoints only.
        base_url: Where the service is.
        transport: An httpx transport to use instead of the network, such as `MockConsole().transport()`.
        proxy_url: Where the provider-proxy is (logs, events, shell); None for that of the public service, and on any
            other `base_url` for the same host.
        dial: How to open a line to the provider-proxy instead of over the network.
        sleep: How to pause, in seconds.
        on_retry: Called with a sentence whenever a call is about to be sent again.
    """

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str = PRODUCTION_URL,
        transport: httpx.BaseTransport | None = None,
        proxy_url: str | None = None,
        dial: Dialer | None = None,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        # Hidden at once: a verbose traceback of what follows prints the arguments.
        api_key = hidden(api_key)
        _Base.__init__(self, api_key, base_url=base_url, retry=retry, chance=chance, on_retry=on_retry)
        Resources.__init__(self, self)
        self._sleep = sleep
        self._transport = transport
        self._dial = dial or lines.dialer(proxy_url or proxy_address(base_url))

    @cached_property
    def _http(self) -> httpx.Client:
        transport = self._transport or httpx.HTTPTransport(proxy=proxy_for(self.base_url))
        # trust_env would add logins from ~/.netrc, which the service refuses beside a key (contract §2).
        return httpx.Client(base_url=self.base_url, transport=KeyedTransport(transport, self._key), trust_env=False)

    def run(self, work: Call[T] | Flow[T]) -> T:
        """Send a call, or run a flow to its end, and return the result.

        Raises:
            AkashError: See `akash_nb.errors`.
        """
        return self._drive(self._steps(work))

    def iterate(self, flow: Flow[Any]) -> Iterator[Any]:
        """What a flow tells while it goes on; closing the iterator ends the flow.

        Raises:
            AkashError: See `akash_nb.errors`.
        """
        steps, answer = self._steps(flow), None
        try:
            while True:
                try:
                    step = steps.send(answer)
                except StopIteration:
                    return
                answer = self._do(step)
                if isinstance(step, Told):
                    yield step.item
        finally:
            steps.close()

    def _drive(self, steps: Steps[T]) -> T:
        answer: Any = None
        try:
            while True:
                try:
                    step = steps.send(answer)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                answer = self._do(step)
        finally:
            steps.close()

    def _do(self, step: Step) -> Any:
        match step:
            case Sleep():
                return self._sleep(self._seconds(step))
            case SideBySide():
                return self._beside(step)
            case Dial():
                return self._dial(step.message, step.token)
            case Hear():
                return step.line.hear(step.timeout_s)
            case Told():
                return None
        return self._send(step)

    def _beside(self, work: SideBySide) -> tuple[Any, ...] | AkashError:
        _refuse_closed(self._http)  # makes the connections too, before threads do it twice
        try:
            return beside.run(work, self._drive)
        except AkashError as error:
            return error

    def _send(self, request: Request) -> Reply | Lost:
        _refuse_closed(self._http)
        try:
            return self._received(self._http.request(**_arguments(request)))
        except httpx.RequestError as error:
            return _lost(error)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Base, Resources["AsyncClient"]):
    """The Console API, awaited: the same methods as `Client`. Use it on one event loop only."""

    def __init__(
        self,
        api_key: str | Secret | None = None,
        *,
        base_url: str = PRODUCTION_URL,
        transport: httpx.AsyncBaseTransport | None = None,
        proxy_url: str | None = None,
        dial: AsyncDialer | None = None,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        # Hidden at once: a verbose traceback of what follows prints the arguments.
        api_key = hidden(api_key)
        _Base.__init__(self, api_key, base_url=base_url, retry=retry, chance=chance, on_retry=on_retry)
        Resources.__init__(self, self)
        self._sleep = sleep
        self._transport = transport
        self._dial = dial or lines.async_dialer(proxy_url or proxy_address(base_url))

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        transport = self._transport or httpx.AsyncHTTPTransport(proxy=proxy_for(self.base_url))
        keyed = KeyedAsyncTransport(transport, self._key)
        return httpx.AsyncClient(base_url=self.base_url, transport=keyed, trust_env=False)

    async def run(self, work: Call[T] | Flow[T]) -> T:
        """Send a call, or run a flow to its end, and return the result.

        Raises:
            AkashError: See `akash_nb.errors`.
        """
        return await self._drive(self._steps(work))

    async def iterate(self, flow: Flow[Any]) -> AsyncIterator[Any]:
        """What a flow tells while it goes on; closing the iterator (`aclose`) ends the flow.

        Raises:
            AkashError: See `akash_nb.errors`.
        """
        steps, answer = self._steps(flow), None
        try:
            while True:
                try:
                    step = steps.send(answer)
                except StopIteration:
                    return
                answer = await self._do(step)
                if isinstance(step, Told):
                    yield step.item
        finally:
            steps.close()

    async def _drive(self, steps: Steps[T]) -> T:
        answer: Any = None
        try:
            while True:
                try:
                    step = steps.send(answer)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                answer = await self._do(step)
        finally:
            steps.close()

    async def _do(self, step: Step) -> Any:
        match step:
            case Sleep():
                return await self._sleep(self._seconds(step))
            case SideBySide():
                return await self._beside(step)
            case Dial():
                return await self._dial(step.message, step.token)
            case Hear():
                return await step.line.hear(step.timeout_s)
            case Told():
                return await asyncio.sleep(0)  # a flood is no reason to keep others waiting
        return await self._send(step)

    async def _beside(self, work: SideBySide) -> tuple[Any, ...] | AkashError:
        try:
            return await beside.run_async(work, self._drive)
        except AkashError as error:
            return error

    async def _send(self, request: Request) -> Reply | Lost:
        _refuse_closed(self._http)
        try:
            return self._received(await self._http.request(**_arguments(request)))
        except httpx.RequestError as error:
            return _lost(error)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
