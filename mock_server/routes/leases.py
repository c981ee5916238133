"""Bids, leases and the certificates of the guide (contract §5, §20)."""

from __future__ import annotations

from typing import Any

from mock_server import lifecycle
from mock_server.call import Call
from mock_server.catalogue import TRIAL_BLOCKED
from mock_server.fleet import Provider, by_address
from mock_server.http import MockResponse, error, internal_error, reply
from mock_server.market import chosen_stock, order_of
from mock_server.provider import push_manifest, status_of
from mock_server.state import Bid, Deployment, Group, World
from mock_server.validate import address, array, dseq, invalid, issue, number, obj, parse, string
from mock_server.wire import bid_json, deployment_json

_LEASE = obj(dseq=dseq, gseq=number(), oseq=number(), provider=address)
_PAIR = obj(certPem=string(), keyPem=string())
_NOT_OPEN = "Cannot create lease: The selected bid is no longer open. Please refresh and select an available bid."


def list_bids(call: Call) -> MockResponse:
    """GET /v1/bids?dseq= and /v1/bids/{dseq}: bids of all states, by gseq, oseq and provider, at most 100."""
    given = {**call.request.query, **call.path}
    number_ = parse(obj(dseq=dseq), given)["dseq"]
    call.wallet()
    deployment = call.world.deployments.get(number_)
    shown = _shown_bids(call.world, deployment) if deployment else []
    return reply({"data": shown[:100]})


def create_leases(call: Call) -> MockResponse:
    """POST /v1/leases: accept bids in one transaction unless that was done before, then send the manifest.

    A manifest that a provider refuses leaves the lease on chain; the same call may be repeated.
    """
    wanted = call.body(obj(manifest=string(), leases=array(_LEASE)))
    if call.guide:
        _check_certificate(call)
    call.wallet()
    if not wanted["leases"]:
        raise internal_error()
    deployment = call.deployment(wanted["leases"][0]["dseq"])
    chosen = [(int(w["gseq"]), int(w["oseq"]), w["provider"]) for w in wanted["leases"]]
    for item in chosen:
        _check_provider(call, deployment, item)
    if all(lease.state == "closed" for lease in deployment.leases):
        _accept(call, deployment, chosen)
    for gseq, oseq, provider in chosen:
        same = (x for x in deployment.leases if (x.gseq, x.oseq, x.provider) == (gseq, oseq, provider))
        lease = next(same, None)
        if lease is None:
            raise error(404, "no lease for deployment\n")
        push_manifest(call, deployment, lease, wanted["manifest"])
    return reply({"data": deployment_json(call.world, deployment, status_of(call, deployment))})


def create_certificate(call: Call) -> MockResponse:
    """POST /v1/certificates: a certificate pair in the guide, removed from the live service."""
    if not call.guide:
        removed = "This endpoint has been removed. mTLS certificates are no longer required as identity is now verified"
        return reply({"error": f"{removed} via API key."}, 400)
    from mock_server import certificates  # cryptography is heavy, and only the guide needs it

    wallet = call.wallet()
    made = certificates.make(call.world.seed, wallet.address, len(call.world.certificates), call.world.now_ms)
    call.world.certificates.append(certificates.fingerprint(made.cert_pem))
    pair = {"certPem": made.cert_pem, "pubkeyPem": made.pubkey_pem, "encryptedKey": made.key_pem}
    return reply({"data": pair})


def _shown_bids(world: World, deployment: Deployment) -> list[dict[str, Any]]:
    found = [
        (group, order.oseq, bid)
        for group in deployment.groups
        for order in group.orders
        for bid in sorted(order.bids, key=lambda bid: bid.provider)
        if _is_shown(world, group, bid)
    ]
    return [bid_json(world, deployment, *item) for item in found]


def _is_shown(world: World, group: Group, bid: Bid) -> bool:
    """Only bids of audited providers, and to a trial none with a GPU it may not rent."""
    provider = by_address(world.seed, world.fleet)[bid.provider]
    if not provider.audited:
        return False
    return not (world.wallet.trial and _blocked_gpus(provider, group))


def _blocked_gpus(provider: Provider, group: Group) -> list[str]:
    """The GPUs a provider would give to a group that a trial may not rent, as the Console labels them."""
    stocks = [chosen_stock(provider, unit) for unit in order_of(group.spec).units if unit.gpu]
    return [f"{s.gpu.vendor.capitalize()} {s.gpu.model.upper()}" for s in stocks if s and s.gpu.model in TRIAL_BLOCKED]


def _check_provider(call: Call, deployment: Deployment, item: tuple[int, int, str]) -> None:
    gseq, oseq, provider = item
    known = by_address(call.world.seed, call.world.fleet).get(provider)
    if known is None:
        raise error(404, f"Provider {provider} not found")
    if not known.audited:
        raise error(403, "Provider not authorized.")
    if not call.world.wallet.trial:
        return
    if lifecycle.find_bid(deployment, gseq, oseq, provider) is None:
        where = f"dseq={deployment.dseq}, gseq={gseq}, oseq={oseq}, provider={provider}, bseq=0"
        raise error(403, f"Referenced lease bid not found: {where}")
    names = _blocked_gpus(known, deployment.groups[gseq - 1])
    if names:
        raise error(402, f"{', '.join(names)} not available on free trial: Add funds to unlock GPU access")


def _accept(call: Call, deployment: Deployment, chosen: list[tuple[int, int, str]]) -> None:
    """Check what the chain checks, then accept all at once. A second bid on one order is lost by then."""
    taken: set[tuple[int, int]] = set()
    for gseq, oseq, provider in chosen:
        bid = lifecycle.find_bid(deployment, gseq, oseq, provider)
        if bid is None:
            # The chain's words reach the caller: this one is not mapped (contract §3).
            raise error(500, "failed to execute message; message index: 0: invalid bid: bid not found")
        if bid.state != "open" or (gseq, oseq) in taken:
            raise error(400, f"Failed to create lease: {_NOT_OPEN}")
        taken.add((gseq, oseq))
    lifecycle.create_leases(call.world, deployment, chosen)


def _check_certificate(call: Call) -> None:
    """The guide's leases need both halves of one pair that this service made."""
    sent = call.json()
    if not isinstance(sent, dict) or "certificate" not in sent:
        shape = {"code": "invalid_type", "expected": "object", "received": "undefined"}
        raise invalid([{**shape, "path": ["certificate"], "message": "Required"}])
    pair = parse(obj(certificate=_PAIR), sent)["certificate"]
    from mock_server import certificates  # cryptography is heavy, and only the guide needs it

    problem = certificates.problem(pair["certPem"], pair["keyPem"], call.world.certificates)
    if problem:
        raise invalid([issue(("certificate",), problem)])
