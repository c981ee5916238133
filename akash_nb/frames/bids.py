"""Bids as a DataFrame.

One row per bid; open ones first, then by price. `attrs` carries `source` ("live" or "MOCK"), `as_of` (UTC) and
`prices` (block time and month length behind the dollar columns).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.models import Offer

#: Column -> (dtype, meaning). A missing value is <NA>: the service did not say.
COLUMNS: dict[str, tuple[str, str]] = {
    "gseq": ("Int64", "placement group the bid is for, from 1"),
    "provider": ("string", "host name of the provider, else its address"),
    "usd_hour": ("Float64", "US dollars per hour for the whole group"),
    "usd_month": ("Float64", "US dollars per month for the whole group"),
    "region": ("string", "region the provider states"),
    "audited": ("boolean", "an auditor has signed the provider"),
    "uptime_7d": ("Float64", "share of checks answered in 7 days, 0..1"),
    "gpu": ("string", "GPUs offered, such as `1 × rtx4090`; empty for none"),
    "state": ("category", "open, active, lost or closed"),
    "age_s": ("Float64", "seconds since the bid was made, by estimate"),
    "expires_in_s": ("Float64", "seconds until the provider withdraws an open bid, by estimate"),
    "price_per_block": ("Float64", "micro-units of the denom per block"),
    "denom": ("string", "denom of price_per_block"),
    "uptime_1d": ("Float64", "share of checks answered in 1 day, 0..1"),
    "uptime_30d": ("Float64", "share of checks answered in 30 days, 0..1"),
    "online": ("boolean", "the provider answered the last check"),
    "country": ("string", "country the provider states, else of its IP address"),
    "organization": ("string", "who runs the provider"),
    "address": ("string", "the provider's address"),
    "key": ("string", "identifies the bid within the deployment; stable"),
}

STATES = ["open", "active", "lost", "closed"]


def bids_frame(bids: Bids) -> pd.DataFrame:
    """One row per bid with the columns of `COLUMNS`."""
    rows = [_row(bids, offer) for offer in bids]
    columns = {name: pd.array([row[name] for row in rows], dtype=_dtype(name)) for name in COLUMNS}
    frame = pd.DataFrame(columns)
    frame.attrs = {
        "source": "MOCK" if bids.is_mock else "live",
        "as_of": bids.as_of.isoformat(timespec="seconds"),
        "prices": str(bids.prices),
    }
    return frame


def _dtype(name: str) -> Any:
    return pd.CategoricalDtype(STATES) if name == "state" else COLUMNS[name][0]


def _row(bids: Bids, offer: Offer) -> dict[str, Any]:
    bid, provider = offer.bid, offer.provider
    hour, month, age = bids.usd_per_hour(offer), bids.usd_per_month(offer), bids.age_s(offer)
    remaining = None if age is None or bid.state != "open" else max(0.0, BID_LIFETIME_S - age)
    return {
        "gseq": bid.id.gseq,
        "provider": offer.name,
        "usd_hour": None if hour is None else float(hour),
        "usd_month": None if month is None else float(month),
        "region": (provider and provider.region) or None,
        "audited": provider.is_audited if provider else None,
        "uptime_7d": provider.uptime_7d if provider else None,
        "gpu": f"{bid.gpu_units} × {', '.join(bid.gpu_models)}" if bid.gpu_units else "",
        "state": bid.state,
        "age_s": age,
        "expires_in_s": remaining,
        "price_per_block": float(bid.price.amount),
        "denom": bid.price.denom,
        "uptime_1d": provider.uptime_1d if provider else None,
        "uptime_30d": provider.uptime_30d if provider else None,
        "online": provider.is_online if provider else None,
        "country": (provider and provider.country) or None,
        "organization": (provider and provider.organization) or None,
        "address": bid.id.provider,
        "key": offer.key,
    }
