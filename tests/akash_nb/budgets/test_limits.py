"""A budget holds: what is beyond it never leaves."""

from __future__ import annotations

import asyncio
import pickle
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, OverBudgetError
from akash_nb.journal import Journal
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DEAR_SDL, SPENDING, interleaved, leased, operations, unmarked


@pytest.mark.parametrize(
    "limits",
    [{}, {"usd": 0}, {"usd": "many"}, {"usd_per_hour": -1}, {"ttl": "soon"}, {"ttl": 0}, {"ttl": timedelta(0)}],
    ids=str,
)
def test_a_budget_without_a_limit_or_with_a_senseless_one_is_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        akash.budget(**limits)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("4h", 14_400), ("1 d 12 h", 129_600), ("90 min", 5_400), (60, 60), (timedelta(hours=1), 3_600), ("0.5h", 1_800)],
)
def test_times_are_read_as_people_write_them(given: Any, seconds: int) -> None:
    assert akash.budget(ttl=given).ttl_s == seconds


def test_a_budget_says_what_it_is_and_what_is_left() -> None:
    budget = akash.budget(usd="$3", usd_per_hour="1.5/h", ttl="4h")

    assert str(budget) == "budget: $3.00 of $3.00 left, $0.00/h of at most $1.50/h, each deployment closed after 4 h"


def test_a_budget_can_be_raised_and_is_checked_as_when_it_was_made(session: Any) -> None:
    with akash.budget(usd=3) as budget:
        budget.usd = 5.5
        session.deploy(WEB_SDL, deposit_usd=5)
        with pytest.raises(InvalidInputError):
            budget.usd_per_hour = "much"

    assert budget.left_usd == Decimal("0.5")


def test_a_refusal_travels_between_processes_with_its_budget() -> None:
    error = OverBudgetError("too much", budget=akash.budget(usd=3))

    assert pickle.loads(pickle.dumps(error)).budget.left_usd == 3


# What is refused


def test_a_deposit_beyond_it_is_refused_before_anything_leaves(session: Any, console: MockConsole) -> None:
    with akash.budget(usd=3) as budget, pytest.raises(OverBudgetError, match=r"\$5\.00 is beyond the budget") as caught:
        session.deploy(WEB_SDL, deposit_usd=5)

    assert "Nothing was sent" in str(caught.value)
    assert "createDeployment" not in operations(console)
    assert budget.left_usd == 3
    assert caught.value.budget is budget


def test_the_usual_deposit_is_what_the_budget_has_left(session: Any) -> None:
    with akash.budget(usd=3) as budget:
        deployment = session.deploy(WEB_SDL)

        assert deployment.runway.left_usd == 3
        assert budget.left_usd == 0


def test_adding_funds_beyond_it_is_refused_and_within_it_counted(session: Any, console: MockConsole) -> None:
    with akash.budget(usd=3) as budget:
        deployment = session.deploy(WEB_SDL, deposit_usd=2)
        deployment.deposit("0.75")
        with pytest.raises(OverBudgetError, match=r"\$0\.25 of \$3\.00 is left"):
            deployment.deposit(1)

    assert operations(console).count("depositDeployment") == 1
    assert budget.left_usd == Decimal("0.25")


def test_what_a_close_returns_counts_no_more(session: Any) -> None:
    with akash.budget(usd=3) as budget:
        receipt = leased(session, deposit_usd=3).close()
        again = session.deploy(WEB_SDL, deposit_usd=2)

    assert again.stage == "created"
    assert budget.bound_usd == receipt.paid_usd + 2


def test_a_lease_that_costs_too_much_per_hour_is_refused(session: Any, console: MockConsole) -> None:
    with akash.budget(usd_per_hour="0.0001"):
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        with pytest.raises(OverBudgetError, match="beyond the budget of") as caught:
            deployment.lease()

    assert "Nothing was sent" in str(caught.value)
    assert not SPENDING & set(operations(console)[-3:])


def test_the_price_per_hour_is_that_of_all_leases_together(session: Any) -> None:
    first = leased(session)
    rate = first.runway.usd_per_hour
    first.close()

    with akash.budget(usd_per_hour=rate * Decimal("1.5")) as budget:
        leased(session)
        second = session.deploy(WEB_SDL)
        second.wait_for_bids()
        with pytest.raises(OverBudgetError, match="beside"):
            second.lease()

    assert budget.running_usd_per_hour == session.deployments[1].runway.usd_per_hour


def test_what_was_deployed_before_is_counted_once_it_is_leased_here(session: Any) -> None:
    before = session.deploy(WEB_SDL, deposit_usd=5)
    before.wait_for_bids()

    with akash.budget(usd=3), pytest.raises(OverBudgetError, match=r"\$5\.00 is in escrows or paid already"):
        before.lease()


def test_of_what_ran_before_only_what_is_added_here_is_counted(session: Any) -> None:
    before = leased(session, deposit_usd=5)

    with akash.budget(usd=3, ttl="1h") as budget:
        before.deposit(1)

    assert budget.left_usd == 2
    assert before.ends_at is None


def test_what_runs_for_more_per_hour_than_allowed_is_given_no_funds(session: Any, console: MockConsole) -> None:
    deployment = leased(session, DEAR_SDL)
    with akash.budget(usd=50, usd_per_hour="0.001") as budget:
        with pytest.raises(OverBudgetError, match=r"/h is beyond the budget of \$0\.001/h"):
            deployment.deposit(1)

        budget.usd_per_hour = 1
        deployment.deposit(1)

    assert operations(console).count("depositDeployment") == 1
    assert budget.left_usd == 49


def test_a_deployment_stays_under_its_budget_after_the_block(session: Any) -> None:
    with akash.budget(usd=3):
        deployment = session.deploy(WEB_SDL, deposit_usd=3)

    with pytest.raises(OverBudgetError):
        deployment.deposit(1)
    assert session.deploy(WEB_SDL, deposit_usd=5).stage == "created"


def test_of_two_budgets_both_must_allow_it_and_a_refused_one_counts_nothing(session: Any) -> None:
    with akash.budget(usd=10) as outer, akash.budget(usd=2) as inner, pytest.raises(OverBudgetError) as caught:
        session.deploy(WEB_SDL, deposit_usd=5)

    assert caught.value.budget is inner
    assert outer.bound_usd == inner.bound_usd == 0


def test_a_session_has_a_budget_of_its_own_until_it_is_taken_away(session: Any) -> None:
    session.budget = akash.budget(usd=1)
    with pytest.raises(OverBudgetError):
        session.deploy(WEB_SDL, deposit_usd=5)
    session.budget = None

    assert session.deploy(WEB_SDL, deposit_usd=5).budgets == ()


def test_an_awaited_session_keeps_it_too(console: MockConsole) -> None:
    async def journey() -> Any:
        async with akash.connect_async(mock=console) as session:
            with akash.budget(usd=3) as budget:
                await session.deploy(WEB_SDL, deposit_usd=2)
                with pytest.raises(OverBudgetError):
                    await session.deploy(WEB_SDL, deposit_usd=2)
            return budget.left_usd

    assert asyncio.run(journey()) == 1


def test_the_background_of_a_session_keeps_the_budget_of_the_block_it_was_started_in(session: Any) -> None:
    with akash.budget(usd=1):
        future = session.start(type(session).deploy.build(session, WEB_SDL, deposit_usd=5))

    with pytest.raises(OverBudgetError):
        future.result(timeout=30)


def test_a_budget_around_itself_counts_once(session: Any) -> None:
    session.budget = akash.budget(usd=3)
    with session.budget, session.budget:
        session.deploy(WEB_SDL, deposit_usd=2)

    assert session.budget.left_usd == 1


def test_tasks_beside_each_other_may_share_a_budget() -> None:
    budget = akash.budget(usd=3)

    async def inside(entered: asyncio.Event, until: asyncio.Event) -> None:
        with budget:
            entered.set()
            await until.wait()

    async def both() -> None:
        first, second = asyncio.Event(), asyncio.Event()
        await asyncio.gather(inside(first, second), inside(second, first))

    asyncio.run(both())


def test_what_is_refused_counts_nothing_and_changes_nothing(session: Any, console: MockConsole) -> None:
    idle = session.deploy(WEB_SDL, deposit_usd=5)
    idle.wait_for_bids()
    running = leased(session, DEAR_SDL, deposit_usd=1)
    before = len(console.calls)

    with akash.budget(usd=3) as budget:
        for spend in (idle.lease, lambda: running.deposit(100)):
            with pytest.raises(OverBudgetError):
                spend()

    assert budget.left_usd == 3
    assert idle.budgets == running.budgets == ()
    assert not SPENDING & set(operations(console)[before:])


def test_who_adds_funds_first_and_leases_then_has_all_of_it_counted(session: Any) -> None:
    before = session.deploy(WEB_SDL, deposit_usd=20)
    before.wait_for_bids()

    with akash.budget(usd=3):
        before.deposit(1)
        with pytest.raises(OverBudgetError, match=r"\$21\.00 is in escrows or paid already"):
            before.lease()


def test_two_leases_at_once_keep_below_the_price_per_hour_together(session: Any) -> None:
    with akash.budget(usd_per_hour="0.004") as budget:
        both = [session.deploy(WEB_SDL), session.deploy(WEB_SDL)]
        for deployment in both:
            deployment.wait_for_bids()
    errors = interleaved(session, [Deployment.lease.build(deployment) for deployment in both])

    assert [type(error) for error in errors] == [OverBudgetError]
    assert sum(deployment.runway.usd_per_hour for deployment in both) <= budget.usd_per_hour


def test_a_price_per_hour_that_was_read_from_a_frame_allows_just_that(console: MockConsole) -> None:
    session = unmarked(console)
    for _ in range(8):
        deployment = session.deploy(WEB_SDL, confirm=True)
        price = min(deployment.wait_for_bids().frame()["usd_hour"])
        with akash.budget(usd_per_hour=price):
            deployment.lease(akash.policy.cheapest(), confirm=True)

    assert all(deployment.stage != "bids" for deployment in session.deployments)


@pytest.mark.parametrize("closes", [False, True], ids=["before the lease", "before the close"])
def test_an_older_answer_changes_nothing(session: Any, closes: bool) -> None:
    with akash.budget(usd_per_hour=5) as budget:
        deployment = session.deploy(WEB_SDL)
        older = deployment.state
        deployment.wait_for_bids()
        newer = deployment.lease()
    if closes:
        deployment.close()
    running = budget.running_usd_per_hour
    deployment.saw(newer if closes else older)

    assert budget.running_usd_per_hour == running
    assert (running == 0) == closes


def test_a_lease_that_failed_leaves_its_price_to_others(session: Any, console: MockConsole) -> None:
    with akash.budget(usd_per_hour=5) as budget:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        console.faults.status(400, "createLease")
        with pytest.raises(akash.errors.LeaseFailedError):
            deployment.lease()

    assert budget.running_usd_per_hour == 0


def test_deployments_of_two_markets_with_one_number_are_two(console: MockConsole) -> None:
    with akash.connect(mock=console) as here, akash.connect(mock=MockConsole()) as there:
        with akash.budget(usd=10) as budget:
            first, second = here.deploy(WEB_SDL, deposit_usd=5), there.deploy(WEB_SDL, deposit_usd=5)
        first.close()

    assert first.dseq == second.dseq
    assert budget.left_usd == 5


def test_another_session_of_the_wallet_keeps_its_deployments_under_their_budgets(console: MockConsole) -> None:
    journal = Journal(None, "here")
    with akash.budget(usd=3):
        unmarked(console, journal).deploy(WEB_SDL, deposit_usd=3, confirm=True)
    (found,) = unmarked(console, journal).resume()

    with pytest.raises(OverBudgetError):
        found.deposit(1, confirm=True)


def test_what_was_closed_elsewhere_counts_no_more(session: Any) -> None:
    with akash.budget(usd=3) as budget:
        deployment = session.deploy(WEB_SDL, deposit_usd=3)
    session.client.deployments.close(deployment.dseq)
    session.resume()

    assert budget.left_usd == 3


def test_a_deposit_that_the_service_puts_in_place_of_the_one_asked_for_is_what_counts() -> None:
    console = MockConsole(default_deposit_usd="0.5")
    with akash.connect(mock=console) as session, akash.budget(usd=3) as budget:
        session.deploy(WEB_SDL, deposit_usd=3)

    assert budget.left_usd == Decimal("2.5")
