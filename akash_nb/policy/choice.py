"""A choice of bids: one per group, and of each other bid why it is not the one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from akash_nb.bids import Bids
from akash_nb.errors import InvalidInputError
from akash_nb.models import Offer
from akash_nb.money import format_usd
from akash_nb.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

#: How many of the passed over a printed choice names.
_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A bid that was not chosen, and why."""

    offer: Offer
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Choice(Shown):
    """What was decided: one bid per group where possible, a reason for every other bid.

    Attributes:
        chosen: By gseq, with the prices that were seen: a lease is refused where the bid has become dearer since.
        passed_over: Every bid that was not chosen, in the order of the bids.
        missing: Groups for which no bid will do, or none together with the others.
        policy: The policy in words.
        bids: What was chosen from.
    """

    chosen: dict[int, Offer]
    passed_over: tuple[PassedOver, ...]
    missing: tuple[int, ...]
    policy: str
    bids: Bids = field(compare=False)

    @property
    def is_complete(self) -> bool:
        return bool(self.chosen) and not self.missing

    def __str__(self) -> str:
        mock = "MOCK " if self.bids.is_mock else ""
        lines = [f"{mock}policy: {self.policy}"]
        for gseq, offer in sorted(self.chosen.items()):
            price = format_usd(self.bids.usd_per_hour(offer))
            lines.append(f"  {self.bids.group_name(gseq)}: {offer.name} for {price}/h")
        lines += [f"  {self.bids.group_name(gseq)}: no bid will do" for gseq in self.missing]
        lines += [f"  passed over {item.offer.name}: {item.reason}" for item in self.passed_over[:_MOST_SHOWN]]
        more = len(self.passed_over) - _MOST_SHOWN
        lines += [f"  and {more} more, in .passed_over and .frame()"] if more > 0 else []
        return "\n".join([*lines, f"  ({self.bids.prices})"])

    def frame(self) -> pd.DataFrame:
        """One row per bid with the verdict and its reason; the columns are documented in `akash_nb.frames.choice`."""
        from akash_nb.frames.choice import choice_frame  # pandas is heavy, and only tables need it

        return choice_frame(self)


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
        bids=bids,
    )


def leased(bids: Bids) -> dict[int, Offer]:
    """The bids that are leased, by group."""
    return {offer.bid.id.gseq: offer for offer in bids if offer.bid.state == "active"}
