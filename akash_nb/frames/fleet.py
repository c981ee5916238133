"""The wallet's deployments as a DataFrame: one row each, newest first, with its money as of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from akash_nb.flows.holdings import Holding
from akash_nb.frames import shared
from akash_nb.frames.shared import group_totals, provider_name, size_values
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import Provider
from akash_nb.runway import Runway

TABLE = define(
    "fleet",
    (
        Column("dseq", "string", "number of the deployment"),
        Column("state", "category", "active or closed", states=("active", "closed")),
        Column("tags", "string", "your own words, such as `class-3, demo`, from this journal; empty for none"),
        Column("services", "string", "names of its services; <NA> where its SDL is not known here"),
        Column("provider", "string", "who runs it, by host name; empty for nobody"),
        Column("leases", "Int64", "leases that run"),
        Column("forgotten", "boolean", "it is open and nothing is leased: its deposit lies there for nothing"),
        Column("known", "boolean", "this journal has its SDL"),
        *shared.PRICE,
        Column("usd_left", "Float64", "US dollars in escrow now, not as of the last settlement", better="high"),
        Column("usd_spent", "Float64", "US dollars paid and owed to providers until now", better="low"),
        Column("runway_s", "Float64", "seconds until the escrow is empty; <NA> while nothing drains it", better="high"),
        Column("ends_at", "datetime", "when the escrow is empty; NaT while nothing drains it"),
        Column("created_at", "datetime", "when it was created; NaT where neither its number nor the journal says"),
        *shared.SIZE,
    ),
)


def fleet_frame(holdings: Sequence[Holding], providers: Mapping[str, Provider], origin: Origin) -> pd.DataFrame:
    """One row per deployment with the columns of `TABLE`.

    Args:
        providers: What is known of those who run them, by address.
    """
    money = [holding.money for holding in holdings]
    hours = [purse.usd_per_hour for purse in money]
    live = [holding.live_leases for holding in holdings]
    names = [dict.fromkeys(provider_name(lease.id.provider, providers) for lease in leases) for leases in live]
    values: dict[str, Any] = {
        "dseq": [holding.dseq for holding in holdings],
        "state": [holding.state for holding in holdings],
        "tags": [", ".join(holding.tags) for holding in holdings],
        "services": [_services(holding) for holding in holdings],
        "provider": [", ".join(of_one) for of_one in names],
        "leases": [len(leases) for leases in live],
        "forgotten": [holding.state == "active" and not holding.live_leases for holding in holdings],
        "known": [holding.is_known for holding in holdings],
        "usd_hour": hours,
        "usd_month": [None if hour is None else hour * origin.prices.hours_per_month for hour in hours],
        "usd_left": [purse.left_usd for purse in money],
        "usd_spent": [purse.spent_usd for purse in money],
        "runway_s": [purse.seconds_left for purse in money],
        "ends_at": [_end(purse, origin.as_of) for purse in money],
        "created_at": [holding.created_at for holding in holdings],
    }
    return TABLE.frame(values | size_values([group_totals(holding.groups) for holding in holdings]), origin)


def _services(holding: Holding) -> str | None:
    names = [service for group in holding.groups for service in group.services]
    return ", ".join(dict.fromkeys(names)) or None


def _end(money: Runway, now: datetime) -> datetime | None:
    if money.seconds_left is None:
        return None
    try:
        return now + timedelta(seconds=float(money.seconds_left))
    except OverflowError:  # a price of nearly nothing lasts beyond the calendar
        return None
