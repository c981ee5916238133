"""One good request for every route, to be sent in the world that `scene` makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx

from mock_server.routes.table import Route
from tests.contract.scene import Scene, two_ports
from tests.mock_server.conftest import sdl
from tests.mock_server.protos import Signer, deposit

_GROUP = {
    "resources": [
        {
            "resource": {
                "id": 1,
                "cpu": {"units": {"val": "500"}},
                "memory": {"quantity": {"val": "536870912"}},
                "gpu": {"units": {"val": "0"}},
                "storage": [{"name": "default", "quantity": {"val": "NTM2ODcwOTEy"}}],
                "endpoints": [{"kind": 0, "sequenceNumber": 0}],
            },
            "count": 1,
            "price": {"denom": "uact", "amount": "1000"},
        }
    ],
    "requirements": {"signedBy": {"allOf": [], "anyOf": []}, "attributes": []},
    "timezone": "Europe/Berlin",
}
_QUERIES = {
    "getBalances": "address={owner}",
    "getChainDeployment": "id.owner={owner}&id.dseq={dseq}",
    "getUsageHistory": "address={owner}",
    "getUsageStats": "address={owner}",
    "listAddressDeployments": "status=active",
    "listBids": "dseq={dseq}",
    "listGpuPrices": "debug=true",
    "listWallets": "userId={userId}",
}
_BODIES: dict[str, Any] = {
    "createApiKey": {"data": {"name": "other", "expiresAt": "2027-01-01T00:00:00Z"}},
    "createDeployment": {"data": {"sdl": sdl(), "deposit": 5}},
    "createDeploymentSettings": {"data": {"dseq": "5", "autoTopUpEnabled": True}},
    "createDeploymentSettingsV1": {"data": {"dseq": "4", "userId": "{userId}"}},
    "createJwtToken": {"data": {"ttl": 1800, "leases": {"access": "scoped", "scope": ["status", "logs"]}}},
    "createWalletSettings": {"data": {"autoReloadEnabled": True, "autoReloadMode": "threshold"}},
    "depositDeployment": {"data": {"dseq": "{dseq}", "deposit": 1}},
    "getPricing": [{"cpu": 1000, "memory": 1_000_000_000, "storage": 2_000_000_000}],
    "screenProviders": _GROUP,
    "updateApiKey": {"data": {"name": "renamed"}},
    "updateDeployment": {"data": {"sdl": two_ports()}},
    "updateDeploymentSettings": {"data": {"autoTopUpEnabled": False}},
    "updateDeploymentSettingsV1": {"data": {"autoTopUpEnabled": True}},
    "updateWalletSettings": {"data": {"autoReloadEnabled": False}},
}
_NAMES = {
    "getProvider": {"address": "{provider}"},
    "getTemplate": {"id": "mock-hello-web"},
}


@dataclass(frozen=True)
class Sample:
    """A request: path parameters, query parameters and the JSON body (None: without)."""

    route: Route
    path: dict[str, str]
    query: dict[str, str]
    body: Any

    def send(self, http: httpx.Client, **changes: Any) -> httpx.Response:
        """Send it, with another `query` or `body` where that is asked for."""
        query, body = changes.get("query", self.query), changes.get("body", self.body)
        options = {} if body is None else {"json": body}
        return http.request(self.route.method, self.route.path.format(**self.path), params=query, **options)


def sample(route: Route, scene: Scene) -> Sample:
    """The good request of a route; a lease gets a new deployment to be made for."""
    names = {**scene.names, **_filled(_NAMES.get(route.name, {}), scene.names)}
    query = dict(parse_qsl(_filled(_QUERIES.get(route.name, ""), names)))
    path = {name: names[name] for name in route.parameters}
    made = {"createLease": _lease_body, "signTransaction": _transaction}.get(route.name)
    body = made(scene) if made else _filled(_BODIES.get(route.name), names)
    return Sample(route, path, query, body)


def _lease_body(scene: Scene) -> Any:
    made = scene.tenant.create(sdl())
    scene.console.sleep(30)
    return scene.tenant.lease_body(made["manifest"], scene.tenant.cheapest(made["dseq"]))


def _transaction(scene: Scene) -> Any:
    messages = [Signer(scene.names["owner"]).pay(int(scene.names["dseq"]), deposit(1))]
    return {"data": {"userId": scene.names["userId"], "messages": messages}}


def _filled(value: Any, names: dict[str, str]) -> Any:
    """`{dseq}` and the like replaced, wherever they are, but not in an SDL."""
    if isinstance(value, dict):
        return {key: _filled(entry, names) for key, entry in value.items()}
    if isinstance(value, list):
        return [_filled(entry, names) for entry in value]
    if isinstance(value, str) and "\n" not in value:
        return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], value)
    return value
