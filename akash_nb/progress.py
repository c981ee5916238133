"""A line that says how far something is, updated in place: a bar in a notebook's cell, and one in a terminal."""

from __future__ import annotations

import sys
from html import escape
from typing import Any, Protocol

_BAR = (
    "<div role='status' style='display:flex;gap:8px;align-items:center;font:13px system-ui,sans-serif;color:inherit'>"
    "<progress max='100' value='{percent}' aria-label='Progress' style='flex:none;width:200px'></progress>"
    "<span>{text}</span></div>"
)

#: How many characters a bar in a terminal has, and what takes such a line away.
_WIDTH, _CLEAR = 20, "\r\033[K"


class Progressing(Protocol):
    """How far something is: `share` of it is done, 0..1, and `str()` says so in a sentence."""

    share: float
    is_stopped: bool


class ProgressLine:
    """Shows nothing where there is neither cell nor terminal. It is taken away when its block ends; what was stopped
    stays, and says where."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._shown = ""

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def follow(self, progress: Progressing) -> None:
        """Show how far it is by now."""
        if in_notebook():
            self._show_in_cell(_BAR.format(percent=round(100 * progress.share), text=escape(str(progress))))
        elif sys.stderr.isatty():
            self._print(bar(progress))
        if progress.is_stopped:
            self._leave()

    def _show_in_cell(self, line: str) -> None:
        if line == self._shown:
            return
        self._shown = line
        if self._handle is None:
            from IPython.display import display  # only notebooks have it for certain

            self._handle = display(_html(line), display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(_html(line))

    def _print(self, line: str) -> None:
        self._shown = line
        _write(f"{_CLEAR}{line}")

    def _clear(self) -> None:
        if self._handle is not None:
            self._handle.update(_html(""))
        elif self._shown:
            _write(_CLEAR)

    def _leave(self) -> None:
        """What is shown stays."""
        if self._handle is None and self._shown:
            _write("\n")
        self._handle, self._shown = None, ""


def bar(progress: Progressing) -> str:
    """The line of a terminal: `[#####---------------]  25% 500 combinations: 12 requests so far`."""
    done = round(_WIDTH * progress.share)
    return f"[{'#' * done}{'-' * (_WIDTH - done)}] {progress.share:4.0%} {progress}"


def in_notebook() -> bool:
    """A cell shows what is displayed: there is IPython, and a kernel behind it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _html(text: str) -> Any:
    from IPython.display import HTML  # only notebooks have it for certain

    return HTML(text)  # type: ignore[no-untyped-call]
