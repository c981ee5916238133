"""What every frame is made of: a documented table of columns, and where its figures come from.

A `Table` makes a DataFrame with exactly its columns, dtypes and order, also when there are no rows. A missing value is
<NA> (NaT for times): the service did not say. `attrs` carries the provenance as plain text, so that it survives
filtering, sorting and files:

    source    "live" or "MOCK"; a MOCK frame also says so in the corner above its columns
    as_of     when the figures were read: ISO, UTC, to the second, by the service's clock
    prices    block time and month length behind every dollar figure
    table     the table's name, by which `frame.akash` knows what the columns mean
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import pandas as pd

from akash_nb.money import PriceModel

DType = Literal["Float64", "Int64", "boolean", "string", "category", "datetime"]

#: Times are kept to the microsecond, as Python does.
_TIME = pd.DatetimeTZDtype("us", "UTC")

#: The same with and without pyarrow, which takes no half of a surrogate pair; providers may write one.
_TEXT = pd.StringDtype("python")

_TABLES: dict[str, Table] = {}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        dtype: What the column holds; `datetime` stands for UTC to the microsecond.
        meaning: In a few words, with the unit.
        better: Whether people want it low (a price) or high (an uptime); empty where it is neither.
        states: Of a category: its values, in the order in which they sort.
    """

    name: str
    dtype: DType
    meaning: str
    better: Literal["", "low", "high"] = ""
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the figures of a frame come from: the market, the moment (UTC), and what dollars were reckoned with."""

    is_mock: bool
    as_of: datetime
    prices: PriceModel

    @property
    def source(self) -> str:
        return "MOCK" if self.is_mock else "live"


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a kind of frame, in order. Made by `define`."""

    name: str
    columns: tuple[Column, ...]

    def frame(self, values: Mapping[str, Sequence[Any]], origin: Origin) -> pd.DataFrame:
        """A frame of these values, one sequence for each column; None is a missing value.

        Raises:
            ValueError: There are values for other columns, or not equally many for all.
        """
        names = [column.name for column in self.columns]
        if values.keys() != set(names):
            raise ValueError(f"the table {self.name!r} has the columns {names}, not {list(values)}")
        # Without the copy that joins columns of one dtype: ours are of dtypes that pandas keeps apart anyway.
        frame = pd.DataFrame({c.name: _array(c, values[c.name]) for c in self.columns}, copy=False)
        frame.columns.name = origin.source if origin.is_mock else None
        frame.attrs = {
            "source": origin.source,
            "as_of": origin.as_of.astimezone(UTC).isoformat(timespec="seconds"),
            "prices": str(origin.prices),
            "table": self.name,
        }
        return frame

    def column(self, name: str) -> Column | None:
        """The documented column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def define(name: str, columns: Iterable[Column]) -> Table:
    """A table that frames are made from, known by its name."""
    table = _TABLES[name] = Table(name, tuple(columns))
    return table


def table_of(frame: pd.DataFrame) -> Table | None:
    """The table that a frame was made from, by its `attrs`; None when it is none of ours."""
    return _TABLES.get(str(frame.attrs.get("table")))


def _array(column: Column, values: Sequence[Any]) -> Any:
    """Values as an array of the column's dtype."""
    match column.dtype:
        case "Float64":
            numbers = np.array(values, dtype="float64")  # None becomes NaN
            return pd.arrays.FloatingArray(numbers, np.isnan(numbers))
        case "Int64" | "boolean":
            missing = np.array([value is None for value in values], dtype="bool")
            kind, array = (
                ("int64", pd.arrays.IntegerArray) if column.dtype == "Int64" else ("bool", pd.arrays.BooleanArray)
            )
            return array(np.array([value or 0 for value in values], dtype=kind), missing)
        case "category":
            found = dict.fromkeys((*column.states, *(value for value in values if value is not None)))
            return pd.Categorical(values, categories=list(found))
        case "datetime":
            return pd.array(list(values), dtype=_TIME)
        case "string":
            return pd.array(list(values), dtype=_TEXT)
