"""From SDL to close, as contract §8 tells it; every test in virtual time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from akash_nb.sdl import compile as compile_sdl
from mock_server import MockConsole
from mock_server.world import lifecycle
from mock_server.world.clock import GENESIS_HEIGHT
from tests.mock_server.conftest import TWO_GROUPS, Tenant, connect, sdl

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture(params=["live", "guide"])
def either(request: pytest.FixtureRequest) -> Iterator[tuple[MockConsole, Tenant]]:
    console = MockConsole(dialect=request.param)
    tenant = connect(console)
    yield console, tenant
    tenant.http.close()


def funds(found: Any) -> Decimal:
    return Decimal(found["escrow_account"]["state"]["funds"][0]["amount"])


def no_auto_funding(tenant: Tenant, dseq: str) -> None:
    tenant.data("PATCH", f"/v2/deployment-settings/{dseq}", {"data": {"autoTopUpEnabled": False}})


def test_a_deployment_lives_from_create_to_close(either: tuple[MockConsole, Tenant]) -> None:
    console, tenant = either
    made = tenant.create(sdl())
    dseq = made["dseq"]
    assert tenant.bids(dseq) == []
    console.sleep(30)
    leased = tenant.lease(made["manifest"], tenant.cheapest(dseq))
    assert [lease["state"] for lease in leased["leases"]] == ["active"]
    console.sleep(MINUTE)
    service = tenant.get(dseq)["leases"][0]["status"]["services"]["web"]
    assert (service["available"], service["total"]) == (1, 1)
    before = funds(tenant.get(dseq))
    assert funds(tenant.deposit(dseq, 5)) == before + 5_000_000
    updated = tenant.data("PUT", f"/v1/deployments/{dseq}", {"data": {"sdl": sdl(env="[A=1]")}})
    assert updated["deployment"]["hash"] != leased["deployment"]["hash"]
    assert tenant.close(dseq) == {"success": True}
    closed = tenant.get(dseq)
    assert closed["deployment"]["state"] == "closed"
    assert [(x["state"], x["reason"], x["status"]) for x in closed["leases"]] == [
        ("closed", "lease_closed_owner", None)
    ]
    assert closed["escrow_account"]["state"]["state"] == "closed"
    assert tenant.balances()["deployments"] == 0


def test_a_create_answers_dseq_manifest_and_transaction(console: MockConsole, tenant: Tenant) -> None:
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 0.5}})
    made = response.json()["data"]
    assert response.status_code == 201
    assert made["dseq"] == str(int(console.now * 1000))
    assert made["signTx"]["transactionHash"] == made["signTx"]["hash"]
    assert len(made["signTx"]["hash"]) == 64
    digest = base64.b64encode(hashlib.sha256(made["manifest"].encode()).digest()).decode()
    assert tenant.get(made["dseq"])["deployment"]["hash"] == digest


def test_two_creates_at_one_instant_get_different_numbers(tenant: Tenant) -> None:
    first, second = tenant.create(sdl())["dseq"], tenant.create(sdl())["dseq"]
    assert int(second) == int(first) + 1


def test_the_api_sets_its_denom_and_its_auditor(tenant: Tenant) -> None:
    made = tenant.create(sdl(amount=777))
    owner = tenant.get(made["dseq"])["deployment"]["id"]["owner"]
    detail = tenant.http.get(f"/v1/deployment/{owner}/{made['dseq']}").json()
    (group,) = detail["other"]["groups"]
    price = group["group_spec"]["resources"][0]["price"]
    assert price == {"denom": "uact", "amount": "777.000000000000000000"}
    assert group["group_spec"]["requirements"]["signed_by"]["any_of"] == [
        "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63"
    ]


def test_bids_come_within_five_blocks_and_below_the_ceiling(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl(amount=6))
    console.sleep(30)
    bids = [entry["bid"] for entry in tenant.bids(made["dseq"])]
    assert bids
    assert all(Decimal(bid["price"]["amount"]) <= 6 for bid in bids)
    assert {int(bid["created_at"]) - GENESIS_HEIGHT for bid in bids} <= {1, 2, 3, 4, 5}
    assert [bid["id"]["provider"] for bid in bids] == sorted(bid["id"]["provider"] for bid in bids)


def test_a_price_too_low_gets_no_bids(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl(amount=1))
    console.sleep(MINUTE)
    assert tenant.bids(made["dseq"]) == []


def test_an_order_takes_twenty_one_bids(console: MockConsole, tenant: Tenant) -> None:
    """The chain refuses when there are more than its limit of 20 (contract §8)."""
    made = tenant.create(sdl())
    console.sleep(MINUTE)
    assert len(tenant.bids(made["dseq"])) == 21


def test_a_gpu_order_is_answered_with_the_gpu_on_offer(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl(amount=100_000, gpu="{units: 1, attributes: {vendor: {nvidia: [{model: rtx4090}]}}}"))
    console.sleep(30)
    offers = [e["bid"]["resources_offer"][0]["resources"]["gpu"] for e in tenant.bids(made["dseq"])]
    assert offers
    key = "vendor/nvidia/model/rtx4090/ram/24Gi/interface/pcie"
    assert all(offer == {"units": {"val": "1"}, "attributes": [{"key": key, "value": "true"}]} for offer in offers)


def test_both_forms_of_listing_bids_agree(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    console.sleep(30)
    assert tenant.data("GET", f"/v1/bids?dseq={dseq}") == tenant.data("GET", f"/v1/bids/{dseq}") != []


def test_the_other_bids_are_lost_and_their_escrow_is_refunded(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    states = [entry["bid"]["state"] for entry in tenant.bids(dseq)]
    assert states.count("active") == 1
    assert set(states) == {"active", "lost"}
    lost = next(e for e in tenant.bids(dseq) if e["bid"]["state"] == "lost")["escrow_account"]["state"]
    assert (lost["state"], lost["funds"][0]["amount"]) == ("closed", "0.000000000000000000")


def test_a_bid_expires_after_five_minutes_and_cannot_be_leased(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    chosen = tenant.cheapest(made["dseq"])
    console.sleep(5 * MINUTE)
    assert {e["bid"]["state"] for e in tenant.bids(made["dseq"])} == {"closed"}
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], chosen))
    assert response.status_code == 400
    assert "The selected bid is no longer open" in response.json()["message"]


def test_what_never_gets_a_lease_is_closed_after_a_hundred_blocks(console: MockConsole, tenant: Tenant) -> None:
    before = tenant.balances()["balance"]
    dseq = tenant.create(sdl())["dseq"]
    console.sleep(600)
    assert tenant.get(dseq)["deployment"]["state"] == "active"
    console.sleep(12)
    assert tenant.get(dseq)["deployment"]["state"] == "closed"
    assert tenant.balances()["balance"] == before


def test_leasing_again_sends_the_manifest_and_makes_no_second_lease(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    chosen = tenant.cheapest(made["dseq"])
    tenant.lease(made["manifest"], chosen)
    again = tenant.lease(made["manifest"], chosen)
    assert len(again["leases"]) == 1


def test_the_manifest_must_be_the_one_whose_hash_is_on_chain(console: MockConsole, tenant: Tenant) -> None:
    """The lease stays: the same call with the right manifest mends it."""
    made = tenant.create(sdl())
    console.sleep(30)
    chosen = tenant.cheapest(made["dseq"])
    response = tenant.http.post("/v1/leases", json=tenant.lease_body("[]", chosen))
    assert (response.status_code, response.json()["message"]) == (422, "manifest version validation failed\n")
    assert [x["state"] for x in tenant.get(made["dseq"])["leases"]] == ["active"]
    assert tenant.lease(made["manifest"], chosen)["leases"][0]["status"]["services"]["web"]["total"] == 1


def test_a_lease_without_manifest_is_given_up_after_five_minutes(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    tenant.http.post("/v1/leases", json=tenant.lease_body("[]", tenant.cheapest(made["dseq"])))
    console.sleep(5 * MINUTE)
    found = tenant.get(made["dseq"])
    (lease,) = found["leases"]
    assert (lease["state"], lease["reason"]) == ("closed", "lease_closed_reason_manifest_timeout")
    assert (found["deployment"]["state"], found["escrow_account"]["state"]["state"]) == ("active", "open")
    left = funds(found)
    console.sleep(DAY)
    assert funds(tenant.get(made["dseq"])) == left, "nothing drains any more"


def test_services_become_ready_some_time_after_the_manifest(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    assert tenant.get(dseq)["leases"][0]["status"]["services"]["web"]["available"] == 0
    console.sleep(40)
    assert tenant.get(dseq)["leases"][0]["status"]["services"]["web"]["available"] == 1


def test_an_image_that_does_not_exist_never_becomes_ready(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl(image="example/does-not-exist:1"))
    console.sleep(HOUR)
    assert tenant.get(dseq)["leases"][0]["status"]["services"]["web"]["available"] == 0


@pytest.mark.parametrize(
    ("expose", "uris", "ports"),
    [
        pytest.param("{port: 80, to: [{global: true}]}", 1, None, id="ingress"),
        pytest.param("{port: 3000, as: 80, accept: [a.example], to: [{global: true}]}", 2, None, id="own host"),
        pytest.param("{port: 22, to: [{global: true}]}", None, [(22, "TCP")], id="forwarded port"),
        pytest.param(
            "{port: 80, to: [{global: true}]}, {port: 53, proto: udp, to: [{global: true}]}",
            1,
            [(53, "UDP")],
            id="both",
        ),
    ],
)
def test_the_status_shows_where_services_are_reached(
    console: MockConsole, tenant: Tenant, expose: str, uris: int | None, ports: Any
) -> None:
    dseq = tenant.run(console, sdl(expose=expose))
    status = tenant.get(dseq)["leases"][0]["status"]
    found = status["services"]["web"]["uris"]
    assert (found and len(found)) == uris
    assert all("://" not in uri for uri in found or ())
    forwarded = status["forwarded_ports"]
    assert (forwarded and [(p["port"], p["proto"]) for p in forwarded["web"]]) == ports
    assert status["ips"] is None


def test_escrow_is_settled_lazily(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    no_auto_funding(tenant, dseq)
    first = tenant.get(dseq)
    console.sleep(HOUR)
    assert tenant.get(dseq)["escrow_account"]["state"] == first["escrow_account"]["state"]
    console.sleep(DAY)
    rate = Decimal(first["leases"][0]["price"]["amount"])
    assert funds(first) - funds(tenant.get(dseq)) == int(rate * 14_400), "the provider withdrew once, after 24 h"


def test_a_paying_wallet_funds_a_lease_to_48_hours(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl(amount=10_000, cpu="200m", gpu="{units: 1, attributes: {vendor: {nvidia: }}}"), 0.5)
    before = tenant.balances()["balance"]
    console.sleep(6)
    found = tenant.get(dseq)
    rate = Decimal(found["leases"][0]["price"]["amount"])
    assert funds(found) == int(rate * 28_800)
    assert before - tenant.balances()["balance"] == int(rate * 28_800) - 500_000


def test_funding_can_be_switched_off(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl(amount=10_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}"), 0.5)
    no_auto_funding(tenant, dseq)
    console.sleep(MINUTE)
    assert funds(tenant.get(dseq)) == 500_000


def test_a_deployment_out_of_funds_is_closed_by_its_providers(console: MockConsole, tenant: Tenant) -> None:
    """Half a dollar lasts a GPU under an hour; the funds monitor sees it within ten minutes (contract §8, case 9)."""
    dseq = tenant.run(console, sdl(amount=10_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}"), 0.5)
    no_auto_funding(tenant, dseq)
    console.sleep(2 * HOUR)
    found = tenant.get(dseq)
    assert found["deployment"]["state"] == "closed"
    assert [(x["state"], x["reason"]) for x in found["leases"]] == [
        ("insufficient_funds", "lease_closed_reason_insufficient_funds")
    ]
    account = found["escrow_account"]["state"]
    assert account["state"] == "overdrawn"
    assert funds(found) < 0
    assert account["transferred"][0]["amount"] == "500000.000000000000000000"


def test_groups_are_leased_together_in_one_call(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(TWO_GROUPS)
    console.sleep(30)
    chosen = tenant.cheapest(made["dseq"])
    assert [item["gseq"] for item in chosen] == [1, 2]
    leased = tenant.lease(made["manifest"], chosen)
    assert [lease["id"]["gseq"] for lease in leased["leases"]] == [1, 2]
    assert [group["name"] for group in json.loads(made["manifest"])] == ["east", "west"]


def test_an_update_may_not_change_resources(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    response = tenant.http.put(f"/v1/deployments/{dseq}", json={"data": {"sdl": sdl(cpu="2")}})
    assert response.status_code == 422
    assert response.json()["message"].startswith("manifest cross-validation error:")
    assert tenant.get(dseq)["leases"][0]["state"] == "active"


def test_an_update_of_the_price_alone_changes_no_hash(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl(amount=1000))
    before = tenant.get(dseq)["deployment"]["hash"]
    after = tenant.data("PUT", f"/v1/deployments/{dseq}", {"data": {"sdl": sdl(amount=2000)}})
    assert after["deployment"]["hash"] == before


def test_closing_twice_is_fine(tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    assert tenant.close(dseq) == tenant.close(dseq) == {"success": True}


def test_closing_gives_back_what_was_not_spent(console: MockConsole, tenant: Tenant) -> None:
    before = tenant.balances()["total"]
    dseq = tenant.run(console, sdl())
    console.sleep(HOUR)
    tenant.close(dseq)
    paid = int(Decimal(tenant.get(dseq)["escrow_account"]["state"]["transferred"][0]["amount"]))
    assert paid > 0
    assert tenant.balances() == {"balance": before - paid, "deployments": 0, "total": before - paid}


def test_only_active_deployments_are_listed_by_number(tenant: Tenant) -> None:
    first, second, third = (tenant.create(sdl())["dseq"] for _ in range(3))
    tenant.close(second)
    listed = tenant.data("GET", "/v1/deployments")
    assert [d["deployment"]["id"]["dseq"] for d in listed["deployments"]] == [first, third]
    assert listed["pagination"] == {"total": 2, "skip": 0, "limit": 2, "hasMore": False}
    page = tenant.data("GET", "/v1/deployments?skip=1&limit=1")
    assert [d["deployment"]["id"]["dseq"] for d in page["deployments"]] == [third]


def test_lists_have_leases_without_status(console: MockConsole, tenant: Tenant) -> None:
    tenant.run(console, sdl())
    (listed,) = tenant.data("GET", "/v1/deployments")["deployments"]
    assert "status" not in listed["leases"][0]


def test_capacity_is_taken_by_a_lease_and_given_back(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl(cpu="2"))
    provider = tenant.get(dseq)["leases"][0]["id"]["provider"]

    def active_cpu() -> int:
        return int(tenant.http.get(f"/v1/providers/{provider}").json()["stats"]["cpu"]["active"])

    during = active_cpu()
    tenant.close(dseq)
    assert during - active_cpu() == 2000


GPUS = "{units: 4, attributes: {vendor: {nvidia: [{model: rtx4090}]}}}"


def gpu_stats(tenant: Tenant) -> dict[str, dict[str, int]]:
    return {p["owner"]: p["stats"]["gpu"] for p in tenant.http.get("/v1/providers").json()}


def test_providers_never_offer_more_than_they_have(console: MockConsole, tenant: Tenant) -> None:
    """They reserve what they bid with, so all the bids of one can be accepted (contract §6: `pending`)."""
    before = gpu_stats(tenant)
    made = [tenant.create(sdl(amount=100_000, gpu=GPUS)) for _ in range(12)]
    console.advance(40)
    bids = [entry["bid"]["id"] for each in made for entry in tenant.bids(each["dseq"])]
    during = gpu_stats(tenant)
    offered = Counter(bid["provider"] for bid in bids)
    assert offered
    for owner, count in offered.items():
        assert (during[owner]["pending"], during[owner]["active"]) == (4 * count, before[owner]["active"])
        assert during[owner]["available"] == before[owner]["available"] - 4 * count >= 0
    (busiest, count), *_ = offered.most_common()
    manifests = {each["dseq"]: each["manifest"] for each in made}
    for bid in bids:
        if bid["provider"] == busiest:
            tenant.lease(manifests[bid["dseq"]], [bid])
    assert gpu_stats(tenant)[busiest]["active"] == before[busiest]["active"] + 4 * count
    models = tenant.http.get("/v1/gpu-prices").json()["models"]
    assert min(model["availability"]["available"] for model in models) >= 0
    assert tenant.http.get("/v1/network-capacity").json()["resources"]["gpu"]["available"] >= 0


def test_a_bid_that_is_lost_or_closed_frees_what_it_held(console: MockConsole, tenant: Tenant) -> None:
    before = gpu_stats(tenant)
    first, second = (tenant.create(sdl(amount=100_000, gpu=GPUS.replace("4,", "1,"))) for _ in range(2))
    console.advance(40)
    assert any(gpu["pending"] for gpu in gpu_stats(tenant).values())
    tenant.lease(first["manifest"], tenant.cheapest(first["dseq"]))
    tenant.close(second["dseq"])
    tenant.close(first["dseq"])
    assert gpu_stats(tenant) == before


def test_screening_counts_open_bids_as_the_providers_do(console: MockConsole, tenant: Tenant) -> None:
    resource = {
        "id": 1,
        "cpu": {"units": {"val": "500"}},
        "memory": {"quantity": {"val": "536870912"}},
        "gpu": {"units": {"val": "4"}, "attributes": [{"key": "vendor/nvidia/model/rtx4090", "value": "true"}]},
        "storage": [],
    }
    body = {
        "resources": [{"resource": resource, "count": 1, "price": {"denom": "uact", "amount": "1"}}],
        "timezone": "UTC",
    }

    def fitting() -> int:
        return len(tenant.http.post("/v1/bid-screening", json=body).json()["providers"])

    before = fitting()
    for _ in range(12):
        tenant.create(sdl(amount=100_000, gpu=GPUS))
    console.advance(40)
    assert fitting() < before


@pytest.mark.parametrize("model", ["h100", "h200", "a100", "b200"])
@pytest.mark.parametrize("seed", [3, 6, 9, 15])
def test_a_large_model_always_finds_a_bidder(seed: int, model: str) -> None:
    console = MockConsole(seed=seed)
    tenant = connect(console)
    wanted = f"{{units: 8, attributes: {{vendor: {{nvidia: [{{model: {model}}}]}}}}}}"
    dseq = tenant.create(sdl(amount=1_000_000, gpu=wanted))["dseq"]
    console.advance(40)
    assert tenant.bids(dseq)


def test_the_same_manifest_again_restarts_nothing(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    chosen = tenant.cheapest(made["dseq"])
    tenant.lease(made["manifest"], chosen)
    console.sleep(MINUTE)
    before = tenant.get(made["dseq"])["leases"][0]["status"]
    assert before["services"]["web"]["available"] == 1
    assert tenant.lease(made["manifest"], chosen)["leases"][0]["status"] == before
    again = tenant.data("PUT", f"/v1/deployments/{made['dseq']}", {"data": {"sdl": sdl()}})
    assert again["leases"][0]["status"] == before
    other = tenant.data("PUT", f"/v1/deployments/{made['dseq']}", {"data": {"sdl": sdl(env="[A=1]")}})
    service = other["leases"][0]["status"]["services"]["web"]
    assert (service["available"], service["observed_generation"]) == (0, 2)


def two_providers(console: MockConsole, tenant: Tenant) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A running deployment whose two groups are with different providers, and its lease items."""
    made = tenant.create(TWO_GROUPS)
    console.sleep(30)
    (first, second) = tenant.cheapest(made["dseq"])
    bids = (entry["bid"]["id"] for entry in tenant.bids(made["dseq"]))
    other = next(bid for bid in bids if bid["gseq"] == 2 and bid["provider"] != first["provider"])
    chosen = [first, {**second, "provider": other["provider"]}]
    tenant.lease(made["manifest"], chosen)
    return made, chosen


def hosts(tenant: Tenant, dseq: str) -> list[list[str]]:
    """The hosts that each lease's service accepts besides its provider's own."""
    return [lease["status"]["services"]["web"]["uris"][1:] for lease in tenant.get(dseq)["leases"]]


ACCEPTING = TWO_GROUPS.replace("port: 80,", "port: 80, accept: [a.example],")


@pytest.mark.parametrize("fault", ["provider_down", "manifest_refused"])
def test_an_update_that_stops_half_way_keeps_what_was_accepted(
    console: MockConsole, tenant: Tenant, fault: str
) -> None:
    made, chosen = two_providers(console, tenant)
    path, body = f"/v1/deployments/{made['dseq']}", {"data": {"sdl": ACCEPTING}}
    console.faults.provider_down(chosen[1]["provider"], times=1)
    assert tenant.http.put(path, json=body).status_code == 503
    assert hosts(tenant, made["dseq"]) == [["a.example"], []]
    if fault == "manifest_refused":
        console.faults.manifest_refused()
        assert tenant.http.put(path, json=body).status_code == 422
        assert hosts(tenant, made["dseq"]) == [["a.example"], []]
    assert tenant.http.put(path, json=body).status_code == 200
    assert hosts(tenant, made["dseq"]) == [["a.example"], ["a.example"]]


def give_up(console: MockConsole, dseq: str, gseq: int) -> None:
    """The provider of that group ends its lease."""
    with console.world() as world:
        deployment = world.deployments[dseq]
        lease = next(lease for lease in deployment.leases if lease.gseq == gseq)
        lifecycle.provider_closes(world, deployment, lease, "lease_closed_reason_unstable")


def test_a_provider_with_one_lease_left_takes_the_update_for_it(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(TWO_GROUPS)
    console.sleep(30)
    bids = [entry["bid"]["id"] for entry in tenant.bids(made["dseq"])]
    both = Counter(bid["provider"] for bid in bids)
    chosen = [bid for bid in bids if bid["provider"] == both.most_common()[0][0]]
    assert [bid["gseq"] for bid in chosen] == [1, 2]
    tenant.lease(made["manifest"], chosen)
    give_up(console, made["dseq"], 1)
    updated = tenant.data("PUT", f"/v1/deployments/{made['dseq']}", {"data": {"sdl": ACCEPTING}})
    closed, running = updated["leases"]
    assert (closed["state"], closed["status"]) == ("closed", None)
    assert running["status"]["services"]["web"]["uris"][1:] == ["a.example"]
    manifest = made["manifest"].replace('"hosts":null', '"hosts":["a.example"]')
    assert tenant.lease(manifest, chosen)["leases"][1]["status"]["services"]


def test_a_provider_whose_last_lease_has_ended_has_none(console: MockConsole, tenant: Tenant) -> None:
    """The text ends in a newline, as the provider writes it, whichever way the manifest was sent (contract §3)."""
    made, chosen = two_providers(console, tenant)
    give_up(console, made["dseq"], 1)
    expected = (404, "no lease for deployment\n")
    for response in (
        tenant.http.put(f"/v1/deployments/{made['dseq']}", json={"data": {"sdl": ACCEPTING}}),
        tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], chosen)),
    ):
        assert (response.status_code, response.json()["message"]) == expected
    assert hosts_of_running(tenant, made["dseq"]) == [[]]


def hosts_of_running(tenant: Tenant, dseq: str) -> list[list[str]]:
    leases = tenant.get(dseq)["leases"]
    return [lease["status"]["services"]["web"]["uris"][1:] for lease in leases if lease["state"] == "active"]


@pytest.mark.parametrize(
    "changed",
    [
        sdl(cpu="2"),
        sdl(expose="{port: 80, to: [{global: true}]}, {port: 22, to: [{global: true}]}"),
        sdl().replace("dcloud", "other"),
    ],
    ids=["resources", "endpoints", "group"],
)
def test_a_first_manifest_must_be_for_what_was_leased(console: MockConsole, tenant: Tenant, changed: str) -> None:
    """An update before the lease puts its hash on chain, but the order stays as it was created."""
    made = tenant.create(sdl())
    tenant.data("PUT", f"/v1/deployments/{made['dseq']}", {"data": {"sdl": changed}})
    console.sleep(30)
    manifest = compile_sdl(changed).manifest
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(manifest, tenant.cheapest(made["dseq"])))
    assert response.status_code == 422
    assert response.json()["message"].startswith("manifest cross-validation error:")
    assert tenant.get(made["dseq"])["leases"][0]["status"] is None


def test_a_trials_escrow_is_never_topped_up() -> None:
    console = MockConsole(trial=True)
    tenant = connect(console)
    dseq = tenant.run(console, sdl(amount=10_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}"), 0.5)
    tenant.data("PATCH", f"/v2/deployment-settings/{dseq}", {"data": {"autoTopUpEnabled": True}})
    console.sleep(MINUTE)
    assert funds(tenant.get(dseq)) == 500_000


@pytest.mark.parametrize("sent", [None, 5], ids=["nothing", "another amount"])
def test_with_a_default_deposit_the_callers_own_does_not_count(sent: float | None) -> None:
    """The Console's flag of 20 August 2026 (contract §5)."""
    tenant = connect(MockConsole(default_deposit_usd="0.5"))
    body = {"sdl": sdl()} if sent is None else {"sdl": sdl(), "deposit": sent}
    tenant.data("POST", "/v1/deployments", {"data": body})
    assert tenant.balances()["deployments"] == 500_000


def test_the_same_seed_and_calls_give_the_same_bytes() -> None:
    def play() -> list[bytes]:
        console = MockConsole(seed=3, dialect="guide")
        tenant = connect(console)
        dseq = tenant.run(console, sdl())
        console.sleep(100)
        paths = (f"/v1/deployments/{dseq}", f"/v1/bids/{dseq}", "/v1/providers", "/v1/gpu-prices")
        answers = [tenant.http.get(path).content for path in paths]
        return [*answers, tenant.http.post("/v1/certificates").content]

    assert play() == play()


def test_an_unrelated_question_changes_no_bid() -> None:
    def bids(*, curious: bool) -> Any:
        console = MockConsole()
        tenant = connect(console)
        if curious:
            tenant.http.get("/v1/gpu-prices")
        dseq = tenant.create(sdl())["dseq"]
        if curious:
            tenant.bids(dseq)
        console.sleep(30)
        return tenant.bids(dseq)

    assert bids(curious=True) == bids(curious=False)


def test_a_trial_is_closed_a_day_after_its_lease() -> None:
    console = MockConsole(trial=True, balance_usd=10)
    tenant = connect(console)
    dseq = tenant.run(console, sdl())
    console.sleep(23 * HOUR)
    assert tenant.get(dseq)["deployment"]["state"] == "active"
    console.sleep(HOUR)
    assert tenant.get(dseq)["deployment"]["state"] == "closed"


def test_a_trial_sees_no_bids_with_blocked_gpus_and_may_not_ask_for_them() -> None:
    console = MockConsole(trial=True)
    tenant = connect(console)
    asked = sdl(amount=100_000, gpu="{units: 1, attributes: {vendor: {nvidia: [{model: h100}]}}}")
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": asked, "deposit": 5}})
    assert response.json()["message"] == (
        "Invalid SDL: Nvidia H100 not available on free trial: Add funds to unlock GPU access"
    )
    made = tenant.create(sdl(amount=100_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}"))
    console.sleep(30)
    keys = [
        e["bid"]["resources_offer"][0]["resources"]["gpu"]["attributes"][0]["key"] for e in tenant.bids(made["dseq"])
    ]
    assert keys
    assert not any(f"/model/{model}/" in key for key in keys for model in ("h100", "a100", "rtx4090", "rtx3090"))


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (
            "gpu: {units: 1, attributes: {vendor: {nvidia: [{model: h100}, {model: rtx4090}]}}}",
            "Nvidia H100, Nvidia RTX4090 not available on free trial: Add funds to unlock GPU access",
        ),
        (
            "gpu: {units: 1, attributes: {interconnect: [x]}}",
            "GPU interconnect not available on free trial: Add funds to unlock GPU interconnect",
        ),
    ],
    ids=["models", "interconnect"],
)
def test_a_trial_is_stopped_before_its_sdl_is_validated(profile: str, message: str) -> None:
    tenant = connect(MockConsole(trial=True))
    text = f"profiles: {{compute: {{unused: {{resources: {{{profile}}}}}}}}}"
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": text, "deposit": 5}})
    assert (response.status_code, response.json()["message"]) == (400, f"Invalid SDL: {message}")


def test_what_a_trials_forgotten_deployment_held_pays_for_the_next() -> None:
    tenant = connect(MockConsole(trial=True, balance_usd=10))
    tenant.create(sdl(), 8)
    tenant.create(sdl(), 8)
    assert tenant.balances() == {"balance": 2_000_000, "deployments": 8_000_000, "total": 10_000_000}


def test_a_new_trial_deployment_replaces_one_without_lease() -> None:
    console = MockConsole(trial=True)
    tenant = connect(console)
    first = tenant.create(sdl())["dseq"]
    tenant.create(sdl())
    assert tenant.get(first)["deployment"]["state"] == "closed"
