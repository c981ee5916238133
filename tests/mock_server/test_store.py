"""Worlds are values: saved, restored, shared, and never half-written."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from mock_server import MOCK_API_KEY, MemoryStore, MockConsole, MockRequest, SqliteStore, Store
from mock_server.world import lifecycle
from mock_server.world.clock import GENESIS_MS
from mock_server.world.state import Load
from mock_server.world.store import open_store
from tests.mock_server.conftest import connect, sdl


def test_a_file_survives_reopening_in_the_middle_of_a_lifecycle(tmp_path: Path) -> None:
    path = tmp_path / "world.db"

    def reopened() -> tuple[MockConsole, Any]:
        console = MockConsole(store=SqliteStore(path))
        return console, connect(console)

    console, tenant = reopened()
    made = tenant.create(sdl())
    console, tenant = reopened()
    console.sleep(30)
    console, tenant = reopened()
    tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
    console, tenant = reopened()
    console.sleep(60)
    assert tenant.get(made["dseq"])["leases"][0]["status"]["services"]["web"]["available"] == 1
    assert tenant.close(made["dseq"]) == {"success": True}


def test_a_file_gives_the_same_answers_as_memory(tmp_path: Path) -> None:
    def play(console: MockConsole) -> bytes:
        tenant = connect(console)
        dseq = tenant.run(console, sdl())
        console.sleep(3600)
        return tenant.http.get(f"/v1/deployments/{dseq}").content

    assert play(MockConsole(store=SqliteStore(tmp_path / "w.db"))) == play(MockConsole())


def test_two_mocks_on_one_file_see_one_world(tmp_path: Path) -> None:
    first, second = (MockConsole(store=SqliteStore(tmp_path / "w.db")) for _ in range(2))
    one, two = connect(first), connect(second)
    made = one.create(sdl())
    second.sleep(30)
    assert first.now == second.now
    two.lease(made["manifest"], one.cheapest(made["dseq"]))
    assert one.get(made["dseq"]) == two.get(made["dseq"])
    one.close(made["dseq"])
    assert two.get(made["dseq"])["deployment"]["state"] == "closed"


def test_the_file_is_private_and_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    tenant = connect(MockConsole(store=SqliteStore(path)))
    made = tenant.data("POST", "/v1/api-keys", {"data": {"name": "n"}})["apiKey"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = b"".join(entry.read_bytes() for entry in tmp_path.iterdir())
    assert MOCK_API_KEY.encode() not in written
    assert made.encode() not in written


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(ValueError, match="version 99"):
        SqliteStore(path)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "w.db")


@pytest.fixture
def file(tmp_path: Path) -> Store:
    return SqliteStore(tmp_path / "w.db")


def test_a_failed_transaction_leaves_nothing(file: Store) -> None:
    console = MockConsole(store=file)
    before = console.now

    def fail() -> None:
        with console.world() as world:
            world.now_ms += 1000
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert console.now == before


def test_a_request_that_fails_inside_the_mock_leaves_nothing(file: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    console = MockConsole(store=file)
    tenant = connect(console)
    before = tenant.balances()
    with monkeypatch.context() as broken:
        broken.setattr(lifecycle, "record", _fail)
        response = tenant.http.post("/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 5}})
        assert response.status_code == 500
    assert (tenant.balances(), tenant.data("GET", "/v1/deployments")["deployments"]) == (before, [])


def _fail(*_: object) -> None:
    raise RuntimeError("a mistake in the mock")


def test_a_first_world_that_fails_is_not_kept(file: Store) -> None:
    def attempt() -> None:
        with file.transaction():
            file.save("anchor", Load(cpu=1))
            _fail()

    with pytest.raises(RuntimeError):
        attempt()
    with file.transaction():
        assert file.load("anchor", Load) is None


def test_forgetting_can_be_undone(file: Store) -> None:
    with file.transaction():
        file.save("anchor", Load(cpu=1))

    def attempt() -> None:
        with file.transaction():
            file.clear()
            _fail()

    with pytest.raises(RuntimeError):
        attempt()
    with file.transaction():
        assert file.load("anchor", Load) == Load(cpu=1)


def test_a_world_that_is_held_open_can_be_asked_for_its_time(store: Store) -> None:
    console = MockConsole(store=store)
    with console.world() as world:
        height = console.height
        world.now_ms += 6000
        assert (console.height, console.now) == (height + 1, world.now_ms / 1000)
    assert console.height == height + 1


def test_a_record_that_changes_to_and_fro_in_one_transaction_ends_as_it_was(store: Store) -> None:
    with store.transaction():
        store.save("anchor", Load(cpu=1))
    with store.transaction():
        for cpu in (2, 1):
            loaded = store.load("anchor", Load)
            assert loaded is not None
            loaded.cpu = cpu
            store.save("anchor", loaded)
    with store.transaction():
        assert store.load("anchor", Load) == Load(cpu=1)


@pytest.mark.parametrize(
    "other",
    [{"seed": 8}, {"fleet": "small"}, {"balance_usd": 5}, {"trial": True}, {"block_seconds": 5}],
    ids=str,
)
def test_a_world_is_not_reopened_with_other_settings(store: Store, other: dict[str, Any]) -> None:
    made = "made with seed 7, fleet default, wallets of 100 USD, blocks of 6 s"
    connect(MockConsole(store=store)).create(sdl())
    with pytest.raises(ValueError, match=made):
        MockConsole(store=store, **other)
    assert MockConsole(store=store).height


def test_a_wallet_that_was_reloaded_is_still_the_same_world(store: Store) -> None:
    console = MockConsole(store=store)
    tenant = connect(console)
    tenant.data("POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True}})
    console.faults.insufficient_balance()
    tenant.http.post("/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 5}})
    console.sleep(60)
    assert connect(MockConsole(store=store)).balances()["balance"] == 200_000_000


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all")
    with pytest.raises(ValueError, match="not a database"):
        SqliteStore(path)
    assert path.read_text() == "no database at all"


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE notes (text)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(ValueError, match="a database of something else"):
        SqliteStore(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("url", ["postgres://x", "sqlite:///", "w.db"])
def test_an_unknown_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="names no store"):
        open_store(url)


def test_no_url_is_memory() -> None:
    assert isinstance(open_store(None), MemoryStore)


def test_a_snapshot_brings_the_world_back() -> None:
    console = MockConsole()
    tenant = connect(console)
    dseq = tenant.run(console, sdl())
    saved, before = console.snapshot(), tenant.get(dseq)
    tenant.close(dseq)
    console.sleep(1000)
    console.restore(saved)
    assert tenant.get(dseq) == before
    other = MockConsole()
    other.restore(saved)
    assert connect(other).get(dseq) == before


def test_a_snapshot_does_not_change_with_the_world() -> None:
    console = MockConsole()
    saved = console.snapshot()
    console.sleep(60)
    assert console.snapshot() != saved


def test_reset_starts_over() -> None:
    console = MockConsole()
    tenant = connect(console)
    console.faults.no_bids()
    tenant.create(sdl())
    console.sleep(60)
    console.reset()
    assert (console.now, len(console.faults), len(console.calls)) == (GENESIS_MS / 1000, 0, 0)
    assert tenant.balances()["total"] == 100_000_000


@pytest.mark.parametrize("back", ["reset", "restore"])
def test_back_at_the_start_even_a_fault_is_dated_there(back: str) -> None:
    console = MockConsole()
    saved = console.snapshot()
    console.sleep(3600)
    console.reset() if back == "reset" else console.restore(saved)
    console.faults.status(503)
    assert console.handle(MockRequest("GET", "/status")).headers["date"] == "Mon, 05 Jan 2026 12:00:00 GMT"


def test_each_key_has_a_world_of_its_own() -> None:
    console = MockConsole(api_keys=("a", "b"))
    one, two = connect(console, "a"), connect(console, "b")
    dseq = one.create(sdl())["dseq"]
    assert two.http.get(f"/v1/deployments/{dseq}").status_code == 404
    assert one.data("GET", "/v1/user/me")["id"] != two.data("GET", "/v1/user/me")["id"]
    assert two.balances()["balance"] == 100_000_000


def test_time_passes_in_every_world() -> None:
    console = MockConsole(api_keys=("a", "b"))
    console.sleep(60)
    with console.world("a") as one, console.world("b") as two:
        assert one.now_ms == two.now_ms == GENESIS_MS + 60_000


def test_the_world_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyError), MockConsole().world("stranger"):
        pass


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        MockConsole().advance(-1)
