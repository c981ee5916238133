"""Steps 5 and 6: wait until it runs, add funds, update, close with a receipt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from akash_nb.client import deployments as api
from akash_nb.client import wallet
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import AkashError, APIError, OutcomeUnknownError
from akash_nb.flows.context import Context
from akash_nb.flows.create import checked
from akash_nb.models import Balances, CertificatePair, DeploymentStatus
from akash_nb.money import MICRO, Coin, format_usd
from akash_nb.shown import Shown
from akash_nb.units import counted, format_duration

_READY_POLL_S = 5.0


@dataclass(frozen=True, slots=True, repr=False)
class Receipt(Shown):
    """What a closed deployment came to, in US dollars and hours.

    Attributes:
        leases_closed: How many leases ended with it.
        deposited_usd: All that was ever put into the escrow.
        topped_up_usd: What of it the service took from the wallet by itself; None when unknown.
        paid_usd: What the providers got.
        returned_usd: What came back to the wallet.
        seconds: From creation to close, by block heights.
        wallet: The wallet afterwards; None when it could not be read. The service keeps it for 6 s, so it may be old.
        was_closed: It had been closed before.
    """

    dseq: str
    leases_closed: int
    deposited_usd: Decimal | None
    topped_up_usd: Decimal | None
    paid_usd: Decimal | None
    returned_usd: Decimal | None
    seconds: float
    wallet: Balances | None
    was_closed: bool
    is_mock: bool

    def __str__(self) -> str:
        mock = "MOCK receipt" if self.is_mock else "Receipt"
        before = " (it had been closed before)" if self.was_closed else ""
        lines = [
            f"{mock} of deployment {self.dseq}{before}",
            f"  ran       {format_duration(self.seconds)}, {counted(self.leases_closed, 'lease')} closed",
            f"  deposited {format_usd(self.deposited_usd)}{self._topped_up}",
            f"  paid      {format_usd(self.paid_usd)}",
            f"  returned  {format_usd(self.returned_usd)}",
        ]
        if self.wallet:
            lines.append(f"  wallet    {format_usd(self.wallet.available_usd)} available")
        return "\n".join(lines)

    @property
    def _topped_up(self) -> str:
        return f", of it {format_usd(self.topped_up_usd)} by automatic top-up" if self.topped_up_usd else ""


def topped_up_usd(context: Context, status: DeploymentStatus) -> Decimal | None:
    """US dollars that the service has added to an open deployment's escrow from the wallet by itself.

    Paying accounts are brought to 48 h of runway after a lease and hourly (contract §13), so that a deposit is no cap.
    None for a closed deployment, one that was made elsewhere, or without a known dollar value.
    """
    own, all_of_it = context.journal.deposited_usd(status.dseq), status.escrow.put_in.usd()
    if own is None or all_of_it is None or not status.is_open:
        return None
    return max(all_of_it - own, Decimal(0))


def wait_until_ready(
    dseq: str, *, timeout_s: float, on_status: Callable[[DeploymentStatus], None]
) -> Flow[DeploymentStatus]:
    """Poll until every service of every lease has all replicas up, nothing is leased any more, or time is over.

    Args:
        timeout_s: Seconds to wait at most, counted in pauses.
        on_status: Told each answer.

    Returns:
        The last status; look at `is_ready`.
    """
    waited = 0.0
    while True:
        status = yield from send(api.get(dseq))
        on_status(status)
        if status.is_ready or not status.live_leases or waited >= timeout_s:
            return status
        yield Sleep(_READY_POLL_S)
        waited += _READY_POLL_S


def deposit(context: Context, dseq: str, usd: Decimal, dialect: str | None) -> Flow[DeploymentStatus]:
    """Add funds to a deployment's escrow. **Spends**; a lost answer is settled by looking at the escrow.

    Raises:
        OutcomeUnknownError: The answer was lost and the escrow could not be read afterwards.
        APIError: The service refused; nothing was spent.
    """
    amount = api.amount_usd(usd, minimum=Decimal("0.000001"))
    before = yield from send(api.get(dseq))
    with context.journal.action("deposit", dseq, {"usd": str(amount)}, context.now()) as note:
        try:
            answer = yield from api.deposit(dseq, amount, dialect=dialect)
        except OutcomeUnknownError as lost:
            note.unknown(lost.what)
            after = yield from send(api.get(dseq))
            if after.escrow.put_in.amount - before.escrow.put_in.amount < amount * MICRO:
                raise _not_arrived(lost, amount) from None
            context.say("The answer was lost, but the escrow has grown: the deposit arrived.")
            answer = after
        except APIError as refusal:
            note.refused(refusal.what)
            raise
        note.done()
    if answer is None:
        answer = yield from send(api.get(dseq))
    return answer


def update(context: Context, dseq: str, text: str, pair: CertificatePair | None) -> Flow[DeploymentStatus]:
    """Send a changed SDL to a running deployment: same dseq, same leases, no deposit. Safe to repeat.

    Raises:
        SDLError: The SDL is wrong; nothing was sent.
        InvalidRequestError: The provider refused it (resources cannot change in place); the old one keeps running.
    """
    compiled = checked(text)
    with context.journal.action("update", dseq, {"version": compiled.version}, context.now()) as note:
        try:
            status = yield from send(api.update(dseq, text, certificate=pair))
        except APIError as refusal:
            note.refused(refusal.what)
            raise
        context.journal.updated(dseq, text, compiled.version, compiled.manifest)
        note.done()
    return status


def close(context: Context, dseq: str, *, is_mock: bool) -> Flow[Receipt]:
    """Close a deployment and account for it. Safe to repeat: a closed one gives its receipt again."""
    before = yield from send(api.get(dseq))
    if before.is_open:
        with context.journal.action("close", dseq, {}, context.now()) as note:
            yield from send(api.close(dseq))
            note.done()
    context.journal.closed(dseq)
    after = yield from send(api.get(dseq))
    balances = yield from _balances()
    return _receipt(context, before, after, balances, is_mock=is_mock)


def _balances() -> Flow[Balances | None]:
    """The wallet; None when it cannot be read, which must not hide a receipt."""
    try:
        return (yield from send(wallet.balances()))
    except AkashError:
        return None


def _receipt(
    context: Context, before: DeploymentStatus, after: DeploymentStatus, balances: Balances | None, *, is_mock: bool
) -> Receipt:
    put_in, paid = before.escrow.put_in, Coin(before.escrow.put_in.denom, after.escrow.transferred.amount)
    ended = max((lease.closed_height or 0 for lease in after.leases), default=0) or after.escrow.settled_height
    return Receipt(
        dseq=before.dseq,
        leases_closed=len(before.live_leases) or len(after.leases),
        deposited_usd=put_in.usd() if before.is_open else None,
        topped_up_usd=topped_up_usd(context, before),
        paid_usd=paid.usd(),
        returned_usd=Coin(put_in.denom, max(put_in.amount - paid.amount, Decimal(0))).usd() if before.is_open else None,
        seconds=float(context.prices.seconds(Decimal(max(0, ended - before.created_height)))),
        wallet=balances,
        was_closed=not before.is_open,
        is_mock=is_mock,
    )


def _not_arrived(lost: OutcomeUnknownError, amount: Decimal) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        lost.what,
        operation=lost.operation,
        dseq=lost.dseq,
        means=f"The escrow has not grown by {format_usd(amount)} so far, so most likely nothing was spent.",
        todo="Look at status() again in a minute before adding funds once more.",
    )
