"""Plain values of documents: whether two are the same to a reader of the SDL, and how large one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from akash_nb.sdl.units import Opaque


def same(a: Any, b: Any) -> bool:
    """Equal, without taking True for 1; a mapping's order does not matter, and no number is the same as no number."""
    waiting = [(a, b)]  # not recursive: values may be deep
    while waiting:
        a, b = waiting.pop()
        if isinstance(a, dict) and isinstance(b, dict) and not isinstance(a, Opaque) and not isinstance(b, Opaque):
            if a.keys() != b.keys():
                return False
            waiting += [(a[key], b[key]) for key in a]
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            waiting += zip(a, b, strict=True)
        elif not _same_scalar(a, b):
            return False
    return True


def _same_scalar(a: Any, b: Any) -> bool:
    if isinstance(a, Opaque) and isinstance(b, Opaque):
        return a.text == b.text
    if type(a) is not type(b) and not (isinstance(a, int | float) and isinstance(b, int | float)):
        return False
    return isinstance(a, bool) is isinstance(b, bool) and bool(a == b or (a != a and b != b))


def weigher() -> Callable[[Any], int]:
    """A function that counts the values in a value, what is shared each time; it looks at everything but once."""
    known: dict[int, int] = {}
    kept: list[Any] = []  # so that no two values have the same id

    def weight(value: Any) -> int:
        if not isinstance(value, dict | list):
            return 1
        if id(value) not in known:
            kept.append(value)
            known[id(value)] = 1 + sum(map(weight, value.values() if isinstance(value, dict) else value))
        return known[id(value)]

    return weight
