"""The panel under a budget: what it says, what it asks, and that its buttons keep to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError, OverBudgetError
from akash_nb.session import Session
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DEAR_SDL, unmarked


def answered(panel: LifecyclePanel, name: str, **values: str) -> str:
    """Press, say yes, wait; the question."""
    panel.press(name, **values)
    question = panel.question
    panel.confirm()
    panel.wait()
    return question


def figures(panel: LifecyclePanel) -> dict[str, str]:
    return {figure["label"]: figure["value"] for figure in panel.view["money"]}


def test_the_usual_deposit_follows_the_budget(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    usual = panel.view["deposit"]
    session.budget = akash.budget(usd=3)

    assert (usual, panel.view["deposit"]) == ("5", "3")
    assert figures(panel)["Budget left"] == "$3.00"


def test_the_question_says_what_the_budget_is(session: Session[Client]) -> None:
    session.budget = akash.budget(usd=3)
    panel = LifecyclePanel(session)
    panel.press("create")

    assert panel.question == (
        "Lock $3.00 of MOCK money in the deployment's escrow? Under a budget: $3.00 of $3.00 left."
    )


def test_a_button_beyond_the_budget_is_refused_and_says_why(session: Session[Client], console: MockConsole) -> None:
    session.budget = akash.budget(usd=3)
    panel = LifecyclePanel(session)
    answered(panel, "create", usd="5")

    assert isinstance(panel.problem, OverBudgetError)
    assert "beyond the budget" in panel.view["error"]["what"]
    assert console.count("createDeployment") == 0


def test_under_a_time_limit_the_lease_fills_the_escrow_and_its_question_says_so(session: Session[Client]) -> None:
    session.sdl = DEAR_SDL
    session.budget = akash.budget(usd=50, ttl="4d")
    panel = LifecyclePanel(session)
    answered(panel, "create")
    panel.press("wait")
    panel.wait()
    question = answered(panel, "lease", policy="cheapest")

    assert "to the escrow, which then lasts 4 d?" in question
    assert figures(panel)["Closes in"].startswith("3 d 23 h")
    assert figures(panel)["Lasts"].startswith("3 d 23 h")


def test_what_was_asked_is_locked_or_nothing_is() -> None:
    console = MockConsole(dialect="guide")  # of whose larger smallest deposit nobody knows before the first answer
    with akash.connect(mock=console) as session:
        session.sdl = WEB_SDL
        session.budget = akash.budget(usd=8, ttl="4h")
        panel = LifecyclePanel(session)
        first = answered(panel, "create")
        created = console.count("createDeployment")
        second = answered(panel, "create")

    assert "$0.50" in first
    assert created == 0
    assert "$5.00" in second
    assert session.deployments[0].runway.left_usd == 5


def test_a_yes_to_the_question_is_the_confirmation_that_a_live_service_needs(console: MockConsole) -> None:
    session = unmarked(console)
    session.sdl = WEB_SDL
    panel = LifecyclePanel(session)
    question = answered(panel, "create")

    assert "real money" in question
    assert panel.problem is None
    assert console.count("createDeployment") == 1


def test_more_time_is_asked_for_first_and_moves_no_money(session: Session[Client], console: MockConsole) -> None:
    session.budget = akash.budget(usd=3, ttl="1h")
    panel = LifecyclePanel(session)
    answered(panel, "create")
    assert panel.deployment is not None
    before = panel.deployment.ends_at
    spent = console.count("depositDeployment")
    question = answered(panel, "extend", by="2h")

    assert before is not None
    assert panel.deployment.ends_at == before + timedelta(hours=2)
    assert f"2 h more, until {panel.deployment.ends_at:%Y-%m-%d %H:%M} UTC?" in question
    assert "from its escrow, with MOCK money; nothing is added" in question
    assert console.count("depositDeployment") == spent
    assert figures(panel)["Closes in"] == "3 h"


def test_the_button_for_more_time_is_there_only_where_time_is_limited(session: Session[Client]) -> None:
    panel = LifecyclePanel(session)
    answered(panel, "create")
    hidden = panel.view["hidden"]
    with pytest.raises(InvalidInputError, match="No budget gives it a time limit"):
        panel.press("extend")
    answered(panel, "close")
    panel.press("new")
    session.budget = akash.budget(ttl="1h")
    answered(panel, "create")

    assert "extend" in hidden
    assert "extend" not in panel.view["hidden"]
    with pytest.raises(InvalidInputError, match="is no time"):
        panel.press("extend", by="soon")
