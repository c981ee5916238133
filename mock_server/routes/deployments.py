"""Deployments: create, get, list, update, add funds, close (contract §5)."""

from __future__ import annotations

from typing import Any

from akash_nb.money import usd_to_micro
from akash_nb.sdl import Compiled
from akash_nb.sdl import compile as compile_sdl
from mock_server import lifecycle, market
from mock_server.call import Call
from mock_server.catalogue import AUDITOR, TRIAL_BLOCKED
from mock_server.http import ApiError, MockResponse, error, internal_error, reply
from mock_server.provider import push_manifests, status_of
from mock_server.state import Deployment, World
from mock_server.validate import data, dseq, number, obj, optional, string
from mock_server.wire import DENOM, deployment_json

#: The chain's least deposit at creation, 0.5 ACT, and the 5 USD that only the guide asks for (contract §14).
CHAIN_MINIMUM, GUIDE_MINIMUM = 500_000, 5_000_000
#: The chain's highest price of one unit, micro-units per block (contract §11.7).
MAX_UNIT_PRICE = 10_000_000

_NEW = obj(sdl=string(), deposit=optional(number()))
_DSEQ = obj(dseq=dseq)


def create(call: Call) -> MockResponse:
    """POST /v1/deployments: 201 with dseq, manifest and the transaction."""
    wanted = _wanted(call)
    call.wallet()
    compiled = compile_or_refuse(call, wanted["sdl"])
    _check_prices(compiled)
    if "deposit" not in wanted:
        raise error(400, "deposit is required")
    deposit = usd_to_micro(wanted["deposit"])
    if call.guide and deposit < GUIDE_MINIMUM:
        raise error(400, "Deposit must be at least 5 USD")
    call.check_spending(max(deposit, 1), create=True)
    if deposit < CHAIN_MINIMUM:
        raise error(400, "Failed to create deployment: Deposit too low")
    if call.world.wallet.trial:
        _reclaim_orphans(call.world)
    bidding = call.faults.strikes("no_bids") is None
    deployment = lifecycle.create_deployment(
        call.world, compiled.groups, compiled.manifest, compiled.version, deposit, bidding=bidding
    )
    tx_hash = deployment.history[-1].tx_hash
    tx = {"code": 0, "hash": tx_hash, "transactionHash": tx_hash, "rawLog": ""}
    return reply({"data": {"dseq": deployment.dseq, "manifest": deployment.manifest, "signTx": tx}}, 201)


def list_active(call: Call) -> MockResponse:
    """GET /v1/deployments: active ones only, by dseq, without lease status."""
    paging = call.query(
        obj(skip=optional(number(minimum=0, coerce=True)), limit=optional(number(minimum=1, coerce=True)))
    )
    call.wallet()
    active = [d for d in call.world.deployments.values() if d.state == "active"]
    active.sort(key=lambda d: int(d.dseq))
    skip, limit = int(paging.get("skip", 0)), int(paging.get("limit", len(active)))
    page = active[skip : skip + limit] if paging else active
    # The node reports the length of this page as the total (contract §5), so both are wrong while paging.
    total = len(page)
    more = "skip" in paging and "limit" in paging and total > skip + limit
    pagination = {"total": total, "skip": skip, "limit": limit, "hasMore": more}
    return reply({"data": {"deployments": [deployment_json(call.world, d) for d in page], "pagination": pagination}})


def get(call: Call) -> MockResponse:
    """GET /v1/deployments/{dseq}: also of closed ones; asks each lease's provider for its status."""
    return _answer(call, call.deployment(call.params(_DSEQ)["dseq"]))


def update(call: Call) -> MockResponse:
    """PUT /v1/deployments/{dseq}: put the new hash on chain if it differs, then send the manifest to the providers."""
    number_ = call.params(_DSEQ)["dseq"]
    text = call.body(data(sdl=string()))["data"]["sdl"]
    call.wallet()
    compiled = compile_or_refuse(call, text)
    deployment = call.deployment(number_)
    if deployment.state != "active":
        raise error(400, "Deployment closed")
    if compiled.version != deployment.hash:
        deployment.hash = compiled.version
        lifecycle.record(call.world, deployment, "MsgUpdateDeployment")
    push_manifests(call, deployment, compiled.manifest, compiled.groups)
    return _answer(call, deployment)


def close(call: Call) -> MockResponse:
    """DELETE /v1/deployments/{dseq}: closing twice is fine."""
    deployment = call.deployment(call.params(_DSEQ)["dseq"])
    if deployment.state == "active":
        lifecycle.close_deployment(call.world, deployment)
    return reply({"data": {"success": True}})


def deposit(call: Call) -> MockResponse:
    """POST /v1/deposit-deployment: add funds, the live service's way."""
    wanted = call.body(data(dseq=dseq, deposit=number()))["data"]
    return _deposit(call, wanted["dseq"], wanted["deposit"])


def deposit_guide(call: Call) -> MockResponse:
    """POST /v1/deployments/deposit/{dseq}: add funds, the published guide's way."""
    wanted = {**call.params(_DSEQ), **call.body(obj(amount=number()))}
    return _deposit(call, wanted["dseq"], wanted["amount"])


def compile_or_refuse(call: Call, text: str) -> Compiled:
    """The SDL compiled the way the API does it: its own denom, its auditors, its trial rules (contract §11).

    Raises:
        ApiError: 400 `Invalid SDL: ...`.
    """
    compiled = compile_sdl(text, amend=_amend)
    if not compiled.ok:
        raise invalid_sdl(", ".join(found.message for found in compiled.errors))
    if call.world.wallet.trial:
        _check_trial(compiled)
    return compiled


def invalid_sdl(message: str) -> ApiError:
    """The API's 400 for a wrong SDL."""
    return error(400, f"Invalid SDL: {message}")


def _amend(document: dict[str, Any]) -> None:
    """Overwrite every denom and ask for audited providers; leaves alone what validation will complain about."""
    profiles = document.get("profiles")
    placements = profiles.get("placement") if isinstance(profiles, dict) else None
    for placement in placements.values() if isinstance(placements, dict) else ():
        if isinstance(placement, dict):
            _amend_placement(placement)


def _amend_placement(placement: dict[str, Any]) -> None:
    pricing = placement.get("pricing")
    for price in pricing.values() if isinstance(pricing, dict) else ():
        if isinstance(price, dict):
            price["denom"] = DENOM
    signed_by = placement.get("signedBy")
    signed_by = placement["signedBy"] = signed_by if isinstance(signed_by, dict) else {}
    any_of = signed_by.get("anyOf")
    any_of = signed_by["anyOf"] = any_of if isinstance(any_of, list) else []
    if AUDITOR not in any_of:
        any_of.append(AUDITOR)


def _wanted(call: Call) -> Any:
    """The create body: in `data`, or bare as the guide writes it."""
    sent = call.json()
    if call.guide and isinstance(sent, dict) and "data" not in sent:
        return call.body(_NEW)
    return call.body(obj(data=_NEW))["data"]


def _deposit(call: Call, number_: str, usd: float) -> MockResponse:
    amount = usd_to_micro(usd)
    deployment = call.deployment(number_)
    call.check_spending(0, create=False)
    if amount <= 0:
        # The chain's own complaint about an empty coin is not mapped to anything better (contract §5).
        raise error(500, "invalid deposit: amount must be positive")
    if deployment.state != "active":
        raise error(400, "Deployment closed")
    call.check_spending(amount, create=False)
    lifecycle.deposit_funds(call.world, deployment, amount)
    return _answer(call, deployment)


def _answer(call: Call, deployment: Deployment) -> MockResponse:
    return reply({"data": deployment_json(call.world, deployment, status_of(call, deployment))})


def _check_prices(compiled: Compiled) -> None:
    """Refuse what the chain would: prices over its limit, and numbers that are none (`NaN` gets past the SDL rules)."""
    try:
        orders = [market.order_of(group) for group in compiled.groups]
        over = any(unit.price > MAX_UNIT_PRICE for order in orders for unit in order.units)
    except (ValueError, ArithmeticError):
        raise internal_error() from None
    if over:
        raise error(400, "Failed to create deployment: Unit price exceeds the maximum allowed by the network")


def _check_trial(compiled: Compiled) -> None:
    """GPUs that a trial may not ask for by name."""
    wishes = (
        wish
        for group in compiled.groups
        for unit in market.order_of(group).units
        for wish in unit.gpu_wishes
        if unit.gpu
    )
    blocked = {_gpu_label(w): None for w in wishes if w.get("model") in TRIAL_BLOCKED}
    if blocked:
        raise invalid_sdl(f"{', '.join(blocked)} not available on free trial: Add funds to unlock GPU access")


def _gpu_label(wish: Any) -> str:
    """`Nvidia RTX4090`."""
    return f"{wish.get('vendor', '').capitalize()} {wish['model'].upper()}"


def _reclaim_orphans(world: World) -> None:
    """A trial's open deployments without a lease make room for the new one."""
    for deployment in world.deployments.values():
        if deployment.state == "active" and not deployment.leases:
            lifecycle.close_deployment(world, deployment)
