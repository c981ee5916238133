"""Step 6: close, and account for what it came to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import reduce
from operator import add

from akash_nb import sdl
from akash_nb.client import deployments as api
from akash_nb.client import wallet
from akash_nb.client.call import Flow, send
from akash_nb.errors import AkashError, APIError, ConnectionFailedError
from akash_nb.flows.context import Context
from akash_nb.flows.deposit import topped_up_usd
from akash_nb.flows.estimate import estimate_groups
from akash_nb.flows.state import read_state
from akash_nb.models import Balances, DeploymentStatus
from akash_nb.money import Coin
from akash_nb.receipt import Receipt

#: The state of an escrow that could not pay any more; its deployment is closed by the chain (contract §8).
_DRY = "overdrawn"


def close(context: Context, dseq: str, *, is_mock: bool, sdl_text: str = "") -> Flow[Receipt]:
    """Close a deployment and account for it. Safe to repeat: a closed one gives its receipt again.

    Args:
        sdl_text: What ran, to compare with other clouds; empty where it is not known.

    Raises:
        ConnectionFailedError, APIError: It is still open, or nobody can say; the message tells which.
    """
    before = yield from send(api.get(dseq))
    if before.is_open:
        detail = {"put_in": str(before.escrow.put_in.amount), "denom": before.escrow.put_in.denom}
        note = context.journal.asked("close", dseq, detail, context.now())
        try:
            yield from send(api.close(dseq))
        except (APIError, ConnectionFailedError) as failure:
            # It may have worked all the same: its answer was lost, or an older service calls it closed already.
            after = yield from read_state(dseq)
            if after is None or after.is_open:
                raise _not_closed(failure, after) from None
        note.done()
    context.journal.closed(dseq)
    after = yield from read_state(dseq)
    balances = yield from _balances()
    receipt = _receipt(context, before, after or before, balances, is_mock=is_mock)
    return (yield from _compared(context, receipt, sdl_text)) if receipt.leased_seconds else receipt


def note_plan(context: Context, dseq: str, plan_id: str, usd_hour: Decimal | None) -> None:
    """Note what a deployment's plan expects per hour, for its receipt."""
    detail = {"id": plan_id, "usd_hour": None if usd_hour is None else str(usd_hour)}
    context.journal.noted("plan", dseq, detail, context.now())


def _not_closed(failure: APIError | ConnectionFailedError, after: DeploymentStatus | None) -> AkashError:
    unknown, still_open = "Whether it is closed could not be found out.", "It is open, and its leases are paid."
    failure.means = unknown if after is None else still_open
    failure.todo = "Close it again: that is safe."
    return failure


def _balances() -> Flow[Balances | None]:
    """The wallet; None when it cannot be read, which must not hide a receipt."""
    try:
        return (yield from send(wallet.balances()))
    except AkashError:
        return None


def _receipt(
    context: Context, before: DeploymentStatus, after: DeploymentStatus, balances: Balances | None, *, is_mock: bool
) -> Receipt:
    put_in = before.escrow.put_in if before.is_open else _put_in_of_closed(context, before)
    paid = None if after.is_open else after.escrow.transferred
    returned = Coin(put_in.denom, max(put_in.amount - paid.amount, Decimal(0))) if put_in and paid else None
    ended = max((lease.closed_height or 0 for lease in after.leases), default=0) or after.escrow.settled_height
    leased = min((lease.created_height for lease in after.leases), default=ended)
    return Receipt(
        dseq=before.dseq,
        leases_closed=len(before.live_leases) or len(after.leases),
        deposited_usd=_usd(put_in),
        topped_up_usd=None if put_in is None else topped_up_usd(context, before.dseq, put_in),
        paid_usd=_usd(paid),
        returned_usd=_usd(returned),
        seconds=_seconds(context, before.created_height, ended),
        leased_seconds=_seconds(context, leased, ended),
        wallet=balances,
        was_closed=not before.is_open,
        ran_dry=after.escrow.state == _DRY,
        is_mock=is_mock,
        prices=context.prices,
        planned_usd_hour=_planned(context, before.dseq),
    )


def _compared(context: Context, receipt: Receipt, sdl_text: str) -> Flow[Receipt]:
    """The receipt beside what other clouds ask; as it is where that cannot be found out, which must not hide it."""
    compiled = sdl.compile(sdl_text)
    if not compiled.ok:
        return receipt
    try:
        groups = yield from estimate_groups(context, compiled)
    except AkashError:
        return receipt
    clouds = [group.clouds for group in groups]
    return replace(receipt, clouds=reduce(add, clouds), has_gpus=any(group.gpus for group in groups))


def _planned(context: Context, dseq: str) -> Decimal | None:
    """US dollars per hour that the deployment's plan expected; None without a plan."""
    plans = context.journal.done("plan", dseq)
    usd_hour = plans[-1].detail["usd_hour"] if plans else None
    return None if usd_hour is None else Decimal(usd_hour)


def _seconds(context: Context, first: int, last: int) -> float:
    return float(context.prices.seconds(Decimal(max(0, last - first))))


def _usd(coin: Coin | None) -> Decimal | None:
    return None if coin is None else coin.usd()


def _put_in_of_closed(context: Context, status: DeploymentStatus) -> Coin | None:
    """All that a closed deployment was given: what was noted when it was closed from here, or what was paid where
    nothing was left; None otherwise."""
    if status.escrow.state == _DRY:
        return status.escrow.transferred
    closes = [action.detail for action in context.journal.actions(status.dseq) if action.kind == "close"]
    return Coin(closes[-1]["denom"], Decimal(closes[-1]["put_in"])) if closes else None
