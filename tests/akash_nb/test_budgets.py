"""A budget holds: what is beyond it never leaves, and the service does not spend by itself."""

from __future__ import annotations

import asyncio
import gc
import pickle
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from weakref import ref

import httpx
import pytest

import akash_nb as akash
from akash_nb.client import AsyncClient, Client
from akash_nb.curfew import Curfew
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import (
    AkashError,
    InvalidInputError,
    LeaseFailedError,
    OutcomeUnknownError,
    OverBudgetError,
    UnconfirmedError,
)
from akash_nb.journal import Journal
from akash_nb.purse import Purse
from akash_nb.session import Session
from mock_server import MOCK_API_KEY, MockConsole
from tests.akash_nb.records import NOW, status

DAY_S = 86_400
#: Some $2 a day, so that the smallest deposit is soon used up.
DEAR_SDL = akash.sdl.build(image="nginx:1.27", cpu=16, memory="16Gi", max_price="$5/h")
SPENDING = {"createDeployment", "createLease", "depositDeployment", "updateDeploymentSettings"}


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def session(console: MockConsole) -> Any:
    with akash.connect(mock=console) as session:
        yield session


def operations(console: MockConsole) -> list[str]:
    return [call.operation for call in console.calls]


def leased(session: Any, sdl: str = WEB_SDL, *, confirm: bool = False, **how: Any) -> Any:
    deployment = session.deploy(sdl, confirm=confirm, **how)
    deployment.wait_for_bids()
    deployment.lease(confirm=confirm)
    return deployment


def interleaved(session: Any, flows: Sequence[Any]) -> list[AkashError]:
    """Run flows in turns, a step each; the errors of those that failed."""
    turns = [(session.client._steps(flow), None) for flow in flows]
    errors = []
    while turns:
        steps, answer = turns.pop(0)
        try:
            turns.append((steps, session.client._do(steps.send(answer))))
        except StopIteration:
            continue
        except AkashError as error:
            errors.append(error)
    return errors


def lose_a_create(session: Any, console: MockConsole, monkeypatch: pytest.MonkeyPatch, sdl: str, **how: Any) -> None:
    """A create that works, whose answer is lost, and that appears later."""
    console.faults.drop("createDeployment", when="after")
    with monkeypatch.context() as patch:
        patch.setattr("akash_nb.flows.create.match", lambda *_: None)
        with pytest.raises(OutcomeUnknownError):
            session.deploy(sdl, **how)


class Unmarked(httpx.BaseTransport):
    """A service that does not say that it is a mock."""

    def __init__(self, console: MockConsole) -> None:
        self.inner = console.transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        del response.headers["x-akash-mock"]
        return response


def unmarked(console: MockConsole, journal: Journal | None = None) -> Session[Client]:
    """A session that takes the mock for a live service."""
    return Session(
        Client(MOCK_API_KEY, base_url="https://console.invalid", transport=Unmarked(console), sleep=console.sleep),
        background=lambda: AsyncClient(MOCK_API_KEY, transport=console.transport()),
        journal=journal or Journal(None, "here"),
        is_mock=False,
        now=lambda: datetime.fromtimestamp(console.now, UTC),
    )


# What a budget is


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


# Doubt


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


# The service's own funding


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


# Time


def test_a_deposit_left_to_a_budget_with_a_time_fills_the_escrow_for_just_that_time(session: Any) -> None:
    with akash.budget(usd=50, ttl="4d"):
        deployment = session.deploy(DEAR_SDL)
        assert deployment.runway.left_usd == Decimal("0.5")
        deployment.wait_for_bids()
        deployment.lease()

    money = deployment.runway
    time_left = (deployment.ends_at - session.now()).total_seconds()
    assert float(money.seconds_left) == pytest.approx(time_left, rel=0.01)


def test_the_escrow_is_filled_only_as_far_as_the_budget_goes(session: Any) -> None:
    with akash.budget(usd=2, ttl="4d") as budget:
        deployment = leased(session, DEAR_SDL)

    assert deployment.state.escrow.put_in.usd() == 2
    assert budget.left_usd == 0
    assert deployment.runway.seconds_left < 4 * DAY_S


def test_a_deployment_past_its_time_is_closed(session: Any, console: MockConsole) -> None:
    with akash.budget(ttl="1h"):
        deployment = leased(session)
    console.advance(3_700)
    receipts = session.close_expired()

    assert [receipt.dseq for receipt in receipts] == [deployment.dseq]
    assert deployment.stage == "closed"
    assert deployment.ends_at is None


def test_past_its_time_nothing_more_is_put_in(session: Any, console: MockConsole) -> None:
    with akash.budget(ttl="1h"):
        deployment = leased(session)
    session.curfew.stop()  # as where the process was suspended: nobody has closed it yet
    console.advance(3_700)

    for spend in (lambda: deployment.deposit(1), lambda: deployment.update(WEB_SDL.replace("nginx", "caddy"))):
        with pytest.raises(OverBudgetError, match="The time of deployment"):
            spend()


def test_the_time_outlives_the_kernel(console: MockConsole) -> None:
    journal = Journal(None, "here")
    with akash.budget(ttl="1h"):
        deployment = leased(unmarked(console, journal), confirm=True)
    again = unmarked(console, journal)
    again.resume()
    console.advance(3_700)
    again.wallet()  # the service's clock comes with its answers

    assert [receipt.dseq for receipt in again.close_expired()] == [deployment.dseq]


def test_the_watch_closes_by_itself_and_then_ends(session: Any, console: MockConsole) -> None:
    with akash.budget(ttl="1h"):
        deployment = leased(session)
    session.curfew.stop()
    console.advance(3_700)
    curfew = session.curfew = Curfew(session)
    curfew.set(deployment.dseq, session.now())
    assert curfew._task is not None
    curfew._task.result(timeout=30)

    assert deployment.stage == "closed"


def test_the_strictest_and_earliest_limit_is_the_one_that_outlives_the_kernel(console: MockConsole) -> None:
    journal = Journal(None, "here")
    with akash.budget(ttl="1h"), akash.budget(ttl="9h"):
        unmarked(console, journal).deploy(WEB_SDL, confirm=True)
    (deployment,) = unmarked(console, journal).resume()
    limit = deployment.ends_at
    deployment.wait_for_bids()
    with akash.budget(ttl="9h"), akash.budget(ttl="8h"):
        deployment.lease(confirm=True)

    entry = journal.entry(deployment.dseq)
    assert entry is not None
    assert entry.ends_at == deployment.ends_at == limit


def test_what_has_a_time_limit_is_not_topped_up_though_its_budget_went_with_the_kernel(console: MockConsole) -> None:
    journal = Journal(None, "here")
    with akash.budget(ttl="1h"):
        unmarked(console, journal).deploy(DEAR_SDL, confirm=True)
    (deployment,) = unmarked(console, journal).resume()
    deployment.wait_for_bids()
    deployment.lease(confirm=True)
    console.advance(60)
    deployment.status()

    assert deployment.topped_up_usd == 0


def test_no_wait_keeps_a_deployment_open_past_its_time(session: Any, console: MockConsole) -> None:
    with akash.budget(ttl="1h"):
        deployment = leased(session)
    session.curfew.stop()
    console.faults.provider_down()
    deployment.wait_until_ready(timeout_s=DAY_S)

    assert deployment.activity is None
    assert session.now() - deployment.ends_at < timedelta(seconds=10)


def test_a_session_lives_until_its_last_time_limit(console: MockConsole) -> None:
    session = unmarked(console)
    with akash.budget(ttl="1h"):
        dseq = leased(session, confirm=True).dseq
    curfew, session_ref = session.curfew, ref(session)
    del session
    gc.collect()

    assert session_ref() is not None
    assert curfew.ends_at(dseq) is not None
    curfew.stop()


# Real money


@pytest.mark.parametrize(
    "spend",
    [
        lambda d: d.session.deploy(WEB_SDL),
        lambda d: d.lease(),
        lambda d: d.deposit(1),
        lambda d: d.auto_top_up(True),
    ],
    ids=["deploy", "lease", "deposit", "auto_top_up"],
)
def test_on_a_live_service_each_spending_verb_asks_for_a_yes(console: MockConsole, spend: Any) -> None:
    deployment = unmarked(console).deploy(WEB_SDL, confirm=True)
    deployment.wait_for_bids()
    before = [op for op in operations(console) if op in SPENDING]

    with pytest.raises(UnconfirmedError, match="real money") as caught:
        spend(deployment)
    assert "confirm=True" in str(caught.value)
    assert [op for op in operations(console) if op in SPENDING] == before


def test_what_was_said_yes_to_is_done_and_what_is_leased_needs_no_second_yes(console: MockConsole) -> None:
    session = unmarked(console)
    deployment = session.deploy(WEB_SDL, confirm=True)
    deployment.wait_for_bids()
    deployment.lease(confirm=True)
    deployment.deposit(1, confirm=True)
    deployment.lease()  # the manifest again

    assert deployment.close().deposited_usd >= 6


# The purse alone


@pytest.mark.parametrize(
    ("lease_exists", "counted"), [(None, "0.8"), (True, "0.8"), (False, "0")], ids=["unknown", "made", "not made"]
)
def test_a_lease_is_counted_unless_it_certainly_was_not_made(lease_exists: bool | None, counted: str) -> None:
    purse = Purse(own=akash.budget(usd_per_hour=1))

    def lease() -> None:
        with purse.leasing(status(rate=None), Decimal("0.8"), NOW) as attempt:
            attempt.is_sent = True
            raise LeaseFailedError("It failed.", cause="other", lease_exists=lease_exists)

    with pytest.raises(LeaseFailedError):
        lease()

    assert purse.own is not None
    assert purse.own.running_usd_per_hour == Decimal(counted)


def test_what_was_paid_under_a_budget_stays_counted_when_it_is_leased_anew() -> None:
    purse = Purse(own=akash.budget(usd=10))
    with purse.leasing(status(funds="5000000", rate=None), Decimal("0.1"), NOW):
        pass
    with purse.leasing(status(funds="3000000", transferred="2000000", rate=None), Decimal("0.1"), NOW):
        pass

    assert purse.own is not None
    assert purse.own.bound_usd == 5
