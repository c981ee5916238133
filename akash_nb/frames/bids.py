"""Bids as a DataFrame: one row per bid; what is leased first, then what is open, by group and price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from akash_nb.bids import BID_LIFETIME_S, Bids
from akash_nb.frames import shared
from akash_nb.frames.shared import PROVIDER, USD_HOUR, USD_MONTH, about_values, size_values
from akash_nb.frames.table import Column, Origin, define
from akash_nb.models import Bid, Offer
from akash_nb.money import PriceModel

STATES = ("open", "active", "lost", "closed")

TABLE = define(
    "bids",
    (
        Column("gseq", "Int64", "placement group the bid is for, from 1"),
        shared.PROVIDER,
        *shared.PRICE,
        shared.REGION,
        shared.AUDITED,
        shared.UPTIME_7D,
        Column("gpu", "string", "GPUs offered, such as `1 × rtx4090`; empty for none"),
        Column("state", "category", "open, active (under lease), lost or closed", states=STATES),
        Column("age_s", "Float64", "seconds since the bid was made, by estimate"),
        Column(
            "expires_in_s", "Float64", "seconds until the provider withdraws an open bid, by estimate", better="high"
        ),
        Column("price_per_block", "Float64", "micro-units of the denom per block", better="low"),
        Column("denom", "string", "denom of price_per_block"),
        shared.UPTIME_1D,
        shared.UPTIME_30D,
        shared.ONLINE,
        shared.COUNTRY,
        shared.ORGANIZATION,
        shared.ADDRESS,
        Column("key", "string", "identifies the bid within the deployment; stable"),
        *shared.SIZE,
    ),
)


def bids_frame(bids: Bids) -> pd.DataFrame:
    """One row per bid with the columns of `TABLE`; prices and sizes are of a whole group with all its replicas."""
    made = [offer.bid for offer in bids]
    ages = [bids.age_s(offer) for offer in bids]
    values: dict[str, Any] = {
        "gseq": [bid.id.gseq for bid in made],
        "state": [bid.state for bid in made],
        "age_s": ages,
        "expires_in_s": [_remaining(bid, age) for bid, age in zip(made, ages, strict=True)],
        "price_per_block": [float(bid.price.amount) for bid in made],
        "denom": [bid.price.denom for bid in made],
        "address": [bid.id.provider for bid in made],
        "key": [bid.id.key for bid in made],
    }
    values |= _prices(made, bids.prices) | _offered(made) | _providers(bids.offers)
    return TABLE.frame(values, Origin(bids.is_mock, bids.as_of, bids.prices))


def _remaining(bid: Bid, age: float | None) -> float | None:
    return None if age is None or bid.state != "open" else max(0.0, BID_LIFETIME_S - age)


def _prices(bids: Sequence[Bid], prices: PriceModel) -> dict[str, Any]:
    """All rows at once: an hour and a month are the same number of blocks for each."""
    per_block = np.array([bid.price.usd() for bid in bids], dtype="float64")
    return {
        USD_HOUR.name: per_block * float(prices.per_hour(Decimal(1))),
        USD_MONTH.name: per_block * float(prices.per_month(Decimal(1))),
    }


def _offered(bids: Sequence[Bid]) -> dict[str, Any]:
    """Sizes and GPUs. All who bid on a group offer nearly the same, so each offer is added up once."""
    firsts = {bid.resources: bid for bid in reversed(bids)}
    totals = {resources: (bid.totals, bid.gpu_text) for resources, bid in firsts.items()}
    found = [totals[bid.resources] for bid in bids]
    return size_values([size for size, _ in found]) | {"gpu": [gpu for _, gpu in found]}


def _providers(offers: Sequence[Offer]) -> dict[str, Any]:
    """What is known of the providers. One may bid on many groups, so each is looked at once."""
    firsts = {offer.bid.id.provider: offer for offer in reversed(offers)}
    about = about_values([offer.provider for offer in firsts.values()])
    about[PROVIDER.name] = [offer.name for offer in firsts.values()]
    place = {address: i for i, address in enumerate(firsts)}
    rows = [place[offer.bid.id.provider] for offer in offers]
    return {name: [values[row] for row in rows] for name, values in about.items()}
