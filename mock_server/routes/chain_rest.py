"""Deployments and leases as the chain's own REST gateway would list them, but out of the indexer (contract §5).

The web app falls back to these when no node answers. The indexer knows less than the chain: not the hash, not the
names and requirements of groups, one figure for all storage; its readers put placeholders there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

from mock_server.supply.market import Unit, order_of_group
from mock_server.web.call import Call, page_of
from mock_server.web.http import MockResponse, internal_error, reply
from mock_server.web.takes import takes
from mock_server.web.validate import Check, enum, number, obj, optional, string
from mock_server.world.state import Deployment, Group, Lease, World
from mock_server.world.wire import coin, market_id

T = TypeVar("T")

#: Where the indexer does not know better.
UNKNOWN = "unknown_value"

_PAGE: dict[str, Check] = {
    "pagination.offset": optional(number(coerce=True)),
    "pagination.limit": optional(number(coerce=True)),
    "pagination.key": optional(string()),
    "pagination.count_total": optional(string()),
    "pagination.reverse": optional(string()),
}
_DEPLOYMENTS = obj(
    **{"filters.owner": optional(string()), "filters.state": optional(enum("active", "closed"))}, **_PAGE
)
_ONE = obj(**{"id.owner": string(), "id.dseq": string()})
_LEASES = obj(
    **{
        "filters.owner": optional(string()),
        "filters.dseq": optional(string()),
        "filters.gseq": optional(number(coerce=True)),
        "filters.oseq": optional(number(coerce=True)),
        "filters.provider": optional(string()),
        "filters.state": optional(string()),
    },
    **_PAGE,
)


@takes(query=_DEPLOYMENTS)
def list_deployments(call: Call) -> MockResponse:
    """GET /akash/deployment/{version}/deployments/list: this world's, oldest first; `pagination.key` is an offset."""
    query = call.query(_DEPLOYMENTS)
    state, owner = query.get("filters.state"), call.world.wallet.address
    own = query.get("filters.owner") in (None, "", owner)
    found = [d for d in call.world.deployments.values() if own and state in (None, d.state)]
    found.sort(key=lambda d: (d.created_height, int(d.dseq)))
    # Without a count there is no telling that there is more.
    counted = len(found) if query.get("pagination.count_total") == "true" else 0
    first = _offset(query)
    shown = [_deployment_json(call.world, d) for d in _shown(found, query, first)]
    return reply({"deployments": shown, "pagination": _pagination(query, first, counted)})


@takes(query=_ONE)
def get_deployment(call: Call) -> MockResponse:
    """GET /akash/deployment/{version}/deployments/info: by owner and dseq; 404 in the words of a node."""
    wanted = call.query(_ONE)
    own = wanted["id.owner"] == call.world.wallet.address
    found = call.world.deployments.get(wanted["id.dseq"]) if own else None
    if found is None:
        return reply({"code": 5, "message": "deployment not found", "details": []}, 404)
    return reply(_deployment_json(call.world, found))


@takes(query=_LEASES)
def list_leases(call: Call) -> MockResponse:
    """GET /akash/market/{version}/leases/list: this world's, oldest first; `pagination.key` moves `next_key` only."""
    query = call.query(_LEASES)
    found = [
        (deployment, lease)
        for deployment in call.world.deployments.values()
        for lease in deployment.leases
        if _is_wanted(call.world, deployment, lease, query)
    ]
    found.sort(key=lambda pair: (pair[1].created_height, int(pair[0].dseq), pair[1].gseq, pair[1].oseq))
    shown = _shown(found, query, query.get("pagination.offset", 0))
    pagination = _pagination(query, _offset(query), len(found))
    if query.get("pagination.count_total") != "true":
        pagination["total"] = "0"
    return reply({"leases": [_lease_json(call.world, *pair) for pair in shown], "pagination": pagination})


def _offset(query: dict[str, Any]) -> float:
    """Where a page begins: at the number that its key begins with, else at its offset."""
    key = query.get("pagination.key")
    if not key:
        return float(query.get("pagination.offset", 0))
    digits = re.match(r"\s*\d+", key)
    return int(digits[0]) if digits else 0


def _shown(found: list[T], query: dict[str, Any], first: float) -> list[T]:
    """One page.

    Raises:
        ApiError: 500, the database takes no such limit or offset.
    """
    limit = query.get("pagination.limit", 100)
    if not (0 <= first < float("inf") and 0 <= limit < float("inf")):
        raise internal_error()
    return page_of(found[::-1] if query.get("pagination.reverse") else found, first, limit)


def _pagination(query: dict[str, Any], first: float, total: int) -> dict[str, Any]:
    after = int(first + query.get("pagination.limit", 100))
    return {"next_key": str(after) if after < total else None, "total": str(total)}


def _is_wanted(world: World, deployment: Deployment, lease: Lease, query: dict[str, Any]) -> bool:
    """Whether a lease passes the filters; empty ones, and states that the indexer does not know, filter nothing."""
    has: dict[str, Any] = {
        "owner": world.wallet.address,
        "dseq": deployment.dseq,
        "gseq": lease.gseq,
        "oseq": lease.oseq,
        "provider": lease.provider,
    }
    asked = {name: query.get(f"filters.{name}") for name in has}
    state = query.get("filters.state")
    return all(asked[name] in (None, "", value) for name, value in has.items()) and (
        state not in ("active", "closed") or state == _state(lease.closed_height)
    )


def _state(closed_height: int | None) -> str:
    """The indexer tells by the height of its end whether something is over, and no more."""
    return "closed" if closed_height else "active"


def _deployment_json(world: World, deployment: Deployment) -> dict[str, Any]:
    owner, account, created = world.wallet.address, deployment.escrow, str(deployment.created_height)
    balance, state = coin(account.funds), _state(deployment.closed_height)
    return {
        "deployment": {
            "id": {"owner": owner, "dseq": deployment.dseq},
            "state": state,
            "hash": UNKNOWN,
            "created_at": created,
        },
        "groups": [_group_json(world, deployment, group) for group in deployment.groups],
        "escrow_account": {
            "id": {"scope": "deployment", "xid": f"{owner}/{deployment.dseq}"},
            "state": {
                "owner": owner,
                "state": "open" if state == "active" else "closed",
                "transferred": [coin(account.transferred)],
                "settled_at": str(account.settled_at),
                "funds": [balance],
                "deposits": [{"owner": owner, "height": created, "source": "balance", "balance": balance}],
            },
        },
    }


def _group_json(world: World, deployment: Deployment, group: Group) -> dict[str, Any]:
    return {
        "id": {"owner": world.wallet.address, "dseq": deployment.dseq, "gseq": group.gseq},
        "state": "closed" if deployment.closed_height else "open",
        "group_spec": {
            "name": UNKNOWN,
            "requirements": {"signed_by": {"all_of": [], "any_of": []}, "attributes": []},
            "resources": _units_json(order_of_group(group).units),
        },
        "created_at": str(deployment.created_height),
    }


def _units_json(units: Iterable[Unit]) -> list[dict[str, Any]]:
    return [
        {"resource": _unit_json(number_, unit), "count": unit.count, "price": coin(unit.price)}
        for number_, unit in enumerate(units, 1)
    ]


def _unit_json(number_: int, unit: Unit) -> dict[str, Any]:
    storage = sum(volume.size for volume in unit.volumes)
    return {
        "id": number_,
        "cpu": {"units": {"val": str(unit.cpu)}, "attributes": []},
        "memory": {"quantity": {"val": str(unit.memory)}, "attributes": []},
        "storage": [{"name": "default", "quantity": {"val": str(storage)}, "attributes": []}],
        "gpu": {"units": {"val": str(unit.gpu)}, "attributes": []},
        "endpoints": [{"kind": "SHARED_HTTP", "sequence_number": 0}],
    }


def _lease_json(world: World, deployment: Deployment, lease: Lease) -> dict[str, Any]:
    state, nothing, price = _state(lease.closed_height), coin(0), coin(lease.price)
    number_ = (lease.gseq, lease.oseq, lease.provider)
    paid = next(p.paid for p in deployment.escrow.payments if (p.gseq, p.oseq, p.provider) == number_)
    return {
        "lease": {
            "id": market_id(world, deployment, lease.gseq, lease.oseq, lease.provider),
            "state": state,
            "price": price,
            "created_at": str(lease.created_height),
            "closed_on": str(lease.closed_height),
        },
        "escrow_payment": {
            "id": {
                "aid": {"scope": "deployment", "xid": f"{world.wallet.address}/{deployment.dseq}"},
                "xid": "/".join(map(str, number_)),
            },
            "state": {
                "owner": lease.provider,
                "state": "open" if state == "active" else "closed",
                "rate": price,
                "balance": nothing,
                "unsettled": nothing,
                "withdrawn": coin(paid),
            },
        },
    }
