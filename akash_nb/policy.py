"""Choosing bids by rule, and saying of each bid that was passed over why.

    policy.cheapest().audited().region("eu-*").uptime(0.99).below(usd_per_hour=0.5)

A policy is an immutable value: rules that a bid must meet, and an order among those that do. The same object drives
buttons and scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from akash_nb.bids import Bids
from akash_nb.errors import InvalidInputError
from akash_nb.models import Offer
from akash_nb.money import format_usd, to_decimal
from akash_nb.shown import Shown

#: How many of the passed over a printed choice names.
_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on a bid: `check` gives the reason why it fails, or an empty text."""

    text: str
    check: Callable[[Bids, Offer], str]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A bid that was not chosen, and why."""

    offer: Offer
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Choice(Shown):
    """What a policy decided: one bid per group where possible, a reason for every other bid.

    Attributes:
        chosen: By gseq.
        passed_over: Every bid that was not chosen, in the order of the bids.
        missing: Groups for which no bid met the rules.
        policy: The policy in words.
    """

    chosen: dict[int, Offer]
    passed_over: tuple[PassedOver, ...]
    missing: tuple[int, ...]
    policy: str

    @property
    def is_complete(self) -> bool:
        return bool(self.chosen) and not self.missing

    def __str__(self) -> str:
        lines = [f"Policy: {self.policy}"]
        lines += [f"  group {gseq}: {offer.name}" for gseq, offer in sorted(self.chosen.items())]
        lines += [f"  group {gseq}: no bid meets the rules" for gseq in self.missing]
        lines += [f"  passed over {item.offer.name}: {item.reason}" for item in self.passed_over[:_MOST_SHOWN]]
        more = len(self.passed_over) - _MOST_SHOWN
        return "\n".join([*lines, f"  and {more} more, in .passed_over"] if more > 0 else lines)


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules and an order. Build it from `cheapest()` or `most_reliable()` and narrow it with the methods."""

    order: str = "cheapest"
    rules: tuple[Rule, ...] = ()

    def audited(self) -> Policy:
        """Only providers that an auditor has signed."""
        return self._with(
            Rule("audited", lambda _, o: "" if o.provider and o.provider.is_audited else "provider is not audited")
        )

    def online(self) -> Policy:
        """Only providers that answered the last check."""
        return self._with(
            Rule("online", lambda _, o: "" if o.provider and o.provider.is_online else "provider is offline")
        )

    def region(self, *patterns: str) -> Policy:
        """Only these regions; `*` stands for anything, case does not matter: `region("eu-*", "na-ca-*")`."""
        wanted = tuple(pattern.lower() for pattern in patterns)

        def check(_: Bids, offer: Offer) -> str:
            region = offer.provider.region.lower() if offer.provider else ""
            if any(fnmatchcase(region, pattern) for pattern in wanted):
                return ""
            return f"region is {region or 'unknown'}, not {' or '.join(wanted)}"

        return self._with(Rule(f"region {' or '.join(wanted)}", check))

    def provider(self, *names: str) -> Policy:
        """Only these providers, by address or host name; `*` stands for anything."""

        def check(_: Bids, offer: Offer) -> str:
            own = (offer.bid.id.provider, offer.name)
            hit = any(fnmatchcase(value, name) for value in own for name in names)
            return "" if hit else f"provider is not {' or '.join(names)}"

        return self._with(Rule(f"provider {' or '.join(names)}", check))

    def uptime(self, at_least: float | str, *, days: int = 7) -> Policy:
        """Only providers that answered at least this share of checks, 0..1, over 1, 7 or 30 days.

        An unknown uptime fails: the service prints zero as unknown.
        """
        floor = float(str(at_least).removeprefix(">=").strip())

        def check(_: Bids, offer: Offer) -> str:
            value = uptime_of(offer, days)
            if value is None:
                return f"uptime over {days} d is unknown"
            return "" if value >= floor else f"uptime over {days} d is {value:.2%}, below {floor:.2%}"

        return self._with(Rule(f"uptime over {days} d at least {floor:.2%}", check))

    def below(
        self, limit: Decimal | float | str | None = None, *, usd_per_month: Decimal | float | None = None
    ) -> Policy:
        """Only bids up to this price per group: a number or `"$0.50/h"` per hour, or `usd_per_month`."""
        monthly = usd_per_month is not None
        ceiling = to_decimal(usd_per_month) if monthly else _hourly(limit)
        unit = "month" if monthly else "h"

        def check(bids: Bids, offer: Offer) -> str:
            price = bids.usd_per_month(offer) if monthly else bids.usd_per_hour(offer)
            if price is None:
                return f"no dollar value is known for {offer.bid.price.denom}"
            if price <= ceiling:
                return ""
            return f"costs {format_usd(price)}/{unit}, above {format_usd(ceiling)}/{unit}"

        return self._with(Rule(f"at most {format_usd(ceiling)}/{unit}", check))

    def choose(self, bids: Bids) -> Choice:
        """The best open bid of each group under the rules, and why each other one was passed over.

        A bid that is leased already is the choice of its group, whatever the rules.
        """
        chosen = leased(bids)
        reasons: dict[str, str] = {}
        for gseq in (gseq for gseq in bids.gseqs if gseq not in chosen):
            fits = []
            for offer in bids.of_group(gseq):
                reasons[offer.key] = self._objection(bids, offer)
                if not reasons[offer.key]:
                    fits.append(offer)
            fits.sort(key=lambda offer: self._rank(bids, offer))
            if fits:
                chosen[gseq] = fits[0]
                reasons.update((other.key, self._second_best(bids, fits[0], other)) for other in fits[1:])
        picked = {offer.key for offer in chosen.values()}
        return Choice(
            chosen=chosen,
            passed_over=tuple(
                PassedOver(o, reasons.get(o.key, "its group is leased already")) for o in bids if o.key not in picked
            ),
            missing=tuple(gseq for gseq in bids.gseqs if gseq not in chosen),
            policy=str(self),
        )

    def __str__(self) -> str:
        return ", ".join([self.order, *(rule.text for rule in self.rules)])

    def __repr__(self) -> str:
        return f"<Policy {self}>"

    def _with(self, rule: Rule) -> Policy:
        return replace(self, rules=(*self.rules, rule))

    def _objection(self, bids: Bids, offer: Offer) -> str:
        if offer.bid.state != "open":
            return f"bid is {offer.bid.state}"
        return "; ".join(filter(None, (rule.check(bids, offer) for rule in self.rules)))

    def _rank(self, bids: Bids, offer: Offer) -> tuple[Any, ...]:
        price = bids.usd_per_hour(offer)
        cost = offer.bid.price.amount if price is None else price
        reliability = -(uptime_of(offer, 7) or 0.0)
        keys = (reliability, cost) if self.order == "most reliable" else (cost, reliability)
        return (price is None, *keys, offer.key)

    def _second_best(self, bids: Bids, best: Offer, other: Offer) -> str:
        if self.order == "most reliable":
            ours, theirs = uptime_of(best, 7) or 0.0, uptime_of(other, 7) or 0.0
            if theirs < ours:
                return f"less reliable: {theirs:.2%} against {ours:.2%} over 7 d"
        mine, yours = bids.usd_per_hour(best), bids.usd_per_hour(other)
        if mine is not None and yours is not None and yours > mine:
            return f"dearer: {format_usd(yours)}/h against {format_usd(mine)}/h"
        return "no better than the chosen one"


def cheapest() -> Policy:
    """The lowest price wins; uptime decides between equals."""
    return Policy("cheapest")


def most_reliable() -> Policy:
    """The highest uptime over 7 days wins; price decides between equals."""
    return Policy("most reliable")


def pick(bids: Bids, keys: Sequence[str]) -> Choice:
    """A choice made by hand: these bid keys (`Offer.key`).

    The last key of a group counts.

    Raises:
        InvalidInputError: A key is of no bid here.
    """
    chosen: dict[int, Offer] = {}
    for key in keys:
        offer = bids.find(key)
        if offer is None:
            raise InvalidInputError(
                f"There is no bid {key!r} on deployment {bids.dseq}.",
                means="Nothing was sent.",
                todo="Take keys from the `key` column of bids.frame().",
            )
        chosen[offer.bid.id.gseq] = offer
    picked = {offer.key for offer in chosen.values()}
    return Choice(
        chosen=chosen,
        passed_over=tuple(PassedOver(o, "another was picked by hand") for o in bids if o.key not in picked),
        missing=tuple(gseq for gseq in bids.gseqs if gseq not in chosen),
        policy="picked by hand",
    )


def leased(bids: Bids) -> dict[int, Offer]:
    """The bids that are leased, by group."""
    return {offer.bid.id.gseq: offer for offer in bids if offer.bid.state == "active"}


def uptime_of(offer: Offer, days: int) -> float | None:
    """The provider's uptime over 1, 7 or 30 days, 0..1; None when unknown.

    Raises:
        ValueError: Other days than the service counts.
    """
    if days not in (1, 7, 30):
        raise ValueError(f"uptime is known over 1, 7 and 30 days, not {days}")
    return getattr(offer.provider, f"uptime_{days}d") if offer.provider else None


def _hourly(limit: Decimal | float | str | None) -> Decimal:
    if limit is None:
        raise TypeError("below() needs a price: a number, a text such as '$0.50/h', or usd_per_month=")
    if isinstance(limit, str):
        limit = limit.strip().removeprefix("$").removesuffix("/h")
    return to_decimal(limit)
