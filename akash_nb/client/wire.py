"""The edge: one answer of the service in, a parsed value or one of our errors out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from akash_nb.client.call import Call
from akash_nb.errors import (
    AkashError,
    APIError,
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    InvalidRequestError,
    MissingRouteError,
    NotFoundError,
    OutOfFundsError,
    RateLimitedError,
    ServiceError,
    WalletProvisioningError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a driver sends it; the API key is added by the transport, below everything that could print."""

    method: str
    path: str
    params: Mapping[str, str | int]
    body: bytes | None = field(repr=False)  # it may hold a private key, and tracebacks print locals
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: status, the few headers that matter, body."""

    status: int
    body: bytes = field(repr=False)  # it may hold a new API key
    content_type: str = ""
    retry_after: str = ""
    date: str = ""

    def service_time(self) -> datetime | None:
        """The service's own clock (UTC); None when it did not say."""
        try:
            return parsedate_to_datetime(self.date).replace(tzinfo=UTC)  # HTTP dates are in GMT, always
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer. `was_sent` is False when the request certainly never reached the service."""

    reason: str
    was_sent: bool


#: How a service says that it has no such endpoint: `404 Not Found` as plain text (contract §1), or a page of a gateway.
_NO_ROUTE = re.compile(rb"\s*(404 not found|<!doctype|<html)", re.IGNORECASE)

#: What the JSON reader says to text that is none, or that is nested too deep to be meant.
_NO_JSON = (ValueError, RecursionError)

#: Refused before any work began, whatever the operation.
_BEFORE_WORK = {401, 402, 403, 429}

_BY_STATUS: dict[int, tuple[type[APIError], str, str]] = {
    401: (
        AuthenticationError,
        "Nothing was changed: what runs goes on, and costs on.",
        "Check the API key: create one in the Console under Settings, API Keys, and set it as AKASH_API_KEY.",
    ),
    402: (OutOfFundsError, "Nothing was spent.", "Add credits to the wallet or lower the deposit."),
    403: (ForbiddenError, "Nothing was changed.", "Check that this key's account may do this."),
    404: (NotFoundError, "", "Check the name or number."),
    409: (ConflictError, "Nothing was changed.", "Look at the present state and try again."),
    429: (RateLimitedError, "Nothing was changed.", "Wait a moment and try again."),
}


def read(call: Call[T], reply: Reply | Lost) -> T | AkashError:
    """The result of a call, or the error that the answer means. Never raises."""
    if isinstance(reply, Lost):
        return ConnectionFailedError(f"No answer to {call.operation}: {reply.reason}.", was_sent=reply.was_sent)
    if not 200 <= reply.status < 300:
        return refusal(call.operation, reply, means=call.after_refusal)
    if not reply.body:
        return _parsed(call, reply, None)
    try:
        body = json.loads(reply.body)
    except _NO_JSON:
        return _unreadable(call, reply, "its answer is no JSON")
    return _parsed(call, reply, unwrap(body))


def unwrap(body: Any) -> Any:
    """The content of the `data` envelope where there is one; managed endpoints wrap, public ones do not."""
    return body["data"] if isinstance(body, dict) and "data" in body else body


def refusal(operation: str, reply: Reply, *, means: str = "") -> APIError:
    """The error that a non-2xx answer means, by status, then by code (contract §3).

    Args:
        means: What a refusal in the midst of this operation means for money or data, where it is not "nothing was
            changed".
    """
    fields = _error_fields(reply)
    code = str(fields.get("code") or "")
    kind, default, todo = _meaning(reply, code)
    return kind(
        _message(reply, fields),
        status=reply.status,
        code=code,
        data=fields.get("data"),
        operation=operation,
        retry_after_s=_seconds(reply.retry_after),
        means=default if reply.status in _BEFORE_WORK else means or default,
        todo=todo,
    )


def _meaning(reply: Reply, code: str) -> tuple[type[APIError], str, str]:
    """The class of error, what it means and what to do."""
    if reply.status >= 500:
        return ServiceError, "", "Try again in a moment."
    if code == "wallet_provisioning":
        return WalletProvisioningError, "Nothing was changed.", "The wallet is being set up; try again in a minute."
    if reply.status == 404 and _NO_ROUTE.match(reply.body):
        return MissingRouteError, "Nothing was changed.", "Check the address of the service (AKASH_CONSOLE_URL)."
    return _BY_STATUS.get(reply.status, (InvalidRequestError, "Nothing was changed.", ""))


def _error_fields(reply: Reply) -> dict[str, Any]:
    try:
        body = json.loads(reply.body)
    except _NO_JSON:
        return {}
    return body if isinstance(body, dict) else {}


def _message(reply: Reply, fields: dict[str, Any]) -> str:
    """The service's text, with the place of each validation problem; provider texts may end with a newline."""
    message = str(fields.get("message") or fields.get("error") or "").strip()
    problems = fields.get("data")
    if isinstance(problems, list):
        places = [f"{_place(p)}: {p.get('message')}" for p in problems if isinstance(p, dict)]
        message = f"{message} ({'; '.join(places)})" if places else message
    return message or reply.body[:200].decode("utf-8", "replace").strip() or f"status {reply.status}"


def _place(problem: dict[str, Any]) -> str:
    path = problem.get("path")
    return ".".join(map(str, path if isinstance(path, list) else [])) or "body"


def _seconds(retry_after: str) -> float | None:
    """`retry-after` in seconds; None when absent or a date."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None


def _parsed(call: Call[T], reply: Reply, value: Any) -> T | AkashError:
    try:
        return call.parse(value)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as problem:
        reason = f"its answer has another shape than known ({type(problem).__name__}: {problem})"
        return _unreadable(call, reply, reason)


def _unreadable(call: Call[Any], reply: Reply, reason: str) -> ServiceError:
    return ServiceError(
        reason if call.method == "GET" else f"it did what was asked or not, but {reason}",
        status=reply.status,
        code="unreadable",
        operation=call.operation,
        todo="Look at the present state before trying again.",
    )
