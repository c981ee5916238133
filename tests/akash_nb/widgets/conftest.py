"""A mock, a session on it with a small web server in its editor, and a deployment of that with bids."""

from __future__ import annotations

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
