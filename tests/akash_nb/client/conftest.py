"""A scripted service, and both clients driven against it without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from akash_nb.client import AsyncClient, Client

KEY = "ac.sk.test." + "5ec2e7" * 10 + "cafe"


@dataclass
class Service:
    """Answers requests one after the other, as scripted, and remembers them; one more request is a failure.

    An answer is a response, JSON to send with 200, or an error to raise in place of an answer.
    """

    answers: list[Any]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        assert self.answers, f"one request too many: {request.method} {request.url}"
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def asked(self) -> list[str]:
        """`METHOD path?query` of every request."""
        return [f"{r.method} {r.url.raw_path.decode()}" for r in self.requests]


@dataclass
class Driven:
    """What came of running something: the result or the error, and the pauses in seconds."""

    result: Any = None
    error: BaseException | None = None
    pauses: list[float] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


Drive = Callable[..., Driven]


def _defaults(driven: Driven) -> dict[str, Any]:
    return {"api_key": KEY, "chance": lambda: 1.0, "on_retry": driven.notices.append}


def _blocking(service: Service, run: Callable[[Any], Any], **options: Any) -> Driven:
    driven = Driven()
    options = _defaults(driven) | options
    with Client(transport=httpx.MockTransport(service), sleep=driven.pauses.append, **options) as client:
        try:
            driven.result = run(client)
        except Exception as error:
            driven.error = error
    return driven


def _awaited(service: Service, run: Callable[[Any], Any], **options: Any) -> Driven:
    driven = Driven()
    options = _defaults(driven) | options

    async def sleep(seconds: float) -> None:
        driven.pauses.append(seconds)

    async def main() -> None:
        async with AsyncClient(transport=httpx.MockTransport(service), sleep=sleep, **options) as client:
            try:
                driven.result = await run(client)
            except Exception as error:
                driven.error = error

    asyncio.run(main())
    return driven


@pytest.fixture(params=[_blocking, _awaited], ids=["blocking", "awaited"])
def drive(request: pytest.FixtureRequest) -> Drive:
    """Run a client method against a scripted service, through each of the two clients."""
    chosen: Drive = request.param
    return chosen


@pytest.fixture
def service() -> Callable[..., Service]:
    """Make a scripted service: `service(answer, answer, ...)`."""
    return lambda *answers: Service(list(answers))


@pytest.fixture
def key() -> str:
    """The API key that both clients were given: it must show nowhere."""
    return KEY
