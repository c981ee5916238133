"""The providers' gateways as the API sees them: taking a manifest, telling a lease's status (contract §17, §18)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mock_server.faults import Faults
from mock_server.supply import outages
from mock_server.supply.fleet import by_address
from mock_server.supply.provider import Provider
from mock_server.web.call import Call
from mock_server.web.http import error
from mock_server.world import lifecycle
from mock_server.world.state import Deployment, Lease, World
from mock_server.world.wire import StatusOf, lease_status


def is_reachable(world: World, faults: Faults, provider: Provider) -> bool:
    """Whether a provider answers now: it is up, and no fault says otherwise."""
    return outages.is_up(provider, world.now_ms) and not faults.strikes("provider_down", provider=provider.address)


def status_of(call: Call, deployment: Deployment) -> StatusOf:
    """How to ask for a lease's status: None from a provider that cannot be reached."""
    known = by_address(call.world.seed, call.world.fleet)

    def ask(lease: Lease) -> Any:
        if lease.state != "active" or not is_reachable(call.world, call.faults, known[lease.provider]):
            return None
        return lease_status(call.world, deployment, lease)

    return ask


def push_manifest(call: Call, deployment: Deployment | None, address: str, manifest: str) -> None:
    """Send a manifest to one provider, if it can be reached.

    Raises:
        ApiError: 503 unreachable, and whatever `submit_manifest` refuses.
    """
    provider = by_address(call.world.seed, call.world.fleet)[address]
    if not is_reachable(call.world, call.faults, provider):
        raise error(503, unavailable(provider.host_uri))
    submit_manifest(call, deployment, address, manifest)


def submit_manifest(call: Call, deployment: Deployment | None, address: str, manifest: str) -> None:
    """A provider takes a manifest for every lease of the deployment that it still runs.

    Raises:
        ApiError: 404 no such lease, 422 undecodable, not the manifest whose hash is on chain, or not for the resources
            that were ordered. The provider goes on with what it had.
    """
    if rule := call.faults.strikes("manifest_refused"):
        raise error(422, rule.message)
    # The API's only change to the text, for manifests that older clients made themselves (contract §5).
    text = manifest.replace('"quantity":{"val', '"size":{"val')
    groups = _decoded(text)
    active = lifecycle.active_leases(deployment) if deployment else []
    running = [lease for lease in active if lease.provider == address]
    if deployment is None or not running:
        raise error(404, "no lease for deployment\n")
    if base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() != deployment.hash:
        raise error(422, "manifest version validation failed\n")
    _check_same_resources(deployment, groups)
    for lease in running:
        lifecycle.receive_manifest(call.world, lease, text)


def unavailable(origin: str) -> str:
    """What the provider proxy says about a provider it cannot reach."""
    return f"Provider {origin} is temporarily unavailable"


def _decoded(manifest: str) -> Any:
    try:
        return json.loads(manifest)
    except (ValueError, RecursionError) as problem:
        raise error(422, f"{problem}\n") from None


def _check_same_resources(deployment: Deployment, groups: list[dict[str, Any]]) -> None:
    """A provider runs only what the deployment ordered: groups and resources are those of its creation."""
    ordered = {group.spec["name"]: _shape(_units_of(group.spec)) for group in deployment.groups}
    sent = {group["name"]: _shape(_services_of(group)) for group in groups}
    for name in ordered | sent:
        if name not in sent or name not in ordered:
            raise error(
                422, f'manifest cross-validation error: group "{name}" is not in both the manifest and the lease\n'
            )
        if ordered[name] != sent[name]:
            raise error(422, f'manifest cross-validation error: resources of group "{name}" differ from the lease\n')


def _units_of(spec: Mapping[str, Any]) -> Iterable[tuple[dict[str, Any], int]]:
    """The resource units of a group specification, each with its number of replicas."""
    return ((entry["resource"], entry["count"]) for entry in spec["resources"])


def _services_of(group: dict[str, Any]) -> Iterable[tuple[dict[str, Any], int]]:
    """The same of a manifest's group, where services may share a unit."""
    return ((service["resources"], service["count"]) for service in group["services"])


def _shape(units: Iterable[tuple[dict[str, Any], int]]) -> tuple[Counter[str], list[tuple[int, int]]]:
    """What a group takes in sum: replicas by kind of resource, and its endpoints by kind and number."""
    replicas: Counter[str] = Counter()
    endpoints: list[tuple[int, int]] = []
    for resource, count in units:
        kind = {name: resource[name] for name in ("cpu", "gpu", "memory", "storage")}
        replicas[json.dumps(kind, sort_keys=True)] += count
        endpoints += ((e.get("kind", 0), e["sequence_number"]) for e in resource["endpoints"])
    return replicas, sorted(endpoints)
