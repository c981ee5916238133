"""Real time at the edge: how a mock that people watch keeps going while they do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from mock_server.clock import GENESIS_MS
from mock_server.console import MockConsole
from mock_server.http import MockRequest, MockResponse
from mock_server.state import World
from mock_server.store import Store
from mock_server.transport import MockTransport

T = TypeVar("T")

_KEY = "pace"


class _Anchor(msgspec.Struct):
    """At `wall_s` (seconds since 1970) virtual time was `world_ms`, and from there it runs at `speed`."""

    wall_s: float
    world_ms: int
    speed: float

    def at(self, wall_s: float) -> int:
        return self.world_ms + max(0, round((wall_s - self.wall_s) * self.speed * 1000))


class Pacer:
    """Lets a mock's time follow the wall clock, `speed` times as fast.

    The anchor between the two is kept in the mock's store, so with a file time also goes on while nobody looks.

    Args:
        console: The mock.
        speed: Virtual seconds per real second.
        now: The wall clock, seconds since 1970.
        pause: How `sleep` really sleeps, in seconds.
        hurry: `sleep(s)` really lasts s/hurry.

    Raises:
        ValueError: Time would stand still, go back, or jump to its end.
    """

    def __init__(
        self,
        console: MockConsole,
        speed: float = 1.0,
        *,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
        hurry: float = 1.0,
    ) -> None:
        if not 0 < speed < math.inf:
            raise ValueError(f"Virtual time cannot run {speed} times as fast as real time.")
        self.console = console
        self.hurry = hurry
        self._store: Store = console.store
        self.speed = speed
        self._now = now
        self._pause = pause
        self._move(0)

    def handle(self, request: MockRequest) -> MockResponse:
        """`MockConsole.handle` at the present moment."""
        return self.console.handle(request, not_before_ms=self._target())

    def visit(self, owner: str | None, look: Callable[[World], T]) -> T:
        """`MockConsole.visit` at the present moment."""
        return self.console.visit(owner, look, not_before_ms=self._target())

    def advance(self, seconds: float) -> None:
        """Jump ahead in virtual time, in seconds, without waiting."""
        self._move(seconds)

    def sleep(self, seconds: float) -> None:
        """Let that much virtual time pass, really waiting a `hurry`-th of it."""
        waited = seconds / self.hurry
        self._pause(waited)
        self._move(seconds - waited * self.speed)

    def transport(self) -> MockTransport:
        """The in-process door in paced time."""
        return MockTransport(self.handle, self.advance)

    def _target(self) -> int:
        with self.console.lock, self._store.transaction():
            anchor = self._store.load(_KEY, _Anchor)
        return anchor.at(self._now()) if anchor else self._move(0)

    def _move(self, seconds: float) -> int:
        """Set the anchor to now plus some seconds; returns the virtual time then. Time never goes back."""
        wall_s = self._now()
        with self.console.lock, self._store.transaction():
            anchor = self._store.load(_KEY, _Anchor)
            world_ms = anchor.at(wall_s) if anchor else GENESIS_MS
            moved = _Anchor(wall_s, world_ms + max(0, round(seconds * 1000)), self.speed)
            self._store.save(_KEY, moved)
        self.console.notify()
        return moved.world_ms
