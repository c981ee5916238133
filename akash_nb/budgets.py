"""What may be spent at most: caps that are checked before a request leaves, not after the money has gone.

    with akash.budget(usd=3, usd_per_hour=1.5, ttl="4h"):
        deployment = session.deploy("deploy.yaml")

A deposit alone caps nothing: the service tops a paying wallet's deployments up to 48 hours of runway by itself
(contract §13). Under a budget that is switched off before a lease is made, so that a deployment can cost no more than
was put into its escrow; and what is put in, here, is what the budget counts.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from akash_nb.errors import InvalidInputError, OverBudgetError
from akash_nb.models import DeploymentStatus
from akash_nb.money import format_usd, to_decimal
from akash_nb.shown import Shown
from akash_nb.units import format_duration, parse_duration

NOTHING = Decimal(0)

#: Prices per hour are quotients, and limits may be floats: what is beyond by no more than this is not beyond.
_ROUNDING_USD = Decimal("1e-9")

#: More than anybody has is a mistake, and soon beyond what can be written.
_MOST_USD = Decimal("1e12")

#: A time beyond a century is a mistake, and soon beyond what a calendar has.
_LONGEST_S = 100 * 365 * 86_400

#: A wallet and a deployment's number, which is a time, so that two wallets may have the same.
Key: TypeAlias = tuple[Hashable, str]

#: One for all budgets: several have to agree on a payment, or none counts it.
LOCK = threading.RLock()


@dataclass(slots=True)
class Account:
    """What one deployment has of a budget, in US dollars.

    Attributes:
        put_in: All that went into its escrow, as the service says.
        may_be: The same if all that was sent has arrived.
        before: What had been put in, or paid, before, and is not counted.
        paid: What it has come to, once closed.
        usd_per_hour: What its live leases cost together, as the service says.
        leasing: What they will, once those that are being made are there, attempt by attempt.
        height: The block of the last settlement that the service told of; -1 before it has told anything.
        ends_at: When it is to be closed; None without a limit.
        is_filled: Its deposit was left to the budget: its escrow is filled for its time when it is leased.
    """

    put_in: Decimal = NOTHING
    may_be: Decimal = NOTHING
    before: Decimal = NOTHING
    paid: Decimal | None = None
    usd_per_hour: Decimal = NOTHING
    leasing: tuple[Decimal, ...] = ()
    height: int = -1
    ends_at: datetime | None = None
    is_filled: bool = False

    @property
    def bound_usd(self) -> Decimal:
        in_all = max(self.put_in, self.may_be) if self.paid is None else self.paid
        return max(in_all - self.before, NOTHING)

    @property
    def running_usd_per_hour(self) -> Decimal:
        return max(self.usd_per_hour, *self.leasing, NOTHING)

    def saw(self, status: DeploymentStatus, usd_per_hour: Decimal) -> None:
        """Take over what the service says. An older answer may come after a newer one: what was put in only grows,
        leases begin and end with a settlement, and what is closed stays closed (contract §8)."""
        escrow = status.escrow
        if self.paid is not None:
            return
        if not status.is_open:
            self.paid = dollars(escrow.transferred.usd())
            self.usd_per_hour, self.leasing = NOTHING, ()
            self.ends_at = None
            return
        if self.height < 0:
            self.may_be = NOTHING  # a service may put its own deposit in place of the one asked for (contract §5)
        self.put_in = max(self.put_in, dollars(escrow.put_in.usd()))
        if escrow.settled_height >= self.height:
            self.height, self.usd_per_hour = escrow.settled_height, usd_per_hour
            if status.live_leases:
                self.leasing = ()

    def gave_up(self, usd_per_hour: Decimal | None) -> None:
        """An attempt to lease has come to nothing. An answer may have told of leases meanwhile."""
        with LOCK:
            attempts = list(self.leasing)
            if usd_per_hour in attempts:
                attempts.remove(usd_per_hour)
            self.leasing = tuple(attempts)


@dataclass(slots=True, eq=False)
class Held:
    """The deposit of a create that is under way.

    Attributes:
        is_filled: It was left to the budget, which fills the escrow when it is leased.
        entry_id: The journal's entry, by which it is found again, and `asked_at` when that was made, with which its
            time begins; None before there is one.
        dseq: The deployment's number, once the answer has come.
    """

    usd: Decimal
    is_filled: bool = False
    entry_id: int | None = None
    asked_at: datetime | None = None
    dseq: str | None = None


class Budget(Shown):
    """A cap on what deployments may cost; made by `budget()`. In a `with` block it holds for what is deployed, leased
    and deposited there: awaited there, with an awaited session; not by threads that are started there, which do not
    know of the block. As `session.budget` it holds for one session, until it is taken away. A deployment stays under
    the budget under which it was made, leased or given funds, and the service does not top it up by itself any more;
    where somebody allows that again, a read that finds out forbids it.

    Attributes:
        usd: US dollars that may be in escrow and paid, all deployments together; None for no limit. What a close
            returns counts no more. May be set.
        usd_per_hour: US dollars per hour that all live leases may cost together; None for no limit. May be set.
        ttl_s: Seconds after which each deployment is closed, from its creation, or from its lease for one that was
            made before; None for no limit. `deployment.extend()` gives one of them more.
    """

    def __init__(
        self,
        usd: Decimal | float | str | None,
        usd_per_hour: Decimal | float | str | None,
        ttl_s: Decimal | None,
    ) -> None:
        self.usd = usd
        self.usd_per_hour = usd_per_hour
        self.ttl_s = ttl_s
        self.accounts: dict[Key, Account] = {}
        self.held: list[Held] = []

    def __str__(self) -> str:
        parts = []
        if self.usd is not None:
            beyond, limit = self.bound_usd - self.usd, format_usd(self.usd)
            # What somebody else puts in is counted, and cannot be refused.
            left = f"{format_usd(self.left_usd)} of {limit} left"
            parts.append(left if beyond <= 0 else f"{format_usd(beyond)} beyond its {limit}")
        if self.usd_per_hour is not None:
            parts.append(f"{format_usd(self.running_usd_per_hour)}/h of at most {format_usd(self.usd_per_hour)}/h")
        if self.ttl_s is not None:
            parts.append(f"each deployment closed after {format_duration(self.ttl_s)}")
        return f"budget: {', '.join(parts)}"

    def __enter__(self) -> Budget:
        _ACTIVE.set((self, *_ACTIVE.get()))
        return self

    def __exit__(self, *_: object) -> None:
        """Deployments made in the block stay open, and stay under this budget."""
        left = list(_ACTIVE.get())
        if self in left:
            left.remove(self)
            _ACTIVE.set(tuple(left))

    @property
    def usd(self) -> Decimal | None:
        return self._usd

    @usd.setter
    def usd(self, limit: Decimal | float | str | None) -> None:
        self._usd = _limit("usd", limit)

    @property
    def usd_per_hour(self) -> Decimal | None:
        return self._usd_per_hour

    @usd_per_hour.setter
    def usd_per_hour(self, limit: Decimal | float | str | None) -> None:
        self._usd_per_hour = _limit("usd_per_hour", limit)

    @property
    def bound_usd(self) -> Decimal:
        """US dollars in escrow or paid, what is in doubt included."""
        with LOCK:
            return _bound(self.accounts.values()) + sum((held.usd for held in self.held), NOTHING)

    @property
    def left_usd(self) -> Decimal | None:
        """US dollars that may still be put into escrows; None without a limit."""
        return None if self.usd is None else max(self.usd - self.bound_usd, NOTHING)

    @property
    def running_usd_per_hour(self) -> Decimal:
        """What the live leases under this budget cost per hour, in US dollars, with those that are being made."""
        with LOCK:
            return _running(self.accounts.values())

    def deadline(self, start: datetime) -> datetime | None:
        """When something that starts then is to be closed; None without a limit."""
        return None if self.ttl_s is None else start + timedelta(seconds=float(self.ttl_s))

    # What must hold before a request leaves

    def refuse_beyond(self, usd: Decimal) -> None:
        """Stop before more is put in than is left."""
        if self.left_usd is not None and usd > self.left_usd:
            raise OverBudgetError(
                f"{format_usd(usd)} is beyond the budget: {format_usd(self.left_usd)} of {format_usd(self.usd)} is"
                " left.",
                budget=self,
                means="Nothing was sent.",
                todo="Give less, close a deployment (what it returns counts no more), or raise the budget's usd.",
            )

    def refuse_late(self, key: Key, now: datetime) -> None:
        """Stop before money goes to something whose time is over."""
        ends_at = self.accounts.get(key, _NOBODY).ends_at
        if ends_at is not None and now >= ends_at:
            raise OverBudgetError(
                f"The time of deployment {key[1]} is over: it ended at {ends_at:%Y-%m-%d %H:%M:%S} UTC.",
                budget=self,
                means="Nothing was sent.",
                todo="Close it, or give it more time with deployment.extend().",
            )

    def refuse_too_dear(self, key: Key, account: Account | None = None) -> None:
        """Stop where more is bound, or more is paid per hour, than may be.

        Args:
            account: What the deployment would have of this budget; None for what it has.
        """
        with LOCK:
            now = account or self.accounts.get(key, _NOBODY)
            others = [other for of, other in self.accounts.items() if of != key]
            bound = _bound([now, *others]) + sum((held.usd for held in self.held), NOTHING)
            elsewhere = _running(others)
        if self.usd is not None and bound > self.usd:
            raise OverBudgetError(
                f"{format_usd(bound)} is in escrows or paid already, beyond the budget of {format_usd(self.usd)}.",
                budget=self,
                means="Nothing was sent.",
                todo="Close a deployment (what it returns counts no more), or raise the budget's usd.",
            )
        rate = now.running_usd_per_hour
        if self.usd_per_hour is not None and elsewhere + rate > self.usd_per_hour + _ROUNDING_USD:
            beside = f" beside {format_usd(elsewhere)}/h that run already" if elsewhere else ""
            raise OverBudgetError(
                f"{format_usd(rate)}/h{beside} is beyond the budget of {format_usd(self.usd_per_hour)}/h.",
                budget=self,
                means="Nothing was sent; what is in the escrow stays there, and can be taken back by closing.",
                todo="Close something or raise the budget's usd_per_hour; for a lease, choose a cheaper bid.",
            )


_NOBODY = Account()
_ACTIVE: ContextVar[tuple[Budget, ...]] = ContextVar("akash_nb_budgets", default=())


def active() -> tuple[Budget, ...]:
    """The budgets of the `with` blocks around, the innermost first."""
    return _ACTIVE.get()


def budget(
    usd: Decimal | float | str | None = None,
    *,
    usd_per_hour: Decimal | float | str | None = None,
    ttl: timedelta | float | str | None = None,
) -> Budget:
    """A cap for a `with` block, or for a session: `session.budget = akash.budget(usd=3)`.

    Args:
        usd: US dollars that may be in escrow and paid, all deployments together.
        usd_per_hour: US dollars per hour that all live leases may cost together.
        ttl: Time after which each deployment is closed: text such as `"4h"` or `"1 d 12 h"`, seconds, or a timedelta.
            A deposit that is not named is as small as it may be, and the lease fills the escrow for that time, as far
            as `usd` allows, so that the chain ends the run where this process cannot. What is so cheap that the
            smallest deposit outlasts its time, it ends later.

    Raises:
        InvalidInputError: Nothing is limited, or a limit is no positive number.
    """
    if usd is None and usd_per_hour is None and ttl is None:
        raise InvalidInputError(
            "A budget without a limit caps nothing.", todo='Give one, such as budget(usd=3, ttl="4h").'
        )
    return Budget(usd, usd_per_hour, None if ttl is None else seconds_of("ttl", ttl))


def dollars(value: Decimal | None) -> Decimal:
    """A sum in US dollars; one in a denom without a known value counts as nothing, as the Console makes none."""
    return NOTHING if value is None else value


def _bound(accounts: Iterable[Account]) -> Decimal:
    return sum((account.bound_usd for account in accounts), NOTHING)


def _running(accounts: Iterable[Account]) -> Decimal:
    return sum((account.running_usd_per_hour for account in accounts), NOTHING)


def _limit(name: str, value: Decimal | float | str | None) -> Decimal | None:
    if value is None:
        return None
    try:
        limit = to_decimal(value.strip().removeprefix("$").removesuffix("/h") if isinstance(value, str) else value)
    except ValueError:
        limit = NOTHING
    if not 0 < limit <= _MOST_USD:
        raise InvalidInputError(f"{name}={value!r} is no positive number of US dollars.", todo="Give one, such as 3.")
    return limit


def seconds_of(name: str, time: timedelta | float | str) -> Decimal:
    """A time that somebody gave, in seconds.

    Raises:
        InvalidInputError: It is none, or longer than a century.
    """
    try:
        seconds = to_decimal(time.total_seconds()) if isinstance(time, timedelta) else parse_duration(time)
    except ValueError:
        seconds = NOTHING
    if not 0 < seconds <= _LONGEST_S:
        raise InvalidInputError(
            f"{name}={time!r} is no time.", means="Nothing was sent.", todo='Give one, such as "4h" or "1 d 12 h".'
        )
    return seconds
