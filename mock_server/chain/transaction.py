"""A transaction of several messages as the chain takes it: all of them or none (contract §5, §8).

Every message is checked against the world as those before it would leave it, and only then anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_server.chain.draft import Draft
from mock_server.chain.limits import check_create
from mock_server.chain.messages import (
    ACCOUNT_DEPOSIT,
    CLOSE_DEPLOYMENT,
    CREATE_CERTIFICATE,
    CREATE_DEPLOYMENT,
    CREATE_LEASE,
    SCOPE_DEPLOYMENT,
    UPDATE_DEPLOYMENT,
    group_specs,
)
from mock_server.world import lifecycle
from mock_server.world.state import Deployment
from mock_server.world.wire import DENOM

#: What a message changes once all are checked; the deployment in whose history it stands, if it does in one.
Action = Callable[[], Deployment | None]


def run(draft: Draft, contents: list[dict[str, Any]]) -> str:
    """Do what the messages say, all of it or nothing.

    Args:
        draft: The transaction.
        contents: What its messages hold, in the order of `draft.types`.

    Returns:
        The transaction's hash.

    Raises:
        ApiError: What the API makes of the chain's complaint about the first message that it does not take.
    """
    actions: list[Action] = []
    for index, (kind, message) in enumerate(zip(draft.types, contents, strict=True)):
        draft.index = index
        actions.append(_CHECKS[kind](draft, message))
    tx_hash = lifecycle.new_tx_hash(draft.world)
    for act in actions:
        deployment = act()
        if deployment is not None:
            deployment.history[-1].tx_hash = tx_hash
    return tx_hash


def _create(draft: Draft, message: dict[str, Any]) -> Action:
    dseq, version = draft.dseq_of(message["id"]), draft.hash_of(message)
    groups = _groups(draft, message)
    if draft.knows(dseq):
        raise draft.refused("Deployment exists")
    amount = draft.amount_of(message["deposit"])
    check_create(groups, amount, index=draft.index)
    draft.pay(message["deposit"], amount)
    draft.opened.add(dseq)
    draft.hashes[dseq] = version

    def act() -> Deployment:
        return lifecycle.create_deployment(draft.world, groups, version, amount, dseq=dseq, **draft.api.bidding())

    return act


def _update(draft: Draft, message: dict[str, Any]) -> Action:
    version, dseq = draft.hash_of(message), draft.open_dseq_of(message["id"])
    known = draft.hashes.get(dseq) or draft.world.deployments[dseq].hash
    if version == known:
        raise draft.refused("Invalid: deployment hash")
    draft.hashes[dseq] = version

    def act() -> Deployment:
        deployment = draft.world.deployments[dseq]
        deployment.hash = version
        lifecycle.record(draft.world, deployment, "MsgUpdateDeployment")
        return deployment

    return act


def _close(draft: Draft, message: dict[str, Any]) -> Action:
    dseq = draft.open_dseq_of(message["id"])
    draft.closed.add(dseq)

    def act() -> Deployment:
        deployment = draft.world.deployments[dseq]
        lifecycle.close_deployment(draft.world, deployment)
        return deployment

    return act


def _deposit(draft: Draft, message: dict[str, Any]) -> Action:
    draft.require_signer(message["signer"])
    account = message["id"]
    owner, _, dseq = account["xid"].partition("/")
    own = account["scope"] == SCOPE_DEPLOYMENT and owner == draft.world.wallet.address
    if not own or not draft.knows(dseq):
        raise draft.refused("account not found")
    if not draft.is_open(dseq):
        raise draft.refused("account closed")
    amount = draft.amount_of(message["deposit"])
    if amount <= 0:
        raise draft.refused("invalid deposit: amount must be positive")
    draft.pay(message["deposit"], amount)

    def act() -> Deployment:
        deployment = draft.world.deployments[dseq]
        lifecycle.deposit_funds(draft.world, deployment, amount)
        return deployment

    return act


def _lease(draft: Draft, message: dict[str, Any]) -> Action:
    """The leases of one deployment are made together, by the first message about it."""
    bid = {**message["bid_id"], "dseq": str(message["bid_id"]["dseq"])}
    draft.require_signer(bid["owner"])
    dseq = bid["dseq"]
    if bid["bseq"] or not draft.knows(dseq):
        raise draft.refused("invalid bid: bid not found")
    if dseq in draft.closed:
        raise draft.refused("bid not open")
    draft.api.check_bid(draft.index, bid)
    first = dseq not in draft.leases
    draft.leases.setdefault(dseq, []).append((bid["gseq"], bid["oseq"], bid["provider"]))

    def act() -> Deployment | None:
        if not first:
            return None
        deployment = draft.world.deployments[dseq]
        known = len(deployment.history)
        draft.api.lease(dseq, draft.leases[dseq])
        # Funds that are used up by now end the deployment instead of giving it a lease.
        return deployment if len(deployment.history) > known else None

    return act


def _certificate(draft: Draft, message: dict[str, Any]) -> Action:
    from mock_server.provider import certificates  # cryptography is heavy

    draft.require_signer(message["owner"])
    text = message["cert"].decode(errors="replace")
    if certificates.owner_of(text) != message["owner"]:
        raise draft.refused("invalid certificate value")
    if not message["pubkey"]:
        raise draft.refused("invalid pubkey value")
    mark = certificates.fingerprint(text)
    if mark in draft.certificates or mark in draft.world.certificates:
        raise draft.refused("certificate exists")
    draft.certificates.add(mark)
    return lambda: draft.world.certificates.append(mark)


_CHECKS: dict[str, Callable[[Draft, dict[str, Any]], Action]] = {
    CREATE_DEPLOYMENT: _create,
    UPDATE_DEPLOYMENT: _update,
    CLOSE_DEPLOYMENT: _close,
    ACCOUNT_DEPOSIT: _deposit,
    CREATE_LEASE: _lease,
    CREATE_CERTIFICATE: _certificate,
}


def _groups(draft: Draft, message: dict[str, Any]) -> list[dict[str, Any]]:
    """The groups of a new deployment, as `lifecycle.create_deployment` takes them."""
    groups = group_specs(message["groups"])
    names = {group["name"] for group in groups}
    denoms = {entry["price"]["denom"] for group in groups for entry in group["resources"]}
    if not groups or "" in names or len(names) < len(groups) or not all(group["resources"] for group in groups):
        raise draft.malformed("Invalid groups")
    if denoms != {DENOM}:
        raise draft.malformed(f"Invalid groups: prices must be in {DENOM}")
    return groups
