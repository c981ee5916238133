"""Step 5: add funds. Noted before it is sent, never sent twice, looked up in the escrow when its answer is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import AkashError, APIError, InvalidInputError, OutcomeUnknownError
from akash_nb.flows.context import LOOK_AGAIN_S, Context
from akash_nb.flows.funding import no_automatic_funding
from akash_nb.flows.state import read_state, refuse_closed
from akash_nb.models import DeploymentStatus, EscrowDeposit
from akash_nb.money import MICRO, Coin, format_usd

#: One micro-unit; the service has no other minimum for deposits (contract §5).
SMALLEST_USD = Decimal("0.000001")

#: What has not come by then never will: it is signed for a minute at most (contract §1).
_LONGEST_DEPOSIT = timedelta(minutes=15)

#: Noted with a deposit of which the user knows that it may have arrived.
_TOLD = "it may have arrived"


def deposit(context: Context, dseq: str, usd: Decimal, dialect: str | None) -> Flow[DeploymentStatus]:
    """Add funds to a deployment's escrow. **Spends**; a lost answer is settled by looking at the escrow.

    Raises:
        InvalidInputError: It is closed, or an earlier deposit, whose answer was lost, has arrived; nothing was sent.
        OverBudgetError: A budget has not so much left, or its time is over; nothing was sent.
        OutcomeUnknownError: The answer was lost, and the deposit has not been found in the escrow since.
        APIError: The service refused; nothing was spent.
    """
    amount = api.amount_usd(usd, minimum=SMALLEST_USD)
    before = yield from send(api.get(dseq))
    context.purse.saw(before)
    refuse_closed(before)
    _refuse_a_second(_settle_deposits(context, before), dseq)
    with context.purse.adding(before, amount, context.now()) as budgets:
        if budgets and before.live_leases:
            yield from no_automatic_funding(context, dseq)
        answer = yield from _sent(context, before, amount, dialect)
    if answer is None:
        answer = yield from read_state(dseq)
    return answer or _with_deposit(before, amount)


def _sent(
    context: Context, before: DeploymentStatus, amount: Decimal, dialect: str | None
) -> Flow[DeploymentStatus | None]:
    """Send it, once, and note what becomes of it; the deployment after it where the service tells."""
    dseq = before.dseq
    detail = {
        "usd": str(amount),
        "before": [[str(item.amount), item.height] for item in before.escrow.deposits],
        "put_in": str(before.escrow.put_in.amount),
    }
    note = context.journal.asked("deposit", dseq, detail, context.now())
    try:
        answer = yield from api.deposit(dseq, amount, dialect=dialect)
    except OutcomeUnknownError as lost:
        note.unknown(lost.what)
        answer = yield from _arrived(context, lost, before, amount)
    except APIError as refusal:
        note.refused(refusal.what)
        raise
    note.done()
    return answer


@dataclass(frozen=True, slots=True)
class _Settled:
    """What became of deposits whose answer was lost, in US dollars: `arrived` is in the escrow, `doubtful` may be."""

    arrived: Decimal = Decimal(0)
    doubtful: Decimal = Decimal(0)


def _settle_deposits(context: Context, status: DeploymentStatus) -> _Settled:
    """Look up deposits whose answer never came. Each is told of once; one that cannot have come by now never will.

    What was ever put in never shrinks: where it has not grown by the amount, beside the deposits that are known, it has
    not come. Where it has, an entry of exactly that amount proves it; without one, the service's own top-up may be it.
    """
    journal, arrived, doubtful = context.journal, Decimal(0), Decimal(0)
    taken: Counter[Decimal] = Counter()
    for action in journal.unsettled("deposit", status.dseq):
        usd = Decimal(action.detail["usd"])
        later = [Decimal(a.detail["usd"]) for a in journal.done("deposit", status.dseq) if a.id > action.id]
        fresh = _fresh(action.detail, status) - Counter(later) - taken
        growth = (status.escrow.put_in.amount - Decimal(action.detail["put_in"])) / MICRO - sum(later, Decimal(0))
        if fresh[usd] > 0:
            taken[usd] += 1
            arrived += usd
            journal.outcome(action.id, "done", "found in the escrow")
        elif growth >= usd and action.answer != _TOLD:
            doubtful += usd
            journal.outcome(action.id, "unknown", _TOLD)
        elif growth < usd and context.now() - action.asked_at > _LONGEST_DEPOSIT:
            journal.outcome(action.id, "refused", "not found in the escrow")
            context.purse.forget_deposit(status.dseq, usd)
    return _Settled(arrived, doubtful)


def _fresh(detail: dict[str, Any], status: DeploymentStatus) -> Counter[Decimal]:
    """The deposits that have come since, in US dollars each."""
    before = Counter(EscrowDeposit(Decimal(amount), height) for amount, height in detail["before"])
    return Counter(item.amount / MICRO for item in (Counter(status.escrow.deposits) - before).elements())


def topped_up_usd(context: Context, dseq: str, put_in: Coin) -> Decimal | None:
    """US dollars that the service has added to a deployment's escrow from the wallet by itself.

    Paying accounts are brought to 48 h of runway after a lease and hourly (contract §13), so that a deposit is no cap.
    None for a deployment that was made elsewhere, or without a known dollar value.

    Args:
        put_in: All that the escrow was ever given.
    """
    own, all_of_it = context.journal.deposited_usd(dseq), put_in.usd()
    return None if own is None or all_of_it is None else max(all_of_it - own, Decimal(0))


def _refuse_a_second(settled: _Settled, dseq: str) -> None:
    """Who adds funds again after an interrupt should know what became of the first deposit."""
    if settled.arrived or settled.doubtful:
        amount = format_usd(settled.arrived or settled.doubtful)
        has = "has" if settled.arrived else "may have"
        raise InvalidInputError(
            f"An earlier deposit of {amount}, whose answer was lost, {has} arrived in the escrow of {dseq}.",
            means="Nothing was sent now.",
            todo="Look at its runway, and deposit() once more if you want more.",
        )


def _arrived(
    context: Context, lost: OutcomeUnknownError, before: DeploymentStatus, amount: Decimal
) -> Flow[DeploymentStatus]:
    """The deployment once the deposit is in its escrow; looks for it about a minute.

    Raises:
        OutcomeUnknownError: It has not come, or the escrow cannot be read.
    """
    for pause in (0, *LOOK_AGAIN_S):
        if pause:
            yield Sleep(pause)
        try:
            after = yield from send(api.get(before.dseq))
        except AkashError as problem:
            why = f"It may have arrived: the escrow cannot be read ({problem.what.rstrip('.')})."
            raise _unseen(lost, why) from None
        if _has_come(amount, before, after):
            context.say("The answer was lost, but the deposit is in the escrow.")
            return after
    growth = (after.escrow.put_in.amount - before.escrow.put_in.amount) / MICRO
    if growth >= amount:
        raise _unseen(lost, f"It may have arrived: the escrow has grown by {format_usd(growth)} meanwhile.")
    raise _unseen(lost, f"{format_usd(amount)} has not come into the escrow so far, so most likely nothing was spent.")


def _has_come(usd: Decimal, before: DeploymentStatus, after: DeploymentStatus) -> bool:
    """A deposit of exactly that amount is there, or exactly so much more is: the service tops up by itself as well."""
    fresh = Counter(after.escrow.deposits) - Counter(before.escrow.deposits)
    grown = after.escrow.put_in.amount - before.escrow.put_in.amount
    return any(item.amount == usd * MICRO for item in fresh) or grown == usd * MICRO


def _unseen(lost: OutcomeUnknownError, means: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        lost.what,
        operation=lost.operation,
        dseq=lost.dseq,
        means=means,
        todo="Look at status() again in a few minutes before adding funds once more.",
    )


def _with_deposit(status: DeploymentStatus, usd: Decimal) -> DeploymentStatus:
    """The deployment as it is after a deposit: a deposit does not settle, it adds to the funds (contract §8)."""
    funds = replace(status.escrow.funds, amount=status.escrow.funds.amount + usd * MICRO)
    return replace(status, escrow=replace(status.escrow, funds=funds))
