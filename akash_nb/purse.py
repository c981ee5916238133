"""The budgets of one wallet at work: money and leases are counted before a request leaves, and given back only where
it certainly came to nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from akash_nb.budgets import LOCK, Account, Budget, Held, Key, active, dollars
from akash_nb.errors import AkashError, ConnectionFailedError, OutcomeUnknownError, OverBudgetError
from akash_nb.models import DeploymentStatus
from akash_nb.money import PriceModel

#: The budgets that each deployment is under, for all sessions of this process.
_UNDER: dict[Key, tuple[Budget, ...]] = {}

#: Deposits of creates whose answer was lost, by wallet and entry in the journal, with the budgets that count them.
_LOST: dict[tuple[Hashable, int], tuple[Held, tuple[Budget, ...]]] = {}


@dataclass(slots=True)
class Attempt:
    """Leases that are being made; before they are asked for, an interrupt leaves nothing in doubt."""

    is_sent: bool = False


@dataclass(slots=True)
class Purse:
    """The budgets that hold for what one session does.

    Attributes:
        own: The session's own.
        prices: Block time behind prices per hour.
        wallet: Whose deployments; sessions of one wallet have an equal one (`Journal.wallet`).
    """

    own: Budget | None = None
    prices: PriceModel = field(default_factory=PriceModel)
    wallet: Hashable = field(default_factory=object)

    # Which budgets hold, and what they leave

    def over(self, dseq: str | None = None) -> tuple[Budget, ...]:
        """The budgets that hold for a deployment, or for a new one."""
        own = [self.own] if self.own else []
        return tuple(dict.fromkeys([*active(), *own, *(self.of(dseq) if dseq else ())]))

    def of(self, dseq: str) -> tuple[Budget, ...]:
        """The budgets that a deployment is under already."""
        return _UNDER.get(self._key(dseq), ())

    def left_usd(self, dseq: str | None = None) -> Decimal | None:
        """US dollars that may be put into a deployment, or into a new one; None without a limit."""
        return min((left for each in self.over(dseq) if (left := each.left_usd) is not None), default=None)

    def deadline(self, start: datetime) -> datetime | None:
        """When something that starts then under the present budgets is to be closed; None without a limit."""
        return min((at for each in self.over() if (at := each.deadline(start))), default=None)

    def ends_at(self, dseq: str) -> datetime | None:
        """When a deployment is to be closed (UTC), by the strictest budget; None without a limit."""
        return min((account.ends_at for account in self._accounts(dseq) if account.ends_at), default=None)

    def filled_until(self, dseq: str) -> datetime | None:
        """The end of the time for which a deployment's escrow is to be filled; None where its deposit was not left to
        a budget."""
        filled = (account.ends_at for account in self._accounts(dseq) if account.is_filled)
        return min((at for at in filled if at), default=None)

    def extend(self, dseq: str, ends_at: datetime) -> None:
        """Have a deployment closed then, by every budget that would have it closed before."""
        with LOCK:
            for account in self._accounts(dseq):
                if account.ends_at is not None:
                    account.ends_at = max(account.ends_at, ends_at)

    def usual_deposit(self, usual: Decimal, minimum: Decimal) -> tuple[Decimal, bool]:
        """The deposit of a create for which none was named, in US dollars, and whether the escrow is filled later.

        Under a budget with a time limit the smallest there is: what the run takes is added when its price is known.
        Else the usual one, or what the budgets have left.
        """
        if any(each.ttl_s is not None for each in self.over()):
            return minimum, True
        left = self.left_usd()
        return max(usual if left is None else min(usual, left), minimum), False

    # What is about to be sent

    @contextmanager
    def creating(self, usd: Decimal, *, is_filled: bool = False) -> Iterator[Held]:
        """Count the deposit of a new deployment while it is made. Inside, `entry_id` and `asked_at` are told once the
        journal has them, `dseq` once the answer has come.

        Raises:
            OverBudgetError: It is more than is left; nothing was sent.
        """
        held = Held(usd, is_filled)
        with LOCK:
            budgets = self.over()
            for each in budgets:
                each.refuse_beyond(usd)
            for each in budgets:
                each.held.append(held)
        try:
            yield held
        except BaseException as error:
            if held.entry_id is None or _is_certain(error):
                _release(held, budgets)
            else:
                _LOST[self.wallet, held.entry_id] = held, budgets
            raise
        if held.dseq is not None:
            self._place(held, budgets, held.dseq)

    @contextmanager
    def adding(self, status: DeploymentStatus, usd: Decimal, now: datetime) -> Iterator[tuple[Budget, ...]]:
        """Count funds for a deployment while they are sent. Of one from before a budget, only they are counted.

        Raises:
            OverBudgetError: It is more than is left, what runs there costs too much per hour, or its time is over;
                nothing was sent.
        """
        key = self._key(status.dseq)
        with LOCK:
            self.saw(status)
            budgets = self.over(status.dseq)
            pairs = [(each, self._as_of(each, status)) for each in budgets]
            for each, account in pairs:
                each.refuse_late(key, now)
                each.refuse_beyond(usd)
                each.refuse_too_dear(key, account)
            taken_on = [(each, replace(account)) for each, account in pairs if key not in each.accounts]
            for each, account in pairs:
                account.may_be += usd
                self._open(each, key, account)
        try:
            yield budgets
        except AkashError as error:
            if _is_certain(error):
                self.forget_deposit(status.dseq, usd)
                self._let_go(key, taken_on)
            raise

    @contextmanager
    def leasing(self, status: DeploymentStatus, usd_per_hour: Decimal | None, now: datetime) -> Iterator[Attempt]:
        """Count leases while they are made. Of a deployment from before a budget all that it holds is counted from now
        on, and its time begins. Inside, `is_sent` is told before the request leaves.

        Args:
            usd_per_hour: What the deployment's leases will cost together; None when that has no known dollar value.

        Raises:
            OverBudgetError: It costs or holds too much, or its time is over; nothing was sent.
        """
        key = self._key(status.dseq)
        with LOCK:
            self.saw(status)
            budgets = self.over(status.dseq)
            accounts = [self._leased(each, status, _known(usd_per_hour, each), now) for each in budgets]
            for each, account in zip(budgets, accounts, strict=True):
                each.refuse_late(key, now)
                each.refuse_too_dear(key, account)
            new = [pair for pair in zip(budgets, accounts, strict=True) if key not in pair[0].accounts]
            taken_on = [(each, replace(account, leasing=())) for each, account in new]
            for each, account in zip(budgets, accounts, strict=True):
                self._open(each, key, account)
        attempt = Attempt()
        try:
            yield attempt
        except BaseException as error:
            refused = isinstance(error, AkashError) and getattr(error, "lease_exists", False) is False
            if refused or not attempt.is_sent:
                for account in self._accounts(status.dseq):
                    account.gave_up(usd_per_hour)
            if isinstance(error, OverBudgetError):
                self._let_go(key, taken_on)
            raise

    def refuse_update(self, dseq: str, now: datetime) -> None:
        """Stop before a changed SDL is sent to what costs too much, or whose time is over.

        Raises:
            OverBudgetError: It does; nothing was sent.
        """
        for each in self.over(dseq):
            each.refuse_late(self._key(dseq), now)
            each.refuse_too_dear(self._key(dseq))

    # What has become of it

    def saw(self, status: DeploymentStatus) -> None:
        """An answer of the service about one deployment, also of what others have put in."""
        with LOCK:
            for account in self._accounts(status.dseq):
                account.saw(status, self._usd_per_hour(status))

    def found(self, entry_id: int, dseq: str) -> None:
        """A deployment whose answer was lost has turned up."""
        lost = _LOST.pop((self.wallet, entry_id), None)
        if lost is not None:
            self._place(*lost, dseq)

    def forget_create(self, entry_id: int) -> None:
        """A create whose answer was lost has come to nothing."""
        lost = _LOST.pop((self.wallet, entry_id), None)
        if lost is not None:
            _release(*lost)

    def forget_deposit(self, dseq: str, usd: Decimal) -> None:
        """Funds that were sent have certainly not arrived."""
        with LOCK:
            for account in self._accounts(dseq):
                account.may_be -= usd

    def _leased(self, budget: Budget, status: DeploymentStatus, usd_per_hour: Decimal, now: datetime) -> Account:
        """What a deployment has of a budget once it is leased."""
        known, paid = budget.accounts.get(self._key(status.dseq)), dollars(status.escrow.transferred.usd())
        account = replace(known, before=min(known.before, paid)) if known else Account(before=paid)
        account.saw(status, self._usd_per_hour(status))
        account.leasing += (usd_per_hour,)
        account.ends_at = account.ends_at or budget.deadline(now)
        return account

    def _as_of(self, budget: Budget, status: DeploymentStatus) -> Account:
        """What a deployment has of a budget before it is given funds."""
        known = budget.accounts.get(self._key(status.dseq))
        account = replace(known) if known else Account(before=dollars(status.escrow.put_in.usd()))
        account.saw(status, self._usd_per_hour(status))
        account.may_be = max(account.put_in, account.may_be)
        return account

    def _place(self, held: Held, budgets: tuple[Budget, ...], dseq: str) -> None:
        with LOCK:
            _release(held, budgets)
            for each in budgets:
                ends_at = each.deadline(held.asked_at) if held.asked_at else None
                account = Account(may_be=held.usd, ends_at=ends_at, is_filled=held.is_filled)
                self._open(each, self._key(dseq), account)

    def _open(self, budget: Budget, key: Key, account: Account) -> None:
        budget.accounts[key] = account
        _UNDER[key] = tuple(dict.fromkeys([*_UNDER.get(key, ()), budget]))

    def _let_go(self, key: Key, taken_on: Iterable[tuple[Budget, Account]]) -> None:
        """What was to come under budgets and was refused is under them no more, unless something has happened to it
        meanwhile.

        Args:
            taken_on: The budgets with what it had of them then.
        """
        with LOCK:
            for budget, account in taken_on:
                if budget.accounts.get(key) == account:
                    del budget.accounts[key]
                    _UNDER[key] = tuple(other for other in _UNDER[key] if other is not budget)

    def _accounts(self, dseq: str) -> list[Account]:
        return [each.accounts[self._key(dseq)] for each in self.of(dseq)]

    def _key(self, dseq: str) -> Key:
        return self.wallet, dseq

    def _usd_per_hour(self, status: DeploymentStatus) -> Decimal:
        return self.prices.per_hour(dollars(status.price_per_block.usd()))


def _release(held: Held, budgets: tuple[Budget, ...]) -> None:
    with LOCK:
        for each in budgets:
            each.held.remove(held)


def _is_certain(error: BaseException) -> bool:
    """The request did nothing: it was refused, or never left."""
    if isinstance(error, ConnectionFailedError):
        return not error.was_sent
    return isinstance(error, AkashError) and not isinstance(error, OutcomeUnknownError)


def _known(usd_per_hour: Decimal | None, budget: Budget) -> Decimal:
    if usd_per_hour is None:
        raise OverBudgetError(
            "The price of a chosen bid has no known value in dollars, so that no budget can hold it.",
            budget=budget,
            means="No lease was made.",
            todo="Choose a bid in uact.",
        )
    return usd_per_hour
