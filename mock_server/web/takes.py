"""What an endpoint takes, said beside it: for the API page, which so needs no second definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mock_server.web.call import Call, Endpoint
from mock_server.web.http import MockResponse
from mock_server.web.validate import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """An endpoint together with what it takes and gives.

    Attributes:
        run: The endpoint itself.
        params: The check of the path parameters; None: they are any text.
        query: The check of the query parameters; None: there are none.
        body: The check of the body; None: there is none.
        guide_body: The check of the body in the guide dialect, where it differs.
        key: Whether an API key is needed; `guide`: in that dialect only.
        status: What a good answer has.
        kind: The media type of a good answer; empty: it has no body.
    """

    run: Endpoint
    params: Check | None = None
    query: Check | None = None
    body: Check | None = None
    guide_body: Check | None = None
    key: bool | str = False
    status: int = 200
    kind: str = "application/json"

    def __call__(self, call: Call) -> MockResponse:
        return self.run(call)

    def body_in(self, dialect: str) -> Check | None:
        """The check of the body in a dialect."""
        return self.guide_body or self.body if dialect == "guide" else self.body

    def needs_key_in(self, dialect: str) -> bool:
        """Whether an API key is needed in a dialect."""
        return self.key in (True, dialect)


def takes(
    *,
    params: Check | None = None,
    query: Check | None = None,
    body: Check | None = None,
    guide_body: Check | None = None,
    key: bool | str = False,
    status: int = 200,
    kind: str = "application/json",
) -> Callable[[Endpoint], Takes]:
    """Say what an endpoint takes and gives (see `Takes`). It still checks by itself, in its own order."""

    def wrap(run: Endpoint) -> Takes:
        return Takes(
            run=run,
            params=params,
            query=query,
            body=body,
            guide_body=guide_body,
            key=key,
            status=status,
            kind=kind,
        )

    return wrap


def takes_of(endpoint: Endpoint) -> Takes:
    """What an endpoint takes; nothing where it does not say."""
    return endpoint if isinstance(endpoint, Takes) else Takes(run=endpoint)
