"""What is left of an escrow, what it has paid, and how long it lasts: computed as of now, not as of last settlement.

The service settles escrow lazily, so the figures it prints are old; the web Console's "spent" is wrong after a
settlement. Here: spent = transferred + what accrued since, left = funds - what accrued since, never below zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from akash_nb.models import DeploymentStatus
from akash_nb.money import Coin, PriceModel, format_usd
from akash_nb.shown import Shown
from akash_nb.units import format_duration

#: A dseq of 13 digits is a time in milliseconds since 1970 (since June 2026, contract §9); shorter ones are heights.
_MS_DSEQ_DIGITS = 13


@dataclass(frozen=True, slots=True, repr=False)
class Runway(Shown):
    """A deployment's money as of now.

    Attributes:
        left_usd, spent_usd: In US dollars; None when the denom has no dollar value here.
        usd_per_hour: What the live leases cost together; 0 when nothing runs.
        seconds_left: Until the escrow is empty; None while nothing drains it.
        height: The block this was computed for; estimated from the time since creation.
    """

    left_usd: Decimal | None
    spent_usd: Decimal | None
    usd_per_hour: Decimal | None
    seconds_left: Decimal | None
    height: int

    def __str__(self) -> str:
        left = f"{format_usd(self.left_usd)} left, {format_usd(self.spent_usd)} spent"
        if self.seconds_left is None:
            return f"{left}, nothing drains it"
        return f"{left}, {format_usd(self.usd_per_hour)}/h: lasts {format_duration(self.seconds_left)}"


def runway(status: DeploymentStatus, height: int, prices: PriceModel) -> Runway:
    """The money of a deployment at that block height."""
    escrow, rate = status.escrow, status.price_per_block
    open_now = escrow.state == "open"
    accrued = escrow.accrued(rate.amount, height) if open_now else Decimal(0)
    left = max(escrow.funds.amount - accrued, Decimal(0))
    denom = escrow.funds.denom or rate.denom
    draining = open_now and rate.amount > 0
    hourly = Coin(denom, prices.per_hour(rate.amount)).usd()
    return Runway(
        left_usd=Coin(denom, left).usd(),
        spent_usd=Coin(denom, escrow.transferred.amount + accrued).usd(),
        usd_per_hour=hourly if open_now else Decimal(0),
        seconds_left=prices.seconds(left / rate.amount) if draining else None,
        height=height,
    )


def created_time(dseq: str) -> datetime | None:
    """When a deployment was created (UTC), read from its number; None for the old numbers, which are block heights."""
    if len(dseq) != _MS_DSEQ_DIGITS:
        return None
    return datetime.fromtimestamp(int(dseq) / 1000, UTC)


def estimate_height(status: DeploymentStatus, created: datetime | None, now: datetime, prices: PriceModel) -> int:
    """The network's block height now: creation height plus the blocks since; never below what is already settled."""
    known = max(status.created_height, status.escrow.settled_height, *(x.created_height for x in status.leases), 0)
    if created is None:
        return known
    seconds = Decimal((now - created) // timedelta(microseconds=1)) / 1_000_000
    blocks = seconds / prices.block_seconds
    return max(known, status.created_height + int(blocks))
