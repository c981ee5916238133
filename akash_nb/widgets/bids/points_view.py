"""Bids as points of a plot: pure functions from records to JSON-ready values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from akash_nb.bids import Bids
from akash_nb.charts.quantity import Quantity, by_name, sides
from akash_nb.charts.scatter_plot import front_by
from akash_nb.deployment import Deployment
from akash_nb.models import Offer
from akash_nb.policy import uptime_of
from akash_nb.units import counted
from akash_nb.widgets.bids.bid_rows import COLUMNS, bid_rows
from akash_nb.widgets.bids.bids_view import group_names, table_view

Numbers = tuple[float | None, float | None]

#: What may be an axis: columns of the bids' frame, and the number that a bid has there.
AXES: dict[str, Callable[[Bids, Offer], float | None]] = {
    "usd_hour": lambda bids, offer: _float(bids.usd_per_hour(offer)),
    "usd_month": lambda bids, offer: _float(bids.usd_per_month(offer)),
    "uptime_1d": lambda _, offer: uptime_of(offer, 1),
    "uptime_7d": lambda _, offer: uptime_of(offer, 7),
    "uptime_30d": lambda _, offer: uptime_of(offer, 30),
    "age_s": lambda bids, offer: bids.age_s(offer),
}

#: Bids that can be had, or are had already; others are shown, and are on no front.
USABLE = ("open", "active")


def plot_view(deployment: Deployment[Any] | None, x: str, y: str) -> dict[str, Any]:
    """The whole plot. Points are in the order of price; bids that lack a number are left to the table."""
    across, up = by_name(x), by_name(y)
    bids = deployment.bids if deployment else None
    rows = bid_rows(bids, deployment.state) if deployment else []
    table = table_view(deployment, rows)
    names = group_names(deployment) if deployment else {}
    numbers = _numbers(bids, x, y) if bids else {}
    front = _front(bids, numbers, sides(across, up)) if bids else []
    on_front = frozenset(front)
    points = [
        _point(row, (a, b), (across, up), is_on_front=row["key"] in on_front)
        for row in sorted(rows, key=_price)
        for a, b in [numbers[row["key"]]]
        if a is not None and b is not None
    ]
    return {
        **{name: table[name] for name in ("can_pick", "empty", "note", "prices")},
        "groups": [{"gseq": gseq, "name": name} for gseq, name in names.items()],
        "title": _title(points, across, up),
        "axes": [{"id": name, "label": by_name(name).label} for name in AXES],
        "x": _axis(across, [point["x"] for point in points]),
        "y": _axis(up, [point["y"] for point in points]),
        "card": [[name, label] for name, (label, _) in COLUMNS.items() if name not in ("provider", x, y)],
        "points": points,
        "fronts": _fronts(front, points),
        "vertical_first": across.better == "high",
        "left_out": _left_out(len(rows) - len(points), across, up),
    }


def front_keys(bids: Bids, x: str, y: str) -> list[str]:
    """The keys of the bids that no other of their group beats on both counts, by group and then by x.

    There is none where nobody can say whether less or more is better, such as of an age.
    """
    return _front(bids, _numbers(bids, x, y), sides(by_name(x), by_name(y)))


def _numbers(bids: Bids, x: str, y: str) -> dict[str, Numbers]:
    """The two numbers of every bid, by its key."""
    return {offer.key: (AXES[x](bids, offer), AXES[y](bids, offer)) for offer in bids}


def _front(bids: Bids, numbers: Mapping[str, Numbers], low: tuple[bool, bool] | None) -> list[str]:
    usable = [offer for offer in bids if offer.bid.state in USABLE]
    is_best = front_by([offer.bid.id.gseq for offer in usable], [numbers[offer.key] for offer in usable], low)
    best = [offer for offer, best in zip(usable, is_best, strict=True) if best]
    return [offer.key for offer in sorted(best, key=lambda offer: (offer.bid.id.gseq, numbers[offer.key], offer.key))]


def _point(
    row: dict[str, Any], at: tuple[float, float], axes: tuple[Quantity, Quantity], *, is_on_front: bool
) -> dict[str, Any]:
    """One bid: where it lies, and what its card says."""
    said = {name: text for name, (_, text) in row["cells"].items()}
    return {
        **{name: row[name] for name in ("key", "gseq", "state", "name")},
        "x": at[0],
        "y": at[1],
        "at": [[axis.label, axis.texts([number])[0]] for axis, number in zip(axes, at, strict=True)],
        "front": is_on_front,
        "cells": said,
    }


def _axis(quantity: Quantity, values: Sequence[float]) -> dict[str, Any]:
    """An axis with its ticks; without values it has none."""
    about = {"id": quantity.name, "label": quantity.label, "hint": quantity.hint}
    if not values:
        return {**about, "low": 0, "high": 1, "ticks": []}
    axis = quantity.axis(values)
    ticks = [list(tick) for tick in zip(axis.ticks, axis.texts, strict=True)]
    return {**about, "low": axis.low, "high": axis.high, "ticks": ticks}


def _fronts(front: Sequence[str], points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The front of each group: the keys of its points, in the order of x."""
    gseqs = {point["key"]: point["gseq"] for point in points}
    fronts: dict[int, list[str]] = {}
    for key in front:
        fronts.setdefault(gseqs[key], []).append(key)
    return [{"gseq": gseq, "keys": keys} for gseq, keys in fronts.items()]


def _title(points: Sequence[dict[str, Any]], x: Quantity, y: Quantity) -> str:
    """`3 of 21 bids on the front`."""
    usable = [point for point in points if point["state"] in USABLE]
    if not usable:
        return "Bids"
    if sides(x, y) is None:
        return f"{counted(len(usable), 'bid')}, no front"
    return f"{sum(point['front'] for point in usable)} of {counted(len(usable), 'bid')} on the front"


def _left_out(count: int, x: Quantity, y: Quantity) -> str:
    """What the plot does not show, and why."""
    reasons = [
        f"Nobody says whether less or more is better: {axis.label.lower()}." for axis in (x, y) if not axis.better
    ]
    lacking = [f"{counted(count, 'bid')} without these figures: see the table."] if count else []
    return " ".join(dict.fromkeys([*reasons, *lacking]))


def _price(row: dict[str, Any]) -> tuple[bool, float, str]:
    price = row["cells"]["usd_hour"][0]
    return (price is None, price or 0.0, row["key"])


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
