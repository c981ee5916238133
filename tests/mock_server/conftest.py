from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole
from mock_server.world.state import World


def sdl(
    *,
    image: str = "nginx:1.27",
    amount: int = 1000,
    cpu: str = "0.5",
    memory: str = "512Mi",
    expose: str = "{port: 80, to: [{global: true}]}",
    gpu: str = "",
    attributes: str = "",
    env: str = "",
) -> str:
    """A one-service SDL; the arguments are YAML fragments in flow style."""
    return f"""
version: "2.0"
services:
  web:
    image: {image}
    {f"env: {env}" if env else ""}
    expose: [{expose}]
profiles:
  compute:
    web:
      resources:
        cpu: {{units: {cpu}}}
        memory: {{size: {memory}}}
        storage: {{size: 512Mi}}
        {f"gpu: {gpu}" if gpu else ""}
  placement:
    dcloud:
      {f"attributes: {attributes}" if attributes else ""}
      pricing: {{web: {{denom: uakt, amount: {amount}}}}}
deployment:
  web: {{dcloud: {{profile: web, count: 1}}}}
"""


TWO_GROUPS = """
version: "2.0"
services:
  web:
    image: nginx:1.27
    expose: [{port: 80, to: [{global: true}]}]
profiles:
  compute:
    web:
      resources: {cpu: {units: 0.5}, memory: {size: 512Mi}, storage: {size: 512Mi}}
  placement:
    west: {pricing: {web: {denom: uakt, amount: 1000}}}
    east: {pricing: {web: {denom: uakt, amount: 1000}}}
deployment:
  web:
    west: {profile: web, count: 1}
    east: {profile: web, count: 1}
"""


class Tenant:
    """What a tenant does, over any httpx client, in either dialect; each verb returns the checked `data`."""

    def __init__(self, http: httpx.Client, *, guide: bool = False) -> None:
        self.http = http
        self.guide = guide
        self._pair: dict[str, Any] = {}

    def data(self, method: str, path: str, body: Any = None) -> Any:
        response = self.http.request(method, path, json=body) if body is not None else self.http.request(method, path)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()["data"]

    def create(self, text: str, deposit: float = 5) -> dict[str, Any]:
        body = {"sdl": text, "deposit": deposit}
        made: dict[str, Any] = self.data("POST", "/v1/deployments", body if self.guide else {"data": body})
        return made

    def bids(self, dseq: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data("GET", f"/v1/bids/{dseq}")
        return found

    def cheapest(self, dseq: str) -> list[dict[str, Any]]:
        """The id of the cheapest open bid of every group."""
        best: dict[int, dict[str, Any]] = {}
        for entry in self.bids(dseq):
            bid = entry["bid"]
            known = best.get(bid["id"]["gseq"])
            if bid["state"] == "open" and (
                not known or float(bid["price"]["amount"]) < float(known["price"]["amount"])
            ):
                best[bid["id"]["gseq"]] = bid
        names = ("dseq", "gseq", "oseq", "provider")
        return [{name: bid["id"][name] for name in names} for _, bid in sorted(best.items())]

    def lease_body(self, manifest: str, leases: list[dict[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {"manifest": manifest, "leases": leases}
        if self.guide:
            if not self._pair:
                made = self.data("POST", "/v1/certificates", {})
                self._pair = {"certPem": made["certPem"], "keyPem": made["encryptedKey"]}
            body["certificate"] = self._pair
        return body

    def lease(self, manifest: str, leases: list[dict[str, Any]]) -> Any:
        return self.data("POST", "/v1/leases", self.lease_body(manifest, leases))

    def get(self, dseq: str) -> Any:
        return self.data("GET", f"/v1/deployments/{dseq}")

    def deposit(self, dseq: str, usd: float) -> Any:
        if self.guide:
            return self.data("POST", f"/v1/deployments/deposit/{dseq}", {"amount": usd})
        return self.data("POST", "/v1/deposit-deployment", {"data": {"dseq": dseq, "deposit": usd}})

    def close(self, dseq: str) -> Any:
        return self.data("DELETE", f"/v1/deployments/{dseq}")

    def balances(self) -> Any:
        return self.data("GET", "/v1/balances")

    def run(self, console: MockConsole, text: str, deposit: float = 5) -> str:
        """Create, wait for bids, lease the cheapest; returns the dseq."""
        made = self.create(text, deposit)
        console.sleep(30)
        self.lease(made["manifest"], self.cheapest(made["dseq"]))
        return str(made["dseq"])


def connect(console: MockConsole, api_key: str = MOCK_API_KEY) -> Tenant:
    """A tenant over the in-process door."""
    http = httpx.Client(transport=console.transport(), base_url="http://mock", headers={"x-api-key": api_key})
    return Tenant(http, guide=console.dialect == "guide")


def conserved(world: World) -> int:
    """What is in escrow, once it is sure that no unit was made or lost: wallet, escrow and payments are the grants."""
    accounts = [deployment.escrow for deployment in world.deployments.values()]
    held = sum(max(account.funds, 0) for account in accounts)
    paid = sum(account.transferred for account in accounts)
    assert world.wallet.allowance + held + paid == world.wallet.granted
    assert world.wallet.allowance >= 0
    assert paid == sum(payment.paid for account in accounts for payment in account.payments)
    return held


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def tenant(console: MockConsole) -> Iterator[Tenant]:
    made = connect(console)
    yield made
    made.http.close()
