"""What is left, spent and how long it lasts: worked examples of the guide and the contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from akash_nb.money import PriceModel
from akash_nb.runway import created_time, estimate_height, runway
from tests.akash_nb.records import DSEQ, NOW, status

WEB, API = PriceModel(), PriceModel.api()


def test_spent_counts_what_was_paid_and_what_accrued_since() -> None:
    """$5 deposited, 100 uact per block, settled at 30,000 with $2 left, now 40,000: $4.00 spent, $1.00 left."""
    money = runway(status(funds="2000000", transferred="3000000", settled=30_000), 40_000, WEB)

    assert (money.spent_usd, money.left_usd) == (Decimal(4), Decimal(1))


@pytest.mark.parametrize(
    ("prices", "rate", "funds", "hours"),
    [
        pytest.param(WEB, "100", "500000", "8.47", id="web 100"),
        pytest.param(API, "100", "500000", "8.33", id="api 100"),
        pytest.param(WEB, "1700", "500000", "0.50", id="web 1700"),
        pytest.param(WEB, "1700", "5000000", "4.98", id="web 5 dollars"),
    ],
)
def test_time_left_agrees_with_the_worked_values(prices: PriceModel, rate: str, funds: str, hours: str) -> None:
    money = runway(status(funds=funds, rate=rate), 1000, prices)

    assert money.seconds_left is not None
    assert f"{money.seconds_left / 3600:.2f}" == hours


def test_a_height_behind_the_settlement_is_no_consumption() -> None:
    money = runway(status(settled=2000), 1500, WEB)

    assert (money.spent_usd, money.left_usd) == (Decimal(0), Decimal("0.5"))


def test_escrow_never_goes_below_zero() -> None:
    money = runway(status(funds="500"), 1_000_000, WEB)

    assert (money.left_usd, money.seconds_left) == (Decimal(0), Decimal(0))
    assert money.spent_usd == Decimal("0.0005")


def test_nothing_drains_without_a_lease() -> None:
    money = runway(status(rate=None), 9000, WEB)

    assert (money.usd_per_hour, money.seconds_left, money.left_usd) == (Decimal(0), None, Decimal("0.5"))


def test_a_closed_deployment_costs_nothing_more() -> None:
    money = runway(status(state="closed", funds="0", transferred="700000"), 9000, WEB)

    assert (money.spent_usd, money.usd_per_hour, money.seconds_left) == (Decimal("0.7"), Decimal(0), None)


def test_a_millisecond_number_tells_the_time_of_creation() -> None:
    assert created_time("1755849600123") == datetime(2025, 8, 22, 8, 0, 0, 123000, UTC)
    assert created_time("23456789") is None


def test_the_height_is_estimated_from_the_time_since_creation() -> None:
    created = NOW - timedelta(seconds=609.8)

    assert estimate_height(status(), created, NOW, WEB) == 1100


def test_the_height_is_never_below_what_is_settled() -> None:
    assert estimate_height(status(settled=5000), created_time(DSEQ), NOW, WEB) == 5000
    assert estimate_height(status(settled=5000), None, NOW, WEB) == 5000
