"""The plan itself: what would be deployed, what is expected of it, and its identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from akash_nb.errors import InvalidInputError
from akash_nb.estimate import Clouds, GroupEstimate, Range
from akash_nb.money import PriceModel
from akash_nb.plan.card import Card
from akash_nb.plan.notices import Notice
from akash_nb.plan.plain import from_plain, to_plain
from akash_nb.shown import Shown

if TYPE_CHECKING:
    from akash_nb.plan.diff import PlanDiff

_FORMAT = 1


@dataclass(frozen=True, slots=True, order=True)
class Host:
    """A provider that could host a group. The text in it is the provider's own.

    Attributes:
        name: Its host name, else its address.
        region: The region that it states; empty for none.
    """

    name: str
    region: str

    def __str__(self) -> str:
        return f"{self.name} ({self.region})" if self.region else self.name


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """One placement group of a plan.

    Attributes:
        estimate: What it is likely to cost.
        hosts: Who could host it now, by name: online, with room, and audited, since the Console shows the bids of
            audited providers only (contract §11).
        unaudited: How many more could, whose bids the Console does not show.
    """

    estimate: GroupEstimate
    hosts: tuple[Host, ...] = field(repr=False)  # there may be hundreds
    unaudited: int

    @property
    def able(self) -> tuple[str, ...]:
        """The names of those who could host it."""
        return tuple(host.name for host in self.hosts)

    @property
    def name(self) -> str:
        return self.estimate.name


@dataclass(frozen=True, slots=True, repr=False)
class Plan(Shown):
    """A deployment before it is made. `print(plan)` says what it comes to, a notebook shows it as a card.

    Attributes:
        sdl: Exactly what `apply` deploys. It may hold secrets: it is in `to_json()`, and nowhere that is shown.
        source: Where the SDL comes from: `text`, `session` (its `sdl`) or `file`.
        path: Of the file; empty for the others.
        deposit_usd: What `apply` locks in escrow, in US dollars.
        groups: In the order of gseq.
        free_usd: What the wallet has free, in US dollars; None where it could not be read.
        is_trial: Whether it is a trial wallet (contract §14); None where the service does not say.
        notices: What is worth knowing before money moves, the worst first.
        prices: Block time and month length behind every dollar figure.
        at: When it was made (UTC, the service's clock).
        session: Who `apply` asks; None after `from_json`.
    """

    sdl: str
    source: str
    path: str
    deposit_usd: Decimal
    groups: tuple[GroupPlan, ...]
    free_usd: Decimal | None
    is_trial: bool | None
    notices: tuple[Notice, ...]
    prices: PriceModel
    is_mock: bool
    at: datetime
    session: Any = field(default=None, compare=False)

    def __str__(self) -> str:
        return Card(self).text()

    def _repr_html_(self) -> str:
        return Card(self).html()

    @property
    def id(self) -> str:
        """A hash of everything but the time: twelve digits. The same for a plan made again while nothing moves."""
        content = {name: value for name, value in to_plain(self).items() if name != "at"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def usd_hour(self) -> Range | None:
        """What all groups are likely to cost in US dollars per hour; None where nobody offers such a GPU."""
        known = [group.estimate.usd_hour for group in self.groups]
        return None if None in known or not known else reduce(add, filter(None, known))

    @property
    def usd_month(self) -> Range | None:
        """The same per month."""
        return self.usd_hour and self.usd_hour * self.prices.hours_per_month

    @property
    def ceiling_usd_hour(self) -> Decimal:
        """The most that the SDL pays in US dollars per hour, all groups together."""
        return sum((group.estimate.ceiling_usd_hour for group in self.groups), Decimal(0))

    @property
    def clouds(self) -> Clouds:
        """What others ask per month for the same without its GPUs."""
        return reduce(add, (group.estimate.clouds for group in self.groups))

    @property
    def gpus(self) -> int:
        """GPUs of all groups together."""
        return sum(group.estimate.gpus for group in self.groups)

    @property
    def hours_typical(self) -> Decimal | None:
        """Hours that the deposit buys at the usual price; None where that is not known."""
        return self.deposit_usd / self.usd_hour.typical if self.usd_hour and self.usd_hour.typical else None

    @property
    def hours_worst(self) -> Decimal | None:
        """Hours that the deposit buys at the SDL's own ceiling; None for a ceiling of nothing."""
        return self.deposit_usd / self.ceiling_usd_hour if self.ceiling_usd_hour else None

    def apply(self, *, tolerance: float | Decimal = 0.1, confirm: bool = False) -> Any:
        """Deploy exactly this with the session that made it; see `Session.apply`. **Spends.**

        Raises:
            InvalidInputError: It was read from JSON and knows no session.
        """
        if self.session is None:
            raise InvalidInputError(
                "This plan was read from JSON, so that it belongs to no session.",
                means="Nothing was sent.",
                todo="Use session.apply(plan).",
            )
        return self.session.apply(self, tolerance=tolerance, confirm=confirm)

    def diff(self, other: Plan) -> PlanDiff:
        """What differs from this plan to another, and what each change costs.

        Raises:
            InvalidInputError: The other is no plan.
        """
        from akash_nb.plan.diff import diff  # it is about plans

        if not isinstance(other, Plan):
            raise InvalidInputError(f"A {type(other).__name__} is no plan.", todo="Make one with session.plan().")
        return diff(self, other)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain values, decimals as text. **It holds the SDL with whatever secrets are in it.**"""
        return {"format": _FORMAT, "id": self.id, "plan": to_plain(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | str) -> Plan:
        """A plan from what `to_json` gave, or from its text. It belongs to no session.

        Raises:
            InvalidInputError: It is no plan, one of another format, or it was changed since.
        """
        try:
            found = json.loads(value) if isinstance(value, str) else value
            if found["format"] != _FORMAT:
                raise _refusal("This plan was written by another version of akash_nb.")
            plan, plan_id = from_plain(cls, found["plan"]), found["id"]
        except InvalidInputError:
            raise
        except (ValueError, TypeError, LookupError, AttributeError):
            raise InvalidInputError(
                "This is no plan.", todo="Give what plan.to_json() gave, as it was or as JSON text."
            ) from None
        if plan.id != plan_id:
            raise _refusal("This plan was changed after it was made.")
        return plan

    def bound_to(self, session: Any) -> Plan:
        """The same plan, for `apply`."""
        return replace(self, session=session)


def _refusal(what: str) -> InvalidInputError:
    return InvalidInputError(what, todo="Make a new one: session.plan().")
