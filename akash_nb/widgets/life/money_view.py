"""Wallet, escrow and budget of a deployment, as figures with a label and what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akash_nb.deployment import Deployment
from akash_nb.money import format_usd
from akash_nb.session import Session
from akash_nb.units import format_duration


def money(session: Session[Any], deployment: Deployment[Any] | None) -> Iterator[dict[str, str]]:
    """The figures of the money row: label, value and what it means."""
    balances = session.balances
    if balances:
        yield figure("Wallet", format_usd(balances.available_usd), "free to spend on deployments")
    runway = deployment.runway if deployment else None
    if deployment is None or runway is None or deployment.stage == "closed":
        return
    yield figure("In escrow", format_usd(runway.left_usd), "left in the deployment's escrow, by estimate")
    if deployment.topped_up_usd:
        added = format_usd(deployment.topped_up_usd)
        yield figure("Topped up", added, "of it added from the wallet by the service, which keeps 48 h of runway")
    if not deployment.state or not deployment.state.leases:
        yield figure("Lasts", "nothing drains it", "only a lease is paid from the escrow")
        return
    hour = runway.usd_per_hour
    month = None if hour is None else hour * session.prices.hours_per_month
    yield figure("Spent", format_usd(runway.spent_usd), "paid to providers so far, by estimate")
    if not deployment.state.live_leases:
        yield figure("Lasts", "nothing drains it", "its leases have ended")
        return
    yield figure("Per hour", format_usd(hour), "what the leases cost together")
    yield figure("Per month", format_usd(month), f"at {session.prices}")
    left = format_duration(runway.seconds_left) if runway.seconds_left is not None else "nothing drains it"
    yield figure("Lasts", left, f"until the escrow is empty, at {session.prices.block_seconds} s per block")


def limits(session: Session[Any], deployment: Deployment[Any] | None) -> Iterator[dict[str, str]]:
    """What budgets leave: money, money per hour, and time."""
    purse = session.context.purse
    for budget in purse.of(deployment.dseq) if deployment else purse.over():
        if budget.usd is not None:
            left = format_usd(budget.usd - budget.bound_usd)  # below zero where somebody else has put something in
            yield figure("Budget left", left, f"of {format_usd(budget.usd)}: {budget}")
        if budget.usd_per_hour is not None:
            running = f"{format_usd(budget.running_usd_per_hour)} of {format_usd(budget.usd_per_hour)}"
            yield figure("Budget per hour", running, "what the live leases cost together, and may cost at most")
    ends_at = deployment.ends_at if deployment else None
    if ends_at is not None:
        left = format_duration((ends_at - session.now()).total_seconds())
        yield figure("Closes in", left, f"at {ends_at:%Y-%m-%d %H:%M:%S} UTC, as its budget says")


def figure(label: str, value: str, hint: str) -> dict[str, str]:
    return {"label": label, "value": value, "hint": hint}
