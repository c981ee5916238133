"""Trouble on demand, and what it leaves behind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole, Pacer, create_app, serve
from mock_server.fault import KINDS
from mock_server.faults import Faults
from mock_server.provider.gateway import LeaseId, find_lease
from mock_server.supply.fleet import by_address
from mock_server.world import escrow
from mock_server.world.lifecycle import find_order
from tests.mock_server.conftest import Tenant, connect, sdl

CREATE = {"data": {"sdl": sdl(), "deposit": 5}}


def count(tenant: Tenant) -> int:
    return len(tenant.data("GET", "/v1/deployments")["deployments"])


def test_a_status_comes_instead_of_the_work(console: MockConsole, tenant: Tenant) -> None:
    console.faults.status(429, "createDeployment", retry_after_s=3)
    response = tenant.http.post("/v1/deployments", json=CREATE)
    assert (response.status_code, response.headers["retry-after"]) == (429, "3")
    assert response.json()["code"] == "rate_limited"
    assert count(tenant) == 0
    assert tenant.http.post("/v1/deployments", json=CREATE).status_code == 201


@pytest.mark.parametrize(
    ("status", "code"), [(500, "unknown_error"), (502, "database_timeout"), (503, "service_unavailable")]
)
def test_server_errors_speak_the_consoles_dialect(console: MockConsole, tenant: Tenant, status: int, code: str) -> None:
    console.faults.status(status)
    response = tenant.http.get("/v1/balances")
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_refused_connection_did_nothing(console: MockConsole, tenant: Tenant) -> None:
    console.faults.refuse("createDeployment")
    with pytest.raises(httpx.ConnectError):
        tenant.create(sdl())
    assert count(tenant) == 0


@pytest.mark.parametrize(("when", "left"), [("before", 0), ("after", 1)])
def test_a_lost_answer_looks_the_same_whether_the_work_was_done(
    console: MockConsole, tenant: Tenant, when: str, left: int
) -> None:
    console.faults.drop("createDeployment", when=when)
    with pytest.raises(httpx.ReadError):
        tenant.create(sdl())
    assert count(tenant) == left


def test_an_answer_later_than_the_clients_timeout_is_a_timeout(console: MockConsole, tenant: Tenant) -> None:
    console.faults.latency(90, "createDeployment")
    before = console.now
    with pytest.raises(httpx.ReadTimeout):
        tenant.http.post("/v1/deployments", json=CREATE, timeout=60)
    assert console.now - before == 60
    assert count(tenant) == 1


def test_a_late_answer_takes_virtual_time(console: MockConsole, tenant: Tenant) -> None:
    console.faults.latency(2, "getBalances")
    before = console.now
    tenant.balances()
    assert console.now - before == 2


@pytest.mark.parametrize("text", ["", "<html>bad gateway</html>"], ids=["cut", "html"])
def test_a_garbled_body_is_no_json(console: MockConsole, tenant: Tenant, text: str) -> None:
    console.faults.garble("getBalances", text=text)
    response = tenant.http.get("/v1/balances")
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter|Extra"):
        response.json()


def test_a_fault_strikes_only_as_often_as_it_says(console: MockConsole, tenant: Tenant) -> None:
    rule = console.faults.status(500, times=2)
    answers = [tenant.http.get("/v1/balances").status_code for _ in range(4)]
    assert (answers, rule.struck, len(console.faults)) == ([500, 500, 200, 200], 2, 0)


def test_a_rate_is_drawn_from_the_seed() -> None:
    def play() -> list[int]:
        console = MockConsole()
        console.faults.status(500, times=None, rate=30)
        with httpx.Client(
            transport=console.transport(), base_url="http://m", headers={"x-api-key": MOCK_API_KEY}
        ) as http:
            return [http.get("/v1/balances").status_code for _ in range(60)]

    answers = play()
    assert answers == play()
    assert 8 <= answers.count(500) <= 28


def test_without_bids_an_order_stays_alone(console: MockConsole, tenant: Tenant) -> None:
    with console.faults.during(console.faults.no_bids()):
        alone = tenant.create(sdl())["dseq"]
    wanted = tenant.create(sdl())["dseq"]
    console.sleep(30)
    assert tenant.bids(alone) == []
    assert tenant.bids(wanted) != []


def test_a_provider_that_is_down_tells_nothing_and_takes_nothing(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    provider = tenant.get(dseq)["leases"][0]["id"]["provider"]
    with console.faults.during(console.faults.provider_down(provider)):
        assert tenant.get(dseq)["leases"][0]["status"] is None
        response = tenant.http.put(f"/v1/deployments/{dseq}", json={"data": {"sdl": sdl(env="[A=1]")}})
        assert response.status_code == 503
        assert response.json()["message"].endswith("is temporarily unavailable")
    assert tenant.get(dseq)["leases"][0]["status"] is not None


def test_a_refused_manifest_leaves_the_lease_and_may_be_sent_again(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    chosen = tenant.cheapest(made["dseq"])
    console.faults.manifest_refused()
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], chosen))
    assert (response.status_code, response.json()["error"]) == (422, "UnprocessableEntityError")
    (lease,) = tenant.get(made["dseq"])["leases"]
    assert (lease["state"], lease["status"]) == ("active", None)
    assert tenant.lease(made["manifest"], chosen)["leases"][0]["status"] is not None


def test_a_wallet_that_is_being_set_up_says_so(console: MockConsole, tenant: Tenant) -> None:
    console.faults.wallet_provisioning()
    response = tenant.http.post("/v1/deployments", json=CREATE)
    assert (response.status_code, response.json()["code"]) == (409, "wallet_provisioning")
    assert tenant.http.post("/v1/deployments", json=CREATE).status_code == 201


def test_an_empty_wallet_says_so_and_that_a_reload_is_coming(console: MockConsole, tenant: Tenant) -> None:
    tenant.data("POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True, "autoReloadAmount": 50}})
    console.faults.insufficient_balance()
    response = tenant.http.post("/v1/deployments", json=CREATE)
    assert response.status_code == 402
    assert "A top up from your saved payment method is on the way" in response.json()["message"]
    console.sleep(60)
    assert tenant.balances()["balance"] == 150_000_000


def test_a_refused_update_leaves_what_ran(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    before = tenant.get(dseq)["leases"]
    console.faults.manifest_refused("not today")
    response = tenant.http.put(f"/v1/deployments/{dseq}", json={"data": {"sdl": sdl(env="[A=1]")}})
    assert (response.status_code, response.json()["message"]) == (422, "not today")
    assert tenant.get(dseq)["leases"] == before


def test_a_fault_on_an_unknown_operation_is_refused_with_the_names(console: MockConsole) -> None:
    with pytest.raises(
        ValueError, match=r"no operation 'listBid'. Did you mean .*'listBids'.* There are: .*createLease"
    ):
        console.faults.status(500, "listBid")
    assert len(console.faults) == 0


def test_an_unknown_moment_of_dropping_is_refused(console: MockConsole) -> None:
    with pytest.raises(ValueError, match="'before' or 'after'"):
        console.faults.drop(when="during")


def test_the_call_log_names_operations_and_keeps_no_headers(console: MockConsole, tenant: Tenant) -> None:
    tenant.balances()
    console.faults.refuse("listProviders")
    with pytest.raises(httpx.ConnectError):
        tenant.http.get("/v1/providers")
    tenant.http.get("/nowhere")
    assert [(c.operation, c.status) for c in console.calls] == [
        ("getBalances", 200),
        ("listProviders", None),
        ("unknown", 404),
    ]
    assert MOCK_API_KEY not in repr(list(console.calls))


def test_the_call_log_keeps_no_private_key() -> None:
    console = MockConsole(dialect="guide")
    tenant = connect(console)
    tenant.run(console, sdl())
    body = next(c.body for c in console.calls if c.operation == "createLease")
    assert b'"keyPem":"***"' in body
    assert b"PRIVATE KEY" not in repr(list(console.calls)).encode()


# --- quotas -------------------------------------------------------------------------------------------------------


def statuses(tenant: Tenant, times: int, path: str = "/v1/balances") -> list[int]:
    return [tenant.http.get(path).status_code for _ in range(times)]


def test_a_quota_lets_so_many_calls_through_in_each_window(console: MockConsole, tenant: Tenant) -> None:
    rule = console.faults.quota(3, 10)
    assert statuses(tenant, 5) == [200, 200, 200, 429, 429]
    console.sleep(10)
    assert statuses(tenant, 4) == [200, 200, 200, 429]
    assert (rule.seen, rule.struck) == (9, 3)


@pytest.mark.parametrize(("after", "wait"), [(0, "10"), (4, "6"), (8.6, "2"), (9.999, "1")])
def test_who_waits_as_long_as_a_quota_says_is_let_through(
    console: MockConsole, tenant: Tenant, after: float, wait: str
) -> None:
    console.faults.quota(1, 10)
    console.sleep(after)
    refused = [tenant.http.get("/v1/balances") for _ in range(2)][1]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, wait)
    assert (refused.json()["error"], refused.json()["code"]) == ("TooManyRequestsError", "rate_limited")
    console.sleep(float(wait))
    assert statuses(tenant, 1) == [200]


def test_a_quota_of_an_operation_leaves_the_others_alone(console: MockConsole, tenant: Tenant) -> None:
    console.faults.quota(1, 60, "getBalances")
    assert statuses(tenant, 2) == [200, 429]
    assert statuses(tenant, 3, "/v1/deployments") == [200, 200, 200]


def test_a_refused_call_did_nothing(console: MockConsole, tenant: Tenant) -> None:
    console.faults.quota(1, 60, "createDeployment")
    assert [tenant.http.post("/v1/deployments", json=CREATE).status_code for _ in range(2)] == [201, 429]
    assert count(tenant) == 1


# --- slow lines, broken lines: in process and over a server -------------------------------------------------------


def test_a_trickling_body_takes_virtual_time_by_its_size_and_never_times_out(
    console: MockConsole, tenant: Tenant
) -> None:
    console.faults.slow(1000, "listProviders")
    before = console.now
    response = tenant.http.get("/v1/providers", timeout=1)
    assert len(response.json()) == 60
    assert console.now - before == pytest.approx(len(response.content) / 1000, abs=0.001)


@contextmanager
def served(mock: MockConsole | Pacer) -> Iterator[httpx.Client]:
    with serve(mock) as server, httpx.Client(base_url=server.url, headers={"x-api-key": MOCK_API_KEY}) as http:
        yield http


def test_over_a_server_a_trickling_body_arrives_whole(console: MockConsole, tenant: Tenant) -> None:
    whole = tenant.http.get("/v1/providers").content
    console.faults.slow(100_000_000, "listProviders")
    with served(console) as http:
        response = http.get("/v1/providers")
    assert response.content == whole
    assert response.headers["content-length"] == str(len(whole))


def test_a_trickling_body_is_sent_in_pieces(console: MockConsole, tenant: Tenant) -> None:
    whole = tenant.http.get("/v1/providers").content
    console.faults.slow(100_000_000, "listProviders")
    app, sent = create_app(console), list[bytes]()

    async def listen(scope: Any, receive: Any, send: Any) -> None:
        async def note(message: Any) -> None:
            sent.append(message.get("body", b""))
            await send(message)

        await app(scope, receive, note)

    assert _asgi(listen, "/v1/providers").content == b"".join(sent) == whole
    assert max(map(len, sent)) < len(whole) / 10


@pytest.mark.parametrize("method", ["HEAD", "DELETE"])
def test_a_trickling_answer_without_a_body_arrives(console: MockConsole, tenant: Tenant, method: str) -> None:
    dseq = tenant.create(sdl())["dseq"]
    console.faults.slow(100_000_000)
    with served(console) as http:
        assert http.request(method, f"/v1/deployments/{dseq}").status_code == 200


def test_over_a_server_a_late_answer_comes_after_the_clients_timeout(console: MockConsole) -> None:
    console.faults.latency(600, "createDeployment")
    with served(console) as http:
        with pytest.raises(httpx.ReadTimeout):
            http.post("/v1/deployments", json=CREATE, timeout=httpx.Timeout(20, read=0.2))
        assert len(http.get("/v1/deployments").json()["data"]["deployments"]) == 1


def test_over_a_paced_server_a_late_answer_is_waited_for_at_its_speed(console: MockConsole) -> None:
    console.faults.latency(600, "getBalances")
    with served(Pacer(console, 1_000_000)) as http:
        assert http.get("/v1/balances", timeout=5).status_code == 200


@pytest.mark.parametrize(("kind", "when"), [("refuse", None), ("drop", "before"), ("drop", "after")])
def test_over_a_server_a_broken_connection_gives_not_a_single_byte(
    console: MockConsole, kind: str, when: str | None
) -> None:
    """A status line would be taken for an answer by whoever looks no further."""
    rule = console.faults.add(kind, operation="createDeployment", **({"when": when} if when else {}))
    with served(console) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            http.post("/v1/deployments", json=CREATE)
        assert len(http.get("/v1/deployments").json()["data"]["deployments"]) == (1 if when == "after" else 0)
        assert (rule.struck, rule in list(console.faults)) == (1, False)


def test_a_dropped_connection_is_closed_for_clients_of_any_kind(console: MockConsole) -> None:
    console.faults.refuse()
    with serve(console) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"GET /v1/balances HTTP/1.1\r\nhost: mock\r\n\r\n")
            assert line.recv(1000) == b""


def test_behind_routes_of_ones_own_a_connection_still_breaks(console: MockConsole) -> None:
    app = create_app(console)
    app.add_api_route("/mine", lambda: "mine")
    console.faults.drop("getBalances")
    with pytest.raises(AssertionError):  # httpx's in-process door has no connection that could break
        _asgi(app, "/v1/balances")
    assert _asgi(app, "/mine").json() == "mine"
    assert _asgi(app, "/v1/balances").status_code == 200


def _asgi(app: Any, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        headers = {"x-api-key": MOCK_API_KEY}
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://mock", headers=headers
        ) as http:
            return await http.get(path)

    return asyncio.run(ask())


@pytest.mark.parametrize("text", ["", "<html>bad gateway</html>"], ids=["cut", "html"])
def test_over_a_server_a_garbled_body_is_no_json_either(console: MockConsole, tenant: Tenant, text: str) -> None:
    whole = tenant.http.get("/v1/balances").content
    console.faults.garble("getBalances", text=text)
    with served(console) as http:
        response = http.get("/v1/balances")
    assert response.status_code == 200
    assert response.content == (text.encode() or whole[: len(whole) // 2])
    assert response.headers["content-type"].startswith("text/html" if text else "application/json")


# --- the market's troubles ----------------------------------------------------------------------------------------


def test_without_a_fee_nothing_that_is_a_transaction_goes_through(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    waiting = tenant.create(sdl())
    console.sleep(30)
    leases = tenant.cheapest(waiting["dseq"])
    rule = console.faults.no_fee(times=None)
    asked: list[tuple[str, str, Any]] = [
        ("POST", "/v1/deployments", CREATE),
        ("POST", "/v1/deposit-deployment", {"data": {"dseq": dseq, "deposit": 1}}),
        ("PUT", f"/v1/deployments/{dseq}", {"data": {"sdl": sdl(env="[A=1]")}}),
        ("POST", "/v1/leases", {"manifest": waiting["manifest"], "leases": leases}),
        ("DELETE", f"/v1/deployments/{dseq}", None),
    ]
    for method, path, body in asked:
        response = tenant.http.request(method, path, json=body)
        words = response.json()["message"]
        assert (response.status_code, words) == (402, "Not enough funds to cover the transaction fee"), path
    assert rule.struck == len(asked)
    assert tenant.get(dseq)["deployment"]["state"] == "active"
    assert tenant.get(waiting["dseq"])["leases"] == []


def test_without_a_fee_one_can_still_look_and_send_a_manifest_again(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    leases = tenant.cheapest(made["dseq"])
    tenant.lease(made["manifest"], leases)
    rule = console.faults.no_fee(times=None)
    assert statuses(tenant, 1) == statuses(tenant, 1, f"/v1/deployments/{made['dseq']}") == [200]
    tenant.lease(made["manifest"], leases)  # which is a lease already
    assert tenant.http.put(f"/v1/deployments/{made['dseq']}", json={"data": {"sdl": sdl()}}).status_code == 200
    assert rule.struck == 0


def test_balances_may_be_six_seconds_old_and_are_served_once_more_then(console: MockConsole, tenant: Tenant) -> None:
    console.faults.stale_balances()
    before = tenant.balances()
    tenant.create(sdl(), 5)
    assert tenant.balances() == before
    console.sleep(6)
    assert tenant.balances() == before
    console.sleep(1)
    assert tenant.balances() == before  # the last time, while it is worked out anew
    assert tenant.balances() == {"balance": 95_000_000, "deployments": 5_000_000, "total": 100_000_000}


def test_without_the_fault_balances_are_those_of_now(console: MockConsole, tenant: Tenant) -> None:
    with console.faults.during(console.faults.stale_balances()):
        tenant.balances()
    tenant.create(sdl(), 5)
    assert tenant.balances()["balance"] == 95_000_000


def test_short_bids_are_taken_back_early_and_cannot_be_leased(console: MockConsole, tenant: Tenant) -> None:
    with console.faults.during(console.faults.short_bids(30)):
        short = tenant.create(sdl())
    usual = tenant.create(sdl())
    console.sleep(30)  # the last of them came by then, the first six seconds after the order
    chosen = tenant.cheapest(short["dseq"])
    console.sleep(30)
    assert {entry["bid"]["state"] for entry in tenant.bids(short["dseq"])} == {"closed"}
    assert {entry["bid"]["state"] for entry in tenant.bids(usual["dseq"])} == {"open"}
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(short["manifest"], chosen))
    assert response.status_code == 400
    assert "The selected bid is no longer open" in response.json()["message"]


@pytest.mark.parametrize("reason", ["unstable", "decommission", "unspecified"])
def test_a_lost_lease_leaves_an_active_deployment_that_pays_nobody(
    console: MockConsole, tenant: Tenant, reason: str
) -> None:
    """Contract §8, case 5."""
    rule = console.faults.lease_lost(90, reason=reason)
    dseq = tenant.run(console, sdl())
    console.sleep(89)
    assert tenant.get(dseq)["leases"][0]["state"] == "active"
    console.sleep(1)
    found = tenant.get(dseq)
    (lease,) = found["leases"]
    assert (lease["state"], lease["reason"], lease["status"]) == ("closed", f"lease_closed_reason_{reason}", None)
    assert (found["deployment"]["state"], found["escrow_account"]["state"]["state"]) == ("active", "open")
    assert "active" not in {entry["bid"]["state"] for entry in tenant.bids(dseq)}
    with console.world() as world:
        deployment = world.deployments[dseq]
        order = find_order(deployment, 1, 1)
        assert order is not None
        assert (deployment.groups[0].state, order.state, len(deployment.groups[0].orders)) == ("paused", "closed", 1)
        assert escrow.rate(deployment.escrow) == 0
        provider = by_address(world.seed, world.fleet)[lease["id"]["provider"]]
        assert find_lease(world, provider, LeaseId(dseq, 1, 1)) is None
    paid = found["escrow_account"]["state"]["transferred"]
    console.sleep(86_400)
    assert tenant.get(dseq)["escrow_account"]["state"]["transferred"] == paid
    assert (rule.struck, len(console.faults)) == (1, 0)


def test_only_the_lease_that_was_struck_is_lost(console: MockConsole, tenant: Tenant) -> None:
    console.faults.lease_lost(60)
    lost, kept = tenant.run(console, sdl()), tenant.run(console, sdl())
    console.sleep(60)
    assert [tenant.get(dseq)["leases"][0]["state"] for dseq in (lost, kept)] == ["closed", "active"]


def test_what_a_lost_lease_left_can_be_closed_and_comes_back(console: MockConsole, tenant: Tenant) -> None:
    console.faults.lease_lost(600)
    dseq = tenant.run(console, sdl())
    console.sleep(3600)
    tenant.close(dseq)
    paid = float(tenant.get(dseq)["escrow_account"]["state"]["transferred"][0]["amount"])
    price = float(tenant.get(dseq)["leases"][0]["price"]["amount"])
    assert paid == pytest.approx(price * 100, abs=price)  # ten minutes of blocks
    assert tenant.balances() == {"balance": 100_000_000 - paid, "deployments": 0, "total": 100_000_000 - paid}


# --- how far a fault reaches --------------------------------------------------------------------------------------


def test_a_fault_is_on_between_two_moments_of_the_world(console: MockConsole, tenant: Tenant) -> None:
    console.faults.status(503, times=None, from_s=60, until_s=120)
    seen = []
    for _ in range(5):
        seen += statuses(tenant, 1)
        console.sleep(30)
    assert seen == [200, 200, 503, 503, 200]


def test_the_moments_are_those_of_the_tenants_own_time() -> None:
    console = MockConsole(api_keys=("one", "two"), faults=[{"fault": "no_bids", "until_s": 60}])
    one, two = (connect(console, key) for key in ("one", "two"))
    console.advance(60, api_key="one")
    made = one.create(sdl())["dseq"], two.create(sdl())["dseq"]
    console.advance(31)
    assert one.bids(made[0]) != []
    assert two.bids(made[1]) == []


def test_the_moments_count_again_from_a_reset(console: MockConsole) -> None:
    console = MockConsole(faults=[{"fault": "status", "status": 503, "until_s": 60, "times": None}])
    tenant = connect(console)
    console.sleep(60)
    assert statuses(tenant, 1) == [200]
    console.reset()
    assert statuses(tenant, 1) == [503]


def test_one_tenants_trouble_is_not_anothers() -> None:
    console = MockConsole(api_keys=("one", "two"))
    console.tenant("one").faults.status(503, times=None)
    assert [statuses(connect(console, key), 1) for key in ("one", "two")] == [[503], [200]]


def struck(console: MockConsole, rate: int) -> list[bool]:
    console.faults.status(500, "getBalances", times=None, rate=rate)
    return [status == 500 for status in statuses(connect(console), 400)]


def test_a_rate_is_a_percentage_of_the_matching_calls() -> None:
    hits = [sum(struck(MockConsole(), rate)) for rate in (0, 10, 50, 100)]
    assert hits[0] == 0
    assert 20 < hits[1] < 60
    assert 160 < hits[2] < 240
    assert hits[3] == 400


def test_another_seed_strikes_other_calls() -> None:
    assert struck(MockConsole(), 30) == struck(MockConsole(), 30) != struck(MockConsole(seed=8), 30)


def test_two_faults_of_one_kind_are_drawn_apart() -> None:
    """What comes after the first stroke of one says nothing about the other."""
    after = []
    for seed in range(12):
        console = MockConsole(seed=seed, fleet="empty")
        console.faults.status(503, times=None, rate=30)
        console.faults.status(502, times=None, rate=30)
        seen = statuses(connect(console), 40)
        after.append(seen[seen.index(503) + 1])
    assert set(after) == {200, 502, 503}


def test_calls_for_other_operations_do_not_shift_the_draws() -> None:
    console = MockConsole()
    tenant = connect(console)
    console.faults.status(500, "getBalances", times=None, rate=30)
    seen = []
    for _ in range(60):
        statuses(tenant, 2, "/v1/deployments")
        seen += statuses(tenant, 1)
    assert [status == 500 for status in seen] == struck(MockConsole(), 30)[:60]


# --- switching on by name -----------------------------------------------------------------------------------------

#: For each fault, what must be said about it.
NEEDED: dict[str, dict[str, Any]] = {
    "status": {"status": 503},
    "quota": {"limit": 1, "seconds": 10},
    "latency": {"seconds": 1},
    "slow": {"bytes_per_s": 1},
    "stream_slow": {"seconds": 1},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_can_be_had_by_its_name(console: MockConsole, kind: str) -> None:
    faults = console.faults
    rules = [faults.add(kind, **NEEDED.get(kind, {})), faults.add_from({"fault": kind, **NEEDED.get(kind, {})})]
    assert [rule.kind for rule in rules] == [kind, kind]
    assert list(faults) == faults.unused() == rules


def test_every_method_that_switches_a_fault_on_is_a_name() -> None:
    others = {"add", "add_from", "remove", "clear", "unused", "during", "strikes", "before", "after"}
    assert {name for name in vars(Faults) if name[0] != "_"} - others == set(KINDS)


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"fault": "statsu"}, r"There is no fault 'statsu'\. Did you mean 'status'.* There are: drop, garble"),
        ({}, "There must be a key 'fault'"),
        ({"fault": "status"}, "'status' needs status"),
        ({"fault": "quota", "limit": 1}, "'quota' needs seconds"),
        ({"fault": "no_bids", "tims": 1}, "'no_bids' takes no 'tims'; it takes times, rate, from_s, until_s"),
        ({"fault": "no_bids", "operation": "listBids"}, "takes no 'operation'"),
        ({"fault": "no_bids", "kind": "x"}, "takes no 'kind'"),
        ({"fault": "no_bids", "self": "x"}, "takes no 'self'"),
        ({"fault": "status", "status": "503"}, "cannot have '503' as status"),
        ({"fault": "status", "status": 200}, "status is 200; it must be an error, 400 to 599"),
        ({"fault": "status", "status": 503, "operation": "listBid"}, "There is no operation 'listBid'"),
        ({"fault": "status", "status": 503, "retry_after_s": -1}, "retry_after_s is -1"),
        ({"fault": "no_bids", "times": 0}, "times is 0; it must be at least 1"),
        ({"fault": "no_bids", "times": "twice"}, "cannot have 'twice' as times"),
        ({"fault": "no_bids", "rate": 101}, "rate is 101; it must be a percentage, 0 to 100"),
        ({"fault": "no_bids", "from_s": 60, "until_s": 60}, "until_s is 60 and from_s is 60; it must be later"),
        ({"fault": "latency", "seconds": 0}, "seconds is 0; it must be above 0"),
        ({"fault": "latency", "seconds": "soon"}, "cannot have 'soon' as seconds"),
        ({"fault": "slow", "bytes_per_s": float("nan")}, "bytes_per_s is nan; it must be above 0"),
        ({"fault": "quota", "limit": 1.5, "seconds": 1}, "cannot have 1.5 as limit"),
        ({"fault": "drop", "when": "during"}, "when is 'during'; it must be 'before' or 'after'"),
        ({"fault": "lease_lost", "reason": "bored"}, "reason is 'bored'; it must be 'unstable', 'decommission' or "),
        ({"fault": "stream_drop", "stream": "log"}, "There is no stream 'log'. Did you mean 'logs'"),
        ({"fault": "provider_down", "provider": "Tidewater"}, "provider is 'Tidewater'; it must be an address"),
    ],
    ids=str,
)
def test_what_is_said_wrongly_about_a_fault_is_refused_in_one_line(
    console: MockConsole, about: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        console.faults.add_from(about)
    assert "\n" not in str(caught.value)
    assert len(console.faults) == 0
    with pytest.raises(ValueError, match=told):
        MockConsole(faults=[about])


def test_what_never_struck_is_told(console: MockConsole, tenant: Tenant) -> None:
    faults = console.faults
    used, worn_off = faults.latency(1, "getBalances"), faults.status(500, "getBalances")
    unused = [faults.no_bids(), faults.status(500, "listBids"), faults.status(500, from_s=3600)]
    statuses(tenant, 2)
    assert faults.unused() == unused
    assert used in list(faults)
    assert worn_off not in list(faults)


def test_a_fault_can_be_removed_twice(console: MockConsole, tenant: Tenant) -> None:
    rule = console.faults.status(500, times=None)
    for _ in range(2):
        console.faults.remove(rule)
    assert statuses(tenant, 1) == [200]


def test_during_a_block_a_fault_is_on_and_then_off_even_if_it_fails(console: MockConsole, tenant: Tenant) -> None:
    with console.faults.during(console.faults.status(500, times=None)):
        assert statuses(tenant, 2) == [500, 500]
    assert statuses(tenant, 1) == [200]
    with pytest.raises(KeyError), console.faults.during(console.faults.status(500, times=None)):
        raise KeyError
    assert statuses(tenant, 1) == [200]
