"""Small print of the contract that a client can see, a rule a test."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import httpx
import pytest

from mock_server import MockConsole, create_app
from mock_server.web.javascript import cents, printed
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import Leased, lease

MINUTE, DAY = 60, 86_400


# --- numbers as JavaScript prints them --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (20.0, "20"), (-1.0, "-1"), (0.25, "0.25"), (4.5e19, "45000000000000000000"), (1e21, "1e+21")],
)
def test_a_whole_number_is_printed_without_a_fraction(value: float, text: str) -> None:
    assert json.dumps(printed(value)) == text


@pytest.mark.parametrize(
    ("usd", "told"), [(1.005, 1.0), (0.125, 0.13), (9.0, 9), (0.0, 0), (float("inf"), float("inf"))]
)
def test_dollars_have_two_decimals_half_up(usd: float, told: float) -> None:
    assert cents(usd) == told


def test_no_answer_has_a_whole_number_with_a_fraction(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, sdl())
    tenant.data("PUT", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True}})
    owner = tenant.get(dseq)["deployment"]["id"]["owner"]
    paths = [
        *("/v1/weekly-cost", "/v1/wallet-settings", "/v1/providers", "/v1/gpu-prices", "/v1/market-data"),
        *(f"/v1/usage/history?address={owner}", f"/v1/usage/history/stats?address={owner}"),
    ]
    texts = [tenant.http.get(path).text for path in paths]
    texts.append(tenant.http.post("/v1/pricing", json={"cpu": 2000, "memory": 0, "storage": 0}).text)
    assert '"akash":9,' in texts[-1]
    assert not [text for text in texts if re.search(r"[:\[,]-?\d+\.0[,}\]]", text)]


# --- headers over ASGI ------------------------------------------------------------------------------------------------


def test_blanks_around_a_header_do_not_count() -> None:
    assert status_over_asgi((b"x-api-key", b" a-key \t")) == 200


def test_a_header_sent_twice_is_a_list() -> None:
    """As over the other doors, so that neither of two keys is quietly preferred."""
    assert status_over_asgi((b"x-api-key", b"another"), (b"x-api-key", b"a-key")) == 401


def status_over_asgi(*headers: tuple[bytes, bytes]) -> int:
    """The status of a public path, asked with these headers of a mock whose key is `a-key`."""
    transport = httpx.ASGITransport(app=create_app(MockConsole(api_keys=["a-key"])))

    async def ask() -> int:
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as http:
            return (await http.get("/v1/auditors", headers=list(headers))).status_code

    return asyncio.run(ask())


# --- keys and trials --------------------------------------------------------------------------------------------------


def test_the_use_of_a_key_is_noted_every_half_hour(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.data("POST", "/v1/api-keys", {"data": {"name": "x"}})
    other = connect(console, made["apiKey"])

    def last_used() -> Any:
        return other.data("GET", f"/v1/api-keys/{made['id']}")["lastUsedAt"]

    first = last_used()
    console.sleep(30 * MINUTE - 1)
    assert last_used() == first
    console.sleep(1)
    assert last_used() > first


def test_a_trial_cannot_pay_for_anything_after_thirty_days() -> None:
    console = MockConsole(trial=True)
    tenant = connect(console)
    tenant.create(sdl())
    console.sleep(30 * DAY)
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": sdl(), "deposit": 1}})
    assert (response.status_code, response.json()["message"]) == (400, "Console trial expired")


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_every_permission_of_a_token_is_checked(tenant: Tenant) -> None:
    permissions = [{"provider": "x", "access": "all"}, {"access": "scoped", "scope": ["nothing"]}, {"provider": "x"}]
    body = {"data": {"ttl": 60, "leases": {"access": "granular", "permissions": permissions}}}
    response = tenant.http.post("/v1/create-jwt-token", json=body)
    assert response.status_code == 400
    assert [line.rstrip(".").split(" should")[0] for line in response.json()["message"].split("\n")] == [
        '"access" at "/leases/permissions/0"',
        'Missing required field: "provider" at "/leases/permissions/1"',
        '"0" at "/leases/permissions/1/scope"',
        'Missing required field: "access" at "/leases/permissions/2"',
    ]


# --- SDLs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_by", "message"),
    [
        ("nobody", '"signedBy" at "/profiles/placement/dcloud" should be object.'),
        ("{anyOf: nobody}", '"anyOf" at "/profiles/placement/dcloud/signedBy" should be array.'),
    ],
)
def test_signatures_of_the_wrong_shape_are_refused(tenant: Tenant, signed_by: str, message: str) -> None:
    text = sdl().replace("pricing:", f"signedBy: {signed_by}\n      pricing:")
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": text, "deposit": 1}})
    assert (response.status_code, response.json()["message"]) == (400, f"Invalid SDL: {message}")


def test_a_count_that_is_no_number_is_the_services_own_mistake(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    """The service's library throws; the mock has foreseen that."""
    text = sdl().replace("count: 1", "count: .inf")
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": text, "deposit": 1}})
    assert (response.status_code, response.json()["code"]) == (500, "internal_server_error")
    assert not caplog.records


# --- screening --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("timezone", "status"), [("Europe/Berlin", 200), ("UTC", 200), ("localtime", 400)])
def test_the_zone_of_this_machine_is_no_time_zone(tenant: Tenant, timezone: str, status: int) -> None:
    response = tenant.http.post("/v1/bid-screening", json={"resources": [], "timezone": timezone})
    assert response.status_code == status


# --- the provider-proxy -----------------------------------------------------------------------------------------------


@pytest.fixture
def found(console: MockConsole, tenant: Tenant) -> Leased:
    return lease(console, tenant)


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "10.0.0.1."])
def test_what_node_reads_as_an_address_is_one(found: Leased, host: str) -> None:
    response = found.tenant.http.post("/", json={"method": "GET", **found.target("/status"), "url": f"https://{host}/"})
    (issue,) = response.json()["error"]["issues"]
    assert (response.status_code, issue["path"]) == (400, ["url"])
    assert issue["message"] == "URL must use https protocol and cannot point to IP address"


def test_the_proxy_does_not_connect_to_its_own_machine(found: Leased) -> None:
    wanted = {"method": "GET", **found.target("/status"), "url": "https://localhost:8443/status"}
    response = found.tenant.http.post("/", json=wanted)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "custom"
    assert [issue["path"] for issue in response.json()["error"]["issues"]] == [["url"]]


@pytest.mark.parametrize("mode", ["threshold", "prediction"])
def test_a_wallet_that_runs_low_is_refilled_while_something_runs(mode: str) -> None:
    console = MockConsole(balance_usd=24)
    tenant = connect(console)
    wanted = {"autoReloadEnabled": True, "autoReloadMode": mode, "autoReloadThreshold": 25, "autoReloadAmount": 50}
    tenant.data("PUT", "/v1/wallet-settings", {"data": wanted})
    console.advance(7200)
    assert tenant.data("GET", "/v1/balances")["balance"] == 24_000_000  # nothing runs

    dseq = tenant.run(console, sdl(amount=10_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}"))
    console.advance(7200)
    assert tenant.data("GET", f"/v1/deployments/{dseq}")["deployment"]["state"] == "active"
    with console.world() as world:
        assert world.wallet.granted == 74_000_000


@pytest.mark.parametrize(("dialect", "told"), [("guide", {True}), ("live", {None})])
def test_only_the_guides_bids_say_that_a_lease_takes_a_certificate(dialect: Any, told: set[bool | None]) -> None:
    console = MockConsole(dialect=dialect)
    tenant = connect(console)
    dseq = tenant.create(sdl())["dseq"]
    console.advance(60)
    assert {bid.get("isCertificateRequired") for bid in tenant.bids(dseq)} == told
