"""Step 3: poll for bids and join them with what is known of their providers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from akash_nb.bids import Bids
from akash_nb.client import bids as api
from akash_nb.client import deployments, providers
from akash_nb.client.call import Flow, Sleep, send
from akash_nb.errors import MissingRouteError
from akash_nb.flows.context import Context
from akash_nb.journal import SeenBid
from akash_nb.models import Bid, DeploymentStatus, Offer, Provider
from akash_nb.money import Coin
from akash_nb.runway import created_time
from akash_nb.sdl import GroupDemand, demands
from akash_nb.sdl import compile as compile_sdl

#: The web Console polls every 2 s, its older screen every 7 s (contract §13).
FIRST_POLLS_S = 2.0
LATER_POLLS_S = 5.0
_FIRST_POLLS = 10

_STATE_ORDER = {"active": 0, "open": 1, "lost": 2, "closed": 3}


class BidReader:
    """Reads the bids of one deployment again and again, asks about each provider once, and notes in the journal what
    was bid, for the estimates of later.

    Args:
        gseqs: The deployment's groups.
        created_at: When it was created (UTC) where the number does not say.
    """

    def __init__(
        self, context: Context, dseq: str, gseqs: tuple[int, ...], *, is_mock: bool, created_at: datetime | None = None
    ) -> None:
        self._context = context
        self._dseq = dseq
        self._gseqs = gseqs
        self._is_mock = is_mock
        self._created_at = created_time(dseq) or created_at
        self._created_height: int | None = None
        self._providers: dict[str, Provider] = {}
        self._by_query = False
        self._noted: dict[str, Coin] = {}

    def read(self) -> Flow[Bids]:
        """The bids as they are now."""
        if self._created_height is None:
            status: DeploymentStatus = yield from send(deployments.get(self._dseq))
            self._created_height = status.created_height
        found = yield from self._found()
        unknown = {bid.id.provider for bid in found} - self._providers.keys()
        if unknown:
            self._providers.update((yield from providers.by_address(sorted(unknown))))
        bids = Bids(
            dseq=self._dseq,
            gseqs=self._gseqs,
            offers=tuple(sorted(map(self._offer, found), key=_order)),
            as_of=self._context.now(),
            created_height=self._created_height,
            created_at=self._created_at,
            prices=self._context.prices,
            is_mock=self._is_mock,
            names=tuple(demand.name for demand in self._demands),
        )
        self._note(bids)
        return bids

    def _found(self) -> Flow[tuple[Bid, ...]]:
        """The bids, by the form of the address that the service knows: before September 2025 it had only the query."""
        if not self._by_query:
            try:
                return (yield from send(api.list_bids(self._dseq)))
            except MissingRouteError:
                self._by_query = True
        return (yield from send(api.list_bids_by_query(self._dseq)))

    def _offer(self, bid: Bid) -> Offer:
        return Offer(bid, self._providers.get(bid.id.provider))

    def _note(self, bids: Bids) -> None:
        """Remember new prices by what they were asked for; most polls bring none, and write nothing."""
        new = [offer for offer in bids if self._noted.get(offer.key) != offer.bid.price]
        for gseq in sorted({offer.bid.id.gseq for offer in new}):
            seen = [_seen(bids, offer) for offer in new if offer.bid.id.gseq == gseq]
            if 1 <= gseq <= len(self._demands):
                self._context.journal.saw_bids(self._demands[gseq - 1].key, seen)
        self._noted.update((offer.key, offer.bid.price) for offer in new)

    @cached_property
    def _demands(self) -> tuple[GroupDemand, ...]:
        """What the groups ask for, by the SDL in the journal, whose updates leave them as they are; none without."""
        entry = self._context.journal.entry(self._dseq)
        return demands(compile_sdl(entry.sdl)) if entry else ()


def wait_for_bids(
    reader: BidReader,
    *,
    timeout_s: float,
    settle_s: float,
    on_bids: Callable[[Bids, float], None],
) -> Flow[Bids]:
    """Poll until every group has an open bid and no new one has come for `settle_s`, or until `timeout_s` is over.

    Args:
        timeout_s: Seconds to wait at most, counted in pauses. Bids usually come within 60 s.
        settle_s: Once every group has a bid: seconds without a new one before it is enough.
        on_bids: Told the bids and the seconds waited after each poll.

    Returns:
        The bids at the end; look at `covers_all_groups`.
    """
    waited = quiet = 0.0
    polls = 0
    seen: set[str] = set()
    while True:
        bids = yield from reader.read()
        polls += 1
        on_bids(bids, waited)
        keys = {offer.key for offer in bids}
        quiet = 0.0 if keys - seen else quiet
        seen |= keys
        if (bids.covers_all_groups and quiet >= settle_s) or waited >= timeout_s:
            return bids
        pause = min(FIRST_POLLS_S if polls < _FIRST_POLLS else LATER_POLLS_S, max(timeout_s - waited, 0.1))
        yield Sleep(pause)
        waited += pause
        quiet += pause


def _seen(bids: Bids, offer: Offer) -> SeenBid:
    made_at = bids.made_at(offer)
    return SeenBid(offer.bid.id.provider, offer.bid.price, min(made_at, bids.as_of) if made_at else bids.as_of)


def _order(offer: Offer) -> tuple[int, int, object, str]:
    bid = offer.bid
    return (_STATE_ORDER.get(bid.state, 9), bid.id.gseq, bid.price.amount, offer.key)
