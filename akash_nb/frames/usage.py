"""What a wallet spent, as a DataFrame: one row per day (UTC)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time

import pandas as pd

from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import UsageDay

TABLE = define(
    "usage",
    (
        Column("day", "datetime", "the day's first instant (UTC)"),
        Column("deployments", "Int64", "deployments that were active on it"),
        Column("usd_spent", "Float64", "US dollars spent on it, all denoms together", better="low"),
        Column("usd_total", "Float64", "US dollars spent up to and with it", better="low"),
        Column("act_spent", "Float64", "ACT spent on it"),
        Column("akt_spent", "Float64", "AKT spent on it"),
    ),
)


def usage_frame(days: Sequence[UsageDay], origin: Origin) -> pd.DataFrame:
    """One row per day with the columns of `TABLE`, ascending. The service goes by the prices and times of leases, in
    whole cents."""
    return TABLE.frame(
        {
            "day": [datetime.combine(day.day, time(), UTC) for day in days],
            "deployments": [day.active_deployments for day in days],
            "usd_spent": [day.spent_usd for day in days],
            "usd_total": [day.total_usd for day in days],
            "act_spent": [day.spent_act for day in days],
            "akt_spent": [day.spent_akt for day in days],
        },
        origin,
    )
