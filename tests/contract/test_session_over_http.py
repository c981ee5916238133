"""The session over a real socket, against the mock as a server: the same journey as in process."""

from __future__ import annotations

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from mock_server import MOCK_API_KEY, MockConsole, serve


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_the_whole_journey_over_http(dialect: str) -> None:
    console = MockConsole(dialect=dialect)  # type: ignore[arg-type]
    with serve(console) as server, akash.connect(MOCK_API_KEY, base_url=server.url) as session:
        session.client._sleep = console.sleep
        deployment = session.deploy(WEB_SDL, deposit_usd=5)
        bids = deployment.wait_for_bids()
        deployment.lease(akash.policy.cheapest().audited())
        status = deployment.wait_until_ready()
        money = deployment.deposit(1)
        deployment.update(WEB_SDL.replace("1.27", "1.28"))
        receipt = deployment.close()

    assert session.dialect == dialect
    assert bids.covers_all_groups
    assert status.uris
    assert money.left_usd is not None
    assert 5 < money.left_usd <= 6
    assert receipt.deposited_usd == 6


def test_a_mock_behind_an_address_is_recognised_and_marked() -> None:
    """Whoever points a live session at a mock sees MOCK, not dollars."""
    with serve(MockConsole()) as server, akash.connect(MOCK_API_KEY, base_url=server.url) as session:
        session.wallet()

        assert session.is_mock


def test_bids_are_dated_by_the_clock_of_the_service() -> None:
    """The mock's year is not ours; ages of bids must not know."""
    console = MockConsole()
    with serve(console) as server, akash.connect(MOCK_API_KEY, base_url=server.url) as session:
        session.client._sleep = console.sleep
        ages = session.deploy(WEB_SDL).wait_for_bids().frame()["age_s"]

    assert ages.between(0, 120).all()
