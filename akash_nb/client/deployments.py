"""Deployments: create, get, list, update, deposit, close (contract §5)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from akash_nb.client.call import Call, Flow, Repeat, send
from akash_nb.client.inputs import amount_usd as amount_usd
from akash_nb.client.inputs import dseq_text, segment
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import MissingRouteError
from akash_nb.models import AddressDeployment, CertificatePair, Created, DeploymentStatus, PublicDeployment

#: Smallest deposit at creation, in USD: the guide's, and the chain's 500,000 uact (contract §14).
MINIMUM_DEPOSIT_USD = {"guide": Decimal(5), "live": Decimal("0.5")}

_PAGE = 100


def create(sdl: str, *, deposit_usd: Decimal | float | str | None = None) -> Call[Created]:
    """Create a deployment and lock its deposit in escrow. **Spends; never repeated by itself.**

    Args:
        sdl: The SDL as YAML text.
        deposit_usd: US dollars to lock; None leaves it to the service, where that is allowed.

    Raises:
        InvalidInputError: The deposit is no amount that could be accepted; nothing was sent.
        OutcomeUnknownError: The answer was lost. Look for it with `list()` before creating again.
    """
    data: dict[str, Any] = {"sdl": sdl}
    if deposit_usd is not None:
        data["deposit"] = float(amount_usd(deposit_usd, minimum=MINIMUM_DEPOSIT_USD["live"]))
    return Call(
        "createDeployment",
        "POST",
        "/v1/deployments",
        Created.from_wire,
        json={"data": data},
        repeat=Repeat.NEVER,
        timeout_s=150,
    )


def get(dseq: str) -> Call[DeploymentStatus]:
    """The deployment with its leases, the state of their services, and its escrow; closed ones too.

    Raises:
        NotFoundError: This wallet has no such deployment.
    """
    # It asks each lease's provider in turn, up to 75 s (contract §1).
    return Call("getDeployment", "GET", _path(dseq), DeploymentStatus.from_wire, timeout_s=90, dseq=dseq)


def list_page(*, skip: int, limit: int) -> Call[tuple[DeploymentStatus, ...]]:
    """One page of the active deployments, ascending by dseq, without the state of services."""
    return Call("listDeployments", "GET", "/v1/deployments", _page, params={"skip": skip, "limit": limit}, timeout_s=60)


def list_all() -> Flow[tuple[DeploymentStatus, ...]]:
    """All active deployments, ascending by dseq, without the state of services.

    Pages until one brings nothing new: the service's `total` and `hasMore` can be wrong (contract §5).
    """
    found: dict[str, DeploymentStatus] = {}
    skip = 0
    while page := (yield from send(list_page(skip=skip, limit=_PAGE))):
        if all(item.dseq in found for item in page):
            break
        found.update((item.dseq, item) for item in page)
        skip += len(page)
    return tuple(found.values())


def update(dseq: str, sdl: str, *, certificate: CertificatePair | None = None) -> Call[DeploymentStatus]:
    """Send a changed manifest to the providers of a running deployment; same dseq, same leases, no new deposit.

    Changes of resources or of placement are refused by the provider (422): they need a new deployment.
    """
    data: dict[str, Any] = {"sdl": sdl}
    if certificate is not None:
        data["certificate"] = certificate.to_wire()
    return Call(
        "updateDeployment",
        "PUT",
        _path(dseq),
        DeploymentStatus.from_wire,
        json={"data": data},
        timeout_s=180,
        dseq=dseq,
        # The hash is changed first, then one provider after the other gets the manifest (contract §5).
        after_refusal="What runs keeps running; some providers may have the new manifest. Sending it again is safe.",
    )


def deposit(dseq: str, amount: Decimal | float | str, *, dialect: str | None = None) -> Flow[DeploymentStatus | None]:
    """Add US dollars to a deployment's escrow. **Spends; never repeated by itself.**

    Args:
        amount: US dollars, more than 0.
        dialect: `guide` or `live`, whose form is tried first; default: live. Its route is missing in a service of
            the other dialect, so that a plain 404 is certain to have spent nothing, and the other form follows.

    Returns:
        The deployment after the deposit, or None where the service answers without it.

    Raises:
        InvalidInputError: The amount is none; nothing was sent.
        OutcomeUnknownError: The answer was lost. Compare the deployment's escrow before adding again.
    """
    usd = float(amount_usd(amount, minimum=Decimal("0.000001")))
    first, second = (_deposit_guide, _deposit_live) if dialect == "guide" else (_deposit_live, _deposit_guide)
    try:
        return (yield from send(first(dseq, usd)))
    except MissingRouteError:
        return (yield from send(second(dseq, usd)))


def close(dseq: str) -> Call[None]:
    """Close a deployment: its leases end and what is left of the escrow returns to the wallet. Safe to repeat."""
    return Call("closeDeployment", "DELETE", _path(dseq), lambda _: None, timeout_s=120, dseq=dseq)


def by_address(
    address: str, *, state: Literal["active", "closed"] = "active", newest_first: bool = False, limit: int | None = None
) -> Flow[tuple[AddressDeployment, ...]]:
    """Deployments of any address, by dseq; public, up to a minute old, with the active leases only.

    Args:
        limit: How many at most; None for all. Pages of 100 until one brings nothing new.

    Raises:
        InvalidRequestError: It is no address of Akash.
    """
    found: dict[str, AddressDeployment] = {}
    while limit is None or len(found) < limit:
        page = yield from send(_address_page(address, state, newest_first, len(found), limit))
        fresh = {item.dseq: item for item in page if item.dseq not in found}
        if not fresh:
            break
        found.update(fresh)
    return tuple(found.values())


def public_detail(owner: str, dseq: str) -> Call[PublicDeployment]:
    """One deployment of any address, with its history; public, up to a minute old, and a while behind its creation.

    Raises:
        NotFoundError: No such deployment, or not seen yet.
    """
    path = f"/v1/deployment/{segment(owner)}/{dseq_text(dseq)}"
    return Call("getOwnerDeployment", "GET", path, PublicDeployment.from_wire, dseq=dseq)


class Deployments(Resource[C_co]):
    """The wallet's deployments."""

    create = operation(create)
    get = operation(get)
    list_page = operation(list_page)
    list = operation(list_all)
    update = operation(update)
    deposit = operation(deposit)
    close = operation(close)
    by_address = operation(by_address)
    public_detail = operation(public_detail)


def _address_page(
    address: str, state: str, newest_first: bool, skip: int, limit: int | None
) -> Call[tuple[AddressDeployment, ...]]:
    size = _PAGE if limit is None else min(_PAGE, limit - skip)
    return Call(
        "listAddressDeployments",
        "GET",
        f"/v1/addresses/{segment(address)}/deployments/{skip}/{size}",
        lambda value: tuple(AddressDeployment.from_wire(item) for item in value["results"]),
        params={"status": state} | ({"reverseSorting": "true"} if newest_first else {}),
    )


def _deposit_live(dseq: str, usd: float) -> Call[DeploymentStatus | None]:
    return Call(
        "depositDeployment",
        "POST",
        "/v1/deposit-deployment",
        _maybe_status,
        json={"data": {"dseq": dseq_text(dseq), "deposit": usd}},
        repeat=Repeat.NEVER,
        timeout_s=120,
        dseq=dseq,
    )


def _deposit_guide(dseq: str, usd: float) -> Call[DeploymentStatus | None]:
    return Call(
        "depositDeployment",
        "POST",
        f"/v1/deployments/deposit/{dseq_text(dseq)}",
        _maybe_status,
        json={"amount": usd},
        repeat=Repeat.NEVER,
        timeout_s=120,
        dseq=dseq,
    )


def _maybe_status(value: Any) -> DeploymentStatus | None:
    return DeploymentStatus.from_wire(value) if isinstance(value, dict) and "deployment" in value else None


def _page(value: Any) -> tuple[DeploymentStatus, ...]:
    return tuple(DeploymentStatus.from_wire(item) for item in value["deployments"])


def _path(dseq: str) -> str:
    return f"/v1/deployments/{dseq_text(dseq)}"
