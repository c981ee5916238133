"""The bid table without a browser: what filters mean, what is shown, and what goes to the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import traitlets

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Activity, Deployment
from akash_nb.errors import InvalidInputError
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.parts.filters import parse
from tests.akash_nb.records import bids, offer

THREE = (
    offer("one", "10", region="eu-west", uptime=0.999),
    offer("two", "20", region="us-west", uptime=0.5),
    offer("three", "30", region="us-east", uptime=None, state="closed"),
)


@pytest.fixture
def deployment() -> Iterator[Deployment[Client]]:
    """A deployment with three bids, of 10, 20 and 30 uact per block; the last one is closed."""
    with akash.connect() as session:
        deployment = session.deploy(WEB_SDL)
        deployment.bids = bids(*THREE)
        yield deployment


def names(table: BidTable) -> list[str]:
    return [key.removeprefix("1/1/akash1") for key in table.shown["key"]]


def page(table: BidTable) -> list[str]:
    """The names in the order in which the page shows them."""
    by_id = {row["id"]: row["name"].removesuffix(".example") for row in table.rows["rows"]}
    return [by_id[number] for section in table.rows["sections"] for number in section["ids"]]


def write(table: BidTable, column: str, text: str) -> None:
    """What the page sends when somebody has typed into a filter."""
    table._on_message(table, {"filter": column, "text": text}, [])


# What filters mean


@pytest.mark.parametrize(
    ("text", "shown", "is_met"),
    [
        ("west", "us-west", True),
        ("WEST", "us-west", True),
        ("eu|us-west", "us-west", True),
        ("eu | as", "us-west", False),
        ("!eu", "us-west", True),
        ("!eu|west", "us-west", False),
        ("eu|", "us-west", False),
        ("<5", "us-west", False),
    ],
)
def test_a_filter_of_text(text: str, shown: str, is_met: bool) -> None:
    assert parse(text, is_number=False)((shown, shown)) is is_met


@pytest.mark.parametrize(
    ("text", "value", "shown", "is_met"),
    [
        ("<5", 4.9, "$4.90", True),
        ("<5", 5.0, "$5.00", False),
        ("<=5", 5.0, "$5.00", True),
        ("> 1,000", 1000.5, "$1,000.50", True),
        (">=0.99", 0.99, "99.00%", True),
        (">=99%", 0.9899, "98.99%", False),
        ("$1..$3", 3.0, "$3.00", True),
        ("1..3", 3.01, "$3.01", False),
        ("!1..3", 3.01, "$3.01", True),
        ("<1|>5", 6.0, "$6.00", True),
        ("<1|>5", 3.0, "$3.00", False),
        ("<.5", 0.4, "$0.40", True),
        ("4.9", 4.91, "$4.91", True),
        ("4.9", 4.81, "$4.81", False),
        (">0", None, "–", False),
    ],
)
def test_a_filter_of_figures(text: str, value: float | None, shown: str, is_met: bool) -> None:
    assert parse(text, is_number=True)((value, shown)) is is_met


@pytest.mark.parametrize("text", ["<", "cheap", "1..", "< 5 or so", "=5", "<1|b"])
def test_a_filter_of_figures_that_has_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"1\.\.3"):
        parse(text, is_number=True)


@pytest.mark.parametrize("text", ["", " ", "!", "|", "! | "])
def test_a_filter_without_words_asks_for_nothing(text: str) -> None:
    assert parse(text, is_number=True) is parse(text, is_number=False) is None


# What is shown


def test_filters_from_python_leave_what_meets_all_and_the_frame_stays_whole(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment, filters={"region": "us", "usd_hour": ">0"})

    assert names(table) == page(table) == ["two", "three"]
    assert len(table.frame) == 3
    assert table.view["count"] == 3


def test_filters_that_are_typed_are_those_of_python(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment)
    write(table, "region", "us")
    write(table, "any", "two")

    assert table.filters == {"region": "us", "any": "two"}
    assert names(table) == page(table) == ["two"]


def test_a_filter_that_says_nothing_is_told_so_at_its_field_and_filters_nothing(
    deployment: Deployment[Client],
) -> None:
    table = BidTable(deployment, filters={"region": "us"})
    write(table, "usd_hour", "cheap")
    text, problem = table.view["filters"]["usd_hour"]

    assert (text, table.filters) == ("cheap", {"region": "us"})
    assert "'cheap' compares no figures" in problem
    assert names(table) == ["two", "three"]
    assert table.view["error"] is None
    write(table, "usd_hour", "")
    assert table.view["filters"] == {"region": ["us", ""]}


@pytest.mark.parametrize("filters", [{"colour": "red"}, {"usd_hour": "cheap", "region": "us"}])
def test_filters_that_cannot_be_change_nothing(deployment: Deployment[Client], filters: dict[str, str]) -> None:
    table = BidTable(deployment, filters={"region": "eu"})
    with pytest.raises(InvalidInputError):
        table.filters = filters

    assert table.filters == {"region": "eu"}


def test_one_button_clears_all_filters(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment, filters={"region": "eu"})
    write(table, "usd_hour", "cheap")
    table._on_message(table, {"clear": True}, [])

    assert table.view["filters"] == table.filters == {}
    assert len(table.shown) == 3


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("usd_hour", ["one", "two", "three"]),
        ("-usd_hour", ["two", "one", "three"]),  # what is gone stays below
        ("region", ["one", "two", "three"]),
        ("-region", ["two", "one", "three"]),
        ("uptime_7d", ["two", "one", "three"]),
    ],
)
def test_any_column_sorts_and_what_is_gone_stays_below(
    deployment: Deployment[Client], sort: str, order: list[str]
) -> None:
    table = BidTable(deployment)
    table._on_message(table, {"sort": sort}, [])

    assert names(table) == page(table) == order


def test_what_has_no_figure_comes_last_both_ways(deployment: Deployment[Client]) -> None:
    deployment.bids = bids(offer("none", uptime=None), offer("low", uptime=0.1), offer("high", uptime=0.9))

    assert names(BidTable(deployment, sort="uptime_7d")) == ["low", "high", "none"]
    assert names(BidTable(deployment, sort="-uptime_7d")) == ["high", "low", "none"]


def test_a_column_that_is_none_cannot_sort(deployment: Deployment[Client]) -> None:
    with pytest.raises(traitlets.TraitError, match="no column 'colour'"):
        BidTable(deployment, sort="colour")


def test_filters_sort_and_selection_outlive_an_update(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment, filters={"region": "us"}, sort="-usd_hour", selection=[THREE[1].key])
    deployment.bids = bids(*THREE, offer("four", "25", region="us-west"), offer("five", region="eu-west"))

    assert names(table) == page(table) == ["four", "two", "three"]
    assert table.selection == [THREE[1].key]


def test_groups_are_shown_one_after_the_other_each_in_order(deployment: Deployment[Client]) -> None:
    deployment.gseqs = (1, 2)
    deployment.bids = bids(offer("a", "9"), offer("b", "1", gseq=2), offer("c", "3"), gseqs=(1, 2))
    table = BidTable(deployment)

    assert page(table) == ["c", "a", "b"]
    assert [section["name"] for section in table.rows["sections"]] == ["anywhere", "group 2"]


# What goes to the page


class Page:
    """What a page holds that got all once and then what has changed, as rows.js does it."""

    def __init__(self, table: BidTable) -> None:
        self.all = {**table.rows, "rows": {row["id"]: row for row in table.rows["rows"]}}
        self.sizes: list[int] = []
        table.observe(self._take, names="change")

    def _take(self, message: Any) -> None:
        change = message["new"]
        assert change["base"] == self.all["revision"]
        self.sizes.append(len(change["put"]) + len(change["drop"]))
        rows = {number: row for number, row in self.all["rows"].items() if number not in change["drop"]}
        rows |= {row["id"]: row for row in change["put"]}
        self.all = {"revision": change["revision"], "rows": rows, "sections": change["sections"]}

    def is_in_step(self, table: BidTable) -> bool:
        return self.all == {**table.rows, "rows": {row["id"]: row for row in table.rows["rows"]}}


def many(count: int, **about: Any) -> list[Any]:
    return [offer(f"p{n}", f"{10 + n}.5", **about) for n in range(count)]


def test_only_what_has_changed_goes_to_the_page_and_a_later_view_gets_all(deployment: Deployment[Client]) -> None:
    deployment.bids = bids(*many(100))
    table = BidTable(deployment)
    page = Page(table)
    deployment.bids = bids(*many(103))
    deployment.bids = bids(*many(102), offer("p102", "500.5", state="closed"))
    deployment.bids = bids(*many(101))
    table.filters = {"provider": "p1"}

    assert page.sizes == [3, 1, 2, 0]
    assert page.is_in_step(table)
    assert table.get_state("rows") == {"rows": table.rows}
    json.dumps(table.rows)


def test_time_that_passes_changes_no_row(deployment: Deployment[Client]) -> None:
    deployment.bids = found = bids(*many(5))
    table = BidTable(deployment)
    page, before = Page(table), table.view["now"]
    deployment.bids = replace(found, as_of=found.as_of + timedelta(seconds=30))

    assert page.sizes == []
    assert table.view["now"] == before + 30


def test_a_page_that_has_missed_something_gets_all_again(
    deployment: Deployment[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = BidTable(deployment)
    sent: list[str] = []
    monkeypatch.setattr(table, "send_state", sent.append)
    table._on_message(table, {"resend": True}, [])

    assert sent == ["rows"]
    assert table.view["error"] is None


def test_a_row_keeps_its_number_through_changes(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment)
    before = {row["key"]: row["id"] for row in table.rows["rows"]}
    deployment.bids = bids(offer("new", "1"), *THREE)
    after = {row["key"]: row["id"] for row in table.rows["rows"]}

    assert before.items() <= after.items()
    assert len(set(after.values())) == 4


def test_a_new_picture_is_made_when_a_wait_has_ended_and_not_for_each_bid(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment)
    looks = [table._look()]
    for activity, count in ((Activity("wait_for_bids"), 7), (Activity("wait_for_bids"), 8), (None, 8)):
        deployment.activity, deployment.bids = activity, bids(*many(count))
        looks.append(table._look())

    assert looks[0] == looks[1] == looks[2] != looks[3]
