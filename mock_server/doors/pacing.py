"""Real time at the edge: how a mock that people watch keeps going while they do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from mock_server.console import Dialect, MockConsole
from mock_server.faults import Faults
from mock_server.web.http import MockRequest, MockResponse
from mock_server.world.clock import END_MS, GENESIS_MS, later
from mock_server.world.state import World
from mock_server.world.store import Store

if TYPE_CHECKING:
    from mock_server.doors.socket import MockSocket
    from mock_server.doors.transport import MockTransport

T = TypeVar("T")


class _Anchor(msgspec.Struct):
    """At `wall_s` (seconds since 1970) virtual time was `world_ms`, and from there it runs at `speed`; 0 is a pause."""

    wall_s: float
    world_ms: int
    speed: float

    def at(self, wall_s: float) -> int:
        passed_ms = max(0.0, (wall_s - self.wall_s) * self.speed * 1000)
        return self.world_ms + round(min(passed_ms, END_MS - self.world_ms))


class Pacer:
    """Lets a mock's time follow the wall clock, `speed` times as fast.

    The anchor between the two is kept in the mock's store, so with a file time also goes on while nobody looks. Each
    tenant has an anchor of its own, unless all share one market.

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
        self.console = console
        self.hurry = hurry
        self.speed = _checked(speed)
        self._store: Store = console.store
        self._now = now
        self._sleep = pause
        self._move(console.tenants, speed=speed)
        console.when_put_back(self._restart)

    def handle(self, request: MockRequest) -> MockResponse:
        """`MockConsole.handle` at the present moment."""
        return self.console.handle(request, pacer=self)

    def visit(self, owner: str | None, look: Callable[[World], T]) -> T:
        """`MockConsole.visit` at the present moment."""
        return self.console.visit(owner, look, pacer=self)

    def advance(self, seconds: float) -> None:
        """Jump ahead in virtual time, in seconds, without waiting."""
        self.pass_time(self.console.tenants, seconds)

    def pass_time(self, tenants: Sequence[str], seconds: float) -> None:
        """The same for some tenants, named by the SHA-256 of their keys.

        Raises:
            ValueError: `seconds` is negative, or time would go beyond its end.
        """
        self._move(tenants, seconds)

    def set_speed(self, speed: float, tenants: Sequence[str] | None = None) -> None:
        """Let time run at another speed from now on; 0 pauses it. For some tenants, named as above, or for all.

        Raises:
            ValueError: Time would go back, or jump to its end.
        """
        if speed != 0:
            _checked(speed)
        self._move(self.console.tenants if tenants is None else tenants, speed=speed)

    def sleep(self, seconds: float) -> None:
        """Let that much virtual time pass, really waiting a `hurry`-th of it; for the paused, too."""
        clocks = {self._key(tenant): tenant for tenant in self.console.tenants}.values()
        due = {tenant: self.instant(tenant) + round(seconds * 1000) for tenant in clocks}
        self._sleep(seconds / self.hurry)
        for tenant, at_ms in due.items():
            self.pass_time([tenant], max(at_ms - self.instant(tenant), 0) / 1000)

    def transport(self) -> MockTransport:
        """The in-process door in paced time."""
        from mock_server.doors.transport import MockTransport  # httpx is for those who use it

        return MockTransport(self.handle, self.let_pass)

    def socket(self) -> MockSocket:
        """`MockConsole.socket` in paced time."""
        from mock_server.doors.socket import MockSocket

        return MockSocket(self)

    def let_pass(self, request: MockRequest, seconds: float) -> None:
        """`MockConsole.let_pass`."""
        self.pass_time([self.console.whose(request)], seconds)

    @property
    def dialect(self) -> Dialect:
        """The dialect that the mock speaks."""
        return self.console.dialect

    def watched(self, told: Callable[[], None]) -> AbstractContextManager[None]:
        """`MockConsole.watched`."""
        return self.console.watched(told)

    def faults_of(self, owner: str | None) -> Faults:
        """`MockConsole.faults_of`."""
        return self.console.faults_of(owner)

    def pace_of(self, owner: str | None) -> float:
        """How fast the time of a wallet's tenant goes by itself now; the first key's for no known wallet."""
        return self.pace(self.console.owned_by(owner))

    def pace_for(self, request: MockRequest) -> float:
        """The same for whoever made a request."""
        return self.pace(self.console.whose(request))

    def instant(self, tenant: str) -> int:
        """The virtual time of a tenant, in ms since 1970."""
        with self.console.lock, self._store.transaction():
            return self._anchor(tenant).at(self._now())

    def pace(self, tenant: str) -> float:
        """How fast the time of a tenant runs now; 0 while it is paused."""
        with self.console.lock, self._store.transaction():
            return self._anchor(tenant).speed

    def _move(self, tenants: Sequence[str], seconds: float = 0, *, speed: float | None = None) -> None:
        """Set the anchors to now plus some seconds; time never goes back."""
        wall_s = self._now()
        with self.console.lock, self._store.transaction():
            moved = {}
            for key in map(self._key, tenants):
                anchor = self._store.load(key, _Anchor) or _Anchor(wall_s, GENESIS_MS, self.speed)
                world_ms = later(anchor.at(wall_s), seconds)
                moved[key] = _Anchor(wall_s, world_ms, anchor.speed if speed is None else speed)
            for key, anchor in moved.items():
                self._store.save(key, anchor)
        self.console.notify()

    def _restart(self, tenants: Sequence[str], afresh: bool) -> None:
        """Let time go on from where the worlds of some tenants are; at the speed of the beginning if it is afresh."""
        wall_s = self._now()
        with self.console.lock, self._store.transaction():
            for tenant in tenants:
                anchor, world = self._anchor(tenant), self._store.load(tenant, World)
                if world is not None:
                    speed = self.speed if afresh else anchor.speed
                    self._store.save(self._key(tenant), _Anchor(wall_s, world.now_ms, speed))

    def _anchor(self, tenant: str) -> _Anchor:
        """A tenant's anchor; a fresh one after the store was emptied by a reset."""
        key = self._key(tenant)
        anchor = self._store.load(key, _Anchor)
        if anchor is None:
            anchor = _Anchor(self._now(), GENESIS_MS, self.speed)
            self._store.save(key, anchor)
        return anchor

    def _key(self, tenant: str) -> str:
        return "pace" if self.console.market == "shared" else f"pace {tenant}"


def _checked(speed: float) -> float:
    if not 0 < speed < math.inf:
        raise ValueError(f"Virtual time cannot run {speed} times as fast as real time.")
    return speed
