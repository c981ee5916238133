"""Providers as a DataFrame: one row per provider of the network, offline ones included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from akash_nb.frames import shared
from akash_nb.frames.shared import PROVIDER, RESOURCES, Resource, about_values
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import Capacity, Provider


def _columns(resource: Resource) -> Iterator[Column]:
    """How much is free, and how much there is: GPUs as whole numbers."""
    dtype: Any = "Int64" if resource.name == "gpu" else "Float64"
    unit = "GB of 10⁹ bytes" if resource.unit == "GB" else f"{resource.unit}s"
    yield Column(f"{resource.column}_free", dtype, f"{resource.name} that can be leased now, in {unit}", better="high")
    yield Column(f"{resource.column}_total", dtype, f"{resource.name} in all, in {unit}", better="high")


TABLE = define(
    "providers",
    (
        PROVIDER,
        shared.REGION,
        shared.COUNTRY,
        Column("city", "string", "city the provider states"),
        shared.ORGANIZATION,
        shared.AUDITED,
        shared.ONLINE,
        shared.UPTIME_1D,
        shared.UPTIME_7D,
        shared.UPTIME_30D,
        Column("gpu_models", "string", "GPU models it has, such as `rtx4090, t4`; empty for none"),
        *(column for resource in RESOURCES for column in _columns(resource)),
        Column("leases", "Int64", "active leases of all its tenants"),
        Column("last_online_at", "datetime", "when it last answered a check; NaT for never"),
        Column("latitude", "Float64", "degrees north, of its IP address"),
        Column("longitude", "Float64", "degrees east, of its IP address"),
        Column("website", "string", "website it states"),
        Column("email", "string", "e-mail address it states"),
        Column("akash_version", "string", "version of its provider software"),
        shared.ADDRESS,
    ),
)


def providers_frame(providers: Sequence[Provider], origin: Origin) -> pd.DataFrame:
    """One row per provider with the columns of `TABLE`, in the order given. What open bids hold can not be leased now;
    a provider whose capacity is not known has <NA> there."""
    values: dict[str, Any] = {
        PROVIDER.name: [provider.label for provider in providers],
        "city": [provider.city or None for provider in providers],
        "gpu_models": [", ".join(provider.gpu_models) for provider in providers],
        "leases": [provider.lease_count for provider in providers],
        "last_online_at": [provider.last_online_at for provider in providers],
        "latitude": [provider.latitude for provider in providers],
        "longitude": [provider.longitude for provider in providers],
        "website": [provider.website or None for provider in providers],
        "email": [provider.email or None for provider in providers],
        "akash_version": [provider.akash_version or None for provider in providers],
        "address": [provider.owner for provider in providers],
    }
    capacities = [provider.capacity for provider in providers]
    values |= {name: column for resource in RESOURCES for name, column in _amounts(resource, capacities)}
    return TABLE.frame(values | about_values(providers), origin)


def _amounts(resource: Resource, capacities: Sequence[Capacity | None]) -> Iterator[tuple[str, list[Any]]]:
    amounts = [capacity and resource.of(capacity) for capacity in capacities]
    yield f"{resource.column}_free", [amount and amount.available / resource.size for amount in amounts]
    yield f"{resource.column}_total", [amount and amount.total / resource.size for amount in amounts]
