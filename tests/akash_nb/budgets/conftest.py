"""A mock and a session on it, for everything about budgets."""

from __future__ import annotations

from typing import Any

import pytest

import akash_nb as akash
from mock_server import MockConsole


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def session(console: MockConsole) -> Any:
    with akash.connect(mock=console) as session:
        yield session
