"""Money: conversions, parity with the Console's figures, and text for people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.money import (
    DOLLAR_DENOMS,
    Coin,
    PriceModel,
    dec18,
    exact_usd,
    format_usd,
    format_usd_column,
    plain,
    to_decimal,
    usd_to_micro,
)

CENT = Decimal("0.01")
amounts = st.decimals(min_value=0, max_value=10**12, allow_nan=False, allow_infinity=False, places=18)

# uact per block -> the web Console's USD per hour, day and month, and the API's USD per month. Figures of the Console's
# own formulas, which round more than once on the way, so a figure may lie up to a cent from the exact one.
CONSOLE_PRICES = [
    ("0.5", "0.00", "0.01", "0.22", "0.22"),
    ("1", "0.00", "0.02", "0.43", "0.44"),
    ("1.6", "0.00", "0.02", "0.69", "0.70"),
    ("10", "0.01", "0.14", "4.31", "4.38"),
    ("100", "0.06", "1.42", "43.13", "43.83"),
    ("250.75", "0.15", "3.55", "108.14", "109.90"),
    ("1700", "1.00", "24.09", "733.12", "745.10"),
    ("2978.3", "1.76", "42.20", "1284.39", "1305.37"),
    ("100000", "59.04", "1416.86", "43124.91", "43829.28"),
]


@pytest.mark.parametrize(
    ("uact", "hour", "day", "month", "api_month"), CONSOLE_PRICES, ids=[c[0] for c in CONSOLE_PRICES]
)
def test_prices_per_block_agree_with_the_console_to_a_cent(
    uact: str, hour: str, day: str, month: str, api_month: str
) -> None:
    usd = Coin("uact", Decimal(uact)).usd()
    assert usd is not None
    web, api = PriceModel(), PriceModel.api()
    assert abs(web.per_hour(usd) - Decimal(hour)) < CENT
    assert abs(web.per_hour(usd) * 24 - Decimal(day)) < CENT
    assert abs(web.per_month(usd) - Decimal(month)) < CENT
    assert abs(api.per_month(usd) - Decimal(api_month)) <= CENT / 2


@pytest.mark.parametrize(
    ("escrow_usd", "uact", "web_hours", "api_hours"),
    [("0.5", "100", "8.47", "8.33"), ("0.5", "1700", "0.50", "0.49"), ("5", "1700", "4.98", "4.90")],
)
def test_an_escrow_lasts_as_long_as_the_console_says(
    escrow_usd: str, uact: str, web_hours: str, api_hours: str
) -> None:
    blocks = Decimal(usd_to_micro(escrow_usd)) / Decimal(uact)
    for model, hours in ((PriceModel(), web_hours), (PriceModel.api(), api_hours)):
        assert abs(model.seconds(blocks) / 3600 - Decimal(hours)) <= CENT / 2


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        ("0", "$0.00"),
        ("1", "$1.00"),
        ("1234.5", "$1,234.50"),
        ("43124.91", "$43,124.91"),
        ("1000000", "$1,000,000.00"),
        ("0.5", "$0.50"),
        ("0.06", "$0.06"),
        ("0.059", "$0.059"),
        ("0.00177107", "$0.00177"),
        ("0.000000001", "$0.000000001"),
        ("-0.00177", "-$0.00177"),
        ("-2.5", "-$2.50"),
    ],
)
def test_dollars_are_written_for_people(usd: str, text: str) -> None:
    assert format_usd(Decimal(usd)) == text


def test_an_unknown_amount_of_dollars_is_a_dash() -> None:
    assert format_usd(None) == "–"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=12))
def test_what_costs_something_is_never_written_as_nothing(usd: Decimal) -> None:
    text = format_usd(usd)
    assert (usd == 0) == (text == "$0.00")
    assert any(digit in text for digit in "123456789") == (usd != 0)


@given(amounts.filter(lambda usd: usd > 0))
def test_what_is_written_is_within_half_a_percent_or_half_a_cent(usd: Decimal) -> None:
    written = Decimal(format_usd(usd).replace("$", "").replace(",", ""))
    assert abs(written - usd) <= max(usd / 200, CENT / 2 if usd >= 1 else Decimal(0))


@given(st.integers(min_value=1, max_value=10**12))
def test_an_amount_to_say_yes_to_is_written_to_its_last_digit(micro: int) -> None:
    usd = Decimal(micro) / 1_000_000
    assert Decimal(exact_usd(usd).removeprefix("$").replace(",", "")) == usd


@pytest.mark.parametrize(("usd", "text"), [("5", "$5.00"), ("1234.5", "$1,234.50"), ("5.123456", "$5.123456")])
def test_it_has_cents_at_the_least(usd: str, text: str) -> None:
    assert exact_usd(Decimal(usd)) == text


@given(st.integers(min_value=0, max_value=10**15))
def test_dollars_to_micro_units_and_back_is_the_same(micro: int) -> None:
    assert usd_to_micro(Decimal(micro) / 1_000_000) == micro


@pytest.mark.parametrize(
    ("usd", "micro"), [("0.5", 500_000), (5, 5_000_000), (0.1, 100_000), ("0.0000005", 1), ("0.0000004", 0)]
)
def test_dollars_become_whole_micro_units_rounded_half_up(usd: float | str, micro: int) -> None:
    assert usd_to_micro(usd) == micro


@given(amounts)
def test_a_month_is_a_month_of_hours(amount: Decimal) -> None:
    model = PriceModel()
    hourly = model.per_hour(amount) * model.hours_per_month
    assert abs(model.per_month(amount) - hourly) <= abs(hourly) * Decimal("1e-20")


def test_the_api_counts_as_many_blocks_a_month_as_the_contract_says() -> None:
    assert PriceModel.api().per_month(Decimal(1)) == Decimal("438292.8")


def test_a_price_model_says_what_it_assumes() -> None:
    assert str(PriceModel()) == "6.098 s per block, 30.437 days per month"


@pytest.mark.parametrize("model", [PriceModel(), PriceModel.api(), PriceModel(Decimal("1E+1"), Decimal("30.50"))])
def test_what_a_price_model_says_can_be_read_again(model: PriceModel) -> None:
    assert PriceModel.parse(str(model)) == model


@pytest.mark.parametrize("text", ["", "6 s", "6 s per block, a month", "0 s per block, 30 days per month"])
def test_what_names_no_price_model_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="block"):
        PriceModel.parse(text)


@pytest.mark.parametrize("number", [6.098, "6.098", Decimal("6.098")])
def test_a_price_model_takes_any_number_and_reckons_with_decimals(number: Any) -> None:
    assert PriceModel(block_seconds=number) == PriceModel()
    assert PriceModel(number).per_hour(Decimal(1)) == PriceModel().per_hour(Decimal(1))


@pytest.mark.parametrize("number", [0, -6, "soon", None, float("nan"), float("inf"), True])
def test_a_price_model_of_no_time_is_refused(number: Any) -> None:
    with pytest.raises(ValueError, match="no "):
        PriceModel(days_per_month=number)


@pytest.mark.parametrize("denom", sorted(DOLLAR_DENOMS), ids=lambda denom: denom[:8])
def test_dollar_denoms_are_a_dollar_per_million(denom: str) -> None:
    assert Coin(denom, Decimal(2_500_000)).usd() == Decimal("2.5")


def test_akt_has_a_dollar_value_only_at_a_price() -> None:
    coin = Coin("uakt", Decimal(2_000_000))
    assert coin.usd() is None
    assert coin.usd(akt_usd=Decimal("1.25")) == Decimal("2.5")
    assert Coin("uatom", Decimal(1)).usd(akt_usd=Decimal(1)) is None


@pytest.mark.parametrize("value", ["", "abc", "NaN", "Infinity", "-inf", None, True, [], "1,5", float("nan")])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="number"):
        to_decimal(value)


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, "1"), (0.1, "0.1"), ("500000.000000000000000000", "500000"), (" 2.5 ", "2.5"), ("1e-6", "0.000001")],
)
def test_numbers_of_json_are_read_exactly(value: object, number: str) -> None:
    assert to_decimal(value) == Decimal(number)


@given(amounts)
def test_plain_text_loses_nothing(amount: Decimal) -> None:
    text = plain(amount)
    assert Decimal(text) == amount
    assert "e" not in text.lower()
    assert not text.endswith(".")


@given(amounts)
def test_cosmos_amounts_have_18_fraction_digits_and_lose_nothing(amount: Decimal) -> None:
    text = dec18(amount)
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) == 18


def test_a_coin_is_written_without_trailing_zeros() -> None:
    assert str(Coin("uact", Decimal("2.500000000000000000"))) == "2.5 uact"
    assert str(Coin("uact", Decimal("0E-18"))) == "0 uact"


def test_a_column_of_dollars_has_the_decimals_that_its_smallest_needs() -> None:
    column = [Decimal("0.003"), Decimal("0.00287"), None, Decimal("0.0112")]

    assert format_usd_column(column) == ["$0.00300", "$0.00287", "–", "$0.01120"]
    assert format_usd_column([Decimal("1234.5"), Decimal(2)]) == ["$1,234.50", "$2.00"]
    assert format_usd_column([]) == []
