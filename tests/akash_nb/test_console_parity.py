"""The web Console's figures: ours are its, before it rounds; and where its own formulas mislead, ours do not.

The formulas of the web Console are written down here once more, from what is known of them, to compare with.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

import pytest

from akash_nb.money import Coin, PriceModel, format_usd
from akash_nb.runway import runway
from tests.akash_nb.records import status
from tests.akash_nb.test_money import CONSOLE_PRICES

WEB = PriceModel()


def as_the_console_shows(usd: Decimal) -> Decimal:
    """Rounded up to a tenth of a cent, then to cents."""
    return usd.quantize(Decimal("0.001"), ROUND_CEILING).quantize(Decimal("0.01"), ROUND_HALF_UP)


def console_spent(*, created: int, latest: int, rate: Decimal, funds: Decimal) -> Decimal:
    """Blocks since creation times the rate, but never more than what is *left*."""
    return min(abs(created - latest) * rate, funds)


def console_static_seconds(*, funds: Decimal, rate: Decimal) -> Decimal:
    """As if the last settlement had been this very moment; behind the account's runway and its warnings."""
    return funds / rate * WEB.block_seconds


@pytest.mark.parametrize(("uact", "hour", "day", "month"), [c[:4] for c in CONSOLE_PRICES], ids=lambda v: v)
def test_our_figures_are_what_the_console_shows_once_they_are_rounded_its_way(
    uact: str, hour: str, day: str, month: str
) -> None:
    usd = Coin("uact", Decimal(uact)).usd()
    assert usd is not None
    ours = (WEB.per_hour(usd), WEB.per_hour(usd) * 24, WEB.per_month(usd))

    assert tuple(map(as_the_console_shows, ours)) == (Decimal(hour), Decimal(day), Decimal(month))


@pytest.mark.parametrize("uact", ["0.5", "1", "1.6"])
def test_where_the_console_shows_nothing_per_hour_we_show_what_it_costs(uact: str) -> None:
    usd = Coin("uact", Decimal(uact)).usd()
    assert usd is not None
    hourly = WEB.per_hour(usd)

    assert as_the_console_shows(hourly) == 0
    assert format_usd(hourly) not in ("$0.00", "$0.000")
    assert Decimal(format_usd(hourly).removeprefix("$")) == pytest.approx(hourly, rel=Decimal("0.01"))


def test_after_a_settlement_the_console_says_too_little_was_spent() -> None:
    """$5 deposited, 100 uact per block, settled at block 30,000 with $2 left, now 40,000: $4 are spent."""
    account = status(funds="2000000", transferred="3000000", settled=30_000, rate="100")
    ours = runway(account, 40_000, WEB)
    theirs = console_spent(created=0, latest=40_000, rate=Decimal(100), funds=Decimal(2_000_000)) / 1_000_000

    assert (ours.spent_usd, theirs) == (Decimal(4), Decimal(2))


def test_a_node_that_lags_behind_looks_like_consumption_to_the_console_only() -> None:
    ours = runway(status(settled=2_000, rate="100"), 1_500, WEB)
    theirs = console_spent(created=2_000, latest=1_500, rate=Decimal(100), funds=Decimal(500_000))

    assert (ours.spent_usd, theirs) == (Decimal(0), Decimal(50_000))


def test_the_time_left_is_as_of_now_and_not_as_of_the_last_settlement() -> None:
    account = status(funds="500000", settled=1_000, rate="100")
    ours = runway(account, 4_000, WEB)
    static = console_static_seconds(funds=Decimal(500_000), rate=Decimal(100))

    assert ours.seconds_left is not None
    assert static - ours.seconds_left == 3_000 * WEB.block_seconds


def test_two_block_times_are_in_use_and_ours_is_said_with_every_figure() -> None:
    web, api = PriceModel(), PriceModel.api()

    ratio = api.per_month(Decimal(100)) / web.per_month(Decimal(100))
    assert ratio == pytest.approx(Decimal("1.01633"), rel=Decimal("1e-5"))
    assert (str(web), str(api)) == (
        "6.098 s per block, 30.437 days per month",
        "6 s per block, 30.437 days per month",
    )
