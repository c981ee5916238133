"""One workload in many sizes: one row per combination, in the order of the arguments.

Prices are list prices, no quotes; providers are those that are audited, online and have room now. What other clouds ask
is known for CPU, memory and storage only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from akash_nb.frames.accessor import ADDED
from akash_nb.frames.clouds import CLOUDS
from akash_nb.frames.shared import GB, GPUS, MEMORY_GB, SIZE, STORAGE_GB, USD_HOUR, USD_MONTH, VCPU
from akash_nb.frames.table import Column, Origin, define
from akash_nb.money import PriceModel
from akash_nb.sdl import arguments
from akash_nb.sdl.units import cpu_millicores
from akash_nb.sdl.vary import ANY, NONE
from akash_nb.sweep import AXES, Row, Sweep

_CLOUDS = tuple(ADDED[f"{cloud}_usd_month"] for cloud in CLOUDS)

TABLE = define(
    "sweep",
    (
        Column("cpu", "Float64", "CPUs of one replica"),
        Column("memory", "category", "memory of one replica, as given"),
        Column("storage", "category", "storage of one replica, as given"),
        Column("gpu", "category", "GPUs of one replica, as given; `none` for none"),
        Column("region", "category", "region that is asked for; `any` for any"),
        Column("count", "Int64", "replicas"),
        Column("max_price", "Float64", "the most that is paid for one replica, in uact per block"),
        *SIZE,
        Column("providers", "Int64", "audited providers that could host it now, at the least", better="high"),
        Column("providers_at_most", "Int64", "the same at the most; equal where it is known exactly"),
        USD_HOUR,
        Column("usd_hour_low", "Float64", "US dollars per hour at the low end", better="low"),
        Column("usd_hour_high", "Float64", "US dollars per hour at the high end", better="low"),
        USD_MONTH,
        *_CLOUDS,
        Column("hours_per_usd", "Float64", "hours that a US dollar buys", better="high"),
        Column("ceiling_usd_hour", "Float64", "US dollars per hour that the SDL pays at most"),
        Column("ceiling_under_market", "boolean", "the SDL pays less than is usual: few or none would bid"),
        Column("valid", "boolean", "it is an SDL without errors", better="high"),
        Column("problem", "string", "the first error of what is none; empty where there is none"),
    ),
)


def sweep_frame(sweep: Sweep) -> pd.DataFrame:
    """One row per combination with the columns of `TABLE`."""
    rows = sweep.rows
    values: dict[str, Any] = {
        **_axes(sweep),
        **_sizes(rows),
        **_costs(rows, sweep.prices),
        "providers": [row.providers for row in rows],
        "providers_at_most": [row.providers_at_most for row in rows],
        "valid": [not row.problem for row in rows],
        "problem": [row.problem for row in rows],
    }
    return TABLE.frame(values, Origin(sweep.is_mock, sweep.at, sweep.prices))


def _axes(sweep: Sweep) -> dict[str, list[Any]]:
    """What was varied as it was given, and what was not as the SDL has it."""
    return {
        name: [_shown(name, row.values.get(name, sweep.present[name]), sweep.prices) for row in sweep.rows]
        for name in AXES
    }


def _shown(name: str, value: Any, prices: PriceModel) -> Any:
    """A value of an axis; of what is no number there is none to show, and `problem` says so."""
    try:
        match name:
            case "region":
                return ANY if value is None else str(value)
            case "gpu":
                return _gpu(value)
            case _ if value is None:
                return None
            case "cpu":
                return float(cpu_millicores(arguments.cpu(value))) / 1000
            case "count":
                return arguments.count(value)
            case "max_price":
                return float(arguments.price(value, prices))
            case _:
                return str(value)
    except ValueError:
        return None


def _gpu(value: Any) -> str:
    """As given, or in the same words: `a100`, `a100:2`, `2`, several models as `a100/h100`."""
    if value is None:
        return NONE
    if not isinstance(value, dict):
        return str(value)
    vendors = value.get("attributes", {}).get("vendor", {})
    models = "/".join(str(item.get("model", "*")) for listed in vendors.values() for item in listed or ())
    units = str(value.get("units"))
    return units if not models else models if units == "1" else f"{models}:{units}"


def _sizes(rows: Sequence[Row]) -> dict[str, list[Any]]:
    costs = [row.cost for row in rows]
    return {
        VCPU.name: [cost and float(cost.cpu_millicores) / 1000 for cost in costs],
        MEMORY_GB.name: [cost and cost.memory_bytes / GB for cost in costs],
        STORAGE_GB.name: [cost and cost.storage_bytes / GB for cost in costs],
        GPUS.name: [cost and cost.gpus for cost in costs],
    }


def _costs(rows: Sequence[Row], prices: PriceModel) -> dict[str, list[Any]]:
    costs = [row.cost for row in rows]
    hourly = [cost and cost.usd_hour for cost in costs]
    month = prices.hours_per_month
    # No cloud's price is known with GPUs, and one without them would be compared with ours with them.
    clouds = [cost.clouds if cost and not cost.gpus else None for cost in costs]
    return {
        "usd_hour": [usd and float(usd.typical) for usd in hourly],
        "usd_hour_low": [usd and float(usd.low) for usd in hourly],
        "usd_hour_high": [usd and float(usd.high) for usd in hourly],
        "usd_month": [usd and float(usd.typical * month) for usd in hourly],
        **{f"{name}_usd_month": [each and float(getattr(each, f"{name}_usd")) for each in clouds] for name in CLOUDS},
        "hours_per_usd": [float(1 / usd.typical) if usd and usd.typical else None for usd in hourly],
        "ceiling_usd_hour": [cost and float(cost.ceiling_usd_hour) for cost in costs],
        "ceiling_under_market": [cost.is_ceiling_under_market if cost and cost.usd_hour else None for cost in costs],
    }
