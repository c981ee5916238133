"""What is written into the filter of a column: `eu|us-west`, `!eu`, `<5`, `>=99%`, `1..3`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from akash_nb.errors import InvalidInputError

#: The value that sorts, None when unknown, and the text that is shown.
Cell = tuple[Any, str]
Test = Callable[[Cell], bool]

#: The name of a filter that looks at all columns at once.
ANY = "any"

TEXT_HELP = "us-west|eu: either of them. !eu: without it."
NUMBER_HELP = "<5, >=0.99, 1..3; 99% is 0.99. <1|>5: either of them. !1..3: outside of it."

#: A figure as it is shown, with its sign for money or shares: `$1,234.50`, `99.8%`.
_FIGURE = r"\$?\s*(-?\d[\d,]*(?:\.\d+)?|\.\d+)\s*(%?)"
_COMPARED = re.compile(rf"(<=|>=|<|>)\s*{_FIGURE}")
_RANGE = re.compile(rf"{_FIGURE}\s*\.\.\s*{_FIGURE}")
_SHOWN = re.compile(r"\$?-?\d[\d,]*(\.\d*)?%?|\.\d+%?")

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, than: value < than,
    "<=": lambda value, than: value <= than,
    ">": lambda value, than: value > than,
    ">=": lambda value, than: value >= than,
}


def parse(text: str, *, is_number: bool) -> Test | None:
    """The test of a filter; None where nothing is asked for.

    Args:
        is_number: The column holds figures, and its filter compares them.

    Raises:
        InvalidInputError: It says nothing about figures.
    """
    stripped = text.strip()
    is_without = stripped.startswith("!")
    words = [word.strip().lower() for word in stripped.removeprefix("!").split("|")]
    tests = [_number_test(word) if is_number else _text_test(word) for word in words if word]
    if not tests:
        return None
    return lambda cell: any(test(cell) for test in tests) is not is_without


def match(tests: Mapping[str, Test], cells: Mapping[str, Cell]) -> bool:
    """The cells of a row meet every filter, each that of its column; `any` looks at all columns."""
    return all(test(cells[name] if name != ANY else _all_in_one(cells)) for name, test in tests.items())


def _all_in_one(cells: Mapping[str, Cell]) -> Cell:
    return (None, "\n".join(text for _, text in cells.values()))


def _text_test(word: str) -> Test:
    return lambda cell: word in cell[1].lower()


def _number_test(word: str) -> Test:
    """A comparison, a range, or digits as they are shown. What is unknown meets none of them."""
    if found := _COMPARED.fullmatch(word):
        compare, than = _COMPARE[found[1]], _figure(found[2], found[3])
        return lambda cell: cell[0] is not None and compare(cell[0], than)
    if found := _RANGE.fullmatch(word):
        low, high = _figure(found[1], found[2]), _figure(found[3], found[4])
        return lambda cell: cell[0] is not None and low <= cell[0] <= high
    if _SHOWN.fullmatch(word):
        return _text_test(word)
    raise InvalidInputError(f"{word!r} compares no figures.", means="It filters nothing.", todo=f"Write {NUMBER_HELP}")


def _figure(digits: str, percent: str) -> float:
    value = float(digits.replace(",", ""))
    return value / 100 if percent else value
