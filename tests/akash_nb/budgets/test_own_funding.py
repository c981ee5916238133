"""Under a budget the service does not put in anything by itself."""

from __future__ import annotations

from typing import Any

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from akash_nb.errors import OverBudgetError
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DAY_S, DEAR_SDL, leased, operations


def test_without_a_budget_the_service_puts_in_more_than_was_said(session: Any, console: MockConsole) -> None:
    deployment = leased(session, DEAR_SDL, deposit_usd=1)
    console.advance(3 * DAY_S)
    deployment.status()

    assert deployment.topped_up_usd > 1
    assert deployment.runway.spent_usd > 1


def test_under_a_budget_it_does_not_however_long_it_runs(session: Any, console: MockConsole) -> None:
    wealth = session.wallet().total_usd
    with akash.budget(usd=1):
        deployment = leased(session, DEAR_SDL)
    console.advance(3 * DAY_S)
    receipt = deployment.close()

    assert receipt.was_closed  # by the chain, when its deposit was used up
    assert receipt.paid_usd == 1
    assert session.wallet().total_usd == wealth - 1
    order = operations(console)
    assert order.index("updateDeploymentSettings") < order.index("createLease")


def test_where_it_cannot_be_switched_off_no_lease_is_made(session: Any, console: MockConsole) -> None:
    with akash.budget(usd=3):
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        console.faults.status(500, "updateDeploymentSettings", times=None)
        with pytest.raises(OverBudgetError, match="automatic funding"):
            deployment.lease()

    assert "createLease" not in operations(console)


@pytest.mark.parametrize("is_leased", [False, True], ids=["to be leased", "to be given funds"])
def test_what_comes_under_no_budget_since_it_cannot_be_switched_off_stays_as_it_was(
    session: Any, console: MockConsole, is_leased: bool
) -> None:
    """Else what the service puts in by itself would count."""
    deployment = leased(session) if is_leased else session.deploy(WEB_SDL)
    deployment.wait_for_bids()
    console.faults.status(500, "updateDeploymentSettings", times=None)
    budget = akash.budget(usd=6, ttl="4h")
    with budget, pytest.raises(OverBudgetError, match="automatic funding"):
        deployment.deposit(1) if is_leased else deployment.lease()
    session.resume()

    assert budget.left_usd == 6
    assert budget.running_usd_per_hour == 0
    assert deployment.budgets == ()
    assert deployment.ends_at is None


def test_what_was_under_a_budget_before_stays_under_it_though_a_lease_is_refused(
    session: Any, console: MockConsole
) -> None:
    with akash.budget(usd=6) as budget:
        deployment = session.deploy(WEB_SDL, deposit_usd=2)
        deployment.wait_for_bids()
        console.faults.status(500, "updateDeploymentSettings", times=None)
        with pytest.raises(OverBudgetError, match="automatic funding"):
            deployment.lease()

    assert budget.left_usd == 4
    assert deployment.budgets == (budget,)


def test_it_cannot_be_allowed_under_a_budget_and_can_without_one(session: Any) -> None:
    with akash.budget(usd=3):
        capped = session.deploy(WEB_SDL)
    free = session.deploy(WEB_SDL)

    with pytest.raises(OverBudgetError, match="knows none"):
        capped.auto_top_up(True)
    assert free.auto_top_up(True).auto_top_up
    assert not free.auto_top_up(False).auto_top_up


def test_the_guide_s_service_is_told_too() -> None:
    console = MockConsole(dialect="guide")
    with akash.connect(mock=console) as session, akash.budget(usd=8):
        deployment = leased(session, deposit_usd=5)
        console.advance(10 * DAY_S)
        assert deployment.close().topped_up_usd == 0
