"""Studio: the whole life of a deployment in one view; what a session shows when it is a cell's last line."""

from __future__ import annotations

from typing import Any

from IPython.display import HTML, display

from akash_nb.deployment import Deployment
from akash_nb.widgets._base import Target
from akash_nb.widgets._box import ViewBox
from akash_nb.widgets.bid_table import BidTable
from akash_nb.widgets.lifecycle import LifecyclePanel
from akash_nb.widgets.sdl_editor import SdlEditor


class Studio(ViewBox):
    """Panel, editor and bids together; for a single deployment, panel and bids. The parts are `panel`, `editor`
    (None for a deployment) and `bids`.

    Args:
        target: A session or one deployment.
    """

    def __init__(self, target: Target) -> None:
        self.panel = LifecyclePanel(target)
        self.editor = None if isinstance(target, Deployment) else SdlEditor(target)
        self.bids = BidTable(target)
        for part in (self.editor, self.bids):
            if part is not None:
                part.be_quiet()
        super().__init__([part for part in (self.panel, self.editor, self.bids) if part is not None], "aknb-studio")

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
