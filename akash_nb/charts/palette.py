"""Colours and shapes that tell things apart on light and dark grounds, and for people who see few colours.

Text and lines are `currentColor`, so that they follow the page. The hues are from the colour-blind-safe palette of
Okabe and Ito; those are taken that have a contrast of 3:1 with white and with JupyterLab's and VS Code's dark grounds.
No hue stands alone: each has a shape, and lines have a dash.
"""

from __future__ import annotations

from akash_nb.charts.svg import tag

#: Marks what a chart is about.
ACCENT = "#0072B2"

HUES = (ACCENT, "#D55E00", "#009E73", "#CC79A7")
DASHES = (None, "7 3", "2 3")
SHAPES = ("circle", "square", "diamond", "triangle")

#: As many series as hue, shape and dash tell apart, without a reader who has to search.
MOST_SERIES = len(HUES) * len(DASHES)

_OUTLINES = {
    "square": "M{0} {0}H{1}V{1}H{0}z",
    "diamond": "M0 {0}L{1} 0L0 {1}L{0} 0z",
    "triangle": "M0 {0}L{1} {1}H{0}z",
}
_SIZES = {"square": 0.88, "diamond": 1.25, "triangle": 1.1}


def hue(series: int) -> str:
    return HUES[series % len(HUES)]


def dash(series: int) -> str | None:
    return DASHES[series // len(HUES) % len(DASHES)]


def mark(series: int, x: float, y: float, radius: float, *children: str, **attributes: str | float | None) -> str:
    """The shape of a series at a place, about as large as a circle of that radius."""
    shape = SHAPES[(series + series // len(HUES)) % len(SHAPES)]  # another one when its hue comes again
    if shape == "circle":
        return tag("circle", *children, cx=x, cy=y, r=radius, **attributes)
    size = radius * _SIZES[shape]
    outline = _OUTLINES[shape].format(f"{-size:.1f}", f"{size:.1f}")
    return tag("path", *children, d=outline, transform=f"translate({x:.1f} {y:.1f})", **attributes)
