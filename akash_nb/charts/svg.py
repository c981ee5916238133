"""SVG as text: elements, escaped words, and how wide words are without a font to ask."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape

#: What XML does not allow, however it is escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Widths in an average interface font, as shares of its size; on the wide side, so that estimates rarely fall short.
_NARROW = frozenset("iljtfrI.,:;'|!()[] -·")
_WIDE = frozenset("mwMW@%—…✓")

SMALL, USUAL, LARGE = 11, 12.5, 15


def tag(name: str, *children: str, **attributes: str | float | None) -> str:
    """An element. `stroke_width=2` becomes `stroke-width='2'`; None is left out. Children are markup."""
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}='{_value(value)}'"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{''.join(children)}</{name}>" if children else f"<{name}{given}/>"


def clean(text: str) -> str:
    """Text from anywhere as markup that only shows it."""
    return escape(_NOT_XML.sub("\ufffd", text))


def words(text: str, x: float, y: float, *, size: float = USUAL, **attributes: str | float | None) -> str:
    """A line of text; y is its baseline."""
    return tag("text", clean(text), x=x, y=y, font_size=size, **attributes)


def tooltip(*lines: str) -> str:
    """What shows when the pointer rests on the element around it; needs no script."""
    return tag("title", "\n".join(clean(line) for line in lines if line))


def width(text: str, size: float = USUAL) -> float:
    """About how wide a text is, in pixels."""
    return sum(_share(letter) for letter in text) * size


def shortened(text: str, room: float, size: float = USUAL) -> str:
    """The text, or as much of its beginning as fits, with an ellipsis."""
    if width(text, size) <= room:
        return text
    while text and width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, room: float, size: float = USUAL) -> Iterator[str]:
    """The text in lines that fit."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and width(longer, size) > room:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _share(letter: str) -> float:
    if letter in _NARROW:
        return 0.36
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.05
    if letter in _WIDE:
        return 0.92
    return 0.72 if letter.isupper() else 0.59


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return clean(value)
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
