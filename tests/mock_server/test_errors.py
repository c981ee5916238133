"""Everything the service can refuse, in its own words (contract §1-3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole
from mock_server.world import lifecycle
from tests.mock_server.conftest import TWO_GROUPS, Tenant, connect, sdl


def many(*, services: int = 1, placements: int = 1, count: int = 1, cpu: str = "0.5") -> str:
    """An SDL of so many services, each with a profile of its own, in each of so many placements."""
    names = [f"s{n}" for n in range(services)]
    places = ["dcloud", *(f"p{n}" for n in range(1, placements))]
    service = {"image": "nginx:1.27", "expose": [{"port": 80, "to": [{"global": True}]}]}
    resources = {"cpu": {"units": cpu}, "memory": {"size": "1Gi"}, "storage": {"size": "1Gi"}}
    return json.dumps(
        {
            "version": "2.0",
            "services": dict.fromkeys(names, service),
            "profiles": {
                "compute": {name: {"resources": resources} for name in names},
                "placement": {p: {"pricing": {n: {"denom": "uact", "amount": 1000} for n in names}} for p in places},
            },
            "deployment": {n: {p: {"profile": n, "count": count} for p in places} for n in names},
        }
    )


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
        pytest.param({"dseq": "1"}, 500, "message index: 0: invalid bid: bid not found", id="unknown deployment"),
        pytest.param({"dseq": 2**64}, 500, "value out of range", id="no deployment can have that number"),
        pytest.param({"gseq": "1"}, 400, "Validation error", id="gseq is a number"),
        pytest.param({"gseq": 1.5}, 500, "invalid bid: bid not found", id="no group has a fraction"),
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


def test_the_chain_says_which_of_several_leases_it_refused(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(TWO_GROUPS)
    console.sleep(30)
    first, second = tenant.cheapest(made["dseq"])
    body = tenant.lease_body(made["manifest"], [first, {**second, "oseq": 2}])
    response = tenant.http.post("/v1/leases", json=body)
    assert (response.status_code, response.json()["message"]) == (
        500,
        "failed to execute message; message index: 1: invalid bid: bid not found",
    )
    assert tenant.get(made["dseq"])["leases"] == []


def test_leases_of_several_deployments_go_in_one_call(console: MockConsole, tenant: Tenant) -> None:
    """Mixed dseqs are not rejected, and the answer is about the first (contract §5)."""
    one, two = tenant.create(sdl()), tenant.create(sdl())
    console.sleep(30)
    chosen = [*tenant.cheapest(one["dseq"]), *tenant.cheapest(two["dseq"])]
    leased = tenant.lease(one["manifest"], chosen)
    assert leased["deployment"]["id"]["dseq"] == one["dseq"]
    running = [tenant.get(made["dseq"])["leases"][0]["status"] is not None for made in (one, two)]
    assert running == [True, True]


# --- what comes first --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        pytest.param({"sdl": sdl(amount=10_000_001)}, 400, "deposit is required", id="deposit before price limit"),
        pytest.param(
            {"sdl": sdl(cpu="500"), "deposit": 101},
            402,
            "Not enough balance to cover the deployment deposit. Add credits or turn on auto recharge to continue.",
            id="balance before chain limits",
        ),
        pytest.param(
            {"sdl": sdl(amount=10_000_001), "deposit": 0.1},
            400,
            "Failed to create deployment: Unit price exceeds the maximum allowed by the network",
            id="price limit before least deposit",
        ),
    ],
)
def test_the_api_checks_before_the_chain_does(tenant: Tenant, asked: dict[str, Any], status: int, message: str) -> None:
    response = tenant.http.post("/v1/deployments", json={"data": asked})
    assert (response.status_code, response.json()["message"]) == (status, message)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(sdl(cpu="385"), "invalid unit CPU (384000 > 385000 > 10 fails)", id="CPU"),
        pytest.param(sdl(cpu="5m"), "invalid unit CPU (384000 > 5 > 10 fails)", id="too little CPU"),
        pytest.param(sdl(memory="3Ti"), "invalid unit memory", id="memory"),
        pytest.param(sdl(gpu="{units: 25, attributes: {vendor: {nvidia: }}}"), "invalid unit GPU", id="GPU"),
        pytest.param(sdl().replace("storage: {size: 512Mi}", "storage: {size: 1Mi}"), "unit storage", id="storage"),
        pytest.param(sdl().replace("count: 1", "count: 51"), "invalid unit count (50 > 51 > 1 fails)", id="replicas"),
        pytest.param(many(services=21), "group dcloud: too many units (21 > 20)", id="units of a group"),
        pytest.param(many(placements=21), "too many groups (21 > 20)", id="groups"),
        pytest.param(many(services=2, count=50, cpu="300"), "group dcloud: invalid total CPU", id="sum of a group"),
    ],
)
def test_what_is_beyond_the_chains_limits_gets_the_chains_words(tenant: Tenant, text: str, problem: str) -> None:
    """They are not translated by the API, hence 500 (contract §3, §11.7)."""
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": text, "deposit": 5}})
    assert (response.status_code, response.json()["code"]) == (500, "unknown_error")
    assert problem in response.json()["message"]
    assert tenant.balances()["balance"] == 100_000_000


def test_a_wallet_that_is_being_set_up_is_told_before_the_deployment_is_looked_for(
    console: MockConsole, tenant: Tenant
) -> None:
    console.faults.wallet_provisioning()
    body = {"data": {"dseq": "1", "deposit": 1}}
    answers = [tenant.http.post("/v1/deposit-deployment", json=body).status_code for _ in range(2)]
    assert answers == [409, 404]


def test_one_deposit_is_checked_once(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    console.faults.insufficient_balance()
    body = {"data": {"dseq": dseq, "deposit": 1}}
    answers = [tenant.http.post("/v1/deposit-deployment", json=body).status_code for _ in range(2)]
    assert answers == [402, 200]
    rule = console.faults.wallet_provisioning(times=2)
    tenant.http.post("/v1/deposit-deployment", json=body)
    assert rule.struck == 1


@pytest.mark.parametrize("dseq", [str(2**64), "9" * 5000, "0x" + "f" * 5000], ids=["2^64", "5000 digits", "hex"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/deployments/{}", None),
        ("DELETE", "/v1/deployments/{}", None),
        ("PUT", "/v1/deployments/{}", {"data": {"sdl": sdl()}}),
        ("GET", "/v1/bids/{}", None),
    ],
    ids=["get", "close", "update", "bids"],
)
def test_a_number_beyond_the_chains_gets_the_chains_words(
    tenant: Tenant, method: str, path: str, body: Any, dseq: str
) -> None:
    response = tenant.http.request(method, path.format(dseq), json=body)
    assert (response.status_code, response.json()["code"]) == (500, "unknown_error")
    assert "value out of range" in response.json()["message"]


@pytest.mark.parametrize(
    "body",
    [json.dumps({"data": {"sdl": sdl(), "deposit": 5}}).encode("utf-16"), b"[" * 100_000],
    ids=["UTF-16", "very deep"],
)
def test_what_is_no_json_in_utf8_is_malformed(tenant: Tenant, body: bytes) -> None:
    response = tenant.http.post("/v1/deployments", content=body, headers=JSON)
    assert (response.status_code, response.json()["message"]) == (400, "Malformed JSON in request body")


def test_half_a_surrogate_pair_becomes_the_replacement_character(tenant: Tenant) -> None:
    body = rb'{"data":{"name":"a\ud800b \ud83d\ude00"}}'
    made = tenant.http.post("/v1/api-keys", content=body, headers=JSON)
    assert (made.status_code, made.json()["data"]["name"]) == (201, "a\ufffdb \U0001f600")


def test_half_a_surrogate_pair_in_a_manifest_is_just_another_manifest(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    sent = json.dumps(tenant.lease_body('"\ud800"', tenant.cheapest(made["dseq"]))).encode()
    response = tenant.http.post("/v1/leases", content=sent, headers=JSON)
    assert (response.status_code, response.json()["message"]) == (422, "manifest version validation failed\n")


@pytest.mark.parametrize(
    ("limit", "status"),
    [("inf", 400), ("nan", 400), ("1_0", 400), ("Infinity", 200), ("0x10", 200), ("1.5", 200), ("", 400)],
)
def test_query_numbers_are_javascripts(tenant: Tenant, limit: str, status: int) -> None:
    tenant.create(sdl())
    response = tenant.http.get(f"/v1/deployments?limit={limit}")
    assert response.status_code == status
    assert status == 400 or len(response.json()["data"]["deployments"]) == 1


@pytest.mark.parametrize(
    ("page", "status"), [("0/inf", 400), ("0/Infinity", 400), ("0/0x10", 200), ("Infinity/1", 200), ("1_0/1", 400)]
)
def test_path_numbers_are_javascripts(tenant: Tenant, page: str, status: int) -> None:
    for path in (
        f"/v1/addresses/{STRANGER}/deployments/{page}?status=active",
        f"/v1/providers/{STRANGER}/deployments/{page}",
    ):
        assert tenant.http.get(path).status_code == status


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/create-jwt-token", b'{"data":{"ttl":1e400,"leases":{"access":"full"}}}', 400),
        ("/v1/wallet-settings", b'{"data":{"autoReloadEnabled":true,"autoReloadAmount":1e400}}', 400),
        ("/v1/deposit-deployment", b'{"data":{"dseq":1e400,"deposit":1}}', 400),
        ("/v1/deposit-deployment", b'{"data":{"dseq":1,"deposit":1e400}}', 500),
    ],
    ids=["whole number", "bounded", "dseq", "money"],
)
def test_a_number_beyond_a_double_is_infinity(
    tenant: Tenant, caplog: pytest.LogCaptureFixture, path: str, body: bytes, status: int
) -> None:
    assert tenant.http.post(path, content=body, headers=JSON).status_code == status
    assert caplog.records == [], "the mock foresaw it"


def test_infinity_is_sent_as_null(tenant: Tenant) -> None:
    body = tenant.http.post("/v1/pricing", content=b'{"cpu":1e400,"memory":0,"storage":0}', headers=JSON).json()
    assert (body["spec"]["cpu"], body["akash"]) == (None, None)


@pytest.mark.parametrize("kind", ["NOPE", None, 7, True, []], ids=repr)
def test_an_unknown_kind_of_endpoint_is_refused(tenant: Tenant, kind: Any) -> None:
    assert screened(tenant, [{"kind": kind}]).status_code == 400


@pytest.mark.parametrize("kind", ["RANDOM_PORT", 1])
def test_a_kind_of_endpoint_is_a_name_or_its_number(tenant: Tenant, kind: Any) -> None:
    assert screened(tenant, [{"kind": kind}]).json()["providers"]


def screened(tenant: Tenant, endpoints: list[Any]) -> httpx.Response:
    resource = {
        "id": 1,
        "cpu": {"units": {"val": "500"}},
        "memory": {"quantity": {"val": "536870912"}},
        "gpu": {"units": {"val": "0"}},
        "storage": [],
        "endpoints": endpoints,
    }
    unit = {"resource": resource, "count": 1, "price": {"denom": "uact", "amount": "1000"}}
    return tenant.http.post("/v1/bid-screening", json={"resources": [unit], "timezone": "UTC"})


def test_a_redirect_keeps_the_query_as_it_was_sent(tenant: Tenant) -> None:
    response = tenant.http.get("/v1/templates-list.json?a=%20b&c=d%26e&a=2")
    assert response.headers["location"] == "/v1/templates-list?a=%20b&c=d%26e&a=2"


def _refused(http: httpx.Client) -> dict[str, httpx.Response]:
    console_key = {"x-api-key": MOCK_API_KEY}
    return {
        "wrong key": http.get("/v1/balances", headers={"x-api-key": "wrong"}),
        "both credentials": http.get("/v1/balances", headers={**console_key, "authorization": "Bearer x"}),
        "anonymous": http.get("/v1/balances"),
        "unknown path": http.get("/nowhere"),
        "invalid": http.get("/v1/deployments/abc", headers=console_key),
    }


def test_every_answer_is_dated_and_marked_as_a_mocks(
    console: MockConsole, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    console.sleep(90)
    answers = _refused(http)
    console.faults.status(503)
    answers["fault"] = http.get("/v1/providers")
    monkeypatch.setattr(lifecycle, "advance", _broken)
    answers["unforeseen"] = http.get("/v1/providers")
    assert answers["unforeseen"].status_code == 500
    stamps = {name: (r.headers.get("x-akash-mock"), r.headers.get("date")) for name, r in answers.items()}
    assert set(stamps.values()) == {("1", "Mon, 05 Jan 2026 12:01:30 GMT")}, stamps


def _broken(*_: object) -> None:
    raise RuntimeError("a mistake in the mock")


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


def test_what_a_guide_lease_lacks_is_reported_together(guide: tuple[MockConsole, Tenant]) -> None:
    body = guide[1].http.post("/v1/leases", json={}).json()
    assert [(entry["path"], entry["message"]) for entry in body["data"]] == [
        (["manifest"], "Required"),
        (["certificate"], "Required"),
        (["leases"], "Required"),
    ]


def test_a_guide_certificate_is_looked_at_after_the_caller(guide: tuple[MockConsole, Tenant]) -> None:
    body = {"manifest": "[]", "leases": [], "certificate": {"certPem": "x", "keyPem": "y"}}
    with httpx.Client(transport=guide[0].transport(), base_url="http://mock") as anonymous:
        assert anonymous.post("/v1/leases", json=body).status_code == 401


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


@pytest.mark.parametrize(
    "settings",
    [{"dialect": "old"}, {"fleet": "big"}, {"api_keys": ()}, {"api_keys": ("a", "")}, {"balance_usd": -5}],
    ids=str,
)
def test_a_mock_that_cannot_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"There is no|needs at least one|cannot start with"):
        MockConsole(**settings)
