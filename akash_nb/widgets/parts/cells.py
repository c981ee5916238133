"""Which views a cell has shown, so that running it again closes the old ones instead of piling them up.

JupyterLab and Notebook send the cell's id with each run; other hosts do not, and there nothing is closed.
"""

from __future__ import annotations

from typing import Protocol

from IPython.core.getipython import get_ipython


class Closable(Protocol):
    def close(self) -> None: ...


#: Cell id -> (the run's message id, what it has shown).
_shown: dict[str, tuple[str, list[Closable]]] = {}


def shown_in_cell(view: Closable, made_in: tuple[str, str]) -> None:
    """Note a view that the running cell has made (`running()` at that time) and shows; views of an earlier run of the
    same cell are closed. A view that was made elsewhere is its maker's."""
    cell, run = running()
    if not cell or (cell, run) != made_in:
        return
    known_run, views = _shown.get(cell, (run, []))
    if known_run != run:
        for old in views:
            old.close()
        views = []
    _shown[cell] = (run, [*views, view])


def running() -> tuple[str, str]:
    """The id of the running cell and of this run; empty where the host does not say."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return "", ""
    request = kernel.get_parent()
    return str(request.get("metadata", {}).get("cellId") or ""), str(request.get("header", {}).get("msg_id") or "")
