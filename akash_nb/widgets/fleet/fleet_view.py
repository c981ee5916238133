"""The fleet as its table draws it: pure functions from frame and session to JSON-ready values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from akash_nb.money import format_usd, format_usd_column
from akash_nb.session import Session
from akash_nb.units import counted, format_duration
from akash_nb.widgets.background.fleet import Work
from akash_nb.widgets.life.actions_view import STAGE_WORDS
from akash_nb.widgets.life.questions import money_word

if TYPE_CHECKING:
    import pandas as pd

#: Column -> (heading, kind). All sort by their value.
COLUMNS: dict[str, tuple[str, str]] = {
    "dseq": ("Deployment", "id"),
    "state": ("State", "state"),
    "tags": ("Tags", "text"),
    "services": ("Services", "text"),
    "provider": ("Provider", "text"),
    "usd_hour": ("$/h", "number"),
    "usd_month": ("$/month", "number"),
    "usd_spent": ("Spent", "number"),
    "usd_left": ("Left", "number"),
    "runway": ("Lasts", "bar"),
    "age": ("Age", "number"),
    "known": ("Made", "text"),
}

#: A bar is full at a month.
FULL_S = 30 * 86_400.0
#: Below it an escrow is low: the web Console warns a day before the end.
LOW_S = 86_400.0

EMPTY = "No open deployment: this wallet pays for nothing. Create one with session.deploy(), or in the studio."
UNREAD = "Reading the wallet's deployments …"
NOT_READ = "The deployments could not be read: press Refresh to try again."

_MOST_NAMED = 10

Cell = tuple[Any, str]
Row = Mapping[str, Any]


def fleet_view(
    session: Session[Any], frame: pd.DataFrame | None, work: Mapping[str, Work], *, with_closed: bool, trouble: str
) -> dict[str, Any]:
    """Everything the table shows.

    Args:
        trouble: Why the figures are not up to date; empty when they are.
    """
    records = shown(frame, with_closed=with_closed)
    as_of = read_at(frame) or session.now()
    return {
        "title": title(records) if frame is not None else "Deployments of the wallet",
        "columns": [{"id": name, "label": label, "kind": kind} for name, (label, kind) in COLUMNS.items()],
        "rows": _rows(session, records, work, as_of),
        "totals": totals(session, records),
        "with_closed": with_closed,
        "busy": progress(work) or outcome(session, work),
        "can_stop": any(item.state == "queued" for item in work.values()),
        "empty": EMPTY if frame is not None else NOT_READ if trouble else UNREAD,
        "trouble": trouble,
        "note": f"as of {as_of:%H:%M:%S} UTC · {session.prices}" if frame is not None else "",
    }


def shown(frame: pd.DataFrame | None, *, with_closed: bool) -> list[Row]:
    """The rows of the frame as records; None is a missing value."""
    if frame is None:
        return []
    records: list[Any] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [record for record in records if with_closed or record["state"] == "active"]


def title(records: Sequence[Row]) -> str:
    """`12 open deployments, 2 forgotten`."""
    open_ones = [record for record in records if record["state"] == "active"]
    forgotten = sum(bool(warnings(record)) for record in open_ones)
    return counted(len(open_ones), "open deployment") + (f", {forgotten} to look at" if forgotten else "")


def warnings(record: Row) -> list[str]:
    """Why an open deployment may have been forgotten, in words."""
    if record["state"] != "active":
        return []
    return [
        *(["no lease"] if record["forgotten"] else []),
        *(["not in the journal"] if not record["known"] else []),
    ]


def totals(session: Session[Any], records: Sequence[Row]) -> list[dict[str, str]]:
    """What all open deployments cost, hold, and how long that and the wallet last."""
    open_ones = [record for record in records if record["state"] == "active"]
    hour, left = (_sum(record[name] for record in open_ones) for name in ("usd_hour", "usd_left"))
    wallet = session.balances
    free = float(wallet.available_usd) if wallet else None
    figures = [
        ("All together", f"{format_usd(hour)}/h", "what all live leases cost"),
        ("Per month", format_usd(hour * float(session.prices.hours_per_month)), f"at {session.prices}"),
        ("In escrows", format_usd(left), "left in the escrows of open deployments, by estimate"),
    ]
    if free is not None:
        figures += [
            ("Wallet", format_usd(free), "free to spend on deployments"),
            (
                "Together last",
                _lasts(free + left, hour),
                "until wallet and escrows are empty, if all goes on as now",
            ),
        ]
    return [{"label": label, "value": value, "hint": hint} for label, value, hint in figures]


def close_question(session: Session[Any], records: Sequence[Row]) -> str:
    """What closing these does: which they are, and what comes back."""
    names = [_named(record) for record in records]
    rest = len(names) - _MOST_NAMED
    listed = ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    what = "deployment" if len(records) == 1 else f"{len(records)} deployments:"
    known = [record["usd_left"] for record in records if record["usd_left"] is not None]
    back = f"about {format_usd(sum(known))} of {money_word(session)}" if known else f"unspent {money_word(session)}"
    return f"Close {what} {listed}? What runs there ends for good, and {back} comes back to the wallet."


def progress(work: Mapping[str, Work]) -> str:
    """`Closing 3 of 12 …`; empty when nothing is being closed."""
    left = sum(item.is_under_way for item in work.values())
    return f"Closing: {left} to go …" if left else ""


def outcome(session: Session[Any], work: Mapping[str, Work]) -> str:
    """`3 closed: $14.20 of MOCK money is back in the wallet. 1 could not be closed.`; empty when nothing was asked."""
    done = {dseq for dseq, item in work.items() if item.state == "closed"}
    failed = sum(item.state == "failed" for item in work.values())
    receipts = [d.receipt for d in session.deployments if d.dseq in done and d.receipt is not None]
    known = [receipt.returned_usd for receipt in receipts if receipt.returned_usd is not None]
    back = f"{format_usd(sum(known))} of {money_word(session)}" if len(known) == len(done) else "what was not spent"
    said = f"{len(done)} closed: {back} is back in the wallet." if done else ""
    return " ".join(filter(None, (said, f"{failed} could not be closed." if failed else "")))


def read_at(frame: pd.DataFrame | None) -> datetime | None:
    return None if frame is None else datetime.fromisoformat(frame.attrs["as_of"])


def _rows(
    session: Session[Any], records: Sequence[Row], work: Mapping[str, Work], as_of: datetime
) -> list[dict[str, Any]]:
    """One row per deployment; the prices of a column have the same number of decimals. Between two reads no figure
    runs on, so that a click that changes no row sends none."""
    stages = {deployment.dseq: deployment.stage for deployment in session.deployments}
    money = {name: _priced(record[name] for record in records) for name in ("usd_hour", "usd_month")}
    money |= {name: [(r[name], format_usd(r[name])) for r in records] for name in ("usd_spent", "usd_left")}
    tags = session.journal.tags()  # they change here, without a read
    current = session.current.dseq if session.current else ""
    now = session.now()
    return [
        _row(session, record, stages.get(record["dseq"]), work.get(record["dseq"]), now)
        | {"is_current": record["dseq"] == current}
        | {
            "cells": _cells(
                record,
                stages.get(record["dseq"]),
                ", ".join(tags.get(record["dseq"], ())),
                {name: cells[n] for name, cells in money.items()},
                as_of,
            )
        }
        for n, record in enumerate(records)
    ]


def _row(session: Session[Any], record: Row, stage: str | None, work: Work | None, now: datetime) -> dict[str, Any]:
    dseq, seconds = record["dseq"], record["runway_s"]
    is_open = record["state"] == "active" and stage != "closed"
    ends_at = session.curfew.ends_at(dseq)
    limit = f"closes in {format_duration((ends_at - now).total_seconds())}" if ends_at and is_open else ""
    return {
        "key": dseq,
        "name": record["services"] or dseq,
        "state": record["state"] if is_open else "closed",
        "can_close": is_open and not (work and work.is_under_way),
        "can_show": is_open or stage is not None,
        "warnings": warnings(record) if is_open else [],
        "bar": min(1.0, seconds / FULL_S) if seconds is not None else 0.0,
        "is_low": seconds is not None and seconds < LOW_S,
        "until": f"{record['ends_at']:%b %d %H:%M} UTC" if record["ends_at"] is not None and is_open else "",
        "limit": limit,
        "work": {"state": work.state, "text": work.text} if work else None,
    }


def _cells(record: Row, stage: str | None, tags: str, money: Mapping[str, Cell], as_of: datetime) -> dict[str, Cell]:
    """In the order of `COLUMNS`."""
    created = record["created_at"]
    age = None if created is None else (as_of - created).total_seconds()
    known = "here" if record["known"] else "elsewhere"
    return {
        "dseq": (int(record["dseq"]), record["dseq"]),
        "state": _state(record, stage),
        "tags": _text(tags),
        "services": _text(record["services"]),
        "provider": _text((record["provider"] or "").removeprefix("provider.")),
        **money,
        "runway": _runway(record),
        "age": (age, format_duration(age)),
        "known": (known, known),
    }


def _state(record: Row, stage: str | None) -> Cell:
    if record["state"] != "active" or stage == "closed":
        return ("closed", "closed")
    word = STAGE_WORDS[stage] if stage else "leased" if record["leases"] else "open"
    return (word, word)


def _runway(record: Row) -> Cell:
    """`12 d 3 h`; without a lease nothing drains it."""
    seconds = record["runway_s"]
    if record["state"] != "active":
        return (None, "–")
    if seconds is None:
        return (None, "not drained")
    return (seconds, format_duration(seconds))


def _named(record: Row) -> str:
    return f"{record['dseq']} ({record['services']})" if record["services"] else record["dseq"]


def _lasts(usd: float, per_hour: float) -> str:
    return format_duration(usd / per_hour * 3600) if per_hour else "nothing drains them"


def _priced(values: Iterable[float | None]) -> list[Cell]:
    """Prices below each other with as many decimals; what costs nothing is a dash."""
    column = [value or None for value in values]
    return list(zip(column, format_usd_column(column), strict=True))


def _text(value: str | None) -> Cell:
    return (value.lower() if value else None, value or "–")


def _sum(values: Iterable[float | None]) -> float:
    return sum(value for value in values if value is not None)
