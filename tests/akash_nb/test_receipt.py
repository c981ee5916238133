"""The receipt against sums done by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from akash_nb.estimate import Clouds
from akash_nb.money import PriceModel
from akash_nb.receipt import Receipt

HOURS = 10
#: A machine that costs elsewhere one, two and three dollars for ten hours.
PER_HOUR = Clouds(Decimal("0.1"), Decimal("0.2"), Decimal("0.3"))
RECEIPT = Receipt(
    dseq="1755849600123",
    leases_closed=1,
    deposited_usd=Decimal(5),
    topped_up_usd=Decimal(0),
    paid_usd=Decimal("0.5"),
    returned_usd=Decimal("4.5"),
    seconds=HOURS * 3600 + 60,
    leased_seconds=HOURS * 3600,
    wallet=None,
    was_closed=False,
    is_mock=True,
    prices=PriceModel(),
    planned_usd_hour=Decimal("0.04"),
    clouds=PER_HOUR * PriceModel().hours_per_month,
)


def test_it_says_hours_and_dollars_beside_the_plan_and_the_clouds() -> None:
    assert str(RECEIPT) == (
        "MOCK receipt of deployment 1755849600123\n"
        "  ran       10 h 1 min, 1 lease closed, leased for 10 h\n"
        "  deposited $5.00\n"
        "  paid      $0.50, $0.05/h\n"
        "  returned  $4.50\n"
        "  planned   $0.40: 25% more was paid\n"
        "  elsewhere AWS $1.00, GCP $2.00, Azure $3.00 at list price\n"
        "  (6.098 s per block, 30.437 days per month)"
    )


@pytest.mark.parametrize(
    ("paid", "said"),
    [("0.5", "25% more was paid"), ("0.3", "25% less was paid"), ("0.401", "that is what was paid")],
)
def test_the_plan_is_compared_in_percent(paid: str, said: str) -> None:
    assert said in str(replace(RECEIPT, paid_usd=Decimal(paid)))


def test_that_others_were_asked_without_gpus_is_said() -> None:
    assert "at list price, without its GPUs" in str(replace(RECEIPT, has_gpus=True))


def test_what_never_ran_is_compared_with_nothing() -> None:
    never = replace(RECEIPT, leased_seconds=0, paid_usd=Decimal(0), leases_closed=0)

    assert (never.usd_hour, never.planned_usd, never.clouds_usd) == (None, None, None)
    assert "planned" not in str(never)
    assert "elsewhere" not in str(never)


def test_what_is_not_known_is_a_dash_and_compares_with_nothing() -> None:
    unknown = replace(RECEIPT, deposited_usd=None, paid_usd=None, returned_usd=None, topped_up_usd=None)

    assert unknown.usd_hour is None
    assert dict(unknown.rows())["Paid"] == "–"
    assert "Planned" not in dict(unknown.rows())
