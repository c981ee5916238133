"""A line that says how far something is, updated in place; only in notebooks, and without scripts."""

from __future__ import annotations

import sys
from html import escape
from typing import Any

_LINE = (
    "<div role='status' style='font:13px system-ui,sans-serif;color:inherit'>"
    "<progress max='100' value='{percent}' style='width:200px;vertical-align:middle'></progress> {text}</div>"
)


class ProgressLine:
    """Shows nothing outside of a notebook's cell, and is taken away when its block ends."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._shown = ""

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.update(_html(""))

    def show(self, share: float, text: str) -> None:
        """Say how far it is.

        Args:
            share: 0..1.
            text: In a few words.
        """
        line = _LINE.format(percent=round(100 * share), text=escape(text))
        if line == self._shown or not in_notebook():
            return
        self._shown = line
        if self._handle is None:
            from IPython.display import display  # only notebooks have it for certain

            self._handle = display(_html(line), display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(_html(line))


def in_notebook() -> bool:
    """A cell shows what is displayed: there is IPython, and a kernel behind it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _html(text: str) -> Any:
    from IPython.display import HTML  # only notebooks have it for certain

    return HTML(text)  # type: ignore[no-untyped-call]
