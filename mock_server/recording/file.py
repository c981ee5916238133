"""A recorded session as a file: JSON lines, a header and then the exchanges in the order in which they were answered.

The header names format and version, the dialect and, of a mock, what it was made with. Bodies stand there as JSON when
they are JSON, else as text, with masks in place of what gives access (see `redaction`). Of the headers only those are
kept that mean something to a client. Preflights of browsers and snapshots are no part of a session.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from mock_server.console import Dialect
from mock_server.control import PREFIX
from mock_server.faults import ConnectionBroken
from mock_server.recording.redaction import Masks
from mock_server.routes import ROUTES
from mock_server.routes.table import Route
from mock_server.web.http import MockRequest, MockResponse

FORMAT = "akash-console-recording"
#: Grows when the shape of the file changes.
VERSION = 1

_ASKED_HEADERS = ("content-type",)
_TOLD_HEADERS = (
    *("allow", "cache-control", "cf-mitigated", "content-type", "date", "etag", "location", "retry-after"),
    *("x-akash-mock", "x-content-type-options", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
)
_SNAPSHOT = f"{PREFIX}snapshot"


class Source(msgspec.Struct):
    """The mock that was recorded."""

    seed: int
    fleet: str
    block_seconds: str


class Header(msgspec.Struct, omit_defaults=True):
    """The first line of a recording; `mock` is None when the real service was recorded."""

    format: str
    version: int
    dialect: Dialect
    mock: Source | None = None


class Asked(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A request: `path` and `query` as sent, and masks of the API key (`key`) and bearer that it came with.

    Its body is `json`, or `text` when it is no JSON.
    """

    method: str
    path: str
    query: str = ""
    key: str = ""
    bearer: str = ""
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    text: str = ""


class Told(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An answer, or that the connection broke instead: `broken` as in `ConnectionBroken`, `error` as its client saw it.

    Its body is as in `Asked`; `delay_s` and `bytes_per_s` are as in `MockResponse`.
    """

    status: int = 0
    broken: Literal["", "refused", "before", "after"] = ""
    error: str = ""
    delay_s: float | None = None
    bytes_per_s: float | None = None
    headers: dict[str, str] = {}
    json: Any = msgspec.UNSET
    text: str = ""


class Exchange(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A request and what became of it; `now_ms` is the caller's virtual time when a mock answered, in ms since 1970."""

    operation: str
    now_ms: int | None = None
    request: Asked
    reply: Told

    def __str__(self) -> str:
        asked = self.request
        return f"{asked.method} {asked.path}{'?' if asked.query else ''}{asked.query}"

    def __repr__(self) -> str:
        return f"<{self.operation}: {self} -> {self.reply.status or f'broken {self.reply.broken}'}>"


@dataclass(frozen=True, slots=True)
class Recording:
    """A session that was read from a file."""

    header: Header
    exchanges: tuple[Exchange, ...]


class Tape:
    """A recording that is being written. Every line is in the file before the next thing happens.

    Only its owner can read the file.

    Raises:
        OSError: The file exists already, or cannot be made.
    """

    def __init__(self, path: str | Path, header: Header) -> None:
        self._path = Path(path).absolute()
        os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._write(header)

    def add(self, exchange: Exchange) -> None:
        """Write an exchange down.

        Raises:
            OSError: It cannot be written.
        """
        self._write(exchange)

    def _write(self, record: Header | Exchange) -> None:
        # Opened for each line, so that nothing is left open, or half written, when the process is killed.
        with self._path.open("ab", buffering=0) as file:
            file.write(_line(msgspec.to_builtins(record)))


def read(path: str | Path) -> Recording:
    """A recorded session. A last line that was not written to its end is left out, with a warning.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no recording, or one of another version.
    """
    first, *rest = Path(path).read_bytes().split(b"\n")
    try:
        header = msgspec.convert(json.loads(first), Header)
    except (ValueError, msgspec.ValidationError):
        raise ValueError(f"{path} is not the recording of a session: it has no header of one.") from None
    if (header.format, header.version) != (FORMAT, VERSION):
        found = f"{header.format!r}, version {header.version}"
        raise ValueError(f"{path} is {found}; this reads {FORMAT!r}, version {VERSION}.")
    if rest and rest[-1] and not _is_whole(rest[-1]):
        warnings.warn(f"{path}: the last line was not written to its end and is left out.", stacklevel=2)
        rest.pop()
    return Recording(header, tuple(_exchanges(path, rest)))


def belongs(request: MockRequest) -> bool:
    """Whether a request is part of a session: preflights are not, nor are snapshots, which are no text to mask."""
    return request.method != "OPTIONS" and request.path != _SNAPSHOT


def exchange_of(
    request: MockRequest,
    outcome: MockResponse | ConnectionBroken,
    masks: Masks,
    dialect: Dialect,
    *,
    now_ms: int | None = None,
    error: str = "",
) -> Exchange:
    """What is written down of a request and its outcome."""
    asked = asked_of(request, masks)
    told = _told_of(outcome, masks)
    told.error = error
    route = route_of(request, dialect)
    name = route.name if route else "unknown"
    return Exchange(operation=name, now_ms=now_ms, request=asked, reply=told)


def asked_of(request: MockRequest, masks: Masks) -> Asked:
    """What is written down of a request."""
    return Asked(
        key=masks.mask(request.headers.get("x-api-key", "")),  # first, so that it is known wherever it turns up
        bearer=masks.mask(request.headers.get("authorization", "").rpartition(" ")[2]),
        method=request.method,
        path=masks.text(request.path),
        query=masks.query(request.raw_query),
        headers=_kept(request.headers, _ASKED_HEADERS, masks),
        **_body(masks.text(_text(request.body)), exact=False),
    )


def route_of(request: MockRequest, dialect: Dialect) -> Route | None:
    """The operation that a request is for."""
    method = "GET" if request.method == "HEAD" else request.method
    found = ROUTES.find(method, request.path, dialect)
    return found[0] if found else None


def compact(value: Any) -> str:
    """JSON as JavaScript writes it.

    Raises:
        ValueError: There is no JSON for it.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def content_of(message: Asked | Told) -> str:
    """A body as it was on the wire, with its masks."""
    return message.text if message.json is msgspec.UNSET else compact(message.json)


def to_bytes(text: str) -> bytes:
    """A body's bytes, also of one that was cut inside a character."""
    return text.encode("utf-8", "surrogateescape")


def _text(body: bytes) -> str:
    return body.decode("utf-8", "surrogateescape")


def _told_of(response: MockResponse | ConnectionBroken, masks: Masks) -> Told:
    if isinstance(response, ConnectionBroken):
        return msgspec.convert({"broken": response.when}, Told)
    return Told(
        status=response.status,
        delay_s=response.delay_s or None,
        bytes_per_s=response.bytes_per_s or None,
        headers=_kept(response.headers, _TOLD_HEADERS, masks),
        **_body(masks.text(_text(response.body)), exact=True),
    )


def _kept(headers: dict[str, str], names: Iterable[str], masks: Masks) -> dict[str, str]:
    return {name: masks.text(headers[name]) for name in names if name in headers}


def _body(text: str, *, exact: bool) -> dict[str, Any]:
    """A body as JSON values, if it is JSON (and, where that must be exact, can be written again as it was), or text."""
    try:
        value = json.loads(text)
        again = compact(value)
        again.encode()
    except (ValueError, RecursionError):
        return {"text": text}
    return {"text": text} if exact and again != text else {"json": value}


def _line(record: Any) -> bytes:
    try:
        return f"{compact(record)}\n".encode()
    except UnicodeEncodeError:  # a body that is no UTF-8: JSON has escapes for that
        return f"{json.dumps(record)}\n".encode()


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _exchanges(path: str | Path, lines: list[bytes]) -> Iterable[Exchange]:
    for number, line in enumerate(lines, start=2):
        if not line.strip():
            continue
        try:
            yield msgspec.convert(json.loads(line), Exchange)
        except (ValueError, msgspec.ValidationError) as problem:
            raise ValueError(f"{path}, line {number}, is not an exchange of a session: {problem}") from None
