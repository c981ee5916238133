"""What the tests of the provider-proxy share: a running lease, and how to ask its provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from mock_server import MockConsole
from tests.mock_server.conftest import Tenant, sdl

FULL = {"access": "full"}


@dataclass
class Leased:
    """A lease and its provider, as their tenant sees them."""

    console: MockConsole
    tenant: Tenant
    dseq: str
    provider: str
    host_uri: str

    def token(self, leases: dict[str, Any] = FULL, ttl: int = 1800) -> dict[str, Any]:
        """The `auth` of a proxied request, with a fresh token."""
        made = self.tenant.data("POST", "/v1/create-jwt-token", {"data": {"ttl": ttl, "leases": leases}})
        return {"type": "jwt", "token": made["token"]}

    def target(self, path: str, auth: Any = None) -> dict[str, Any]:
        """Where a request or a message goes."""
        target = {"url": self.host_uri + path, "providerAddress": self.provider}
        return {**target, "auth": auth} if auth is not None else target

    def ask(self, method: str, path: str, auth: Any = None, **more: Any) -> httpx.Response:
        """A request through the proxy."""
        return self.tenant.http.post("/", json={"method": method, **self.target(path, auth), **more})

    def lease_path(self, rest: str) -> str:
        return f"/lease/{self.dseq}/1/1/{rest}"


def lease(console: MockConsole, tenant: Tenant, text: str | None = None, *, seconds: float = 60) -> Leased:
    """A lease whose manifest was sent that long ago."""
    dseq = tenant.run(console, text or sdl())
    console.sleep(seconds)
    return leased(console, tenant, dseq)


def leased(console: MockConsole, tenant: Tenant, dseq: str) -> Leased:
    """The first lease of a deployment."""
    provider = tenant.get(dseq)["leases"][0]["id"]["provider"]
    return Leased(console, tenant, dseq, provider, tenant.http.get(f"/v1/providers/{provider}").json()["hostUri"])
