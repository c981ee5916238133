"""What may have been spent is counted until it is known not to be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError, OutcomeUnknownError
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DAY_S, DEAR_SDL, leased, lose_a_create, operations


def test_a_create_whose_answer_was_lost_is_counted_until_it_is_found(
    session: Any, console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    with akash.budget(usd=3, ttl="4h") as budget:
        lose_a_create(session, console, monkeypatch, WEB_SDL, deposit_usd=2)
        assert budget.bound_usd == 2

    (found,) = session.resume()

    assert budget.bound_usd == 2
    assert found.budgets == (budget,)
    assert found.ends_at is not None


def test_an_older_deployment_with_the_same_deposit_is_not_taken_for_the_lost_one(
    session: Any, console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = session.deploy(WEB_SDL, deposit_usd=2)
    with akash.budget(usd=3) as budget:
        lose_a_create(session, console, monkeypatch, DEAR_SDL, deposit_usd=2)
    lost, _ = session.resume()

    assert lost.budgets == (budget,)
    assert older.budgets == ()


def test_a_lost_one_that_was_left_to_the_budget_is_filled_all_the_same(
    session: Any, console: MockConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    with akash.budget(usd=50, ttl="4d"):
        lose_a_create(session, console, monkeypatch, DEAR_SDL)
        (found,) = session.resume()
        found.wait_for_bids()
        found.lease()

    assert found.runway.seconds_left > 3.9 * DAY_S


def test_what_never_came_counts_no_more_once_it_cannot_come(session: Any, console: MockConsole) -> None:
    with akash.budget(usd=3) as budget:
        deployment = leased(session, deposit_usd=1)
        for operation, spend in (
            ("createDeployment", lambda: session.deploy(WEB_SDL, deposit_usd=1)),
            ("depositDeployment", lambda: deployment.deposit(1)),
        ):
            console.faults.drop(operation, when="before")
            with pytest.raises(OutcomeUnknownError):
                spend()
        assert budget.left_usd == 0
        console.advance(3_600)
        session.resume()
        deployment.deposit("0.5")

    assert budget.left_usd == Decimal("1.5")


def test_an_interrupted_deposit_is_counted_once(session: Any, console: MockConsole) -> None:
    with akash.budget(usd=10) as budget:
        deployment = leased(session, deposit_usd=1)
        steps, answer = session.client._steps(Deployment.deposit.build(deployment, 2)), None
        while "depositDeployment" not in operations(console):
            answer = session.client._do(steps.send(answer))
        steps.close()
        assert budget.left_usd == 7
        deployment.status()

    assert budget.left_usd == 7


@pytest.mark.parametrize(("until", "counted"), [("updateDeploymentSettings", False), ("createLease", True)])
def test_an_interrupted_lease_is_counted_only_where_it_was_asked_for(
    session: Any, console: MockConsole, until: str, counted: bool
) -> None:
    with akash.budget(usd_per_hour="0.004") as budget:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        steps, answer = session.client._steps(Deployment.lease.build(deployment)), None
        while until not in operations(console):
            answer = session.client._do(steps.send(answer))
        steps.close()

    assert (budget.running_usd_per_hour > 0) == counted


def test_a_refusal_of_the_service_counts_nothing(session: Any, console: MockConsole) -> None:
    console.faults.insufficient_balance()
    with akash.budget(usd=3) as budget, pytest.raises(akash.errors.OutOfFundsError):
        session.deploy(WEB_SDL, deposit_usd=2)

    assert budget.bound_usd == 0


@pytest.mark.parametrize("refusal", ["no funds", "funding by itself stays on"])
def test_what_was_given_no_funds_after_all_is_under_no_budget(session: Any, console: MockConsole, refusal: str) -> None:
    deployment = leased(session, DEAR_SDL, deposit_usd=1)
    if refusal == "no funds":
        console.faults.insufficient_balance()
    else:
        console.faults.status(500, "updateDeploymentSettings", times=None)
    with akash.budget(usd=3) as budget, pytest.raises(AkashError):
        deployment.deposit(1)
    console.faults.clear()
    deployment.deposit(20)

    assert deployment.budgets == ()
    assert budget.left_usd == 3
