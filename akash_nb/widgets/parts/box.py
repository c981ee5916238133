"""Several views in one: shown, pictured and closed together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import ipywidgets

from akash_nb.widgets.parts.base import SessionView
from akash_nb.widgets.parts.cells import running
from akash_nb.widgets.parts.showing import framed, show


class ViewBox(ipywidgets.Box):
    """Base of what is made of several views of one target.

    Args:
        children: What is in it, in the order of the page: the parts, or boxes around them.
        look: The class of the box in the page.
    """

    # ipywidgets closes what is garbage, also an object whose construction failed.
    _is_closed = True

    def __init__(self, children: Sequence[ipywidgets.Widget], look: str) -> None:
        self._made_in = running()
        super().__init__(children=list(children))
        self.add_class(look)
        self._is_closed = False
        for part in self.parts[:1]:
            self._is_around(part)

    @property
    def parts(self) -> tuple[SessionView, ...]:
        """The views in it."""
        return tuple(self.children)

    def close(self) -> None:
        """Close all parts; deployments stay open."""
        if not self._is_closed:
            self._is_closed = True
            self._close_parts()

    def _close_parts(self) -> None:
        for part in self.parts:
            part.close()
        self.layout.close()
        super().close()

    def _is_around(self, part: SessionView) -> None:
        """Have a part's script see to it that the page forgets these boxes when they are closed."""
        part._boxes = [box.model_id for box in _boxes(self)]

    def __repr__(self) -> str:
        first = self.parts[0]
        return f"<{type(self).__name__} of {first._pinned or first.session!r}>"

    _ipython_display_ = show

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        for part in self.parts:
            part.refresh()
        text = "\n".join(part._still().text() for part in self.parts)
        return {**bundle, "text/plain": text, "text/html": self._still_html()}

    def _still_html(self) -> str:
        return framed("".join(part._still().html() for part in self.parts))

    def _look(self) -> Hashable:
        return tuple(part._look() for part in self.parts)

    def _on_change_of_look(self, act: Callable[[], None]) -> None:
        for part in self.parts:
            part._on_change_of_look(act)


def _boxes(box: ipywidgets.Box) -> Iterator[ipywidgets.Box]:
    """A box and all boxes in it."""
    yield box
    for child in box.children:
        if isinstance(child, ipywidgets.Box):
            yield from _boxes(child)
