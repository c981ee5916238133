"""What all groups together may cost: which bid of each group to take so that it is not more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from akash_nb.bids import Bids
from akash_nb.models import Offer
from akash_nb.policy.rules import Rate

#: One bid per group.
Picks: TypeAlias = dict[int, Offer]
#: How many wishes of each rank a bid does not meet.
Misses: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on what the bids of all groups cost together; `taken` are leased already, and count."""

    rate: Rate
    bids: Bids
    taken: Sequence[Offer]

    def best(
        self,
        ranked: Mapping[int, Sequence[Offer]],
        misses: Callable[[int, Offer], Misses],
        reasons: dict[str, str],
    ) -> Picks:
        """One bid for each group that has any: the best of each where they are cheap enough together, else the most
        welcome that are, the cheapest of these; none where even the cheapest are not.

        Args:
            ranked: The bids that will do, by group, the best first.
            misses: How far a bid is from what is preferred.
            reasons: Takes why the others are passed over, by key, as far as it is because of the total.
        """
        groups = {gseq: self._priced(offers, reasons) for gseq, offers in ranked.items()}
        groups = {gseq: offers for gseq, offers in groups.items() if offers}
        picks = {gseq: offers[0] for gseq, offers in groups.items()}
        if not self._allows(self._sum(picks.values())):
            found = self._most_welcome(groups, misses)
            if found is None:
                cheapest = {gseq: min(offers, key=self._cost) for gseq, offers in groups.items()}
                self._explain(groups, cheapest, reasons, "with the cheapest of the other groups ")
                return {}
            picks = found
            self._explain(groups, picks, reasons, "with the other groups ")
        return picks

    def _most_welcome(
        self, groups: Mapping[int, Sequence[Offer]], misses: Callable[[int, Offer], Misses]
    ) -> Picks | None:
        """Group by group, what is kept of each sum of misses is its cheapest picks, since only the cost of what is
        picked matters to the groups that follow."""
        found: dict[Misses, tuple[Decimal, Picks]] = {(): (self._sum(()), {})}
        for gseq, offers in groups.items():
            longer: dict[Misses, tuple[Decimal, Picks]] = {}
            for so_far, (cost, picks) in found.items():
                for offer in offers:
                    sums = _added(so_far, misses(gseq, offer))
                    total = cost + self._cost(offer)
                    if self._allows(total) and (sums not in longer or total < longer[sums][0]):
                        longer[sums] = (total, {**picks, gseq: offer})
            found = longer
        return found[min(found)][1] if found else None

    def _explain(
        self, groups: Mapping[int, Sequence[Offer]], picks: Picks, reasons: dict[str, str], others: str
    ) -> None:
        """Of each bid with which all would cost too much, that this is so."""
        for gseq, offers in groups.items():
            for offer in offers:
                total = self._sum({**picks, gseq: offer}.values())
                if not self._allows(total):
                    comes_to = self.rate.beside(total, self.bids.prices)
                    reasons[offer.key] = f"{others}it comes to {comes_to} in all"

    def _priced(self, offers: Sequence[Offer], reasons: dict[str, str]) -> list[Offer]:
        """The bids that have a dollar value."""
        for offer in offers:
            if self.bids.usd_per_hour(offer) is None:
                reasons[offer.key] = f"no dollar value is known for {offer.bid.price.denom}"
        return [offer for offer in offers if self.bids.usd_per_hour(offer) is not None]

    def _allows(self, usd_per_hour: Decimal) -> bool:
        return self.rate.allows(usd_per_hour, self.bids.prices)

    def _sum(self, offers: Iterable[Offer]) -> Decimal:
        """What these and those that are leased already cost per hour."""
        return sum(map(self._cost, (*self.taken, *offers)), Decimal(0))

    def _cost(self, offer: Offer) -> Decimal:
        return self.bids.usd_per_hour(offer) or Decimal(0)


def _added(one: Misses, other: Misses) -> Misses:
    """What a group alone prefers comes before what all do, so that they are added up from the end."""
    length = max(len(one), len(other))
    padded = ((0,) * (length - len(misses)) + misses for misses in (one, other))
    return tuple(map(sum, zip(*padded, strict=True)))
