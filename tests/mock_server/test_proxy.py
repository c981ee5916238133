"""The provider-proxy over HTTP and the gateways behind it (contract §15, §17, §18)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_server import MOCK_API_KEY, MockConsole
from tests.mock_server.conftest import TWO_GROUPS, Tenant, connect, sdl
from tests.mock_server.gateways import Leased, lease, leased

URL_RULE = "URL must use https protocol and cannot point to IP address"
OTHER = "akash1q7spv2cw06yszgfp4f9ed59lkka6ytn8g4tkjf"


@pytest.fixture
def running(console: MockConsole, tenant: Tenant) -> Leased:
    return lease(console, tenant)


def token_issues(response: Any) -> list[str]:
    assert response.status_code == 400
    (issue,) = response.json()["error"]["issues"]
    assert (issue["code"], issue["message"], issue["path"]) == ("custom", "is not a valid JWT token", ["auth", "token"])
    found: list[str] = issue["params"]["errors"]
    return found


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"method": 1}, ["method"], "Expected 'GET' | 'POST' | 'PUT' | 'DELETE', received number"),
        ({"url": "nowhere"}, ["url"], "Invalid url"),
        ({"url": "https://[::1:8443/"}, ["url"], "Invalid url"),
        ({"url": "http://provider.example/"}, ["url"], URL_RULE),
        ({"url": "https://203.0.113.7:8443/"}, ["url"], URL_RULE),
        ({"url": "https://[::1]:8443/"}, ["url"], URL_RULE),
        ({"url": "https://printer.local:8443/"}, ["url"], URL_RULE),
        ({"url": 1}, ["url"], "Expected string, received number"),
        ({"providerAddress": "akash1nobody"}, ["providerAddress"], "is not bech32 address"),
        ({"timeout": "soon"}, ["timeout"], "Expected number, received string"),
        ({"auth": "me"}, ["auth"], "Expected object, received string"),
        ({"auth": {"type": "basic"}}, ["auth", "type"], "Invalid discriminator value. Expected 'mtls' | 'jwt'"),
        ({"auth": {"type": "jwt"}}, ["auth", "token"], "Required"),
        ({"auth": {"type": "mtls", "certPem": ""}}, ["auth", "keyPem"], "Required"),
    ],
)
def test_a_wrong_request_is_told_in_the_raw_shape_of_the_library(
    tenant: Tenant, change: dict[str, Any], path: list[str], message: str
) -> None:
    good = {"method": "GET", "url": "https://provider.example:8443/status", "providerAddress": OTHER}
    response = tenant.http.post("/", json={**good, **change})

    body = response.json()
    assert response.status_code == 400
    assert (body["success"], body["error"]["name"]) == (False, "ZodError")
    assert [(issue["path"], issue["message"]) for issue in body["error"]["issues"]] == [(path, message)]


def test_no_api_key_is_asked_for_and_a_wrong_one_does_not_matter(running: Leased) -> None:
    auth = running.token()
    sent = {"method": "GET", **running.target(running.lease_path("status"), auth)}

    for key in ("", "wrong"):
        assert running.tenant.http.post("/", json=sent, headers={"x-api-key": key}).status_code == 200


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.W10.x", "é.é.é"])
def test_what_is_no_token_is_an_invalid_token(running: Leased, text: str) -> None:
    response = running.ask("GET", running.lease_path("status"), {"type": "jwt", "token": text})

    assert token_issues(response) == ["Invalid token"]


def test_a_token_runs_out_by_virtual_time(running: Leased) -> None:
    auth = running.token(ttl=30)
    running.console.sleep(29)
    assert running.ask("GET", running.lease_path("status"), auth).status_code == 200

    running.console.sleep(1)
    assert token_issues(running.ask("GET", running.lease_path("status"), auth)) == ["Token has expired"]


def test_a_forged_token_is_refused_by_the_provider(running: Leased) -> None:
    auth = running.token()
    header, payload, signature = auth["token"].split(".")
    forged = {**auth, "token": f"{header}.{payload}.{signature[:-4]}AAAA"}

    response = running.ask("GET", running.lease_path("status"), forged)
    assert (response.status_code, response.json()) == (401, {"message": "JWT is invalid"})


def scoped(*scope: str) -> dict[str, Any]:
    return {"access": "scoped", "scope": list(scope)}


def granular(running: Leased, **entry: Any) -> dict[str, Any]:
    return {"access": "granular", "permissions": [{"provider": running.provider, **entry}]}


def test_a_token_opens_what_it_grants_and_nothing_else(running: Leased) -> None:
    this, other = {"dseq": running.dseq, "scope": ["status"]}, {"dseq": "1", "scope": ["status"]}
    cases: list[tuple[dict[str, Any], int]] = [
        ({"access": "full"}, 200),
        (scoped("status"), 200),
        (scoped("logs", "shell"), 401),
        (granular(running, access="full"), 200),
        (granular(running, access="scoped", scope=["status"]), 200),
        (granular(running, access="scoped", scope=["logs"]), 401),
        (granular(running, access="granular", deployments=[other, this]), 200),
        (granular(running, access="granular", deployments=[{**this, "gseq": 2}]), 401),
        (granular(running, access="granular", deployments=[other]), 401),
        (granular(running, access="granular", deployments=[{**this, "scope": 5}, 7]), 401),
        (granular(running, access="granular", deployments=5), 401),
        ({"access": "granular", "permissions": [{"provider": OTHER, "access": "full"}]}, 401),
    ]
    answers = [running.ask("GET", running.lease_path("status"), running.token(leases)) for leases, _ in cases]

    assert [answer.status_code for answer in answers] == [status for _, status in cases]
    assert answers[2].json() == {"message": "unauthorized access"}


def test_without_credentials_a_lease_is_not_shown(running: Leased) -> None:
    response = running.ask("GET", running.lease_path("status"))

    assert (response.status_code, response.json()) == (401, {"message": "unauthorized access"})


@pytest.mark.parametrize("path", ["/status", "/address"])
def test_what_a_provider_tells_everybody_says_who_it_is(running: Leased, path: str) -> None:
    assert running.ask("GET", path).json()["address"] == running.provider


def test_a_provider_tells_everybody_its_version(running: Leased) -> None:
    assert running.ask("GET", "/version").json()["akash"]["version"].startswith("0.")


def test_a_lease_has_the_status_that_the_api_shows(running: Leased) -> None:
    response = running.ask("GET", running.lease_path("status"), running.token(scoped("status")))

    assert response.json() == running.tenant.get(running.dseq)["leases"][0]["status"]


def test_a_service_has_a_status_of_its_own(running: Leased) -> None:
    auth = running.token()
    status = running.ask("GET", running.lease_path("status"), auth).json()

    assert running.ask("GET", running.lease_path("service/web/status"), auth).json() == status["services"]["web"]
    absent = running.ask("GET", running.lease_path("service/db/status"), auth)
    assert (absent.status_code, absent.text) == (404, "kube: no service for that lease\n")


def test_before_its_manifest_a_lease_has_no_status(console: MockConsole, tenant: Tenant) -> None:
    made = tenant.create(sdl())
    console.sleep(30)
    console.faults.manifest_refused()
    chosen = tenant.cheapest(made["dseq"])
    assert tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], chosen)).status_code == 422
    waiting = leased(console, tenant, made["dseq"])
    auth = waiting.token()

    status = waiting.ask("GET", waiting.lease_path("status"), auth)
    assert (status.status_code, status.content) == (404, b"")
    assert waiting.ask("GET", waiting.lease_path("manifest"), auth).text == "lease not found\n"

    sent = waiting.ask("PUT", f"/deployment/{waiting.dseq}/manifest", auth, body=made["manifest"])
    assert (sent.status_code, sent.content) == (200, b"")
    assert waiting.ask("GET", waiting.lease_path("manifest"), auth).json() == json.loads(made["manifest"])


def test_a_closed_lease_is_not_found(running: Leased) -> None:
    running.tenant.close(running.dseq)

    assert running.ask("GET", running.lease_path("status"), running.token()).status_code == 404


@pytest.mark.parametrize(
    ("dseq", "body", "status", "text"),
    [
        ("{dseq}", "[", 422, "Expecting value"),
        ("{dseq}", "[]", 422, "manifest version validation failed\n"),
        ("1", "[]", 404, "no lease for deployment\n"),
        ("one", "[]", 400, 'strconv.ParseUint: parsing "one": invalid syntax\n'),
        (str(2**64), "[]", 400, f'strconv.ParseUint: parsing "{2**64}": value out of range\n'),
    ],
)
def test_a_manifest_is_refused_in_the_provider_s_own_words(
    running: Leased, dseq: str, body: str, status: int, text: str
) -> None:
    path = f"/deployment/{dseq.format(dseq=running.dseq)}/manifest"
    response = running.ask("PUT", path, running.token(scoped("send-manifest")), body=body)

    assert response.status_code == status
    assert response.text.startswith(text)


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/nowhere", 404, "404 page not found\n"),
        ("DELETE", "/status", 405, ""),
    ],
)
def test_a_gateway_knows_its_paths(running: Leased, method: str, path: str, status: int, body: str) -> None:
    response = running.ask(method, path)

    assert (response.status_code, response.text) == (status, body)


@pytest.mark.parametrize("path", ["logs?follow=false&tail=5", "kubeevents", "shell?cmd0=ls"])
def test_what_only_a_websocket_gets_is_a_bad_request_without_one(running: Leased, path: str) -> None:
    asked = running.ask("GET", running.lease_path(path), running.token())
    anonymous = running.ask("GET", running.lease_path(path))

    assert (asked.status_code, asked.text) == (400, "Bad Request\n")
    assert anonymous.status_code == 401


def test_a_provider_that_cannot_be_reached_is_temporarily_unavailable(running: Leased) -> None:
    path = running.lease_path("status")
    with running.console.faults.during(running.console.faults.provider_down(running.provider)):
        down = running.ask("GET", path, running.token())
    nobody = running.tenant.http.post(
        "/", json={"method": "GET", "url": "https://nobody.example:8443/status", "providerAddress": running.provider}
    )

    assert (down.status_code, down.text) == (503, f"Provider {running.host_uri} is temporarily unavailable")
    assert (nobody.status_code, nobody.text) == (
        503,
        "Provider https://nobody.example:8443 is temporarily unavailable",
    )
    assert running.ask("GET", path, running.token()).status_code == 200


def test_a_server_that_is_not_the_provider_meant_has_the_wrong_certificate(running: Leased) -> None:
    others = [p["owner"] for p in running.tenant.http.get("/v1/providers").json() if p["owner"] != running.provider]
    answers = [
        running.tenant.http.post(
            "/", json={"method": "GET", "url": f"{running.host_uri}/status", "providerAddress": address}
        )
        for address in (others[0], OTHER)
    ]

    assert [(answer.status_code, answer.text) for answer in answers] == [
        (495, "Invalid certificate error: fingerprintMismatch"),
        (495, "Invalid certificate error: unknownCertificate"),
    ]


def test_each_group_is_leased_and_asked_for_by_itself(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.run(console, TWO_GROUPS)
    for entry in tenant.get(dseq)["leases"]:
        identity = entry["id"]
        host_uri = tenant.http.get(f"/v1/providers/{identity['provider']}").json()["hostUri"]
        found = Leased(console, tenant, dseq, identity["provider"], host_uri)
        manifest = found.ask("GET", f"/lease/{dseq}/{identity['gseq']}/1/manifest", found.token()).json()

        assert [group["name"] for group in manifest] == [["east", "west"][identity["gseq"] - 1]]


def test_a_token_leads_to_its_own_tenant_s_world() -> None:
    console = MockConsole(api_keys=(MOCK_API_KEY, "another"))
    for key, name in ((MOCK_API_KEY, "first"), ("another", "second")):
        running = lease(console, connect(console, key), sdl(env=f"[WHO={name}]"))
        manifest = running.ask("GET", running.lease_path("manifest"), running.token()).json()

        assert manifest[0]["services"][0]["env"] == [f"WHO={name}"]


def test_the_call_log_keeps_no_token(running: Leased) -> None:
    auth = running.token()
    running.ask("GET", running.lease_path("status"), auth)

    call = running.console.calls[-1]
    assert (call.operation, call.status) == ("proxyProvider", 200)
    assert auth["token"].encode() not in call.body


def test_the_guide_s_certificate_opens_everything() -> None:
    console = MockConsole(dialect="guide")
    tenant = connect(console)
    running = lease(console, tenant)
    made = tenant.data("POST", "/v1/certificates", {})
    other = tenant.data("POST", "/v1/certificates", {})
    auth = {"type": "mtls", "certPem": made["certPem"], "keyPem": made["encryptedKey"]}

    assert running.ask("GET", running.lease_path("status"), auth).json()["services"]["web"]["available"] == 1
    mixed = running.ask("GET", running.lease_path("status"), {**auth, "keyPem": other["encryptedKey"]})
    assert (mixed.status_code, mixed.json()) == (
        400,
        {"error": {"code": "custom", "issues": [{"path": ["auth", "certPem"], "params": {"reason": "invalid"}}]}},
    )
    broken = running.ask("GET", running.lease_path("status"), {**auth, "certPem": "none"}).json()
    assert broken["error"]["issues"][0]["params"] == {"reason": "invalid"}
    console.sleep(366 * 24 * 3600)
    late = running.ask("GET", running.lease_path("status"), auth).json()
    assert late["error"]["issues"][0]["params"] == {"reason": "expired"}
