"""How one column follows another: one line for each value of a third."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import pandas as pd

from akash_nb.charts.chart import Chart, Drawing, chart, nothing
from akash_nb.charts.columns import Aggregate, by_place, distinct, numbers, refuse, text
from akash_nb.charts.palette import MOST_SERIES, dash, hue, mark
from akash_nb.charts.plot import Plot
from akash_nb.charts.quantity import Quantity, named, quantity
from akash_nb.charts.svg import shortened, tag, tooltip, width, words
from akash_nb.units import counted

_MARK, _NAME, _LINE = 4, 12, 15
#: Names of lines take at most this much of the width.
_MOST_ROOM = 190
#: More points have no marks of their own, only the line.
_MOST_MARKED = 300


@dataclass(frozen=True, slots=True)
class _Series:
    """One line, its points by x."""

    name: str
    points: tuple[tuple[float, float], ...]


def lines(
    frame: pd.DataFrame,
    x: str,
    y: str,
    by: str | None = None,
    *,
    aggregate: Aggregate | None = None,
    title: str = "",
) -> Chart:
    """One line for each value of `by`, named at its end, with a colour, a shape and a dash of its own.

    Args:
        x: A column of numbers or times.
        y: A column of numbers. A row without one leaves its point out.
        by: A column of anything; None draws one line.
        aggregate: What to make of several rows for one point: min, max, mean, median or sum.

    Raises:
        InvalidInputError: There is no such column, it holds no numbers, there would be more than 12 lines, or a point
            has several rows and `aggregate` does not say what to make of them.
    """
    numbers(frame, x)
    places = by_place(frame, (x,) if by is None else (by, x), y, aggregate)
    across, up = quantity(frame, x), quantity(frame, y)
    title = title or f"{up.label} over {named(x)}{f', by {named(by)}' if by else ''}"
    kinds: Sequence[Hashable] = distinct(frame, by) if by else [None]
    if len(kinds) > MOST_SERIES:
        raise refuse(
            f"That would be {len(kinds)} lines; {MOST_SERIES} can be told apart.",
            f"Filter the table by {by!r}, or take another column for by=.",
        )
    seconds = dict(zip(frame[x], numbers(frame, x), strict=True))
    series = [_Series(text(kind) if by else "", _points(places, seconds, (kind,) if by else ())) for kind in kinds]
    if not any(line.points for line in series):
        why = f"no row has both {x} and {y}" if len(frame) else "the table has no rows"
        return nothing(title, f"Nothing to show: {why}.", frame.attrs)
    return chart(_draw(series, across, up), title, _seen(series, across, up), frame.attrs, _facts(series, across, up))


def _points(
    places: dict[tuple[Hashable, ...], float | None], numeric: dict[Hashable, float | None], kind: tuple[Hashable, ...]
) -> tuple[tuple[float, float], ...]:
    """The points of one line, by x."""
    own = ((numeric.get(place[-1]), value) for place, value in places.items() if place[:-1] == kind)
    return tuple(sorted((a, b) for a, b in own if a is not None and b is not None))


def _seen(series: Sequence[_Series], x: Quantity, y: Quantity) -> str:
    points = [(b, a, line.name) for line in series for a, b in line.points]
    low, high = min(points), max(points)

    def where(point: tuple[float, float, str]) -> str:
        return ", ".join(filter(None, (point[2], f"{x.label} {x.text(point[1])}")))

    empty = [line.name for line in series if not line.points]
    lacking = f" No figures for {', '.join(empty)}." if empty else ""
    if low[0] == high[0]:
        return f"{y.text(low[0])} everywhere.{lacking}"
    stretch = f"from {y.text(low[0])} ({where(low)}) to {y.text(high[0])} ({where(high)})"
    return f"{counted(len(series) - len(empty), 'line')}, {stretch}.{lacking}"


def _facts(series: Sequence[_Series], x: Quantity, y: Quantity) -> tuple[str, ...]:
    def ends(line: _Series) -> str:
        both = dict.fromkeys((line.points[0], line.points[-1]))
        return " to ".join(f"{y.text(b)} at {x.label} {x.text(a)}" for a, b in both)

    return tuple(f"{line.name or y.label}: {ends(line)}" for line in series if line.points)


def _draw(series: Sequence[_Series], x: Quantity, y: Quantity) -> Drawing:
    drawn = [(i, line) for i, line in enumerate(series) if line.points]
    names = {i: shortened(line.name, _MOST_ROOM - 24, _NAME) for i, line in drawn}
    room = max(width(name, _NAME) for name in names.values()) + 24 if any(names.values()) else 0
    every = [point for _, line in drawn for point in line.points]
    plot = Plot.of(x, y, [a for a, _ in every], [b for _, b in every], to_zero=0.5, is_tight=True, room_right=room)
    markup = plot.ground()
    for i, line in drawn:
        places = [plot.at(*point) for point in line.points]
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        markup += tag(
            "path",
            d=path,
            fill="none",
            stroke=hue(i),
            stroke_width=2,
            stroke_linejoin="round",
            stroke_dasharray=dash(i),
        )
        if len(every) <= _MOST_MARKED:
            markup += tag("g", *(_marked(plot, i, line, point) for point in line.points), fill=hue(i))
    return Drawing(markup + _names(plot, {i: (names[i], plot.at(*line.points[-1])) for i, line in drawn}), plot.height)


def _marked(plot: Plot, i: int, line: _Series, point: tuple[float, float]) -> str:
    x, y = plot.x_quantity, plot.y_quantity
    about = tooltip(line.name, f"{x.label}: {x.text(point[0])}", f"{y.label}: {y.text(point[1])}")
    return mark(i, *plot.at(*point), _MARK, about)


def _names(plot: Plot, ends: dict[int, tuple[str, tuple[float, float]]]) -> str:
    """The names beside the ends of the lines, moved apart where they would overlap."""
    wanted = sorted((y, i) for i, (name, (_, y)) in ends.items() if name)
    spread = apart([y for y, _ in wanted], _LINE, plot.area.top + 6, plot.area.bottom - 4)
    markup = ""
    for (y, i), at in zip(wanted, spread, strict=True):
        name, (x, _) = ends[i]
        edge = plot.area.right
        leader = f"M{x + 6:.1f} {y:.1f}L{edge + 4:.1f} {at:.1f}"
        markup += (
            tag("path", d=leader, stroke="currentColor", stroke_opacity=0.35, fill="none")
            if edge - x > 12 or abs(at - y) > 3
            else ""
        )
        markup += mark(i, edge + 11, at, _MARK, fill=hue(i)) + words(name, edge + 20, at + 4, size=_NAME)
    return markup


def apart(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Places as near to the wanted ones (ascending) as they can be, at least `gap` from each other.

    They stay between top and bottom while there is room for all.
    """
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + gap if placed else top))
    limit = max(bottom, top + gap * (len(placed) - 1))
    for i in reversed(range(len(placed))):
        placed[i] = min(placed[i], limit)
        limit = placed[i] - gap
    return placed
