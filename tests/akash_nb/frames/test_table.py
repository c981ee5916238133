"""A table makes frames of exactly its columns, whatever the values, and says where they come from."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from akash_nb.frames.table import Column, Origin, define, table_of
from akash_nb.money import PriceModel
from tests.akash_nb.records import NOW

COLUMNS = (
    Column("price", "Float64", "US dollars", better="low"),
    Column("count", "Int64", "how many"),
    Column("audited", "boolean", "signed"),
    Column("name", "string", "what it is called"),
    Column("state", "category", "open or closed", states=("open", "closed")),
    Column("at", "datetime", "when"),
)
TABLE = define("a table of the tests", COLUMNS)
DTYPES = ["Float64", "Int64", "boolean", "string", "category", "datetime64[us, UTC]"]
ORIGIN = Origin(is_mock=True, as_of=NOW, prices=PriceModel())


def frame(*rows: tuple[Any, ...], origin: Origin = ORIGIN) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    values = {column.name: cells for column, cells in zip(COLUMNS, columns, strict=True)}
    return TABLE.frame(dict(reversed(values.items())), origin)


FULL = (Decimal("1.5"), 3, False, "one", "closed", NOW)
NOTHING = (None,) * len(COLUMNS)


@pytest.mark.parametrize("rows", [(), (FULL,), (NOTHING,), (FULL, NOTHING)], ids=["empty", "full", "missing", "mixed"])
def test_columns_and_dtypes_are_the_documented_ones_whatever_the_values(rows: tuple[tuple[Any, ...], ...]) -> None:
    made = frame(*rows)

    assert list(made) == [column.name for column in COLUMNS]
    assert [str(dtype) for dtype in made.dtypes] == DTYPES
    assert len(made) == len(rows)


def test_values_come_out_as_they_went_in_and_none_is_missing() -> None:
    made = frame(FULL, NOTHING)

    assert made.iloc[0].to_list() == [1.5, 3, False, "one", "closed", pd.Timestamp(NOW)]
    assert made.iloc[1].isna().all()
    assert made["audited"].to_list() == [False, pd.NA]
    assert made["count"].to_list() == [3, pd.NA]


def test_zero_is_not_missing() -> None:
    made = frame((Decimal(0), 0, False, "", "open", NOW))

    assert not made.isna().any(axis=None)


def test_states_sort_as_documented_and_an_unknown_one_is_kept() -> None:
    rows = [(None, None, None, None, state, None) for state in ("strange", "closed", "open", "strange")]
    made = frame(*rows)["state"]

    assert made.to_list() == ["strange", "closed", "open", "strange"]
    assert list(made.cat.categories) == ["open", "closed", "strange"]
    assert made.sort_values().to_list() == ["open", "closed", "strange", "strange"]


def test_times_are_kept_to_the_microsecond_and_in_utc() -> None:
    local = datetime(2026, 8, 22, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    made = frame((None, None, None, None, None, local))["at"]

    assert made[0] == pd.Timestamp(local)
    assert made[0].isoformat() == "2026-08-22T08:00:00.123456+00:00"


def test_text_with_half_a_surrogate_pair_is_kept() -> None:
    assert frame((None, None, None, "half \ud83d", None, None))["name"][0] == "half \ud83d"


def test_values_for_other_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="a table of the tests"):
        TABLE.frame({"price": [1.0]}, ORIGIN)


def test_columns_of_different_lengths_are_refused() -> None:
    values = {column.name: [None] for column in COLUMNS}

    with pytest.raises(ValueError, match="length"):
        TABLE.frame(values | {"price": [None, None]}, ORIGIN)


def test_a_frame_says_where_its_figures_come_from() -> None:
    as_of = NOW.replace(microsecond=7).astimezone(timezone(timedelta(hours=-5)))

    assert frame(FULL, origin=Origin(is_mock=False, as_of=as_of, prices=PriceModel.api())).attrs == {
        "source": "live",
        "as_of": "2026-08-22T08:00:00+00:00",
        "prices": "6 s per block, 30.437 days per month",
        "table": "a table of the tests",
    }


def test_a_mock_frame_shows_mock_wherever_it_is_shown_and_a_live_one_does_not() -> None:
    mock, live = frame(FULL), frame(FULL, origin=Origin(is_mock=False, as_of=NOW, prices=PriceModel()))

    for shown in (str(mock), mock.head(1).to_html(), str(mock[mock["count"] > 1].sort_values("price")[["price"]])):
        assert "MOCK" in shown
    assert "MOCK" not in str(live) + live.to_html()


def test_provenance_survives_filtering_sorting_choosing_columns_and_pickling() -> None:
    made = frame(FULL, NOTHING, FULL)
    ways = [
        made[made["price"] > 1],
        made.sort_values("price"),
        made[["name", "price"]],
        made.assign(more=1),
        made.head(1),
        made.query("count > 1"),
        pickle.loads(pickle.dumps(made)),
    ]

    for way in ways:
        assert way.attrs == made.attrs
        assert table_of(way) is TABLE


def test_a_frame_of_others_belongs_to_no_table() -> None:
    assert table_of(pd.DataFrame({"price": [1.0]})) is None


def test_a_column_is_found_by_name() -> None:
    assert TABLE.column("count") is COLUMNS[1]
    assert TABLE.column("cost") is None


def test_origins_tell_the_markets_apart() -> None:
    assert Origin(is_mock=False, as_of=datetime(2026, 1, 1, tzinfo=UTC), prices=PriceModel()).source == "live"
    assert ORIGIN.source == "MOCK"
