"""The questions before money moves: what they name, when they are gone, and that a yes counts once."""

from __future__ import annotations

import pytest

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError
from akash_nb.session import Session
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from mock_server import MockConsole
from tests.akash_nb.widgets.conftest import sent
from tests.akash_nb.widgets.life.conftest import asked


def test_creating_asks_first_and_names_the_amount_and_that_it_is_mock_money(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    panel.press("create", usd="7.5")

    assert panel.question == "Lock $7.50 of MOCK money in the deployment's escrow?"
    panel.press("create", usd="5.004999")
    assert panel.question.startswith("Lock $5.004999 of")
    assert session.current is None


def test_yes_creates_and_a_second_yes_does_not(session: Session[Client], console: MockConsole) -> None:
    panel = LifecyclePanel(session)
    panel.press("create")
    panel.confirm()
    panel.wait()
    panel.confirm()

    assert session.current is not None
    assert sent(console, "createDeployment") == 1


def test_a_yes_to_a_question_in_whose_place_another_has_come_does_nothing(
    session: Session[Client], console: MockConsole
) -> None:
    panel = LifecyclePanel(session)
    panel.press("create", usd="5")
    seen = panel.question
    panel.press("create", usd="50")
    panel._on_message(panel, {"answer": True, "to": seen}, [])

    assert panel.question.startswith("Lock $50.00")
    assert sent(console, "createDeployment") == 0
    panel._on_message(panel, {"answer": True, "to": panel.question}, [])
    panel.wait()
    assert sent(console, "createDeployment") == 1


def test_no_spends_nothing(session: Session[Client], console: MockConsole) -> None:
    panel = LifecyclePanel(session)
    panel.press("create")
    panel.cancel()
    panel.confirm()

    assert sent(console, "createDeployment") == 0


def test_a_question_is_gone_when_the_sdl_it_speaks_of_has_changed(
    session: Session[Client], console: MockConsole
) -> None:
    panel = asked(LifecyclePanel(session), "create")
    session.sdl = "broken: ["
    panel.confirm()

    assert panel.view["question"] is None
    assert sent(console, "createDeployment") == 0


def test_the_same_question_in_two_views_is_answered_once(session: Session[Client], console: MockConsole) -> None:
    one, two = (asked(LifecyclePanel(session), "create") for _ in range(2))
    one.confirm()
    one.wait()
    two.confirm()
    two.wait()

    assert sent(console, "createDeployment") == 1


def test_a_lease_question_is_gone_when_another_bid_is_picked_or_the_bids_have_lapsed(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    table, panel = BidTable(deployment), LifecyclePanel(session)
    asked(panel, "lease", policy="cheapest")
    table.selection = [deployment.bids.open[2].key]
    assert panel.question == ""

    asked(panel, "lease", policy="picked")
    console.advance(900)
    deployment.refresh_bids()
    panel.confirm()

    assert panel.question == ""
    assert sent(console, "createLease") == 0
    assert panel.view["next"] == "close"
    assert "lapsed" in panel.view["actions"]["lease"]["why"]


def test_an_update_asks_first_and_waits_until_it_runs_again(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    deployment.lease()
    deployment.wait_until_ready()
    session.sdl = WEB_SDL.replace("nginx:1.27", "nginx:1.28")
    panel = asked(LifecyclePanel(session), "update")
    panel.confirm()
    panel.wait()

    assert "1.28" in deployment.sdl
    assert deployment.state.is_ready


@pytest.mark.parametrize(("usd", "words"), [("500", "more than the wallet has"), ("0.4", "smallest amount here")])
def test_an_amount_that_cannot_be_is_refused_before_it_is_asked(session: Session[Client], usd: str, words: str) -> None:
    session.certificate()
    session.wallet()
    with pytest.raises(InvalidInputError, match=words):
        LifecyclePanel(session).press("create", usd=usd)


@pytest.mark.parametrize("usd", ["lots", "-1", "0", "nan"])
def test_an_amount_that_is_none_is_refused_before_it_is_asked(session: Session[Client], usd: str) -> None:
    panel = LifecyclePanel(session)
    with pytest.raises(InvalidInputError):
        panel.press("create", usd=usd)

    assert panel.question == ""
