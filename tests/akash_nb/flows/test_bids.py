"""Reading bids: whatever form of the address the service knows, and how long to wait."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from akash_nb.bids import Bids
from akash_nb.demo import WEB_SDL
from akash_nb.errors import MissingRouteError
from akash_nb.flows.bids import BidReader, wait_for_bids
from akash_nb.flows.context import Context
from akash_nb.journal import Journal
from akash_nb.models import Offer
from akash_nb.money import Coin
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl import demands
from tests.akash_nb.flows.script import Script
from tests.akash_nb.records import DSEQ, NOW, offer, status

ONE, TWO = offer("one"), offer("two")
NO_ROUTE = MissingRouteError("404 Not Found", status=404)


@pytest.fixture
def reader() -> BidReader:
    return BidReader(Context(Journal(None, "a"), lambda: NOW), DSEQ, (1,), is_mock=True)


def test_a_service_that_knows_only_the_query_is_asked_by_it_from_then_on(reader: BidReader) -> None:
    first = Script(
        ("getDeployment", status(rate=None)),
        ("listBids", NO_ROUTE),
        ("listBidsByQuery", (ONE.bid,)),
        ("listProviders", ()),
    )
    assert [o.key for o in first.run(reader.read())] == [ONE.key]

    again = Script(("listBidsByQuery", (ONE.bid,)), ("listProviders", ()))
    assert len(again.run(reader.read())) == 1


def waited(reader: BidReader, *polls: tuple[object, ...], timeout_s: float = 60) -> tuple[Bids, list[float]]:
    """The bids after these answers, one tuple per poll, and the pauses between them."""
    answers: list[tuple[str, object]] = [("getDeployment", status(rate=None))]
    for poll in polls:
        answers += [("listBids", tuple(o.bid for o in poll)), *([("listProviders", ())] if poll else [])]  # type: ignore[attr-defined]
    script = Script(*answers)
    flow = wait_for_bids(reader, timeout_s=timeout_s, settle_s=4, on_bids=lambda bids, waited: None)
    return script.run(flow), script.slept


def test_the_wait_ends_once_no_new_bid_has_come_for_a_while(reader: BidReader) -> None:
    bids, slept = waited(reader, (), (ONE,), (ONE, TWO), (ONE, TWO), (ONE, TWO))

    assert len(bids) == 2
    assert slept == [2, 2, 2, 2]


def test_the_wait_ends_at_its_limit_without_bids(reader: BidReader) -> None:
    bids, slept = waited(reader, (), (), (), timeout_s=3)

    assert not bids.covers_all_groups
    assert sum(slept) == 3


(DEMAND,) = demands(compile_sdl(WEB_SDL))
LONG_AGO = NOW - timedelta(days=30)


class CountingJournal(Journal):
    """Counts how often bids are written."""

    writes = 0

    def saw_bids(self, *args: object, **kwargs: object) -> None:
        self.writes += 1
        super().saw_bids(*args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def journal() -> CountingJournal:
    journal = CountingJournal(None, "a")
    journal.created(journal.asked_to_create(WEB_SDL, "hash", Decimal(5), NOW), DSEQ, "manifest")
    return journal


def polled(journal: Journal, *polls: tuple[Offer, ...]) -> None:
    reader = BidReader(Context(journal, lambda: NOW), DSEQ, (1,), is_mock=True)
    for number, poll in enumerate(polls):
        created = [] if number else [("getDeployment", status(rate=None))]
        answers = [*created, ("listBids", tuple(o.bid for o in poll)), ("listProviders", ())]
        Script(*answers).run(reader.read())


def test_bids_are_noted_by_what_they_are_on_and_when_they_were_made(journal: CountingJournal) -> None:
    polled(journal, (offer("one", "12.5", height=1002), offer("two", "30", height=1001)))

    one, two = journal.bids_seen(DEMAND.key, since=LONG_AGO)
    assert (one.provider, one.price) == ("akash1one", Coin("uact", Decimal("12.5")))
    assert (two.provider, two.price) == ("akash1two", Coin("uact", Decimal(30)))
    assert one.at - two.at == timedelta(seconds=6.098)
    assert one.at <= NOW


def test_a_poll_that_brings_nothing_new_writes_nothing(journal: CountingJournal) -> None:
    polled(journal, (ONE,), (ONE,), (ONE, TWO), (TWO, ONE))

    assert journal.writes == 2


def test_the_last_price_of_each_provider_is_kept_whatever_is_read_later(journal: CountingJournal) -> None:
    polled(journal, (offer("one", "9", height=1003),))
    polled(journal, (offer("one", "7", height=1001),))  # an older deployment's, read again

    (seen,) = journal.bids_seen(DEMAND.key, since=LONG_AGO)
    assert seen.price.amount == 9


def test_old_bids_are_not_recent(journal: CountingJournal) -> None:
    polled(journal, (ONE,))

    assert journal.bids_seen(DEMAND.key, since=NOW + timedelta(seconds=1)) == ()


def test_nothing_is_noted_of_a_deployment_whose_sdl_is_not_known() -> None:
    journal = CountingJournal(None, "a")
    journal.adopted(DSEQ, "hash", NOW)
    polled(journal, (ONE,))

    assert journal.writes == 0


def test_bids_on_a_group_that_the_sdl_does_not_have_are_not_noted(journal: CountingJournal) -> None:
    polled(journal, (offer("one", gseq=2),))

    assert journal.writes == 0
