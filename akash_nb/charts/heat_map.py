"""Two columns as the sides of a grid, a third as the colour and the text of its cells."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from akash_nb.charts.chart import FAINT, WIDTH, Chart, Drawing, chart, nothing
from akash_nb.charts.columns import Aggregate, by_place, distinct, refuse, text
from akash_nb.charts.palette import ACCENT
from akash_nb.charts.quantity import Quantity, named, quantity
from akash_nb.charts.svg import SMALL, shortened, tag, tooltip, width, words

MOST_CELLS = 1000

#: Cells are this strong at most, so that their text can be read on light and on dark grounds.
_FAINTEST, _STRONGEST = 0.05, 0.55
#: Beyond this many times the smallest value, equal steps of colour are equal ratios.
_WIDE_RANGE = 20

#: Pixels: a cell's height and width, the gap between cells, and the line below the top of a cell that text stands on.
_HEIGHT, _LEAST, _MOST, _GAP, _LINE = 32, 48, 120, 3, 20.5
_TOP, _HEAD_LINE, _LONGEST_NAME, _STEP = 42, 15, 160, 44
_MOST_FACTS = 20

Place = tuple[Hashable, ...]


def heatmap(
    frame: pd.DataFrame,
    rows: str,
    columns: str,
    values: str,
    *,
    aggregate: Aggregate | None = None,
    title: str = "",
) -> Chart:
    """A grid: the stronger the colour of a cell, the larger its value, which stands in it. The best has an edge.

    Args:
        rows, columns: Columns of anything; numbers ascend, categories keep their order, the rest stays as it comes.
        values: A column of numbers.
        aggregate: What to make of several rows for one cell: min, max, mean, median or sum.

    Raises:
        InvalidInputError: There is no such column, it holds no numbers, there are more than 1,000 cells, or a cell has
            several rows and `aggregate` does not say what to make of them.
    """
    cells = by_place(frame, (rows, columns), values, aggregate)
    grid = _Grid(
        quantity(frame, values), named(rows), named(columns), distinct(frame, rows), distinct(frame, columns), cells
    )
    title = title or f"{grid.held.label} by {grid.row_name} and {grid.column_name}"
    if not grid.known:
        why = f"no row has {values}" if cells else "the table has no rows"
        return nothing(title, f"Nothing to show: {why}.", frame.attrs)
    if grid.size > MOST_CELLS:
        raise refuse(
            f"That would be {len(grid.down):,} by {len(grid.across):,} cells, more than anybody can read.",
            "Filter the table first.",
        )
    return chart(grid.drawing(), title, grid.seen(), frame.attrs, grid.facts())


@dataclass(frozen=True)
class _Grid:
    """The cells with a row of the table, by their place; None where the row has no value."""

    held: Quantity
    row_name: str
    column_name: str
    down: Sequence[Hashable]
    across: Sequence[Hashable]
    cells: Mapping[Place, float | None]

    @property
    def size(self) -> int:
        return len(self.down) * len(self.across)

    @cached_property
    def known(self) -> dict[Place, float]:
        return {place: value for place, value in self.cells.items() if value is not None}

    @cached_property
    def shades(self) -> _Shades:
        return _Shades(min(self.known.values()), max(self.known.values()))

    @cached_property
    def best(self) -> float | None:
        """The value that people want; None where all are equal or nobody knows which way is better."""
        wanted = {"low": self.shades.low, "high": self.shades.high, "": None}[self.held.better]
        return wanted if self.shades.low < self.shades.high else None

    @cached_property
    def left(self) -> float:
        """Where the cells begin."""
        names = (self.row_name, *map(text, self.down))
        return min(_LONGEST_NAME, max(map(width, names))) + 10

    @cached_property
    def cell(self) -> float:
        """How wide a cell is, with its gap."""
        need = max(_LEAST, *(width(said) + 14 for said in self.short.values()))
        return max(need, min(_MOST, (WIDTH - self.left) / len(self.across)))

    @cached_property
    def is_staggered(self) -> bool:
        """The names of columns stand in two lines by turns, since in one they would not fit."""
        return any(width(text(head)) > self.cell - 6 for head in self.across)

    @cached_property
    def top(self) -> float:
        """Where the cells begin."""
        return _TOP + (_HEAD_LINE if self.is_staggered else 0)

    @cached_property
    def short(self) -> dict[float, str]:
        """Each value, and those of the legend, without the period that the title has."""
        values = [*self.known.values(), self.shades.middle]
        return dict(zip(values, self.held.texts(values), strict=True))

    def about(self, place: Place) -> str:
        return f"{self.row_name} {text(place[0])}, {self.column_name} {text(place[1])}"

    # Saying it

    def seen(self) -> str:
        low, high = min(self.known, key=self.known.__getitem__), max(self.known, key=self.known.__getitem__)
        missing = self.size - len(self.known)
        lacking = f" {missing} of {self.size} cells have no value." if missing else ""
        if self.shades.low == self.shades.high:
            return f"{self.held.text(self.shades.low)} everywhere.{lacking}"
        ends = (f"{self.held.text(self.known[place])} ({self.about(place)})" for place in (low, high))
        return f"From {' to '.join(ends)}.{lacking}"

    def facts(self) -> tuple[str, ...]:
        ascending = sorted(self.known.items(), key=lambda item: item[1])
        return tuple(f"{self.about(place)}: {self.held.text(value)}" for place, value in ascending[:_MOST_FACTS])

    # Drawing it

    def drawing(self) -> Drawing:
        bottom = self._top(len(self.down))
        markup = words(self.column_name, self.left, 14, font_weight=600)
        markup += words(self.row_name, 0, self.top - 8, font_weight=600)
        markup += tag("g", *map(self._column_head, range(len(self.across))), opacity=FAINT, text_anchor="middle")
        markup += tag("g", *map(self._row_head, range(len(self.down))), opacity=FAINT)
        markup += tag("g", *map(self._row, range(len(self.down))), text_anchor="middle")
        markup += self._legend(bottom + 8)
        right = self.left + (len(self.across) + (0.5 if self.is_staggered else 0)) * self.cell
        return Drawing(markup, bottom + 40, max(WIDTH, right))

    def _column_head(self, i: int) -> str:
        said = text(self.across[i])
        at = self.left + (i + 0.5) * self.cell - _GAP / 2
        room, line = (2 * self.cell, i % 2) if self.is_staggered else (self.cell, 0)
        return tag("g", tooltip(said), words(shortened(said, room - 6), at, 34 + line * _HEAD_LINE))

    def _row_head(self, j: int) -> str:
        said = text(self.down[j])
        return tag("g", tooltip(said), words(shortened(said, self.left - 10), 0, self._top(j) + _LINE))

    def _top(self, j: int) -> float:
        return self.top + j * (_HEIGHT + _GAP)

    def _row(self, j: int) -> str:
        return "".join(
            self._cell((self.down[j], head), self.left + i * self.cell, j) for i, head in enumerate(self.across)
        )

    def _cell(self, place: Place, x: float, j: int) -> str:
        y, wide = self._top(j), self.cell - _GAP
        middle, line = x + wide / 2, y + _LINE
        value = self.known.get(place)
        if value is None:
            about = tooltip(self.about(place), "no value" if place in self.cells else "no row")
            edge = _edge(x + 0.5, y + 0.5, wide - 1, _HEIGHT - 1, stroke_opacity=0.3, stroke_dasharray="3 3")
            return tag("g", about, edge, words("none", middle, line, opacity=FAINT, font_style="italic"))
        about = tooltip(self.about(place), f"{self.held.label}: {self.held.text(value)}")
        is_best = value == self.best
        fill = tag(
            "rect", x=x, y=y, width=wide, height=_HEIGHT, rx=4, fill=ACCENT, fill_opacity=self.shades.strength(value)
        )
        edge = _edge(x + 1, y + 1, wide - 2, _HEIGHT - 2, stroke_width=2) if is_best else ""
        said = words(self.short[value], middle, line, font_weight=700 if is_best else None)
        return tag("g", about, fill, edge, said, data_row=text(place[0]), data_column=text(place[1]))

    def _legend(self, y: float) -> str:
        """Five steps of colour, the values at both ends and in the middle, and what the edge means."""
        low, high = self.shades.low, self.shades.high
        if low == high:
            return ""
        x, length = self.left, 5 * _STEP
        middle = self.shades.middle
        ends = ((x, low, "start"), (x + length / 2, middle, "middle"), (x + length, high, "end"))
        markup = "".join(
            tag("rect", x=x + i * _STEP, y=y, width=_STEP, height=10, fill=ACCENT, fill_opacity=_strength(i / 4))
            for i in range(5)
        )
        markup += _edge(x, y, length, 10, stroke_opacity=0.35)
        markup += "".join(words(self.short[value], at, y + 24, size=SMALL, text_anchor=end) for at, value, end in ends)
        if self.best is not None:
            markup += _edge(x + length + 22, y + 1, 16, 12, stroke_width=2)
            which = "lowest" if self.held.better == "low" else "highest"
            markup += words(f"the {which}", x + length + 45, y + 11, size=SMALL)
        return tag("g", markup, opacity=FAINT)


@dataclass(frozen=True, slots=True)
class _Shades:
    """How strong a value's colour is, between the smallest and the largest."""

    low: float
    high: float

    @property
    def is_by_ratio(self) -> bool:
        return self.low > 0 and self.high / self.low > _WIDE_RANGE

    @property
    def middle(self) -> float:
        """The value of the middle colour."""
        return math.sqrt(self.low * self.high) if self.is_by_ratio else (self.low + self.high) / 2

    def strength(self, value: float) -> float:
        if self.low == self.high:
            return _strength(0.5)
        if self.is_by_ratio:
            return _strength(math.log(value / self.low) / math.log(self.high / self.low))
        return _strength((value - self.low) / (self.high - self.low))


def _strength(share: float) -> float:
    return _FAINTEST + (_STRONGEST - _FAINTEST) * share


def _edge(x: float, y: float, wide: float, high: float, **look: str | float | None) -> str:
    return tag("rect", x=x, y=y, width=wide, height=high, rx=4, fill="none", stroke="currentColor", **look)
