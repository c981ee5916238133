"""Bids, leases and the certificates of the guide (contract §5, §20)."""

from __future__ import annotations

from typing import Any

from mock_server.chain.errors import NOT_OPEN, executing
from mock_server.provider.contact import push_manifest, status_of
from mock_server.supply.catalogue import TRIAL_BLOCKED
from mock_server.supply.fleet import by_address
from mock_server.supply.market import chosen_stock, order_of_group
from mock_server.supply.provider import Provider
from mock_server.web.call import Call
from mock_server.web.http import MockResponse, encode, error, internal_error, reply, reply_encoded
from mock_server.web.sdl_rules import gpu_label
from mock_server.web.takes import takes
from mock_server.web.validate import address, array, dseq, invalid, issue, number, obj, parse, string
from mock_server.world import lifecycle
from mock_server.world.state import Bid, Deployment, Group, Order, World
from mock_server.world.wire import bid_json, deployment_json

_DSEQ = obj(dseq=dseq)
_ITEMS = array(obj(dseq=dseq, gseq=number(), oseq=number(), provider=address))
_PAIR = obj(certPem=string(), keyPem=string())
_LIVE, _GUIDE = obj(manifest=string(), leases=_ITEMS), obj(manifest=string(), certificate=_PAIR, leases=_ITEMS)

#: What polling clients ask again and again: the states that an order's bids had, and the bids as JSON.
_TOLD: dict[Order, tuple[tuple[str, ...], tuple[bytes, ...]]] = {}
_ORDERS_TOLD = 64


@takes(params=_DSEQ, query=_DSEQ, key=True)
def list_bids(call: Call) -> MockResponse:
    """GET /v1/bids?dseq= and /v1/bids/{dseq}: bids of all states, by gseq, oseq and provider, at most 100."""
    given = {**call.request.query, **call.path}
    number_ = parse(_DSEQ, given)["dseq"]
    deployment = call.find(number_)
    shown = _shown_bids(call, deployment) if deployment else []
    return reply_encoded(b'{"data":[' + b",".join(shown[:100]) + b"]}")


@takes(body=_LIVE, guide_body=_GUIDE, key=True)
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
        check_provider(call, item)
    first = call.find(items[0]["dseq"])
    if first is None or all(lease.state == "closed" for lease in first.leases):
        _accept(call, items)
    for item in items:
        push_manifest(call, call.find(item["dseq"]), item["provider"], wanted["manifest"])
    deployment = call.deployment(items[0]["dseq"])
    return reply({"data": deployment_json(call.world, deployment, status_of(call, deployment))})


@takes(key="guide")
def create_certificate(call: Call) -> MockResponse:
    """POST /v1/certificates: a certificate pair in the guide, removed from the live service."""
    if not call.guide:
        removed = "This endpoint has been removed. mTLS certificates are no longer required as identity is now verified"
        return reply({"error": f"{removed} via API key."}, 400)
    from mock_server.provider import certificates  # cryptography is heavy, and only the guide needs it

    wallet = call.wallet()
    made = certificates.make(call.world.seed, wallet.address, len(call.world.certificates), call.world.now_ms)
    call.world.certificates.append(certificates.fingerprint(made.cert_pem))
    pair = {"certPem": made.cert_pem, "pubkeyPem": made.pubkey_pem, "encryptedKey": made.key_pem}
    return reply({"data": pair})


def _shown_bids(call: Call, deployment: Deployment) -> list[bytes]:
    """All bids of a deployment that its tenant may see, each as JSON."""
    return [
        text for group in deployment.groups for order in group.orders for text in _told(call, deployment, group, order)
    ]


def _told(call: Call, deployment: Deployment, group: Group, order: Order) -> tuple[bytes, ...]:
    """The bids on an order, as they were told before if none of them has moved on: nothing else in a bid changes."""
    states = tuple([bid.state for bid in order.bids])
    known = _TOLD.get(order)
    if known is not None and known[0] == states:
        return known[1]
    bids = sorted(order.bids, key=lambda bid: bid.provider)
    shown = (
        bid_json(call.world, deployment, group, order.oseq, bid) for bid in bids if _is_shown(call.world, group, bid)
    )
    # By this the clients of that time know that a lease takes a certificate (contract §20).
    more = {"isCertificateRequired": True} if call.guide else {}
    texts = tuple(encode({**told, **more}) for told in shown)
    if len(_TOLD) >= _ORDERS_TOLD:
        _TOLD.pop(next(iter(_TOLD)), None)
    _TOLD[order] = (states, texts)
    return texts


def _is_shown(world: World, group: Group, bid: Bid) -> bool:
    """Only bids of audited providers, and to a trial none with a GPU it may not rent."""
    provider = by_address(world.seed, world.fleet)[bid.provider]
    if not provider.audited:
        return False
    return not (world.wallet.trial and _blocked_gpus(provider, group))


def _blocked_gpus(provider: Provider, group: Group) -> list[str]:
    """The GPUs a provider would give to a group that a trial may not rent, as the Console labels them."""
    stocks = [chosen_stock(provider, unit) for unit in order_of_group(group).units if unit.gpu]
    return [gpu_label(s.gpu.vendor, s.gpu.model) for s in stocks if s and s.gpu.model in TRIAL_BLOCKED]


def check_provider(call: Call, item: dict[str, Any]) -> None:
    """Stop what the API itself does not let become a lease (contract §3).

    Raises:
        ApiError: 402, 403, 404.
    """
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
    call.require_fee()
    taken: set[tuple[str, int, int]] = set()
    accepted: dict[str, list[tuple[int, int, str]]] = {}
    for index, item in enumerate(items):
        check_bid(call, index, item, taken)
        accepted.setdefault(item["dseq"], []).append((item["gseq"], item["oseq"], item["provider"]))
    for number_, chosen in accepted.items():
        open_leases(call, number_, chosen)


def check_bid(call: Call, index: int, item: dict[str, Any], taken: set[tuple[str, int, int]]) -> None:
    """Stop what the chain does not let become a lease; `taken` are the orders that the transaction has so far.

    Raises:
        ApiError: 400 the bid is no longer open, 500 there is none.
    """
    deployment = call.find(item["dseq"])
    bid = _bid(deployment, item) if deployment else None
    if bid is None:
        # The chain's words reach the caller: this one is not mapped (contract §3).
        raise error(500, executing(index, "invalid bid: bid not found"))
    order = (item["dseq"], item["gseq"], item["oseq"])
    if bid.state != "open" or order in taken:
        raise error(400, f"Failed to create lease: {NOT_OPEN}")
    taken.add(order)


def open_leases(call: Call, number_: str, chosen: list[tuple[int, int, str]]) -> None:
    """Make leases of one deployment, (gseq, oseq, provider) each, which were checked before."""
    deployment = call.deployment(number_)
    lifecycle.create_leases(call.world, deployment, chosen)
    _plan_losses(call, deployment)


def _plan_losses(call: Call, deployment: Deployment) -> None:
    rule = call.faults.strikes("lease_lost")
    if rule is None:
        return
    for lease in lifecycle.active_leases(deployment):
        lifecycle.plan_loss(call.world, lease, deployment.dseq, round(rule.seconds * 1000), rule.reason)


def _check_certificate(call: Call, pair: dict[str, str]) -> None:
    """The guide's leases need both halves of one pair that this service made.

    Raises:
        ApiError: 400.
    """
    from mock_server.provider import certificates  # cryptography is heavy, and only the guide needs it

    problem = certificates.problem(pair["certPem"], pair["keyPem"], call.world.certificates)
    if problem:
        raise invalid([issue(("certificate",), problem)])
