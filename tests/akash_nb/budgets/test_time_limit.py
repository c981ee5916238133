"""A deployment whose time is over is closed, whoever is there to do it."""

from __future__ import annotations

import gc
from datetime import timedelta
from decimal import Decimal
from typing import Any
from weakref import ref

import pytest

import akash_nb as akash
from akash_nb.curfew import Curfew
from akash_nb.demo import WEB_SDL
from akash_nb.errors import OverBudgetError
from akash_nb.journal import Journal
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DAY_S, DEAR_SDL, leased, unmarked


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
