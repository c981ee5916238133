"""The two plain records every door speaks, and the Console's error body (contract §3)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

import msgspec

#: The Console's version in August 2026 (contract §1), marked as a mock's.
VERSION = "3.32.0-mock"

JSON_TYPE = "application/json; charset=UTF-8"

#: Writes no spaces, non-ASCII text as it is, and `null` for what JSON has no number for.
_ENCODE = msgspec.json.Encoder().encode

#: status -> (class name, `code`, `type`) of an error that http-assert raises. A status without a slug of its own says
#: `unknown_error` (contract §3).
_KINDS = {
    400: ("BadRequestError", "bad_request", "client_error"),
    401: ("UnauthorizedError", "unauthorized", "client_error"),
    402: ("PaymentRequiredError", "unknown_error", "client_error"),
    403: ("ForbiddenError", "forbidden", "client_error"),
    404: ("NotFoundError", "not_found", "client_error"),
    409: ("ConflictError", "conflict", "client_error"),
    413: ("Error", "unknown_error", "client_error"),
    422: ("UnprocessableEntityError", "unknown_error", "client_error"),
    429: ("TooManyRequestsError", "rate_limited", "client_error"),
    495: ("BadRequestError", "unknown_error", "client_error"),
    499: ("Error", "unknown_error", "client_error"),
    500: ("InternalServerError", "unknown_error", "server_error"),
    502: ("BadGatewayError", "database_timeout", "service_unavailable"),
    503: ("ServiceUnavailableError", "service_unavailable", "server_error"),
}


#: The usual query, one parameter with nothing to decode.
_PLAIN_PAIR = re.compile(r"[\w.-]+=[\w.-]*", re.ASCII)


class MockRequest(msgspec.Struct, frozen=True):
    """One HTTP request. `path` and `raw_query` are percent-encoded as sent; header names are lower case."""

    method: str
    path: str
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    body: bytes = b""
    raw_query: str = ""

    @classmethod
    def from_parts(cls, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> MockRequest:
        """A request from its target as sent, `/v1/bids?dseq=1`; of a repeated query key the first value counts."""
        path, _, query = target.partition("?")
        return cls(method.upper(), path, query_of(query), {k.lower(): v for k, v in headers.items()}, body, query)


class MockResponse(msgspec.Struct, frozen=True):
    """One HTTP response.

    Faults alone set how long the caller waits for it (`delay_s`) and how its body trickles (`bytes_per_s`, 0: at once).
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    delay_s: float = 0.0
    bytes_per_s: float = 0.0

    def json(self) -> Any:
        """The body as JSON values.

        Raises:
            ValueError: The body is no JSON.
        """
        return json.loads(self.body)


def query_of(raw: str) -> dict[str, str]:
    """A query's parameters, decoded; of a repeated one the first counts."""
    if not raw:
        return {}
    if _PLAIN_PAIR.fullmatch(raw):
        name, _, value = raw.partition("=")
        return {name: value}
    return dict(reversed(parse_qsl(raw, keep_blank_values=True)))


class ApiError(Exception):
    """An endpoint refuses: carries the response to send."""

    def __init__(self, response: MockResponse) -> None:
        super().__init__(f"{response.status} {response.body.decode(errors='replace')}")
        self.response = response


def reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> MockResponse:
    """A JSON response, written as JavaScript writes it: no spaces, non-ASCII text as it is, `null` for Infinity."""
    return MockResponse(status, _ENCODE(value), {"content-type": JSON_TYPE, **(headers or {})})


def encode(value: Any) -> bytes:
    """JSON as `reply` writes it."""
    return _ENCODE(value)


def reply_encoded(body: bytes) -> MockResponse:
    """A JSON response from its text."""
    return MockResponse(200, body, {"content-type": JSON_TYPE})


def text(body: str, status: int) -> MockResponse:
    """A plain text response, as the Console's router and its provider detail give."""
    return MockResponse(status, body.encode(), {"content-type": "text/plain; charset=UTF-8"})


def error(
    status: int,
    message: str,
    *,
    name: str | None = None,
    code: str | None = None,
    kind: str | None = None,
    data: Any = None,
    headers: dict[str, str] | None = None,
) -> ApiError:
    """The Console's error for a status, ready to raise; `name`, `code` and `kind` (its `type`) override the usual."""
    usual = _KINDS.get(status, ("InternalServerError" if status >= 500 else "Error", "unknown_error", "client_error"))
    body = {"error": name or usual[0], "message": message, "code": code or usual[1], "type": kind or usual[2]}
    if data is not None:
        body["data"] = data
    return ApiError(reply(body, status, headers))


def internal_error() -> ApiError:
    """What the Console says about any exception it did not foresee."""
    return error(500, "Internal server error", code="internal_server_error")
