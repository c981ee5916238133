"""Studio: the whole life of a deployment in one view; what a session shows when it is a cell's last line."""

from __future__ import annotations

from typing import Any

import ipywidgets
from IPython.display import HTML, display

from akash_nb.deployment import Deployment
from akash_nb.widgets._base import SessionView, Target
from akash_nb.widgets.bid_table import BidTable
from akash_nb.widgets.lifecycle import LifecyclePanel
from akash_nb.widgets.sdl_editor import SdlEditor


class Studio(ipywidgets.Box):
    """Panel, editor and bids together; for a single deployment, panel and bids. The parts are `panel`, `editor`
    (None for a deployment) and `bids`.

    Args:
        target: A session or one deployment.
    """

    def __init__(self, target: Target) -> None:
        self._has_picture = False
        self.panel = LifecyclePanel(target)
        self.editor = None if isinstance(target, Deployment) else SdlEditor(target)
        self.bids = BidTable(target)
        for part in (self.editor, self.bids):
            if part is not None:
                part.be_quiet()
        super().__init__(children=[part for part in (self.panel, self.editor, self.bids) if part is not None])
        self.add_class("aknb-studio")

    def show(self) -> None:
        """Show it in the running cell, and below it its static picture, which the page hides while the view lives.

        A notebook that is opened again with a new kernel has no view, and then the picture is what there is.
        """
        self._has_picture = True
        display(self)
        picture = display(HTML(self._still_html()), display_id=True)
        stage = self.panel.view["stage"]

        def follow(change: Any) -> None:
            nonlocal stage
            if picture is not None and change["new"]["stage"] != stage:
                stage = change["new"]["stage"]
                picture.update(HTML(self._still_html()))

        self.panel.observe(follow, names="view")

    @property
    def parts(self) -> tuple[SessionView, ...]:
        return tuple(self.children)

    def close(self) -> None:
        """Close all parts; deployments stay open."""
        for part in self.parts:
            part.close()
        self.layout.close()
        super().close()

    def __repr__(self) -> str:
        return f"<Studio of {self.panel._pinned or self.panel.session!r}>"

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
