"""The last week of a provider, and who could have bid and did not: pure functions from records to JSON-ready values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from akash_nb.bids import Bids
from akash_nb.models import Candidate
from akash_nb.models.market import Incident
from akash_nb.units import counted, format_duration
from akash_nb.widgets.background.screening import Screening
from akash_nb.widgets.parts.rows import Row

#: Most bids come within so many seconds; before that nobody is said not to have bid.
SILENT_AFTER_S = 30.0

#: The web Console's marks: a day is bad with half of it down, or with so many incidents.
_HALF_DAY_S, _MANY_INCIDENTS = 43_200, 10

_UNKNOWN = ("no bid", "It had room when the service was asked. Prices are not looked at: yours may be too low for it.")
_UNAUDITED = ("not audited", "No auditor has signed it, and the service shows no bids of such providers.")
_DOWN = ("down", "It is down, or was when it was last checked.")


def week(candidate: Candidate, at: datetime) -> tuple[str, str]:
    """The seven days up to `at` (UTC), oldest first, a letter each, and in words.

    The letters are `u` (nothing known against it), `p` (down for a part of the day) and `d` (half a day or more, ten
    incidents or more, or down still).
    """
    today = at.astimezone(UTC).date()
    incidents = {incident.day: incident for incident in candidate.incidents}
    days = [today - timedelta(days=back) for back in range(6, -1, -1)]
    letters = "".join(_letter(incidents.get(day), is_today=day == today) for day in days)
    said = [_in_words(incidents[day]) for day in days if day in incidents]
    return letters, f"Days by the service's screening: {'; '.join(said) or 'no incident in a week'}"


def silent(bids: Bids, screening: Screening) -> Iterator[tuple[int, Candidate]]:
    """Those who could host a group and have made no bid on it, of whatever state."""
    have_bid = {(offer.bid.id.gseq, offer.bid.id.provider) for offer in bids}
    for gseq, candidates in screening.groups.items():
        for candidate in candidates.values():
            if (gseq, candidate.owner) not in have_bid:
                yield gseq, candidate


def is_due(bids: Bids) -> bool:
    """Who has not bid by now may not do so any more."""
    return bids.created_at is None or (bids.as_of - bids.created_at).total_seconds() >= SILENT_AFTER_S


def why_silent(candidate: Candidate, today: date) -> tuple[str, str]:
    """Why there is no bid, in a word and in a sentence, as far as anybody knows."""
    if not candidate.is_audited:
        return _UNAUDITED
    is_down = any(incident.is_open and incident.day == today for incident in candidate.incidents)
    return _DOWN if is_down else _UNKNOWN


def silent_row(gseq: int, candidate: Candidate, at: datetime) -> Row:
    """The row of one who has not bid; see `bids_view.bid_rows`."""
    word, why = why_silent(candidate, at.astimezone(UTC).date())
    days, days_text = week(candidate, at)
    unknown = (None, "–")
    return {
        "key": f"silent/{gseq}/{candidate.owner}",
        "gseq": gseq,
        "state": "silent",
        "name": candidate.label,
        "title": " · ".join(filter(None, (candidate.label, candidate.organization, candidate.owner, why))),
        "ends_at": None,
        "days": days,
        "days_text": days_text,
        "cells": {
            "provider": (candidate.label.lower(), candidate.label.removeprefix("provider.")),
            "usd_hour": unknown,
            "usd_month": unknown,
            "region": (candidate.location.lower() or None, candidate.location or "–"),
            "audited": (0, "yes") if candidate.is_audited else (1, "no"),
            "uptime_7d": (candidate.uptime_7d, f"{candidate.uptime_7d:.2%}"),
            "gpu": unknown,
            "hardware": unknown,
            "state": (None, word),
        },
    }


def _letter(incident: Incident | None, *, is_today: bool) -> str:
    if incident is None:
        return "u"
    is_down = incident.downtime_s >= _HALF_DAY_S or incident.count >= _MANY_INCIDENTS
    return "d" if is_down or (is_today and incident.is_open) else "p"


def _in_words(incident: Incident) -> str:
    down = f", {format_duration(incident.downtime_s)} down" if incident.downtime_s else ""
    return f"{incident.day:%b %d}: {counted(incident.count, 'incident')}{down}"
