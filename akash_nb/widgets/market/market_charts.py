"""The market's pictures: from frames that are filtered already, so that they show what the tables beside them show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from akash_nb import charts
from akash_nb.bids import Bids
from akash_nb.charts import Chart
from akash_nb.widgets.market.market_view import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd


def market_charts(gpus: pd.DataFrame, providers: pd.DataFrame, bids: Sequence[Bids], model: str = "") -> list[Chart]:
    """GPU models by price; providers by uptime; where which GPUs are; and what bids asked, where some have come.

    Args:
        gpus, providers: Rows of `session.gpu_prices()` and `session.providers()`, those that are shown.
        bids: What has come to the deployments that are known here; of those, the bids of these providers count.
        model: The GPU model that is looked at; empty for all.
    """
    free = providers[providers["online"].fillna(False) & (providers["gpus_free"].fillna(0) > 0)]
    found = [
        charts.scatter(
            gpus.dropna(subset=["usd_hour"]),
            "usd_hour",
            "gpus_free",
            label="model",
            title="GPUs: price and how many are free",
        ),
        charts.scatter(free, "uptime_7d", "gpus_free", title="Providers with GPUs: uptime and how many are free"),
        charts.heatmap(
            where_models_are(free, model), "region", "model", "providers", title="Providers with a free GPU"
        ),
    ]
    return found + bid_charts(bids, providers, model)


def where_models_are(providers: pd.DataFrame, model: str = "") -> pd.DataFrame:
    """GPU models by region: in how many of these providers there are some. One row per model and region."""
    places = providers[["region", "gpu_models"]].rename(columns={"gpu_models": "model"})
    places = _placed(places.assign(model=places["model"].str.split(", ")).explode("model"))
    places = places.assign(model=places["model"].replace("", UNKNOWN))
    found = places.groupby(["model", "region"], sort=True).size().reset_index(name="providers")
    found = found[(found["model"] == model) | (not model)]
    found.attrs = providers.attrs
    return found


def bid_charts(bids: Sequence[Bids], providers: pd.DataFrame, model: str = "") -> list[Chart]:
    """Price against uptime, and by GPU model and region; none where nothing is known to have been bid here."""
    import pandas as pd

    frames = [one.frame() for one in bids if one]
    if not frames:
        return []
    newest = max(frames, key=lambda frame: str(frame.attrs["as_of"])).attrs
    frame = pd.concat(frames, ignore_index=True)
    frame = frame[frame["address"].isin(providers["address"])]
    if model:
        frame = frame[frame["gpu"].str.split(" × ").str[-1] == model]
    frame.attrs = newest
    found = [charts.scatter(frame, "usd_month", "uptime_7d", title="Bids: price and uptime")]
    priced = per_gpu(frame)
    if len(priced):
        found.append(
            charts.heatmap(
                priced, "region", "model", "usd_hour", aggregate="median", title="Bids: USD per GPU and hour, median"
            )
        )
    return found


def per_gpu(bids: pd.DataFrame) -> pd.DataFrame:
    """What bids on GPUs ask per GPU and hour, with everything that comes with it. One row per bid."""
    found = _placed(bids[bids["gpus"].fillna(0) > 0])
    return found.assign(model=found["gpu"].str.split(" × ").str[-1], usd_hour=found["usd_hour"] / found["gpus"])


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(region=rows["region"].astype("string").fillna(UNKNOWN))
