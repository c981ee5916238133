"""What is known of every combination of a sweep, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from akash_nb.estimate import Clouds, GroupEstimate, ListPrices, Range, estimate
from akash_nb.money import PriceModel
from akash_nb.sdl.vary import ANY
from akash_nb.sweep.points import Point, Variant
from akash_nb.sweep.supply import Bits, Supply


@dataclass(frozen=True, slots=True)
class Cost:
    """What a variant is likely to cost and asks for, all groups together.

    Attributes:
        usd_hour: At list prices; None where nobody offers such a GPU.
    """

    usd_hour: Range | None
    clouds: Clouds
    ceiling_usd_hour: Decimal
    is_ceiling_under_market: bool
    cpu_millicores: Decimal
    memory_bytes: int
    storage_bytes: int
    gpus: int


@dataclass(frozen=True, slots=True)
class Row:
    """One combination.

    Attributes:
        values: Of each axis that is varied, as given.
        cost: None for an SDL with errors.
        providers: How many could host it for certain: audited, online and with room; with several groups those of the
            group that fewest could. None for an SDL with errors.
        providers_at_most: How many can be proved to be the most; the same where it is known exactly, None where
            nothing is known.
        problem: Why it is no SDL; empty where it is one.
    """

    values: Mapping[str, Any]
    cost: Cost | None
    providers: int | None
    providers_at_most: int | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """All rows, in the order of the arguments.

    Attributes:
        present: What the SDL itself has of what was not varied.
        requests: How many were sent for it.
    """

    rows: tuple[Row, ...]
    present: Mapping[str, Any]
    requests: int
    is_mock: bool
    prices: PriceModel
    at: datetime = field(compare=False)


def rows_of(
    points: Sequence[Point], market: ListPrices, supply: Supply, regions: Mapping[str, Bits], prices: PriceModel
) -> tuple[Row, ...]:
    """A row per point.

    Args:
        market: Has a price for every size in them.
        supply: Who fits which demand.
        regions: The providers in each region that is varied.
    """
    costs: dict[Variant, Cost] = {}
    rows = []
    for point in points:
        variant = point.variant
        if variant.problem:
            rows.append(Row(point.values, None, None, None, variant.problem))
            continue
        if variant not in costs:
            costs[variant] = _cost(variant, [estimate(demand, market, prices) for demand in variant.demands])
        rows.append(Row(point.values, costs[variant], *_providers(point, supply, regions)))
    return tuple(rows)


def _providers(point: Point, supply: Supply, regions: Mapping[str, Bits]) -> tuple[int, int | None]:
    certain, possible = [], []
    for demand in point.variant.demands:
        is_local = point.region not in ("", ANY) and demand.name in point.variant.regional
        inside = regions[point.region] if is_local else -1
        bounds = supply.bounds(demand)
        certain.append((bounds.certain & inside).bit_count())
        if bounds.possible is not None:
            possible.append((bounds.possible & inside).bit_count())
    return min(certain), min(possible, default=None)


def _cost(variant: Variant, estimates: Sequence[GroupEstimate]) -> Cost:
    units = [unit for demand in variant.demands for unit in demand.units]
    hourly = [each.usd_hour for each in estimates]
    usd_hour = None if None in hourly else reduce(add, filter(None, hourly))
    ceiling = sum((each.ceiling_usd_hour for each in estimates), Decimal(0))
    return Cost(
        usd_hour=usd_hour,
        clouds=reduce(add, (each.clouds for each in estimates)),
        ceiling_usd_hour=ceiling,
        is_ceiling_under_market=any(each.is_ceiling_under_market for each in estimates),
        cpu_millicores=sum((unit.count * unit.cpu_millicores for unit in units), Decimal(0)),
        memory_bytes=sum(unit.count * (unit.memory_bytes + unit.ram_disk_bytes) for unit in units),
        storage_bytes=sum(unit.count * (unit.ephemeral_bytes + unit.persistent_bytes) for unit in units),
        gpus=sum(demand.gpus for demand in variant.demands),
    )
