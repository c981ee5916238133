"""Records as tidy pandas DataFrames: documented columns with fixed dtypes, and their provenance in `attrs`.

Each module has its `TABLE` and one pure function that makes a frame of it; `frame.akash.columns()` shows what the
columns mean. Importing any of them registers the accessor `frame.akash` and every table.
"""

from akash_nb.frames import (
    accessor,
    bids,
    choice,
    events,
    explanation,
    fleet,
    gpu_prices,
    leases,
    logs,
    market,
    plan_diff,
    providers,
    silent,
    sweep,
    usage,
)

__all__ = [
    "accessor",
    "bids",
    "choice",
    "events",
    "explanation",
    "fleet",
    "gpu_prices",
    "leases",
    "logs",
    "market",
    "plan_diff",
    "providers",
    "silent",
    "sweep",
    "usage",
]
