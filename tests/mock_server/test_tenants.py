"""Tenants: each API key has a world, time, faults and journal of its own, and nothing of another's reaches it."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import MOCK_API_KEY, MockConsole, Pacer, SqliteStore, serve
from mock_server.world.clock import GENESIS_MS
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import leased

KEYS = ("key-a", "key-b", "key-c")
HOUR = 3600


# --- what one does changes nothing for another -------------------------------------------------------------------


class Player:
    """One tenant who plays moves, over the in-process door, and notes whatever it is told."""

    def __init__(self, console: MockConsole, api_key: str) -> None:
        self.console, self.api_key = console, api_key
        self.tenant = connect(console, api_key)
        self.made: list[dict[str, Any]] = []
        self.saved = console.snapshot(api_key)
        self.told: list[tuple[Any, ...]] = []

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        try:
            answer = self.tenant.http.request(method, path, json=body, **more)
        except httpx.TransportError as problem:
            self.told.append((type(problem),))
            return None
        self.told.append((answer.status_code, answer.content, answer.headers.get("date")))
        return json.loads(answer.content)["data"] if answer.is_success and answer.content[:8] == b'{"data":' else None

    def dseq(self) -> str:
        return str(self.made[-1]["dseq"]) if self.made else "1"

    def create(self) -> None:
        made = self.ask("POST", "/v1/deployments", {"data": {"sdl": sdl(amount=10_000), "deposit": 2}})
        self.made += [made] if made else []

    def lease(self) -> None:
        bids = [entry["bid"] for entry in self.ask("GET", f"/v1/bids/{self.dseq()}") or []]
        chosen = next((bid["id"] for bid in bids if bid["state"] == "open"), None)
        if chosen:
            self.ask("POST", "/v1/leases", {"manifest": self.made[-1]["manifest"], "leases": [chosen]})

    def rent(self) -> None:
        self.create()
        self.wait()
        self.lease()

    def look(self) -> None:
        for path in (f"/v1/deployments/{self.dseq()}", "/v1/providers", "/v1/balances", "/v1/usage/history/stats"):
            self.ask("GET", path)
        self.ask("GET", "/_mock/calls")

    def pay(self) -> None:
        self.ask("POST", "/v1/deposit-deployment", {"data": {"dseq": self.dseq(), "deposit": 1}})

    def close(self) -> None:
        self.ask("DELETE", f"/v1/deployments/{self.dseq()}")

    def sign(self) -> None:
        self.ask("POST", "/v1/create-jwt-token", {"data": {"ttl": 60, "leases": {"access": "full"}}})

    def use_a_new_key(self) -> None:
        made = self.ask("POST", "/v1/api-keys", {"data": {"name": "ci"}})
        if made:
            self.ask("GET", "/v1/deployments", headers={"x-api-key": made["apiKey"]})

    def wait(self) -> None:
        self.console.advance(30, api_key=self.api_key)

    def wait_long(self) -> None:
        self.ask("POST", "/_mock/advance", {"seconds": HOUR})

    def be_struck(self) -> None:
        faults = self.console.tenant(self.api_key).faults
        faults.status(503, times=None, rate=40)
        faults.latency(3, times=2)
        faults.latency(90, "getBalances", times=1)
        faults.drop("createDeployment", when="after")

    def be_spared(self) -> None:
        self.console.tenant(self.api_key).faults.clear()

    def keep(self) -> None:
        self.saved = self.console.snapshot(self.api_key)

    def go_back(self) -> None:
        self.console.restore(self.saved, self.api_key)

    def start_over(self) -> None:
        self.console.reset(self.api_key)

    def left(self) -> tuple[Any, ...]:
        """Everything there is of a tenant in the end."""
        mine = self.console.tenant(self.api_key)
        return self.told, self.console.snapshot(self.api_key), list(mine.calls), [rule.seen for rule in mine.faults]


MOVES = [
    *(Player.create, Player.rent, Player.look, Player.pay, Player.close, Player.sign, Player.use_a_new_key),
    *(Player.wait, Player.wait_long, Player.be_struck, Player.be_spared),
    *(Player.keep, Player.go_back, Player.start_over),
]
TURNS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(MOVES)), min_size=12, max_size=40)


def play(turns: list[tuple[str, Callable[[Player], None]]]) -> dict[str, tuple[Any, ...]]:
    console = MockConsole(api_keys=KEYS, fleet="small", balance_usd=10)
    players = {key: Player(console, key) for key in KEYS}
    for key, move in turns:
        move(players[key])
    return {key: player.left() for key, player in players.items()}


@settings(max_examples=40, deadline=None)
@given(TURNS)
def test_whatever_others_do_a_tenant_is_told_the_same_as_alone(turns: Any) -> None:
    together = play(turns)
    for key in KEYS:
        assert together[key] == play([turn for turn in turns if turn[0] == key])[key]


# --- nothing of one is seen by another ---------------------------------------------------------------------------


@pytest.fixture
def console() -> MockConsole:
    return MockConsole(api_keys=KEYS, fleet="small")


@pytest.fixture
def running(console: MockConsole) -> tuple[MockConsole, Tenant, Tenant, str]:
    """Two tenants, of whom the first runs a deployment, has made a key and has a settings row."""
    one, two = connect(console, "key-a"), connect(console, "key-b")
    dseq = one.run(console, sdl())
    console.sleep(60)
    return console, one, two, dseq


def test_the_deployments_of_one_are_not_there_for_another(running: Any) -> None:
    _, one, two, dseq = running
    found = one.get(dseq)
    owner, provider = (found["leases"][0]["id"][name] for name in ("owner", "provider"))
    missing = [
        ("GET", f"/v1/deployments/{dseq}", None, 404),
        ("PUT", f"/v1/deployments/{dseq}", {"data": {"sdl": sdl()}}, 404),
        ("DELETE", f"/v1/deployments/{dseq}", None, 404),
        ("POST", "/v1/deposit-deployment", {"data": {"dseq": dseq, "deposit": 1}}, 404),
        ("POST", "/v1/leases", {"manifest": "[]", "leases": [found["leases"][0]["id"]]}, 500),
        ("GET", f"/v1/deployment/{owner}/{dseq}", None, 404),
        ("GET", f"/akash/deployment/v1beta4/deployments/info?id.owner={owner}&id.dseq={dseq}", None, 404),
    ]
    for method, path, body, status in missing:
        assert two.http.request(method, path, json=body).status_code == status, path
    empty = {
        f"/v1/bids/{dseq}": {"data": []},
        f"/v1/addresses/{owner}/deployments/0/10?status=active": {"count": 0, "results": []},
        f"/v1/providers/{provider}/deployments/0/10": {"total": 0, "deployments": []},
        f"/v1/balances?address={owner}": {"data": {"balance": 0, "deployments": 0, "total": 0}},
        "/v1/weekly-cost": {"data": {"weeklyCost": 0}},
    }
    for path, nothing in empty.items():
        assert two.http.get(path).json() == nothing, path
    assert two.data("GET", "/v1/deployments")["deployments"] == []
    assert two.http.get("/akash/market/v1beta5/leases/list").json()["leases"] == []
    assert one.get(dseq) == found, "nothing of what the other tried was done"


def test_what_one_takes_on_a_provider_leaves_another_as_much(running: Any) -> None:
    _, _, two, _ = running
    idle = MockConsole(api_keys=KEYS, fleet="small")
    idle.sleep(90)
    fresh = connect(idle, "key-b")
    for path in ("/v1/providers", "/v1/gpu", "/v1/gpu-prices", "/v1/network-capacity"):
        assert two.http.get(path).content == fresh.http.get(path).content


def test_the_keys_of_one_are_not_there_for_another(running: Any) -> None:
    _, one, two, _ = running
    made = one.data("POST", "/v1/api-keys", {"data": {"name": "ci"}})
    assert two.data("GET", "/v1/api-keys") == []
    assert two.http.get(f"/v1/api-keys/{made['id']}").status_code == 404
    assert two.http.patch(f"/v1/api-keys/{made['id']}", json={"data": {"name": "x"}}).status_code == 404
    assert two.http.delete(f"/v1/api-keys/{made['id']}").status_code == 204, "as for any unknown one"
    assert [key["name"] for key in one.data("GET", "/v1/api-keys")] == ["ci"]


def test_the_settings_of_one_are_not_there_for_another(running: Any) -> None:
    _, one, two, dseq = running
    user = one.data("GET", "/v1/user/me")["id"]
    one.data("POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True}})
    assert two.http.get("/v1/wallet-settings").status_code == 404
    assert two.http.get(f"/v1/deployment-settings/{user}/{dseq}").status_code == 404
    assert two.data("GET", f"/v1/wallets?userId={user}") == []
    assert two.data("GET", "/v1/user/me")["id"] != user


def test_the_token_of_one_opens_nothing_of_another(running: Any) -> None:
    console, one, two, dseq = running
    mine = leased(console, one, dseq)
    asked = mine.lease_path("status")
    assert mine.ask("GET", asked, mine.token()).status_code == 200
    token = two.data("POST", "/v1/create-jwt-token", {"data": {"ttl": 60, "leases": {"access": "full"}}})["token"]
    assert mine.ask("GET", asked, {"type": "jwt", "token": token}).status_code == 404


def test_calls_and_faults_are_kept_for_each(running: Any) -> None:
    console, one, two, _ = running
    console.tenant("key-a").faults.status(503, times=None)
    before = len(console.tenant("key-b").calls)
    assert [t.http.get("/v1/balances").status_code for t in (one, two)] == [503, 200]
    assert [call.status for call in console.tenant("key-b").calls][before:] == [200]
    assert console.tenant("key-c").calls.count("getBalances") == 0
    assert len(console.tenant("key-b").faults) == 0


def test_a_missing_or_wrong_key_is_noted_with_the_first(console: MockConsole) -> None:
    for headers in ({}, {"x-api-key": "nobody"}):
        httpx.Client(transport=console.transport(), base_url="http://mock", headers=headers).get("/v1/balances")
    assert [call.status for call in console.calls] == [401, 401]
    assert [len(console.tenant(key).calls) for key in KEYS] == [2, 0, 0]


def test_a_late_answer_takes_the_time_of_whoever_waits_for_it(console: MockConsole) -> None:
    console.tenant("key-b").faults.latency(4)
    connect(console, "key-b").balances()
    with console.world("key-a") as one, console.world("key-b") as two:
        assert (one.age_s, two.age_s) == (0, 4)


def test_two_tenants_have_nothing_in_common_but_the_providers(console: MockConsole) -> None:
    answers = []
    for key in KEYS[:2]:
        tenant = connect(console, key)
        made = tenant.create(sdl())
        user = tenant.data("GET", "/v1/user/me")
        token = tenant.data("POST", "/v1/create-jwt-token", {"data": {"ttl": 60, "leases": {"access": "full"}}})
        made_key = tenant.data("POST", "/v1/api-keys", {"data": {"name": "n"}})
        (wallet,) = tenant.data("GET", f"/v1/wallets?userId={user['id']}")
        answers.append((made["signTx"]["hash"], user["id"], user["email"], token["token"], made_key["apiKey"]))
        answers[-1] += (made_key["id"], wallet["id"], wallet["address"])
    assert not set(answers[0]) & set(answers[1])


# --- steering one of several -------------------------------------------------------------------------------------


def test_time_passes_for_one_or_for_all(console: MockConsole) -> None:
    console.advance(60, api_key="key-b")
    console.advance(5)
    with console.world("key-a") as one, console.world("key-b") as two:
        assert (one.age_s, two.age_s) == (5, 65)


def test_one_starts_over_alone(console: MockConsole) -> None:
    one, two = connect(console, "key-a"), connect(console, "key-b")
    dseqs = [tenant.create(sdl())["dseq"] for tenant in (one, two)]
    for key in KEYS:
        console.tenant(key).faults.no_bids()
    console.sleep(60)
    console.reset("key-a")
    assert [len(console.tenant(key).faults) for key in KEYS] == [0, 1, 1]
    assert [len(console.tenant(key).calls) for key in KEYS] == [0, 1, 0]
    assert one.http.get(f"/v1/deployments/{dseqs[0]}").status_code == 404
    assert two.get(dseqs[1])["deployment"]["state"] == "active"
    with console.world("key-a") as mine, console.world("key-b") as other:
        assert (mine.age_s, other.age_s) == (0, 60)


def test_the_faults_of_the_beginning_come_back_with_a_reset() -> None:
    console = MockConsole(api_keys=KEYS, faults=[{"fault": "status", "status": 503}])
    statuses = [[connect(console, key).http.get("/v1/balances").status_code for _ in range(2)] for key in KEYS]
    assert statuses == [[503, 200]] * 3
    console.reset("key-b")
    assert [connect(console, key).http.get("/v1/balances").status_code for key in KEYS] == [200, 503, 200]


def test_one_goes_back_alone(console: MockConsole) -> None:
    one, two = connect(console, "key-a"), connect(console, "key-b")
    saved = console.snapshot("key-a")
    made = one.create(sdl())["dseq"]
    other = two.create(sdl())["dseq"]
    console.restore(saved, "key-a")
    assert one.http.get(f"/v1/deployments/{made}").status_code == 404
    assert two.get(other)["deployment"]["state"] == "active"


def test_a_snapshot_of_one_puts_back_that_one_even_when_all_may_change(console: MockConsole) -> None:
    saved = console.snapshot("key-a")
    console.sleep(60)
    console.restore(saved)
    with console.world("key-a") as one, console.world("key-b") as two:
        assert (one.age_s, two.age_s) == (0, 60)


def test_a_snapshot_of_all_holds_each(console: MockConsole) -> None:
    made = {key: connect(console, key).create(sdl())["dseq"] for key in KEYS}
    saved = console.snapshot()
    other = MockConsole(api_keys=KEYS, fleet="small")
    other.restore(saved)
    for key, dseq in made.items():
        assert connect(other, key).get(dseq)["deployment"]["state"] == "active"


@pytest.mark.parametrize("whose", ["key-a", None], ids=["one", "all"])
def test_the_snapshot_of_another_is_refused(console: MockConsole, whose: str | None) -> None:
    saved = console.snapshot(whose)
    console.sleep(60)
    with pytest.raises(ValueError, match=r"the world of another API key\. Nothing was changed"):
        console.restore(saved, "key-b")
    with console.world("key-b") as world:
        assert world.age_s == 60


def test_a_snapshot_of_a_key_that_is_not_accepted_is_refused(console: MockConsole) -> None:
    saved = MockConsole(api_keys=("somebody",), fleet="small").snapshot()
    with pytest.raises(ValueError, match="another API key"):
        console.restore(saved)


@pytest.mark.parametrize(
    "other", [{"seed": 8}, {"fleet": "default"}, {"balance_usd": 5}, {"block_seconds": 5}, {"trial": True}], ids=str
)
def test_a_snapshot_from_a_mock_with_other_settings_is_refused(other: dict[str, Any]) -> None:
    """Its addresses, providers and blocks would not be those of this mock."""
    console = MockConsole(**{"fleet": "small", **other})
    saved = MockConsole(fleet="small").snapshot()
    with pytest.raises(ValueError, match=r"made with seed 7, fleet small, .*; here is .*\. Nothing was changed"):
        console.restore(saved)


@pytest.mark.parametrize("saved", [b"", b"nonsense", b"\x92\x01\x90"], ids=repr)
def test_what_is_no_snapshot_is_refused(console: MockConsole, saved: bytes) -> None:
    with pytest.raises(ValueError, match=r"no snapshot|version.*Nothing was changed"):
        console.restore(saved)


@pytest.mark.parametrize(
    "act",
    [
        lambda console: console.advance(1, api_key="nobody"),
        lambda console: console.reset("nobody"),
        lambda console: console.snapshot("nobody"),
        lambda console: console.restore(b"", "nobody"),
        lambda console: console.tenant("nobody"),
        lambda console: console.world("nobody").__enter__(),
    ],
    ids=["advance", "reset", "snapshot", "restore", "tenant", "world"],
)
def test_an_unknown_key_has_nothing(console: MockConsole, act: Callable[[MockConsole], Any]) -> None:
    with pytest.raises(KeyError, match="not accepted"):
        act(console)


def test_a_key_that_is_given_twice_is_one_tenant() -> None:
    console = MockConsole(api_keys=("a", "a"))
    console.advance(10)
    assert (len(console.tenants), console.now) == (1, GENESIS_MS / 1000 + 10)
    console.restore(console.snapshot())


def test_time_has_an_end_that_nobody_gets_beyond(console: MockConsole) -> None:
    console.advance(10, api_key="key-c")
    seconds = 1e300
    for wrong in (seconds, float("inf"), 2.6e11):
        with pytest.raises(ValueError, match="Time ends with the year 9998"):
            console.advance(wrong)
    # Nearly there for the first, but too far for the third, so for nobody.
    with console.world("key-c") as world:
        until_the_end = (253_370_764_800_000 - world.now_ms) / 1000
    with pytest.raises(ValueError, match="Time ends"):
        console.advance(until_the_end + 10)
    with console.world("key-a") as world:
        assert world.age_s == 0
    console.advance(until_the_end)
    assert connect(console, "key-c").http.get("/v1/balances").headers["date"] == "Fri, 01 Jan 9999 00:00:00 GMT"


# --- keys made through the API -----------------------------------------------------------------------------------


def made_key(tenant: Tenant, **more: Any) -> Any:
    return tenant.data("POST", "/v1/api-keys", {"data": {"name": "ci", **more}})


def test_a_made_key_works_at_once_and_for_its_maker(console: MockConsole) -> None:
    for key in KEYS:
        tenant = connect(console, key)
        dseq = tenant.create(sdl())["dseq"]
        other = connect(console, made_key(tenant)["apiKey"])
        assert other.get(dseq) == tenant.get(dseq)
        assert other.data("GET", "/v1/user/me")["id"] == tenant.data("GET", "/v1/user/me")["id"]
        assert other.data("GET", "/_mock/state")["address"] == tenant.data("GET", "/_mock/state")["address"]


def test_what_a_made_key_asks_is_noted_with_its_maker(console: MockConsole) -> None:
    connect(console, made_key(connect(console, "key-b"))["apiKey"]).balances()
    assert [call.operation for call in console.tenant("key-b").calls] == ["createApiKey", "getBalances"]
    assert len(console.calls) == 0


def test_a_made_key_makes_keys(console: MockConsole) -> None:
    tenant = connect(console, "key-b")
    grandchild = connect(console, made_key(connect(console, made_key(tenant)["apiKey"]))["apiKey"])
    assert grandchild.balances() == tenant.balances()
    assert len(tenant.data("GET", "/v1/api-keys")) == 2


def test_a_made_key_works_in_another_mock_that_was_restored(console: MockConsole) -> None:
    tenant = connect(console, "key-b")
    dseq, key = tenant.create(sdl())["dseq"], made_key(tenant)["apiKey"]
    other = MockConsole(api_keys=KEYS, fleet="small")
    assert connect(other, key).http.get("/v1/balances").status_code == 401, "it knows nothing of it yet"
    other.restore(console.snapshot("key-b"))
    assert connect(other, key).get(dseq) == tenant.get(dseq)


def test_a_made_key_works_after_a_restart(tmp_path: Path) -> None:
    def opened() -> MockConsole:
        return MockConsole(api_keys=KEYS, fleet="small", store=SqliteStore(tmp_path / "w.db"))

    tenant = connect(opened(), "key-c")
    dseq, key = tenant.create(sdl())["dseq"], made_key(tenant)["apiKey"]
    first, second = connect(opened(), key), connect(opened(), key)
    assert first.get(dseq) == tenant.get(dseq)
    assert first.http.delete(f"/v1/api-keys/{tenant.data('GET', '/v1/api-keys')[0]['id']}").status_code == 204
    assert [t.http.get("/v1/balances").status_code for t in (first, second)] == [401, 401]


def test_a_deleted_key_is_unknown_even_where_anybody_may_ask(console: MockConsole) -> None:
    tenant = connect(console, "key-b")
    made = made_key(tenant)
    other = connect(console, made["apiKey"])
    tenant.http.delete(f"/v1/api-keys/{made['id']}")
    for path in ("/v1/balances", "/v1/providers", "/status", "/_mock/state"):
        assert other.http.get(path).status_code == 401, path


def test_a_key_expires_in_the_time_of_its_own_world(console: MockConsole) -> None:
    keys = {key: made_key(connect(console, key), expiresAt="2026-01-05T13:00:00Z")["apiKey"] for key in KEYS}
    console.advance(HOUR, api_key="key-b")
    found = {key: connect(console, made).http.get("/v1/balances").status_code for key, made in keys.items()}
    assert found == {"key-a": 200, "key-b": 401, "key-c": 200}


def test_a_key_is_gone_when_its_maker_starts_over(console: MockConsole) -> None:
    keys = {key: made_key(connect(console, key))["apiKey"] for key in KEYS}
    console.reset("key-b")
    found = {key: connect(console, made).http.get("/v1/balances").status_code for key, made in keys.items()}
    assert found == {"key-a": 200, "key-b": 401, "key-c": 200}


def test_a_made_key_with_another_end_is_nobodys(console: MockConsole) -> None:
    """Its beginning says whose it is; that alone opens nothing."""
    made = made_key(connect(console, "key-b"))["apiKey"]
    forged = made[:-1] + ("0" if made[-1] != "0" else "1")
    assert connect(console, forged).http.get("/v1/providers").status_code == 401


# --- many at once ------------------------------------------------------------------------------------------------


class Wall:
    """A wall clock that each look at it moves on by a millisecond, and that can be pushed."""

    def __init__(self) -> None:
        self._looks = itertools.count()
        self.pushed = 5000.0

    def __call__(self) -> float:
        return self.pushed + next(self._looks) / 1000

    def push(self, seconds: float) -> None:
        self.pushed += seconds


class Class:
    """Some tenants of one server whom one thread looks after: they do the same, step by step."""

    def __init__(self, url: str, keys: list[str]) -> None:
        self.keys = keys
        self.http = httpx.Client(base_url=url, event_hooks={"response": [self._note]}, timeout=60)
        self.statuses: list[int] = []
        self.made: dict[str, Any] = {}
        self.own: dict[str, str] = {}

    def _note(self, response: httpx.Response) -> None:
        self.statuses.append(response.status_code)

    def ask(self, key: str, method: str, path: str, body: Any = None) -> Any:
        return self.http.request(method, path, json=body, headers={"x-api-key": key}).json()["data"]

    def arrive(self) -> None:
        for key in self.keys:
            self.own[key] = self.ask(key, "GET", "/_mock/state")["address"]
            self.made[key] = self.ask(key, "POST", "/v1/deployments", {"data": {"sdl": sdl(), "deposit": 1}})

    def lease(self) -> None:
        for key, made in self.made.items():
            bids = [entry["bid"]["id"] for entry in self.ask(key, "GET", f"/v1/bids/{made['dseq']}")]
            assert {bid["owner"] for bid in bids} == {self.own[key]}
            self.ask(key, "POST", "/v1/leases", {"manifest": made["manifest"], "leases": bids[:1]})

    def pay(self) -> None:
        for key, made in self.made.items():
            found = self.ask(key, "GET", f"/v1/deployments/{made['dseq']}")
            assert found["leases"][0]["status"]["services"]["web"]["available"] == 1
            self.ask(key, "POST", "/v1/deposit-deployment", {"data": {"dseq": made["dseq"], "deposit": 1}})

    def leave(self) -> None:
        for key, made in self.made.items():
            (listed,) = self.ask(key, "GET", "/v1/deployments")["deployments"]
            assert listed["deployment"]["id"] == {"owner": self.own[key], "dseq": made["dseq"]}
            self.ask(key, "DELETE", f"/v1/deployments/{made['dseq']}")


def test_two_hundred_tenants_live_ten_minutes_on_one_server() -> None:
    keys, threads, speed = [f"student-{n}" for n in range(200)], 4, 120
    console, wall = MockConsole(api_keys=keys), Wall()
    pacer = Pacer(console, speed, now=wall)
    # Between two steps, when all have done theirs, two and a half minutes pass for everybody.
    together = threading.Barrier(threads, action=lambda: wall.push(150 / speed))
    problems: list[BaseException] = []

    def look_after(group: Class) -> None:
        try:
            for step in (group.arrive, group.lease, group.pay, group.leave):
                step()
                together.wait(60)
        except BaseException as problem:
            problems.append(problem)
            together.abort()

    with serve(pacer) as server:
        groups = [Class(server.url, keys[n::threads]) for n in range(threads)]
        running = [threading.Thread(target=look_after, args=(group,)) for group in groups]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        for group in groups:
            group.http.close()

    assert problems == []
    statuses = [status for group in groups for status in group.statuses]
    assert (len(statuses), set(statuses)) == (200 * 8, {200, 201})
    assert len({address for group in groups for address in group.own.values()}) == 200
    for key in keys:
        with console.world(key) as world:
            assert world.age_s >= 450
            (deployment,) = world.deployments.values()
            account = deployment.escrow
            assert (deployment.state, deployment.leases[0].reason) == ("closed", "lease_closed_owner")
            assert account.transferred > 0
            assert world.wallet.allowance + account.funds + account.transferred == world.wallet.granted
        assert len(console.tenant(key).calls) == 7, "the state was asked of the mock, not of the Console"


def test_made_with_many_keys_a_mock_knows_the_default_one_no_more() -> None:
    assert connect(MockConsole(api_keys=KEYS), MOCK_API_KEY).http.get("/v1/balances").status_code == 401
