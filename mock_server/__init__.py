"""A simulated Akash market behind the Console API: providers that bid, escrow that drains, faults on demand.

Every name is loaded when it is first used: pytest imports this package in every run of whoever has it installed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.console import MOCK_API_KEY, MockConsole
    from mock_server.doors.app import create_app
    from mock_server.doors.pacing import Pacer
    from mock_server.doors.respx_router import respx_router
    from mock_server.doors.server import serve
    from mock_server.fault import Fault
    from mock_server.faults import ConnectionBroken, Faults
    from mock_server.journal import Journal, LoggedCall
    from mock_server.mock import Mock
    from mock_server.recording.recorder import Recorder
    from mock_server.recording.replay import NotRecordedError, Replay
    from mock_server.recording.verify import verify
    from mock_server.web.http import MockRequest, MockResponse
    from mock_server.world.store import MemoryStore, SqliteStore, Store

__all__ = [
    "MOCK_API_KEY",
    "ConnectionBroken",
    "Fault",
    "Faults",
    "Journal",
    "LoggedCall",
    "MemoryStore",
    "Mock",
    "MockConsole",
    "MockRequest",
    "MockResponse",
    "NotRecordedError",
    "Pacer",
    "Recorder",
    "Replay",
    "SqliteStore",
    "Store",
    "create_app",
    "respx_router",
    "serve",
    "verify",
]

#: Public name -> the module it is in.
_LAZY = {
    "MOCK_API_KEY": "console",
    "ConnectionBroken": "faults",
    "Fault": "fault",
    "Faults": "faults",
    "Journal": "journal",
    "LoggedCall": "journal",
    "MemoryStore": "world.store",
    "Mock": "mock",
    "MockConsole": "console",
    "MockRequest": "web.http",
    "MockResponse": "web.http",
    "NotRecordedError": "recording.replay",
    "Pacer": "doors.pacing",
    "Recorder": "recording.recorder",
    "Replay": "recording.replay",
    "SqliteStore": "world.store",
    "Store": "world.store",
    "create_app": "doors.app",
    "respx_router": "doors.respx_router",
    "serve": "doors.server",
    "verify": "recording.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"mock_server.{_LAZY[name]}"), name)
    globals()[name] = value  # found at once from now on
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
