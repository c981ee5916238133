"""A mock, a session on it with a small web server in its editor, and a deployment of that with bids."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.session import Session
from mock_server import MockConsole


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def session(console: MockConsole) -> Iterator[Session[Client]]:
    with akash.connect(mock=console) as session:
        session.sdl = WEB_SDL
        yield session


@pytest.fixture
def deployment(session: Session[Client]) -> Deployment[Client]:
    deployment = session.deploy()
    deployment.wait_for_bids()
    return deployment


def sent(console: MockConsole, operation: str) -> int:
    """How often an operation was called."""
    return [call.operation for call in console.calls].count(operation)


class Turns:
    """A clock and a sleep for pollers: time passes only by sleeping, and after so many turns everybody leaves."""

    def __init__(self, turns: int) -> None:
        self.now = 0.0
        self.left = turns

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.left -= 1
        if self.left < 0:
            raise AssertionError("the poller does not end")
        await asyncio.sleep(0)
