"""What is best among bids that are equally welcome, by names that a policy may end with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from akash_nb.bids import Bids
from akash_nb.models import Offer
from akash_nb.money import format_usd
from akash_nb.policy.rules import refused, uptime_of
from akash_nb.units import counted


class Order(NamedTuple):
    """An order of bids: a number that is lower the better, and in what a bid is worse than the best."""

    key: Callable[[Bids, Offer], Decimal | float]
    worse: Callable[[Bids, Offer, Offer], str]


def _cost(bids: Bids, offer: Offer) -> Decimal:
    price = bids.usd_per_hour(offer)
    return offer.bid.price.amount if price is None else price


def _dearer(bids: Bids, best: Offer, other: Offer) -> str:
    ours, theirs = bids.usd_per_hour(best), bids.usd_per_hour(other)
    if ours is None or theirs is None:
        if other.bid.price.denom == best.bid.price.denom:
            return f"dearer: {other.bid.price} per block against {best.bid.price}"
        return f"no dollar value is known for {other.bid.price.denom}"
    return f"dearer: {format_usd(theirs)}/h against {format_usd(ours)}/h"


def _unreliability(_: Bids, offer: Offer) -> float:
    return -(uptime_of(offer, 7) or 0.0)


def _less_reliable(_: Bids, best: Offer, other: Offer) -> str:
    return f"less reliable: {uptime_of(other, 7) or 0.0:.2%} against {uptime_of(best, 7) or 0.0:.2%} over 7 d"


def _height(_: Bids, offer: Offer) -> float:
    return offer.bid.created_height


def _later(_: Bids, best: Offer, other: Offer) -> str:
    return f"bid {counted(other.bid.created_height - best.bid.created_height, 'block')} later"


ORDERS: dict[str, Order] = {
    "cheapest": Order(_cost, _dearer),
    "most reliable": Order(_unreliability, _less_reliable),
    "first to bid": Order(_height, _later),
}


def named(order: str) -> str:
    """An order's name as it is kept: `the most_reliable` is `most reliable`.

    Raises:
        InvalidInputError: There is no such order.
    """
    name = str(order).strip().lower().replace("_", " ").removeprefix("the ")
    if name not in ORDERS:
        raise refused("then", order, f"is no order: give {', '.join(map(repr, ORDERS))}.")
    return name


def decided_by(orders: tuple[str, ...]) -> tuple[Order, ...]:
    """What decides, one after the other: the orders that are given, then price, then uptime."""
    return tuple(ORDERS[name] for name in dict.fromkeys((*orders, "cheapest", "most reliable")))
