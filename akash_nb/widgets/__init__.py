"""Views of a session: each can be shown alone, any number of times, all in step. None of them holds any truth.

session                         # in a cell's last line: all of it in one view
SdlEditor(session), SdlForm(session), Workbench(session)  # text, form, and both
BidTable(deployment), LifecyclePanel(session), ParetoView(deployment)
FleetView(session), MarketView(session), RunningView(deployment)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from akash_nb.deployment import Deployment
from akash_nb.session import Session
from akash_nb.widgets._showing import show
from akash_nb.widgets.bid_table import BidTable
from akash_nb.widgets.fleet import FleetView
from akash_nb.widgets.lifecycle import LifecyclePanel
from akash_nb.widgets.market import MarketView
from akash_nb.widgets.running import RunningView
from akash_nb.widgets.sdl_editor import SdlEditor
from akash_nb.widgets.sdl_form import SdlForm
from akash_nb.widgets.studio import Studio
from akash_nb.widgets.workbench import Workbench

if TYPE_CHECKING:
    from akash_nb.widgets.pareto_view import ParetoView

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
    "Workbench",
    "show_deployment",
    "show_session",
]


def __getattr__(name: str) -> Any:
    """The plot draws charts, which need pandas; who only wants a studio does not wait for it."""
    if name != "ParetoView":
        raise AttributeError(f"module 'akash_nb.widgets' has no attribute {name!r}")
    from akash_nb.widgets.pareto_view import ParetoView

    return ParetoView


def show_session(session: Session[Any]) -> None:
    """Show a session in the running cell."""
    show(Studio(session))


def show_deployment(deployment: Deployment[Any]) -> None:
    """Show one deployment in the running cell."""
    show(Studio(deployment))
