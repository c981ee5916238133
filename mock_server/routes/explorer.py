"""Deployments as the public explorer shows them, by address (contract §5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from mock_server.routes.providers import date_of, provider_json, resources_json
from mock_server.supply.fleet import by_address
from mock_server.supply.provider import BLOCKS_PER_MONTH
from mock_server.web.call import Call, page_of
from mock_server.web.http import MockResponse, error, reply
from mock_server.web.takes import takes
from mock_server.web.validate import address, dseq, enum, number, obj, optional, string
from mock_server.world.clock import iso
from mock_server.world.lifecycle import active_leases
from mock_server.world.state import Deployment, Group, Lease, World
from mock_server.world.wire import DENOM, coin, deployment_json, escrow_json
from mock_server.world.wire import resources_json as unit_json

_PAGE = obj(
    address=address,
    skip=number(minimum=0, coerce=True),
    limit=number(minimum=1, maximum=100, coerce=True),
)
_STATUS = obj(status=enum("active", "closed"), reverseSorting=optional(string()))
_ONE = obj(owner=address, dseq=dseq)


@takes(params=_PAGE, query=_STATUS)
def list_by_address(call: Call) -> MockResponse:
    """GET /v1/addresses/{address}/deployments/{skip}/{limit}: this world's only; other addresses have none."""
    page, query = call.params(_PAGE), call.query(_STATUS)
    own = page["address"] == call.world.wallet.address
    found = [d for d in call.world.deployments.values() if own and d.state == query["status"]]
    found.sort(key=lambda d: int(d.dseq), reverse=query.get("reverseSorting") == "true")
    shown = page_of(found, page["skip"], page["limit"])
    return reply({"count": len(found), "results": [_result(call.world, d) for d in shown]})


@takes(params=_ONE)
def get_by_owner(call: Call) -> MockResponse:
    """GET /v1/deployment/{owner}/{dseq}: with groups, dates, costs and history."""
    path = call.params(_ONE)
    found = call.world.deployments.get(path["dseq"]) if path["owner"] == call.world.wallet.address else None
    if found is None:
        raise error(404, "Deployment Not Found")
    return reply(_detail(call.world, found))


def _result(world: World, deployment: Deployment) -> dict[str, Any]:
    totals = [resources_json(group) for group in deployment.groups]
    return {
        "owner": world.wallet.address,
        "dseq": deployment.dseq,
        "status": deployment.state,
        "createdHeight": deployment.created_height,
        "escrowAccount": escrow_json(world, deployment),
        "cpuUnits": sum(t["cpu"] for t in totals),
        "gpuUnits": sum(t["gpu"] for t in totals),
        "memoryQuantity": sum(t["memory"] for t in totals),
        "storageQuantity": sum(t["ephemeralStorage"] + t["persistentStorage"] for t in totals),
        "leases": [_short_lease(world, deployment, lease) for lease in active_leases(deployment)],
    }


def _short_lease(world: World, deployment: Deployment, lease: Lease) -> dict[str, Any]:
    provider = by_address(world.seed, world.fleet)[lease.provider]
    return {
        "id": f"{deployment.dseq}{lease.gseq}{lease.oseq}",
        "owner": world.wallet.address,
        "provider": {**provider_json(world, provider), "address": provider.address},
        "dseq": deployment.dseq,
        "gseq": lease.gseq,
        "oseq": lease.oseq,
        "state": lease.state,
        "price": coin(lease.price),
    }


def _detail(world: World, deployment: Deployment) -> dict[str, Any]:
    monthly = [_monthly(lease) for lease in deployment.leases if lease.state == "active"]
    newest_first = reversed(deployment.history)
    return {
        "owner": world.wallet.address,
        "dseq": deployment.dseq,
        "balance": deployment.escrow.funds,
        "denom": DENOM,
        "status": deployment.state,
        "createdHeight": deployment.created_height,
        "createdDate": date_of(world, deployment.created_height),
        "closedHeight": deployment.closed_height,
        "closedDate": date_of(world, deployment.closed_height),
        "totalMonthlyCostUDenom": sum(monthly),
        "leases": [_lease(world, deployment, lease) for lease in deployment.leases],
        "events": [{"txHash": e.tx_hash, "date": iso(e.at_ms), "type": e.kind} for e in newest_first],
        "other": {
            "deployment": deployment_json(world, deployment)["deployment"],
            "groups": [_group(world, deployment, group) for group in deployment.groups],
            "escrow_account": escrow_json(world, deployment),
        },
    }


def _monthly(lease: Lease) -> int:
    """Micro-units a month."""
    return round(lease.price * BLOCKS_PER_MONTH)


def _lease(world: World, deployment: Deployment, lease: Lease) -> dict[str, Any]:
    provider = by_address(world.seed, world.fleet)[lease.provider]
    totals = resources_json(deployment.groups[lease.gseq - 1])
    closed = lease.closed_height or None
    return {
        "gseq": lease.gseq,
        "oseq": lease.oseq,
        "createdHeight": lease.created_height,
        "createdDate": date_of(world, lease.created_height),
        "closedHeight": closed,
        "closedDate": date_of(world, closed),
        "provider": {
            "address": provider.address,
            "hostUri": provider.host_uri,
            "isDeleted": False,
            "attributes": [{"key": key, "value": value} for key, value in provider.attributes],
        },
        "status": lease.state,
        "monthlyCostUDenom": _monthly(lease),
        "cpuUnits": totals["cpu"],
        "gpuUnits": totals["gpu"],
        "memoryQuantity": totals["memory"],
        "storageQuantity": totals["ephemeralStorage"] + totals["persistentStorage"],
    }


def _group(world: World, deployment: Deployment, group: Group) -> dict[str, Any]:
    requirements = group.spec.get("requirements") or {}
    signed_by = requirements.get("signedBy") or {}
    resources = [
        {
            "resource": unit_json(entry["resource"]),
            "count": entry["count"],
            "price": coin(Decimal(str(entry["price"]["amount"]))),
        }
        for entry in group.spec["resources"]
    ]
    return {
        "id": {"owner": world.wallet.address, "dseq": deployment.dseq, "gseq": group.gseq},
        "state": group.state,
        "group_spec": {
            "name": group.spec["name"],
            "requirements": {
                "signed_by": {"all_of": signed_by.get("allOf") or [], "any_of": signed_by.get("anyOf") or []},
                "attributes": requirements.get("attributes") or [],
            },
            "resources": resources,
        },
        "created_at": str(deployment.created_height),
    }
