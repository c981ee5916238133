"""Reading bids: whatever form of the address the service knows, and how long to wait."""

from __future__ import annotations

import pytest

from akash_nb.bids import Bids
from akash_nb.errors import MissingRouteError
from akash_nb.flows.bids import BidReader, wait_for_bids
from akash_nb.flows.context import Context
from akash_nb.journal import Journal
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
