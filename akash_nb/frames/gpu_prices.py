"""What GPUs cost, as a DataFrame: one row per kind of GPU, that is vendor, model, memory and interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import GPUPrice, PriceRange

TABLE = define(
    "gpu_prices",
    (
        Column("vendor", "string", "such as nvidia"),
        Column("model", "string", "short name as in an SDL, such as `rtx4090`"),
        Column("ram", "string", "memory of one, such as `24Gi`; <NA> where not stated"),
        Column("interface", "string", "such as `pcie` or `sxm`; <NA> where not stated"),
        Column("usd_hour", "Float64", "US dollars per GPU and hour: the median of recent bids", better="low"),
        Column("usd_month", "Float64", "US dollars per GPU and month: the median of recent bids", better="low"),
        Column("usd_hour_min", "Float64", "US dollars per GPU and hour: the cheapest of recent bids", better="low"),
        Column("usd_hour_max", "Float64", "US dollars per GPU and hour: the dearest of recent bids", better="low"),
        Column("usd_hour_mean", "Float64", "US dollars per GPU and hour: the mean of recent bids", better="low"),
        Column("usd_hour_weighted", "Float64", "the mean weighted by the GPUs of each provider", better="low"),
        Column("gpus_free", "Int64", "GPUs that can be leased now", better="high"),
        Column("gpus_total", "Int64", "GPUs in all", better="high"),
        Column("providers_free", "Int64", "providers that have one free", better="high"),
        Column("providers", "Int64", "providers that have it", better="high"),
    ),
)


def gpu_prices_frame(kinds: Sequence[GPUPrice], origin: Origin) -> pd.DataFrame:
    """One row per kind of GPU with the columns of `TABLE`; a kind that nobody has bid with for 31 days has no price.

    The service reckons an hour as 600 blocks, keeps cents, and looks at bids on a single GPU; it may be 15 minutes
    old (contract §6). A month has the days of the price model.
    """
    prices = [kind.price for kind in kinds]
    median = [price.median_usd if price else None for price in prices]
    values: dict[str, Any] = {
        "vendor": [kind.vendor for kind in kinds],
        "model": [kind.model for kind in kinds],
        "ram": [kind.ram or None for kind in kinds],
        "interface": [kind.interface or None for kind in kinds],
        "usd_hour": median,
        "usd_month": [None if hour is None else hour * origin.prices.hours_per_month for hour in median],
        "gpus_free": [kind.available for kind in kinds],
        "gpus_total": [kind.total for kind in kinds],
        "providers_free": [kind.providers_available for kind in kinds],
        "providers": [kind.providers for kind in kinds],
    }
    return TABLE.frame(values | _spread(prices), origin)


def _spread(prices: Sequence[PriceRange | None]) -> dict[str, Any]:
    return {
        "usd_hour_min": [price and price.min_usd for price in prices],
        "usd_hour_max": [price and price.max_usd for price in prices],
        "usd_hour_mean": [price and price.average_usd for price in prices],
        "usd_hour_weighted": [price and price.weighted_average_usd for price in prices],
    }
