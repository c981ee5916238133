"""`frame.akash`: the front, prices per unit, the cheapest of each, other clouds, print; also after filtering."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from akash_nb.errors import InvalidInputError
from akash_nb.frames import sweep
from akash_nb.frames.accessor import ADDED
from akash_nb.frames.table import Origin, table_of
from akash_nb.frames.usage import usage_frame
from akash_nb.models import ResourceOffer, UsageDay
from akash_nb.money import PriceModel
from tests.akash_nb import records
from tests.akash_nb.records import NOW


def offer(name: str, price: str, *, gpus: int = 0, cpu: int = 2000, **about: Any) -> Any:
    """A bid for 2 CPUs, 4 GB, 10 GB, and GPUs."""
    made = records.offer(name, price, **about)
    return replace(made, bid=replace(made.bid, resources=(ResourceOffer(cpu, 4 * 10**9, 10**10, gpus, (), 1),)))


@pytest.fixture
def bids() -> pd.DataFrame:
    """Cheap and shaky, dear and steady, dear and shaky, of unknown uptime, of unknown price."""
    offers = (
        offer("cheap", "10", region="eu-west", uptime=0.9),
        offer("steady", "30", region="eu-west", uptime=0.999),
        offer("bad", "40", region="us-east", uptime=0.9),
        offer("unknown", "5", region="", uptime=None, gpus=2, cpu=0),
        offer("strange", "1", region="us-east", denom="uakt"),
    )
    return records.bids(*offers).frame()


def names(frame: pd.DataFrame) -> list[str]:
    return [name.removesuffix(".example") for name in frame["provider"]]


# The front


def test_the_front_is_marked_by_the_better_sides_that_are_documented(bids: pd.DataFrame) -> None:
    marked = bids.akash.pareto("usd_month", "uptime_7d")

    assert marked["pareto"].to_list() == [True, True, False, False, False]
    assert str(marked["pareto"].dtype) == "boolean"
    assert names(bids.akash.pareto("usd_month", "uptime_7d", only=True)) == ["cheap", "steady"]


def test_the_front_follows_a_filter(bids: pd.DataFrame) -> None:
    filtered = bids[bids["region"] == "us-east"].sort_values("usd_month", ascending=False)

    assert names(filtered.akash.pareto("usd_month", "uptime_7d", only=True)) == ["bad"]


def test_a_better_side_can_be_said(bids: pd.DataFrame) -> None:
    own = bids.assign(latency_ms=pd.array([90, 10, 50, 5, 1], dtype="Int64"))
    dear = own.akash.pareto("usd_month", "latency_ms", only=True, better={"latency_ms": "low", "usd_month": "high"})

    assert names(dear) == ["steady", "bad", "unknown"]


def test_yes_and_no_can_be_counts(bids: pd.DataFrame) -> None:
    assert names(bids.akash.pareto("usd_month", "audited", only=True)) == ["unknown"]


def test_a_column_of_ours_that_was_added_has_its_better_side(bids: pd.DataFrame) -> None:
    assert names(bids.akash.per("vcpu").akash.pareto("usd_hour_per_vcpu", "uptime_7d", only=True)) == [
        "cheap",
        "steady",
    ]


@pytest.mark.parametrize(
    ("columns", "better", "said"),
    [
        (("usd_month", "latency_ms"), None, "latency_ms, which this frame of bids lacks"),
        (("usd_month", "region"), None, "The column region holds no numbers"),
        (("usd_month", "gseq"), None, 'better={"gseq": "low"}'),
        (("usd_month", "gseq"), {"gseq": "lower"}, "Which side of gseq"),
        (("usd_month", "gseq"), "low", "better: 'low' names no column"),
    ],
)
def test_a_front_that_nobody_knows_is_refused(bids: pd.DataFrame, columns: Any, better: Any, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        bids.akash.pareto(*columns, better=better)

    assert said in str(caught.value)


# Per unit


@pytest.mark.parametrize(("unit", "amount"), [("vcpu", 2), ("gb", 4)])
def test_a_price_is_divided_by_the_size(bids: pd.DataFrame, unit: str, amount: int) -> None:
    frame = bids.akash.per(unit)

    for price in ("usd_hour", "usd_month"):
        per = frame[f"{price}_per_{unit}"]
        assert per[0] == pytest.approx(frame[price][0] / amount)
        assert str(per.dtype) == "Float64"


def test_where_there_is_none_of_it_there_is_no_price_for_it(bids: pd.DataFrame) -> None:
    per_gpu = bids.akash.per("gpu")["usd_hour_per_gpu"]

    assert per_gpu.isna().to_list() == [True, True, True, False, True]
    assert per_gpu[3] == pytest.approx(bids["usd_hour"][3] / 2)
    assert bids.akash.per("vcpu")["usd_hour_per_vcpu"].isna().to_list() == [False, False, False, True, True]


def test_what_is_missing_for_a_price_per_unit_is_named(bids: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match="A price per gpu needs gpus, which this frame of bids lacks"):
        bids[["provider", "usd_hour"]].akash.per("gpu")
    with pytest.raises(InvalidInputError, match="needs usd_month"):
        bids[["provider", "gpus"]].akash.per("gpu")
    for unit in ("core", None, []):
        with pytest.raises(InvalidInputError, match=r"is no unit.*'vcpu', 'gb', 'gpu'"):
            bids.akash.per(unit)


# The cheapest


def test_the_cheapest_of_each_region_comes_cheapest_first(bids: pd.DataFrame) -> None:
    assert names(bids.akash.cheapest()) == ["unknown", "cheap", "bad"]
    assert names(bids.akash.cheapest(by=["region", "audited"])) == ["unknown", "cheap", "bad"]
    assert names(bids[bids["uptime_7d"] > 0.95].akash.cheapest(by="region")) == ["steady"]
    assert names(bids.akash.cheapest(by="state", price="price_per_block")) == ["strange"]


def test_the_one_cheapest_of_all(bids: pd.DataFrame) -> None:
    assert names(bids.akash.cheapest(by=None)) == ["unknown"]


def test_a_price_that_is_no_number_is_refused(bids: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match="The column region holds no numbers"):
        bids.akash.cheapest(by="state", price="region")
    with pytest.raises(InvalidInputError, match="The column usd_hour holds no numbers"):
        bids.assign(usd_hour="cheap").akash.per("vcpu")


def test_the_cheapest_goes_by_the_hour_where_there_is_no_month(bids: pd.DataFrame) -> None:
    assert names(bids.drop(columns="usd_month").akash.cheapest(by="state")) == ["unknown"]


def test_what_is_missing_for_the_cheapest_is_named(bids: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match="The cheapest needs zone"):
        bids.akash.cheapest(by="zone")
    with pytest.raises(InvalidInputError, match="frame of usage"):
        usage_frame([], Origin(is_mock=True, as_of=NOW, prices=PriceModel())).akash.cheapest(by="day")


# Clouds


def test_other_clouds_stand_beside_the_price_and_know_no_gpus(bids: pd.DataFrame) -> None:
    frame = bids.akash.compare_clouds()
    columns = list(frame)

    assert columns[columns.index("usd_month") :][:4] == [
        "usd_month",
        "aws_usd_month",
        "gcp_usd_month",
        "azure_usd_month",
    ]
    assert frame["azure_usd_month"][0] == pytest.approx(2 * 35.478 + 4 * 3.8909)
    assert frame["aws_usd_month"].isna().to_list() == [False, False, False, True, False]
    pd.testing.assert_frame_equal(frame.akash.compare_clouds(), frame)


def test_clouds_that_the_frame_has_stay(bids: pd.DataFrame) -> None:
    """A sweep has them from the service itself, which knows how many replicas there are."""
    known = bids.akash.compare_clouds().assign(aws_usd_month=1.0)

    assert (known.akash.compare_clouds()["aws_usd_month"] == 1).all()
    assert (known.drop(columns="gcp_usd_month").akash.compare_clouds()["aws_usd_month"].dropna() > 1).all()


def test_clouds_need_the_size(bids: pd.DataFrame) -> None:
    with pytest.raises(InvalidInputError, match="The comparison needs memory_gb, storage_gb, gpus"):
        bids[["usd_month", "vcpu"]].akash.compare_clouds()


def test_clouds_stand_last_where_there_is_no_price_by_the_month(bids: pd.DataFrame) -> None:
    assert list(bids.drop(columns="usd_month").akash.compare_clouds())[-1] == "azure_usd_month"


# Print


def test_print_has_bars_dollars_and_provenance_and_escapes_text(bids: pd.DataFrame) -> None:
    frame = bids[["provider", "usd_month", "uptime_7d", "region"]].assign(region="<b>eu</b>")
    html = frame.akash.styled().to_html()

    assert html.count("linear-gradient") >= 2
    assert "MOCK · 2026-08-22T08:00:00+00:00 · 6.098 s per block" in html
    assert "$4.31" in html
    assert "99.9%" in html
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_a_cost_is_never_printed_as_nothing(bids: pd.DataFrame) -> None:
    html = bids[["usd_hour"]].akash.styled().to_html()

    assert "$0.00590" in html
    assert "$0.00<" not in html


def test_what_a_dollar_buys_is_printed_as_no_dollars() -> None:
    values: dict[str, list[Any]] = {column.name: [None] for column in sweep.TABLE.columns}
    frame = sweep.TABLE.frame(values | {"hours_per_usd": [138.964]}, Origin(True, NOW, PriceModel()))

    assert ">138.96<" in frame[["hours_per_usd"]].akash.styled().to_html()


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_any_frame_can_be_printed(bids: pd.DataFrame, rows: int) -> None:
    everything = bids.tail(rows).akash.compare_clouds().akash.per("gpu").akash.pareto("usd_month", "uptime_7d")

    assert everything.akash.styled().to_html().count("<tr") == rows + 1


def test_days_on_which_nothing_was_spent_can_be_printed() -> None:
    """There is no scale for bars of nothing."""
    idle = UsageDay(NOW.date(), 0, Decimal(0), Decimal(0), Decimal(0), Decimal(0))

    assert "$0.00" in usage_frame([idle], Origin(True, NOW, PriceModel())).akash.styled().to_html()


def test_frames_below_each_other_and_own_texts_in_place_of_prices_can_be_printed(bids: pd.DataFrame) -> None:
    twice = pd.concat([bids, bids]).assign(usd_month="a bargain")

    assert twice.akash.styled().to_html().count("a bargain") == 2 * len(bids)


# What columns mean


def test_columns_of_the_table_added_ones_and_own_ones_are_told(bids: pd.DataFrame) -> None:
    frame = bids[["usd_month", "state"]].assign(mine=1.5, pareto=True)
    told = frame.akash.columns()

    assert told["column"].to_list() == ["usd_month", "state", "mine", "pareto"]
    assert told["dtype"].to_list() == ["Float64", "category", "float64", "bool"]
    assert told["better"].to_list() == ["low", "", "", "high"]
    assert told["meaning"].to_list() == [
        "US dollars per month",
        "open, active (under lease), lost or closed",
        "",
        ADDED["pareto"].meaning,
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda a: a.pareto(["usd_month"], "uptime_7d"),
        lambda a: a.pareto("usd_month", None),
        lambda a: a.cheapest(by=[["region"]]),
        lambda a: a.cheapest(by=5),
        lambda a: a.cheapest(price=["usd_month"]),
    ],
)
def test_what_is_no_name_of_a_column_is_said_to_be_lacking(bids: pd.DataFrame, ask: Any) -> None:
    with pytest.raises(InvalidInputError, match="which this frame of bids lacks"):
        ask(bids.akash)


# Frames and others


@pytest.mark.parametrize(
    "ask",
    [
        lambda a: a.columns(),
        lambda a: a.pareto("x", "x", better={"x": "low"}),
        lambda a: a.per("gpu"),
        lambda a: a.cheapest("x"),
        lambda a: a.compare_clouds(),
        lambda a: a.styled(),
    ],
)
def test_a_frame_that_is_none_of_ours_is_refused_by_every_method(ask: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"none that akash_nb made.*frame\.attrs = bids\.attrs"):
        ask(pd.DataFrame({"x": [1]}).akash)


def test_a_frame_that_lost_its_attrs_gets_them_back(bids: pd.DataFrame) -> None:
    merged = bids.merge(pd.DataFrame({"region": ["eu-west"], "km": [10]}), on="region")
    merged.attrs = bids.attrs

    assert names(merged.akash.cheapest()) == ["cheap"]


def test_every_method_leaves_the_frame_as_it_is_and_keeps_its_provenance(bids: pd.DataFrame) -> None:
    before = bids.copy()
    made = [
        bids.akash.pareto("usd_month", "uptime_7d"),
        bids.akash.pareto("usd_month", "uptime_7d", only=True),
        bids.akash.per("gpu"),
        bids.akash.cheapest(),
        bids.akash.compare_clouds(),
    ]
    bids.akash.styled().to_html()

    pd.testing.assert_frame_equal(bids, before)
    for frame in made:
        assert frame.attrs == bids.attrs
        assert table_of(frame) is table_of(bids)
        assert "MOCK" in str(frame)
