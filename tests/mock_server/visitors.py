"""Somebody who knows every endpoint, and something plausible to ask of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

from mock_server import MOCK_API_KEY, MockConsole
from mock_server.routes import Route
from tests.mock_server.conftest import connect, sdl
from tests.mock_server.protos import Signer, deposit

STRANGER = "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm"
NO_ID = "00000000-0000-4000-8000-000000000000"
GPU = "{units: 1, attributes: {vendor: {nvidia: }}}"
Pick = Callable[[list[Any]], Any]


class Visitor:
    """A tenant who remembers what it made, the newest first, and names it in later requests.

    `pick` chooses among what can be named.
    """

    def __init__(self, console: MockConsole, pick: Pick) -> None:
        self.console, self.pick = console, pick
        self.http = httpx.Client(transport=console.transport(), base_url="http://mock")
        self.tenant = connect(console)
        with console.world() as world:
            self.owner, self.user = world.wallet.address, world.user_id
        self.sign = Signer(self.owner)
        self.hosts = {p["owner"]: p["hostUri"] for p in self.http.get("/v1/providers").json()}
        self.providers = list(self.hosts)
        self.keys, self.key_ids, self.tokens = [MOCK_API_KEY], [NO_ID], ["x"]
        self.pairs = [{"certPem": "", "keyPem": ""}]
        self.made: list[dict[str, str]] = [{"dseq": "1", "manifest": "[]"}]

    def ask(self, route: Route) -> httpx.Response:
        """A plausible request."""
        return self.send(route, self.parameters(route), self.query(route), self.body(route), MOCK_API_KEY)

    def send(self, route: Route, path: dict[str, Any], query: Any, body: Any, key: str | None) -> httpx.Response:
        """Any request. What it makes is remembered."""
        target = route.path.format(**{name: quote(str(value), safe="") or "%20" for name, value in path.items()})
        sent = {} if body is None else {"json": body}
        headers = {} if key is None else {"x-api-key": key}
        answer = self.http.request(route.method, target, params=query, headers=headers, **sent)
        if answer.is_success:
            self._learn(route.name, answer)
        return answer

    def parameters(self, route: Route) -> dict[str, Any]:
        """The parameters of its path."""
        return {name: self._parameter(name, route) for name in route.parameters}

    def query(self, route: Route) -> dict[str, Any]:
        """The parameters of its query."""
        asked: dict[str, Callable[[], dict[str, Any]]] = {
            "listDeployments": lambda: {"skip": self.pick([0, 1]), "limit": self.pick([10, 1])},
            "listBids": lambda: {"dseq": self.dseq()},
            "listProviders": lambda: {"addresses": self.pick(self.providers)},
            "getBalances": lambda: {"address": self.pick([self.owner, STRANGER])},
            "listWallets": lambda: {"userId": self.user},
            "getUsageHistory": lambda: {"address": self.owner, "startDate": "2026-01-01"},
            "getUsageStats": lambda: {"address": self.owner},
            "listAddressDeployments": lambda: {"status": self.pick(["active", "closed"])},
            "listProviderDeployments": lambda: {"status": self.pick(["active", "closed"])},
            "listChainDeployments": lambda: {"filters.owner": self.owner, "pagination.limit": 5},
            "getChainDeployment": lambda: {"id.owner": self.owner, "id.dseq": self.dseq()},
            "listChainLeases": lambda: {"filters.dseq": self.dseq(), "pagination.count_total": "true"},
            "getGpu": lambda: {"vendor": "nvidia"},
            "listGpuPrices": lambda: {"debug": "true"},
            "getDocument": lambda: {"scope": "console"},
        }
        return asked.get(route.name, dict)()

    def body(self, route: Route) -> Any:
        """Its body; None where there is none."""
        asked: dict[str, Callable[[], Any]] = {
            "createDeployment": lambda: {"data": {"sdl": self._sdl(), "deposit": self.pick([5, 0.5, 40])}},
            "updateDeployment": lambda: {"data": {"sdl": self._sdl()}},
            "depositDeployment": lambda: {"data": {"dseq": self.dseq(), "deposit": self.pick([1, 1e-6, 50])}},
            "depositDeploymentGuide": lambda: {"amount": self.pick([1, 50])},
            "createLease": self._lease,
            "screenProviders": self._screening,
            "createWalletSettings": lambda: {"data": {"autoReloadEnabled": True, "autoReloadAmount": 20}},
            "updateWalletSettings": lambda: {"data": {"autoReloadEnabled": self.pick([True, False])}},
            "updateDeploymentSettingsV1": lambda: {"data": {"autoTopUpEnabled": self.pick([True, False])}},
            "createDeploymentSettingsV1": lambda: {"data": {"dseq": self.dseq(), "userId": self.user}},
            "updateDeploymentSettings": lambda: {"data": {"autoTopUpEnabled": self.pick([True, False])}},
            "createDeploymentSettings": lambda: {"data": {"dseq": self.dseq(), "autoTopUpEnabled": True}},
            "createApiKey": lambda: {"data": {"name": "n", "expiresAt": "2026-03-01T00:00:00Z"}},
            "updateApiKey": lambda: {"data": {"name": "m"}},
            "createJwtToken": lambda: {"data": {"ttl": 3600, "leases": self._access()}},
            "signTransaction": lambda: {"data": {"userId": self.user, "messages": self._messages()}},
            "getPricing": lambda: {"cpu": 1000, "memory": 10**9, "storage": 10**9},
            "proxyProvider": self._proxied,
        }
        return asked.get(route.name, lambda: None)()

    def dseq(self) -> str:
        """A deployment's number."""
        return str(self.pick(self.made)["dseq"])

    def _parameter(self, name: str, route: Route) -> Any:
        named = {
            "dseq": [made["dseq"] for made in self.made],
            "id": ["mock-hello-web", "nothing"] if "Template" in route.name else self.key_ids,
            "userId": [self.user],
            "owner": [self.owner, STRANGER],
            "address": self.providers if route.name == "getProvider" else [self.owner, STRANGER],
            "provider": self.providers,
            "providerAddress": self.providers,
            "skip": [0, 1, 5],
            "limit": [10, 1],
            "version": ["v1beta4"],
            "coin": ["akt", "akash-network"],
        }
        return self.pick(named[name])

    def _sdl(self) -> str:
        texts = [sdl(amount=10_000), sdl(amount=10_000, env="[A=1]"), sdl(amount=10_000, gpu=GPU), sdl(cpu="1000")]
        return str(self.pick(texts))

    def _lease(self) -> Any:
        made = self.pick(self.made)
        anything = {"dseq": made["dseq"], "gseq": 1, "oseq": 1, "provider": self.pick(self.providers)}
        body = {"manifest": made["manifest"], "leases": self.tenant.cheapest(made["dseq"]) or [anything]}
        return {**body, "certificate": self.pick(self.pairs)} if self.tenant.guide else body

    def _screening(self) -> Any:
        resource = {
            "id": 1,
            "cpu": {"units": {"val": "500"}},
            "memory": {"quantity": {"val": "536870912"}},
            "gpu": {"units": {"val": self.pick(["0", "1"])}},
            "storage": [],
        }
        unit = {"resource": resource, "count": 1, "price": {"denom": "uact", "amount": "1000"}}
        return {"resources": [unit], "timezone": "UTC"}

    def _access(self) -> Any:
        permission = {"provider": self.pick(self.providers), "access": "scoped", "scope": ["status"]}
        return self.pick([{"access": "full"}, {"access": "granular", "permissions": [permission]}])

    def _messages(self) -> list[dict[str, str]]:
        dseq = int(self.dseq())
        messages: list[Callable[[], dict[str, str]]] = [
            lambda: self.sign.pay(dseq, deposit(self.pick([1, 0, 10**6]))),
            lambda: self.sign.create(dseq + 1, self._sdl(), deposit(self.pick([500_000, 5_000_000, 10**9]))),
            lambda: self.sign.close(dseq),
            lambda: self.sign.update(dseq, self.pick([bytes(32), b"short"])),
            lambda: self.sign.lease(dseq, 1, 1, self.pick(self.providers)),
            lambda: self.sign.certificate("no certificate", "no key"),
        ]
        return [self.pick(messages)() for _ in range(self.pick([1, 1, 2, 3]))]

    def _proxied(self) -> Any:
        made = self.pick(self.made)
        dseq = made["dseq"]
        paths = [f"/lease/{dseq}/1/1/status", f"/lease/{dseq}/1/1/manifest", "/status", f"/deployment/{dseq}/manifest"]
        path, provider = self.pick(paths), self.pick(self._hosting(dseq) or self.providers)
        auth = self.pick([{"type": "jwt", "token": self.pick(self.tokens)}, {"type": "mtls", **self.pick(self.pairs)}])
        asked = {"method": "PUT" if path.startswith("/deployment") else "GET", "body": made["manifest"], "auth": auth}
        return {**asked, "url": self.hosts[provider] + path, "providerAddress": provider}

    def _hosting(self, dseq: str) -> list[str]:
        with self.console.world() as world:
            found = world.deployments.get(dseq)
            return [lease.provider for lease in found.leases] if found else []

    def _learn(self, operation: str, answer: httpx.Response) -> None:
        made = answer.json()["data"] if operation.startswith("create") else {}
        if operation == "createDeployment":
            self.made.insert(0, made)
        elif operation == "createApiKey":
            self.keys.insert(0, made["apiKey"])
            self.key_ids.insert(0, made["id"])
        elif operation == "createJwtToken":
            self.tokens.insert(0, made["token"])
        elif operation == "createCertificate":
            self.pairs.insert(0, {"certPem": made["certPem"], "keyPem": made["encryptedKey"]})
