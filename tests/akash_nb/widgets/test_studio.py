"""The studio without a browser: its pages, what is made when, and the picture that stays below it."""

from __future__ import annotations

import gzip
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, NoChoiceError
from akash_nb.session import Session
from akash_nb.widgets import studio
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.fleet.fleet import FleetView
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from akash_nb.widgets.parts import cells, showing
from akash_nb.widgets.parts.base import asset
from akash_nb.widgets.studio import Part, Studio


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What a cell was given to show, in order; a later version of a picture replaces it."""
    outputs: list[dict[str, Any]] = []

    def display(data: dict[str, Any], *, display_id: bool = False, **_: Any) -> Any:
        outputs.append(data)
        at = len(outputs) - 1
        return SimpleNamespace(update=lambda new, **_: outputs.__setitem__(at, new)) if display_id else None

    monkeypatch.setattr(showing, "display", display)
    return outputs


def test_the_views_of_a_page_are_made_when_it_is_opened_for_the_first_time(session: Session[Client]) -> None:
    made = Studio(session)
    assert [type(part).__name__ for part in made.parts] == ["LifecyclePanel", "SdlEditor", "SdlForm"]
    assert made.fleet is None
    made.page = "market"
    market = made.market
    made.page = "deploy"
    made.page = "market"

    assert [type(part).__name__ for part in made.parts][3:] == ["MarketView"]
    assert made.market is market


def test_what_runs_is_there_while_something_is_leased(session: Session[Client]) -> None:
    made = Studio(session)
    session.sdl = WEB_SDL
    deployment = session.deploy()
    deployment.wait_for_bids()
    assert made.running is None
    deployment.lease()
    assert made.running is not None
    slot = made._slots["running"]
    assert slot.children == (made.running,)
    deployment.close()
    assert slot.children == ()


def test_bids_are_above_the_editor_when_there_is_a_deployment(session: Session[Client]) -> None:
    made = Studio(session)
    session.sdl = WEB_SDL
    assert made.bids is None
    session.deploy()

    assert [type(part).__name__ for part in made.parts] == ["LifecyclePanel", "BidTable", "SdlEditor", "SdlForm"]
    session.current = None
    assert made._slots["bids"].children == ()


def test_a_click_on_a_tab_opens_its_page(session: Session[Client]) -> None:
    made = Studio(session)
    assert made.tabs is not None
    made.tabs.set_state({"selected": "fleet"})

    assert made.page == "fleet"
    assert isinstance(made.fleet, FleetView)


def test_the_studio_of_one_deployment_has_panel_and_bids_and_no_tabs(session: Session[Client]) -> None:
    made = Studio(session.deploy())

    assert made.tabs is None
    assert [type(part).__name__ for part in made.parts] == ["LifecyclePanel", "BidTable"]
    with pytest.raises(InvalidInputError, match="no page 'fleet'"):
        made.page = "fleet"


def test_a_page_that_there_is_not_is_refused_and_the_old_one_stays(session: Session[Client]) -> None:
    made = Studio(session)
    with pytest.raises(InvalidInputError, match="one of deploy, fleet, market"):
        made.page = "moon"

    assert made.page == "deploy"


def test_show_in_the_fleet_brings_the_deploy_page_with_that_deployment(session: Session[Client]) -> None:
    first, second = session.deploy(), session.deploy()
    made = Studio(session)
    made.page = "fleet"
    assert made.fleet is not None
    for deployment in (first, second, second):
        made.page = "fleet"
        made.fleet.press("show", dseq=deployment.dseq)
        made.fleet.wait()

        assert made.page == "deploy"
        assert made.panel.deployment is deployment


def test_another_part_is_one_more_line_and_is_there_while_it_is_due(
    session: Session[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here: a second panel, for what has a lease."""
    lease = Part("lease", LifecyclePanel, is_of_one=True, is_due=lambda d: d is not None and d.stage == "running")
    monkeypatch.setattr(studio, "PARTS", (*studio.PARTS, lease))
    made = Studio(session)
    deployment = session.deploy()
    deployment.wait_for_bids()
    assert made.lease is None
    deployment.lease()
    deployment.wait_until_ready()
    view = made.lease
    assert made._slots["lease"].children == (view,)
    session.current = None
    assert made._slots["lease"].children == ()
    session.current = deployment

    assert made._slots["lease"].children == (view,)
    assert made.lease is view
    assert view.view["quiet"]


def test_a_closed_studio_leaves_no_widget(session: Session[Client]) -> None:
    before = len(_instances)
    made = Studio(session)
    made.page = "fleet"
    made.page = "market"
    assert len(_instances) > before
    made.close()
    made.close()

    assert len(_instances) == before


def test_a_studio_can_be_closed_while_a_part_of_it_is_being_drawn(session: Session[Client]) -> None:
    """What is drawn may change what is to be seen, as when a deployment comes; it waits for the close, not for ever."""
    made = Studio(session)
    is_drawing, is_closing = threading.Event(), threading.Event()

    def draw() -> None:
        with made.panel._drawing:
            is_drawing.set()
            is_closing.wait(10)
            made._fill("deploy")

    def close() -> None:
        is_closing.set()
        LifecyclePanel.close(made.panel)

    made.panel.close = close  # type: ignore[method-assign]
    threads = [threading.Thread(target=act, daemon=True) for act in (draw, made.close)]
    threads[0].start()
    assert is_drawing.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(10)

    assert not any(thread.is_alive() for thread in threads)


def test_a_script_is_sent_packed_and_named_by_what_it_is(session: Session[Client]) -> None:
    first, second, other = FleetView(session), FleetView(session), LifecyclePanel(session)

    assert gzip.decompress(first._script).decode() == asset("fleet.js", "rows.js", "asking.js")
    assert first._script_name == second._script_name != other._script_name
    assert len(first._esm) < 1500


def test_below_a_view_stands_its_picture_and_follows_how_it_looks(
    session: Session[Client], shown: list[dict[str, Any]]
) -> None:
    made = Studio(session)
    showing.show(made)
    live, picture = shown
    assert "application/vnd.jupyter.widget-view+json" in live
    assert live["text/html"] == ""
    assert "● Deployment" in picture["text/html"] or "● Certificate" in picture["text/html"]
    session.deploy()
    assert "✓ Deployment" in shown[1]["text/html"]
    assert "Fleet" not in shown[1]["text/html"]
    made.page = "fleet"
    assert made.fleet is not None
    made.fleet.wait()

    assert "Fleet: 1 open deployment" in shown[1]["text/html"]


def test_a_view_alone_is_shown_with_its_picture_too(session: Session[Client], shown: list[dict[str, Any]]) -> None:
    FleetView(session)._ipython_display_()
    live, picture = shown

    assert live["text/html"] == ""
    assert "Fleet: 0 open deployments" in picture["text/html"]
    assert "aknb-still" in picture["text/html"]


def test_a_cell_that_runs_again_closes_what_it_made_and_nothing_else(
    session: Session[Client], shown: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ("cell", "first run")
    for module in ("base", "box", "cells"):
        monkeypatch.setattr(f"akash_nb.widgets.parts.{module}.running", lambda: run)
    monkeypatch.setattr(cells, "_shown", {})
    elsewhere = FleetView(session)
    elsewhere._made_in = ("another cell", "first run")
    old = FleetView(session)
    for view in (elsewhere, old):
        showing.show(view)
    run = ("cell", "second run")
    new = FleetView(session)
    for view in (elsewhere, new):
        showing.show(view)

    assert [view._is_closed for view in (elsewhere, old, new)] == [False, True, False]


def test_in_the_studio_only_the_panel_shows_what_went_wrong(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    studio = Studio(session)
    with pytest.raises(NoChoiceError):
        deployment.lease(akash.policy.cheapest().region("moon"))

    assert [bool(part.view["error"]) for part in studio.parts] == [True, False, False, False]
    assert BidTable(deployment).view["error"]
