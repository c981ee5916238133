"""Studio: all of a session in one view; what a session shows when it is a cell's last line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets

from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.editor.sdl_editor import SdlEditor
from akash_nb.widgets.editor.sdl_form import SdlForm
from akash_nb.widgets.fleet.fleet import FleetView
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from akash_nb.widgets.life.running import RunningView
from akash_nb.widgets.market.market import MarketView
from akash_nb.widgets.parts.base import SessionView, Target
from akash_nb.widgets.parts.box import ViewBox
from akash_nb.widgets.parts.tabs import TabStrip


def _always(_: Deployment[Any] | None) -> bool:
    return True


def _is_there(deployment: Deployment[Any] | None) -> bool:
    return deployment is not None


def _is_leased(deployment: Deployment[Any] | None) -> bool:
    return deployment is not None and deployment.stage in ("leased", "running")


@dataclass(frozen=True, slots=True)
class Part:
    """One view of a studio.

    Attributes:
        name: The attribute of the studio that holds it; None until it is made.
        make: Makes it for a session or a deployment. It is called when it is to be seen for the first time.
        page: The tab that it is on.
        is_of_one: The studio of a single deployment has it, too.
        is_due: Whether it is to be seen, by the deployment that the studio shows (None: there is none).
    """

    name: str
    make: Callable[[Any], SessionView]
    page: str = "deploy"
    is_of_one: bool = False
    is_due: Callable[[Deployment[Any] | None], bool] = _always


TABS = {"deploy": "Deploy", "fleet": "Fleet", "market": "Market"}

#: What a studio consists of, in the order of each page. The first one of a page shows what went wrong.
PARTS = (
    Part("panel", LifecyclePanel, is_of_one=True),
    Part("running", RunningView, is_of_one=True, is_due=_is_leased),
    Part("bids", BidTable, is_of_one=True, is_due=_is_there),  # beside the buttons: what is picked is leased there
    Part("editor", SdlEditor),
    Part("form", SdlForm),
    Part("fleet", FleetView, page="fleet"),
    Part("market", MarketView, page="market"),
)


class Studio(ViewBox):
    """All of a session in tabs: Deploy (panel, what runs, bids, editor and form), Fleet and Market. For a single
    deployment panel, what runs and bids. A tab's views are made when it is opened for the first time, and read nothing
    while another one is seen; bids are there when there is a deployment, what runs while something is leased.

    Args:
        target: A session or one deployment.

    Attributes:
        panel, running, bids, editor, form, fleet, market: The parts; None where there is none, or not yet.
        tabs: The strip of tabs, whose `selected` may be set; None for a deployment.
    """

    panel: LifecyclePanel
    running: RunningView | None
    bids: BidTable | None
    editor: SdlEditor | None
    form: SdlForm | None
    fleet: FleetView | None
    market: MarketView | None

    def __init__(self, target: Target) -> None:
        self._target = target
        self._making = threading.RLock()
        is_of_one = isinstance(target, Deployment)
        self._plan = tuple(part for part in PARTS if part.is_of_one or not is_of_one)
        self._views: dict[str, SessionView] = {}
        self._watchers: list[Callable[[], None]] = []
        self._layout = ipywidgets.Layout()  # one is enough for all boxes
        pages = list(dict.fromkeys(part.page for part in self._plan))
        self._slots = {part.name: self._box((), "aknb-slot") for part in self._plan}
        self._pages = {page: self._box(self._slots_of(page), "aknb-page", f"aknb-page-{page}") for page in pages}
        self.tabs = None if is_of_one else TabStrip(target, {page: TABS[page] for page in pages})
        super().__init__([*([self.tabs] if self.tabs else []), *self._pages.values()], "aknb-studio")
        self._fill(pages[0])
        self._is_around(self.panel)
        self.panel.observe(lambda _: self._fill("deploy"), names="view")
        if self.tabs is not None:
            self.tabs.observe(lambda change: self._fill(change["new"]), names="selected")

    def __getattr__(self, name: str) -> Any:
        """A part by its name; None until it is made."""
        if name.startswith("_") or name not in {part.name for part in PARTS}:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._views.get(name)

    @property
    def parts(self) -> tuple[SessionView, ...]:
        """The views that were made by now, in the order of the tabs."""
        return tuple(self._views[part.name] for part in self._plan if part.name in self._views)

    @property
    def page(self) -> str:
        """The page that is seen: deploy, fleet or market; may be set. A deployment's studio has the first only.

        Raises:
            InvalidInputError: Set to one that there is not.
        """
        return self.tabs.selected if self.tabs else next(iter(self._pages))

    @page.setter
    def page(self, name: str) -> None:
        if name not in self._pages:
            raise InvalidInputError(f"There is no page {name!r}: one of {', '.join(self._pages)}.")
        if self.tabs is not None:
            self.tabs.selected = name

    def close(self) -> None:
        """Close all parts; deployments stay open."""
        with self._making:  # no longer: a part that is being drawn may be waiting for it in `_fill`
            was_closed, self._is_closed = self._is_closed, True
        if not was_closed:
            for widget in (self.tabs, *self._pages.values(), *self._slots.values(), self._layout):
                if widget is not None:
                    widget.close()
            self._close_parts()

    # How it works

    def _box(self, children: Sequence[ipywidgets.Widget], *classes: str) -> ipywidgets.Box:
        box = ipywidgets.Box(children, layout=self._layout)
        for name in classes:
            box.add_class(name)
        return box

    def _slots_of(self, page: str) -> list[ipywidgets.Box]:
        return [self._slots[part.name] for part in self._plan if part.page == page]

    def _fill(self, page: str) -> None:
        """Make what is to be seen on a page, and take away what is not."""
        with self._making:
            for part in self._plan:
                if part.page == page and not self._is_closed:
                    view = self._view(part) if part.is_due(self._deployment) else None
                    self._slots[part.name].children = () if view is None else (view,)

    def _view(self, part: Part) -> SessionView:
        if part.name not in self._views:
            self._views[part.name] = view = part.make(self._target)
            if part is not next(first for first in self._plan if first.page == part.page):
                view.be_quiet()
            if isinstance(view, FleetView):
                view.on_show(lambda: setattr(self, "page", "deploy"))
            for act in self._watchers:
                view._on_change_of_look(act)
        return self._views[part.name]

    def _on_change_of_look(self, act: Callable[[], None]) -> None:
        self._watchers.append(act)
        super()._on_change_of_look(act)

    @property
    def _deployment(self) -> Deployment[Any] | None:
        return self._target if isinstance(self._target, Deployment) else self._target.current
