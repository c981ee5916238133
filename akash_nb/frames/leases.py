"""The leases of the wallet's open deployments as a DataFrame: one row each, closed ones included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from akash_nb.flows.holdings import Holding
from akash_nb.frames import shared
from akash_nb.frames.shared import about_values, group_totals, provider_name, size_values
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import Lease, Provider, ServiceStatus
from akash_nb.money import PriceModel

TABLE = define(
    "leases",
    (
        Column("dseq", "string", "number of the deployment"),
        Column("gseq", "Int64", "placement group, from 1"),
        shared.PROVIDER,
        Column(
            "state",
            "category",
            "reclaiming ones still run",
            states=("active", "reclaiming", "insufficient_funds", "closed"),
        ),
        Column("live", "boolean", "it runs and costs"),
        *shared.PRICE,
        Column("services", "string", "names of the services it runs; <NA> where the provider does not say"),
        Column("ready", "Int64", "replicas that are up; <NA> where the provider does not say", better="high"),
        Column("replicas", "Int64", "replicas that there should be; <NA> where the provider does not say"),
        Column("uris", "string", "web addresses of its services, ready to open; <NA> where the provider does not say"),
        Column("created_at", "datetime", "when it was made, by estimate from its block"),
        Column("closed_at", "datetime", "when it ended, by estimate from its block; NaT while it is open"),
        Column("reason", "string", "why it ended, such as `lease_closed_owner`; <NA> while it is open"),
        Column("price_per_block", "Float64", "micro-units of the denom per block", better="low"),
        Column("denom", "string", "denom of price_per_block"),
        *shared.ABOUT,
        shared.ADDRESS,
        Column("key", "string", "identifies the lease within its deployment: the key of its bid"),
        *shared.SIZE,
    ),
)


def leases_frame(holdings: Sequence[Holding], providers: Mapping[str, Provider], origin: Origin) -> pd.DataFrame:
    """One row per lease with the columns of `TABLE`. The price of a closed lease is what it cost while it ran.

    Args:
        providers: What is known of those who run them, by address.
    """
    pairs = [(holding, lease) for holding in holdings for lease in holding.leases]
    leases = [lease for _, lease in pairs]
    values: dict[str, Any] = {
        "dseq": [lease.id.dseq for lease in leases],
        "gseq": [lease.id.gseq for lease in leases],
        "provider": [provider_name(lease.id.provider, providers) for lease in leases],
        "state": [lease.state for lease in leases],
        "live": [lease.is_live for lease in leases],
        "created_at": [_time(holding, lease.created_height, origin.prices) for holding, lease in pairs],
        "closed_at": [_time(holding, lease.closed_height, origin.prices) for holding, lease in pairs],
        "reason": [lease.reason or None for lease in leases],
        "address": [lease.id.provider for lease in leases],
        "key": [lease.id.key for lease in leases],
    }
    values |= _prices(leases, origin.prices) | _workloads([_services(lease) for lease in leases])
    values |= about_values([providers.get(lease.id.provider) for lease in leases])
    sizes = [group_totals(holding.groups[lease.id.gseq - 1 : lease.id.gseq]) for holding, lease in pairs]
    return TABLE.frame(values | size_values(sizes), origin)


def _time(holding: Holding, height: int | None, prices: PriceModel) -> datetime | None:
    """The time of a block, reckoned from the deployment's."""
    if holding.created_at is None or height is None:
        return None
    return holding.created_at + timedelta(seconds=float(prices.seconds(Decimal(height - holding.created_height))))


def _prices(leases: Sequence[Lease], prices: PriceModel) -> dict[str, Any]:
    usd = [lease.price.usd() for lease in leases]
    return {
        "usd_hour": [None if per_block is None else prices.per_hour(per_block) for per_block in usd],
        "usd_month": [None if per_block is None else prices.per_month(per_block) for per_block in usd],
        "price_per_block": [lease.price.amount for lease in leases],
        "denom": [lease.price.denom for lease in leases],
    }


def _services(lease: Lease) -> tuple[ServiceStatus, ...] | None:
    return lease.status.services if lease.status else None


def _workloads(workloads: Sequence[tuple[ServiceStatus, ...] | None]) -> dict[str, Any]:
    """What runs in each lease; None is one whose provider does not say."""
    return {
        "services": [None if w is None else ", ".join(service.name for service in w) for w in workloads],
        "ready": [None if w is None else sum(service.ready for service in w) for w in workloads],
        "replicas": [None if w is None else sum(service.total for service in w) for w in workloads],
        "uris": [
            None if w is None else " ".join(uri for service in w for uri in service.web_addresses) for w in workloads
        ],
    }
