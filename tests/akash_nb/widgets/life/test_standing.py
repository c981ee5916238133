"""Where a deployment stands, in words that stay true when something ended elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import akash_nb as akash
from akash_nb import policy
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import AuthenticationError, InvalidInputError, OutcomeUnknownError
from akash_nb.session import Session
from akash_nb.widgets import BidTable, FleetView, LifecyclePanel, RunningView
from akash_nb.widgets.life.standing_view import standing
from akash_nb.widgets.parts.asking import STALE
from mock_server import MockConsole
from tests.akash_nb.records import bids, offer


def leased(deployment: Deployment[Client]) -> Deployment[Client]:
    deployment.lease(policy.cheapest())
    return deployment


def given_up(deployment: Deployment[Client], console: MockConsole) -> Deployment[Client]:
    """A deployment whose provider has given up its lease after a minute."""
    console.faults.lease_lost(60)
    leased(deployment).wait_until_ready()
    console.advance(600)
    deployment.status()
    return deployment


def close_elsewhere(console: MockConsole, deployment: Deployment[Client]) -> None:
    with akash.connect(mock=console) as other:
        next(d for d in other.resume() if d.dseq == deployment.dseq).close()


def test_a_lease_that_its_provider_gave_up_leaves_a_deployment_to_be_closed(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    view = LifecyclePanel(given_up(deployment, console)).view
    steps = {step["id"]: step for step in view["steps"]}

    assert (deployment.stage, view["stage"], view["next"]) == ("ended", "lease ended", "close")
    assert steps["running"]["detail"] == "leased for 1 min, then closed: unstable"
    assert steps["closed"]["state"] == "now"
    assert view["standing"].startswith(
        "Its provider has ended the lease: nothing runs, and nothing is paid. Close it. $"
    )
    assert view["notice"] == ""  # not that all services are up
    assert {m["label"]: m["value"] for m in view["money"]}["Lasts"] == "nothing drains it"
    assert "Per hour" not in {m["label"] for m in view["money"]}


def test_nothing_is_waited_for_or_leased_once_the_lease_has_ended(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    actions = LifecyclePanel(given_up(deployment, console)).view["actions"]

    for name in ("wait", "lease"):
        assert actions[name]["why"] == "Its lease has ended, and no new bids come: close it, and create it again."
    assert actions["update"]["why"]
    assert not actions["close"]["why"]


@pytest.mark.parametrize("verb", ["lease", "logs"])
def test_what_asks_for_a_lease_that_has_ended_is_told_so(
    deployment: Deployment[Client], console: MockConsole, verb: str
) -> None:
    given_up(deployment, console)

    with pytest.raises(InvalidInputError, match=r"has ended \(closed: unstable\)") as raised:
        getattr(deployment, verb)()

    assert raised.value.todo.startswith("Close it, and create it again")


def test_waiting_for_what_has_ended_does_not_speak_of_services_to_come(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    given_up(deployment, console).wait_until_ready()

    assert session.notice == ""


def test_nothing_is_put_into_an_escrow_that_nothing_drains_any_more(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    assert "Its lease has ended" in LifecyclePanel(given_up(deployment, console)).view["actions"]["deposit"]["why"]


def test_a_lease_that_ended_before_the_kernel_did_is_found_as_such(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    given_up(deployment, console)
    with akash.connect(mock=console) as other:
        assert [d.stage for d in other.resume()] == ["ended"]


def test_closing_what_has_no_lease_does_not_speak_of_something_that_runs(
    session: Session[Client], deployment: Deployment[Client]
) -> None:
    panel = LifecyclePanel(session)
    panel.press("close")
    assert "Nothing runs there, and $5.00 of MOCK money comes back" in panel.question

    leased(deployment)
    panel.press("close")
    assert "What runs there ends for good" in panel.question


@pytest.mark.parametrize("verb", ["deposit", "update"])
def test_what_was_closed_elsewhere_is_shown_closed_once_it_has_refused_something(
    deployment: Deployment[Client], console: MockConsole, verb: str
) -> None:
    leased(deployment).wait_until_ready()
    close_elsewhere(console, deployment)
    changed = deployment.sdl.replace("nginx:1.27", "nginx:1.28")

    with pytest.raises(InvalidInputError, match="is closed"):
        getattr(deployment, verb)(1 if verb == "deposit" else changed)

    assert deployment.stage == "closed"


def test_a_certificate_that_cannot_be_had_is_not_said_to_be_asked_for(
    session: Session[Client], console: MockConsole
) -> None:
    told: list[str] = []
    session.observe(lambda change: told.append(change["new"]), names="notice")
    console.faults.status(503, "createCertificate", times=None)

    with pytest.raises(OutcomeUnknownError):
        session.certificate()

    assert told[0].endswith("Service temporarily unavailable). A certificate costs nothing: asking for another.")
    assert session.notice == ""


def test_the_certificate_step_reads_the_wallet_too(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    assert panel.view["money"] == []
    panel.press("certificate")
    panel.wait()

    assert [figure["value"] for figure in panel.view["money"]] == ["$100.00"]


def test_a_refused_key_says_that_what_runs_costs_on(deployment: Deployment[Client], console: MockConsole) -> None:
    console.faults.status(401, times=None)

    with pytest.raises(AuthenticationError, match="what runs goes on, and costs on"):
        deployment.close()


def test_a_question_that_nobody_may_answer_any_more_says_why_it_is_gone(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    panel.press("create")
    session.sdl += "\n"
    assert (panel.view["question"], panel.view["stale"]) == (None, STALE)

    panel.press("create")
    assert panel.view["stale"] == ""
    panel.cancel()
    assert panel.view["stale"] == ""


def test_a_question_that_was_answered_is_not_said_to_be_gone(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    panel.press("create")
    panel.confirm()
    panel.wait()

    assert panel.view["stale"] == ""


@pytest.mark.parametrize("kind", [RunningView, FleetView])
def test_other_views_that_ask_say_it_too(
    session: Session[Client], deployment: Deployment[Client], kind: type[RunningView | FleetView]
) -> None:
    view = kind(session)
    view._put("close", "Close it?", lambda: None, lambda: deployment.stage)
    deployment.close()
    view.refresh()

    assert (view.question, view.view["stale"]) == ("", STALE)


def test_what_was_said_of_a_stage_is_not_said_of_the_next(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    assert session.notice == ""  # no longer that it exists: it has bids by now
    leased(deployment).wait_until_ready()
    session.notice = "All services are up."
    console.faults.provider_down()
    deployment.status()

    assert (deployment.stage, session.notice) == ("leased", "")


def test_each_stage_says_what_it_means_for_money_and_what_to_do(session: Session[Client], console: MockConsole) -> None:
    said = [standing(session, None)]
    deployment = session.deploy()
    said.append(standing(session, deployment))
    deployment.wait_for_bids()
    said.append(standing(session, deployment))
    leased(deployment)
    said.append(standing(session, deployment))
    deployment.wait_until_ready()
    said.append(standing(session, deployment))
    deployment.close()
    said.append(standing(session, deployment))

    parts = ("locks a deposit", "before there is a lease", "Pick a bid", "not all up yet", "It runs", "costs nothing")
    for text, part in zip(said, parts, strict=True):
        assert part in text
    assert len(set(said)) == len(said)


def test_a_pick_for_some_groups_only_says_that_the_rule_chooses_for_all(deployment: Deployment[Client]) -> None:
    deployment.gseqs = (1, 2)
    deployment.bids = bids(offer("a"), offer("b", gseq=2), gseqs=(1, 2))
    table = BidTable(deployment)
    table.selection = [offer("a").key]
    assert "You picked for 1 of 2 groups" in standing(deployment.session, deployment)
    assert "the chosen rule chooses for all" in standing(deployment.session, deployment)

    table.selection = [offer("a").key, offer("b", gseq=2).key]
    assert "You have picked a.example, b.example: lease next." in standing(deployment.session, deployment)


@pytest.mark.parametrize(("sdl", "part"), [("", "start from an example"), ("- a", "1 error to mend")])
def test_before_there_is_an_sdl_to_deploy_it_says_so(session: Session[Client], sdl: str, part: str) -> None:
    session.sdl = sdl

    assert part in standing(session, None)


def test_what_is_being_created_is_not_taken_for_something_from_before(session: Session[Client]) -> None:
    panel, seen = LifecyclePanel(session), []
    panel.observe(lambda change: seen.append(change["new"]["standing"]), names="view")
    session.deploy()

    assert seen
    assert not [text for text in seen if "from before" in text]


def test_lapsed_bids_say_what_comes_back(
    session: Session[Client], deployment: Deployment[Client], console: MockConsole
) -> None:
    console.advance(400)
    deployment.refresh_bids()

    assert standing(session, deployment).endswith("Close it and create it again. $5.00 comes back.")


def test_a_group_that_lost_its_lease_is_told_of_while_the_others_run(deployment: Deployment[Client]) -> None:
    leased(deployment).wait_until_ready()
    state = deployment.state
    assert state is not None
    (lease,) = state.leases
    lost = replace(lease, id=replace(lease.id, gseq=2), state="closed", reason="lease_closed_reason_unstable")
    deployment.saw(replace(state, leases=(lease, lost)))

    assert deployment.stage == "running"
    assert standing(deployment.session, deployment).startswith(
        "The lease of 1 of 2 groups has ended (closed: unstable)"
    )


def test_what_closed_by_itself_says_how(session: Session[Client], console: MockConsole) -> None:
    session.budget = akash.budget(usd=1)  # so that the service does not fill the escrow
    session.sdl = WEB_SDL.replace("units: 0.5", "units: 32").replace("512Mi", "64Gi")
    deployment = session.deploy(deposit_usd=0.5)
    deployment.wait_for_bids()
    leased(deployment)
    console.advance(86_400)
    deployment.status()

    assert standing(session, deployment).startswith("It is closed: its escrow ran empty.")


def test_what_was_closed_elsewhere_is_said_to_be(deployment: Deployment[Client], console: MockConsole) -> None:
    close_elsewhere(console, deployment)
    deployment.status()

    assert standing(deployment.session, deployment).startswith("It was closed, but not from here")


def test_why_no_bids_came_is_not_said_of_what_is_closed(session: Session[Client], console: MockConsole) -> None:
    console.faults.no_bids()
    deployment = session.deploy()
    deployment.explain()
    panel = LifecyclePanel(session)
    assert panel.view["explanation"]
    deployment.close()

    assert panel.view["explanation"] is None


def test_what_is_open_from_before_a_restart_is_said_first(tmp_path: Path) -> None:
    with akash.connect(mock=True, home=tmp_path) as before:
        before.deploy(WEB_SDL)
    with akash.connect(mock=True, home=tmp_path) as session:
        panel = LifecyclePanel(session)
        assert panel.view["standing"] == "1 deployment from before may still be open, and cost. Resume finds it."
        assert panel.view["next"] == "resume"

        panel.press("resume")
        panel.wait()
        panel.press("new")
        assert "from before" not in panel.view["standing"]
        assert panel.view["next"] != "resume"
