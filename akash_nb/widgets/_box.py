"""Several views in one: shown, pictured and closed together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets

from akash_nb.widgets._base import SessionView


class ViewBox(ipywidgets.Box):
    """Base of what is made of several views of one target.

    Args:
        parts: The views, in the order of the page.
        look: The class of the box in the page.
    """

    #: The picture below it was shown already, and need not be shown again with it.
    _has_picture = False
    # ipywidgets closes what is garbage, also an object whose construction failed.
    _is_closed = True

    def __init__(self, parts: Sequence[SessionView], look: str) -> None:
        super().__init__(children=list(parts))
        self.add_class(look)
        self._is_closed = False

    @property
    def parts(self) -> tuple[SessionView, ...]:
        return tuple(self.children)

    def close(self) -> None:
        """Close all parts; deployments stay open."""
        if self._is_closed:
            return
        self._is_closed = True
        for part in self.parts:
            part.close()
        self.layout.close()
        super().close()

    def __repr__(self) -> str:
        first = self.parts[0]
        return f"<{type(self).__name__} of {first._pinned or first.session!r}>"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        for part in self.parts:
            part.refresh()
        stills = [part._still() for part in self.parts]
        picture = {} if self._has_picture else {"text/html": self._still_html()}
        return {**bundle, "text/plain": "\n".join(still.text() for still in stills), **picture}

    def _still_html(self) -> str:
        return f'<div class="aknb-still">{"".join(part._still().html() for part in self.parts)}</div>'
