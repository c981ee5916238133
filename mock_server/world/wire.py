"""State as the exact JSON of deployments, leases, bids and lease status (contract §4, §18)."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from akash_nb.money import dec18
from mock_server.supply import market
from mock_server.supply.fleet import by_address
from mock_server.supply.provider import Provider
from mock_server.world import chance
from mock_server.world.state import Bid, Deployment, Escrow, Group, Lease, World

#: The denom of managed wallets: one million are one US dollar (contract §1).
DENOM = "uact"
BID_DEPOSIT = 500_000
_KINDS = {number: name for name, number in market.ENDPOINT_KINDS.items()}

StatusOf = Callable[[Lease], Any]


def coin(amount: Decimal | int) -> dict[str, str]:
    """An amount with 18 fraction digits, as Cosmos prints its decimals."""
    return {"denom": DENOM, "amount": dec18(amount)}


def deployment_json(world: World, deployment: Deployment, status_of: StatusOf | None = None) -> dict[str, Any]:
    """A deployment with leases and escrow. Without `status_of` the leases have no `status` key, as in lists."""
    leases = sorted(deployment.leases, key=lambda lease: (lease.gseq, lease.oseq, lease.provider))
    return {
        "deployment": {
            "id": {"owner": world.wallet.address, "dseq": deployment.dseq},
            "state": deployment.state,
            "hash": deployment.hash,
            "created_at": str(deployment.created_height),
        },
        "leases": [lease_json(world, deployment, lease, status_of) for lease in leases],
        "escrow_account": escrow_json(world, deployment),
    }


def lease_json(world: World, deployment: Deployment, lease: Lease, status_of: StatusOf | None) -> dict[str, Any]:
    """One lease; `closed_on` is "0" while it runs."""
    body = {
        "id": market_id(world, deployment, lease.gseq, lease.oseq, lease.provider),
        "state": lease.state,
        "price": coin(lease.price),
        "created_at": str(lease.created_height),
        "closed_on": str(lease.closed_height),
        "reason": lease.reason,
    }
    return body if status_of is None else {**body, "status": status_of(lease)}


def market_id(world: World, deployment: Deployment, gseq: int, oseq: int, provider: str) -> dict[str, Any]:
    """The id that a bid and its lease share."""
    return {
        "owner": world.wallet.address,
        "dseq": deployment.dseq,
        "gseq": gseq,
        "oseq": oseq,
        "provider": provider,
        "bseq": 0,
    }


def escrow_json(world: World, deployment: Deployment) -> dict[str, Any]:
    """A deployment's escrow as last settled. Deposits come from the platform's funding wallet (contract §4)."""
    account: Escrow = deployment.escrow
    owner = funding_wallet(world.seed)
    return {
        "id": {"scope": "deployment", "xid": f"{world.wallet.address}/{deployment.dseq}"},
        "state": {
            "owner": world.wallet.address,
            "state": account.state,
            "transferred": [coin(account.transferred)],
            "settled_at": str(account.settled_at),
            "funds": [coin(account.funds)],
            "deposits": [_deposit(owner, held.height, held.amount) for held in account.deposits],
        },
    }


@lru_cache
def funding_wallet(seed: int) -> str:
    """The address of the platform's wallet that deposits are drawn from."""
    return chance.address(seed, "funding wallet")


@lru_cache(maxsize=4096)
def _deposit(owner: str, height: int, amount: int) -> msgspec.Raw:
    """A deposit as JSON already, since accounts may have many and each is told again with every answer."""
    told = {"owner": owner, "height": str(height), "source": "grant", "balance": coin(amount)}
    return msgspec.Raw(msgspec.json.encode(told))


def bid_json(world: World, deployment: Deployment, group: Group, oseq: int, bid: Bid) -> dict[str, Any]:
    """A bid with its own escrow."""
    identity = market_id(world, deployment, group.gseq, oseq, bid.provider)
    return {
        "bid": {
            "id": identity,
            "state": bid.state,
            "price": coin(bid.price),
            "created_at": str(bid.created_height),
            "resources_offer": offer_json(by_address(world.seed, world.fleet)[bid.provider], group),
        },
        "escrow_account": _bid_escrow_json(identity, bid),
    }


def offer_json(provider: Provider, group: Group) -> list[dict[str, Any]]:
    """What a provider offers: the resources asked for, with the GPU it would give."""
    units = market.order_of_group(group).units
    entries = zip(group.spec["resources"], units, strict=True)
    return [{"resources": _offered(provider, entry["resource"], unit), "count": unit.count} for entry, unit in entries]


def resources_json(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource unit as the chain's REST prints it: `quantity` for sizes, `attributes` always there."""
    return {
        "id": resource["id"],
        "cpu": {"units": resource["cpu"]["units"], "attributes": resource["cpu"].get("attributes") or []},
        "memory": {"quantity": resource["memory"]["size"], "attributes": resource["memory"].get("attributes") or []},
        "storage": [
            {"name": v["name"], "quantity": v["size"], "attributes": v.get("attributes") or []}
            for v in resource.get("storage") or []
        ],
        "gpu": {"units": resource["gpu"]["units"], "attributes": resource["gpu"].get("attributes") or []},
        "endpoints": [
            {"kind": _KINDS[e.get("kind", market.SHARED_HTTP)], "sequence_number": e.get("sequence_number", 0)}
            for e in resource.get("endpoints") or []
        ],
    }


def lease_status(world: World, deployment: Deployment, lease: Lease) -> dict[str, Any] | None:
    """What the provider says about a running lease; None before the manifest and after the end (contract §18)."""
    if lease.state != "active" or lease.manifest is None:
        return None
    provider = by_address(world.seed, world.fleet)[lease.provider]
    groups = json.loads(lease.manifest)
    name = deployment.groups[lease.gseq - 1].spec["name"]
    services: list[dict[str, Any]] = next((g["services"] for g in groups if g["name"] == name), [])
    ports = {s["name"]: _forwarded(world, deployment, lease, provider, s) for s in services}
    ips = {s["name"]: _leased_ips(world, deployment, s) for s in services}
    return {
        "services": {s["name"]: _service(world, deployment, lease, provider, s) for s in services},
        "forwarded_ports": {name: entries for name, entries in ports.items() if entries} or None,
        "ips": {name: entries for name, entries in ips.items() if entries} or None,
    }


def key_of(world: World, deployment: Deployment) -> tuple[str, ...]:
    """What the names of its parts are drawn by; in a shared market two tenants may have chosen the same number."""
    return (deployment.dseq, world.tenant) if world.shared else (deployment.dseq,)


def ready_ms(world: World, deployment: Deployment, lease: Lease, service: dict[str, Any]) -> int | None:
    """When a service is up: 8 to 40 s after the manifest. None when its image cannot be pulled."""
    if lease.manifest_ms is None or "does-not-exist" in service["image"]:
        return None
    key = ("ready", *key_of(world, deployment), lease.gseq, service["name"], lease.generation)
    return lease.manifest_ms + chance.between(8_000, 40_000, world.seed, *key)


def _offered(provider: Provider, resource: dict[str, Any], unit: market.Unit) -> dict[str, Any]:
    body = resources_json(resource)
    stock = market.chosen_stock(provider, unit) if unit.gpu else None
    if stock is not None:
        gpu = stock.gpu
        key = f"vendor/{gpu.vendor}/model/{gpu.model}/ram/{gpu.ram}/interface/{gpu.interface}"
        body["gpu"]["attributes"] = [{"key": key, "value": "true"}]
    return body


def _bid_escrow_json(identity: dict[str, Any], bid: Bid) -> dict[str, Any]:
    """The provider's own half ACT: held while the bid is open or active, refunded after."""
    held = bid.state in ("open", "active")
    created = str(bid.created_height)
    deposit = {"owner": bid.provider, "height": created, "source": "balance", "balance": coin(BID_DEPOSIT)}
    numbers = (identity[name] for name in ("owner", "dseq", "gseq", "oseq", "provider"))
    return {
        "id": {"scope": "bid", "xid": "/".join(map(str, numbers))},
        "state": {
            "owner": bid.provider,
            "state": "open" if held else "closed",
            "transferred": [coin(0)],
            "settled_at": created if held else str(bid.closed_height),
            "funds": [coin(BID_DEPOSIT if held else 0)],
            "deposits": [deposit] if held else [],
        },
    }


def _service(
    world: World, deployment: Deployment, lease: Lease, provider: Provider, service: dict[str, Any]
) -> dict[str, Any]:
    ready_at = ready_ms(world, deployment, lease, service)
    total = service["count"]
    up = total if ready_at is not None and world.now_ms >= ready_at else 0
    return {
        "name": service["name"],
        "available": up,
        "total": total,
        "uris": _uris(world, deployment, lease, provider, service),
        "observed_generation": lease.generation,
        "replicas": total,
        "updated_replicas": total,
        "ready_replicas": up,
        "available_replicas": up,
    }


def _uris(
    world: World, deployment: Deployment, lease: Lease, provider: Provider, service: dict[str, Any]
) -> list[str] | None:
    """Host names without scheme: the provider's own, then those the SDL accepts; None without HTTP ingress."""
    web = [expose for expose in service["expose"] if _is_ingress(expose)]
    if not web:
        return None
    name = chance.hexadecimal(20, world.seed, "ingress", *key_of(world, deployment), lease.gseq, service["name"])
    hosts = [host for expose in web for host in expose["hosts"] or []]
    return [f"{name}.ingress.{provider.host}", *dict.fromkeys(hosts)]


def _external_port(expose: dict[str, Any]) -> int:
    return int(expose["externalPort"] or expose["port"])


def _is_ingress(expose: dict[str, Any]) -> bool:
    return bool(expose["global"]) and expose["proto"] == "TCP" and _external_port(expose) == 80


def _forwarded(
    world: World, deployment: Deployment, lease: Lease, provider: Provider, service: dict[str, Any]
) -> list[dict[str, Any]]:
    """Ports reachable on the provider's host: global, not ingress and without an IP of their own."""
    entries = []
    for expose in service["expose"]:
        if not expose["global"] or expose["ip"] or _is_ingress(expose):
            continue
        key = (*key_of(world, deployment), lease.gseq, service["name"], expose["port"], expose["proto"])
        entries.append(
            {
                "host": f"provider.{provider.host}",
                "port": expose["port"],
                # The node ports of Kubernetes.
                "externalPort": chance.between(30_000, 32_767, world.seed, "port", *key),
                "proto": expose["proto"],
                "name": service["name"],
            }
        )
    return entries


def _leased_ips(world: World, deployment: Deployment, service: dict[str, Any]) -> list[dict[str, Any]]:
    """Ports on leased IPs, one address per IP endpoint; 203.0.113.0/24 is reserved for documentation."""
    entries = []
    for expose in service["expose"]:
        if expose["global"] and expose["ip"]:
            last = chance.between(1, 254, world.seed, "ip", *key_of(world, deployment), expose["ip"])
            entries.append(
                {
                    "IP": f"203.0.113.{last}",
                    "Port": expose["port"],
                    "ExternalPort": _external_port(expose),
                    "Protocol": expose["proto"],
                }
            )
    return entries
