"""The mock's own controls over HTTP, `/_mock/`: time, faults, journal and snapshots, for tests in any language."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole, Pacer, create_app
from mock_server.world.clock import GENESIS_MS
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.test_doors import DOORS, Loop

CONTROLS = [
    *(("GET", "state"), ("POST", "advance"), ("PUT", "speed"), ("POST", "reset")),
    *(("GET", "faults"), ("POST", "faults"), ("DELETE", "faults")),
    *(("GET", "calls"), ("DELETE", "calls"), ("GET", "snapshot"), ("PUT", "snapshot")),
]
#: What each control takes, for those that take something.
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "advance"): {"seconds": 1},
    ("PUT", "speed"): {"speed": 2},
    ("POST", "faults"): {"fault": "no_bids"},
}


class Controls:
    """The controls in the hands of one key."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def ask(self, method: str, name: str, body: Any = None) -> httpx.Response:
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.http.request(method, f"/_mock/{name}", **sent)

    def do(self, method: str, name: str, body: Any = None) -> Any:
        answer = self.ask(method, name, body)
        assert answer.is_success, answer.text
        return answer.json()["data"] if answer.content[:8] == b'{"data":' else answer.content

    def refused(self, method: str, name: str, body: Any = None) -> tuple[int, str]:
        answer = self.ask(method, name, body)
        assert answer.headers["content-type"] == "application/json; charset=UTF-8"
        return answer.status_code, answer.json()["message"]

    def age_s(self) -> float:
        """Seconds since the world's beginning, as the state says."""
        hours, minutes, seconds = self.do("GET", "state")["now"].removesuffix("Z").partition("T")[2].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds) - 12 * 3600


def controls(mock: MockConsole | Pacer, api_key: str = MOCK_API_KEY) -> Controls:
    headers = {"x-api-key": api_key}
    return Controls(httpx.Client(transport=mock.transport(), base_url="http://mock", headers=headers))


@pytest.fixture
def mine(console: MockConsole) -> Controls:
    return controls(console)


# --- the state, and who may see it -------------------------------------------------------------------------------


def test_the_state_says_what_the_world_is_and_where_it_stands(
    console: MockConsole, tenant: Tenant, mine: Controls
) -> None:
    tenant.close(tenant.create(sdl())["dseq"])
    tenant.create(sdl())
    console.faults.no_bids()
    console.sleep(12)
    with console.world() as world:
        address = world.wallet.address
    assert mine.do("GET", "state") == {
        "now": "2026-01-05T12:00:12.000Z",
        "height": 23_456_791,
        "speed": 0,
        "seed": 7,
        "dialect": "live",
        "market": "own",
        "address": address,
        "balance": 95_000_000,
        "deployments": {"active": 1, "all": 2},
        "faults": 1,
        "calls": 3,
    }


@pytest.mark.parametrize(("method", "name"), CONTROLS, ids=" ".join)
def test_every_control_wants_a_key(console: MockConsole, method: str, name: str) -> None:
    keys = [({}, 401), ({"x-api-key": "nobody"}, 401), ({"x-api-key": MOCK_API_KEY, "authorization": "Bearer x"}, 400)]
    for headers, status in keys:
        http = httpx.Client(transport=console.transport(), base_url="http://mock", headers=headers)
        assert http.request(method, f"/_mock/{name}", json=BODIES.get((method, name))).status_code == status
    assert (console.now, len(console.faults), len(console.calls)) == (GENESIS_MS / 1000, 0, 0)


@pytest.mark.parametrize(
    ("method", "name"), [("GET", "states"), ("POST", "state"), ("GET", ""), ("PATCH", "faults"), ("GET", "faults/")]
)
def test_an_unknown_control_names_those_there_are(mine: Controls, method: str, name: str) -> None:
    status, message = mine.refused(method, name)
    assert status == 404
    assert all(f"{verb} /_mock/{known}" in message for verb, known in CONTROLS)


def test_a_path_that_only_looks_alike_is_nothing(mine: Controls) -> None:
    for path in ("/_mock", "/_mocks/state", "/v1/_mock/state"):
        assert mine.http.get(path).text == "404 Not Found"


def test_a_head_is_a_get_without_its_body(mine: Controls) -> None:
    told, asked = mine.ask("GET", "state"), mine.ask("HEAD", "state")
    assert (asked.status_code, asked.content, asked.headers) == (200, b"", told.headers)


def test_control_requests_are_no_calls(console: MockConsole, mine: Controls) -> None:
    for method, name in CONTROLS:
        mine.ask(method, name, BODIES.get((method, name)))
    mine.ask("GET", "nothing")
    assert len(console.calls) == 0


def test_no_fault_keeps_the_controls_from_working(console: MockConsole, mine: Controls) -> None:
    console.faults.refuse(times=None)
    console.faults.status(503, times=None)
    assert mine.do("GET", "state")["faults"] == 2
    mine.ask("DELETE", "faults")
    assert mine.http.get("/v1/balances").status_code == 200


def test_an_answer_is_dated_and_marked_like_any_other(console: MockConsole, mine: Controls) -> None:
    console.sleep(90)
    for name in ("state", "nothing"):
        headers = mine.ask("GET", name).headers
        assert (headers["x-akash-mock"], headers["date"]) == ("1", "Mon, 05 Jan 2026 12:01:30 GMT")


def test_a_mistake_inside_is_an_error_of_the_mock(
    mine: Controls, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mock_server.control.iso", lambda _: 1 / 0)
    assert mine.refused("GET", "state") == (500, "Internal server error")
    assert "GET /_mock/state failed inside the mock" in caplog.text


# --- time --------------------------------------------------------------------------------------------------------


def test_time_moves_as_far_as_it_is_told_and_bids_arrive(mine: Controls, tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    assert tenant.bids(dseq) == []
    assert mine.do("POST", "advance", {"seconds": 30.5})["now"] == "2026-01-05T12:00:30.500Z"
    assert tenant.bids(dseq) != []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Malformed JSON"),
        (b"{", "Malformed JSON"),
        (b"[]", "Validation error"),
        (b"{}", "Validation error"),
        (b'{"seconds": -1}', "Validation error"),
        (b'{"seconds": "5"}', "Validation error"),
        (b'{"seconds": true}', "Validation error"),
        (b'{"seconds": NaN}', "Malformed JSON"),
        (b'{"seconds": 1e400}', "Time ends with the year 9998"),
        (b'{"seconds": 1e12}', "Time ends with the year 9998"),
    ],
)
def test_no_other_time_can_be_asked_for(mine: Controls, body: bytes, reason: str) -> None:
    status, message = mine.refused("POST", "advance", body)
    assert status == 400
    assert message.startswith(reason)
    assert mine.age_s() == 0


class Wall:
    """A wall clock that moves when told to."""

    def __init__(self) -> None:
        self.at = 5000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def paced(wall: Wall) -> Controls:
    return controls(Pacer(MockConsole(), 60, now=wall))


def test_time_that_stands_still_has_no_speed(mine: Controls) -> None:
    status, message = mine.refused("PUT", "speed", {"speed": 2})
    assert (status, "POST /_mock/advance" in message) == (409, True)


def test_time_can_be_paused_and_go_on(paced: Controls, wall: Wall) -> None:
    wall.at += 1
    assert paced.do("PUT", "speed", {"speed": 0})["speed"] == 0
    wall.at += 1000
    assert (paced.age_s(), paced.do("GET", "state")["speed"]) == (60, 0)
    paced.do("POST", "advance", {"seconds": 5})
    assert paced.age_s() == 65
    paced.do("PUT", "speed", {"speed": 2.5})
    wall.at += 10
    assert (paced.age_s(), paced.do("GET", "state")["speed"]) == (90, 2.5)


def test_time_that_goes_by_itself_can_be_moved_besides(paced: Controls, wall: Wall) -> None:
    wall.at += 2
    assert paced.do("POST", "advance", {"seconds": 100})["now"] == "2026-01-05T12:03:40.000Z"
    wall.at += 1
    assert paced.age_s() == 280


@pytest.mark.parametrize("body", [b"{}", b'{"speed": -1}', b'{"speed": "2"}', b'{"speed": 1e400}', b"null"])
def test_no_other_speed_can_be_asked_for(paced: Controls, wall: Wall, body: bytes) -> None:
    assert paced.ask("PUT", "speed", body).status_code == 400
    wall.at += 1
    assert paced.age_s() == 60


def test_however_fast_it_goes_time_ends(paced: Controls, wall: Wall) -> None:
    paced.do("PUT", "speed", {"speed": 1e308})
    wall.at += 1
    assert paced.do("GET", "state")["now"] == "9999-01-01T00:00:00.000Z"
    assert paced.http.get("/v1/balances").status_code == 200
    assert paced.refused("POST", "advance", {"seconds": 1})[0] == 400


@pytest.mark.parametrize("way", ["controls", "python"])
def test_after_going_back_time_goes_on_from_there(wall: Wall, way: str) -> None:
    console = MockConsole()
    pacer = Pacer(console, 60, now=wall)
    mine = controls(pacer)
    wall.at += 1
    saved = mine.do("GET", "snapshot")
    wall.at += 10
    mine.do("PUT", "speed", {"speed": 2})
    if way == "controls":
        mine.do("PUT", "snapshot", saved)
    else:
        console.restore(saved)
    assert mine.age_s() == 60
    wall.at += 5
    assert mine.age_s() == 70, "as fast as before"


@pytest.mark.parametrize("way", ["controls", "python"])
@pytest.mark.parametrize("keys", [("a",), ("a", "b")], ids=["alone", "one of two"])
def test_who_starts_over_does_so_at_the_speed_of_the_beginning(wall: Wall, way: str, keys: tuple[str, ...]) -> None:
    console = MockConsole(api_keys=keys)
    mine = controls(Pacer(console, 60, now=wall), "a")
    wall.at += 10
    mine.do("PUT", "speed", {"speed": 0})
    if way == "controls":
        assert mine.do("POST", "reset")["now"] == "2026-01-05T12:00:00.000Z"
    else:
        console.reset("a")
    wall.at += 1
    assert (mine.age_s(), mine.do("GET", "state")["speed"]) == (60, 60)


def test_each_tenant_has_a_speed_of_its_own(wall: Wall) -> None:
    pacer = Pacer(MockConsole(api_keys=("a", "b")), 60, now=wall)
    one, two = controls(pacer, "a"), controls(pacer, "b")
    one.do("PUT", "speed", {"speed": 0})
    wall.at += 2
    two.do("PUT", "speed", {"speed": 1})
    wall.at += 2
    assert (one.age_s(), two.age_s()) == (0, 122)


def test_a_late_answer_is_late_by_the_speed_of_whoever_waits_for_it(
    wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("mock_server.doors.app.asyncio", SimpleNamespace(sleep=sleep))
    console = MockConsole(api_keys=("a", "b"))
    pacer = Pacer(console, 60, now=wall)
    controls(pacer, "a").do("PUT", "speed", {"speed": 0})
    console.tenant("b").faults.latency(30)
    loop = Loop(httpx.ASGITransport(create_app(pacer)))
    assert loop.send("GET", "/v1/balances", headers={"x-api-key": "b"}).status_code == 200
    loop.close()
    assert slept == [0.5], "though time stands still for the first key"


def test_going_back_alone_leaves_the_time_of_others(wall: Wall) -> None:
    console = MockConsole(api_keys=("a", "b"))
    pacer = Pacer(console, 60, now=wall)
    one, two = controls(pacer, "a"), controls(pacer, "b")
    saved = console.snapshot("a")
    wall.at += 1
    console.restore(saved)
    assert (one.age_s(), two.age_s()) == (0, 60), "though nobody has asked for the other's world since"


# --- faults ------------------------------------------------------------------------------------------------------


def test_a_fault_is_switched_on_told_of_and_off(mine: Controls, tenant: Tenant) -> None:
    added = {"fault": "status", "status": 503, "operation": "getBalances", "times": 2, "message": "not now"}
    assert mine.ask("POST", "faults", added).status_code == 201
    answer = tenant.http.get("/v1/balances")
    assert (answer.status_code, answer.json()["message"]) == (503, "not now")
    assert mine.do("GET", "faults") == [{**added, "struck": 1}]
    mine.do("POST", "faults", {"fault": "no_bids"})
    assert [rule["fault"] for rule in mine.do("GET", "faults")] == ["status", "no_bids"]
    assert mine.ask("DELETE", "faults").status_code == 204
    assert mine.do("GET", "faults") == []
    assert tenant.http.get("/v1/balances").status_code == 200


def test_a_fault_says_when_as_a_scenario_does(console: MockConsole, mine: Controls, tenant: Tenant) -> None:
    about = {"fault": "status", "status": 500, "times": None, "from": "1m", "until": "2m30s"}
    assert mine.do("POST", "faults", about)[0]["from_s"] == 60
    found = []
    for _ in range(4):
        found.append(tenant.http.get("/v1/balances").status_code)
        console.sleep(50)
    assert found == [200, 200, 500, 200]


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ([], 'Expected an object with the name of a fault, as in {"fault": "no_bids"}'),
        ({}, "Expected an object"),
        ({"fault": 5}, "Expected an object"),
        ({"fault": "no_bid"}, "There is no fault 'no_bid'. Did you mean 'no_bids'"),
        ({"fault": "status"}, "the fault 'status' needs status"),
        ({"fault": "quota"}, "the fault 'quota' needs limit, seconds"),
        ({"fault": "status", "status": 200}, "status is 200; it must be an error"),
        ({"fault": "status", "status": "503"}, "the fault 'status' cannot have '503' as status: Expected `int`"),
        ({"fault": "status", "status": 503.5}, "the fault 'status' cannot have 503.5 as status"),
        ({"fault": "status", "status": 503, "operation": "listBid"}, "There is no operation 'listBid'"),
        ({"fault": "status", "status": 503, "operation": 5}, "the fault 'status' cannot have 5 as operation"),
        ({"fault": "status", "status": 503, "message": 5}, "the fault 'status' cannot have 5 as message"),
        ({"fault": "status", "status": 429, "retry_after_s": -1}, "retry_after_s is -1.0; it must be 0 or more"),
        ({"fault": "no_bids", "message": "x"}, "the fault 'no_bids' takes no 'message'; it takes times, rate, from_s"),
        ({"fault": "no_bids", "kind": "x"}, "the fault 'no_bids' takes no 'kind'"),
        ({"fault": "no_bids", "struck": 1}, "the fault 'no_bids' takes no 'struck'"),
        ({"fault": "no_bids", "times": "x"}, "the fault 'no_bids' cannot have 'x' as times"),
        ({"fault": "no_bids", "times": 0}, "times is 0; it must be at least 1"),
        ({"fault": "no_bids", "rate": 101}, "rate is 101; it must be a percentage"),
        ({"fault": "no_bids", "rate": -1}, "rate is -1; it must be a percentage"),
        ({"fault": "no_bids", "from": "soon"}, "'soon' is no duration"),
        ({"fault": "no_bids", "until": None}, "None is no duration"),
        ({"fault": "latency", "seconds": 0}, "seconds is 0.0; it must be above 0"),
        ({"fault": "latency", "seconds": True}, "True is no duration"),
        ({"fault": "latency", "seconds": 1e10}, "seconds is 10000000000.0; it must be above 0 and at most"),
        ({"fault": "drop", "when": "during"}, "when is 'during'"),
        ({"fault": "garble", "text": 7}, "the fault 'garble' cannot have 7 as text"),
        ({"fault": "lease_lost", "reason": "tired"}, "reason is 'tired'"),
        ({"fault": "provider_down", "provider": 7}, "the fault 'provider_down' cannot have 7 as provider"),
        ({"fault": "stream_drop", "stream": "listBids"}, "There is no stream 'listBids'"),
    ],
    ids=str,
)
def test_a_wrong_fault_is_explained_and_not_switched_on(
    console: MockConsole, mine: Controls, about: Any, reason: str
) -> None:
    status, message = mine.refused("POST", "faults", about)
    assert status == 400
    assert message.startswith(reason)
    assert len(console.faults) == 0


# --- calls -------------------------------------------------------------------------------------------------------


def test_the_calls_are_told_with_what_was_sent(console: MockConsole, mine: Controls, tenant: Tenant) -> None:
    console.sleep(6)
    tenant.http.get("/v1/bids?dseq=1")
    tenant.http.post("/v1/pricing", json={"cpu": "x"})
    told = mine.do("GET", "calls")
    assert told[0] == {
        "operation": "listBids",
        "method": "GET",
        "path": "/v1/bids",
        "query": {"dseq": "1"},
        "body": "",
        "status": 200,
        "at": "2026-01-05T12:00:06.000Z",
    }
    assert (told[1]["operation"], told[1]["body"], told[1]["status"]) == ("getPricing", '{"cpu":"x"}', 400)


def test_the_calls_can_be_those_of_one_operation(mine: Controls, tenant: Tenant) -> None:
    for path in ("/v1/balances", "/v1/providers", "/v1/balances"):
        tenant.http.get(path)
    assert len(mine.do("GET", "calls?operation=getBalances")) == 2
    assert mine.do("GET", "calls?operation=createLease") == []
    status, message = mine.refused("GET", "calls?operation=getBalance")
    assert status == 400
    assert message.startswith("There is no operation 'getBalance'. Did you mean 'getBalances'?")


def test_the_calls_can_be_forgotten(mine: Controls, tenant: Tenant) -> None:
    tenant.http.get("/v1/balances")
    assert mine.ask("DELETE", "calls").status_code == 204
    assert mine.ask("GET", "calls").json() == {"data": [], "forgotten": 0}


def test_a_call_that_broke_has_no_status_and_one_in_bytes_is_told_too(
    console: MockConsole, mine: Controls, tenant: Tenant
) -> None:
    console.faults.refuse("getPricing")
    with pytest.raises(httpx.ConnectError):
        tenant.http.post("/v1/pricing", content=b"\xff\xfe")
    (told,) = mine.do("GET", "calls")
    assert (told["status"], told["body"]) == (None, "\ufffd\ufffd")


# --- going back --------------------------------------------------------------------------------------------------


def test_a_world_starts_over(console: MockConsole, mine: Controls, tenant: Tenant) -> None:
    tenant.create(sdl())
    console.faults.no_bids()
    console.sleep(60)
    state = mine.do("POST", "reset")
    assert (state["now"], state["faults"], state["calls"]) == ("2026-01-05T12:00:00.000Z", 0, 0)
    assert (state["deployments"], state["balance"]) == ({"active": 0, "all": 0}, 100_000_000)


def test_a_world_goes_back_to_where_it_was_kept(console: MockConsole, mine: Controls, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    answer = mine.ask("GET", "snapshot")
    assert answer.headers["content-type"] == "application/octet-stream"
    before = tenant.get(dseq)
    tenant.close(dseq)
    mine.do("POST", "advance", {"seconds": 1000})
    assert mine.do("PUT", "snapshot", answer.content)["now"] == "2026-01-05T12:00:30.000Z"
    assert tenant.get(dseq) == before
    assert answer.content == console.snapshot()


@pytest.mark.parametrize("saved", [b"", b"nonsense", b'{"data":1}'])
def test_what_is_no_snapshot_changes_nothing(mine: Controls, saved: bytes) -> None:
    mine.do("POST", "advance", {"seconds": 60})
    status, message = mine.refused("PUT", "snapshot", saved)
    assert status == 400
    assert message.endswith("Nothing was changed.")
    assert mine.age_s() == 60


# --- several tenants ---------------------------------------------------------------------------------------------


@pytest.fixture
def two() -> tuple[MockConsole, Controls, Controls]:
    console = MockConsole(api_keys=("a", "b"))
    return console, controls(console, "a"), controls(console, "b")


def test_each_key_steers_its_own_world(two: Any) -> None:
    console, one, other = two
    connect(console, "b").create(sdl())
    other.do("POST", "faults", {"fault": "no_bids"})
    one.do("POST", "advance", {"seconds": 60})
    assert (one.age_s(), other.age_s()) == (60, 0)
    one.do("POST", "reset")
    one.ask("DELETE", "faults")
    one.ask("DELETE", "calls")
    assert (one.do("GET", "faults"), one.do("GET", "calls")) == ([], [])
    assert (len(other.do("GET", "faults")), len(other.do("GET", "calls"))) == (1, 1)
    assert other.do("GET", "state")["deployments"]["active"] == 1


def test_nobody_puts_anothers_snapshot_back(two: Any) -> None:
    console, one, other = two
    for saved in (other.do("GET", "snapshot"), console.snapshot()):
        status, message = one.refused("PUT", "snapshot", saved)
        assert (status, "the world of another API key" in message) == (400, True)


def test_a_made_key_steers_the_world_of_its_maker(two: Any) -> None:
    console, one, other = two
    made = connect(console, "b").data("POST", "/v1/api-keys", {"data": {"name": "n"}})["apiKey"]
    controls(console, made).do("POST", "advance", {"seconds": 60})
    assert (one.age_s(), other.age_s()) == (0, 60)


@pytest.fixture
def shared() -> tuple[MockConsole, Controls, Controls]:
    console = MockConsole(api_keys=("a", "b"), market="shared")
    return console, controls(console, "a"), controls(console, "b")


def test_in_a_shared_market_the_first_key_steers_for_all(shared: Any) -> None:
    _, first, second = shared
    for http in (first.http, second.http):
        Tenant(http).create(sdl())
    first.do("POST", "advance", {"seconds": 60})
    saved = first.do("GET", "snapshot")
    assert (first.age_s(), second.age_s()) == (60, 60)
    first.do("POST", "reset")
    assert [each.do("GET", "state")["deployments"]["all"] for each in (first, second)] == [0, 0]
    first.do("PUT", "snapshot", saved)
    assert [each.do("GET", "state")["deployments"]["all"] for each in (first, second)] == [1, 1]
    assert (first.age_s(), second.age_s()) == (60, 60)


@pytest.mark.parametrize(
    ("method", "name"), [("POST", "advance"), ("POST", "reset"), ("GET", "snapshot"), ("PUT", "snapshot")], ids=" ".join
)
def test_in_a_shared_market_the_others_may_not(shared: Any, method: str, name: str) -> None:
    _, first, second = shared
    status, message = second.refused(method, name, BODIES.get((method, name)))
    assert (status, message) == (403, "In a shared market only the first API key may do that")
    assert first.age_s() == 0


def test_in_a_shared_market_each_has_faults_and_calls_of_its_own(shared: Any) -> None:
    _, first, second = shared
    second.do("POST", "faults", {"fault": "status", "status": 503})
    assert [Tenant(each.http).http.get("/v1/balances").status_code for each in (first, second)] == [200, 503]
    assert [len(each.do("GET", "calls")) for each in (first, second)] == [1, 1]
    assert second.do("GET", "state")["market"] == "shared"


def test_in_a_shared_market_all_clocks_are_one(wall: Wall) -> None:
    console = MockConsole(api_keys=("a", "b"), market="shared")
    pacer = Pacer(console, 60, now=wall)
    first, second = controls(pacer, "a"), controls(pacer, "b")
    assert second.refused("PUT", "speed", {"speed": 0})[0] == 403
    wall.at += 1
    first.do("PUT", "speed", {"speed": 0})
    wall.at += 100
    assert (first.age_s(), second.age_s(), second.do("GET", "state")["speed"]) == (60, 60, 0)
    saved = first.do("GET", "snapshot")
    first.do("PUT", "speed", {"speed": 1})
    wall.at += 10
    first.do("PUT", "snapshot", saved)
    wall.at += 5
    assert (first.age_s(), second.age_s()) == (65, 65)


# --- every door --------------------------------------------------------------------------------------------------


def tour(send: Any) -> Iterator[tuple[int, bytes]]:
    """All controls once, with a mistake and a refusal."""
    saved = send("GET", "/_mock/snapshot").content
    asked = [
        *(("GET", "state", None), ("POST", "advance", {"seconds": 60}), ("PUT", "speed", {"speed": 2})),
        *(("POST", "faults", {"fault": "no_fee"}), ("POST", "faults", {"fault": "no"}), ("GET", "faults", None)),
        *(("DELETE", "faults", None), ("GET", "calls", None), ("DELETE", "calls", None), ("GET", "nothing", None)),
    ]
    for method, name, body in asked:
        answer = send(method, f"/_mock/{name}", json=body) if body else send(method, f"/_mock/{name}")
        yield answer.status_code, answer.content
    answer = send("PUT", "/_mock/snapshot", content=saved)
    yield answer.status_code, answer.content
    answer = send("POST", "/_mock/reset")
    yield answer.status_code, answer.content
    answer = send("GET", "/_mock/state", headers={"x-api-key": "nobody"})
    yield answer.status_code, answer.content


@pytest.mark.parametrize("door", DOORS)
def test_the_controls_are_the_same_at_every_door(door: str) -> None:
    with DOORS["transport"](MockConsole()) as send:
        expected = list(tour(send))
    assert [status for status, _ in expected] == [200, 200, 409, 201, 400, 200, 204, 200, 204, 404, 200, 200, 401]
    with DOORS[door](MockConsole()) as send:
        assert list(tour(send)) == expected
