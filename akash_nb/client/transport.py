"""Where the API key meets a request: the last step before the network, so that nothing above ever holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from akash_nb.models import Secret

__all__ = ["HEADER", "KeyedAsyncTransport", "KeyedTransport", "Secret", "forgetful", "hidden", "proxy_for"]

HEADER = "x-api-key"

#: Names of this machine: plain HTTP may go there, and never by a proxy, which would see the key.
LOOPBACK = ("127.0.0.1", "localhost", "::1")

#: What ends a request from outside; other errors are bugs of an in-process transport and keep their frames.
_FROM_THE_NETWORK = (httpx.RequestError, KeyboardInterrupt, asyncio.CancelledError)


def hidden(api_key: object) -> Secret | None:
    """A key as a secret before anything can fail; None for None. What is no text becomes a key that `Secret.of`
    refuses: an error raised here would show it, among the local variables of the caller."""
    if api_key is None or isinstance(api_key, Secret):
        return api_key
    if isinstance(api_key, bytes):
        api_key = api_key.decode("ascii", "replace")
    return Secret(api_key if isinstance(api_key, str) else "\0")


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this address (`HTTPS_PROXY`, `NO_PROXY` and their like); None for none.

    Read here because httpx ignores the environment for a client that is given its transport.
    """
    parts = urlsplit(url)
    if parts.hostname and (parts.hostname in LOOPBACK or proxy_bypass(parts.hostname)):
        return None
    return getproxies().get(parts.scheme)


class KeyedTransport(httpx.BaseTransport):
    """Adds the key to a copy of each request on its way out."""

    def __init__(self, inner: httpx.BaseTransport, key: Secret | None) -> None:
        self._inner = inner
        self._key = key

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._inner.handle_request(_with_key(request, self._key))
        except _FROM_THE_NETWORK as error:
            raise forgetful(error)  # noqa: B904  the same error, not a new one

    def close(self) -> None:
        self._inner.close()


class KeyedAsyncTransport(httpx.AsyncBaseTransport):
    """Adds the key to a copy of each request on its way out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, key: Secret | None) -> None:
        self._inner = inner
        self._key = key

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(_with_key(request, self._key))
        except _FROM_THE_NETWORK as error:
            raise forgetful(error)  # noqa: B904  the same error, not a new one

    async def aclose(self) -> None:
        await self._inner.aclose()


def _with_key(request: httpx.Request, key: Secret | None) -> httpx.Request:
    if key is None:
        return request
    headers = request.headers.copy()
    headers[HEADER] = key.reveal()
    return httpx.Request(
        request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions
    )


def forgetful(error: BaseException) -> BaseException:
    """The error without the frames below this one: their locals hold the key, and verbose tracebacks print locals."""
    for each in _chain(error):
        each.__traceback__ = None
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
