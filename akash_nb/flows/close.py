"""Step 6: close, and account for what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from akash_nb.client import deployments as api
from akash_nb.client import wallet
from akash_nb.client.call import Flow, send
from akash_nb.errors import AkashError, APIError, ConnectionFailedError
from akash_nb.flows.context import Context
from akash_nb.flows.deposit import topped_up_usd
from akash_nb.flows.state import read_state
from akash_nb.models import Balances, DeploymentStatus
from akash_nb.money import Coin, format_usd, format_usd_column
from akash_nb.shown import Shown
from akash_nb.units import counted, format_duration


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
            *(f"  {name.lower():<9} {amount}" for name, amount in self.amounts()),
        ]
        if self.wallet:
            lines.append(f"  wallet    {format_usd(self.wallet.available_usd)} available")
        return "\n".join(lines)

    def amounts(self) -> list[tuple[str, str]]:
        """Deposited, paid and returned for people, with as many decimals as it takes to see that they add up."""
        sums = (self.deposited_usd, self.topped_up_usd or None, self.paid_usd, self.returned_usd)
        deposited, topped_up, paid, returned = format_usd_column(sums)
        by_service = f", of it {topped_up} by automatic top-up" if self.topped_up_usd else ""
        return [("Deposited", deposited + by_service), ("Paid", paid), ("Returned", returned)]


def close(context: Context, dseq: str, *, is_mock: bool) -> Flow[Receipt]:
    """Close a deployment and account for it. Safe to repeat: a closed one gives its receipt again.

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
    return _receipt(context, before, after or before, balances, is_mock=is_mock)


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
    put_in = before.escrow.put_in if before.is_open else _put_in_at_close(context, before.dseq)
    paid = None if after.is_open else after.escrow.transferred
    returned = Coin(put_in.denom, max(put_in.amount - paid.amount, Decimal(0))) if put_in and paid else None
    ended = max((lease.closed_height or 0 for lease in after.leases), default=0) or after.escrow.settled_height
    return Receipt(
        dseq=before.dseq,
        leases_closed=len(before.live_leases) or len(after.leases),
        deposited_usd=_usd(put_in),
        topped_up_usd=None if put_in is None else topped_up_usd(context, before.dseq, put_in),
        paid_usd=_usd(paid),
        returned_usd=_usd(returned),
        seconds=float(context.prices.seconds(Decimal(max(0, ended - before.created_height)))),
        wallet=balances,
        was_closed=not before.is_open,
        is_mock=is_mock,
    )


def _usd(coin: Coin | None) -> Decimal | None:
    return None if coin is None else coin.usd()


def _put_in_at_close(context: Context, dseq: str) -> Coin | None:
    """All that a closed deployment was given, as noted when it was closed from here; None when it was not."""
    closes = [action.detail for action in context.journal.actions(dseq) if action.kind == "close"]
    return Coin(closes[-1]["denom"], Decimal(closes[-1]["put_in"])) if closes else None
