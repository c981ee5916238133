"""What tables of thousands of rows have: the page gets what has changed of them, and not all of them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import traitlets

from akash_nb.widgets.parts.base import SessionView

T = TypeVar("T")

#: JSON-ready; `key` identifies it.
Row = dict[str, Any]


class RowsView(SessionView):
    """Base of those tables. Subclasses call `_set_rows` when they draw; `rowStore` of rows.js is the other end.

    A view that comes later, or has missed a change, asks for all and gets it.
    """

    rows = traitlets.Dict(help="All of it at one revision: `revision`, `rows` and `sections`.").tag(sync=True)
    change = traitlets.Dict(help="What made a revision of its `base`: `put`, `drop` (ids) and `sections`.").tag(
        sync=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ids: dict[str, int] = {}
        super().__init__(*args, **kwargs)

    def _set_rows(self, rows: Sequence[Row], sections: Sequence[tuple[Row, Sequence[str]]]) -> None:
        """Show these rows.

        Args:
            rows: In any order; `id` is set here: short, and the same as long as the view lives.
            sections: What stands above some rows, and their keys in the order in which they are shown.
        """
        new = {(number := self._id(row["key"])): {**row, "id": number} for row in rows}
        shown = [{**about, "ids": [self._ids[key] for key in keys]} for about, keys in sections]
        old = {row["id"]: row for row in self.rows.get("rows", ())}
        put = [row for number, row in new.items() if old.get(number) != row]
        drop = [number for number in old if number not in new]
        if not put and not drop and shown == self.rows.get("sections"):
            return
        base = self.rows.get("revision", 0)
        self.rows = {"revision": base + 1, "rows": list(new.values()), "sections": shown}
        if len(put) * 2 > len(new):
            self.send_state("rows")
        else:
            self.change = {"base": base, "revision": base + 1, "put": put, "drop": drop, "sections": shown}

    def _id(self, key: str) -> int:
        return self._ids.setdefault(key, len(self._ids))

    def _should_send_property(self, key: str, value: Any) -> bool:
        """All rows go out when they are asked for, or when nearly all are others."""
        return key != "rows" and bool(super()._should_send_property(key, value))

    def _gesture(self, message: dict[str, Any]) -> None:
        if "resend" in message:
            self.send_state("rows")
        else:
            super()._gesture(message)


class Memo(Generic[T]):
    """The last value of a function, which is made anew when an argument is another object than before."""

    def __init__(self, make: Callable[..., T]) -> None:
        self._make = make
        self._last: tuple[tuple[Any, ...], T] | None = None

    def __call__(self, *args: Any) -> T:
        if self._last is None or any(a is not b for a, b in zip(self._last[0], args, strict=True)):
            self._last = (args, self._make(*args))
        return self._last[1]
