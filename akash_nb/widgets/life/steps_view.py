"""The steps of a deployment's life as the panel draws them: the state of each, and what it did or how long it takes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.deployment import Deployment
from akash_nb.session import Session
from akash_nb.units import format_duration
from akash_nb.widgets.bids.bids_view import have_lapsed

#: Label of a step and the stage that completes it.
STEPS = {
    "certificate": "Certificate",
    "deployment": "Deployment",
    "bids": "Bids",
    "lease": "Lease",
    "running": "Running",
    "closed": "Closed",
}

_DONE_WITH = {
    "deployment": ("created", "bids", "leased", "running", "ended"),
    "bids": ("bids", "leased", "running", "ended"),
    "lease": ("leased", "running", "ended"),
    "running": ("running", "ended"),
}


def steps(session: Session[Any], deployment: Deployment[Any] | None) -> list[dict[str, str]]:
    """Each step with its state (`done`, `now`, `todo` or `skipped`) and what it did."""
    details = dict(_details(session, deployment))
    now = current_step(session, deployment)
    return [
        {
            "id": step,
            "label": label,
            "state": _step_state(step, now, session, deployment),
            "detail": details.get(step, ""),
        }
        for step, label in STEPS.items()
    ]


def current_step(session: Session[Any], deployment: Deployment[Any] | None) -> str:
    """The step that is being taken, or that comes next; empty at the end."""
    if deployment is None:
        return "deployment" if session.certificate_state else "certificate"
    if deployment.activity is not None and deployment.activity.name == "wait_for_bids":
        return "bids"
    return {"created": "bids", "bids": "lease", "leased": "running", "ended": "closed"}.get(deployment.stage, "")


def _step_state(step: str, now: str, session: Session[Any], deployment: Deployment[Any] | None) -> str:
    if step == now:
        return "now"
    if step == "certificate":
        return "done" if session.certificate_state else "skipped" if deployment else "todo"
    if deployment is None:
        return "todo"
    if deployment.stage == "closed":
        return "done" if step in _taken_before_close(deployment) else "skipped"
    return "done" if deployment.stage in _DONE_WITH.get(step, ()) else "todo"


def _taken_before_close(deployment: Deployment[Any]) -> set[str]:
    leased = bool(deployment.state and deployment.state.leases)
    bids = leased or bool(deployment.bids)
    return {"deployment", "closed", *(["bids"] if bids else []), *(["lease", "running"] if leased else [])}


def _details(session: Session[Any], deployment: Deployment[Any] | None) -> Iterator[tuple[str, str]]:
    if session.certificate_state:
        yield "certificate", str(session.certificate_state)
    if deployment is None:
        return
    age = _age(session, deployment)
    yield "deployment", "\n".join(filter(None, (deployment.dseq, age and f"created {age} ago")))
    if deployment.bids is not None:
        yield "bids", "all have lapsed" if have_lapsed(deployment) else bids_detail(deployment.bids, age)
        if (left := _shortest_offer_s(session, deployment)) is not None:
            yield "lease", f"the first bid lapses in {format_duration(left)}"
    state, prices = deployment.state, session.prices
    if state and state.leases:
        started = min(lease.created_height for lease in state.leases)
        after = format_duration(prices.seconds(Decimal(started - state.created_height)))
        yield "lease", f"{after} after creation, from\n{_names(deployment)}"
        yield "running", _running_detail(session, deployment, started)
    if deployment.receipt:
        yield "closed", f"after {format_duration(deployment.receipt.seconds)}"


def _running_detail(session: Session[Any], deployment: Deployment[Any], started: int) -> str:
    """`1 of 1 services ready, leased for 3 min`; how long it was leased once it is closed."""
    state, runway = deployment.state, deployment.runway
    if state is None or runway is None:
        return ""
    ended = runway.height if state.live_leases else max(lease.closed_height or started for lease in state.leases)
    lasted = f"leased for {format_duration(session.prices.seconds(Decimal(ended - started)))}"
    if not state.live_leases:
        why = ", ".join(dict.fromkeys(lease.trouble for lease in state.leases)) if state.is_open else ""
        return f"{lasted}, then {why}" if why else lasted
    if not state.services:
        return f"the provider has not reported yet, {lasted}"
    return f"{sum(service.is_ready for service in state.services)} of {len(state.services)} services ready, {lasted}"


def _age(session: Session[Any], deployment: Deployment[Any]) -> str:
    """How long ago an open deployment was created; empty where that is not known, and once it is closed."""
    if deployment.created_at is None or deployment.stage == "closed":
        return ""
    return format_duration(max(0.0, (session.now() - deployment.created_at).total_seconds()))


def _shortest_offer_s(session: Session[Any], deployment: Deployment[Any]) -> float | None:
    """Seconds until the oldest open bid is withdrawn while one can be chosen; None without one."""
    bids = deployment.bids
    made = [at for offer in bids.open if (at := bids.made_at(offer))] if bids and deployment.stage == "bids" else []
    return max(0.0, BID_LIFETIME_S - (session.now() - min(made)).total_seconds()) if made else None


def bids_detail(bids: Bids, age: str = "") -> str:
    """`21 open, the first after 12 s`; `21 came` once one is leased and the others are lost; `none after 40 s`."""
    if not len(bids):
        return f"none after {age}" if age not in ("", "0 s") else "none yet"
    made = [at for offer in bids if (at := bids.made_at(offer)) is not None]
    first = ""
    if made and bids.created_at:
        first = f", the first after {format_duration((min(made) - bids.created_at).total_seconds())}"
    return (f"{len(bids.open)} open" if bids.open else f"{len(bids)} came") + first


def _names(deployment: Deployment[Any]) -> str:
    if deployment.choice and deployment.choice.chosen:
        return ", ".join(offer.name.removeprefix("provider.") for _, offer in sorted(deployment.choice.chosen.items()))
    owners = [lease.id.provider for lease in deployment.state.leases] if deployment.state else []
    return ", ".join(f"{owner[:10]}…{owner[-6:]}" for owner in owners)  # after a restart nobody knows their names
