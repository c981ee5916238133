"""Two columns against each other, with the Pareto front: what no other row beats on both counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from akash_nb import pareto
from akash_nb.charts.chart import FAINT, WIDTH, Chart, Drawing, chart, nothing
from akash_nb.charts.columns import distinct, labels, numbers, refuse, text
from akash_nb.charts.labels import Box, beside
from akash_nb.charts.palette import MOST_SERIES, dash, hue, mark
from akash_nb.charts.plot import Plot
from akash_nb.charts.quantity import Quantity, named, quantity, sides
from akash_nb.charts.svg import shortened, tag, tooltip, width, words
from akash_nb.units import counted

#: So many quiet points have a tooltip; more become one path, so that a saved notebook stays small.
MOST_NAMED = 150

_QUIET, _LOUD = 4, 5.5
_LAYERS = 6
_MOST_FACTS = 20


@dataclass(frozen=True, slots=True)
class Point:
    """One row: its numbers, its name, the number of its series, and whether it is highlighted."""

    x: float
    y: float
    name: str
    series: int
    is_loud: bool


def scatter(
    frame: pd.DataFrame,
    x: str,
    y: str,
    *,
    label: str | None = None,
    by: str | None = None,
    highlight: pd.DataFrame | Sequence[bool] | None = None,
    low: tuple[bool, bool] | None = None,
    title: str = "",
) -> Chart:
    """Two columns against each other; the Pareto front is highlighted and joined by a line, the others are quiet.

    Args:
        x, y: Columns of numbers. Rows that lack one of them are counted, not drawn.
        label: The column that names the rows; None is `provider` where there is one.
        by: A column whose values have a front, a shape and a colour each, such as `gseq`.
        highlight: What to highlight instead of the front: some rows of the frame, such as `frame.akash.pareto` gives,
            or for each row whether.
        low: For x and y, whether less is better. None asks the table that the frame was made from, then the name;
            where neither knows, no front is drawn.

    Raises:
        InvalidInputError: There is no such column, it holds no numbers, or `by` has more than 12 values.
    """
    rows = list(zip(numbers(frame, x), numbers(frame, y), strict=True))
    across, up = quantity(frame, x), quantity(frame, y)
    title = title or f"{up.label} against {across.label}"
    kinds = _kinds(frame, by)
    series = [kinds.index(value) for value in labels(frame, by)] if by else [0] * len(rows)
    low = low or sides(across, up)
    loud = front_by(series, rows, low) if highlight is None else _marked(frame, highlight)
    points = [
        Point(a, b, name, number, is_loud)
        for (a, b), name, number, is_loud in zip(rows, _names(frame, label), series, loud, strict=True)
        if a is not None and b is not None
    ]
    if not points:
        why = f"no row has both {x} and {y}" if rows else "the table has no rows"
        return nothing(title, f"Nothing to show: {why}.", frame.attrs)
    joined = low if highlight is None else None
    drawing = _draw(points, across, up, joined, [f"{named(by)} {text(kind)}" for kind in kinds] if by else [])
    seen = _seen(points, across, up, lacking=len(rows) - len(points), is_front=joined is not None)
    return chart(drawing, title, seen, frame.attrs, _facts(points, across, up))


def front_by(series: Sequence[int], rows: Sequence[pareto.Point], low: tuple[bool, bool] | None) -> list[bool]:
    """For each row whether it is on the front of its series; none is where nobody knows which way is better."""
    found = [False] * len(rows)
    for number in set(series) if low else ():
        own = [i for i, other in enumerate(series) if other == number]
        for i, is_best in zip(own, pareto.front([rows[i] for i in own], low=low or (True, True)), strict=True):
            found[i] = is_best
    return found


def stairs(places: Sequence[tuple[float, float]], *, vertical_first: bool) -> list[tuple[float, float]]:
    """A front as the best that is to be had up to each point, by its corners: steps, since nothing lies in between."""
    corners = list(places[:1])
    for (left, top), (x, y) in pairwise(places):
        corners += [(left, y) if vertical_first else (x, top), (x, y)]
    return corners


# Reading the frame


def _kinds(frame: pd.DataFrame, by: str | None) -> list[object]:
    kinds: list[object] = list(distinct(frame, by)) if by else []
    if len(kinds) > MOST_SERIES:
        raise refuse(
            f"The column {by!r} has {len(kinds)} different values; {MOST_SERIES} can be told apart.",
            "Filter the table, or take another column for by=.",
        )
    return kinds


def _names(frame: pd.DataFrame, label: str | None) -> list[str]:
    name = label or ("provider" if "provider" in frame.columns else "")
    return [text(value) for value in labels(frame, name)] if name else [""] * len(frame)


def _marked(frame: pd.DataFrame, highlight: pd.DataFrame | Sequence[bool]) -> list[bool]:
    if isinstance(highlight, pd.DataFrame):
        if "pareto" in highlight.columns:
            highlight = highlight[highlight["pareto"].fillna(False).astype(bool)]
        return [bool(is_in) for is_in in frame.index.isin(highlight.index)]
    marked = [not pd.isna(value) and bool(value) for value in list[Any](highlight)]
    if len(marked) != len(frame):
        raise refuse(
            f"highlight= is for {len(marked)} rows, and the table has {len(frame)}.", "Pass rows of the same table."
        )
    return marked


# Saying it


def _loud(points: Sequence[Point]) -> list[Point]:
    return sorted((point for point in points if point.is_loud), key=lambda point: (point.series, point.x, point.y))


def _facts(points: Sequence[Point], x: Quantity, y: Quantity) -> tuple[str, ...]:
    loud = _loud(points)[:_MOST_FACTS]
    return tuple(f"{point.name or 'point'}: {x.text(point.x)}, {y.text(point.y)}" for point in loud)


def _seen(points: Sequence[Point], x: Quantity, y: Quantity, *, lacking: int, is_front: bool) -> str:
    """What the picture shows, in a sentence or two."""
    left_out = f" {counted(lacking, 'row')} without a figure left out." if lacking else ""
    loud = sorted(_loud(points), key=lambda point: (point.x, point.y))
    if not loud:
        return f"{counted(len(points), 'point')}, none highlighted.{left_out}"
    first, last = (f"{x.text(point.x)} at {y.text(point.y)}" for point in (loud[0], loud[-1]))
    stretch = first if first == last else f"from {first} to {last}"
    verb = "is" if len(loud) == 1 else "are"
    return (
        f"{len(loud)} of {len(points)} {verb} {'on the Pareto front' if is_front else 'highlighted'}: "
        f"{stretch}.{left_out}"
    )


# Drawing it


def _draw(
    points: Sequence[Point], x: Quantity, y: Quantity, low: tuple[bool, bool] | None, kinds: Sequence[str]
) -> Drawing:
    plot = Plot.of(x, y, [point.x for point in points], [point.y for point in points])
    quiet, loud = [point for point in points if not point.is_loud], _loud(points)
    fronts = _fronts(plot, loud, vertical_first=not low[0]) if low else {}
    markup = plot.ground()
    markup += _crowd(plot, quiet) if len(quiet) > MOST_NAMED else _quiet_marks(plot, quiet)
    markup += "".join(_line(series, corners) for series, corners in fronts.items())
    markup += tag("g", *(_mark(plot, point, _LOUD, fill=hue(point.series)) for point in loud))
    marks = [Box.around(*plot.at(point.x, point.y), _LOUD + 1 if point.is_loud else _QUIET) for point in points]
    steps = [Box.along(*step, 2) for corners in fronts.values() for step in pairwise(corners)]
    names = [
        (*plot.at(point.x, point.y), point.name.removeprefix("provider.")) for point in loud
    ]  # nearly all begin so
    markup += beside(names, plot.area, [*marks, *steps])
    legend, more = _legend(kinds, plot.height)
    return Drawing(markup + legend, plot.height + more)


def _quiet_marks(plot: Plot, points: Sequence[Point]) -> str:
    marks = (_mark(plot, point, _QUIET) for point in points)
    return tag("g", *marks, fill_opacity=0.16, stroke="currentColor", stroke_opacity=0.5)


def _crowd(plot: Plot, points: Sequence[Point]) -> str:
    """Many quiet points as a few paths of dots, each a line without length and with round ends. Where dots of several
    paths meet it is darker."""
    places = sorted({(f"{x:.1f}", f"{y:.1f}") for x, y in (plot.at(point.x, point.y) for point in points)})
    layers = ("".join(f"M{x} {y}h0" for x, y in places[i::_LAYERS]) for i in range(_LAYERS))
    paths = (tag("path", d=dots) for dots in layers if dots)
    look = {"fill": "none", "stroke": "currentColor", "stroke_linecap": "round"}
    return tag("g", *paths, stroke_opacity=0.2, stroke_width=5, **look)


def _fronts(plot: Plot, loud: Sequence[Point], *, vertical_first: bool) -> dict[int, list[tuple[float, float]]]:
    """The corners of the front of each series."""
    fronts: dict[int, list[tuple[float, float]]] = {}
    for point in loud:
        fronts.setdefault(point.series, []).append(plot.at(point.x, point.y))
    return {series: stairs(places, vertical_first=vertical_first) for series, places in fronts.items()}


def _line(series: int, corners: Sequence[tuple[float, float]]) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
    return tag("path", d=path, fill="none", stroke=hue(series), stroke_width=1.75, stroke_dasharray=dash(series))


def _mark(plot: Plot, point: Point, radius: float, *, fill: str | None = None) -> str:
    x, y = plot.x_quantity, plot.y_quantity
    about = tooltip(point.name, f"{x.label}: {x.text(point.x)}", f"{y.label}: {y.text(point.y)}")
    return mark(point.series, *plot.at(point.x, point.y), radius, about, fill=fill)


def _legend(kinds: Sequence[str], top: float) -> tuple[str, float]:
    """What the shapes stand for, in as many lines as it takes; and how high that is."""
    markup, x, y = [], 8.0, top + 6
    for series, kind in enumerate(kinds):
        said = shortened(kind, 200)
        room = width(said) + 36
        if x + room > WIDTH:
            x, y = 8.0, y + 18
        markup += [mark(series, x, y, _LOUD, fill=hue(series)), words(said, x + 12, y + 4, opacity=FAINT)]
        x += room
    return "".join(markup), y + 14 - top if kinds else 0.0
