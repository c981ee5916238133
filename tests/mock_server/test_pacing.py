"""Real time at the edge: each tenant's clock, how fast it runs, and what a restart makes of it."""

from __future__ import annotations

import math
from pathlib import Path

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole, MockRequest, Pacer, SqliteStore
from mock_server.world.clock import GENESIS_MS
from tests.mock_server.conftest import Tenant, sdl

KEYS = ("one", "two")


class Wall:
    """A wall clock that moves when told to, or when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 5000.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


def paced(wall: Wall, console: MockConsole, speed: float = 1.0, hurry: float = 1.0) -> Pacer:
    return Pacer(console, speed, now=wall, pause=wall.sleep, hurry=hurry)


def client(pacer: Pacer, api_key: str = MOCK_API_KEY) -> Tenant:
    """A tenant in paced time."""
    headers = {"x-api-key": api_key}
    return Tenant(httpx.Client(transport=pacer.transport(), base_url="http://mock", headers=headers))


def ages(pacer: Pacer) -> list[float]:
    """How old the world of each tenant is by its clock, in seconds."""
    return [(pacer.instant(tenant) - GENESIS_MS) / 1000 for tenant in pacer.console.tenants]


def since_start(console: MockConsole, pacer: Pacer) -> float:
    pacer.handle(MockRequest("GET", "/status"))
    return console.now - GENESIS_MS / 1000


def test_paced_time_follows_the_wall_clock() -> None:
    wall, console = Wall(), MockConsole()
    pacer = paced(wall, console, speed=60)
    wall.at += 2
    assert since_start(console, pacer) == 120


@pytest.mark.parametrize("speed", [0, -1, math.nan, math.inf])
def test_time_must_go_on(speed: float) -> None:
    with pytest.raises(ValueError, match="cannot run"):
        paced(Wall(), MockConsole(), speed=speed)


def test_a_hurried_sleep_waits_less_and_lets_all_of_it_pass() -> None:
    wall, console = Wall(), MockConsole()
    pacer = paced(wall, console, hurry=8)
    pacer.sleep(40)
    assert wall.at == 5005
    assert since_start(console, pacer) == 40


def test_a_jump_is_added_to_the_wall_clock() -> None:
    wall, console = Wall(), MockConsole()
    pacer = paced(wall, console)
    pacer.advance(100)
    wall.at += 5
    assert since_start(console, pacer) == 105


def test_a_wall_clock_that_is_set_back_does_not_matter() -> None:
    wall, console = Wall(), MockConsole()
    pacer = paced(wall, console)
    wall.at += 10
    since_start(console, pacer)
    wall.at -= 1000
    assert since_start(console, pacer) == 10


def test_with_a_file_time_goes_on_while_nobody_looks(tmp_path: Path) -> None:
    wall = Wall()
    paced(wall, MockConsole(store=SqliteStore(tmp_path / "w.db")))
    wall.at += 3600
    console = MockConsole(store=SqliteStore(tmp_path / "w.db"))
    pacer = paced(wall, console, speed=2)
    wall.at += 10
    assert since_start(console, pacer) == 3620


def test_each_tenant_has_a_speed_of_its_own(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS), speed=2)
    one, two = pacer.console.tenants
    wall.at += 10
    pacer.set_speed(60, [two])
    wall.at += 10
    assert ages(pacer) == [40, 620]
    assert (pacer.pace(one), pacer.pace(two)) == (2, 60)


def test_one_clock_can_be_paused_and_goes_on_from_there(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS))
    one, _ = pacer.console.tenants
    pacer.set_speed(0, [one])
    wall.at += 100
    assert ages(pacer) == [0, 100]
    pacer.set_speed(3, [one])
    wall.at += 10
    assert ages(pacer) == [30, 110]


def test_a_paused_clock_can_be_moved(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS))
    pacer.set_speed(0)
    pacer.pass_time(pacer.console.tenants[:1], 60)
    wall.at += 100
    assert ages(pacer) == [60, 0]


@pytest.mark.parametrize("speed", [-1, math.nan, math.inf])
def test_no_clock_runs_backwards_or_to_its_end(wall: Wall, speed: float) -> None:
    pacer = paced(wall, MockConsole())
    with pytest.raises(ValueError, match="cannot run"):
        pacer.set_speed(speed)
    wall.at += 5
    assert ages(pacer) == [5]


def test_what_is_due_happens_by_the_clock_of_its_tenant(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS), speed=10)
    pacer.set_speed(0, pacer.console.tenants[1:])
    tenants = [client(pacer, key) for key in KEYS]
    made = [tenant.create(sdl())["dseq"] for tenant in tenants]
    wall.at += 4
    assert [len(tenant.bids(dseq)) > 0 for tenant, dseq in zip(tenants, made, strict=True)] == [True, False]


def test_in_a_shared_market_there_is_one_clock(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS, market="shared"))
    pacer.set_speed(5, pacer.console.tenants[1:])
    wall.at += 10
    pacer.pass_time(pacer.console.tenants, 1)
    assert ages(pacer) == [51, 51]


@pytest.mark.parametrize("market", ["own", "shared"])
def test_sleeping_lets_all_of_it_pass_at_any_speed(wall: Wall, market: str) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS, market=market), hurry=8)  # type: ignore[arg-type]
    pacer.sleep(40)
    assert (wall.at, ages(pacer)) == (5005, [40, 40])
    pacer.set_speed(0)
    pacer.sleep(40)
    assert (wall.at, ages(pacer)) == (5010, [80, 80])
    pacer.set_speed(4)
    pacer.sleep(40)
    assert (wall.at, ages(pacer)) == (5015, [120, 120])


def test_sleeping_is_no_longer_for_one_clock_than_for_another(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS))
    pacer.set_speed(0, pacer.console.tenants[:1])
    pacer.sleep(30)
    assert ages(pacer) == [30, 30]


def test_a_world_that_starts_over_has_its_clock_do_so(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS))
    wall.at += 100
    pacer.console.reset("one")
    wall.at += 10
    assert ages(pacer) == [10, 110]
    pacer.console.reset()
    assert ages(pacer) == [0, 0]


def test_a_world_that_goes_back_has_its_clock_do_so(wall: Wall) -> None:
    pacer = paced(wall, MockConsole(api_keys=KEYS))
    saved = pacer.console.snapshot("one")
    wall.at += 100
    pacer.console.restore(saved, "one")
    wall.at += 10
    assert ages(pacer) == [10, 110]


def test_after_a_restart_a_paused_world_is_where_it_was_and_runs_at_the_new_speed(wall: Wall, tmp_path: Path) -> None:
    def start(speed: float) -> Pacer:
        return paced(wall, MockConsole(api_keys=KEYS, store=SqliteStore(tmp_path / "w.db")), speed)

    first = start(1)
    first.advance(50)
    first.set_speed(0, first.console.tenants[:1])
    wall.at += 1000
    again = start(2)
    assert ages(again) == [50, 1050]
    wall.at += 10
    assert ages(again) == [70, 1070]


def test_what_was_due_while_nobody_looked_has_happened_after_a_restart(wall: Wall, tmp_path: Path) -> None:
    def start() -> Tenant:
        return client(paced(wall, MockConsole(store=SqliteStore(tmp_path / "w.db"))))

    tenant = start()
    made = tenant.create(sdl())
    wall.at += 30
    tenant = start()
    tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
    wall.at += 86_400
    tenant = start()
    found = tenant.get(made["dseq"])
    assert found["leases"][0]["status"]["services"]["web"]["available"] == 1
    settled = int(found["escrow_account"]["state"]["settled_at"]) - int(found["leases"][0]["created_at"])
    assert settled == 14_400  # the provider collected after a day
