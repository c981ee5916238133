"""A table of endpoints: what an entry says, and how a request finds its entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from mock_server.web.call import Endpoint
from mock_server.web.http import MockRequest

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """One endpoint.

    Attributes:
        name: The API's operationId where it publishes one, else a name in the same style.
        path: The template, such as `/v1/bids/{dseq}`.
        dialect: Served in this dialect only; None in both.
        body: Whether it declares a JSON body (and therefore checks the content type); None: every POST, PUT, PATCH.
        max_body: The largest body in bytes (contract §1).
        owner: How to tell whose world answers from the request itself, as a wallet's address; None: by the API key.
        age: (max-age, stale-while-revalidate) in seconds of a cached answer; None: no-store.
    """

    name: str
    method: str
    path: str
    endpoint: Endpoint
    dialect: str | None = None
    body: bool | None = None
    max_body: int = 512 * 1024
    age: tuple[int, int] | None = None
    owner: Callable[[MockRequest], str | None] | None = None

    @property
    def has_body(self) -> bool:
        """Whether a JSON body belongs to it."""
        return self.method in ("POST", "PUT", "PATCH") if self.body is None else self.body

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression over the encoded path, one group per parameter."""
        escaped = (re.escape(part) for part in _PARAMETER.split(self.path)[::2])
        return re.compile("([^/]+)".join(escaped))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path parameters, in order."""
        return tuple(_PARAMETER.findall(self.path))

    def match(self, path: str) -> dict[str, str] | None:
        """The decoded parameters when the encoded path fits."""
        found = self.pattern.fullmatch(path)
        return None if found is None else dict(zip(self.parameters, map(unquote, found.groups()), strict=True))


class Routes:
    """All endpoints. An entry without parameters wins over one with, then the order of the table decides."""

    def __init__(self, entries: tuple[Route, ...]) -> None:
        self._entries = entries
        self._fixed = {(r.method, r.path): r for r in entries if not r.parameters}
        self._open = [r for r in entries if r.parameters]

    def __iter__(self) -> Iterator[Route]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, method: str, path: str, dialect: str) -> tuple[Route, dict[str, str]] | None:
        """The entry for a request and its path parameters; None when nothing is there, or not in this dialect."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return (fixed, {}) if fixed.dialect in (None, dialect) else None
        for route in self._open:
            if route.method == method and route.dialect in (None, dialect):
                found = route.match(path)
                if found is not None:
                    return route, found
        return None
