"""What the wallet holds: its deployments with their leases, their money as of now, and what is known of them here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from akash_nb import sdl
from akash_nb.client import account, deployments, wallet
from akash_nb.client.call import Flow, send, together
from akash_nb.errors import InvalidInputError
from akash_nb.flows.context import Context
from akash_nb.flows.resume import find_open
from akash_nb.flows.state import read_state
from akash_nb.models import AddressDeployment, DeploymentStatus, Lease
from akash_nb.runway import Runway, created_time, estimate_height, runway


@dataclass(frozen=True, slots=True)
class Holding:
    """A deployment of the wallet.

    Attributes:
        state: `active` or `closed`.
        created_at: When it was created (UTC); None where neither its number nor the journal says.
        leases: In every state; none for a closed deployment.
        money: As of now.
        groups: What each group asks for, in the order of gseq; empty where the SDL is not known here.
        is_known: The journal has its SDL.
        tags: As the journal has them.
    """

    dseq: str
    state: str
    created_at: datetime | None
    created_height: int
    leases: tuple[Lease, ...]
    money: Runway
    groups: tuple[sdl.GroupResources, ...]
    is_known: bool
    tags: tuple[str, ...]

    @property
    def live_leases(self) -> tuple[Lease, ...]:
        return tuple(lease for lease in self.leases if lease.is_live)


def open_holdings(context: Context, *, services: bool = False) -> Flow[tuple[Holding, ...]]:
    """The open deployments, newest first; brings the journal up to date on the way.

    Args:
        services: Have each provider asked what runs, with a call for each deployment; where that fails it is unknown.
    """
    found = yield from find_open(context)
    now = {item.status.dseq: item.status for item in found}
    if services:
        asked = [dseq for dseq, status in now.items() if status.live_leases]
        answers = yield from together(read_state(dseq) for dseq in asked)
        now |= {status.dseq: status for status in answers if status is not None}
    return tuple(_open(context, now[item.status.dseq], item.sdl, is_known=item.is_known) for item in found)


def closed_holdings(context: Context) -> Flow[tuple[Holding, ...]]:
    """The closed deployments, newest first, as the public index shows them: up to a minute old.

    Raises:
        InvalidInputError: The account has no wallet.
    """
    address = yield from wallet_address()
    listed = yield from deployments.by_address(address, state="closed", newest_first=True)
    return tuple(_closed(context, item) for item in listed)


def wallet_address() -> Flow[str]:
    """The address of the key's wallet.

    Raises:
        InvalidInputError: The account has none.
    """
    user = yield from send(account.me())
    found = yield from send(wallet.wallets(user.id))
    if not found:
        raise InvalidInputError(
            "This account has no wallet yet.",
            means="Nothing can have been spent.",
            todo="Set it up in the Console, or wait until that is done.",
        )
    return found[0].address


def _open(context: Context, status: DeploymentStatus, text: str, *, is_known: bool) -> Holding:
    created = _created(context, status.dseq)
    height = estimate_height(status, created, context.now(), context.prices)
    return Holding(
        dseq=status.dseq,
        state=status.state,
        created_at=created,
        created_height=status.created_height,
        leases=status.leases,
        money=runway(status, height, context.prices),
        groups=_groups(text),
        is_known=is_known,
        tags=context.journal.tags().get(status.dseq, ()),
    )


def _closed(context: Context, item: AddressDeployment) -> Holding:
    """A closed escrow is empty, and what it paid is final (contract §8)."""
    entry = context.journal.entry(item.dseq)
    spent = item.escrow.transferred.usd() if item.escrow else None
    settled = item.escrow.settled_height if item.escrow else item.created_height
    return Holding(
        dseq=item.dseq,
        state=item.state,
        created_at=_created(context, item.dseq),
        created_height=item.created_height,
        leases=(),
        money=Runway(Decimal(0), spent, Decimal(0), None, settled),
        groups=_groups(entry.sdl if entry else ""),
        is_known=bool(entry and entry.sdl),
        tags=context.journal.tags().get(item.dseq, ()),
    )


def _created(context: Context, dseq: str) -> datetime | None:
    entry = context.journal.entry(dseq)
    return created_time(dseq) or (entry.asked_at if entry else None)


def _groups(text: str) -> tuple[sdl.GroupResources, ...]:
    return sdl.resources(sdl.compile(text)) if text else ()
