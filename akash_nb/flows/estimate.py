"""What groups are likely to cost: list prices, prices of GPUs, and bids seen before. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from akash_nb.client import market
from akash_nb.client.call import Call, Flow, together
from akash_nb.estimate import GroupEstimate, ListPrice, ListPrices, Size, estimate, list_price, sizes_of
from akash_nb.flows.context import Context
from akash_nb.models import CloudPrices, ComputeSpec
from akash_nb.money import Coin
from akash_nb.sdl import Compiled, GroupDemand, demands

#: Bids that are older say little about what is bid today.
BIDS_KEPT = timedelta(days=7)

#: The service prices no more machines at a time (contract §6); ten of one size each fit its 512 bytes.
SPECS_PER_CALL = 10


def estimate_groups(context: Context, sdl: Compiled | Sequence[Mapping[str, Any]]) -> Flow[tuple[GroupEstimate, ...]]:
    """What each placement group is likely to cost, in the order of gseq; empty for an SDL with errors.

    Args:
        sdl: A compiled SDL, or the groups of one (`Compiled.groups`); their parts then have no service names.

    Raises:
        ConnectionFailedError, APIError: The market could not be asked.
    """
    wanted = demands(sdl)
    listed = yield from list_prices(wanted)
    return tuple(estimate(demand, listed, context.prices, _seen(context, demand)) for demand in wanted)


def list_prices(wanted: Sequence[GroupDemand]) -> Flow[ListPrices]:
    """The list price of every size in these demands, and the prices of GPUs where they have any."""
    sizes, has_gpus = sizes_of(wanted), any(demand.gpus for demand in wanted)
    boards: list[Call[Any]] = [market.gpu_prices()] if has_gpus else []
    works: list[Call[Any] | Flow[Any]] = [*boards, *map(price_sizes, batches(sizes))]
    answers = yield from together(works)
    gpus, priced = answers[: len(boards)], answers[len(boards) :]
    return ListPrices({size: price for found in priced for size, price in found.items()}, gpus[0] if gpus else ())


def price_sizes(sizes: Sequence[Size]) -> Flow[dict[Size, ListPrice]]:
    """The list prices of a batch of sizes, in one call."""
    asked = [size.asked() for size in sizes]
    answers = yield from market.pricing(spec for specs in asked for spec in specs)
    found: Iterator[CloudPrices] = iter(answers)
    return {size: list_price(size, [next(found) for _ in specs]) for size, specs in zip(sizes, asked, strict=True)}


def batches(sizes: Iterable[Size]) -> Iterator[tuple[Size, ...]]:
    """The sizes in as few batches as one call each allows."""
    batch: list[Size] = []
    specs: list[ComputeSpec] = []
    for size in sizes:
        if len(specs) + len(size.asked()) > SPECS_PER_CALL:
            yield tuple(batch)
            batch, specs = [], []
        batch.append(size)
        specs += size.asked()
    if batch:
        yield tuple(batch)


def _seen(context: Context, demand: GroupDemand) -> list[Coin]:
    return [seen.price for seen in context.journal.bids_seen(demand.key, since=context.now() - BIDS_KEPT)]
