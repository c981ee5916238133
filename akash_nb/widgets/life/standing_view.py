"""Where a deployment stands in a sentence or two: what it means for money, and what to do next."""

from __future__ import annotations

from typing import Any

from akash_nb.deployment import Deployment
from akash_nb.money import format_usd
from akash_nb.session import Session
from akash_nb.units import counted
from akash_nb.widgets.bids.bids_view import LAPSED, have_lapsed
from akash_nb.widgets.editor.sdl_view import compiled
from akash_nb.widgets.life.actions_view import earlier, next_action

#: Why a lease ended whose escrow was empty (contract §8).
OUT_OF_FUNDS = "lease_closed_reason_insufficient_funds"


def standing(session: Session[Any], deployment: Deployment[Any] | None) -> str:
    """What is so now, by the last answer of the service."""
    if deployment is None:
        return _before_create(session)
    if have_lapsed(deployment):
        return f"{LAPSED} {_back(deployment)}"
    if lost := _lost(deployment):
        return lost
    return {
        "created": _waiting(session, deployment),
        "bids": f"{_choosing(deployment)} Nothing is paid before there is a lease.",
        "leased": "It is leased, and paid from the escrow block by block. Its services are not all up yet.",
        "running": "It runs, and is paid from the escrow block by block until it is closed or the escrow is empty.",
        "ended": f"Its provider has ended the lease: nothing runs, and nothing is paid. Close it. {_back(deployment)}",
        "closed": _how_it_closed(deployment),
    }[deployment.stage]


def _before_create(session: Session[Any]) -> str:
    if count := earlier(session):
        it = "it" if count == 1 else "them"
        return f"{counted(count, 'deployment')} from before may still be open, and cost. Resume finds {it}."
    if not session.sdl.strip():
        return "Write an SDL, or start from an example. Nothing is spent before you confirm it."
    if errors := compiled(session.sdl).errors:
        return f"The SDL has {counted(len(errors), 'error')} to mend before a deployment can be created."
    ready = "Ready to create."
    if session.certificate_state is None:
        ready = "Begin with the certificate: some services need one, others know you by your API key."
    return f"{ready} A deployment locks a deposit; what is not spent comes back when you close it."


def _waiting(session: Session[Any], deployment: Deployment[Any]) -> str:
    if next_action(session, deployment) == "close":
        return f"It gets no bids as it is: the reasons are listed here. Close it. {_back(deployment)}"
    return "It waits for bids; most come within a minute. Nothing is paid before there is a lease."


def _choosing(deployment: Deployment[Any]) -> str:
    picked = [offer for _, offer in sorted(deployment.choice.chosen.items())] if deployment.choice else []
    if 0 < len(picked) < len(deployment.gseqs):
        return (
            f"You picked for {len(picked)} of {len(deployment.gseqs)} groups: pick for the others too,"
            " or the chosen rule chooses for all."
        )
    if not picked:
        return "Pick a bid in the table, or lease by the chosen rule."
    names = dict.fromkeys(offer.name.removeprefix("provider.") for offer in picked)
    return f"You have picked {', '.join(names)}: lease next."


def _lost(deployment: Deployment[Any]) -> str:
    """What is to be said where some groups have lost their lease, and others run on."""
    leases = deployment.state.leases if deployment.state and deployment.stage in ("leased", "running") else ()
    live = {lease.id.gseq for lease in leases if lease.is_live}
    ended = {lease.id.gseq: lease.trouble for lease in leases if lease.id.gseq not in live}
    if not ended:
        return ""
    groups = f"{len(ended)} of {counted(len(ended) + len(live), 'group')}"
    return (
        f"The lease of {groups} has ended ({', '.join(dict.fromkeys(ended.values()))}), and no new bids come for it."
        " The rest runs on, and is paid from the escrow. Close it all, and create it again, if that is not enough."
    )


def _how_it_closed(deployment: Deployment[Any]) -> str:
    leases = deployment.state.leases if deployment.state else ()
    if any(lease.reason == OUT_OF_FUNDS for lease in leases):
        return "It is closed: its escrow ran empty. Nothing is paid any more. Create it again to run on."
    where = "It was closed, but not from here" if deployment.receipt is None else "It is closed"
    return f"{where}, and costs nothing any more. What was not spent is back in the wallet."


def _back(deployment: Deployment[Any]) -> str:
    left = deployment.runway.left_usd if deployment.runway else None
    return f"{format_usd(left)} comes back." if left is not None else "Its deposit comes back."
