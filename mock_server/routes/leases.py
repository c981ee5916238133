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
from mock_server.sdl_rules import gpu_label
from mock_server.state import Bid, Deployment, Group, World
from mock_server.validate import address, array, dseq, invalid, issue, number, obj, parse, string
from mock_server.wire import bid_json, deployment_json

_ITEMS = array(obj(dseq=dseq, gseq=number(), oseq=number(), provider=address))
_PAIR = obj(certPem=string(), keyPem=string())
_LIVE, _GUIDE = obj(manifest=string(), leases=_ITEMS), obj(manifest=string(), certificate=_PAIR, leases=_ITEMS)
_NOT_OPEN = "Cannot create lease: The selected bid is no longer open. Please refresh and select an available bid."


def list_bids(call: Call) -> MockResponse:
    """GET /v1/bids?dseq= and /v1/bids/{dseq}: bids of all states, by gseq, oseq and provider, at most 100."""
    given = {**call.request.query, **call.path}
    number_ = parse(obj(dseq=dseq), given)["dseq"]
    deployment = call.find(number_)
    shown = _shown_bids(call.world, deployment) if deployment else []
    return reply({"data": shown[:100]})


def create_leases(call: Call) -> MockResponse:
    """POST /v1/leases: accept bids in one transaction unless that was done before, then send the manifest.

    A manifest that a provider refuses leaves the lease on chain; the same call may be repeated. Whether it was done
    before is asked of the first deployment only, and the answer is about that one (contract §5).
    """
    wanted = call.body(_GUIDE if call.guide else _LIVE)
    call.wallet()
    if call.guide:
        _check_certificate(call, wanted["certificate"])
    items = wanted["leases"]
    if not items:
        raise internal_error()
    for item in items:
        _check_provider(call, item)
    first = call.find(items[0]["dseq"])
    if first is None or all(lease.state == "closed" for lease in first.leases):
        _accept(call, items)
    for item in items:
        push_manifest(call, call.find(item["dseq"]), item["provider"], wanted["manifest"])
    deployment = call.deployment(items[0]["dseq"])
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
    return [gpu_label(s.gpu.vendor, s.gpu.model) for s in stocks if s and s.gpu.model in TRIAL_BLOCKED]


def _check_provider(call: Call, item: dict[str, Any]) -> None:
    provider = item["provider"]
    known = by_address(call.world.seed, call.world.fleet).get(provider)
    if known is None:
        raise error(404, f"Provider {provider} not found")
    if not known.audited:
        raise error(403, "Provider not authorized.")
    if not call.world.wallet.trial:
        return
    deployment = call.find(item["dseq"])
    if deployment is None or _bid(deployment, item) is None:
        where = ", ".join(f"{name}={item[name]}" for name in ("dseq", "gseq", "oseq", "provider"))
        raise error(403, f"Referenced lease bid not found: {where}, bseq=0")
    names = _blocked_gpus(known, deployment.groups[item["gseq"] - 1])
    if names:
        raise error(402, f"{', '.join(names)} not available on free trial: Add funds to unlock GPU access")


def _bid(deployment: Deployment, item: dict[str, Any]) -> Bid | None:
    return lifecycle.find_bid(deployment, item["gseq"], item["oseq"], item["provider"])


def _accept(call: Call, items: list[dict[str, Any]]) -> None:
    """Check what the chain checks, then accept all at once. A second bid on one order is lost by then."""
    accepted: dict[str, dict[tuple[int, int], str]] = {}
    for index, item in enumerate(items):
        deployment = call.find(item["dseq"])
        bid = _bid(deployment, item) if deployment else None
        if bid is None:
            # The chain's words reach the caller: this one is not mapped (contract §3).
            raise error(500, f"failed to execute message; message index: {index}: invalid bid: bid not found")
        orders, order = accepted.setdefault(item["dseq"], {}), (item["gseq"], item["oseq"])
        if bid.state != "open" or order in orders:
            raise error(400, f"Failed to create lease: {_NOT_OPEN}")
        orders[order] = item["provider"]
    for number_, orders in accepted.items():
        chosen = [(gseq, oseq, provider) for (gseq, oseq), provider in orders.items()]
        lifecycle.create_leases(call.world, call.deployment(number_), chosen)


def _check_certificate(call: Call, pair: dict[str, str]) -> None:
    """The guide's leases need both halves of one pair that this service made.

    Raises:
        ApiError: 400.
    """
    from mock_server import certificates  # cryptography is heavy, and only the guide needs it

    problem = certificates.problem(pair["certPem"], pair["keyPem"], call.world.certificates)
    if problem:
        raise invalid([issue(("certificate",), problem)])
