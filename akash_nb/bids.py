"""The bids on a deployment at one moment, joined with what is known of their providers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

from akash_nb.models import Offer
from akash_nb.money import PriceModel
from akash_nb.units import counted

if TYPE_CHECKING:
    import pandas as pd

#: Providers withdraw an open bid after 5 minutes; the Console shows 20 s more for the blocks in between (contract §13).
BID_LIFETIME_S = 300


@dataclass(frozen=True, slots=True)
class Bids:
    """All bids of one deployment, of every state, open ones first, then by price.

    Attributes:
        dseq: The deployment.
        gseqs: The groups that need a bid each, ascending.
        offers: Bid and provider together.
        as_of: When they were read (UTC, the service's clock).
        created_height, created_at: Block and time of the deployment's creation; together they date each bid. None
            when unknown.
        prices: Block time and month length behind every dollar figure.
        is_mock: True when they come from the simulated market.
        names: The groups' placements, in the order of gseq; empty where the SDL is not known here.
    """

    dseq: str
    gseqs: tuple[int, ...]
    offers: tuple[Offer, ...]
    as_of: datetime
    created_height: int
    created_at: datetime | None
    prices: PriceModel
    is_mock: bool
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.offers)

    def __iter__(self) -> Iterator[Offer]:
        return iter(self.offers)

    def __repr__(self) -> str:
        mock = "MOCK, " if self.is_mock else ""
        return f"<Bids of {self.dseq}: {mock}{len(self.open)} open of {len(self)}, {counted(len(self.gseqs), 'group')}>"

    def _repr_html_(self) -> str:
        source = "MOCK · " if self.is_mock else ""
        table = self.frame()._repr_html_()  # type: ignore[operator]  # pandas types it as optional
        return f"<p>{source}bids of {escape(self.dseq)} · as of {self.as_of:%H:%M:%S} UTC · {self.prices}</p>{table}"

    @property
    def open(self) -> tuple[Offer, ...]:
        """Those that can be chosen."""
        return tuple(offer for offer in self.offers if offer.bid.state == "open")

    @property
    def lacking(self) -> tuple[int, ...]:
        """The groups that have neither an open bid nor a leased one."""
        usable = {offer.bid.id.gseq for offer in self.offers if offer.bid.state in ("open", "active")}
        return tuple(gseq for gseq in self.gseqs if gseq not in usable)

    @property
    def covers_all_groups(self) -> bool:
        """Every group has at least one bid that is open, or one that is leased."""
        return bool(self.gseqs) and not self.lacking

    def of_group(self, gseq: int) -> tuple[Offer, ...]:
        """The bids on one group."""
        return tuple(offer for offer in self.offers if offer.bid.id.gseq == gseq)

    def group_name(self, gseq: int) -> str:
        """What a group is called: its placement, else its number: `group 2`."""
        return self.names[gseq - 1] if 1 <= gseq <= len(self.names) else f"group {gseq}"

    def find(self, key: str) -> Offer | None:
        """The bid with that key (`Offer.key`), or None."""
        return next((offer for offer in self.offers if offer.key == key), None)

    def usd_per_hour(self, offer: Offer) -> Decimal | None:
        """What this bid costs per hour in US dollars; None when its denom has no dollar value here."""
        per_block = offer.bid.price.usd()
        return None if per_block is None else self.prices.per_hour(per_block)

    def usd_per_month(self, offer: Offer) -> Decimal | None:
        """What this bid costs per month in US dollars; None when its denom has no dollar value here."""
        per_block = offer.bid.price.usd()
        return None if per_block is None else self.prices.per_month(per_block)

    def made_at(self, offer: Offer) -> datetime | None:
        """When the bid was made (UTC), from its block; None when the deployment's time of creation is unknown."""
        if self.created_at is None:
            return None
        blocks = offer.bid.created_height - self.created_height
        return self.created_at + timedelta(seconds=float(self.prices.seconds(Decimal(blocks))))

    def age_s(self, offer: Offer) -> float | None:
        """Seconds since the bid was made, by estimate; None when unknown."""
        made = self.made_at(offer)
        return None if made is None else max(0.0, (self.as_of - made).total_seconds())

    def frame(self) -> pd.DataFrame:
        """One row per bid; the columns are documented in `akash_nb.frames.bids`."""
        from akash_nb.frames.bids import bids_frame  # pandas is heavy, and only tables need it

        return bids_frame(self)
