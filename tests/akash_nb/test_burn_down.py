"""How an escrow went: reckoned back from what is left, by what was added and what the leases cost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from akash_nb.burn_down import BurnDown, burn_down
from akash_nb.client import Client
from akash_nb.connection import connect
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.widgets.life.running_view import burn_of, burn_view
from mock_server import MockConsole


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def deployment(console: MockConsole) -> Deployment[Client]:
    deployment = connect(mock=console).deploy(WEB_SDL)
    deployment.wait_for_bids()
    deployment.lease()
    console.advance(86_400)
    deployment.status()
    return deployment


def burn(deployment: Deployment[Client]) -> BurnDown:
    found = burn_of(deployment.session, deployment)
    assert found is not None
    return found


def near(usd: Decimal, other: Decimal | int | str, by: str = "0.0001") -> bool:
    return abs(usd - Decimal(other)) < Decimal(by)


def test_it_begins_with_the_deposit_and_is_now_what_is_left(deployment: Deployment[Client]) -> None:
    points, money = burn(deployment).points, deployment.runway

    assert points[0][0] == deployment.created_at
    assert near(points[0][1], 5)
    assert points[-1] == (deployment.session.now(), money.left_usd)


def test_it_is_flat_until_the_lease_and_falls_by_its_price(deployment: Deployment[Client]) -> None:
    points = burn(deployment).points
    (_, first), (leased, before), (now, left) = points
    hours = Decimal((now - leased) / timedelta(hours=1))

    assert first == before
    assert near((before - left) / hours, deployment.runway.usd_per_hour, "0.000001")


def test_a_deposit_is_a_step_up(deployment: Deployment[Client], console: MockConsole) -> None:
    deployment.deposit(2)
    console.advance(86_400)
    deployment.status()
    points = burn(deployment).points
    steps = [(a, b) for a, b in pairwise(points) if b[1] > a[1]]

    assert len(steps) == 1
    assert steps[0][0][0] == steps[0][1][0]
    assert near(steps[0][1][1] - steps[0][0][1], 2)
    assert near(points[0][1], 5)


def test_it_ends_when_the_runway_does(deployment: Deployment[Client]) -> None:
    found, money = burn(deployment), deployment.runway

    assert found.ends_at - deployment.session.now() == timedelta(seconds=float(money.seconds_left))


def test_before_a_lease_and_after_the_close_there_is_none(console: MockConsole, deployment: Deployment[Client]) -> None:
    deployment.close()
    fresh = connect(mock=console).deploy(WEB_SDL)

    assert burn_of(deployment.session, deployment) is None
    assert burn_of(fresh.session, fresh) is None
    assert burn_of(fresh.session, None) is None


def test_a_denom_without_dollars_has_none(deployment: Deployment[Client]) -> None:
    from dataclasses import replace

    money = replace(deployment.runway, left_usd=None)
    now = deployment.session.now()

    assert burn_down(deployment.state, money, now, now, deployment.session.prices) is None


def test_the_picture_stays_in_its_box_and_says_the_same_in_words(deployment: Deployment[Client]) -> None:
    view = burn_view(burn(deployment), deployment.session.now())
    numbers = [
        float(word)
        for key in ("past", "area", "ahead")
        for word in view[key].translate(str.maketrans("MLZ", "   ")).split()
    ]

    assert min(numbers) >= 0
    assert max(numbers[0::2]) <= 1000
    assert max(numbers[1::2]) <= 100
    assert view["words"].startswith("Escrow: $5.00 at most, $4.")
    assert "empty in" in view["words"]


def test_what_nothing_drains_has_no_end(console: MockConsole, deployment: Deployment[Client]) -> None:
    found = BurnDown(((deployment.created_at, Decimal(5)), (deployment.session.now(), Decimal(5))), None)
    view = burn_view(found, deployment.session.now())

    assert (view["ahead"], view["until"]) == ("", "nothing drains it")
