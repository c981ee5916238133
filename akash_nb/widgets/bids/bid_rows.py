"""Bids as rows of the table: pure functions from records to JSON-ready rows, and which of them are shown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.models import DeploymentStatus, Offer
from akash_nb.money import format_usd_column
from akash_nb.policy import uptime_of
from akash_nb.widgets.background.screening import Screening
from akash_nb.widgets.bids.screening_view import is_due, silent, silent_row, week
from akash_nb.widgets.parts.filters import ANY, Cell, Test, match
from akash_nb.widgets.parts.rows import Row

#: Column -> (heading, kind). Cells of the kind `number` are right-aligned; all sort by their value.
COLUMNS: dict[str, tuple[str, str]] = {
    "provider": ("Provider", "text"),
    "usd_hour": ("$/h", "number"),
    "usd_month": ("$/month", "bar"),
    "region": ("Region", "text"),
    "audited": ("Audited", "text"),
    "uptime_7d": ("Uptime 7 d", "days"),
    "gpu": ("GPU", "text"),
    "hardware": ("Hardware", "text"),
    "state": ("State", "state"),
}

STATE_WORDS = {"open": "open", "active": "leased", "lost": "lost", "closed": "withdrawn"}

_STORAGE_CLASS = re.compile(r"capabilities/storage/\d+/class")


def is_number(column: str) -> bool:
    """The column holds figures, and its filter compares them."""
    return column != ANY and COLUMNS[column][1] in ("number", "bar", "days")


def bid_rows(bids: Bids | None, state: DeploymentStatus | None, screening: Screening | None = None) -> list[Row]:
    """One row per bid, in the order of the bids; the prices of a column have the same number of decimals.

    `cells` are by column what sorts and what is shown. `ends_at` is when an open bid will be withdrawn, by estimate
    (Unix seconds, None when unknown): the page counts down to it, so that the row stays the same meanwhile. `days` are
    the last seven, see `screening_view.week`; None where the service was not asked or does not name the provider.
    """
    if bids is None:
        return []
    leased = frozenset(lease.id.key for lease in state.leases) if state else frozenset()
    hours, months = ([price(offer) for offer in bids] for price in (bids.usd_per_hour, bids.usd_per_month))
    priced = zip(bids, _prices(hours), _prices(months), strict=True)
    return [_row(bids, offer, hour, month, leased) | _days(offer, screening) for offer, hour, month in priced]


def silent_rows(bids: Bids | None, screening: Screening | None) -> list[Row]:
    """One row for each who could have bid and did not."""
    if bids is None or screening is None or not is_due(bids):
        return []
    return [silent_row(gseq, candidate, screening.at) for gseq, candidate in silent(bids, screening)]


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
            "gpu": _text(_gpus(offer)),
            "hardware": _text(_hardware(offer)),
            "state": (ends_at, _state_word(offer, is_leased=key in leased)),
        },
    }


def _days(offer: Offer, screening: Screening | None) -> Row:
    candidate = screening.find(offer.bid.id.gseq, offer.bid.id.provider) if screening else None
    days, text = week(candidate, screening.at) if candidate and screening else (None, "")
    return {"days": days, "days_text": text}


def page_row(row: Row) -> Row:
    """A row as the page gets it: what sorts and filters stays here."""
    shown = {name: value for name, value in row.items() if name != "cells"}
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
    by_name = sorted(rows, key=lambda row: (row["name"], row["key"]))
    left = [row for row in by_name if match(tests, row["cells"])]
    known = [row for row in left if row["cells"][column][0] is not None]
    unknown = [row for row in left if row["cells"][column][0] is None]
    known.sort(key=lambda row: row["cells"][column][0], reverse=is_down)
    groups: dict[int, list[str]] = defaultdict(list)
    for row in sorted([*known, *unknown], key=lambda row: (row["gseq"], row["state"] not in ("open", "active"))):
        groups[row["gseq"]].append(row["key"])
    return groups


def most_usd_hour(rows: Iterable[Row]) -> dict[str, float]:
    """What the dearest bid of each group costs per hour: a full bar. By gseq as text, as JSON has keys."""
    most: dict[str, float] = defaultdict(float)
    for row in rows:
        gseq = str(row["gseq"])
        most[gseq] = max(most[gseq], row["cells"]["usd_hour"][0] or 0.0)
    return most


def _prices(column: list[Decimal | None]) -> list[Cell]:
    values = (None if usd is None else float(usd) for usd in column)
    return list(zip(values, format_usd_column(column), strict=True))


def _organization(offer: Offer) -> str:
    return offer.provider.organization if offer.provider else ""


def _gpus(offer: Offer) -> str:
    """`2 × rtx4090 24Gi pcie`: with memory and interface where the provider has only one kind of that model."""
    kinds = offer.provider.gpus if offer.provider else ()
    text = offer.bid.gpu_text
    for model in offer.bid.gpu_models:
        found = {f"{gpu.model} {gpu.ram} {gpu.interface}".rstrip() for gpu in kinds if gpu.model == model}
        text = text.replace(model, found.pop()) if len(found) == 1 else text
    return text


def _hardware(offer: Offer) -> str:
    """CPU, memory and storage classes, as the provider states them: `amd · ddr5ecc · beta3`."""
    stated = offer.provider.attributes if offer.provider else {}
    classes = sorted({value for key, value in stated.items() if _STORAGE_CLASS.fullmatch(key)})
    kinds = (stated.get("capabilities/cpu"), stated.get("capabilities/memory"), *classes)
    return " · ".join(filter(None, kinds))


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
