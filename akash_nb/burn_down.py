"""How an escrow went and will go: its balance over time, from what was put in and what the leases cost. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from akash_nb.models import DeploymentStatus
from akash_nb.money import Coin, PriceModel
from akash_nb.runway import Runway


@dataclass(frozen=True, slots=True)
class BurnDown:
    """An escrow over time.

    Attributes:
        points: Time (UTC) and balance in US dollars, in order of time, from the creation to now; straight in between.
        ends_at: When it will be empty (UTC), at the present rate; None while nothing drains it.
    """

    points: tuple[tuple[datetime, Decimal], ...]
    ends_at: datetime | None


def burn_down(
    status: DeploymentStatus,
    money: Runway,
    created: datetime,
    now: datetime,
    prices: PriceModel,
    added: Sequence[tuple[datetime, Decimal]] = (),
) -> BurnDown | None:
    """The balance from the creation until now, reckoned back from what is left now; None without dollars.

    Args:
        money: The escrow as of now.
        added: When what was added later, in US dollars; what nobody has noted counts as there from the beginning.
    """
    if money.left_usd is None:
        return None

    def height(at: datetime) -> Decimal:
        seconds = Decimal((at - created) // timedelta(microseconds=1)) / 1_000_000
        return status.created_height + seconds / prices.block_seconds

    def time(block: int) -> datetime:
        return created + timedelta(seconds=float(prices.seconds(Decimal(block - status.created_height))))

    late = height(now)

    def spent(at: datetime) -> Decimal:
        return sum((_paid(status, index, height(at), late) for index in range(len(status.leases))), Decimal(0))

    def balance(at: datetime, *, after: bool) -> Decimal:
        to_come = sum((usd for when, usd in added if when > at or (when == at and not after)), Decimal(0))
        assert money.left_usd is not None  # noqa: S101  looked at above
        return max(money.left_usd + spent(now) - spent(at) - to_come, Decimal(0))

    turns = {time(edge) for lease in status.leases for edge in (lease.created_height, lease.closed_height) if edge}
    times = sorted({created, now, *(at for at in turns if created < at < now)} | {at for at, _ in added if at < now})
    points = [
        (at, balance(at, after=after))
        for at in times
        for after in ((False, True) if any(when == at for when, _ in added) else (True,))
    ]
    ends_at = None if money.seconds_left is None else now + timedelta(seconds=float(money.seconds_left))
    return BurnDown(tuple(points), ends_at)


def _paid(status: DeploymentStatus, index: int, height: Decimal, late: Decimal) -> Decimal:
    """What a lease had cost by a height, in US dollars."""
    lease = status.leases[index]
    ended = late if lease.closed_height is None else Decimal(lease.closed_height)
    blocks = max(min(height, ended) - lease.created_height, Decimal(0))
    return Coin(lease.price.denom, lease.price.amount * blocks).usd() or Decimal(0)
