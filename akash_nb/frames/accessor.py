"""`frame.akash`: what people ask of a table of the market. It is there once one of our frames has been made.

Every method leaves the frame as it is and gives a new one. They know what the columns mean by the frame's `attrs`,
which survive filtering and sorting; `pandas.merge` and a `concat` of frames of different moments lose them, and
`frame.attrs = bids.attrs` brings them back.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from akash_nb.errors import InvalidInputError
from akash_nb.frames.clouds import CLOUDS, cloud_usd_month
from akash_nb.frames.shared import GPUS, MEMORY_GB, PRICE, STORAGE_GB, USD_MONTH, VCPU
from akash_nb.frames.styling import styled
from akash_nb.frames.table import Column, Table, table_of
from akash_nb.money import PriceModel
from akash_nb.pareto import front

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

Unit = Literal["vcpu", "gb", "gpu"]
Better = Literal["low", "high"]

#: By what a price can be divided.
UNITS = {"vcpu": VCPU, "gb": MEMORY_GB, "gpu": GPUS}
_UNIT_WORDS = {"vcpu": "CPU", "gb": "GB of memory", "gpu": "GPU"}

#: Columns that the methods below add.
ADDED = {
    column.name: column
    for column in (
        Column("pareto", "boolean", "no other row is as good on both counts and better on one", better="high"),
        *(
            Column(
                f"{price.name}_per_{unit}", "Float64", f"{price.meaning} and {words}; <NA> without any", better="low"
            )
            for unit, words in _UNIT_WORDS.items()
            for price in PRICE
        ),
        *(
            Column(f"{cloud}_usd_month", "Float64", f"US dollars per month at {name}; <NA> with GPUs", better="low")
            for cloud, name in zip(CLOUDS, ("AWS", "Google Cloud", "Azure"), strict=True)
        ),
    )
}


@pd.api.extensions.register_dataframe_accessor("akash")
class AkashFrame:
    """Methods for frames that akash_nb made."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def columns(self) -> pd.DataFrame:
        """What each column is: name, dtype, meaning with its unit, and whether low or high is better. A column of your
        own has no meaning here.

        Raises:
            InvalidInputError: The frame is none of ours; so do all methods.
        """
        documented = self._documented()
        found = [documented.get(str(name), Column(str(name), "string", "")) for name in self._frame.columns]
        return pd.DataFrame(
            {
                "column": [column.name for column in found],
                "dtype": [str(dtype) for dtype in self._frame.dtypes],
                "meaning": [column.meaning for column in found],
                "better": [column.better for column in found],
            },
            dtype="string",
        )

    def pareto(self, x: str, y: str, *, only: bool = False, better: Mapping[str, Better] | None = None) -> pd.DataFrame:
        """The rows that no other one beats: `bids.akash.pareto("usd_month", "uptime_7d")`.

        Args:
            x, y: The two counts, which are columns of numbers. A row that lacks one is never on the front.
            only: Give only those rows, in place of all with a boolean column `pareto`.
            better: For columns whose better side is not documented, "low" or "high": `{"latency_ms": "low"}`.

        Raises:
            InvalidInputError: A column is missing or holds no numbers, or nobody knows which side is better.
        """
        if not isinstance(better, Mapping | None):
            raise _refusal(f"better: {better!r} names no column.", 'Say it as {"latency_ms": "low"}.')
        sides = [self._better(name, better or {}) for name in (x, y)]
        columns = [self._frame[name].astype("Float64").to_numpy("float64", na_value=float("nan")) for name in (x, y)]
        points = list(zip(*(column.tolist() for column in columns), strict=True))
        is_best = pd.array(front(points, low=(sides[0] == "low", sides[1] == "low")), dtype="boolean")
        return self._frame[is_best.to_numpy("bool")] if only else self._frame.assign(pareto=is_best)

    def per(self, unit: Unit) -> pd.DataFrame:
        """With the prices divided by the size: `usd_hour_per_gpu`, `usd_month_per_gpu`; <NA> where there is none of it.

        Args:
            unit: "vcpu", "gb" (of memory, 10⁹ bytes) or "gpu".

        Raises:
            InvalidInputError: The frame lacks the prices or the size.
        """
        column = UNITS.get(str(unit))
        if column is None:
            raise _refusal(f"{unit!r} is no unit.", f"Choose from {', '.join(map(repr, UNITS))}.")
        size = column.name
        prices = [price.name for price in PRICE if price.name in self._frame] or [USD_MONTH.name]
        self._need_numbers(f"a price per {unit}", *prices, size)
        amounts = self._frame[size].where(self._frame[size] > 0)
        return self._frame.assign(**{f"{price}_per_{unit}": self._frame[price] / amounts for price in prices})

    def cheapest(self, by: str | Sequence[str] | None = "region", *, price: str | None = None) -> pd.DataFrame:
        """The cheapest row of each value, cheapest first; rows without a price are left out.

        All rows take part: filter before where some are not to be had, as `frame[frame["state"] == "open"]`.

        Args:
            by: A column, or several; None for the one cheapest row of all.
            price: The column to go by; `usd_month` or `usd_hour` by default.

        Raises:
            InvalidInputError: The frame lacks one of the columns, or the price is no number.
        """
        several = isinstance(by, Iterable) and not isinstance(by, str)
        names = [] if by is None else list(by) if several else [by]
        usual = (column.name for column in reversed(PRICE) if column.name in self._frame)
        chosen = price or next(usual, USD_MONTH.name)
        self._need("the cheapest", *names)
        self._need_numbers("the cheapest", chosen)
        rows = self._frame.dropna(subset=[chosen]).sort_values(chosen, kind="stable")
        return rows.drop_duplicates(names) if names else rows.head(1)

    def compare_clouds(self) -> pd.DataFrame:
        """With what AWS, Google Cloud and Azure ask per month for the same size, beside `usd_month`: by the list
        formulas of the service's own comparison, in US dollars. They know no GPUs: a row with GPUs has <NA>.

        Raises:
            InvalidInputError: The frame lacks the size.
        """
        self._need_numbers("the comparison", VCPU.name, MEMORY_GB.name, STORAGE_GB.name, GPUS.name)
        added = [f"{cloud}_usd_month" for cloud in CLOUDS]
        if all(name in self._frame for name in added):  # a sweep has them from the service itself
            return self._frame.copy()
        frame = self._frame.drop(columns=added, errors="ignore")
        prices = PriceModel.parse(frame.attrs["prices"])
        asked = cloud_usd_month(frame[VCPU.name], frame[MEMORY_GB.name], frame[STORAGE_GB.name], prices)
        names = list(frame.columns)
        place = names.index(USD_MONTH.name) + 1 if USD_MONTH.name in names else len(names)
        for offset, (name, cloud) in enumerate(zip(added, CLOUDS, strict=True)):
            frame.insert(place + offset, name, asked[cloud].where(frame[GPUS.name] == 0))
        return frame

    def styled(self) -> Styler:
        """The frame for print: dollars and shares as people write them, bars behind prices and uptimes, and above
        it which market and moment it is from. Text from providers is escaped. Take the columns you want first:
        `frame[["provider", "usd_month", "uptime_7d"]].akash.styled()`."""
        documented = self._documented()
        return styled(self._frame, [documented[name] for name in self._frame.columns if name in documented])

    def _table(self) -> Table:
        table = table_of(self._frame)
        if table is None:
            raise _refusal(
                "This frame is none that akash_nb made, or it has lost its attrs, as by a merge.",
                "Work on the frames before they are merged, or give this one the attrs of its source: "
                "frame.attrs = bids.attrs.",
            )
        return table

    def _documented(self) -> dict[str, Column]:
        """Columns that may be in the frame, by name."""
        return ADDED | {column.name: column for column in self._table().columns}

    def _need(self, what: str, *names: Any) -> None:
        """Stop where the frame lacks a column; a list of names is no name of one."""
        table = self._table()
        missing = [name for name in names if not isinstance(name, Hashable) or name not in self._frame]
        if missing:
            raise _refusal(
                f"{what[0].upper()}{what[1:]} needs {_listed(missing)}, which this frame of {table.name} lacks.",
                f"It has {_listed(self._frame.columns)}.",
            )

    def _need_numbers(self, what: str, *names: str) -> None:
        """Stop where the frame lacks a column, or one holds no numbers."""
        self._need(what, *names)
        for name in names:
            if not pd.api.types.is_numeric_dtype(self._frame[name]):
                raise _refusal(f"The column {name} holds no numbers.", "Choose a column of numbers.")

    def _better(self, name: str, given: Mapping[str, Better]) -> str:
        """Which side of a column is better, that of a column of numbers."""
        self._need_numbers("the front", name)
        column = self._documented().get(name)
        side = given.get(name) or (column.better if column else "")
        if side not in ("low", "high"):
            raise _refusal(
                f"Which side of {name} is better is not known.",
                f'Say so: pareto(…, better={{"{name}": "low"}}), or "high".',
            )
        return side


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))


def _refusal(what: str, todo: str) -> InvalidInputError:
    return InvalidInputError(what, means="The frame is as it was.", todo=todo)
