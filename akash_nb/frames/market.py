"""The market at a glance: one row per resource of the whole network, and how much of it is in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from akash_nb.frames.shared import RESOURCES
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import Amounts, NetworkCapacity, Provider

TABLE = define(
    "market",
    (
        Column("resource", "category", "what there is", states=tuple(resource.name for resource in RESOURCES)),
        Column("unit", "string", "what it is counted in; a GB has 10⁹ bytes"),
        Column("total", "Float64", "what the active providers have together"),
        Column("leased", "Float64", "what tenants lease"),
        Column("held", "Float64", "what open bids hold"),
        Column("free", "Float64", "what can be leased now", better="high"),
        Column("leased_share", "Float64", "leased of total, 0..1; <NA> where there is none"),
        Column("providers", "Int64", "online providers that have some of it", better="high"),
        Column("providers_free", "Int64", "online providers that have some of it free", better="high"),
    ),
)


def market_frame(network: NetworkCapacity, providers: Sequence[Provider], origin: Origin) -> pd.DataFrame:
    """One row per resource with the columns of `TABLE`."""
    amounts = [resource.of(network.capacity) for resource in RESOURCES]
    online = [provider.capacity for provider in providers if provider.is_online and provider.capacity]
    each = [[resource.of(capacity) for capacity in online] for resource in RESOURCES]
    values: dict[str, Any] = {
        "resource": [resource.name for resource in RESOURCES],
        "unit": [resource.unit for resource in RESOURCES],
        "leased_share": [amount.active / amount.total if amount.total else None for amount in amounts],
        "providers": [sum(amount.total > 0 for amount in of_all) for of_all in each],
        "providers_free": [sum(amount.available > 0 for amount in of_all) for of_all in each],
    }
    return TABLE.frame(values | _sizes(amounts), origin)


def _sizes(amounts: Sequence[Amounts]) -> dict[str, list[float]]:
    def column(counts: Sequence[int]) -> list[float]:
        return [count / resource.size for count, resource in zip(counts, RESOURCES, strict=True)]

    return {
        "total": column([amount.total for amount in amounts]),
        "leased": column([amount.active for amount in amounts]),
        "held": column([amount.pending for amount in amounts]),
        "free": column([amount.available for amount in amounts]),
    }
