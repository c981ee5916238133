"""What browsers are told about pages of other origins (contract §1): any may ask, since the money is not real."""

from __future__ import annotations

from mock_server.web.http import MockRequest, MockResponse

_METHODS = "GET,HEAD,PUT,POST,DELETE,PATCH"
#: What scripts may read of an answer besides the usual; the first is the Console's own.
_EXPOSED = "cf-mitigated,retry-after,x-akash-mock"


def preflight(request: MockRequest) -> MockResponse:
    """The answer to an OPTIONS request on any path."""
    headers = allowed(request)
    headers["access-control-allow-methods"] = _METHODS
    asked = request.headers.get("access-control-request-headers")
    if asked is not None:
        headers["access-control-allow-headers"] = asked
        headers["vary"] = "Origin, Access-Control-Request-Headers"
    return MockResponse(204, b"", headers)


def allowed(request: MockRequest) -> dict[str, str]:
    """The headers of any answer to a page; none for callers that are no page."""
    origin = request.headers.get("origin")
    if origin is None:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": _EXPOSED,
        "vary": "Origin",
    }
