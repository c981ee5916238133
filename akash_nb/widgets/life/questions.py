"""What is asked before money moves or something ends: amount, price, budget, live or MOCK."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from akash_nb.deployment import Deployment
from akash_nb.flows.funding import filling_usd
from akash_nb.money import exact_usd, format_usd
from akash_nb.policy import Choice
from akash_nb.session import Session
from akash_nb.units import format_duration
from akash_nb.widgets.bids.bids_view import group_names


def create_question(session: Session[Any], usd: Decimal) -> str:
    """What creating locks, and what a budget says to that."""
    budgets = "".join(f" Under a {each}." for each in session.context.purse.over())
    return f"Lock {exact_usd(usd)} of {money_word(session)} in the deployment's escrow?{budgets}"


def lease_question(session: Session[Any], deployment: Deployment[Any], choice: Choice) -> str:
    """`Lease from X for $0.012/h ($8.77/month) of MOCK money?`; with the groups where there are several, and with what
    a budget adds to the escrow."""
    bids, groups = deployment.bids, group_names(deployment)
    assert bids is not None  # noqa: S101  there is a choice among them
    chosen = sorted(choice.chosen.items())
    hour = _sum(bids.usd_per_hour(offer) for _, offer in chosen)
    month = _sum(bids.usd_per_month(offer) for _, offer in chosen)
    several = len(chosen) > 1
    names = ", ".join(f"{groups[gseq]} from {o.name}" if several else f"from {o.name}" for gseq, o in chosen)
    runway = deployment.runway
    filling = filling_usd(session.context, deployment.dseq, runway, hour) if runway and hour else Decimal(0)
    added = ""
    if filling and runway and runway.left_usd is not None and hour:
        lasts = format_duration((runway.left_usd + filling) / hour * 3600)
        added = f", adding {format_usd(filling)} to the escrow, which then lasts {lasts}"
    return f"Lease {names} for {format_usd(hour)}/h ({format_usd(month)}/month) of {money_word(session)}{added}?"


def extend_question(session: Session[Any], deployment: Deployment[Any], seconds: Decimal) -> str:
    """Until when it then runs, and that no money moves."""
    assert deployment.ends_at is not None  # noqa: S101  what has no limit has no such button
    until = max(deployment.ends_at, session.now()) + timedelta(seconds=float(seconds))
    return (
        f"Give deployment {deployment.dseq} {format_duration(seconds)} more, until {until:%Y-%m-%d %H:%M} UTC?"
        f" It is paid from its escrow, with {money_word(session)}; nothing is added to that."
    )


def close_question(session: Session[Any], deployment: Deployment[Any]) -> str:
    """What closing does: whether something ends that runs, and the amount that comes back."""
    left = deployment.runway.left_usd if deployment.runway else None
    back = f"{format_usd(left)} of {money_word(session)} comes back" if left is not None else "unspent funds come back"
    ends = (
        "What runs there ends for good" if deployment.state and deployment.state.live_leases else "Nothing runs there"
    )
    return f"Close deployment {deployment.dseq}? {ends}, and {back} to the wallet."


def states_of(deployment: Deployment[Any], choice: Choice) -> frozenset[str]:
    """The chosen bids with their states and prices now."""
    now = {offer.key: f"{offer.bid.state} {offer.bid.price}" for offer in deployment.bids or ()}
    return frozenset(f"{offer.key}: {now.get(offer.key, 'gone')}" for offer in choice.chosen.values())


def money_word(session: Session[Any]) -> str:
    return "MOCK money" if session.is_mock else "real money"


def _sum(values: Iterator[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for value in values:
        if value is None:
            return None
        total += value
    return total
