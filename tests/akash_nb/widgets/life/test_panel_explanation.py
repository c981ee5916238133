"""The panel says why no bids came, and one press puts a fix into the session's SDL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

import akash_nb as akash
from akash_nb import sdl
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, NoBidsError
from akash_nb.money import Coin
from akash_nb.session import Session
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from mock_server import MockConsole

WRONG = sdl.vary(WEB_SDL, region="moon")


@pytest.fixture
def console() -> MockConsole:
    return MockConsole(fleet="small")


@pytest.fixture
def session(console: MockConsole) -> Iterator[Session[Client]]:
    with akash.connect(mock=console) as session:
        session.sdl = WRONG
        yield session


@pytest.fixture
def failed(session: Session[Client]) -> Deployment[Client]:
    """A deployment that got no bids."""
    deployment = session.deploy()
    with pytest.raises(NoBidsError):
        deployment.wait_for_bids()
    return deployment


def press_through(panel: LifecyclePanel, name: str) -> None:
    """Press a button, say yes if it asks, and wait."""
    panel.press(name)
    panel.confirm()
    panel.wait()


def findings(panel: LifecyclePanel) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = panel.view["explanation"]["findings"]
    return found


def test_causes_are_listed_with_their_fixes_and_the_error_does_not_repeat_them(
    session: Session[Client], failed: Deployment[Client]
) -> None:
    panel = LifecyclePanel(session)

    assert panel.view["explanation"]["title"] == f"Why deployment {failed.dseq} gets no bids"
    first = findings(panel)[0]
    assert (first["cause"], first["fix"], first["is_applied"]) == ("Region moon", 0, False)
    assert panel.view["error"]["what"] == "No open bid came within 120 s."
    assert panel.view["error"]["todo"].startswith("Apply a fix")
    assert panel.view["next"] == "close"
    assert "Region moon" in BidTable(session).view["error"]["what"]


def test_a_press_puts_the_fix_into_the_sdl_and_says_what_to_do(
    session: Session[Client], failed: Deployment[Client]
) -> None:
    panel = LifecyclePanel(session)
    panel.press("apply")

    assert session.sdl == failed.explanation.apply()
    assert findings(panel)[0]["is_applied"]
    assert "Close this deployment and create a new one" in panel.view["notice"]
    assert failed.sdl == WRONG
    with pytest.raises(InvalidInputError, match="has this already"):
        panel.press("apply", n=0)


def test_what_was_typed_since_stays(session: Session[Client], failed: Deployment[Client]) -> None:
    session.sdl = WRONG.replace("nginx:1.27", "nginx:1.28") + "# mine\n"
    LifecyclePanel(session).press("apply")

    assert session.sdl.endswith("# mine\n")
    assert "nginx:1.28" in session.sdl
    assert "location-region" not in session.sdl


@pytest.mark.parametrize("typed", [WRONG.replace("moon", "mars"), "services: ["])
def test_where_something_else_was_typed_nothing_is_lost(
    session: Session[Client], failed: Deployment[Client], typed: str
) -> None:
    session.sdl = typed
    panel = LifecyclePanel(session)
    panel._on_message(panel, {"press": "apply", "with": {"n": 0}}, [])

    assert session.sdl == typed
    assert panel.view["error"]["means"] == "The text was not changed."


def test_without_an_sdl_in_the_editor_the_fix_goes_into_the_one_of_the_deployment(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WRONG)
        deployment.explain()
        panel = LifecyclePanel(session)
        assert not findings(panel)[0]["is_applied"]
        panel.press("apply")

        assert session.sdl == deployment.explanation.apply()


@pytest.mark.parametrize("number", [5, -1, "0", None])
def test_a_fix_that_is_not_there_is_refused(session: Session[Client], failed: Deployment[Client], number: Any) -> None:
    with pytest.raises(InvalidInputError, match="no fix number"):
        LifecyclePanel(session).press("apply", n=number)

    assert session.sdl == WRONG


def test_from_no_bids_to_a_service_by_buttons(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    for name in ("create", "wait", "apply", "close", "create", "wait"):
        press_through(panel, name)

    assert panel.view["stage"] == "has bids"
    assert panel.view["explanation"] is None
    assert panel.view["error"] is None


def test_the_button_shows_once_bids_should_have_come_and_explains(
    session: Session[Client], console: MockConsole
) -> None:
    deployment = session.deploy()
    deployment.refresh_bids()
    panel = LifecyclePanel(session)
    assert "explain" in panel.view["hidden"]

    console.advance(90)
    deployment.refresh_bids()
    assert "explain" not in panel.view["hidden"]
    panel.press("explain")
    panel.wait()
    assert findings(panel)[0]["cause"] == "Region moon"
    assert panel.view["error"] is None


def test_where_bids_came_there_is_nothing_to_explain_or_to_apply(session: Session[Client]) -> None:
    deployment = session.deploy(WEB_SDL)
    deployment.wait_for_bids()
    panel = LifecyclePanel(session)

    assert "explain" in panel.view["hidden"]
    assert panel.view["actions"]["explain"]["why"] == "There are bids."
    assert panel.view["actions"]["apply"]["why"] == "There is no fix to apply."


def test_an_explanation_is_gone_once_bids_are_there(session: Session[Client]) -> None:
    deployment = session.deploy(WEB_SDL)
    deployment.explain()
    panel = LifecyclePanel(session)
    assert panel.view["explanation"]["title"].startswith("Nothing was found")
    deployment.wait_for_bids()

    assert panel.view["explanation"] is None


def test_the_picture_that_stays_lists_the_causes(session: Session[Client], failed: Deployment[Client]) -> None:
    first = replace(failed.explanation.findings[0], text="<script>alert(1)</script>")
    failed.explanation = replace(failed.explanation, findings=(first,))
    panel = LifecyclePanel(session)
    html = panel._repr_mimebundle_()[0]["text/html"]

    assert "✗ Region moon" in html
    assert "<script" not in html
    assert json.dumps(panel.view)


def test_a_lease_question_is_gone_when_the_bid_has_become_dearer(session: Session[Client]) -> None:
    deployment = session.deploy(WEB_SDL)
    bids = deployment.wait_for_bids()
    panel = LifecyclePanel(session)
    panel.press("lease", policy="cheapest")
    assert panel.question
    dearer = [
        replace(offer, bid=replace(offer.bid, price=Coin("uact", offer.bid.price.amount * 2))) for offer in bids.offers
    ]
    deployment.bids = replace(bids, offers=tuple(dearer))
    panel.confirm()

    assert deployment.stage == "bids"
