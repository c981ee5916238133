"""Names beside points, as many as there is room for, and none over another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from akash_nb.charts.svg import shortened, tag, width, words

_SIZE = 11.5
_LONGEST = 200
#: From the middle of a point to its name, and half the height of a name.
_OFF, _UP = 9.5, 7

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the picture, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, x: float, y: float, radius: float) -> Box:
        return cls(x - radius, y - radius, x + radius, y + radius)

    @classmethod
    def along(cls, start: tuple[float, float], end: tuple[float, float], room: float) -> Box:
        """Around a line that is level or upright."""
        (left, right), (top, bottom) = sorted((start[0], end[0])), sorted((start[1], end[1]))
        return cls(left - room, top - room, right + room, bottom + room)

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def beside(points: Sequence[tuple[float, float, str]], area: Box, keep_clear: Sequence[Box]) -> str:
    """Names of points, given as x, y and name, each within the area and clear of those places; without a free place a
    point has none. Points of one name and place have it once."""
    taken = list(keep_clear)
    markup = []
    for x, y, name in dict.fromkeys(points):
        said = shortened(name, _LONGEST, _SIZE)
        free = (
            (box, anchor)
            for box, anchor in _places(x, y, width(said, _SIZE))
            if area.holds(box) and not any(box.meets(other) for other in taken)
        )
        place = next(free, None)
        if said and place is not None:
            box, anchor = place
            taken.append(box)
            at = {"start": box.left, "middle": (box.left + box.right) / 2, "end": box.right}[anchor]
            markup.append(words(said, at, box.bottom - _UP / 2, size=_SIZE, text_anchor=anchor))
    return tag("g", *markup) if markup else ""


def _places(x: float, y: float, length: float) -> tuple[tuple[Box, Anchor], ...]:
    """Where a name may stand beside a point, best first, and from where its text runs."""
    below, above = Box(x, y + _OFF, x, y + _OFF + 2 * _UP), Box(x, y - _OFF - 2 * _UP, x, y - _OFF)
    return (
        (Box(x + _OFF, y - _UP, x + _OFF + length, y + _UP), "start"),
        (Box(x - _OFF - length, y - _UP, x - _OFF, y + _UP), "end"),
        (Box(x - length / 2, below.top, x + length / 2, below.bottom), "middle"),
        (Box(x - length / 2, above.top, x + length / 2, above.bottom), "middle"),
        (Box(x, below.top, x + length, below.bottom), "start"),
        (Box(x - length, below.top, x, below.bottom), "end"),
        (Box(x, above.top, x + length, above.bottom), "start"),
        (Box(x - length, above.top, x, above.bottom), "end"),
    )
