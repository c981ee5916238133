"""Everything the service can refuse, in its own words (contract §1-3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole
from tests.mock_server.conftest import Tenant, connect, sdl

STRANGER = "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm"
JSON = {"content-type": "application/json"}
NOT_FOUND = {
    "error": "NotFoundError",
    "message": "Deployment not found",
    "code": "not_found",
    "type": "client_error",
}


@pytest.fixture
def http(console: MockConsole) -> Iterator[httpx.Client]:
    with httpx.Client(transport=console.transport(), base_url="http://mock") as client:
        yield client


def error(name: str, message: str, code: str, kind: str = "client_error") -> dict[str, str]:
    return {"error": name, "message": message, "code": code, "type": kind}


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        pytest.param({}, 401, error("UnauthorizedError", "Unauthorized", "unauthorized"), id="anonymous"),
        pytest.param(
            {"x-api-key": "ac.sk.mock.wrong"},
            401,
            error("UnauthorizedError", "Invalid API key", "unauthorized"),
            id="wrong key",
        ),
        pytest.param(
            {"authorization": f"Bearer {MOCK_API_KEY}"},
            401,
            error("UnauthorizedError", "Unauthorized", "unauthorized"),
            id="a key is no bearer token",
        ),
        pytest.param(
            {"x-api-key": MOCK_API_KEY, "authorization": "Bearer x"},
            400,
            error(
                "BadRequestError",
                "Authorization and X-Api-Key headers are mutually exclusive",
                "bad_request",
            ),
            id="both",
        ),
    ],
)
def test_credentials_are_checked(http: httpx.Client, headers: dict[str, str], status: int, body: Any) -> None:
    response = http.get("/v1/deployments", headers=headers)
    assert (response.status_code, response.json()) == (status, body)
    assert response.headers["content-type"] == "application/json; charset=UTF-8"


def test_a_wrong_key_breaks_public_paths_too(http: httpx.Client) -> None:
    assert http.get("/v1/providers").status_code == 200
    assert http.get("/v1/providers", headers={"x-api-key": "nonsense"}).status_code == 401


def test_validation_comes_before_authentication(http: httpx.Client) -> None:
    """So an anonymous request with a wrong body gets 400 and not 401 (contract §1)."""
    assert http.post("/v1/deployments", json={}).status_code == 400
    assert http.post("/v1/deployments", json={"data": {"sdl": ""}}).status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "answer"),
    [
        pytest.param(
            "/v1/deployments", b"{}", {}, 400, {"error": "Content-Type header is required"}, id="no content type"
        ),
        pytest.param(
            "/v1/deployments",
            b"{}",
            {"content-type": "Application/JSON"},
            400,
            {"error": "Unsupported Content-Type"},
            id="content type is case-sensitive",
        ),
        pytest.param(
            "/v1/deployments",
            b"{",
            JSON,
            400,
            error("Error", "Malformed JSON in request body", "bad_request"),
            id="malformed JSON",
        ),
        pytest.param(
            "/v1/deployments",
            b"",
            JSON,
            400,
            error("Error", "Malformed JSON in request body", "bad_request"),
            id="empty body",
        ),
        pytest.param(
            "/v1/deployments", b" " * (512 * 1024 + 1), JSON, 413, error("Error", "", "unknown_error"), id="too large"
        ),
        pytest.param("/v1/pricing", b" " * 513, JSON, 413, error("Error", "", "unknown_error"), id="pricing is small"),
    ],
)
def test_bodies_are_checked(
    http: httpx.Client, path: str, body: bytes, headers: dict[str, str], status: int, answer: Any
) -> None:
    response = http.post(path, content=body, headers=headers)
    assert (response.status_code, response.json()) == (status, answer)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/nothing"), ("PATCH", "/v1/deployments"), ("GET", "/")])
def test_an_unknown_path_or_method_is_plain_text(http: httpx.Client, method: str, path: str) -> None:
    response = http.request(method, path)
    assert (response.status_code, response.text) == (404, "404 Not Found")
    assert response.headers["content-type"].startswith("text/plain")


def test_the_live_service_has_no_certificates(http: httpx.Client) -> None:
    response = http.post("/v1/certificates")
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert "has been removed" in response.json()["error"]


def test_the_live_service_wants_the_envelope(tenant: Tenant) -> None:
    body = tenant.http.post("/v1/deployments", json={"sdl": sdl(), "deposit": 5}).json()
    assert body["code"] == "validation_error"
    assert [(entry["path"], entry["message"]) for entry in body["data"]] == [(["data"], "Required")]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        pytest.param({"sdl": sdl()}, 400, "deposit is required", id="no deposit"),
        pytest.param(
            {"sdl": sdl(), "deposit": 0.4}, 400, "Failed to create deployment: Deposit too low", id="deposit too low"
        ),
        pytest.param(
            {"sdl": sdl(), "deposit": 101},
            402,
            "Not enough balance to cover the deployment deposit. Add credits or turn on auto recharge to continue.",
            id="more than the wallet holds",
        ),
        pytest.param(
            {"sdl": sdl(amount=10_000_001), "deposit": 5},
            400,
            "Failed to create deployment: Unit price exceeds the maximum allowed by the network",
            id="price over the limit",
        ),
        pytest.param(
            {"sdl": sdl().replace("image: nginx:1.27", ""), "deposit": 5},
            400,
            'Invalid SDL: Missing required field: "image" at "/services/web".',
            id="wrong SDL",
        ),
        pytest.param({"sdl": "", "deposit": 5}, 400, 'Invalid SDL: "" should be object.', id="empty SDL"),
        pytest.param({"sdl": "[", "deposit": 5}, 400, None, id="no YAML"),
        pytest.param({"sdl": sdl(memory=".Gi"), "deposit": 5}, 500, "Internal server error", id="a size that is NaN"),
    ],
)
def test_a_create_is_refused_and_costs_nothing(
    tenant: Tenant, body: dict[str, Any], status: int, message: str | None
) -> None:
    response = tenant.http.post("/v1/deployments", json={"data": body})
    assert response.status_code == status
    assert message is None or response.json()["message"] == message
    assert tenant.balances() == {"balance": 100_000_000, "deployments": 0, "total": 100_000_000}
    assert tenant.data("GET", "/v1/deployments")["deployments"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/deployments/1", None),
        ("DELETE", "/v1/deployments/1", None),
        ("PUT", "/v1/deployments/1", {"data": {"sdl": sdl()}}),
        ("POST", "/v1/deposit-deployment", {"data": {"dseq": "1", "deposit": 1}}),
    ],
    ids=["get", "close", "update", "deposit"],
)
def test_an_unknown_deployment_is_not_found(tenant: Tenant, method: str, path: str, body: Any) -> None:
    response = tenant.http.request(method, path, json=body)
    assert (response.status_code, response.json()) == (404, NOT_FOUND)


def test_bids_of_an_unknown_deployment_are_none(tenant: Tenant) -> None:
    assert tenant.bids("1") == []


def test_a_closed_deployment_takes_no_money_and_no_update(tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    tenant.close(dseq)
    for method, path, body in (
        ("POST", "/v1/deposit-deployment", {"data": {"dseq": dseq, "deposit": 1}}),
        ("PUT", f"/v1/deployments/{dseq}", {"data": {"sdl": sdl()}}),
    ):
        response = tenant.http.request(method, path, json=body)
        assert (response.status_code, response.json()["message"]) == (400, "Deployment closed")


@pytest.mark.parametrize(("usd", "status"), [(0, 500), (1000, 402)], ids=["nothing", "more than the wallet holds"])
def test_a_deposit_is_refused(tenant: Tenant, usd: float, status: int) -> None:
    dseq = tenant.create(sdl())["dseq"]
    response = tenant.http.post("/v1/deposit-deployment", json={"data": {"dseq": dseq, "deposit": usd}})
    assert response.status_code == status
    assert tenant.balances()["deployments"] == 5_000_000


def test_the_smallest_deposit_is_one_micro_unit(tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    tenant.deposit(dseq, 0.000001)
    assert tenant.balances()["deployments"] == 5_000_001


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        pytest.param({"provider": STRANGER}, 404, f"Provider {STRANGER} not found", id="unknown provider"),
        pytest.param({"oseq": 2}, 500, "invalid bid: bid not found", id="unknown order"),
        pytest.param({"dseq": "1"}, 404, "Deployment not found", id="unknown deployment"),
        pytest.param({"gseq": "1"}, 400, "Validation error", id="gseq is a number"),
    ],
)
def test_a_lease_is_refused(
    console: MockConsole, tenant: Tenant, change: dict[str, Any], status: int, message: str
) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    (chosen,) = tenant.cheapest(made["dseq"])
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], [{**chosen, **change}]))
    assert response.status_code == status
    assert message in response.json()["message"]
    assert tenant.get(made["dseq"])["leases"] == []


def test_no_lease_at_all_is_the_services_own_mistake(tenant: Tenant) -> None:
    response = tenant.http.post("/v1/leases", json={"manifest": "[]", "leases": []})
    assert (response.status_code, response.json()) == (
        500,
        error("InternalServerError", "Internal server error", "internal_server_error", "server_error"),
    )


def test_an_unaudited_provider_is_not_authorised(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    (chosen,) = tenant.cheapest(made["dseq"])
    unaudited = next(p["owner"] for p in tenant.http.get("/v1/providers").json() if not p["isAudited"])
    body = tenant.lease_body(made["manifest"], [{**chosen, "provider": unaudited}])
    response = tenant.http.post("/v1/leases", json=body)
    assert (response.status_code, response.json()["message"]) == (403, "Provider not authorized.")


def test_an_order_cannot_be_matched_twice(console: MockConsole, tenant: Tenant) -> None:
    """Two bids on one order in one call: the second is lost by then, and nothing happens at all."""
    made = tenant.create(sdl())
    console.sleep(30)
    ids = [e["bid"]["id"] for e in tenant.bids(made["dseq"])[:2]]
    chosen = [{name: found[name] for name in ("dseq", "gseq", "oseq", "provider")} for found in ids]
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], chosen))
    assert response.status_code == 400
    assert "no longer open" in response.json()["message"]
    assert tenant.get(made["dseq"])["leases"] == []


# --- the guide ---------------------------------------------------------------------------------------------------


@pytest.fixture
def guide() -> Iterator[tuple[MockConsole, Tenant]]:
    console = MockConsole(dialect="guide")
    tenant = connect(console)
    yield console, tenant
    tenant.http.close()


def test_the_guide_takes_bare_and_enveloped_bodies(guide: tuple[MockConsole, Tenant]) -> None:
    _, tenant = guide
    body = {"sdl": sdl(), "deposit": 5}
    assert tenant.http.post("/v1/deployments", json=body).status_code == 201
    assert tenant.http.post("/v1/deployments", json={"data": body}).status_code == 201


def test_the_guide_asks_for_five_dollars(guide: tuple[MockConsole, Tenant]) -> None:
    response = guide[1].http.post("/v1/deployments", json={"sdl": sdl(), "deposit": 4.99})
    assert (response.status_code, response.json()["message"]) == (400, "Deposit must be at least 5 USD")


def _pairs(tenant: Tenant) -> list[dict[str, str]]:
    return [tenant.data("POST", "/v1/certificates", {}) for _ in range(2)]


def test_a_guide_certificate_is_a_pair_of_pem_texts(guide: tuple[MockConsole, Tenant]) -> None:
    first, second = _pairs(guide[1])
    assert first["certPem"].startswith("-----BEGIN CERTIFICATE-----\r\n")
    assert first["pubkeyPem"].startswith("-----BEGIN EC PUBLIC KEY-----\r\n")
    assert first["encryptedKey"].startswith("-----BEGIN PRIVATE KEY-----\r\n")
    assert first != second


def test_a_guide_lease_without_certificate_names_the_missing_path(guide: tuple[MockConsole, Tenant]) -> None:
    body = guide[1].http.post("/v1/leases", json={"manifest": "[]", "leases": []}).json()
    assert (body["code"], body["data"][0]["path"], body["data"][0]["message"]) == (
        "validation_error",
        ["certificate"],
        "Required",
    )


def test_halves_of_different_pairs_are_refused(guide: tuple[MockConsole, Tenant]) -> None:
    first, second = _pairs(guide[1])
    mixed = {"certPem": first["certPem"], "keyPem": second["encryptedKey"]}
    response = guide[1].http.post("/v1/leases", json={"manifest": "[]", "leases": [], "certificate": mixed})
    assert response.status_code == 400
    assert "do not belong together" in response.json()["data"][0]["message"]


@pytest.mark.parametrize(
    ("pair", "problem"),
    [
        ({"certPem": "", "keyPem": ""}, "must include both certPem and keyPem"),
        ({"certPem": "x", "keyPem": "y"}, "cannot be read"),
    ],
    ids=["empty", "unreadable"],
)
def test_a_useless_pair_is_refused(guide: tuple[MockConsole, Tenant], pair: dict[str, str], problem: str) -> None:
    response = guide[1].http.post("/v1/leases", json={"manifest": "[]", "leases": [], "certificate": pair})
    assert response.status_code == 400
    assert problem in response.json()["data"][0]["message"]


def test_a_pair_of_another_service_is_refused(guide: tuple[MockConsole, Tenant]) -> None:
    other = connect(MockConsole(dialect="guide", seed=8)).data("POST", "/v1/certificates", {})
    pair = {"certPem": other["certPem"], "keyPem": other["encryptedKey"]}
    response = guide[1].http.post("/v1/leases", json={"manifest": "[]", "leases": [], "certificate": pair})
    assert "not known to this service" in response.json()["data"][0]["message"]


def test_the_live_service_ignores_a_certificate(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    body = {**tenant.lease_body(made["manifest"], tenant.cheapest(made["dseq"])), "certificate": "anything"}
    assert tenant.http.post("/v1/leases", json=body).status_code == 200


def test_only_the_guide_has_its_deposit_path(console: MockConsole, tenant: Tenant) -> None:
    response = tenant.http.post("/v1/deployments/deposit/1", json={"amount": 5})
    assert (response.status_code, response.text) == (404, "404 Not Found")


@pytest.mark.parametrize("settings", [{"dialect": "old"}, {"fleet": "big"}, {"api_keys": ()}], ids=str)
def test_a_mock_that_cannot_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"There is no|needs at least one"):
        MockConsole(**settings)
