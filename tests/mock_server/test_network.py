"""The market from outside: providers, screening, GPUs and prices (contract §6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mock_server import MockConsole
from mock_server.supply import fleet_file
from tests.mock_server.conftest import Tenant, connect, sdl


def screening(**change: Any) -> dict[str, Any]:
    resource = {
        "id": 1,
        "cpu": {"units": {"val": "500"}},
        "memory": {"quantity": {"val": "536870912"}},
        "gpu": {"units": {"val": "0"}},
        "storage": [{"name": "default", "quantity": {"val": "536870912"}}],
        **change.pop("resource", {}),
    }
    entry = {"resource": resource, "count": 1, "price": {"denom": "uact", "amount": "1"}}
    return {"resources": [entry], "timezone": "Europe/Berlin", **change}


def screened(tenant: Tenant, body: dict[str, Any]) -> set[str]:
    response = tenant.http.post("/v1/bid-screening", json=body)
    assert response.status_code == 200, response.text
    return {entry["owner"] for entry in response.json()["providers"]}


def test_screening_agrees_with_who_bids(console: MockConsole, tenant: Tenant) -> None:
    auditor = tenant.http.get("/v1/auditors").json()[0]["address"]
    fitting = screened(tenant, screening(requirements={"signedBy": {"anyOf": [auditor]}}))
    dseq = tenant.create(sdl())["dseq"]
    console.sleep(30)
    assert {entry["bid"]["id"]["provider"] for entry in tenant.bids(dseq)} <= fitting


def test_screening_nothing_returns_all_that_are_online(tenant: Tenant) -> None:
    online = {p["owner"] for p in tenant.http.get("/v1/providers").json() if p["isOnline"]}
    assert screened(tenant, {"resources": [], "timezone": "UTC"}) == online


def test_screening_reads_base64_quantities(tenant: Tenant) -> None:
    assert screened(tenant, screening(resource={"cpu": {"units": {"val": "NTAw"}}})) == screened(tenant, screening())


def test_screening_by_gpu_attribute(tenant: Tenant) -> None:
    gpu = {"units": {"val": "1"}, "attributes": [{"key": "vendor/nvidia/model/rtx4090", "value": "true"}]}
    found = screened(tenant, screening(resource={"gpu": gpu}))
    owners = {p["owner"]: p for p in tenant.http.get("/v1/providers").json()}
    assert found
    assert all("rtx4090" in owners[owner]["hardwareGpuModels"] for owner in found)


def test_screening_by_attribute_glob(tenant: Tenant) -> None:
    wanted = {"attributes": [{"key": "capabilities/storage/1/*", "value": "beta3"}]}
    found = screened(tenant, screening(requirements=wanted))
    owners = {p["owner"]: p for p in tenant.http.get("/v1/providers").json()}
    assert found
    assert all("beta3" in owners[owner]["featPersistentStorageType"] for owner in found)


_PERSISTENT = {
    "name": "data",
    "quantity": {"val": "1"},
    "attributes": [{"key": "persistent", "value": "true"}, {"key": "class", "value": "ram"}],
}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(screening(timezone="Mars/Base"), "Timezone is not supported", id="timezone"),
        pytest.param(
            screening(resource={"cpu": {"units": {"val": "-1"}}}),
            "Must be a non-negative integer or its protobuf base64-encoded representation",
            id="quantity",
        ),
        pytest.param(
            screening(resource={"cpu": {"units": {"val": "\N{ARABIC-INDIC DIGIT ONE}"}}}),
            "Must be a non-negative integer or its protobuf base64-encoded representation",
            id="digits of another script",
        ),
        pytest.param(
            screening(resource={"cpu": {"units": {"val": "1\n"}}}),
            "Must be a non-negative integer or its protobuf base64-encoded representation",
            id="a line after the digits",
        ),
        pytest.param(
            screening(resource={"storage": [{**_PERSISTENT, "attributes": {}}]}),
            "Expected array, received object",
            id="attributes of a volume",
        ),
        pytest.param(
            screening(requirements={"attributes": [{"key": "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "value": "x"}]}),
            "Invalid attribute key format",
            id="letters that are not ASCII",
        ),
        pytest.param(
            screening(requirements={"attributes": [{"key": "1", "value": "x"}]}),
            "Invalid attribute key format",
            id="attribute key",
        ),
        pytest.param(
            screening(resource={"storage": [_PERSISTENT]}),
            'Persistent storage volume "data" must specify a valid storage class (not "ram")',
            id="storage class",
        ),
    ],
)
def test_screening_nonsense_is_refused(tenant: Tenant, body: dict[str, Any], message: str) -> None:
    response = tenant.http.post("/v1/bid-screening", json=body)
    assert response.status_code == 400
    assert [entry["message"] for entry in response.json()["data"]] == [message]


def test_reference_prices_follow_the_published_formulas(tenant: Tenant) -> None:
    spec = {"cpu": 1000, "memory": 1_000_000_000, "storage": 100_000_000_000}
    answer = tenant.http.post("/v1/pricing", json=spec).json()
    assert answer == {"spec": spec, "akash": 13.75, "aws": 39.3, "gcp": 40.11, "azure": 39.37}
    assert tenant.http.post("/v1/pricing", json=[spec, spec]).json() == [answer, answer]


@pytest.mark.parametrize("body", [{"cpu": "x"}, [], [{}] * 2, 7, {"cpu": -1, "memory": 1, "storage": 1}], ids=str)
def test_pricing_nonsense_is_one_union_issue(tenant: Tenant, body: Any) -> None:
    response = tenant.http.post("/v1/pricing", json=body)
    assert response.status_code == 400
    assert [entry["code"] for entry in response.json()["data"]] == ["invalid_union"]


def test_gpus_in_use_count_this_worlds_leases(console: MockConsole, tenant: Tenant) -> None:
    before = tenant.http.get("/v1/gpu").json()["gpus"]["total"]
    tenant.run(console, sdl(amount=100_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}"))
    after = tenant.http.get("/v1/gpu").json()["gpus"]["total"]
    assert after == {"allocatable": before["allocatable"], "allocated": before["allocated"] + 1}


def test_gpus_are_filtered_by_exact_values(tenant: Tenant) -> None:
    details = tenant.http.get("/v1/gpu?vendor=nvidia&model=rtx4090").json()["gpus"]["details"]
    assert [entry["model"] for entry in details["nvidia"]] == ["rtx4090"]
    assert tenant.http.get("/v1/gpu?memory_size=1Gi").json()["gpus"]["details"] == {}
    refused = tenant.http.get("/v1/gpu?provider=nonsense")
    assert (refused.status_code, list(refused.json())) == (400, ["error"])


def test_gpus_of_one_provider(tenant: Tenant) -> None:
    chosen = next(p for p in tenant.http.get("/v1/providers").json() if p["isOnline"] and p["gpuModels"])
    by_address, by_host = (
        tenant.http.get("/v1/gpu", params={"provider": chosen[key]}).json() for key in ("owner", "hostUri")
    )
    assert by_address == by_host
    assert by_address["gpus"]["total"]["allocatable"] == chosen["stats"]["gpu"]["total"]


def test_gpu_prices_are_ordered_within_themselves(tenant: Tenant) -> None:
    models = tenant.http.get("/v1/gpu-prices").json()["models"]
    assert len(models) >= 8
    for entry in models:
        price = entry["price"]
        assert 0 < price["min"] <= price["med"] <= price["max"]
        assert 0 <= entry["availability"]["available"] <= entry["availability"]["total"]


@pytest.fixture(params=["default", "global"])
def market(request: pytest.FixtureRequest) -> Iterator[tuple[MockConsole, Tenant]]:
    console = MockConsole(fleet=request.param)
    tenant = connect(console)
    yield console, tenant
    tenant.http.close()


def gpu_order(model: str) -> str:
    """One GPU of a model; what comes with it costs next to nothing."""
    return sdl(cpu="0.01", memory="1Mi", amount=100_000, gpu=f"{{units: 1, attributes: {{vendor: {model}}}}}")


@pytest.mark.parametrize("model", ["h100", "h200", "a100", "rtx4090"])
def test_bids_for_one_gpu_lie_within_the_quoted_prices(market: tuple[MockConsole, Tenant], model: str) -> None:
    """A bid varies by its mood, -4 to +6 %; a quote is in whole cents; the rest of the order is below a cent."""
    console, tenant = market
    quoted = {
        (entry["model"], entry["ram"], entry["interface"]): entry["price"]
        for entry in tenant.http.get("/v1/gpu-prices").json()["models"]
    }
    dseq = tenant.create(gpu_order(f"{{nvidia: [{{model: {model}}}]}}"))["dseq"]
    console.sleep(31)
    bids = tenant.bids(dseq)
    assert bids
    for entry in bids:
        (attribute,) = entry["bid"]["resources_offer"][0]["resources"]["gpu"]["attributes"]
        parts = attribute["key"].split("/")
        price = quoted[parts[3], parts[5], parts[7]]
        usd_hour = float(entry["bid"]["price"]["amount"]) * 600 / 1_000_000
        assert 0.96 * (price["min"] - 0.005) <= usd_hour <= 1.06 * (price["max"] + 0.005) + 0.01


def test_a_quote_is_what_a_provider_alone_asks() -> None:
    text = "providers: [{name: Solo, cpu: 64, memory: 256Gi, used: 50, gpus: {l40s: 4}, bids: always}]"
    console = MockConsole(fleet=fleet_file.canonical(text, "test"))
    tenant = connect(console)
    (before,) = tenant.http.get("/v1/gpu-prices").json()["models"]
    tenant.run(console, sdl(cpu="30", amount=100_000))
    (after,) = tenant.http.get("/v1/gpu-prices").json()["models"]
    assert before["price"]["min"] == before["price"]["max"] == before["price"]["med"]
    assert after["price"]["min"] > before["price"]["min"]
    assert before["availability"] == after["availability"] == {"total": 4, "available": 4}


def test_who_bids_was_screened(market: tuple[MockConsole, Tenant]) -> None:
    console, tenant = market
    gpu = {"units": {"val": "1"}, "attributes": [{"key": "vendor/nvidia/model/rtx4090", "value": "true"}]}
    small = {"cpu": {"units": {"val": "10"}}, "memory": {"quantity": {"val": str(1 << 20)}}}
    fitting = screened(tenant, screening(resource={"gpu": gpu, **small}))
    dseq = tenant.create(gpu_order("{nvidia: [{model: rtx4090}]}"))["dseq"]
    console.sleep(31)
    bidding = {entry["bid"]["id"]["provider"] for entry in tenant.bids(dseq)}
    assert bidding
    assert bidding <= fitting


def totals(tenant: Tenant) -> dict[str, Any]:
    """What the endpoints say of GPUs and CPU, which must be the same."""
    stats = [p["stats"] for p in tenant.http.get("/v1/providers").json() if p["isOnline"]]
    capacity = tenant.http.get("/v1/network-capacity").json()["resources"]
    prices, gpus = (tenant.http.get(f"/v1/{name}").json() for name in ("gpu-prices", "gpu"))
    summed = {
        kind: {name: sum(each[kind][name] for each in stats) for name in ("active", "available", "pending", "total")}
        for kind in ("cpu", "gpu", "memory")
    }
    assert {kind: capacity[kind] for kind in summed} == summed
    assert prices["availability"] == {name: summed["gpu"][name] for name in ("total", "available")}
    allocated = {"allocatable": summed["gpu"]["total"], "allocated": summed["gpu"]["active"]}
    assert gpus["gpus"]["total"] == allocated
    rows = tenant.http.get("/v1/gpu-breakdown").json()
    today = [row for row in rows if row["date"] == rows[-1]["date"]]
    assert sum(row["leasedGpus"] for row in today) == summed["gpu"]["active"]
    return summed


def test_providers_capacity_and_gpu_counts_move_together(market: tuple[MockConsole, Tenant]) -> None:
    console, tenant = market
    idle = totals(tenant)["gpu"]
    made = tenant.create(gpu_order("{nvidia: }"))
    console.sleep(31)
    bids = len(tenant.bids(made["dseq"]))
    bidding = totals(tenant)["gpu"]
    assert bidding["pending"] >= bids > 1
    assert bidding["available"] == idle["available"] - bidding["pending"]
    tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
    leased = totals(tenant)["gpu"]
    assert leased == {**idle, "active": idle["active"] + 1, "available": idle["available"] - 1}
    tenant.close(made["dseq"])
    assert totals(tenant)["gpu"] == idle


def test_a_provider_counts_its_leases(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    owner = tenant.get(dseq)["leases"][0]["id"]["provider"]
    path = f"/v1/providers/{owner}"
    during, graph = tenant.http.get(path).json(), tenant.http.get(f"{path}/active-leases-graph-data").json()
    tenant.close(dseq)
    after, graph_after = tenant.http.get(path).json(), tenant.http.get(f"{path}/active-leases-graph-data").json()
    assert during["leaseCount"] == during["deploymentCount"] == after["leaseCount"] + 1
    assert graph["currentValue"] == graph_after["currentValue"] + 1


def test_prices_in_akt_follow_the_price_of_akt(tenant: Tenant) -> None:
    rate = tenant.http.get("/v1/market-data").json()["price"]
    for entry in tenant.http.get("/v1/gpu-prices").json()["models"]:
        for name in ("min", "max", "avg", "weightedAverage", "med"):
            assert entry["priceUakt"][name] == round(entry["price"][name] / rate * 1e6)


def test_capacity_is_what_the_online_providers_have(tenant: Tenant) -> None:
    online = [p for p in tenant.http.get("/v1/providers").json() if p["isOnline"]]
    capacity = tenant.http.get("/v1/network-capacity").json()
    assert capacity["activeProviderCount"] == len(online)
    for name in ("cpu", "gpu", "memory"):
        total = capacity["resources"][name]
        assert total["total"] == sum(p["stats"][name]["total"] for p in online)
        assert total["active"] + total["available"] == total["total"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("addresses=", 400), ("addresses=nonsense", 400), ("scope=some", 400), ("scope=trial", 200)],
)
def test_provider_filters_are_checked(tenant: Tenant, query: str, status: int) -> None:
    assert tenant.http.get(f"/v1/providers?{query}").status_code == status


def test_providers_are_found_by_address(tenant: Tenant) -> None:
    everyone = tenant.http.get("/v1/providers").json()
    wanted = [everyone[3]["owner"], everyone[5]["owner"]]
    found = tenant.http.get("/v1/providers", params={"addresses": ",".join([*wanted, ""])}).json()
    assert [p["owner"] for p in found] == wanted
    too_many = ",".join(p["owner"] for p in everyone[:21])
    assert tenant.http.get("/v1/providers", params={"addresses": too_many}).status_code == 400


def test_an_unknown_provider_is_plain_text(tenant: Tenant) -> None:
    response = tenant.http.get("/v1/providers/nobody")
    assert (response.status_code, response.text) == (404, "Provider not found.")


def test_an_offline_provider_has_no_name_and_no_free_capacity(tenant: Tenant) -> None:
    offline = next(p for p in tenant.http.get("/v1/providers").json() if not p["isOnline"])
    assert (offline["name"], offline["uptime1d"], offline["stats"]["cpu"]["available"]) == (None, None, 0)


def test_every_region_is_listed_with_its_providers(tenant: Tenant) -> None:
    regions = tenant.http.get("/v1/provider-regions").json()
    assert len(regions) == 38
    assert sum(len(region["providers"]) for region in regions) == 60


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (True, "private, max-age=60, stale-while-revalidate=120"),
        (False, "public, max-age=60, stale-while-revalidate=120"),
    ],
    ids=["with key", "anonymous"],
)
def test_cached_answers_say_for_how_long(tenant: Tenant, key: bool, expected: str) -> None:
    if not key:
        del tenant.http.headers["x-api-key"]
    assert tenant.http.get("/v1/providers").headers["cache-control"] == expected


def test_uncached_answers_say_so(tenant: Tenant) -> None:
    assert tenant.http.get("/v1/balances").headers["cache-control"] == "private, no-store"
    assert "cache-control" not in tenant.http.get("/v1/deployments/1").headers


@pytest.mark.parametrize(("path", "status"), [("/v1/market-data/btc", 400), ("/v1/market-data/akash-network", 200)])
def test_market_data_knows_one_coin(tenant: Tenant, path: str, status: int) -> None:
    assert tenant.http.get(path).status_code == status


def test_every_template_can_be_deployed(console: MockConsole, tenant: Tenant) -> None:
    listed = [entry for category in tenant.data("GET", "/v1/templates-list") for entry in category["templates"]]
    assert len(listed) == 4
    for entry in listed:
        template = tenant.data("GET", f"/v1/templates/{entry['id']}")
        dseq = tenant.create(template["deploy"])["dseq"]
        console.sleep(30)
        assert tenant.bids(dseq), entry["id"]


def test_an_unknown_template_is_not_found(tenant: Tenant) -> None:
    assert tenant.http.get("/v1/templates/nothing").json()["message"] == "Template not found"


def test_the_explorer_sees_a_deployment_by_its_owner(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    owner = tenant.get(dseq)["deployment"]["id"]["owner"]
    listed = tenant.http.get(f"/v1/addresses/{owner}/deployments/0/10?status=active").json()
    assert (listed["count"], listed["results"][0]["cpuUnits"]) == (1, 500)
    assert listed["results"][0]["leases"][0]["id"] == f"{dseq}11"
    detail = tenant.http.get(f"/v1/deployment/{owner}/{dseq}").json()
    price = float(tenant.get(dseq)["leases"][0]["price"]["amount"])
    assert detail["totalMonthlyCostUDenom"] == round(price * 438_292.8)
    assert [event["type"] for event in detail["events"]] == ["MsgCreateLease", "MsgCreateDeployment"]
    missing = tenant.http.get(f"/v1/deployment/{owner}/1")
    assert (missing.status_code, missing.json()["message"]) == (404, "Deployment Not Found")
