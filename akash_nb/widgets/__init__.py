"""Views of a session: each can be shown alone, any number of times, all in step. None of them holds any truth.

session                         # in a cell's last line: all of it in one view
SdlEditor(session), SdlForm(session), Workbench(session)  # text, form, and both
BidTable(deployment), LifecyclePanel(session), ParetoView(deployment)
FleetView(session), MarketView(session), RunningView(deployment)
SweepView(session, cpu=[1, 2, 4])  # a sweep in the background

A widget is a class with its gestures (`bids/bid_table.py`), a module of pure functions that say what it shows
(`bids/bids_view.py`), and a script that draws that (`static/bid_table.js`). `parts` has what all are made of,
`background` what goes on behind them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from akash_nb.deployment import Deployment
from akash_nb.session import Session
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.editor.sdl_editor import SdlEditor
from akash_nb.widgets.editor.sdl_form import SdlForm
from akash_nb.widgets.editor.workbench import Workbench
from akash_nb.widgets.fleet.fleet import FleetView
from akash_nb.widgets.life.lifecycle import LifecyclePanel
from akash_nb.widgets.life.running import RunningView
from akash_nb.widgets.market.market import MarketView
from akash_nb.widgets.market.sweep import SweepView
from akash_nb.widgets.parts.showing import show
from akash_nb.widgets.studio import Studio

if TYPE_CHECKING:
    from akash_nb.widgets.bids.pareto_view import ParetoView

__all__ = [
    "BidTable",
    "FleetView",
    "LifecyclePanel",
    "MarketView",
    "ParetoView",
    "RunningView",
    "SdlEditor",
    "SdlForm",
    "Studio",
    "SweepView",
    "Workbench",
    "show_deployment",
    "show_session",
]


def __getattr__(name: str) -> Any:
    """The plot draws charts, which need pandas; who only wants a studio does not wait for it."""
    if name != "ParetoView":
        raise AttributeError(f"module 'akash_nb.widgets' has no attribute {name!r}")
    from akash_nb.widgets.bids.pareto_view import ParetoView

    return ParetoView


def show_session(session: Session[Any]) -> None:
    """Show a session in the running cell."""
    show(Studio(session))


def show_deployment(deployment: Deployment[Any]) -> None:
    """Show one deployment in the running cell."""
    show(Studio(deployment))
