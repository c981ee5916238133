"""Wallet, settings, keys, tokens and usage (contract §7)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mock_server import MockConsole
from tests.mock_server.conftest import Tenant, connect, sdl

GPU = sdl(amount=10_000, gpu="{units: 1, attributes: {vendor: {nvidia: }}}")
HOUR, DAY = 3600, 86_400


def status(tenant: Tenant, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    response = tenant.http.request(method, path, json=body)
    return response.status_code, response.json() if response.content else None


# --- wallet ------------------------------------------------------------------------------------------------------


def test_balances_are_micro_units_of_grant_and_escrow(tenant: Tenant) -> None:
    tenant.create(sdl(), deposit=2.5)
    assert tenant.balances() == {"balance": 97_500_000, "deployments": 2_500_000, "total": 100_000_000}


def test_balances_of_an_address_are_public(console: MockConsole, tenant: Tenant) -> None:
    user = tenant.data("GET", "/v1/user/me")["id"]
    (wallet,) = tenant.data("GET", f"/v1/wallets?userId={user}")
    answer = tenant.http.get(f"/v1/balances?address={wallet['address']}", headers={"x-api-key": ""})
    assert answer.status_code == 401, "an empty key is a wrong key"
    del tenant.http.headers["x-api-key"]
    public = tenant.http.get(f"/v1/balances?address={wallet['address']}")
    assert public.json()["data"]["total"] == 100_000_000
    assert tenant.http.get("/v1/balances").status_code == 401


def test_a_stranger_has_nothing(tenant: Tenant) -> None:
    other = "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm"
    assert tenant.data("GET", f"/v1/balances?address={other}") == {"balance": 0, "deployments": 0, "total": 0}
    assert tenant.data("GET", "/v1/wallets?userId=00000000-0000-4000-8000-000000000000") == []


def test_wallet_settings_have_defaults_and_can_go(tenant: Tenant) -> None:
    assert status(tenant, "GET", "/v1/wallet-settings")[0] == 404
    made = tenant.data("POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": False}})
    assert (made["autoReloadMode"], made["autoReloadThreshold"], made["autoReloadAmount"]) == ("prediction", 20, 100)
    changed = tenant.data("PUT", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True, "autoReloadAmount": 25.5}})
    assert (changed["id"], changed["autoReloadAmount"]) == (made["id"], 25.5)
    assert status(tenant, "DELETE", "/v1/wallet-settings") == (204, None)
    assert status(tenant, "DELETE", "/v1/wallet-settings")[1]["message"] == "WalletSetting Not Found"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"autoReloadAmount": 19.99}, "too_small"),
        ({"autoReloadAmount": 10_001}, "too_big"),
        ({"autoReloadThreshold": 5.001}, "not_multiple_of"),
        ({"autoReloadMode": "always"}, "invalid_enum_value"),
        ({"autoReloadEnabled": "yes"}, "invalid_type"),
    ],
    ids=str,
)
def test_wallet_settings_have_bounds(tenant: Tenant, change: dict[str, Any], code: str) -> None:
    number, body = status(tenant, "POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": False, **change}})
    assert (number, body["data"][0]["code"]) == (400, code)


def test_a_trial_has_no_card_to_charge() -> None:
    tenant = connect(MockConsole(trial=True))
    number, body = status(tenant, "POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True}})
    assert (number, body["message"]) == (404, "User payments not set up")


# --- deployment settings -----------------------------------------------------------------------------------------


def test_asking_for_a_setting_makes_it_switched_on(tenant: Tenant) -> None:
    found = tenant.data("GET", "/v2/deployment-settings/77")
    assert (found["dseq"], found["autoTopUpEnabled"], found["estimatedTopUpAmount"]) == ("77", True, 0)
    assert tenant.data("GET", f"/v1/deployment-settings/{found['userId']}/77") == found


def test_a_setting_is_made_once(tenant: Tenant) -> None:
    body = {"data": {"dseq": "77"}}
    assert tenant.data("POST", "/v2/deployment-settings", body)["autoTopUpEnabled"] is False
    assert status(tenant, "POST", "/v2/deployment-settings", body)[0] == 500


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/v1/deployment-settings/00000000-0000-4000-8000-000000000000/7", None, 404),
        ("GET", "/v2/deployment-settings/7?userId=00000000-0000-4000-8000-000000000000", None, 404),
        (
            "POST",
            "/v2/deployment-settings",
            {"data": {"dseq": "7", "userId": "00000000-0000-4000-8000-000000000000"}},
            403,
        ),
    ],
    ids=["v1", "v2", "create"],
)
def test_settings_of_others_are_out_of_reach(tenant: Tenant, method: str, path: str, body: Any, expected: int) -> None:
    assert status(tenant, method, path, body)[0] == expected


def test_the_estimate_is_a_days_cost(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, GPU)
    rate = float(tenant.get(dseq)["leases"][0]["price"]["amount"])
    assert tenant.data("GET", f"/v2/deployment-settings/{dseq}")["estimatedTopUpAmount"] == int(rate * 14_400)


def test_switching_funding_on_again_funds_soon(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, GPU, 0.5)
    off, on = ({"data": {"autoTopUpEnabled": value}} for value in (False, True))
    tenant.data("PATCH", f"/v2/deployment-settings/{dseq}", off)
    console.sleep(60)
    assert tenant.balances()["deployments"] == 500_000
    tenant.data("PATCH", f"/v2/deployment-settings/{dseq}", on)
    console.sleep(HOUR)
    assert tenant.balances()["deployments"] > 500_000


def test_the_weekly_cost_counts_what_is_topped_up(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, GPU)
    assert tenant.data("GET", "/v1/weekly-cost") == {"weeklyCost": 0}
    tenant.data("GET", f"/v2/deployment-settings/{dseq}")
    rate = float(tenant.get(dseq)["leases"][0]["price"]["amount"])
    assert tenant.data("GET", "/v1/weekly-cost")["weeklyCost"] == pytest.approx(rate * 100_800 / 1e6, abs=0.01)


# --- keys and tokens ---------------------------------------------------------------------------------------------


def test_a_new_key_is_shown_once_and_works(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.data("POST", "/v1/api-keys", {"data": {"name": "ci"}})
    key = made.pop("apiKey")
    assert made["keyFormat"] == f"ac.sk.mock.{key[11:17]}***{key[-6:]}"
    assert tenant.data("GET", f"/v1/api-keys/{made['id']}") == made
    assert connect(console, key).balances() == tenant.balances()
    assert tenant.data("GET", "/v1/api-keys")[0]["lastUsedAt"] is not None
    assert status(tenant, "DELETE", f"/v1/api-keys/{made['id']}") == (204, None)
    assert connect(console, key).http.get("/v1/balances").status_code == 401


def test_a_key_expires(console: MockConsole, tenant: Tenant) -> None:
    body = {"data": {"name": "ci", "expiresAt": "2026-01-05T13:00:00Z"}}
    key = tenant.data("POST", "/v1/api-keys", body)["apiKey"]
    assert connect(console, key).http.get("/v1/balances").status_code == 200
    console.sleep(HOUR)
    assert connect(console, key).http.get("/v1/balances").status_code == 401
    number, answer = status(tenant, "POST", "/v1/api-keys", body)
    assert (number, answer["data"][0]) == (
        400,
        {"code": "custom", "message": "Expiration date must be in the future", "path": ["data", "expiresAt"]},
    )


def test_a_key_can_be_renamed_and_an_unknown_one_not(tenant: Tenant) -> None:
    made = tenant.data("POST", "/v1/api-keys", {"data": {"name": "a"}})
    assert tenant.data("PATCH", f"/v1/api-keys/{made['id']}", {"data": {"name": "b"}})["name"] == "b"
    assert status(tenant, "PATCH", "/v1/api-keys/00000000-0000-4000-8000-000000000000", {"data": {}})[0] == 404
    assert status(tenant, "GET", "/v1/api-keys/7")[0] == 400


def test_a_token_says_who_may_do_what_until_when(console: MockConsole, tenant: Tenant) -> None:
    leases = {"access": "scoped", "scope": ["status", "logs"]}
    token = tenant.data("POST", "/v1/create-jwt-token", {"data": {"ttl": 1800, "leases": leases}})["token"]
    header, payload, signature = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    claims = json.loads(payload)
    assert json.loads(header) == {"alg": "ES256KADR36", "typ": "JWT"}
    assert list(claims) == ["exp", "iat", "iss", "jti", "leases", "nbf", "version"]
    assert (claims["iat"], claims["exp"], claims["leases"]) == (console.now, console.now + 1800, leases)
    assert len(signature) == 64


@pytest.mark.parametrize(
    ("leases", "message"),
    [
        ({"access": "scoped", "scope": ["nonsense"]}, '"0" at "/leases/scope" should be one of: send-manifest, '),
        ({"access": "all"}, '"access" at "/leases" should be one of: full, scoped, granular'),
        ({}, 'Missing required field: "access" at "/leases"'),
        ({"access": "granular"}, 'Missing required field: "permissions" at "/leases"'),
    ],
    ids=["scope", "access", "nothing", "permissions"],
)
def test_a_token_for_nonsense_is_refused(tenant: Tenant, leases: Any, message: str) -> None:
    number, body = status(tenant, "POST", "/v1/create-jwt-token", {"data": {"ttl": 60, "leases": leases}})
    assert (number, body["code"]) == (400, "bad_request")
    assert body["message"].startswith(message)


# --- usage -------------------------------------------------------------------------------------------------------


def test_usage_adds_up_to_what_leases_cost(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, GPU)
    found = tenant.get(dseq)
    console.sleep(2 * DAY)
    owner, rate = found["deployment"]["id"]["owner"], float(found["leases"][0]["price"]["amount"])
    rows = tenant.http.get(f"/v1/usage/history?address={owner}").json()
    assert len(rows) == 31
    assert [row["date"] for row in rows[-3:]] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    assert rows[-2]["dailyUsdSpent"] == pytest.approx(rate * 14_400 / 1e6, abs=0.01)
    assert rows[-1]["totalUsdSpent"] == pytest.approx(rate * 28_800 / 1e6, abs=0.01)
    assert [row["activeDeployments"] for row in rows[-4:]] == [0, 1, 1, 1]
    stats = tenant.http.get(f"/v1/usage/history/stats?address={owner}").json()
    assert (stats["totalDeployments"], stats["totalSpent"]) == (1, pytest.approx(rate * 28_800 / 1e6, abs=0.05))


@pytest.mark.parametrize(
    "query",
    ["startDate=2026-01-02&endDate=2026-01-01", "startDate=2024-01-01&endDate=2026-01-01", "startDate=2026-02-31"],
)
def test_a_wrong_range_is_refused(tenant: Tenant, query: str) -> None:
    address = "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm"
    number, body = status(tenant, "GET", f"/v1/usage/history?address={address}&{query}")
    assert number == 400
    assert body["data"][0]["path"] == []
