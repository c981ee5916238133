"""The API's description of itself (contract §1): as OpenAPI and as a page."""

from __future__ import annotations

from mock_server.web.call import Call
from mock_server.web.describe import document
from mock_server.web.http import MockResponse, error, reply
from mock_server.web.page import page
from mock_server.web.takes import takes
from mock_server.web.validate import enum, obj, optional

_SCOPE = obj(scope=optional(enum("full", "console"), "full"))


@takes(query=_SCOPE)
def openapi(call: Call) -> MockResponse:
    """GET /v1/doc: the OpenAPI document of this mock; `scope=console` leaves out the provider-proxy."""
    scope = call.request.query.get("scope") or "full"
    if scope not in ("full", "console"):
        raise error(403, '"scope" query is invalid. Valid options: "full", "console"')
    return reply(document(call.dialect, scope=scope))


@takes(kind="text/html")
def html(call: Call) -> MockResponse:
    """GET /v1/swagger: the same document as a page, which loads nothing from anywhere."""
    kind = {"content-type": "text/html; charset=UTF-8"}
    return MockResponse(200, page(document(call.dialect)).encode(), kind)
