"""When a budget has a deployment closed, and more time than that. No money moves here: only `deposit` adds funds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from akash_nb.errors import InvalidInputError
from akash_nb.flows.context import Context


def ends_at(context: Context, dseq: str) -> datetime | None:
    """When a deployment is to be closed (UTC), also where its budget has gone with its kernel; None without a limit."""
    entry = context.journal.entry(dseq)
    return min((at for at in (context.purse.ends_at(dseq), entry.ends_at if entry else None) if at), default=None)


def extend(context: Context, dseq: str, seconds: Decimal) -> datetime:
    """Have a deployment closed that many seconds later than it would be, or than now where its time is over already.

    Returns:
        When it is to be closed, UTC.

    Raises:
        InvalidInputError: It has no time limit.
        JournalError: It cannot be noted; its limit is what it was.
    """
    now, before = context.now(), ends_at(context, dseq)
    if before is None:
        raise InvalidInputError(
            f"Deployment {dseq} has no time limit.",
            means="Nothing was changed: it runs until it is closed, or until its escrow is empty.",
            todo="Add funds with deposit() if it is to run longer.",
        )
    after = max(before, now) + timedelta(seconds=float(seconds))
    context.journal.limit(dseq, after)
    context.journal.noted("extend", dseq, {"before": before.isoformat(), "ends_at": after.isoformat()}, now)
    context.purse.extend(dseq, after)
    return after
