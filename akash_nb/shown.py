"""How records show themselves to people: as their text in a notebook, in one line elsewhere."""

from __future__ import annotations

from typing import Any


class Shown:
    """A record with a text: `str()` gives it, a notebook shows it, and `repr` has its first line.

    Subclasses are dataclasses with `repr=False` and define `__str__`.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        first, _, rest = str(self).partition("\n")
        return f"<{type(self).__name__} {first.strip()}{' …' if rest else ''}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))
