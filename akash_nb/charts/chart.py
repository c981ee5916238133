"""A chart: a picture without scripts, the same in words, and where its figures come from."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from akash_nb.charts.svg import LARGE, SMALL, clean, tag, words, wrapped
from akash_nb.errors import InvalidInputError
from akash_nb.shown import Shown

#: Pixels. A chart is drawn in this width and scales down with its cell.
WIDTH = 640

#: What is faint, such as axes; still 4.5:1 on white and on dark grounds.
FAINT = 0.72

_FONT = "system-ui, -apple-system, Segoe UI, sans-serif"
#: Where the ground is not known, a picture brings its own: dark ink on white.
_INK, _PAPER, _MARGIN = "#1c2330", "#ffffff", 12
_VIEW = re.compile(r"viewBox='0 0 (\d+) (\d+)'")
_TOOLTIP = re.compile(r"<title>[^<]*</title>")

#: Hosts that do not trust a notebook take scalable pictures and styles away and leave their words in a heap; with the
#: style gone, the heap stays hidden and the same picture as an image is what there is.
_SHELL = """<div class="aknb-chart tex2jax_ignore mathjax_ignore" style="overflow-x:auto">\
<style>.aknb-chart>[hidden]{{display:block!important}}.aknb-chart>img{{display:none}}</style>\
<div hidden="hidden">{svg}</div><img alt="{alt}" src="{image}"/></div>"""


@dataclass(frozen=True, slots=True, repr=False)
class Chart(Shown):
    """A picture of a table.

    Attributes:
        title: What is drawn.
        seen: What can be seen in it, in a sentence.
        svg: The picture as SVG text, whole in itself: with title, MOCK mark and footer, and without scripts. Text
            follows the colour of the page around it.
        facts: The figures that matter most, line by line.
        is_mock: The figures are from the simulated market.
        footer: Source, time, and block time and month length behind the dollars, as far as the table says.
    """

    title: str
    seen: str
    svg: str
    facts: tuple[str, ...] = ()
    is_mock: bool = False
    footer: str = ""

    def __str__(self) -> str:
        mock = "MOCK " if self.is_mock else ""
        lines = [f"{mock}{self.title}: {self.seen}", *(f"  {fact}" for fact in self.facts), f"  ({self.footer})"]
        return "\n".join(lines if self.footer else lines[:-1])

    def _repr_html_(self) -> str:
        return _SHELL.format(svg=self.svg, alt=clean(f"{self.title}. {self.seen}"), image=self._image())

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file: `.svg` has a white ground, `.html` is a page that follows light and dark.

        Raises:
            InvalidInputError: The name ends in something else.
        """
        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                text = self._on_paper(self.svg)
            case ".html":
                text = _page(self.title, self.svg)
            case other:
                raise InvalidInputError(
                    f"A chart cannot be saved as {other or 'a file without a suffix'}.",
                    means="Nothing was written.",
                    todo="End the name in .svg or .html.",
                )
        target.write_text(text, encoding="utf-8")
        return target

    def _image(self) -> str:
        """The picture as an address. Nothing can be pointed at in it, so that it needs no tooltips."""
        name, end, drawing = self.svg.partition("</desc>")
        plain = self._on_paper(name + end + _TOOLTIP.sub("", drawing))
        return f"data:image/svg+xml;base64,{base64.b64encode(plain.encode()).decode()}"

    def _on_paper(self, svg: str) -> str:
        """The picture with a ground and a margin of its own."""
        paper = tag("rect", x=-_MARGIN, y=-_MARGIN, width="100%", height="100%", fill=_PAPER)
        wider = _VIEW.sub(
            lambda found: _view(-_MARGIN, *(float(side) + 2 * _MARGIN for side in found.groups())), svg, count=1
        )
        return wider.replace("<svg ", f"<svg color='{_INK}' ", 1).replace("</desc>", f"</desc>{paper}", 1)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a kind of chart has drawn, from its upper left corner."""

    markup: str
    height: float
    width: float = WIDTH


def chart(drawing: Drawing, title: str, seen: str, attrs: Mapping[Any, Any], facts: tuple[str, ...] = ()) -> Chart:
    """A chart of a drawing: title and sentence above it, provenance below it."""
    is_mock = attrs.get("source") == "MOCK"
    footer = provenance(attrs)
    above, top = _header(title, seen, drawing.width, is_mock)
    below = f"{'MOCK: simulated market · ' if is_mock else ''}{footer}".removesuffix(" · ")
    height = top + drawing.height + (24 if below else 6)
    svg = tag(
        "svg",
        tag("title", clean(title)),
        tag("desc", clean(seen)),
        above,
        tag("g", drawing.markup, transform=f"translate(0 {top})"),
        words(below, 1, height - 8, size=SMALL, opacity=FAINT) if below else "",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {drawing.width:.0f} {height:.0f}",
        width=drawing.width,
        role="img",
        fill="currentColor",
        font_family=_FONT,
        style=f"max-width:100%;min-width:{min(drawing.width, WIDTH) * 0.7:.0f}px;height:auto",
    )
    return Chart(title, seen, svg, facts, is_mock, footer)


def provenance(attrs: Mapping[Any, Any]) -> str:
    """`as of 2026-08-22 08:00:00 UTC · 6.098 s per block, 30.437 days per month`, as far as a table says."""
    source = "" if attrs.get("source") in (None, "MOCK") else str(attrs["source"])
    as_of = f"as of {_moment(attrs['as_of'])}" if attrs.get("as_of") else ""
    return " · ".join(part for part in (source, as_of, str(attrs.get("prices") or "")) if part)


def nothing(title: str, why: str, attrs: Mapping[Any, Any]) -> Chart:
    """A chart that says that there is nothing to draw."""
    edge = tag(
        "rect",
        x=1,
        y=1,
        width=WIDTH - 2,
        height=88,
        rx=8,
        fill="none",
        stroke="currentColor",
        stroke_opacity=0.35,
        stroke_dasharray="5 4",
    )
    return chart(Drawing(edge + words(why, WIDTH / 2, 49, text_anchor="middle", opacity=FAINT), 96), title, why, attrs)


def _header(title: str, seen: str, room: float, is_mock: bool) -> tuple[str, float]:
    """Badge, title and sentence, and where the drawing may begin."""
    badge, left = "", 0.0
    if is_mock:
        badge = tag(
            "rect", x=0.75, y=4.75, width=47, height=17, rx=4, fill="none", stroke="currentColor", stroke_width=1.5
        )
        badge += words("MOCK", 24.2, 17.3, size=SMALL, font_weight=700, text_anchor="middle", letter_spacing=0.6)
        left = 56
    markup, y = badge, 18.5
    for line in wrapped(title, room - left, LARGE * 1.05):
        markup += words(line, left, y, size=LARGE, font_weight=600)
        left, y = 0, y + 20
    for line in wrapped(seen, room):
        markup += words(line, 0, y + 1, opacity=FAINT)
        y += 17
    return markup, y


def _view(corner: float, width: float, height: float) -> str:
    return f"viewBox='{corner:.0f} {corner:.0f} {width:.0f} {height:.0f}'"


def _moment(value: Any) -> str:
    """The time of a table, UTC where it does not say; as it stands where it is none."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _page(title: str, svg: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{clean(title)}</title>'
        '<meta name="viewport" content="width=device-width"><style>:root{color-scheme:light dark}'
        f"body{{margin:24px;background:Canvas;color:CanvasText}}</style>{svg}</html>"
    )
