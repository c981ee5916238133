"""Deployments: create, get, list, update, add funds, close (contract §5)."""

from __future__ import annotations

from typing import Any, TypedDict

from akash_nb.money import usd_to_micro
from mock_server.chain.errors import NO_BALANCE, RELOAD_COMING
from mock_server.chain.limits import check_create
from mock_server.faults import Faults
from mock_server.provider.contact import push_manifest, status_of
from mock_server.web.call import Call, page_of
from mock_server.web.http import MockResponse, error, internal_error, reply
from mock_server.web.sdl_rules import compile_or_refuse
from mock_server.web.takes import takes
from mock_server.web.validate import data, dseq, number, obj, optional, string, union
from mock_server.world import lifecycle
from mock_server.world.state import Deployment, World
from mock_server.world.wire import deployment_json


class Bidding(TypedDict):
    """What `lifecycle.create_deployment` is told about the bids to come."""

    bidding: bool
    bid_ms: int


#: The 5 USD that only the guide asks for (contract §14).
GUIDE_MINIMUM = 5_000_000

_NEW = obj(sdl=string(), deposit=optional(number()))
_DSEQ = obj(dseq=dseq)
_IN_DATA, _SDL, _MORE, _MORE_GUIDE = (
    obj(data=_NEW),
    data(sdl=string()),
    data(dseq=dseq, deposit=number()),
    obj(amount=number()),
)
_PAGING = obj(skip=optional(number(minimum=0, coerce=True)), limit=optional(number(minimum=1, coerce=True)))


@takes(body=_IN_DATA, guide_body=union(_NEW, _IN_DATA), key=True, status=201)
def create(call: Call) -> MockResponse:
    """POST /v1/deployments: 201 with dseq, manifest and the transaction."""
    wanted = _wanted(call)
    call.wallet()
    compiled = compile_or_refuse(wanted["sdl"], trial=call.world.wallet.trial)
    deposit = _first_deposit(call, wanted.get("deposit"))
    if call.world.wallet.trial:
        _reclaim_orphans(call.world)
    call.require_activated()
    if call.is_short_of(max(deposit, 1)):
        raise error(402, RELOAD_COMING if lifecycle.plan_reload(call.world) else NO_BALANCE)
    check_create(compiled.groups, deposit)
    deployment = lifecycle.create_deployment(
        call.world, compiled.groups, compiled.version, deposit, **bidding_of(call.faults)
    )
    tx_hash = deployment.history[-1].tx_hash
    tx = {"code": 0, "hash": tx_hash, "transactionHash": tx_hash, "rawLog": ""}
    return reply({"data": {"dseq": deployment.dseq, "manifest": compiled.manifest, "signTx": tx}}, 201)


@takes(query=_PAGING, key=True)
def list_active(call: Call) -> MockResponse:
    """GET /v1/deployments: active ones only, by dseq, without lease status."""
    paging = call.query(_PAGING)
    call.wallet()
    skip, limit = paging.get("skip", 0), paging.get("limit", len(call.world.active))
    page = [call.world.deployments[dseq] for dseq in page_of(call.world.active, skip, limit)]
    # The node reports the length of this page as the total (contract §5), so both are wrong while paging.
    total = len(page)
    more = "skip" in paging and "limit" in paging and total > skip + limit
    pagination = {"total": total, "skip": skip, "limit": limit, "hasMore": more}
    return reply({"data": {"deployments": [deployment_json(call.world, d) for d in page], "pagination": pagination}})


@takes(params=_DSEQ, key=True)
def get(call: Call) -> MockResponse:
    """GET /v1/deployments/{dseq}: also of closed ones; asks each lease's provider for its status."""
    return _answer(call, call.deployment(call.params(_DSEQ)["dseq"]))


@takes(params=_DSEQ, body=_SDL, key=True)
def update(call: Call) -> MockResponse:
    """PUT /v1/deployments/{dseq}: put the new hash on chain if it differs, then send the manifest to the providers.

    To every provider that ever had a lease of it, up to the first that refuses (contract §5).
    """
    number_ = call.params(_DSEQ)["dseq"]
    text = call.body(_SDL)["data"]["sdl"]
    call.wallet()
    compiled = compile_or_refuse(text, trial=call.world.wallet.trial)
    deployment = call.deployment(number_)
    if deployment.state != "active":
        raise error(400, "Deployment closed")
    if compiled.version != deployment.hash:
        call.require_fee()
        deployment.hash = compiled.version
        lifecycle.record(call.world, deployment, "MsgUpdateDeployment")
    for provider in dict.fromkeys(lease.provider for lease in deployment.leases):
        push_manifest(call, deployment, provider, compiled.manifest)
    return _answer(call, deployment)


@takes(params=_DSEQ, key=True)
def close(call: Call) -> MockResponse:
    """DELETE /v1/deployments/{dseq}: closing twice is fine."""
    deployment = call.deployment(call.params(_DSEQ)["dseq"])
    if deployment.state == "active":
        call.require_fee()
        lifecycle.close_deployment(call.world, deployment)
    return reply({"data": {"success": True}})


@takes(body=_MORE, key=True)
def deposit(call: Call) -> MockResponse:
    """POST /v1/deposit-deployment: add funds, the live service's way."""
    wanted = call.body(_MORE)["data"]
    return _deposit(call, wanted["dseq"], wanted["deposit"])


@takes(params=_DSEQ, body=_MORE_GUIDE, key=True)
def deposit_guide(call: Call) -> MockResponse:
    """POST /v1/deployments/deposit/{dseq}: add funds, the published guide's way."""
    wanted = {**call.params(_DSEQ), **call.body(_MORE_GUIDE)}
    return _deposit(call, wanted["dseq"], wanted["amount"])


def bidding_of(faults: Faults) -> Bidding:
    """How the market will answer a new deployment."""
    rule = faults.strikes("short_bids")
    bid_ms = lifecycle.BID_TIMEOUT_MS if rule is None else round(rule.seconds * 1000)
    return {"bidding": faults.strikes("no_bids") is None, "bid_ms": bid_ms}


def _wanted(call: Call) -> Any:
    """The create body: in `data`, or bare as the guide writes it."""
    sent = call.json()
    if call.guide and isinstance(sent, dict) and "data" not in sent:
        return call.body(_NEW)
    return call.body(_IN_DATA)["data"]


def _first_deposit(call: Call, usd: float | None) -> int:
    """What a create deposits, in micro-units: the service's default where it has one, else what the caller says."""
    if call.default_deposit is not None:
        return call.default_deposit
    if usd is None:
        raise error(400, "deposit is required")
    deposit = _micro(usd)
    if call.guide and deposit < GUIDE_MINIMUM:
        raise error(400, "Deposit must be at least 5 USD")
    return deposit


def _micro(usd: float) -> int:
    try:
        return usd_to_micro(usd)
    except ValueError:  # JSON has numbers beyond a double, such as 1e400; JavaScript then fails on Infinity
        raise internal_error() from None


def _deposit(call: Call, number_: str, usd: float) -> MockResponse:
    amount = _micro(usd)
    call.require_activated()
    deployment = call.deployment(number_)
    if amount <= 0:
        # The chain's own complaint about an empty coin is not mapped to anything better (contract §5).
        raise error(500, "invalid deposit: amount must be positive")
    if deployment.state != "active":
        raise error(400, "Deployment closed")
    if call.is_short_of(amount):
        raise error(402, NO_BALANCE)
    lifecycle.deposit_funds(call.world, deployment, amount)
    return _answer(call, deployment)


def _answer(call: Call, deployment: Deployment) -> MockResponse:
    return reply({"data": deployment_json(call.world, deployment, status_of(call, deployment))})


def _reclaim_orphans(world: World) -> None:
    """A trial's open deployments without a lease make room for the new one."""
    for deployment in world.running():
        if not deployment.leases:
            lifecycle.close_deployment(world, deployment)
