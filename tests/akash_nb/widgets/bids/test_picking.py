"""Bids picked in the table or from Python, and what becomes of a pick whose bid is gone."""

from __future__ import annotations

import pytest
import traitlets

from akash_nb.client import Client
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError
from akash_nb.session import Session
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from mock_server import MockConsole
from tests.akash_nb.records import bids, offer


def test_a_pick_becomes_the_choice_and_a_second_one_of_the_group_replaces_it(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment)
    one, two = (item.key for item in deployment.bids.open[:2])
    table._on_message(table, {"pick": one}, [])
    table._on_message(table, {"pick": two}, [])

    assert table.selection == [two]
    assert [item.key for item in deployment.choice.chosen.values()] == [two]


def test_a_selection_from_python_is_the_same_as_a_click(deployment: Deployment[Client]) -> None:
    one, other = BidTable(deployment), BidTable(deployment)
    one.selection = [deployment.bids.open[2].key]

    assert other.selection == one.selection


def test_an_unknown_bid_cannot_be_selected(deployment: Deployment[Client]) -> None:
    with pytest.raises(traitlets.TraitError, match="no bid 'nobody'"):
        BidTable(deployment).selection = ["nobody"]


def test_bids_that_are_gone_stay_visible_and_cannot_be_picked(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    table = BidTable(deployment)
    key = deployment.bids.open[0].key
    console.advance(900)
    deployment.refresh_bids()
    table._on_message(table, {"pick": key}, [])

    assert {row["state"] for row in table.rows["rows"]} == {"closed"}
    assert table.view["error"]["what"] == "That bid is no longer open."


def test_a_bid_that_was_leased_is_told_apart_from_one_that_was_withdrawn(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment)
    deployment.lease()
    deployment.close()
    words = [row["cells"]["state"] for row in table.rows["rows"]]

    assert words.count("lease ended") == 1
    assert set(words) == {"lease ended", "lost"}


def test_a_picked_bid_that_closes_cannot_be_leased(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    BidTable(deployment).selection = [deployment.bids.open[0].key]
    console.advance(900)
    deployment.refresh_bids()

    with pytest.raises(InvalidInputError):
        LifecyclePanel(session).press("lease")


def test_the_frame_is_the_one_behind_the_table(deployment: Deployment[Client]) -> None:
    table = BidTable(deployment)

    assert list(table.frame["key"]) == [row["key"] for row in table.rows["rows"]]


def test_text_of_providers_is_escaped(session: Session[Client], deployment: Deployment[Client]) -> None:
    deployment.bids = bids(offer("<img src=x onerror=alert(1)>"))
    html = BidTable(deployment)._still().html()

    assert "<img" not in html
    assert "&lt;img" in html
