"""Who could have bid and did not, the week of a provider, and what stands in place of bids."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import APIError
from akash_nb.models import GPU, Candidate, ResourceOffer
from akash_nb.models.market import Incident
from akash_nb.widgets.bids.bid_rows import bid_rows
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.bids.bids_view import CLOSED, LAPSED, NO_DEPLOYMENT, empty
from akash_nb.widgets.bids.screening_view import week, why_silent
from mock_server import MockConsole
from tests.akash_nb.records import NOW, bids, offer

TODAY = NOW.date()


def candidate(*incidents: Incident, audited: bool = True) -> Candidate:
    return Candidate("akash1one", "https://one.example:8443", audited, "eu-west", "One", None, incidents)


def down(days_ago: int, seconds: float, *, count: int = 1, still: bool = False) -> Incident:
    return Incident(TODAY - timedelta(days=days_ago), still, count, seconds)


# The week


@pytest.mark.parametrize(
    ("incidents", "letters"),
    [
        ([], "uuuuuuu"),
        ([down(6, 60)], "puuuuuu"),
        ([down(1, 43_200)], "uuuuudu"),
        ([down(1, 43_199)], "uuuuupu"),
        ([down(2, 5, count=10)], "uuuuduu"),
        ([down(0, 5, still=True)], "uuuuuud"),
        ([down(3, 5, still=True)], "uuupuuu"),
        ([down(7, 86_400)], "uuuuuuu"),
    ],
)
def test_a_week_has_a_mark_per_day_as_the_web_console_makes_them(incidents: list[Incident], letters: str) -> None:
    assert week(candidate(*incidents), NOW)[0] == letters


def test_a_week_says_its_source_and_every_day_with_trouble() -> None:
    assert week(candidate(down(3, 840, count=2), down(1, 0)), NOW)[1] == (
        "Days by the service's screening: Aug 19: 2 incidents, 14 min down; Aug 21: 1 incident"
    )


@pytest.mark.parametrize(
    ("who", "word"),
    [
        (candidate(audited=False), "not audited"),
        (candidate(down(0, 9, still=True)), "down"),
        (candidate(down(1, 9, still=True)), "no bid"),
        (candidate(), "no bid"),
    ],
)
def test_why_there_is_no_bid_is_said_as_far_as_it_is_known(who: Candidate, word: str) -> None:
    assert why_silent(who, date(2026, 8, 22))[0] == word


# What the table shows of it


@pytest.fixture
def deployment(console: MockConsole) -> Iterator[Deployment[Client]]:
    """With some of the bids that came, as if the others had not."""
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        found = deployment.wait_for_bids()
        deployment.bids = replace(found, offers=found.offers[:5])
        yield deployment


def asked(console: MockConsole) -> int:
    return [call.operation for call in console.calls].count("screenProviders")


def asked_of(table: BidTable) -> BidTable:
    """The service has answered, or has failed to."""
    with suppress(APIError):
        _ = table.silent
    table.refresh()
    return table


def silent_rows(table: BidTable) -> list[dict[str, Any]]:
    return [row for row in table.rows["rows"] if row["state"] == "silent"]


def look(table: BidTable) -> None:
    """The page tells that somebody looks."""
    table._on_message(table, {"beat": "a view"}, [])


def test_nothing_is_asked_before_somebody_looks_and_then_once_for_all_views(
    deployment: Deployment[Client], console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akash_nb.widgets.background.desk.Poller.beat", lambda *_: None)  # would read the bids as well
    one, two = BidTable(deployment), BidTable(deployment)
    assert asked(console) == 0
    assert silent_rows(one) == []
    look(one)
    look(two)
    asked_of(one)
    asked_of(two)

    assert asked(console) == 1
    assert [row["key"] for row in silent_rows(one)] == [row["key"] for row in silent_rows(two)] != []


def test_who_could_have_bid_stands_below_the_bids_and_in_silent_not_in_frame(deployment: Deployment[Client]) -> None:
    table = asked_of(BidTable(deployment))
    bid, rest = table.rows["sections"]
    addresses = {offer.bid.id.provider for offer in deployment.bids}

    assert (len(bid["ids"]), len(table.frame), len(table.shown)) == (5, 5, 5)
    assert rest["name"] == f"Could bid, and did not: {len(rest['ids'])}"
    assert len(table.silent) == len(rest["ids"]) == len(silent_rows(table))
    assert not addresses & set(table.silent["address"])
    assert table.silent.attrs["source"] == "MOCK"
    assert table.view["title"] == "5 open bids"


def test_filters_leave_some_of_those_who_could_have_bid(deployment: Deployment[Client]) -> None:
    table = asked_of(BidTable(deployment))
    table.filters = {"usd_hour": ">0"}
    assert len(table.rows["sections"]) == 1
    table.filters = {"audited": "no", "state": "not audited"}

    assert {section["id"] for section in table.rows["sections"]} <= {"silent 1"}


def test_one_who_bids_later_is_not_silent_any_more(deployment: Deployment[Client]) -> None:
    table = asked_of(BidTable(deployment))
    late = silent_rows(table)[0]
    deployment.bids = replace(
        deployment.bids, offers=(*deployment.bids.offers, offer(late["key"].rpartition("/")[2].removeprefix("akash1")))
    )

    assert late["key"] not in [row["key"] for row in silent_rows(table)]


def test_before_half_a_minute_nobody_is_said_not_to_bid(deployment: Deployment[Client]) -> None:
    table = asked_of(BidTable(deployment))
    found = deployment.bids
    deployment.bids = replace(found, as_of=found.created_at + timedelta(seconds=29))

    assert silent_rows(table) == []


def test_after_a_lease_nobody_is_said_not_to_bid(deployment: Deployment[Client]) -> None:
    table = asked_of(BidTable(deployment))
    deployment.lease()

    assert silent_rows(table) == []


def test_it_can_be_asked_again(deployment: Deployment[Client], console: MockConsole) -> None:
    table = asked_of(BidTable(deployment))
    before = table._screening()
    table._on_message(table, {"look": True}, [])
    assert table._screening() is not None
    asked_of(table)

    assert asked(console) == 2
    assert table._screening() is not before


def test_a_question_that_fails_is_said_in_a_line_and_disturbs_nothing(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    console.faults.status(400, "screenProviders", times=1)
    table = asked_of(BidTable(deployment))

    assert table.view["silent"]["text"].startswith("Who else could bid is not known: ")
    assert table.view["silent"]["can_look"]
    assert table.view["error"] is None
    with pytest.raises(APIError):
        _ = table.silent
    table.look_again()
    assert len(asked_of(table).silent) > 0


def test_without_the_sdl_nothing_is_asked(
    deployment: Deployment[Client], console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akash_nb.widgets.background.desk.Poller.beat", lambda *_: None)
    deployment.sdl = ""
    table = BidTable(deployment)
    look(table)

    assert len(table.silent) == 0
    assert asked(console) == 0


def test_bidders_that_were_screened_have_a_week_and_others_have_none(deployment: Deployment[Client]) -> None:
    table = asked_of(BidTable(deployment))
    known = {owner for group in table._screening().groups.values() for owner in group}

    for row in table.rows["rows"]:
        assert bool(row["days"]) is (row["key"].rpartition("/")[2] in known)


# Hardware


def test_hardware_is_what_the_provider_states() -> None:
    gpu = ResourceOffer(1000, 1, 1, 2, ("nvidia/model/rtx4090",), 1)
    made = offer("one")
    stated = {"capabilities/cpu": "amd", "capabilities/memory": "ddr5", "capabilities/storage/2/class": "ram"}
    kinds = (
        GPU("nvidia", "rtx4090", "24Gi", "pcie"),
        GPU("nvidia", "a100", "40Gi", ""),
        GPU("nvidia", "a100", "80Gi", ""),
    )
    about = replace(
        made.provider,
        attributes=MappingProxyType({**stated, "capabilities/storage/1/class": "beta3"}),
        gpus=kinds,
    )
    both = replace(gpu, gpu_models=("nvidia/model/a100",))
    for resources, text in ((gpu, "2 × rtx4090 24Gi pcie"), (both, "2 × a100")):
        (row,) = bid_rows(bids(replace(made, provider=about, bid=replace(made.bid, resources=(resources,)))), None)
        assert row["cells"]["gpu"][1] == text
        assert row["cells"]["hardware"][1] == "amd · ddr5 · beta3 · ram"


# In place of bids


def test_what_stands_in_place_of_bids_says_how_it_stands(deployment: Deployment[Client]) -> None:
    found = replace(deployment.bids, offers=())
    deployment.stage = "created"
    texts = []
    for seconds in (12, 59, 125):
        deployment.bids = replace(found, as_of=found.created_at + timedelta(seconds=seconds))
        texts.append(BidTable(deployment).view["empty"])

    assert texts[0] == "No bids yet: waiting for 12 s. Most come within a minute."
    assert texts[1].startswith("No bids yet: waiting for 59 s")
    assert texts[2].startswith("No bids after 2 min 5 s. Explain, or deployment.explain()")
    assert empty(None) == NO_DEPLOYMENT
    deployment.stage = "closed"
    assert empty(deployment) == CLOSED


def test_that_all_bids_have_lapsed_is_said_above_them(deployment: Deployment[Client], console: MockConsole) -> None:
    table = BidTable(deployment)
    assert table.view["notice"] == ""
    console.advance(900)
    deployment.refresh_bids()

    assert table.view["notice"] == LAPSED
    assert table.view["count"] > 0
