"""Pictures of tables that show wherever a notebook shows: no script, no dependency, light and dark, and a MOCK mark.

    from akash_nb import charts
    charts.scatter(bids.frame(), "usd_month", "uptime_7d")         # the Pareto front stands out
    charts.heatmap(sweep, rows="cpu", columns="gpu", values="usd_month", aggregate="min")
    charts.lines(sweep, x="cpu", y="usd_month", by="gpu", aggregate="min")

Any DataFrame will do. Those of this package bring what their columns mean and where the figures come from; see
`Chart` for what one is good for.
"""

from __future__ import annotations

from akash_nb.charts.chart import Chart
from akash_nb.charts.heat_map import heatmap
from akash_nb.charts.line_plot import lines
from akash_nb.charts.scatter_plot import scatter

__all__ = ["Chart", "heatmap", "lines", "scatter"]
