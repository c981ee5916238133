"""What every request passes before its endpoint, and what every answer gets after it (contract §1, §2)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

from mock_server.routes.table import Route
from mock_server.web import cors
from mock_server.web.http import ApiError, MockRequest, MockResponse, error, reply
from mock_server.world.clock import MINUTE
from mock_server.world.state import World

#: On every answer but a preflight, so that a client can tell play money from real.
MOCK_HEADER = "x-akash-mock"

#: How often it is noted, at most, that a key is in use (contract §2).
_NOTED_EVERY_MS = 30 * MINUTE


@lru_cache(maxsize=1024)
def sha256(key: str) -> str:
    """What is kept of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def checked_key(world: World, request: MockRequest, route: Route | None) -> str | None:
    """The SHA-256 of the caller's key; None for the anonymous, and where the route asks for no key.

    Raises:
        ApiError: 400 two kinds of credentials, 401 a key that is not accepted.
    """
    key = request.headers.get("x-api-key")
    if key is None or (route is not None and route.owner is not None):
        return None
    if "authorization" in request.headers:
        raise error(400, "Authorization and X-Api-Key headers are mutually exclusive")
    digest = sha256(key)
    if digest == world.tenant:
        return digest
    for made in world.api_keys.values():
        if made.sha256 == digest and (made.expires_ms is None or made.expires_ms > world.now_ms):
            if made.last_used_ms is None or world.now_ms - made.last_used_ms >= _NOTED_EVERY_MS:
                made.last_used_ms = world.now_ms
            return digest
    raise error(401, "Invalid API key")


def check_body(route: Route, request: MockRequest) -> None:
    """Size, then content type, as the Console checks them before it reads the body (contract §1)."""
    if request.method != "GET" and len(request.body) > route.max_body:
        raise error(413, "")
    if not route.has_body:
        return
    kind = request.headers.get("content-type")
    if kind is None:
        raise ApiError(reply({"error": "Content-Type header is required"}, 400))
    if kind.split(";")[0].strip() != "application/json":
        raise ApiError(reply({"error": "Unsupported Content-Type"}, 400))


def finished(request: MockRequest, response: MockResponse, at_ms: int) -> MockResponse:
    """The answer with the world's own time, by which clients date bids and escrow, marked as a mock's."""
    headers = {**response.headers, "date": _http_date(at_ms // 1000), MOCK_HEADER: "1", **cors.allowed(request)}
    body = response.body
    if request.method == "HEAD":
        headers["content-length"], body = str(len(body)), b""
    return MockResponse(response.status, body, headers, response.delay_s, response.bytes_per_s)


@lru_cache(maxsize=1024)
def _http_date(at_s: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_s, UTC), usegmt=True)


def with_cache_control(route: Route, key: str | None, response: MockResponse) -> MockResponse:
    """Successful GETs say how long they may be kept."""
    if route.method != "GET" or response.status != 200:
        return response
    scope = "public" if key is None else "private"
    age = route.age
    value = f"{scope}, no-store" if age is None else f"{scope}, max-age={age[0]}, stale-while-revalidate={age[1]}"
    return MockResponse(response.status, response.body, {**response.headers, "cache-control": value})
