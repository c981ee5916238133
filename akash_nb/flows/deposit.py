"""Step 5: add funds. Noted before it is sent, never sent twice, looked up in the escrow when its answer is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from akash_nb.client import deployments as api
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import AkashError, APIError, InvalidInputError, OutcomeUnknownError
from akash_nb.flows.context import LOOK_AGAIN_S, Context
from akash_nb.flows.state import read_state, refuse_closed
from akash_nb.models import DeploymentStatus, Escrow, EscrowDeposit
from akash_nb.money import MICRO, Coin, format_usd

#: One micro-unit; the service has no other minimum for deposits (contract §5).
SMALLEST_USD = Decimal("0.000001")

#: What has not come by then never will: it is signed for a minute at most (contract §1).
_LONGEST_DEPOSIT = timedelta(minutes=15)


def deposit(context: Context, dseq: str, usd: Decimal, dialect: str | None) -> Flow[DeploymentStatus]:
    """Add funds to a deployment's escrow. **Spends**; a lost answer is settled by looking at the escrow.

    Raises:
        InvalidInputError: It is closed, or an earlier deposit, whose answer was lost, has arrived; nothing was sent.
        OutcomeUnknownError: The answer was lost, and the deposit has not been found in the escrow since.
        APIError: The service refused; nothing was spent.
    """
    amount = api.amount_usd(usd, minimum=SMALLEST_USD)
    before = yield from send(api.get(dseq))
    refuse_closed(before)
    _refuse_a_second(settle_deposits(context, before), dseq)
    detail = {"usd": str(amount), "before": [[str(d.amount), d.height] for d in before.escrow.deposits]}
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
    if answer is None:
        answer = yield from read_state(dseq)
    return answer or _with_deposit(before, amount)


def settle_deposits(context: Context, status: DeploymentStatus) -> Decimal:
    """Deposits whose answer never came, looked up in the escrow; returns the US dollars that turn out to have come.

    One that is not there after `_LONGEST_DEPOSIT` never will be.
    """
    arrived = Decimal(0)
    there = list(status.escrow.deposits)
    for action in context.journal.unsettled("deposit", status.dseq):
        usd = Decimal(action.detail["usd"])
        before = {EscrowDeposit(Decimal(amount), height) for amount, height in action.detail["before"]}
        own = next((item for item in there if item.amount == usd * MICRO and item not in before), None)
        if own is not None:
            there.remove(own)
            arrived += usd
            context.journal.outcome(action.id, "done", "found in the escrow")
        elif context.now() - action.asked_at > _LONGEST_DEPOSIT:
            context.journal.outcome(action.id, "refused", "not found in the escrow")
    return arrived


def topped_up_usd(context: Context, dseq: str, put_in: Coin) -> Decimal | None:
    """US dollars that the service has added to a deployment's escrow from the wallet by itself.

    Paying accounts are brought to 48 h of runway after a lease and hourly (contract §13), so that a deposit is no cap.
    None for a deployment that was made elsewhere, or without a known dollar value.

    Args:
        put_in: All that the escrow was ever given.
    """
    own, all_of_it = context.journal.deposited_usd(dseq), put_in.usd()
    return None if own is None or all_of_it is None else max(all_of_it - own, Decimal(0))


def _refuse_a_second(arrived: Decimal, dseq: str) -> None:
    """Who adds funds again after an interrupt should know that the first deposit arrived."""
    if arrived:
        raise InvalidInputError(
            f"An earlier deposit of {format_usd(arrived)}, whose answer was lost, has arrived in the escrow of {dseq}.",
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
        if _has_grown_by(amount * MICRO, before.escrow, after.escrow):
            context.say("The answer was lost, but the deposit is in the escrow.")
            return after
    raise _unseen(lost, f"{format_usd(amount)} has not come into the escrow so far, so most likely nothing was spent.")


def _has_grown_by(micro: Decimal, before: Escrow, after: Escrow) -> bool:
    """A deposit of exactly that amount has come: the service's own top-up may have come as well."""
    fresh = [item.amount for item in after.deposits if item not in before.deposits]
    return micro in fresh or after.put_in.amount - before.put_in.amount == micro


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
