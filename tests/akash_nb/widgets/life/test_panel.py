"""The lifecycle panel without a browser: what can be pressed, what its steps say, and errors in their place."""

from __future__ import annotations

import re

import pytest

import akash_nb as akash
from akash_nb.bids import BID_LIFETIME_S
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, NoChoiceError
from akash_nb.session import Session
from akash_nb.units import format_duration
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from mock_server import MockConsole
from tests.akash_nb.widgets.life.conftest import asked


def test_after_a_refused_manifest_the_panel_shows_the_lease_and_offers_to_send_it_again(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    console.faults.manifest_refused()
    panel = asked(LifecyclePanel(session), "lease", policy="cheapest")
    panel.confirm()
    panel.wait()
    assert (panel.view["stage"], panel.view["labels"]["lease"]) == ("leased", "Send manifest again")
    assert {figure["label"] for figure in panel.view["money"]} >= {"Per hour", "Spent"}

    panel.press("lease")
    panel.wait()
    assert deployment.stage == "running"
    assert len(deployment.state.leases) == 1


def test_the_whole_life_by_buttons(session: Session[Client], deployment: Deployment[Client]) -> None:
    panel = LifecyclePanel(session)
    panel.press("lease", policy="cheapest")
    assert "per hour" in panel.question or "/h" in panel.question
    panel.confirm()
    panel.wait()
    assert deployment.stage == "running"
    panel.press("deposit", usd="1")
    panel.confirm()
    panel.wait()
    panel.press("close")
    panel.confirm()
    panel.wait()

    assert deployment.stage == "closed"
    assert deployment.receipt is not None
    assert deployment.receipt.deposited_usd == 6
    assert panel.view["receipt"]["title"].startswith("MOCK")


ALLOWED = {
    "nothing yet": {"certificate", "create", "resume"},
    "bids": {"wait", "lease", "refresh", "deposit", "close", "resume"},
    "running": {"refresh", "deposit", "close", "resume"},
    "closed": {"create", "refresh", "resume"},
}


@pytest.mark.parametrize("state", ALLOWED)
def test_only_what_the_state_allows_can_be_pressed_and_the_rest_says_why(session: Session[Client], state: str) -> None:
    if state != "nothing yet":
        deployment = session.deploy()
        deployment.wait_for_bids()
        if state in ("running", "closed"):
            deployment.lease()
            deployment.wait_until_ready()
        if state == "closed":
            deployment.close()
    panel = LifecyclePanel(session)
    actions = panel.view["actions"]
    pressable = {name for name, action in actions.items() if not action["why"]}

    assert pressable == ALLOWED[state]
    for name in actions.keys() - pressable:
        with pytest.raises(InvalidInputError, match="Nothing was done"):
            panel.press(name)


def test_each_step_says_how_long_it_took_or_is_taking(session: Session[Client], console: MockConsole) -> None:
    def details() -> dict[str, str]:
        return {step["id"]: step["detail"] for step in panel.view["steps"]}

    panel = LifecyclePanel(session)
    deployment = session.deploy()
    deployment.refresh_bids()
    assert details()["deployment"] == f"{deployment.dseq}\ncreated 0 s ago"
    assert details()["bids"] == "none yet"
    deployment.wait_for_bids()
    console.advance(60)
    panel.refresh()
    bids = deployment.bids
    assert bids is not None
    made = min(at for each in bids.open if (at := bids.made_at(each)) is not None)
    left = BID_LIFETIME_S - (session.now() - made).total_seconds()
    assert details()["lease"] == f"the first bid lapses in {format_duration(left)}"
    assert details()["bids"].startswith(f"{len(bids.open)} open, the first after ")
    deployment.lease()
    deployment.wait_until_ready()
    assert "after creation" in details()["lease"]
    assert "leased for" in details()["running"]
    deployment.choice = None  # as after a restart
    assert re.search(r"from\nakash1\w{4}…\w{6}$", details()["lease"])
    deployment.close()
    assert details()["deployment"] == deployment.dseq
    assert details()["closed"].startswith("after ")


def test_a_verb_that_runs_locks_the_buttons(session: Session[Client], deployment: Deployment[Client]) -> None:
    flow = Deployment.wait_for_bids.build(deployment, timeout_s=1e6, settle_s=1e6)
    next(flow)
    panel = LifecyclePanel(session)

    assert panel.view["activity"]["name"] == "wait_for_bids"
    assert panel.view["actions"]["deposit"]["why"].startswith("Busy")
    flow.close()
    assert panel.view["activity"] is None


def test_the_error_of_a_verb_shows_in_the_panel_until_it_is_dismissed(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    panel = LifecyclePanel(session)
    with pytest.raises(NoChoiceError):
        deployment.lease(akash.policy.cheapest().region("moon"))

    assert panel.view["error"]["means"] == "No lease was made."
    panel.dismiss()
    assert panel.view["error"] is None


def test_a_dismissed_error_stays_away_however_often_a_button_is_pressed(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    panel = LifecyclePanel(session)
    with pytest.raises(NoChoiceError):
        deployment.lease(akash.policy.cheapest().region("moon"))
    for _ in range(3):
        panel.press("deposit")
        panel.cancel()
        assert panel.view["error"] is None


def test_a_gesture_that_is_nonsense_shows_as_an_error_and_is_acknowledged(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    panel._on_message(panel, {"press": "fly"}, [])

    assert "no button 'fly'" in panel.view["error"]["what"]


def test_forgotten_deployments_can_be_resumed_from_the_panel(console: MockConsole) -> None:
    first = akash.connect(mock=console)
    made = first.deploy(WEB_SDL)
    later = akash.connect(mock=console)
    panel = LifecyclePanel(later)
    panel.press("resume")
    panel.wait()

    assert [item["dseq"] for item in panel.view["deployments"]] == [made.dseq]
    assert later.current is not None


def test_a_change_that_needs_a_new_deployment_cannot_be_sent_and_is_named(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    deployment.lease()
    session.sdl = WEB_SDL.replace("units: 0.5", "units: 1")
    why = LifecyclePanel(session).view["actions"]["update"]["why"]

    assert "create a new one" in why
    assert "/profiles/compute/web/resources/cpu/units" in why


def test_line_ends_alone_are_no_change_to_send(session: Session[Client]) -> None:
    session.sdl = WEB_SDL.replace("\n", "\r\n")
    deployment = session.deploy()
    deployment.wait_for_bids()
    deployment.lease()
    deployment.wait_until_ready()
    session.sdl = WEB_SDL

    assert "the one that runs" in LifecyclePanel(session).view["actions"]["update"]["why"]
