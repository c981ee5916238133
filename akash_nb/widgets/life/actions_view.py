"""What can be done with a session and a deployment now, and why the rest cannot."""

from __future__ import annotations

import functools
from typing import Any

from akash_nb.deployment import Deployment
from akash_nb.flows.update import what_needs_a_new_deployment
from akash_nb.session import Session
from akash_nb.units import counted
from akash_nb.widgets.bids.bids_view import LAPSED, have_lapsed
from akash_nb.widgets.editor.sdl_view import compiled
from akash_nb.widgets.life.explanation_view import why_no_apply, why_no_explain

STAGE_WORDS = {
    "created": "open",
    "bids": "has bids",
    "leased": "leased",
    "running": "running",
    "ended": "lease ended",
    "closed": "closed",
}

#: Why a deployment whose leases have ended is not leased again.
ENDED = "Its lease has ended, and no new bids come: close it, and create it again."


def reasons(session: Session[Any], deployment: Deployment[Any] | None, *, can_stop: bool) -> dict[str, str]:
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
        "deposit": busy or _unless_open(deployment) or (ENDED if deployment and deployment.stage == "ended" else ""),
        "extend": busy or _why_no_extend(deployment),
        "update": busy or _why_no_update(session, deployment),
        "close": busy or _unless_open(deployment),
        "resume": busy,
    }


def next_action(session: Session[Any], deployment: Deployment[Any] | None) -> str:
    """The one to point at; empty when nothing is asked for."""
    if deployment is None:
        return "resume" if earlier(session) else "create" if session.certificate_state else "certificate"
    if have_lapsed(deployment) or _is_hopeless(deployment):
        return "close"
    return {"created": "wait", "bids": "lease", "ended": "close", "closed": "create"}.get(deployment.stage, "")


def earlier(session: Session[Any]) -> int:
    """How many deployments are open, or may be, as far as the journal knows, and are not seen here: from before a
    restart, or from another notebook. Nothing is said of it while one is being created."""
    if session.activity:
        return 0
    seen = {deployment.dseq for deployment in session.deployments}
    return sum(entry.dseq not in seen for entry in session.journal.entries("open", "asked", "unknown"))


def _is_hopeless(deployment: Deployment[Any]) -> bool:
    """Something keeps bids away, so that waiting for them does not help."""
    explanation = deployment.explanation
    return (
        deployment.stage == "created"
        and explanation is not None
        and any(finding.verdict == "cause" for finding in explanation)
    )


def _busy(session: Session[Any], deployment: Deployment[Any] | None) -> str:
    if deployment and deployment.activity:
        return f"Busy: {deployment.activity.text or deployment.activity.name}."
    return f"Busy: {session.activity}." if session.activity else ""


def _why_no_certificate(session: Session[Any]) -> str:
    state = session.certificate_state
    return "Not needed here: your API key identifies you." if state and state.pair is None else ""


def has_pair(session: Session[Any]) -> bool:
    return session.certificate_state is not None and session.certificate_state.pair is not None


def _why_no_create(session: Session[Any], deployment: Deployment[Any] | None) -> str:
    if deployment and deployment.stage != "closed":
        return f"Deployment {deployment.dseq} is open. Close it, or choose “New deployment” above for another."
    return _why_sdl_unusable(session)


def _why_sdl_unusable(session: Session[Any]) -> str:
    if not session.sdl.strip():
        return "There is no SDL yet: write one in the editor or set session.sdl."
    errors = len(compiled(session.sdl).errors)
    return f"The SDL has {counted(errors, 'error')}." if errors else ""


def _why_no_wait(deployment: Deployment[Any] | None) -> str:
    if deployment is None:
        return "There is no deployment yet."
    return "" if deployment.stage in ("created", "bids") else _too_late(deployment)


def _too_late(deployment: Deployment[Any]) -> str:
    return ENDED if deployment.stage == "ended" else f"It is {STAGE_WORDS[deployment.stage]} already."


def _why_no_stop(deployment: Deployment[Any] | None) -> str:
    if deployment and deployment.activity:
        if deployment.activity.name.startswith("wait_"):
            return "It waits in a cell: interrupt the kernel to stop it."
        return "This is not stopped half-way."
    return "Nothing is waiting."


def why_no_lease(deployment: Deployment[Any] | None) -> str:
    """Why no bid can be accepted now; empty when one can."""
    if deployment is None:
        return "There is no deployment yet."
    if deployment.manifest is None:
        return "It was created elsewhere, and its manifest is not known here."
    if deployment.stage == "leased":
        return ""
    if deployment.stage not in ("created", "bids"):
        return _too_late(deployment)
    if have_lapsed(deployment):
        return LAPSED
    if not deployment.bids or not deployment.bids.open:
        return "There is no open bid yet."
    return "" if deployment.bids.covers_all_groups else "Not every group has an open bid yet."


def _why_no_extend(deployment: Deployment[Any] | None) -> str:
    if deployment and deployment.stage == "ended":
        return ENDED
    no_limit = "" if deployment and deployment.ends_at else "No budget gives it a time limit."
    return _unless_open(deployment) or no_limit


def _why_no_update(session: Session[Any], deployment: Deployment[Any] | None) -> str:
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


def _unless_open(deployment: Deployment[Any] | None) -> str:
    if deployment is None:
        return "There is no deployment yet."
    return "It is closed." if deployment.stage == "closed" else ""
