"""ParetoView: the bids as points, price against uptime or any two columns, beside the table and in step with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import traitlets

from akash_nb.charts import Chart, scatter
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError
from akash_nb.widgets.bids.bid_table import BidTable
from akash_nb.widgets.bids.bids_view import title
from akash_nb.widgets.bids.picking import BidPicker
from akash_nb.widgets.bids.points_view import AXES, USABLE, front_keys, plot_view
from akash_nb.widgets.parts.base import Target, asset
from akash_nb.widgets.parts.box import ViewBox
from akash_nb.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd


class ParetoView(ViewBox):
    """The bids as a plot, live, with the Pareto front: what no other bid of its group beats on both counts. Beside it
    the table. Picking in either picks in both, and sets the deployment's `choice`. The parts are `plot` and `bids`.

    Args:
        target: A deployment, or a session, whose current deployment is shown.
        x, y: Columns of the bids' frame: usd_hour, usd_month, uptime_1d, uptime_7d, uptime_30d or age_s.

    Raises:
        TraitError: There is no such axis.
    """

    def __init__(self, target: Target, x: str = "usd_month", y: str = "uptime_7d") -> None:
        self.plot = BidPlot(target, x=x, y=y)
        self.bids = BidTable(target)
        self.bids.be_quiet()
        super().__init__([self.plot, self.bids], "aknb-pareto")

    @property
    def deployment(self) -> Deployment[Any] | None:
        """The one that is shown; None when there is none yet."""
        return self.plot.deployment

    @property
    def x(self) -> str:
        """The column across; may be set, as `y` may."""
        return str(self.plot.x)

    @x.setter
    def x(self, name: str) -> None:
        self.plot.x = name

    @property
    def y(self) -> str:
        return str(self.plot.y)

    @y.setter
    def y(self, name: str) -> None:
        self.plot.y = name

    @property
    def selection(self) -> list[str]:
        """Keys of the picked bids, at most one per group; may be set."""
        return list(self.plot.selection)

    @selection.setter
    def selection(self, keys: Sequence[str]) -> None:
        self.plot.selection = list(keys)

    @property
    def front(self) -> pd.DataFrame | None:
        """The bids on the front as a DataFrame (columns: `akash_nb.frames.bids`), by group and then by x; None before
        bids were read."""
        frame, deployment = self.plot.frame, self.deployment
        if frame is None or deployment is None or deployment.bids is None:
            return None
        keys = front_keys(deployment.bids, self.x, self.y)
        return frame.set_index("key", drop=False).loc[keys].reset_index(drop=True)


class BidPlot(BidPicker):
    """The plot of a ParetoView."""

    _esm = asset("pareto_view.js")
    _css = asset("pareto_view.css")

    x = traitlets.Enum(list(AXES), default_value="usd_month", help="The column across; may be set.")
    y = traitlets.Enum(list(AXES), default_value="uptime_7d", help="The column up; may be set.")

    def __init__(self, target: Target, *, x: str, y: str) -> None:
        super().__init__(target)
        self._begin(x=x, y=y)

    @traitlets.observe("x", "y")
    def _turn(self, _: Any) -> None:
        self.refresh()

    def _gesture(self, message: dict[str, Any]) -> None:
        if "axis" not in message:
            return super()._gesture(message)
        axis, column = str(message["axis"]), str(message["column"])
        if axis not in ("x", "y") or column not in AXES:
            raise InvalidInputError(f"There is no axis {axis!r} of {column!r}.", means="The plot is as it was.")
        return self.set_trait(axis, column)

    def _picture(self) -> dict[str, Any]:
        self._follow_choice()
        return plot_view(self.deployment, self.x, self.y)

    def _still(self) -> _Plotted:
        deployment = self.deployment
        return _Plotted(
            title=f"Bids of {deployment.dseq}: {title(deployment.bids)}" if deployment else "Bids: none yet",
            as_of=self.session.now(),
            is_mock=self.session.is_mock,
            chart=self._chart(),
        )

    def _chart(self) -> Chart | None:
        frame = self.frame
        if frame is None:
            return None
        usable = frame[frame["state"].isin(USABLE)]
        return scatter(usable, self.x, self.y, by="gseq" if usable["gseq"].nunique() > 1 else None)


@dataclass(frozen=True, slots=True)
class _Plotted(Still):
    """A plot at one moment; the chart stands where other views have a table."""

    chart: Chart | None = None

    def text(self) -> str:
        return "\n".join([Still.text(self), *([str(self.chart)] if self.chart else [])])

    def _table(self) -> str:
        return self.chart._repr_html_() if self.chart else ""
