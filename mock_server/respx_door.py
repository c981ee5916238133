"""The respx door: a router whose routes carry the operations' names, so that tests can ask `router["createLease"]`."""

from __future__ import annotations

import httpx
import respx

from mock_server.mock import Mock
from mock_server.routes import ROUTES

#: Where the live service is; requests to it are caught, so nothing leaves the process.
CONSOLE_URL = "https://console-api.akash.network"


def respx_router(mock: Mock, *, base_url: str = CONSOLE_URL) -> respx.MockRouter:
    """A router for `with respx_router(mock): ...`, answering every path below `base_url` from the mock.

    Each operation is a named route with its own calls; what no operation claims is answered under `unknown`.
    """
    answer = mock.transport().handle_request
    router = respx.MockRouter(base_url=base_url, assert_all_called=False)

    def respond(request: httpx.Request) -> httpx.Response:
        return answer(request)

    for route in ROUTES:
        if route.dialect in (None, mock.dialect):
            path = rf"^{route.pattern.pattern}$"
            router.route(method=route.method, path__regex=path, name=route.name).mock(side_effect=respond)
    router.route(name="unknown").mock(side_effect=respond)
    return router
