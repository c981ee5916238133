"""Columns of a frame as plain values, and one clear error for each way in which they cannot be drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from difflib import get_close_matches
from statistics import fmean, median
from typing import Any, Literal, cast

import pandas as pd

from akash_nb.errors import InvalidInputError

Aggregate = Literal["min", "max", "mean", "median", "sum"]

_AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "max": max,
    "mean": fmean,
    "median": median,
    "sum": math.fsum,
}
_NOTHING = "Nothing was drawn."
#: Nothing here is counted in less or in more; beyond, floats lack the room to reckon with places on a picture.
_SMALLEST, _LARGEST = 1e-15, 1e15
_NUMBERS = ("decimal", "integer", "floating", "mixed-integer-float", "empty")


def refuse(what: str, todo: str) -> InvalidInputError:
    """The error for something that cannot be drawn."""
    return InvalidInputError(what, means=_NOTHING, todo=todo)


def column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """One column.

    Raises:
        InvalidInputError: There is none of that name, or more than one.
    """
    if not isinstance(frame, pd.DataFrame):
        raise refuse(
            f"A chart is drawn from a DataFrame, not from {type(frame).__name__}.", "Pass one, such as .frame() gives."
        )
    names = [str(known) for known in frame.columns]
    if name not in frame.columns:
        close = get_close_matches(str(name), names, n=1)
        meant = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(names) or 'none'}."
        raise refuse(f"The table has no column {name!r}.", meant)
    found = frame[name]
    if found.ndim == 2:
        raise refuse(f"The table has more than one column {name!r}.", "Rename or drop all but one of them.")
    return found


def numbers(frame: pd.DataFrame, name: str) -> list[float | None]:
    """A column of numbers; times as seconds since 1970 (UTC). None is a value that is missing, or beyond all measure.

    Raises:
        InvalidInputError: It holds something else.
    """
    found = column(frame, name)
    if found.dtype.kind == "M":
        moments: list[Any] = list(pd.to_datetime(found, utc=True))
        return [None if pd.isna(at) else at.timestamp() for at in moments]
    is_number = pd.api.types.is_numeric_dtype(found) and not pd.api.types.is_bool_dtype(found)
    if not is_number and not (found.dtype == object and pd.api.types.infer_dtype(found, skipna=True) in _NUMBERS):
        fitting = [str(other) for other in frame.columns if _is_number(frame[other])]
        raise refuse(
            f"The column {name!r} holds no numbers but {found.dtype}.",
            f"Numbers are in: {', '.join(fitting) or 'no column'}.",
        )
    return [_finite(value) for value in found]


def labels(frame: pd.DataFrame, name: str) -> list[Hashable]:
    """A column of anything, one value per row; missing ones are None."""
    return [None if pd.isna(value) else cast(Hashable, value) for value in column(frame, name)]


def text(value: object) -> str:
    """A value of a column as people read it: `2.0` -> `2`, nothing -> `none`, missing -> `unknown`."""
    if value is None:
        return "unknown"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value).strip() or "none"


def distinct(frame: pd.DataFrame, name: str) -> list[Hashable]:
    """The different values of a column: numbers ascending, categories in their order, the rest as they come."""
    found = labels(frame, name)
    values = list(dict.fromkeys(value for value in found if value is not None))
    dtype = frame[name].dtype
    if isinstance(dtype, pd.CategoricalDtype):
        place = {value: i for i, value in enumerate(dtype.categories)}
        values.sort(key=lambda value: place[value])
    elif pd.api.types.is_numeric_dtype(dtype):
        values.sort(key=float)  # type: ignore[arg-type]  # of a numeric column
    return [*values, None] if None in found else values


def by_place(
    frame: pd.DataFrame, places: tuple[str, ...], values: str, aggregate: Aggregate | None
) -> dict[tuple[Hashable, ...], float | None]:
    """One number for each combination of values of the columns `places` that the frame has; None where it is missing.

    Raises:
        InvalidInputError: A combination has several rows, and `aggregate` does not say what to make of them.
    """
    if aggregate is not None and aggregate not in _AGGREGATES:
        raise refuse(f"There is no aggregate {aggregate!r}.", f"Take one of {', '.join(_AGGREGATES)}.")
    found: dict[tuple[Hashable, ...], list[float | None]] = {}
    for place, value in zip(
        zip(*(labels(frame, name) for name in places), strict=True), numbers(frame, values), strict=True
    ):
        found.setdefault(place, []).append(value)
    crowded = next((place for place, several in found.items() if len(several) > 1), None)
    if crowded is not None and aggregate is None:
        where = ", ".join(f"{name} {text(value)}" for name, value in zip(places, crowded, strict=True))
        raise refuse(
            f"There are {len(found[crowded])} rows for {where}, and one place to draw them.",
            f"Filter the table to one of them, or say what to draw with aggregate=: {', '.join(_AGGREGATES)}.",
        )
    return {place: _reduced(several, aggregate) for place, several in found.items()}


def _reduced(several: list[float | None], aggregate: Aggregate | None) -> float | None:
    known = [value for value in several if value is not None]
    return _AGGREGATES[aggregate or "min"](known) if known else None


def _is_number(found: Any) -> bool:
    return (
        isinstance(found, pd.Series) and pd.api.types.is_numeric_dtype(found) and not pd.api.types.is_bool_dtype(found)
    )


def _finite(value: Any) -> float | None:
    if pd.isna(value):
        return None
    number = float(value)
    if abs(number) < _SMALLEST:
        return 0.0
    return number if abs(number) < _LARGEST else None
