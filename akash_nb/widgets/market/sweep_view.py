"""A sweep as its view draws it: pure functions from how far it is, and from its table, to JSON-ready values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from akash_nb.flows.sweep import Progress
from akash_nb.money import format_usd
from akash_nb.session import Session
from akash_nb.units import counted
from akash_nb.widgets.life.money_view import figure

if TYPE_CHECKING:
    import pandas as pd

#: How it goes. `failed`: the market could not be asked, or the arguments are none.
State = Literal["running", "done", "stopped", "failed"]

BEGUN = "Asking the market …"
NOT_BEGUN = "Stopped before the first request. Nothing was created or spent."
FAILED = "It did not come to its end. Nothing was created or spent."

_WHY = {"running": "It is under way.", "done": "It is done.", "stopped": "It is stopped.", "failed": "It has failed."}


def sweep_view(
    session: Session[Any], state: State, progress: Progress | None, frame: pd.DataFrame | None
) -> dict[str, Any]:
    """Everything that is drawn.

    Args:
        progress: As last told; None before the first time, and where all was known before.
        frame: The table; None before it is done.
    """
    points = len(frame) if frame is not None else progress.points if progress else 0
    return {
        "title": f"Sweep of {counted(points, 'combination')}" if points else "Sweep",
        "stage": state,
        "percent": 100 if frame is not None else round(100 * progress.share) if progress else 0,
        "text": words(state, progress),
        "figures": [] if frame is None else list(figures(frame)),
        "actions": {
            "cancel": {"why": "" if state == "running" else _WHY[state]},
            "go_on": {"why": "" if state in ("stopped", "failed") else _WHY[state]},
        },
        "note": f"list prices, no quotes · {session.prices} · as of {session.now():%H:%M:%S} UTC",
    }


def words(state: State, progress: Progress | None) -> str:
    """How far it is, in a sentence."""
    match state:
        case "running":
            return BEGUN if progress is None else str(progress)
        case "done":
            requests = counted(progress.requests if progress else 0, "request")
            return f"Done with {requests}; nothing was created or spent. The table is this view's .frame."
        case "failed":
            return FAILED
        case "stopped":
            return str(progress) if progress and progress.is_stopped else NOT_BEGUN


def figures(frame: pd.DataFrame) -> Iterator[dict[str, str]]:
    """What the table comes to: label, value and what it means."""
    possible = int((frame["providers"] > 0).sum())
    yield figure(
        "Could be hosted", f"{possible} of {len(frame)}", "combinations for which an audited provider has room"
    )
    for label, column in (("Per hour", "usd_hour"), ("Per month", "usd_month")):
        known = frame[column].dropna()
        if len(known):
            ends = dict.fromkeys(format_usd(float(usd)) for usd in (known.min(), known.max()))
            yield figure(label, " to ".join(ends), "what is usual, of the cheapest and of the dearest combination")
    if wrong := int((~frame["valid"]).sum()):
        yield figure("No SDL", f"{wrong} of {len(frame)}", "combinations with an error; the column problem says which")
