"""A simulated Akash market behind the Console API: providers that bid, escrow that drains, faults on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mock_server.console import MOCK_API_KEY, LoggedCall, MockConsole
from mock_server.faults import ConnectionBroken, Fault, Faults
from mock_server.http import MockRequest, MockResponse
from mock_server.pacing import Pacer
from mock_server.store import MemoryStore, SqliteStore, Store

if TYPE_CHECKING:
    from mock_server.app import create_app
    from mock_server.respx_door import respx_router
    from mock_server.server import serve

__all__ = [
    "MOCK_API_KEY",
    "ConnectionBroken",
    "Fault",
    "Faults",
    "LoggedCall",
    "MemoryStore",
    "MockConsole",
    "MockRequest",
    "MockResponse",
    "Pacer",
    "SqliteStore",
    "Store",
    "create_app",
    "respx_router",
    "serve",
]

#: The doors with heavy imports, loaded when first asked for.
_DOORS = {"create_app": "app", "respx_router": "respx_door", "serve": "server"}


def __getattr__(name: str) -> Any:
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"mock_server.{_DOORS[name]}"), name)
