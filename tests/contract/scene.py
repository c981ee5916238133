"""A mock in which every path has something to show."""

from __future__ import annotations

from dataclasses import dataclass

from mock_server import MockConsole
from tests.mock_server.conftest import Tenant, connect, sdl


@dataclass
class Scene:
    """A world in which something runs, and the names of what is in it."""

    console: MockConsole
    tenant: Tenant
    names: dict[str, str]


def two_ports() -> str:
    """An SDL that has both URIs and forwarded ports to show."""
    return sdl(expose="{port: 80, to: [{global: true}]}, {port: 22, to: [{global: true}]}")


def make_scene() -> Scene:
    """A running deployment and one without a lease, an API key, wallet settings; `names` by path parameter."""
    console = MockConsole()
    tenant = connect(console)
    dseq = tenant.run(console, two_ports())
    tenant.create(sdl())
    console.sleep(60)
    key = tenant.data("POST", "/v1/api-keys", {"data": {"name": "made"}})
    tenant.data("POST", "/v1/wallet-settings", {"data": {"autoReloadEnabled": True}})
    found = tenant.get(dseq)
    user = tenant.data("GET", "/v1/user/me")["id"]
    provider = found["leases"][0]["id"]["provider"]
    owner = found["deployment"]["id"]["owner"]
    names = {"dseq": dseq, "owner": owner, "address": owner, "provider": provider, "providerAddress": provider}
    more = {"userId": user, "id": key["id"], "skip": "0", "limit": "10", "coin": "akt", "version": "v1beta4"}
    return Scene(console, tenant, {**names, **more})
