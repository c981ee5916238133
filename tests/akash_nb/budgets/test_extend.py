"""More time than a budget gave: a deployment is closed later, everywhere, and no money moves."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.curfew import Curfew
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError, JournalError, OverBudgetError, UnconfirmedError
from akash_nb.journal import Journal
from akash_nb.widgets import LifecyclePanel, RunningView
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DEAR_SDL, leased, operations, unmarked

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is past its time is closed where a test says so, and not meanwhile."""

    async def nothing(_: Curfew) -> None:
        return

    monkeypatch.setattr(Curfew, "_watch", nothing)


@pytest.fixture
def limited(session: Any) -> Any:
    """A deployment that runs, and that its budget has closed after an hour."""
    with akash.budget(usd=5, ttl="1h"):
        return leased(session, deposit_usd=2)


def state_of(console: MockConsole, dseq: str) -> str:
    with console.world() as world:
        return next(d.state for d in world.deployments.values() if str(d.dseq) == dseq)


@pytest.mark.parametrize("by", ["2h", "1 h 60 min", 7_200, timedelta(hours=2)], ids=str)
def test_it_is_closed_that_much_later(session: Any, console: MockConsole, limited: Any, by: Any) -> None:
    before = limited.ends_at
    after = limited.extend(by)
    console.advance(2.5 * 3_600)
    too_early = session.close_expired()
    console.advance(3_600)
    receipts = session.close_expired()

    assert after == before + 2 * HOUR
    assert too_early == ()
    assert [receipt.dseq for receipt in receipts] == [limited.dseq]
    assert limited.stage == "closed"


def test_the_journal_keeps_the_new_limit_and_what_it_was(session: Any, limited: Any) -> None:
    before = limited.ends_at
    after = limited.extend("2h")
    (note,) = session.journal.done("extend", limited.dseq)

    assert session.journal.entry(limited.dseq).ends_at == limited.ends_at == after
    assert note.detail == {"before": before.isoformat(), "ends_at": after.isoformat()}


def test_it_reads_once_and_moves_no_money(session: Any, console: MockConsole, limited: Any) -> None:
    (budget,) = limited.budgets
    wallet, bound, put_in = session.wallet(), budget.bound_usd, limited.state.escrow.put_in
    before = len(console.calls)
    limited.extend("40h")

    assert operations(console)[before:] == ["getDeployment"]
    assert session.wallet() == wallet
    assert limited.status().escrow.put_in == put_in
    assert (budget.bound_usd, budget.left_usd) == (bound, 5 - bound)


def test_past_the_old_limit_funds_may_be_added_as_far_as_the_budget_has_some_left(
    console: MockConsole, limited: Any
) -> None:
    limited.extend("2h")
    console.advance(2 * 3_600)
    limited.deposit(1)

    with pytest.raises(OverBudgetError, match=r"\$2\.00 of \$5\.00 is left"):
        limited.deposit(3)


def test_of_two_budgets_the_earlier_limit_is_moved_and_the_later_one_stays(session: Any) -> None:
    with akash.budget(ttl="1h"), akash.budget(ttl="4h"):
        deployment = leased(session)
    start = deployment.ends_at - HOUR

    assert deployment.extend("2h") == start + 3 * HOUR
    assert deployment.extend("2h") == start + 5 * HOUR
    assert session.context.purse.ends_at(deployment.dseq) == start + 5 * HOUR


def test_time_that_is_over_already_is_given_from_now_on(session: Any, console: MockConsole, limited: Any) -> None:
    console.advance(5 * 3_600)
    session.wallet()

    assert limited.extend("1h") - session.now() == HOUR
    assert session.close_expired() == ()


def test_before_the_lease_its_escrow_is_then_filled_for_the_longer_time(session: Any) -> None:
    with akash.budget(usd=50, ttl="4d"):
        deployment = session.deploy(DEAR_SDL)
    deployment.extend("4d")
    assert deployment.runway.left_usd == Decimal("0.5")
    deployment.wait_for_bids()
    deployment.lease()

    assert float(deployment.runway.seconds_left) == pytest.approx(8 * 86_400, rel=0.01)


def test_a_stricter_budget_later_still_has_it_closed_earlier(session: Any) -> None:
    with akash.budget(ttl="9h"):
        deployment = session.deploy(WEB_SDL)
    deployment.extend("9h")
    deployment.wait_for_bids()
    with akash.budget(ttl="1h"):
        deployment.lease()

    assert deployment.ends_at == session.context.purse.ends_at(deployment.dseq)
    assert deployment.ends_at - session.now() <= HOUR


# Other kernels and notebooks


def test_the_new_limit_outlives_the_kernel(console: MockConsole) -> None:
    journal = Journal(None, "here")
    with akash.budget(ttl="1h"):
        until = leased(unmarked(console, journal), confirm=True).extend("2h", confirm=True)
    again = unmarked(console, journal)
    (found,) = again.resume()
    console.advance(2 * 3_600)
    again.wallet()

    assert found.ends_at == until
    assert again.close_expired() == ()


def test_what_outlived_its_budget_can_be_given_more_time(console: MockConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(None, "here")
    with akash.budget(ttl="1h"):
        before = leased(unmarked(console, journal), confirm=True).ends_at
    monkeypatch.setattr("akash_nb.purse._UNDER", {})  # the budget went with its kernel
    (found,) = unmarked(console, journal).resume()

    assert found.budgets == ()
    assert found.extend("2h", confirm=True) == before + 2 * HOUR


def test_an_awaited_session_gives_more_time_too(console: MockConsole) -> None:
    async def journey() -> timedelta:
        async with akash.connect_async(mock=console) as session:
            with akash.budget(ttl="1h"):
                deployment = await session.deploy(WEB_SDL)
            before = deployment.ends_at
            assert before is not None
            return await deployment.extend("2h") - before

    assert asyncio.run(journey()) == 2 * HOUR


def test_another_notebook_that_knows_the_old_limit_does_not_close_it(console: MockConsole) -> None:
    journal = Journal(None, "here")
    here, there = unmarked(console, journal), unmarked(console, journal)
    with akash.budget(ttl="1h"):
        deployment = leased(here, confirm=True)
    (other,) = there.resume()
    until = deployment.extend("2h", confirm=True)
    console.advance(2 * 3_600)
    there.wallet()
    assert there.close_expired() == ()
    assert other.ends_at == until

    console.advance(2 * 3_600)
    there.wallet()
    assert [receipt.dseq for receipt in there.close_expired()] == [deployment.dseq]


# What is refused


def test_what_is_closed_has_no_more_time(limited: Any) -> None:
    limited.close()

    with pytest.raises(InvalidInputError, match="is closed"):
        limited.extend("1h")
    assert limited.ends_at is None


def test_what_was_closed_elsewhere_is_found_out(session: Any, limited: Any) -> None:
    session.client.deployments.close(limited.dseq)

    with pytest.raises(InvalidInputError, match="is closed"):
        limited.extend("1h")
    assert limited.stage == "closed"


def test_what_has_no_limit_needs_no_more_time(session: Any) -> None:
    deployment = leased(session)

    with pytest.raises(InvalidInputError, match="has no time limit") as caught:
        deployment.extend("1h")
    assert "until its escrow is empty" in str(caught.value)
    assert deployment.ends_at is None


def test_a_lease_that_has_ended_needs_none_either(session: Any, console: MockConsole) -> None:
    console.faults.lease_lost(60)
    with akash.budget(ttl="1h"):
        deployment = leased(session)
    console.advance(120)
    before = deployment.ends_at

    with pytest.raises(InvalidInputError, match="has ended"):
        deployment.extend("1h")
    assert deployment.ends_at == before


@pytest.mark.parametrize(
    "by",
    ["soon", 0, "0h", -1, timedelta(0), timedelta(hours=-1), float("inf"), float("nan"), True, "1000000 d"],
    ids=str,
)
def test_what_is_no_time_is_refused_before_anything_is_asked(console: MockConsole, limited: Any, by: Any) -> None:
    before, asked = limited.ends_at, len(console.calls)

    with pytest.raises(InvalidInputError, match="is no time"):
        limited.extend(by)
    assert limited.ends_at == before
    assert len(console.calls) == asked


def test_on_a_live_service_it_asks_for_a_yes(console: MockConsole) -> None:
    with akash.budget(ttl="1h"):
        deployment = leased(unmarked(console), confirm=True)
    before = deployment.ends_at

    with pytest.raises(UnconfirmedError, match="real money for 2 h longer"):
        deployment.extend("2h")
    assert deployment.ends_at == before


def test_without_a_journal_the_limit_stays(limited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise JournalError("The disk is full.")

    before = limited.ends_at
    monkeypatch.setattr(Journal, "limit", full)

    with pytest.raises(JournalError):
        limited.extend("1h")
    assert limited.ends_at == limited.session.context.purse.ends_at(limited.dseq) == before


# What is seen of it


def test_card_and_views_show_the_new_time(session: Any, limited: Any) -> None:
    views = LifecyclePanel(limited), RunningView(limited)
    limited.extend("2 h 30 min")
    shown = [{each["label"]: each["value"] for each in view.view["money"]} for view in views]
    for view in views:
        view.close()

    assert [each["Closes in"] for each in shown] == ["3 h 29 min"] * 2
    assert f"closes    in 3 h 29 min, at {limited.ends_at:%Y-%m-%d %H:%M:%S} UTC" in str(limited)


def test_where_the_escrow_is_empty_before_that_it_says_so(session: Any) -> None:
    with akash.budget(usd=50, ttl="4d"):
        deployment = leased(session, DEAR_SDL)
    deployment.extend("1d")

    assert f"closes at {deployment.ends_at:%Y-%m-%d %H:%M} UTC. Its escrow lasts 4 d" in session.notice
    assert "add funds if it is to run longer" in session.notice
