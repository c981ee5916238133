"""Every answer fits the published schema, and every path is either served or listed as missing."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest

from mock_server import MockConsole
from mock_server.routes import ROUTES
from tests.mock_server.conftest import Tenant, connect, sdl

#: Places where the contract says the real service departs from its own schema; each is cut out before checking.
_KNOWN = {
    # A service without HTTP ingress has no URIs, and a status is null before the manifest (contract §18).
    "uris": {"nullable": True},
    "status": {"nullable": True},
    # Null, not {}, when there are none (contract §18).
    "forwarded_ports": {"nullable": True},
    "ips": {"nullable": True},
    # "never up" is null (contract §6).
    "uptime1d": {"nullable": True},
    "uptime7d": {"nullable": True},
    "uptime30d": {"nullable": True},
    # Text such as "100.00" (contract §6).
    "gpuUtilization": {"type": "string"},
}


def to_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, the broken `^d+$` patterns go (contract §1)."""
    if isinstance(node, list):
        return [to_json_schema(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    made = {key: to_json_schema(value) for key, value in node.items() if key not in ("nullable", "pattern", "example")}
    for name, change in _KNOWN.items():
        known = made.get("properties", {}).get(name)
        if isinstance(known, dict) and not (name == "status" and "properties" not in known):
            made["properties"][name] = to_json_schema({**known, **change})
    if made.pop("exclusiveMinimum", None) is True:
        made["exclusiveMinimum"] = made.pop("minimum")
    if node.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]} if made else {}
    return made


def published(openapi: Any, method: str, path: str) -> Any:
    """The operation that the schema publishes for a path of ours; None when it does not."""
    shape = re.sub(r"\{\w+\??\}", "{}", path)
    for candidate, operations in openapi["paths"].items():
        if re.sub(r"\{\w+\??\}", "{}", candidate) == shape and method.lower() in operations:
            return operations[method.lower()]
    return None


@pytest.fixture(scope="module")
def scene() -> tuple[MockConsole, Tenant, dict[str, str]]:
    """A world in which every path has something to show."""
    console = MockConsole()
    tenant = connect(console)
    dseq = tenant.run(console, sdl(expose="{port: 80, to: [{global: true}]}, {port: 22, to: [{global: true}]}"))
    tenant.create(sdl())
    console.sleep(60)
    key = tenant.data("POST", "/v1/api-keys", {"data": {"name": "made"}})
    tenant.data("POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True}})
    found = tenant.get(dseq)
    user = tenant.data("GET", "/v1/user/me")["id"]
    provider = found["leases"][0]["id"]["provider"]
    owner = found["deployment"]["id"]["owner"]
    names = {"dseq": dseq, "owner": owner, "address": owner, "provider": provider, "providerAddress": provider}
    return console, tenant, {**names, "userId": user, "id": key["id"], "skip": "0", "limit": "10", "coin": "akt"}


_GROUP = {
    "resources": [
        {
            "resource": {
                "id": 1,
                "cpu": {"units": {"val": "500"}},
                "memory": {"quantity": {"val": "536870912"}},
                "gpu": {"units": {"val": "0"}},
                "storage": [{"name": "default", "quantity": {"val": "NTM2ODcwOTEy"}}],
            },
            "count": 1,
            "price": {"denom": "uact", "amount": "1000"},
        }
    ],
    "timezone": "Europe/Berlin",
}
_QUERIES = {
    "listBids": "?dseq={dseq}",
    "listWallets": "?userId={userId}",
    "getUsageHistory": "?address={owner}",
    "getUsageStats": "?address={owner}",
    "listAddressDeployments": "?status=active",
    "listGpuPrices": "?debug=true",
}
_BODIES: dict[str, Any] = {
    "createDeployment": {"data": {"sdl": sdl(), "deposit": 5}},
    "updateDeployment": {
        "data": {"sdl": sdl(expose="{port: 80, to: [{global: true}]}, {port: 22, to: [{global: true}]}")}
    },
    "depositDeployment": {"data": {"dseq": "{dseq}", "deposit": 1}},
    "screenProviders": _GROUP,
    "createWalletSettings": {"data": {"autoReloadEnabled": True, "autoReloadMode": "threshold"}},
    "updateWalletSettings": {"data": {"autoReloadEnabled": False}},
    "updateDeploymentSettingsV1": {"data": {"autoTopUpEnabled": True}},
    "updateDeploymentSettings": {"data": {"autoTopUpEnabled": False}},
    "createDeploymentSettingsV1": {"data": {"dseq": "4", "userId": "{userId}"}},
    "createDeploymentSettings": {"data": {"dseq": "5", "autoTopUpEnabled": True}},
    "createApiKey": {"data": {"name": "other", "expiresAt": "2027-01-01T00:00:00Z"}},
    "updateApiKey": {"data": {"name": "renamed"}},
    "createJwtToken": {"data": {"ttl": 1800, "leases": {"access": "scoped", "scope": ["status", "logs"]}}},
    "getPricing": [{"cpu": 1000, "memory": 1_000_000_000, "storage": 2_000_000_000}],
}
#: Tried last, since they take away what others show.
_DESTRUCTIVE = ("closeDeployment", "deleteApiKey", "deleteWalletSettings")


def filled(value: Any, names: dict[str, str]) -> Any:
    """`{dseq}` and the like replaced, wherever they are."""
    if isinstance(value, dict):
        return {key: filled(entry, names) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, names) for entry in value]
    if isinstance(value, str) and "\n" not in value:
        return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], value)
    return value


_TRIED = sorted((r for r in ROUTES if r.dialect != "guide"), key=lambda route: route.name in _DESTRUCTIVE)


@pytest.mark.parametrize("route", _TRIED, ids=lambda route: route.name)
def test_an_answer_fits_the_published_schema(
    route: Any, scene: tuple[MockConsole, Tenant, dict[str, str]], openapi: Any
) -> None:
    _, tenant, names = scene
    operation = published(openapi, route.method, route.path)
    if route.name.startswith(("getTemplate", "redirectTemplate")):
        names = {**names, "id": "mock-hello-web"}
    if route.name == "getProvider":
        names = {**names, "address": names["provider"]}
    body = _BODIES.get(route.name)
    if route.name == "createLease":
        made = tenant.create(sdl())
        scene[0].sleep(30)
        body = tenant.lease_body(made["manifest"], tenant.cheapest(made["dseq"]))
    path = filled(route.path, names) + filled(_QUERIES.get(route.name, ""), names)
    response = tenant.http.request(route.method, path, json=filled(body, names) if body is not None else None)
    if operation is None:
        assert response.status_code in (200, 302), f"{path}: {response.status_code} {response.text}"
        return
    answers = operation["responses"]
    assert str(response.status_code) in answers, f"{path}: {response.status_code} {response.text}"
    assert response.status_code == min(int(code) for code in answers), response.text
    schema = answers[str(response.status_code)].get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        jsonschema.validate(response.json(), to_json_schema(schema))
    else:
        assert response.content == b""


def test_every_published_path_is_served(openapi: Any) -> None:
    ours = {(r.method, re.sub(r"\{\w+\??\}", "{}", r.path)) for r in ROUTES}
    missing = {
        f"{method.upper()} {path}"
        for path, operations in openapi["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "patch", "delete")
        and (method.upper(), re.sub(r"\{\w+\??\}", "{}", path)) not in ours
    }
    assert missing == set()


def test_operation_names_are_those_of_the_schema(openapi: Any) -> None:
    for route in ROUTES:
        operation = published(openapi, route.method, route.path)
        if operation and operation.get("operationId"):
            assert operation["operationId"] == route.name


def test_no_two_routes_share_a_name_or_a_path() -> None:
    assert len({r.name for r in ROUTES}) == len({(r.method, r.path) for r in ROUTES}) == len(ROUTES)
