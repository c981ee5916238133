"""Bids as the table draws them: pure functions from records to JSON-ready rows."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.deployment import Deployment
from akash_nb.models import Offer
from akash_nb.money import format_usd_column
from akash_nb.policy import Choice, uptime_of
from akash_nb.units import counted
from akash_nb.widgets.sdl_view import compiled

#: Column -> (heading, kind). Cells of the kind `number` are right-aligned; all sort by their value.
COLUMNS: dict[str, tuple[str, str]] = {
    "provider": ("Provider", "text"),
    "usd_hour": ("$/h", "number"),
    "usd_month": ("$/month", "bar"),
    "region": ("Region", "text"),
    "audited": ("Audited", "text"),
    "uptime_7d": ("Uptime 7 d", "number"),
    "gpu": ("GPU", "text"),
    "state": ("State", "state"),
}

STATE_WORDS = {"open": "open", "active": "leased", "lost": "lost", "closed": "withdrawn"}

NO_BIDS = "No bids yet: providers usually answer within a minute."
NO_DEPLOYMENT = "No deployment yet: bids come in here once one exists."
CLOSED = "This deployment is closed; it had no bids that are still known."

Cell = tuple[Any, str]


def table_view(deployment: Deployment[Any] | None) -> dict[str, Any]:
    """The whole table."""
    bids = deployment.bids if deployment else None
    names = group_names(deployment) if deployment else {}
    leased = {lease.id.key for lease in deployment.state.leases} if deployment and deployment.state else ()
    rows = _rows(bids, frozenset(leased)) if bids else []
    return {
        "columns": [{"id": name, "label": label, "kind": kind} for name, (label, kind) in COLUMNS.items()],
        "groups": [{"gseq": gseq, "name": name} for gseq, name in names.items()],
        "rows": rows,
        "has_gpu": any(item["cells"]["gpu"][0] for item in rows),
        "can_pick": bool(deployment and deployment.stage in ("created", "bids")),
        "title": title(bids),
        "empty": _empty(deployment),
        "note": f"as of {bids.as_of:%H:%M:%S} UTC · {bids.prices}" if bids else "",
    }


def _rows(bids: Bids, leased: frozenset[str]) -> list[dict[str, Any]]:
    """One row per bid; the prices of a column have the same number of decimals."""
    hours = [bids.usd_per_hour(offer) for offer in bids]
    most: dict[int, Decimal] = defaultdict(Decimal)
    for offer, hour in zip(bids, hours, strict=True):
        most[offer.bid.id.gseq] = max(most[offer.bid.id.gseq], hour or Decimal(0))
    cells = zip(bids, hours, _prices(hours), _prices([bids.usd_per_month(offer) for offer in bids]), strict=True)
    return [
        {
            "key": offer.key,
            "gseq": offer.bid.id.gseq,
            "state": offer.bid.state,
            "name": offer.name,
            "title": " · ".join(filter(None, (offer.name, _organization(offer), offer.bid.id.provider))),
            "bar": float(hour / most[offer.bid.id.gseq]) if hour else 0.0,
            "cells": {
                "provider": _text(offer.name.removeprefix("provider.")),  # nearly all begin so
                "usd_hour": per_hour,
                "usd_month": per_month,
                "region": _text(offer.provider.region if offer.provider else ""),
                "audited": _audited(offer),
                "uptime_7d": _uptime(offer),
                "gpu": _text(gpu_text(offer)),
                "state": _state(bids, offer, leased),
            },
        }
        for offer, hour, per_hour, per_month in cells
    ]


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


def gpu_text(offer: Offer) -> str:
    """`2 × rtx4090`; empty without GPUs."""
    bid = offer.bid
    return f"{bid.gpu_units} × {', '.join(bid.gpu_models) or 'GPU'}" if bid.gpu_units else ""


def _empty(deployment: Deployment[Any] | None) -> str:
    if deployment is None:
        return NO_DEPLOYMENT
    return CLOSED if deployment.stage == "closed" else NO_BIDS


def _prices(column: list[Decimal | None]) -> list[Cell]:
    values = (None if usd is None else float(usd) for usd in column)
    return list(zip(values, format_usd_column(column), strict=True))


def _organization(offer: Offer) -> str:
    return offer.provider.organization if offer.provider else ""


def _text(value: str) -> Cell:
    return (value.lower() or None, value or "–")


def _audited(offer: Offer) -> Cell:
    if offer.provider is None:
        return (None, "–")
    return (0, "✓") if offer.provider.is_audited else (1, "no")


def _uptime(offer: Offer) -> Cell:
    value = uptime_of(offer, 7)
    return (value, "–" if value is None else f"{value:.2%}")


def _state(bids: Bids, offer: Offer, leased: frozenset[str]) -> Cell:
    """The state in a word; of an open bid how long it will stay so, by estimate."""
    age = bids.age_s(offer)
    if offer.bid.state != "open" or age is None:
        is_over = offer.bid.state == "closed" and offer.key in leased
        return (None, "lease ended" if is_over else STATE_WORDS.get(offer.bid.state, offer.bid.state))
    left = max(0, int(BID_LIFETIME_S - age))
    return (left, f"open {left // 60}:{left % 60:02}")
