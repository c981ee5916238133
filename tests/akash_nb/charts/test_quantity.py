"""What a column's name and table say of its numbers."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.charts.quantity import by_name, named, quantity
from akash_nb.frames.bids import TABLE
from tests.akash_nb.records import bids, offer


@pytest.mark.parametrize(
    ("name", "label", "better", "value", "text"),
    [
        ("usd_month", "USD per month", "low", 2.104, "$2.10/month"),
        ("usd_hour", "USD per hour", "low", 0.002872, "$0.00287/h"),
        ("usd_spent", "USD spent", "low", 0.0, "$0.00"),
        ("aws_usd_month", "AWS USD per month", "low", 30.0, "$30.00/month"),
        ("usd_hour_per_gpu", "USD per hour and GPU", "low", 0.5, "$0.50/h"),
        ("usd_hour_low", "USD per hour low", "low", 0.5, "$0.50/h"),
        ("hours_per_usd", "Hours per USD", "high", 1234.5, "1,234"),
        ("uptime_7d", "Uptime over 7 d", "high", 0.99125, "99.12%"),
        ("leased_share", "Leased share", "", 0.5, "50.00%"),
        ("age_s", "Age", "", 95.0, "1 min 35 s"),
        ("memory_bytes", "Memory", "", 512 * 2**20, "512 MiB"),
        ("vcpu", "vCPU", "", 2.0, "2"),
        ("memory_gb", "Memory GB", "", 0.5369, "0.5369"),
        ("gpus", "GPUs", "", 12345.0, "12,345"),
    ],
)
def test_a_name_gives_label_direction_and_writing(name: str, label: str, better: str, value: float, text: str) -> None:
    found = by_name(name)

    assert (found.label, found.better, found.text(value)) == (label, better, text)


def test_the_table_of_a_frame_says_which_way_is_better() -> None:
    frame = bids(offer("one")).frame()

    assert quantity(frame, "expires_in_s").better == "high"
    assert quantity(frame.assign(expires_in_s=1.0), "expires_in_s").better == "high"
    assert quantity(pd.DataFrame(frame), "usd_hour").better == "low"


def test_names_and_the_documented_table_of_bids_agree_where_both_speak() -> None:
    for column in TABLE.columns:
        known = by_name(column.name).better
        assert not known or known == column.better, column.name


@pytest.mark.parametrize(
    ("name", "values", "texts"),
    [
        ("usd_month", [2.1, 5.4], ("$2", "$3", "$4", "$5", "$6")),
        ("usd_hour", [0.0029, 0.0074], ("$0.002", "$0.004", "$0.006", "$0.008")),
        ("uptime_7d", [0.948, 1.0], ("94%", "96%", "98%", "100%")),
        ("uptime_7d", [0.9991, 0.9999], ("99.90%", "99.92%", "99.94%", "99.96%", "99.98%", "100.00%")),
        ("age_s", [30, 290], ("0 min", "1 min", "2 min", "3 min", "4 min", "5 min")),
        ("age_s", [0, 50], ("0 s", "10 s", "20 s", "30 s", "40 s", "50 s")),
        ("memory_bytes", [2**30, 8 * 2**30], ("0 GiB", "2 GiB", "4 GiB", "6 GiB", "8 GiB")),
        ("providers", [3, 4], ("3", "4")),
    ],
)
def test_ticks_are_written_alike_and_in_one_unit(name: str, values: list[float], texts: tuple[str, ...]) -> None:
    assert by_name(name).axis(values).texts == texts


@pytest.mark.parametrize("uptimes", [[1.0], [0.0], [0.9, 1.0], [0.5], [0.0001, 1.0]])
def test_an_axis_of_shares_goes_nowhere_beyond_all_and_nothing(uptimes: list[float]) -> None:
    axis = by_name("uptime_7d").axis(uptimes)

    assert 0 <= axis.low < axis.high <= 1
    assert all(0 <= axis.share(uptime) <= 1 for uptime in uptimes)


@given(
    st.sampled_from(["usd_month", "uptime_7d", "age_s", "memory_bytes", "providers"]),
    st.lists(st.floats(0, 1e6, allow_subnormal=False).filter(lambda x: x == 0 or x > 1e-6), min_size=1),
)
def test_every_value_lies_on_its_axis_and_every_tick_has_a_text_of_its_own(name: str, values: list[float]) -> None:
    axis = by_name(name).axis(values)

    assert all(-1e-9 <= axis.share(value) <= 1 + 1e-9 for value in values)
    assert len(axis.ticks) <= 6
    assert len(set(axis.texts)) == len(axis.ticks)


def test_times_are_utc() -> None:
    days = pd.date_range("2026-08-01", periods=5, tz="Europe/Berlin")
    found = quantity(pd.DataFrame({"day": days}), "day")

    assert found.text(days[0].timestamp()) == "2026-07-31 22:00 UTC"
    assert found.axis([day.timestamp() for day in days]).texts[0] == "07-31"


def test_small_prices_beside_each_other_have_as_many_decimals() -> None:
    assert by_name("usd_hour").texts([0.003, 0.00287]) == ["$0.00300", "$0.00287"]
    assert by_name("usd_month").texts([4.0, 1427.2]) == ["$4.00", "$1,427.20"]


@pytest.mark.parametrize(("name", "words"), [("memory_gb", "Memory GB"), ("gseq", "Group"), ("cpu", "CPU")])
def test_names_become_words(name: str, words: str) -> None:
    assert named(name) == words
