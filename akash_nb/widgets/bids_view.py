"""Bids as the table draws them: pure functions from records to JSON-ready rows, and which of them are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.deployment import Deployment
from akash_nb.models import DeploymentStatus, Offer
from akash_nb.money import format_usd_column
from akash_nb.policy import Choice, uptime_of
from akash_nb.units import counted
from akash_nb.widgets._filters import ANY, NUMBER_HELP, TEXT_HELP, Cell, Test, match
from akash_nb.widgets._rows import Row
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


def table_view(deployment: Deployment[Any] | None, rows: Sequence[Row]) -> dict[str, Any]:
    """What stands around the rows."""
    bids = deployment.bids if deployment else None
    has_gpu = any(row["cells"]["gpu"][0] for row in rows)
    return {
        "columns": [column_view(name) for name in COLUMNS if has_gpu or name != "gpu"],
        "most": most_usd_hour(rows),
        "can_pick": bool(deployment and deployment.stage in ("created", "bids")),
        "title": title(bids),
        "empty": empty(deployment),
        "note": f"as of {bids.as_of:%H:%M:%S} UTC · {bids.prices}" if bids else "",
        "now": bids.as_of.timestamp() if bids else None,
    }


def column_view(name: str) -> dict[str, str]:
    label, kind = COLUMNS[name]
    return {"id": name, "label": label, "kind": kind, "help": NUMBER_HELP if is_number(name) else TEXT_HELP}


def is_number(column: str) -> bool:
    """The column holds figures, and its filter compares them."""
    return column != ANY and COLUMNS[column][1] in ("number", "bar")


def bid_rows(bids: Bids | None, state: DeploymentStatus | None) -> list[Row]:
    """One row per bid, in the order of the bids; the prices of a column have the same number of decimals.

    `cells` are by column what sorts and what is shown. `ends_at` is when an open bid will be withdrawn, by estimate
    (Unix seconds, None when unknown): the page counts down to it, so that the row stays the same meanwhile.
    """
    if bids is None:
        return []
    leased = frozenset(lease.id.key for lease in state.leases) if state else frozenset()
    hours, months = ([price(offer) for offer in bids] for price in (bids.usd_per_hour, bids.usd_per_month))
    prices = zip(_prices(hours), _prices(months), strict=True)
    return [_row(bids, offer, *price, leased) for offer, price in zip(bids, prices, strict=True)]


def _row(bids: Bids, offer: Offer, per_hour: Cell, per_month: Cell, leased: frozenset[str]) -> Row:
    name, key, ends_at = offer.name, offer.key, _ends_at(bids, offer)
    return {
        "key": key,
        "gseq": offer.bid.id.gseq,
        "state": offer.bid.state,
        "name": name,
        "title": " · ".join(filter(None, (name, _organization(offer), offer.bid.id.provider))),
        "ends_at": ends_at,
        "cells": {
            "provider": _text(name.removeprefix("provider.")),  # nearly all begin so
            "usd_hour": per_hour,
            "usd_month": per_month,
            "region": _text(offer.provider.region if offer.provider else ""),
            "audited": _audited(offer),
            "uptime_7d": _uptime(offer),
            "gpu": _text(offer.bid.gpu_text),
            "state": (ends_at, _state_word(offer, is_leased=key in leased)),
        },
    }


def page_row(row: Row) -> Row:
    """A row as the page gets it: what sorts and filters stays here."""
    shown = {name: row[name] for name in ("key", "gseq", "state", "name", "title", "ends_at")}
    cells = row["cells"]
    values = {name: cells[name][0] for name in ("usd_hour", "uptime_7d")}
    return {**shown, **values, "cells": {name: text for name, (_, text) in cells.items()}}


def shown_keys(rows: Iterable[Row], tests: Mapping[str, Test], sort: str) -> dict[int, list[str]]:
    """The keys of the rows that the filters leave, by group: what can be had first, what is gone below.

    Args:
        tests: By column; `any` looks at all of them.
        sort: The column, with `-` before it from the highest down. What has no value there comes last.
    """
    column, is_down = sort.removeprefix("-"), sort.startswith("-")
    left = [row for row in rows if match(tests, row["cells"])]
    known = [row for row in left if row["cells"][column][0] is not None]
    unknown = [row for row in left if row["cells"][column][0] is None]
    known.sort(key=lambda row: row["key"])
    known.sort(key=lambda row: row["cells"][column][0], reverse=is_down)
    unknown.sort(key=lambda row: row["key"])
    groups: dict[int, list[str]] = defaultdict(list)
    for row in sorted([*known, *unknown], key=lambda row: (row["gseq"], row["state"] not in ("open", "active"))):
        groups[row["gseq"]].append(row["key"])
    return groups


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


def most_usd_hour(rows: Iterable[Row]) -> dict[str, float]:
    """What the dearest bid of each group costs per hour: a full bar. By gseq as text, as JSON has keys."""
    most: dict[str, float] = defaultdict(float)
    for row in rows:
        gseq = str(row["gseq"])
        most[gseq] = max(most[gseq], row["cells"]["usd_hour"][0] or 0.0)
    return most


def empty(deployment: Deployment[Any] | None) -> str:
    """What stands in place of bids."""
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
    return (0, "yes") if offer.provider.is_audited else (1, "no")


def _uptime(offer: Offer) -> Cell:
    value = uptime_of(offer, 7)
    return (value, "–" if value is None else f"{value:.2%}")


def _ends_at(bids: Bids, offer: Offer) -> float | None:
    made = bids.made_at(offer) if offer.bid.state == "open" else None
    return made.timestamp() + BID_LIFETIME_S if made else None


def _state_word(offer: Offer, *, is_leased: bool) -> str:
    is_over = offer.bid.state == "closed" and is_leased
    return "lease ended" if is_over else STATE_WORDS.get(offer.bid.state, offer.bid.state)
