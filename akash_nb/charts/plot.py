"""The ground of a scatter or a line plot: a rectangle with two axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

from akash_nb.charts.chart import FAINT, WIDTH
from akash_nb.charts.labels import Box
from akash_nb.charts.quantity import NEAR, Axis, Quantity
from akash_nb.charts.svg import tag, width, words

#: Height of the rectangle, and the room for marks that lie on its edge.
_HEIGHT, _EDGE = 270, 9
_TICK = 12
#: Values that become ticks, at most, and the pixels between their texts, at least.
_MOST_VALUES, _BETWEEN = 8, 8


@dataclass(frozen=True, slots=True)
class Plot:
    """Where numbers lie on the picture, in pixels."""

    x: Axis
    y: Axis
    x_quantity: Quantity
    y_quantity: Quantity
    area: Box

    @classmethod
    def of(
        cls,
        x: Quantity,
        y: Quantity,
        xs: Sequence[float],
        ys: Sequence[float],
        *,
        to_zero: float = NEAR,
        is_tight: bool = False,
        room_right: float = 0,
    ) -> Self:
        """A plot for these values.

        Args:
            to_zero: As of an axis, for y.
            is_tight: It ends where the values of x do, not at the next round number. Values that are few and far
                enough from each other are the ticks.
            room_right: Pixels to keep free for words beside it.
        """
        across, up = x.axis(xs), y.axis(ys, to_zero=to_zero)
        left = max(width(text, _TICK) for text in up.texts) + 10
        right = max(room_right, width(across.texts[-1], _TICK) / 2)
        area = Box(left, 26, WIDTH - right, 26 + _HEIGHT)
        if is_tight and min(xs) < max(xs):
            across = _tight(x, across, sorted(set(xs)), area.right - area.left - 2 * _EDGE)
        return cls(across, up, x, y, area)

    @property
    def height(self) -> float:
        """Of all of it, with the words below the axis."""
        return self.area.bottom + 46

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place of two numbers."""
        area = self.area
        across = area.left + _EDGE + self.x.share(x) * (area.right - area.left - 2 * _EDGE)
        return across, area.bottom - _EDGE - self.y.share(y) * (area.bottom - area.top - 2 * _EDGE)

    def ground(self) -> str:
        """Grid, ticks and the names of the axes."""
        area = self.area
        lines, texts = [], []
        for tick, said in zip(self.y.ticks, self.y.texts, strict=True):
            y = self.at(self.x.low, tick)[1]
            lines.append(f"M{area.left:.1f} {y:.1f}H{area.right:.1f}")
            texts.append(words(said, area.left - 7, y + 4, size=_TICK, text_anchor="end"))
        for tick, said in zip(self.x.ticks, self.x.texts, strict=True):
            x = self.at(tick, self.y.low)[0]
            lines.append(f"M{x:.1f} {area.top:.1f}V{area.bottom:.1f}")
            texts.append(words(said, x, area.bottom + 17, size=_TICK, text_anchor="middle"))
        names = words(_named(self.y_quantity), 0, area.top - 11, size=_TICK, font_weight=600)
        middle = (area.left + area.right) / 2
        names += words(
            _named(self.x_quantity), middle, area.bottom + 38, size=_TICK, font_weight=600, text_anchor="middle"
        )
        grid = tag("path", d="".join(lines), stroke="currentColor", stroke_opacity=0.14, fill="none")
        return grid + tag("g", *texts, opacity=FAINT) + names


def _tight(quantity: Quantity, axis: Axis, values: Sequence[float], room: float) -> Axis:
    """The axis from the first value to the last, with ticks at the values if that leaves room between their texts."""
    inner = axis.within(values[0], values[-1])
    if len(values) > _MOST_VALUES or quantity.kind != "number":
        return inner
    texts = quantity.texts(values)
    pairs = zip(pairwise(map(inner.share, values)), pairwise(width(text, _TICK) for text in texts), strict=True)
    has_room = all((b - a) * room > (left + right) / 2 + _BETWEEN for (a, b), (left, right) in pairs)
    return replace(inner, ticks=tuple(values), texts=tuple(texts)) if has_room else inner


def _named(quantity: Quantity) -> str:
    return f"{quantity.label} · {quantity.hint}" if quantity.hint else quantity.label
