"""From list prices, prices of GPUs and bids to an estimate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from statistics import median

from akash_nb.estimate.gpus import gpu_kinds, gpu_usd_hour
from akash_nb.estimate.lists import ListPrices, Size, unit_sizes
from akash_nb.estimate.ranges import Clouds, Range
from akash_nb.estimate.records import NOTHING, GroupEstimate, Part, total
from akash_nb.money import Coin, PriceModel
from akash_nb.sdl.demands import GroupDemand, UnitDemand

#: Providers set their own prices around the list: how far their bids on CPU, memory and storage are taken to lie from
#: it. Of 1,900 bids on nine workloads on twelve simulated markets, 99 of a hundred lay within. The real market's may
#: not, so that an estimate says that it is no quote.
BELOW_LIST, ABOVE_LIST = Decimal("0.6"), Decimal(2)

#: What the service's own USD figures are reckoned with: 6 s per block, 30.437 days per month (contract §12).
_SERVICE = PriceModel.api()


def estimate(demand: GroupDemand, market: ListPrices, prices: PriceModel, seen: Iterable[Coin] = ()) -> GroupEstimate:
    """The estimate of one group.

    Args:
        market: Has the price of each of its sizes.
        seen: The last price per block of each provider that has bid on this very demand before.
    """
    parts = tuple(part for unit in demand.units for part in _parts(unit, market, prices))
    kinds = [kind for unit in demand.units if unit.gpus for kind in gpu_kinds(unit.gpu_models, market.gpus)]
    ceiling = demand.ceiling.usd() or NOTHING
    listed = GroupEstimate(
        name=demand.name,
        usd_hour=total(parts, prices),
        parts=parts,
        clouds=_clouds(demand, market) * _months(prices),
        gpus=demand.gpus,
        gpus_free=sum(kind.available for kind in dict.fromkeys(kinds)) if demand.gpus else None,
        ceiling_usd_hour=prices.per_hour(ceiling),
        prices=prices,
    )
    hourly = sorted(prices.per_hour(usd) for coin in seen if (usd := coin.usd()) is not None)
    if not hourly:
        return listed
    return replace(listed, usd_hour=Range(hourly[0], median(hourly), hourly[-1]), bids_seen=len(hourly))


def _parts(unit: UnitDemand, market: ListPrices, prices: PriceModel) -> Iterator[Part]:
    """Storage has one list price, which is split as the bytes are."""
    for size in unit_sizes(unit):
        usd = market.sizes[size].usd * unit.count * _months(prices)
        for resource, amount in _named(unit, size):
            share = Decimal(amount) / size.amount * usd
            spread = Range(share * BELOW_LIST, share, share * ABOVE_LIST)
            yield Part(unit.label, resource, Decimal(amount * unit.count), spread)
    if unit.gpus:
        count = unit.gpus * unit.count
        each = gpu_usd_hour(gpu_kinds(unit.gpu_models, market.gpus))
        # The service counts 600 blocks to an hour; what is paid is paid by the block.
        usd_month = each and each * prices.per_month(Decimal(count)) / _SERVICE.blocks_per_hour
        yield Part(unit.label, "GPU", Decimal(count), usd_month, unit.gpu_models)


def _months(prices: PriceModel) -> Decimal:
    """How many of the service's months one of the model's is."""
    return prices.hours_per_month / _SERVICE.hours_per_month


def _named(unit: UnitDemand, size: Size) -> Iterator[tuple[str, int]]:
    if size.kind != "storage":
        yield ("CPU" if size.kind == "cpu" else "memory"), size.amount
        return
    yield from (
        (name, amount)
        for name, amount in (("storage", unit.ephemeral_bytes), ("persistent storage", unit.persistent_bytes))
        if amount
    )


def _clouds(demand: GroupDemand, market: ListPrices) -> Clouds:
    sums = Clouds(NOTHING, NOTHING, NOTHING)
    for unit in demand.units:
        for size in unit_sizes(unit):
            sums += market.sizes[size].clouds * unit.count
    return sums
