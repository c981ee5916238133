"""What stands around the rows of bids: pure functions from records to JSON-ready values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from akash_nb.bids import Bids
from akash_nb.deployment import Deployment
from akash_nb.policy import Choice
from akash_nb.runway import created_time
from akash_nb.units import counted, format_duration
from akash_nb.widgets.bids.bid_rows import COLUMNS, is_number, most_usd_hour
from akash_nb.widgets.editor.sdl_view import compiled
from akash_nb.widgets.parts.filters import NUMBER_HELP, TEXT_HELP
from akash_nb.widgets.parts.rows import Row

#: Stages in which bids may still come and one may be picked.
WAITING = ("created", "bids")

#: The web Console gives up after a minute without a bid (contract §13).
SOON_S = 60.0

NO_DEPLOYMENT = "No deployment yet: bids come in here once one exists."
CLOSED = "This deployment is closed; it had no bids that are still known."
LAPSED = "All bids have lapsed: providers withdraw them after 5 minutes. Close it and create it again."


def table_view(deployment: Deployment[Any] | None, rows: Sequence[Row]) -> dict[str, Any]:
    """What stands around the rows."""
    bids = deployment.bids if deployment else None
    has_gpu = any(row["cells"]["gpu"][0] for row in rows)
    return {
        "columns": [column_view(name) for name in COLUMNS if has_gpu or name != "gpu"],
        "most": most_usd_hour(rows),
        "can_pick": bool(deployment and deployment.stage in WAITING),
        "title": title(bids),
        "empty": empty(deployment),
        "notice": LAPSED if deployment and have_lapsed(deployment) else "",
        "note": f"as of {bids.as_of:%H:%M:%S} UTC" if bids is not None else "",
        "prices": str(bids.prices) if bids is not None else "",
        "now": None if bids is None else bids.as_of.timestamp(),
    }


def column_view(name: str) -> dict[str, str]:
    label, kind = COLUMNS[name]
    return {"id": name, "label": label, "kind": kind, "help": NUMBER_HELP if is_number(name) else TEXT_HELP}


def silent_name(group: str, keys: Sequence[str]) -> str:
    """What stands above those who have not bid."""
    return f"Could bid{f' on {group}' if group else ''}, and did not: {len(keys)}"


def group_names(deployment: Deployment[Any]) -> dict[int, str]:
    """The placement's name of each group; its number where the SDL is not known here."""
    known = [group["name"] for group in compiled(deployment.sdl).groups] if deployment.sdl else []
    return {gseq: known[gseq - 1] if gseq <= len(known) else f"group {gseq}" for gseq in deployment.gseqs}


def title(bids: Bids | None) -> str:
    """`18 open bids, 3 no longer open`, or `1 of 21 bids leased`."""
    if not bids:
        return "Bids"
    count, leased = len(bids.open), sum(offer.bid.state == "active" for offer in bids)
    if leased:
        return f"{leased} of {len(bids)} bids leased"
    others = f", {len(bids) - count} no longer open" if len(bids) > count else ""
    return f"{counted(count, 'open bid')}{others}"


def keys_of(choice: Choice | None) -> list[str]:
    """The keys of the chosen bids, by group."""
    return [offer.key for _, offer in sorted(choice.chosen.items())] if choice else []


def empty(deployment: Deployment[Any] | None) -> str:
    """What stands in place of bids: how long it has waited, and what to do when that is long."""
    if deployment is None:
        return NO_DEPLOYMENT
    if deployment.stage == "closed":
        return CLOSED
    waited = waited_s(deployment)
    if waited is None or waited < SOON_S:
        since = f" for {format_duration(waited)}" if waited is not None else ""
        return f"No bids yet: waiting{since}. Most come within a minute."
    return (
        f"No bids after {format_duration(waited)}. Explain, or deployment.explain(), says what keeps them away."
        " The service closes a deployment without a lease after about 10 minutes."
    )


def waited_s(deployment: Deployment[Any]) -> float | None:
    """Seconds since the deployment was created, as of when the bids were read; None when unknown."""
    bids = deployment.bids
    created = created_time(deployment.dseq) if bids is None else bids.created_at
    at = deployment.session.now() if bids is None else bids.as_of
    return None if created is None else max(0.0, (at - created).total_seconds())


def have_lapsed(deployment: Deployment[Any]) -> bool:
    """Bids came, nobody was chosen, and none of them is open any more: the order gets no new ones of its own."""
    return deployment.stage == "bids" and bool(deployment.bids) and not (deployment.bids and deployment.bids.open)
