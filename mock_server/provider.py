"""The providers' gateways as the API sees them: taking a manifest, telling a lease's status (contract §17, §18)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from mock_server import lifecycle, market
from mock_server.call import Call
from mock_server.fleet import Provider, by_address
from mock_server.http import error
from mock_server.state import Deployment, Lease
from mock_server.wire import StatusOf, lease_status


def status_of(call: Call, deployment: Deployment) -> StatusOf:
    """How to ask for a lease's status: None from a provider that cannot be reached."""

    def ask(lease: Lease) -> Any:
        if lease.state != "active" or call.faults.strikes("provider_down", provider=lease.provider):
            return None
        return lease_status(call.world, deployment, lease)

    return ask


def push_manifests(call: Call, deployment: Deployment, manifest: str, groups: list[dict[str, Any]]) -> None:
    """Send an updated manifest to the provider of every lease, stopping at the first that refuses.

    Raises:
        ApiError: What that provider said.
    """
    before = deployment.manifest
    deployment.manifest = manifest
    for lease in deployment.leases:
        if lease.state != "active":
            raise error(404, "no lease for deployment")
        try:
            _check_reachable(call, lease.provider)
            _check_same_resources(deployment, groups)
        except Exception:
            deployment.manifest = before
            raise
        lifecycle.receive_manifest(call.world, lease)


def push_manifest(call: Call, deployment: Deployment, lease: Lease, manifest: str) -> None:
    """Send the first manifest to one provider.

    Raises:
        ApiError: 503 unreachable, 422 undecodable or not the manifest whose hash is on chain, 404 no such lease.
    """
    _check_reachable(call, lease.provider)
    if rule := call.faults.strikes("manifest_refused"):
        raise error(422, rule.message)
    text = manifest.replace('"quantity":{"val', '"size":{"val')
    try:
        json.loads(text)
    except ValueError as problem:
        raise error(422, f"{problem}\n") from None
    if base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() != deployment.hash:
        raise error(422, "manifest version validation failed\n")
    if lease.state != "active":
        raise error(404, "no lease for deployment\n")
    deployment.manifest = text
    lifecycle.receive_manifest(call.world, lease)


def _check_reachable(call: Call, address: str) -> None:
    provider = by_address(call.world.seed, call.world.fleet)[address]
    if call.faults.strikes("provider_down", provider=address):
        raise error(503, unavailable(provider))


def unavailable(provider: Provider) -> str:
    """What the provider proxy says about a provider it cannot reach."""
    return f"Provider {provider.host_uri} is temporarily unavailable"


def _check_same_resources(deployment: Deployment, groups: list[dict[str, Any]]) -> None:
    """A provider runs only what its lease was made for: an update may not change groups or resources."""
    leased = {group.spec["name"]: _shape(group.spec) for group in deployment.groups}
    wanted = {spec["name"]: _shape(spec) for spec in groups}
    for name in leased | wanted:
        if name not in wanted or name not in leased:
            raise error(
                422, f'manifest cross-validation error: group "{name}" is not in both the manifest and the lease\n'
            )
        if leased[name] != wanted[name]:
            raise error(422, f'manifest cross-validation error: resources of group "{name}" differ from the lease\n')


def _shape(spec: dict[str, Any]) -> list[tuple[Any, ...]]:
    units = market.order_of(spec).units
    shapes = ((u.cpu, u.memory, u.gpu, u.volumes, sorted(u.endpoint_kinds), u.count) for u in units)
    return sorted(shapes, key=repr)
