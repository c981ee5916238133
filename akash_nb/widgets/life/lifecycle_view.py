"""The life of a deployment as the panel draws it: pure functions from session and deployment to JSON-ready values."""

from __future__ import annotations

from typing import Any

from akash_nb import policy
from akash_nb.deployment import Deployment
from akash_nb.models import ServiceStatus
from akash_nb.policy import Policy
from akash_nb.receipt import Receipt
from akash_nb.session import Session
from akash_nb.units import format_duration
from akash_nb.widgets.bids.bids_view import keys_of
from akash_nb.widgets.life.actions_view import STAGE_WORDS, has_pair, next_action, reasons
from akash_nb.widgets.life.explanation_view import explanation_view, is_late
from akash_nb.widgets.life.money_view import limits, money
from akash_nb.widgets.life.standing_view import standing
from akash_nb.widgets.life.steps_view import steps

#: What the lease button offers besides the bids picked in the table.
POLICIES: dict[str, tuple[str, Policy]] = {
    "cheapest_audited": ("Cheapest audited", policy.cheapest().audited()),
    "cheapest": ("Cheapest", policy.cheapest()),
    "most_reliable": ("Most reliable", policy.most_reliable()),
}

PICKED = "picked"


def panel_view(
    session: Session[Any], deployment: Deployment[Any] | None, *, can_stop: bool, trouble: str
) -> dict[str, Any]:
    """Everything the panel shows.

    Args:
        can_stop: A wait that a button started is under way.
        trouble: Why the figures are not up to date; empty when they are.
    """
    return {
        **common(session, deployment, nothing="New deployment", trouble=trouble),
        "service": str(session.client.base_url),
        "steps": steps(session, deployment),
        "standing": standing(session, deployment),
        "actions": {name: {"why": why} for name, why in reasons(session, deployment, can_stop=can_stop).items()},
        "next": next_action(session, deployment),
        "labels": {
            "certificate": "New certificate" if has_pair(session) else "Certificate",
            "lease": "Send manifest again" if deployment and deployment.stage == "leased" else "Lease",
        },
        "policies": policies_view(deployment),
        "policy": PICKED if picked_problem(deployment) == "" else "cheapest_audited",
        "picked": " ".join(keys_of(deployment.choice)) if deployment else "",
        "deposit": f"{session.usual_deposit_usd():f}",
        "services": [service_view(s) for s in deployment.state.services] if deployment and deployment.state else [],
        "ports": _ports(deployment),
        "hidden": _hidden(deployment),
        "explanation": explanation_view(session, deployment),
        "receipt": receipt_view(deployment.receipt) if deployment and deployment.receipt else None,
        "deployments": [
            {"dseq": d.dseq, "label": f"{d.dseq} · {STAGE_WORDS[d.stage]}", "is_current": d is deployment}
            for d in session.deployments
        ],
    }


def common(session: Session[Any], deployment: Deployment[Any] | None, *, nothing: str, trouble: str) -> dict[str, Any]:
    """What every view of one deployment shows: its head, its money, what is under way, and its foot.

    Args:
        nothing: The title where there is none.
        trouble: Why the figures are not up to date; empty when they are.
    """
    return {
        "title": f"Deployment {deployment.dseq}" if deployment else nothing,
        "stage": STAGE_WORDS[deployment.stage] if deployment else "",
        "money": [*money(session, deployment), *limits(session, deployment)],
        "activity": activity_view(session, deployment),
        "notice": session.notice,
        "trouble": trouble,
        "note": f"as of {session.now():%H:%M:%S} UTC",
        "prices": str(session.prices),
    }


def _hidden(deployment: Deployment[Any] | None) -> list[str]:
    """Buttons for what is not the case."""
    is_limited = deployment is not None and deployment.ends_at is not None
    return [name for name, is_of_use in (("explain", is_late(deployment)), ("extend", is_limited)) if not is_of_use]


def policies_view(deployment: Deployment[Any] | None) -> list[dict[str, str]]:
    """The ways to choose, the picked bids first; `why` says when they cannot be leased."""
    count = len(deployment.choice.chosen) if deployment and deployment.choice else 0
    of = len(deployment.gseqs) if deployment else 1
    label = f"Picked: {count} of {of}" if of > 1 else "Picked in the table"
    if deployment and deployment.stage in ("leased", "running"):
        label = "As leased"
    picked = {"id": PICKED, "label": label, "why": picked_problem(deployment)}
    return [picked, *({"id": name, "label": text, "why": ""} for name, (text, _) in POLICIES.items())]


def picked_problem(deployment: Deployment[Any] | None) -> str:
    """Why the picked bids cannot be leased; empty when they can."""
    choice = deployment.choice if deployment else None
    if deployment is None or choice is None or not choice.chosen:
        return "Pick a bid in the table first."
    if deployment.stage in ("leased", "running"):
        return ""
    if not choice.is_complete:
        return f"Pick a bid for group {', '.join(map(str, choice.missing))} too."
    now = {offer.key: offer.bid.state for offer in deployment.bids or ()}
    gone = [offer.name for offer in choice.chosen.values() if now.get(offer.key) != "open"]
    return f"The bid of {', '.join(gone)} is no longer open: pick another." if gone else ""


def service_view(service: ServiceStatus) -> dict[str, Any]:
    """A service with its web addresses."""
    return {
        "name": service.name,
        "ready": f"{service.ready} of {service.total} ready",
        "is_ready": service.is_ready,
        "uris": list(service.web_addresses),
    }


def _ports(deployment: Deployment[Any] | None) -> list[str]:
    state = deployment.state if deployment else None
    return [f"{port.service}  {port}" for port in state.forwarded_ports] if state else []


def receipt_view(receipt: Receipt) -> dict[str, Any]:
    """What a closed deployment came to."""
    title = f"{'MOCK receipt' if receipt.is_mock else 'Receipt'} of {receipt.dseq}"
    return {"title": title, "rows": [{"label": label, "value": value} for label, value in receipt.rows()]}


def activity_view(session: Session[Any], deployment: Deployment[Any] | None) -> dict[str, Any] | None:
    """What is under way: text, and for a wait how much of its limit is over (0..1)."""
    activity = deployment.activity if deployment else None
    if activity is None:
        return {"name": "session", "text": session.activity, "waited": "", "part": None} if session.activity else None
    part = activity.seconds / activity.of_seconds if activity.of_seconds else None
    clock = "market time" if session.is_mock else "waited"
    limit = f"{clock} {format_duration(activity.seconds)} of at most {format_duration(activity.of_seconds)}"
    return {
        "name": activity.name,
        "text": activity.text or activity.name,
        "waited": limit if activity.of_seconds else "",
        "part": part,
    }
