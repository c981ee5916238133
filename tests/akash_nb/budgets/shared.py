"""What tests of budgets do with a session: a deployment that runs, a create that is lost, a service that seems live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import akash_nb as akash
from akash_nb.client import AsyncClient, Client
from akash_nb.demo import WEB_SDL
from akash_nb.errors import AkashError, OutcomeUnknownError
from akash_nb.journal import Journal
from akash_nb.session import Session
from mock_server import MOCK_API_KEY, MockConsole

DAY_S = 86_400
#: Some $2 a day, so that the smallest deposit is soon used up.
DEAR_SDL = akash.sdl.build(image="nginx:1.27", cpu=16, memory="16Gi", max_price="$5/h")
SPENDING = {"createDeployment", "createLease", "depositDeployment", "updateDeploymentSettings"}


def operations(console: MockConsole) -> list[str]:
    return [call.operation for call in console.calls]


def leased(session: Any, sdl: str = WEB_SDL, *, confirm: bool = False, **how: Any) -> Any:
    deployment = session.deploy(sdl, confirm=confirm, **how)
    deployment.wait_for_bids()
    deployment.lease(confirm=confirm)
    return deployment


def interleaved(session: Any, flows: Sequence[Any]) -> list[AkashError]:
    """Run flows in turns, a step each; the errors of those that failed."""
    turns = [(session.client._steps(flow), None) for flow in flows]
    errors = []
    while turns:
        steps, answer = turns.pop(0)
        try:
            turns.append((steps, session.client._do(steps.send(answer))))
        except StopIteration:
            continue
        except AkashError as error:
            errors.append(error)
    return errors


def lose_a_create(session: Any, console: MockConsole, monkeypatch: pytest.MonkeyPatch, sdl: str, **how: Any) -> None:
    """A create that works, whose answer is lost, and that appears later."""
    console.faults.drop("createDeployment", when="after")
    with monkeypatch.context() as patch:
        patch.setattr("akash_nb.flows.create.match", lambda *_: None)
        with pytest.raises(OutcomeUnknownError):
            session.deploy(sdl, **how)


class Unmarked(httpx.BaseTransport):
    """A service that does not say that it is a mock."""

    def __init__(self, console: MockConsole) -> None:
        self.inner = console.transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        del response.headers["x-akash-mock"]
        return response


def unmarked(console: MockConsole, journal: Journal | None = None) -> Session[Client]:
    """A session that takes the mock for a live service."""
    return Session(
        Client(MOCK_API_KEY, base_url="https://console.invalid", transport=Unmarked(console), sleep=console.sleep),
        background=lambda: AsyncClient(MOCK_API_KEY, transport=console.transport()),
        journal=journal or Journal(None, "here"),
        is_mock=False,
        now=lambda: datetime.fromtimestamp(console.now, UTC),
    )
