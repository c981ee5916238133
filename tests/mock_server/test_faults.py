"""Trouble on demand, and what it leaves behind."""

from __future__ import annotations

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole
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
