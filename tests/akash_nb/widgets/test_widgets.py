"""The widgets without a browser: gestures in, views out, and nothing that a page must not have."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import pytest
import traitlets

import akash_nb as akash
from akash_nb.bids import BID_LIFETIME_S
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, NoChoiceError
from akash_nb.session import Session
from akash_nb.units import format_duration
from akash_nb.widgets.background.desk import Desk, Poller, reads_of
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.editor.sdl_editor import SdlEditor
from akash_nb.widgets.editor.sdl_form import SdlForm
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from akash_nb.widgets.studio import Studio
from mock_server import MOCK_API_KEY, MockConsole
from tests.akash_nb.records import bids, offer

WIDGETS = [LifecyclePanel, BidTable, SdlEditor, SdlForm]


def sent(console: MockConsole, operation: str) -> int:
    return [call.operation for call in console.calls].count(operation)


# The panel


def test_creating_asks_first_and_names_the_amount_and_that_it_is_mock_money(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    panel.press("create", usd="7.5")

    assert panel.question == "Lock $7.50 of MOCK money in the deployment's escrow?"
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


def asked(panel: LifecyclePanel, name: str, **values: Any) -> LifecyclePanel:
    """A panel that asks the question of a button."""
    panel.press(name, **values)
    assert panel.question
    return panel


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
    assert details()["bids"] == "none after 0 s"
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


def test_in_the_studio_only_the_panel_shows_what_went_wrong(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    studio = Studio(session)
    with pytest.raises(NoChoiceError):
        deployment.lease(akash.policy.cheapest().region("moon"))

    assert [bool(part.view["error"]) for part in studio.parts] == [True, False, False, False]
    assert BidTable(deployment).view["error"]


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


# The table


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


# The editor


def test_editor_and_session_hold_one_text(session: Session[Client]) -> None:
    editor, other = SdlEditor(session), SdlEditor(session)
    editor.value = "a: 1"
    assert (session.sdl, other.value) == ("a: 1", "a: 1")
    session.sdl = WEB_SDL
    assert editor.value == WEB_SDL


def edit(editor: SdlEditor, base: str, revision: str, text: str) -> None:
    """What the page sends when somebody has typed."""
    editor._on_message(None, {"edit": {"base": base, "revision": revision, "text": text}}, [])


def test_edits_of_the_page_are_taken_one_after_the_other(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    edit(editor, editor.doc["revision"], "first", "a: 1")
    edit(editor, "first", "second", "a: 12")

    assert session.sdl == "a: 12"
    assert (editor.doc, editor.checked) == ({"text": "a: 12", "revision": "second"}, "second")


def test_an_edit_of_an_older_text_is_refused_and_so_is_what_was_built_on_it(session: Session[Client]) -> None:
    """The page then gets the newer text, puts what was typed on top of it and sends it again."""
    editor = SdlEditor(session)
    base = editor.doc["revision"]
    session.sdl = "a: 2"
    edit(editor, base, "first", "a: 1")
    edit(editor, "first", "second", "a: 12")

    assert session.sdl == editor.doc["text"] == "a: 2"
    assert editor.checked == editor.doc["revision"] not in (base, "first", "second")


def test_an_edit_that_changes_nothing_is_answered(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    edit(editor, editor.doc["revision"], "same", editor.value)

    assert editor.doc["revision"] == editor.checked == "same"


def test_what_the_page_types_in_one_editor_is_in_the_others(session: Session[Client]) -> None:
    editor, other = SdlEditor(session), SdlEditor(session)
    edit(editor, editor.doc["revision"], "typed", "a: 1")

    assert other.doc["text"] == "a: 1"


def test_completion_offers_what_the_service_names_once_somebody_looks(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    assert ("us-west", "") in editor.catalogue["regions"]
    editor._on_message(None, {"beat": "a view"}, [])
    answer = editor.desk.catalogue(session).result(timeout=30)

    assert ("na-us-west", "Western United States") in answer["regions"]
    assert "rtx4090" in [name for name, _ in answer["gpu-models"]]
    assert editor.desk.catalogue(session).result() is answer


def test_problems_have_places_and_hints(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    editor.value = WEB_SDL.replace("size: 512Mi", "size2: 512Mi")
    problem = next(item for item in editor.view["problems"] if "size2" in item["message"])

    assert (problem["line"], problem["column"], problem["severity"]) == (17, 11, "error")
    assert "size" in problem["hint"]
    assert problem["fix"]["label"] == "Change to size"


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


def test_totals_and_ceiling_follow_the_text(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    (group,) = editor.view["groups"]

    assert "0.5 CPU" in group["asks"]
    assert "$0.60/h" in group["ceiling"]  # 1000 uact per block, 600 blocks per hour


@pytest.mark.parametrize("text", ["", "\x00", "[" * 5000, "a: &a [*a]", "- " * 3000, "\ud800"])
def test_no_text_breaks_the_editor(session: Session[Client], text: str) -> None:
    editor = SdlEditor(session)
    editor.value = text

    assert editor.view["headline"]


# What all have


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_misspelt_keyword_is_an_error(session: Session[Client], kind: Any) -> None:
    with pytest.raises(TypeError, match="slection"):
        kind(session, slection=[])


@pytest.mark.parametrize("kind", WIDGETS)
def test_something_that_is_no_session_is_an_error(kind: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        kind("akash")


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_view_is_json_and_has_no_key_in_it(
    session: Session[Client], deployment: Deployment[Client], kind: Any
) -> None:
    state = kind(session).get_state()

    assert MOCK_API_KEY not in json.dumps({k: v for k, v in state.items() if k not in ("layout",)}, default=str)


@pytest.mark.parametrize("kind", [*WIDGETS, Studio])
def test_a_saved_notebook_shows_a_dated_picture_without_scripts(
    session: Session[Client], deployment: Deployment[Client], kind: Any
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bundle = kind(session)._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle

    assert "MOCK" in data["text/plain"]
    assert "MOCK" in data["text/html"]
    assert "2026-01-05" in data["text/html"]
    assert "<script" not in data["text/html"]
    assert len(data["text/html"]) < 20_000


def test_text_of_providers_is_escaped(session: Session[Client], deployment: Deployment[Client]) -> None:
    deployment.bids = bids(offer("<img src=x onerror=alert(1)>"))
    html = BidTable(deployment)._still().html()

    assert "<img" not in html
    assert "&lt;img" in html


def test_a_sdl_with_a_password_leaves_no_trace_in_the_static_picture(session: Session[Client]) -> None:
    session.sdl = WEB_SDL.replace("    expose:", "    env:\n      - PASSWORD=hunter22\n    expose:")

    assert "hunter22" not in SdlEditor(session)._still().html()


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_new_widget_shows_the_same_as_one_that_followed(session: Session[Client], kind: Any) -> None:
    """Updating must equal creating."""
    followed = kind(session)
    deployment = session.deploy()
    deployment.wait_for_bids()
    deployment.lease()

    assert followed.view == kind(session).view


@pytest.mark.parametrize("kind", WIDGETS)
def test_a_closed_widget_follows_nobody(session: Session[Client], kind: Any) -> None:
    widget = kind(session)
    before = widget.view
    widget.close()
    widget.close()
    session.sdl = "other: text"
    session.deploy(WEB_SDL)

    assert widget.view == before


# Polling


class Turns:
    """A clock and a sleep for pollers: time passes only by sleeping, and after so many turns everybody leaves."""

    def __init__(self, turns: int) -> None:
        self.now = 0.0
        self.left = turns

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.left -= 1
        if self.left < 0:
            raise AssertionError("the poller does not end")
        await asyncio.sleep(0)


class Looker:
    def refresh(self) -> None:
        """Nothing to draw."""


def test_a_poller_ends_when_nobody_has_looked_for_a_while(
    deployment: Deployment[Client], console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(40)
    poller = Poller(deployment, clock=turns.clock, sleep=turns.sleep)
    started: list[Any] = []
    monkeypatch.setattr(
        "akash_nb.widgets.background.desk.Engine.submit", lambda _, work: started.append(work) or object()
    )
    poller.beat(Looker())
    poller.beat(Looker())
    monkeypatch.undo()
    console.calls.clear()
    asyncio.run(started[0])

    assert len(started) == 1
    assert 14 <= turns.now <= 17
    assert {call.path for call in console.calls} == {
        f"/v1/bids/{deployment.dseq}",
        f"/v1/deployments/{deployment.dseq}",
    }
    assert sum("bids" in call.path for call in console.calls) in (3, 4)
    assert not poller.is_running


def test_two_views_of_a_deployment_share_one_poller(session: Session[Client], deployment: Deployment[Client]) -> None:
    assert Desk.of(session).poller(deployment) is Desk.of(session).poller(deployment)


@pytest.mark.parametrize(
    ("stage", "reads"),
    [
        ("created", {"refresh_bids", "status"}),
        ("bids", {"refresh_bids", "status"}),
        ("leased", {"status"}),
        ("running", {"status"}),
        ("ended", {"refresh_bids", "status"}),
        ("closed", set()),
    ],
)
def test_a_poller_reads_what_the_stage_needs_and_nothing_while_a_verb_runs(stage: str, reads: set[str]) -> None:
    assert set(reads_of(stage, is_busy=False)) == reads
    assert reads_of(stage, is_busy=True) == {}
