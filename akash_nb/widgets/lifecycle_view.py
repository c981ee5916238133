"""The life of a deployment as the panel draws it: pure functions from session and deployment to JSON-ready values."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from akash_nb import policy
from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.deployment import Deployment
from akash_nb.flows.funding import filling_usd
from akash_nb.flows.update import what_needs_a_new_deployment
from akash_nb.models import ServiceStatus
from akash_nb.money import format_usd
from akash_nb.policy import Choice, Policy
from akash_nb.receipt import Receipt
from akash_nb.session import Session
from akash_nb.units import counted, format_duration
from akash_nb.widgets.bids_view import LAPSED, group_names, have_lapsed, keys_of
from akash_nb.widgets.explanation_view import explanation_view, is_late, why_no_apply, why_no_explain
from akash_nb.widgets.sdl_view import compiled

#: What the lease button offers besides the bids picked in the table.
POLICIES: dict[str, tuple[str, Policy]] = {
    "cheapest_audited": ("Cheapest audited", policy.cheapest().audited()),
    "cheapest": ("Cheapest", policy.cheapest()),
    "most_reliable": ("Most reliable", policy.most_reliable()),
}
PICKED = "picked"

STAGE_WORDS = {"created": "open", "bids": "has bids", "leased": "leased", "running": "running", "closed": "closed"}

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
    "deployment": ("created", "bids", "leased", "running"),
    "bids": ("bids", "leased", "running"),
    "lease": ("leased", "running"),
    "running": ("running",),
}

AnySession = Session[Any]
Maybe = Deployment[Any] | None


def panel_view(session: AnySession, deployment: Maybe, *, can_stop: bool, trouble: str) -> dict[str, Any]:
    """Everything the panel shows.

    Args:
        can_stop: A wait that a button started is under way.
        trouble: Why the figures are not up to date; empty when they are.
    """
    return {
        "title": f"Deployment {deployment.dseq}" if deployment else "New deployment",
        "service": str(session.client.base_url),
        "stage": STAGE_WORDS[deployment.stage] if deployment else "",
        "steps": steps(session, deployment),
        "activity": activity_view(session, deployment),
        "actions": {name: {"why": why} for name, why in reasons(session, deployment, can_stop=can_stop).items()},
        "next": next_action(session, deployment),
        "labels": {
            "certificate": "New certificate" if _has_pair(session) else "Certificate",
            "lease": "Send manifest again" if deployment and deployment.stage == "leased" else "Lease",
        },
        "policies": policies_view(deployment),
        "policy": PICKED if picked_problem(deployment) == "" else "cheapest_audited",
        "picked": " ".join(keys_of(deployment.choice)) if deployment else "",
        "deposit": f"{session.usual_deposit_usd():f}",
        "money": [*money(session, deployment), *limits(session, deployment)],
        "services": [service_view(s) for s in deployment.state.services] if deployment and deployment.state else [],
        "ports": _ports(deployment),
        "hidden": [] if is_late(deployment) else ["explain"],
        "explanation": explanation_view(session, deployment),
        "receipt": receipt_view(deployment.receipt) if deployment and deployment.receipt else None,
        "notice": session.notice,
        "trouble": trouble,
        "note": f"{session.prices} · as of {session.now():%H:%M:%S} UTC",
        "deployments": [
            {"dseq": d.dseq, "label": f"{d.dseq} · {STAGE_WORDS[d.stage]}", "is_current": d is deployment}
            for d in session.deployments
        ],
    }


# Steps


def steps(session: AnySession, deployment: Maybe) -> list[dict[str, str]]:
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


def current_step(session: AnySession, deployment: Maybe) -> str:
    """The step that is being taken, or that comes next; empty at the end."""
    if deployment is None:
        return "deployment" if session.certificate_state else "certificate"
    if deployment.activity is not None and deployment.activity.name == "wait_for_bids":
        return "bids"
    return {"created": "bids", "bids": "lease", "leased": "running"}.get(deployment.stage, "")


def _step_state(step: str, now: str, session: AnySession, deployment: Maybe) -> str:
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


def _details(session: AnySession, deployment: Maybe) -> Iterator[tuple[str, str]]:
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


def _running_detail(session: AnySession, deployment: Deployment[Any], started: int) -> str:
    """`1 of 1 services ready, leased for 3 min`; how long it was leased once it is closed."""
    state, runway = deployment.state, deployment.runway
    if state is None or runway is None:
        return ""
    ended = runway.height if state.is_open else max(lease.closed_height or started for lease in state.leases)
    lasted = f"leased for {format_duration(session.prices.seconds(Decimal(ended - started)))}"
    if not state.is_open:
        return lasted
    if not state.services:
        return f"the provider has not reported yet, {lasted}"
    return f"{sum(service.is_ready for service in state.services)} of {len(state.services)} services ready, {lasted}"


def _age(session: AnySession, deployment: Deployment[Any]) -> str:
    """How long ago an open deployment was created; empty where that is not known, and once it is closed."""
    if deployment.created_at is None or deployment.stage == "closed":
        return ""
    return format_duration(max(0.0, (session.now() - deployment.created_at).total_seconds()))


def _shortest_offer_s(session: AnySession, deployment: Deployment[Any]) -> float | None:
    """Seconds until the oldest open bid is withdrawn while one can be chosen; None without one."""
    bids = deployment.bids
    made = [at for offer in bids.open if (at := bids.made_at(offer))] if bids and deployment.stage == "bids" else []
    return max(0.0, BID_LIFETIME_S - (session.now() - min(made)).total_seconds()) if made else None


def bids_detail(bids: Bids, age: str = "") -> str:
    """`21 open, the first after 12 s`; `21 came` once one is leased and the others are lost; `none after 40 s`."""
    if not len(bids):
        return f"none after {age}" if age else "none yet"
    made = [at for offer in bids if (at := bids.made_at(offer)) is not None]
    first = ""
    if made and bids.created_at:
        first = f", the first after {format_duration((min(made) - bids.created_at).total_seconds())}"
    return (f"{len(bids.open)} open" if bids.open else f"{len(bids)} came") + first


def _names(deployment: Deployment[Any]) -> str:
    if deployment.choice and deployment.choice.chosen:
        return ", ".join(offer.name for _, offer in sorted(deployment.choice.chosen.items()))
    return ", ".join(lease.id.provider for lease in deployment.state.leases) if deployment.state else ""


# What can be pressed


def reasons(session: AnySession, deployment: Maybe, *, can_stop: bool) -> dict[str, str]:
    """Action -> why it cannot be pressed now; empty when it can."""
    busy = _busy(session, deployment)
    return {
        "certificate": busy or _why_no_certificate(session),
        "create": busy or _why_no_create(session, deployment),
        "wait": busy or _why_no_wait(deployment),
        "explain": busy or why_no_explain(deployment),
        "apply": why_no_apply(deployment),
        "stop": "" if can_stop else _why_no_stop(deployment),
        "lease": busy or why_no_lease(deployment),
        "refresh": busy or ("" if deployment else "There is no deployment yet."),
        "deposit": busy or _unless_open(deployment),
        "update": busy or _why_no_update(session, deployment),
        "close": busy or _unless_open(deployment),
        "resume": busy,
    }


def next_action(session: AnySession, deployment: Maybe) -> str:
    """The one to point at; empty when nothing is asked for."""
    if deployment is None:
        return "create" if session.certificate_state else "certificate"
    if have_lapsed(deployment) or _is_hopeless(deployment):
        return "close"
    return {"created": "wait", "bids": "lease", "closed": "create"}.get(deployment.stage, "")


def _is_hopeless(deployment: Deployment[Any]) -> bool:
    """Something keeps bids away, so that waiting for them does not help."""
    explanation = deployment.explanation
    return (
        deployment.stage == "created"
        and explanation is not None
        and any(finding.verdict == "cause" for finding in explanation)
    )


def _busy(session: AnySession, deployment: Maybe) -> str:
    if deployment and deployment.activity:
        return f"Busy: {deployment.activity.text or deployment.activity.name}."
    return f"Busy: {session.activity}." if session.activity else ""


def _why_no_certificate(session: AnySession) -> str:
    state = session.certificate_state
    return "Not needed here: your API key identifies you." if state and state.pair is None else ""


def _has_pair(session: AnySession) -> bool:
    return session.certificate_state is not None and session.certificate_state.pair is not None


def _why_no_create(session: AnySession, deployment: Maybe) -> str:
    if deployment and deployment.stage != "closed":
        return f"Deployment {deployment.dseq} is open. Close it, or choose “New deployment” above for another."
    return _why_sdl_unusable(session)


def _why_sdl_unusable(session: AnySession) -> str:
    if not session.sdl.strip():
        return "There is no SDL yet: write one in the editor or set session.sdl."
    errors = len(compiled(session.sdl).errors)
    return f"The SDL has {counted(errors, 'error')}." if errors else ""


def _why_no_wait(deployment: Maybe) -> str:
    if deployment is None:
        return "There is no deployment yet."
    return "" if deployment.stage in ("created", "bids") else f"It is {STAGE_WORDS[deployment.stage]} already."


def _why_no_stop(deployment: Maybe) -> str:
    if deployment and deployment.activity:
        if deployment.activity.name.startswith("wait_"):
            return "It waits in a cell: interrupt the kernel to stop it."
        return "This is not stopped half-way."
    return "Nothing is waiting."


def why_no_lease(deployment: Maybe) -> str:
    """Why no bid can be accepted now; empty when one can."""
    if deployment is None:
        return "There is no deployment yet."
    if deployment.manifest is None:
        return "It was created elsewhere, and its manifest is not known here."
    if deployment.stage == "leased":
        return ""
    if deployment.stage not in ("created", "bids"):
        return f"It is {STAGE_WORDS[deployment.stage]} already."
    if have_lapsed(deployment):
        return LAPSED
    if not deployment.bids or not deployment.bids.open:
        return "There is no open bid yet."
    return "" if deployment.bids.covers_all_groups else "Not every group has an open bid yet."


def _why_no_update(session: AnySession, deployment: Maybe) -> str:
    if deployment is None or deployment.stage not in ("leased", "running"):
        return "Only what is leased can be updated."
    if deployment.stage == "running" and session.sdl.splitlines() == deployment.sdl.splitlines():
        return "The SDL in the editor is the one that runs."
    if changes := needs_new(deployment.sdl, session.sdl):
        return f"A running deployment cannot take this over: create a new one.\n{changes}"
    return _why_sdl_unusable(session)


@functools.lru_cache(maxsize=4)
def needs_new(running: str, text: str) -> str:
    """What of a changed SDL needs a new deployment; views of one session ask for the same again and again."""
    return what_needs_a_new_deployment(running, text)


def _unless_open(deployment: Maybe) -> str:
    if deployment is None:
        return "There is no deployment yet."
    return "It is closed." if deployment.stage == "closed" else ""


# Choosing bids


def policies_view(deployment: Maybe) -> list[dict[str, str]]:
    """The ways to choose, the picked bids first; `why` says when they cannot be leased."""
    count = len(deployment.choice.chosen) if deployment and deployment.choice else 0
    of = len(deployment.gseqs) if deployment else 1
    label = f"Picked: {count} of {of}" if of > 1 else "Picked in the table"
    if deployment and deployment.stage in ("leased", "running"):
        label = "As leased"
    picked = {"id": PICKED, "label": label, "why": picked_problem(deployment)}
    return [picked, *({"id": name, "label": text, "why": ""} for name, (text, _) in POLICIES.items())]


def picked_problem(deployment: Maybe) -> str:
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


def states_of(deployment: Deployment[Any], choice: Choice) -> frozenset[str]:
    """The chosen bids with their states and prices now."""
    now = {offer.key: f"{offer.bid.state} {offer.bid.price}" for offer in deployment.bids or ()}
    return frozenset(f"{offer.key}: {now.get(offer.key, 'gone')}" for offer in choice.chosen.values())


def create_question(session: AnySession, usd: Decimal) -> str:
    """What creating locks, and what a budget says to that."""
    budgets = "".join(f" Under a {each}." for each in session.context.purse.over())
    return f"Lock {format_usd(usd)} of {money_word(session)} in the deployment's escrow?{budgets}"


def lease_question(session: AnySession, deployment: Deployment[Any], choice: Choice) -> str:
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


def close_question(session: AnySession, deployment: Deployment[Any]) -> str:
    """What closing does, with the amount that comes back."""
    left = deployment.runway.left_usd if deployment.runway else None
    back = f"{format_usd(left)} of {money_word(session)} comes back" if left is not None else "unspent funds come back"
    return f"Close deployment {deployment.dseq}? Its leases end, and {back} to the wallet."


def money_word(session: AnySession) -> str:
    return "MOCK money" if session.is_mock else "real money"


def _sum(values: Iterator[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for value in values:
        if value is None:
            return None
        total += value
    return total


# Money, services, receipt


def money(session: AnySession, deployment: Maybe) -> Iterator[dict[str, str]]:
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
    yield figure("Per hour", format_usd(hour), "what the leases cost together")
    yield figure("Per month", format_usd(month), f"at {session.prices}")
    left = format_duration(runway.seconds_left) if runway.seconds_left is not None else "nothing drains it"
    yield figure("Lasts", left, f"until the escrow is empty, at {session.prices.block_seconds} s per block")


def limits(session: AnySession, deployment: Maybe) -> Iterator[dict[str, str]]:
    """What budgets leave: money, money per hour, and time."""
    purse = session.context.purse
    for budget in purse.of(deployment.dseq) if deployment else purse.over():
        if budget.usd is not None:
            yield figure("Budget left", format_usd(budget.left_usd), f"of {format_usd(budget.usd)}: {budget}")
        if budget.usd_per_hour is not None:
            running = f"{format_usd(budget.running_usd_per_hour)} of {format_usd(budget.usd_per_hour)}"
            yield figure("Budget per hour", running, "what the live leases cost together, and may cost at most")
    ends_at = deployment.ends_at if deployment else None
    if ends_at is not None:
        left = format_duration((ends_at - session.now()).total_seconds())
        yield figure("Closes in", left, f"at {ends_at:%Y-%m-%d %H:%M:%S} UTC, as its budget says")


def figure(label: str, value: str, hint: str) -> dict[str, str]:
    return {"label": label, "value": value, "hint": hint}


def service_view(service: ServiceStatus) -> dict[str, Any]:
    """A service with its web addresses."""
    return {
        "name": service.name,
        "ready": f"{service.ready} of {service.total} ready",
        "is_ready": service.is_ready,
        "uris": list(service.web_addresses),
    }


def _ports(deployment: Maybe) -> list[str]:
    state = deployment.state if deployment else None
    return [f"{port.service}  {port}" for port in state.forwarded_ports] if state else []


def receipt_view(receipt: Receipt) -> dict[str, Any]:
    """What a closed deployment came to."""
    title = f"{'MOCK receipt' if receipt.is_mock else 'Receipt'} of {receipt.dseq}"
    return {"title": title, "rows": [{"label": label, "value": value} for label, value in receipt.rows()]}


def activity_view(session: AnySession, deployment: Maybe) -> dict[str, Any] | None:
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
