"""What others do to a budget: somebody at the Console, and clocks that are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

import akash_nb as akash
from akash_nb.client import deployment_settings
from akash_nb.engine import Engine
from akash_nb.errors import InvalidInputError
from akash_nb.journal import Journal
from akash_nb.widgets import LifecyclePanel
from mock_server import MockConsole
from tests.akash_nb.budgets.shared import DEAR_SDL, leased, operations, unmarked

HOUR_S = 3_600
DAY_S = 24 * HOUR_S


@pytest.fixture
def allowed_again(session: Any, console: MockConsole) -> Any:
    """A deployment under a budget of a dollar, which somebody else lets the service top up."""
    with akash.budget(usd=1):
        deployment = leased(session, DEAR_SDL)
    session.client.run(deployment_settings.set_auto_top_up(deployment.dseq, True))
    console.advance(2 * HOUR_S)
    return deployment


# Somebody at the Console


def test_where_somebody_allows_automatic_funding_again_the_next_read_forbids_it(
    session: Any, console: MockConsole, allowed_again: Any
) -> None:
    allowed_again.status()
    added, notice = allowed_again.topped_up_usd, session.notice
    console.advance(DAY_S)
    allowed_again.status()

    assert added > 1
    assert "came into the escrow of" in notice
    assert "told again not to add funds" in notice
    assert allowed_again.topped_up_usd == added
    assert operations(console).count("updateDeploymentSettings") == 3  # before the lease, by somebody, and again


def test_where_it_cannot_be_forbidden_the_read_is_good_and_says_so(
    session: Any, console: MockConsole, allowed_again: Any
) -> None:
    console.faults.status(500, "updateDeploymentSettings", times=None)

    assert allowed_again.status().live_leases
    assert "could not be switched off" in session.notice


def test_what_somebody_put_in_is_not_hidden(allowed_again: Any) -> None:
    (budget,) = allowed_again.budgets
    panel = LifecyclePanel(allowed_again)
    allowed_again.status()
    shown = {each["label"]: each["value"] for each in panel.view["money"]}
    panel.close()
    beyond = f"{budget.bound_usd - 1:.2f}"

    assert Decimal(beyond) > 1
    assert str(budget) == f"budget: ${beyond} beyond its $1.00"
    assert shown["Budget left"] == f"-${beyond}"
    assert budget.left_usd == 0


def test_without_a_budget_the_service_may(session: Any, console: MockConsole) -> None:
    deployment = leased(session, DEAR_SDL, deposit_usd=1)
    console.advance(3 * DAY_S)
    deployment.status()

    assert "updateDeploymentSettings" not in operations(console)


def test_what_was_put_in_from_another_notebook_is_one_s_own(console: MockConsole) -> None:
    journal = Journal(None, "here")
    here, there = unmarked(console, journal), unmarked(console, journal)
    with akash.budget(usd=9):
        deployment = leased(here, DEAR_SDL, confirm=True, deposit_usd=2)
    (other,) = there.resume()
    other.deposit(1, confirm=True)
    before = len(console.calls)
    put_in = deployment.state.escrow.put_in
    deployment.status()

    assert deployment.state.escrow.put_in != put_in
    assert "updateDeploymentSettings" not in operations(console)[before:]


# Clocks


class OddDate(httpx.BaseTransport):
    """The first answer has a date that is off."""

    def __init__(self, inner: httpx.BaseTransport, off: timedelta) -> None:
        self.inner, self.off = inner, off

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.inner.handle_request(request)
        odd = datetime.strptime(response.headers["date"], "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=UTC) + self.off
        response.headers["date"] = format_datetime(odd, usegmt=True)
        self.off = timedelta(0)
        return response


@pytest.fixture
def limited(console: MockConsole) -> Any:
    """A deployment that is closed after four hours, on a service with its own clock; nobody watches."""
    session = unmarked(console)
    with akash.budget(ttl="4h"):
        deployment = leased(session, confirm=True)
    session.curfew.stop()
    return deployment


def look(session: Any) -> None:
    """One look of the watch at the clock."""
    Engine.shared().submit(session.curfew._close_due()).result(timeout=30)


def test_one_answer_with_an_odd_date_closes_nothing(console: MockConsole, limited: Any) -> None:
    session = limited.session
    session.client._transport.inner = OddDate(console.transport(), timedelta(days=300))
    session.wallet()
    assert session.now() > limited.ends_at
    look(session)

    assert limited.stage != "closed"
    assert session.now() < limited.ends_at


def test_a_local_clock_that_is_behind_keeps_nothing_open(console: MockConsole, limited: Any) -> None:
    session, start = limited.session, limited.session.local_now()
    session.local_now = lambda: start - timedelta(days=2)
    console.advance(5 * HOUR_S)
    session.wallet()
    look(session)

    assert limited.stage == "closed"


def test_a_local_clock_that_is_ahead_closes_nothing_too_early(console: MockConsole, limited: Any) -> None:
    session, start = limited.session, limited.session.local_now()
    session.local_now = lambda: start + timedelta(days=2)
    look(session)

    assert limited.stage != "closed"


# Mistakes


@pytest.mark.parametrize("budget", [3, "3", {"usd": 3}], ids=str)
def test_what_is_no_budget_is_refused_when_it_is_set(session: Any, budget: Any) -> None:
    session.budget = good = akash.budget(usd=3)

    with pytest.raises(InvalidInputError, match="is no budget"):
        session.budget = budget
    assert session.budget is good


@pytest.mark.parametrize("limits", [{"usd": 1e300}, {"ttl": "1000000d"}, {"ttl": 1e30}], ids=str)
def test_a_limit_beyond_all_measure_is_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        akash.budget(**limits)
