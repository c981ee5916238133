"""How a view is shown in a cell: alive, and below it the static picture that stays when its kernel has gone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol

from IPython.display import display

from akash_nb.widgets.parts.cells import Closable, shown_in_cell

_CLASS = "aknb-still"

# Where a notebook is opened again with a new kernel, JupyterLab writes that it loads a widget, or has no model for it.
# The picture says more. That line is text alone; a live view is made of elements.
_STYLE = (
    f"<style>.jp-OutputArea-child:has(+ .jp-OutputArea-child .{_CLASS}) > .jp-OutputArea-output.lm-Panel:not(:has(*))"
    " { display: none }</style>"
)


class Showable(Closable, Protocol):
    """What can be shown with a picture below."""

    _made_in: tuple[str, str]

    def _repr_mimebundle_(self, **kwargs: Any) -> Any: ...

    def _still_html(self) -> str: ...

    def _look(self) -> Hashable: ...

    def _on_change_of_look(self, act: Callable[[], None]) -> None: ...


def framed(stills: str) -> str:
    """Static pictures as one that the page hides while a view of theirs lives."""
    return f'<div class="{_CLASS}">{_STYLE}{stills}</div>'


def show(view: Showable) -> None:
    """Show a view in the running cell, and its picture, which is kept in step with how the view looks."""
    shown_in_cell(view, view._made_in)
    bundle = view._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    # Where no widget can be shown, nothing is: the picture follows.
    display(data | {"text/html": ""}, metadata=metadata, raw=True)
    picture = display({"text/html": data["text/html"]}, raw=True, display_id=True)
    look = view._look()

    def follow() -> None:
        nonlocal look
        if picture is not None and (now := view._look()) != look:
            look = now
            picture.update({"text/html": view._still_html()}, raw=True)

    view._on_change_of_look(follow)
