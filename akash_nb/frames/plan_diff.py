"""What differs between two plans, and what each difference costs: one row per change."""

from __future__ import annotations

from typing import Any

import pandas as pd

from akash_nb.frames.table import Column, Origin, define
from akash_nb.plan import PlanDiff

TABLE = define(
    "plan_diff",
    (
        Column("group", "string", "placement that it is about; empty where it is about none alone"),
        Column("change", "string", "what changed, without secrets"),
        Column("usd_month", "Float64", "US dollars per month that it adds at list prices; <NA> where nobody says"),
    ),
)


def plan_diff_frame(diff: PlanDiff) -> pd.DataFrame:
    """One row per change with the columns of `TABLE`."""
    values: dict[str, Any] = {
        "group": [change.group for change in diff.changes],
        "change": [change.text for change in diff.changes],
        "usd_month": [None if change.usd_month is None else float(change.usd_month) for change in diff.changes],
    }
    return TABLE.frame(values, Origin(diff.is_mock, diff.at, diff.prices))
