"""The respx door: a router whose routes carry the operations' names, so that tests can ask `router["createLease"]`."""

from __future__ import annotations

from typing import cast

import httpx
import respx
from respx.models import ResolvedRoute

from mock_server.mock import Mock
from mock_server.routes import ROUTES

#: Where the live service is; requests to it are caught, so nothing leaves the process.
CONSOLE_URL = "https://console-api.akash.network"


def respx_router(mock: Mock, *, base_url: str = CONSOLE_URL) -> respx.MockRouter:
    """A router for `with respx_router(mock): ...`, answering every path below `base_url` from the mock.

    Each operation is a named route with its own calls; what no operation claims is answered under `unknown`.
    """
    router = _Router(mock, base_url)
    for route in ROUTES:
        if route.dialect in (None, mock.dialect):
            path = rf"^{route.pattern.pattern}$"
            router.route(method=route.method, path__regex=path, name=route.name).mock(side_effect=router.respond)
    router.route(name="unknown").mock(side_effect=router.respond)
    return router


class _Router(respx.MockRouter):
    """Goes straight to the route of an operation: respx tries all in turn, which takes longer than the answer.

    Where a test has given an operation another answer, respx decides.
    """

    def __init__(self, mock: Mock, base_url: str) -> None:
        super().__init__(base_url=base_url, assert_all_called=False)
        self._dialect = mock.dialect
        self._answer = mock.transport().handle_request
        self._below = httpx.URL(base_url)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """What the mock says."""
        return self._answer(request)

    def resolve(self, request: httpx.Request) -> ResolvedRoute:
        route = self._untouched(request)
        return super().resolve(request) if route is None else self._resolved(route, request)

    async def aresolve(self, request: httpx.Request) -> ResolvedRoute:
        route = self._untouched(request)
        return await super().aresolve(request) if route is None else self._resolved(route, request)

    def _untouched(self, request: httpx.Request) -> respx.Route | None:
        """The route of a request's operation, if the mock still answers it."""
        if (request.url.scheme, request.url.netloc) != (self._below.scheme, self._below.netloc):
            return None
        found = ROUTES.find(request.method, request.url.raw_path.partition(b"?")[0].decode("ascii"), self._dialect)
        route = self.routes[found[0].name if found else "unknown"]
        return route if route.side_effect == self.respond and self._below.path == "/" else None

    def _resolved(self, route: respx.Route, request: httpx.Request) -> ResolvedRoute:
        with self.resolver(request) as resolved:
            for likely in (route, self.routes["unknown"]):  # respx looks at decoded paths, and may find none
                response = likely.match(request)
                if response is not None:
                    resolved.route, resolved.response = likely, cast(httpx.Response, response)
                    break
        return resolved
