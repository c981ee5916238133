"""Why no bids came, as the panel draws it: pure functions from session and deployment to JSON-ready values."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError, NoBidsError
from akash_nb.explanation import MARKS, Explanation, Finding, gain
from akash_nb.session import Session

#: Bids usually come within a minute (contract §13).
_USUALLY = timedelta(minutes=1)


def explanation_view(session: Session[Any], deployment: Deployment[Any] | None) -> dict[str, Any] | None:
    """What was checked, the likeliest cause first; None where nothing was explained."""
    explanation = deployment.explanation if deployment and deployment.stage != "closed" else None
    if explanation is None:
        return None
    return {
        "title": explanation.headline,
        "findings": [_finding_view(session, explanation, finding) for finding in explanation.findings],
        "note": f"{explanation.prices} · as of {explanation.at:%H:%M:%S} UTC",
    }


def _finding_view(session: Session[Any], explanation: Explanation, finding: Finding) -> dict[str, Any]:
    """A finding; `fix` is the number that `apply` takes, None where it has none."""
    fix = explanation.fixes.index(finding) if finding.patched else None
    is_applied = fix is not None and bool(session.sdl.strip()) and explanation.is_in(fix, session.sdl)
    return {
        "mark": MARKS[finding.verdict],
        "verdict": finding.verdict,
        "cause": finding.cause,
        "text": finding.text,
        "advice": finding.advice,
        "change": finding.change,
        "gain": gain(finding),
        "fix": fix,
        "is_applied": is_applied,
    }


def apply_notice(deployment: Deployment[Any], finding: Finding) -> str:
    """What to do once a fix is in the editor."""
    change = f"Changed in the SDL: {finding.change}."
    if deployment.stage == "closed":
        return f"{change} Create a new deployment with it."
    return f"{change} Close this deployment and create a new one: resources and prices are fixed when it is created."


def why_no_explain(deployment: Deployment[Any] | None) -> str:
    """Why there is nothing to explain; empty when there is."""
    if deployment is None:
        return "There is no deployment yet."
    if deployment.stage not in ("created", "bids"):
        return f"It is {'closed' if deployment.stage == 'closed' else 'leased'} already."
    if deployment.bids is not None and deployment.bids.covers_all_groups:
        return "Every group has a bid." if len(deployment.gseqs) > 1 else "There are bids."
    return ""


def is_late(deployment: Deployment[Any] | None) -> bool:
    """Bids should have come by now, and have not for every group."""
    bids = deployment.bids if deployment else None
    if why_no_explain(deployment) or bids is None:
        return False
    return bids.created_at is None or bids.as_of - bids.created_at > _USUALLY


def why_no_apply(deployment: Deployment[Any] | None) -> str:
    """Why no fix can be applied; empty when one can."""
    has_fix = deployment is not None and deployment.explanation is not None and deployment.explanation.fixes
    return "" if has_fix else "There is no fix to apply."


def without_findings(error: BaseException | None) -> BaseException | None:
    """The error of a wait without the list that is shown beside it."""
    if not isinstance(error, NoBidsError):
        return error
    todo = "Apply a fix, then close this deployment and create it again; or wait longer."
    return AkashError(
        error.what.partition("\n")[0], means=error.means, todo=todo if error.explanation.fixes else error.todo
    )
