"""Whom the market asks for a bid: everybody in a small fleet; in a large one, as many as an order can use.

An order takes 21 bids however many providers there are. So that a large fleet costs no more than a small one, lists
that depend on the fleet alone tell who has what (`_ranked`), and the shortest of those that must hold every provider
fit for an order is gone through in an order drawn by chance until enough are found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from mock_server.supply.fleet import fleet
from mock_server.supply.market import (
    BLOCKS_PER_HOUR,
    LEASED_IP,
    MOOD,
    ORDER_BID_LIMIT,
    Order,
    Unit,
    chosen_stock,
    gpu_usd_hour,
    has_attribute,
    markup,
    space_of,
    space_price,
)
from mock_server.supply.provider import Prices, Provider
from mock_server.world import chance
from mock_server.world.state import Load

T = TypeVar("T")
#: A fleet up to this size is asked as a whole.
SMALL_ENOUGH = 100
#: Willing bidders that are looked for in a larger one: a reserve, since some have no more room once their bid is due.
ENOUGH = ORDER_BID_LIMIT + 20

#: What a list ranks providers by: a number, the lower the better, or None for those who do not have it at all.
Measure = Callable[..., Any]
_REFERENCE, _NO_LOAD = Prices.at(Decimal(1), 0), Load()


def asked(seed: int, name: str, order: Order, *key: object) -> Iterator[Provider]:
    """Who is asked about an order, one after the other: all that might take it, none of them twice."""
    everybody = fleet(seed, name)
    if len(everybody) <= SMALL_ENOUGH:
        return iter(everybody)
    return shuffled(_shortlist(seed, name, order), seed, "asked", *key)


def enough(seed: int, name: str) -> int | None:
    """How many willing bidders one order needs; None: all there are."""
    return None if len(fleet(seed, name)) <= SMALL_ENOUGH else ENOUGH


def shuffled(items: Sequence[T], seed: int, *key: object) -> Iterator[T]:
    """All items in an order drawn by chance. To take a few costs the same however many there are."""
    moved: dict[int, int] = {}
    for taken in range(len(items)):
        index = chance.between(taken, len(items) - 1, seed, *key, taken)
        yield items[moved.get(index, index)]
        moved[index] = moved.get(taken, taken)


def _shortlist(seed: int, name: str, order: Order) -> Sequence[Provider]:
    """The shortest list that holds every provider which can take the order and asks no more than is offered."""
    lists = []
    for limit, measure, *about in _demands(order):
        numbers, providers = _ranked(seed, name, measure, *about)
        lists.append((bisect_right(numbers, limit), providers))
    length, providers = min(lists, key=itemgetter(0))
    return providers[:length]


@lru_cache(maxsize=512)
def _ranked(seed: int, name: str, measure: Measure, *about: Any) -> tuple[list[Any], list[Provider]]:
    """The providers that have something, best first, and the numbers they are ranked by."""
    measured = ((measure(provider, *about), provider) for provider in fleet(seed, name) if provider.online)
    rows = sorted(((number, provider) for number, provider in measured if number is not None), key=itemgetter(0))
    return [number for number, _ in rows], [provider for _, provider in rows]


def _demands(order: Order) -> Iterator[tuple[Any, ...]]:
    """What an order asks of a provider: the highest number that will do, the measure, and what it is about."""
    most = (order.ceiling + Decimal("0.000001")) / Decimal(MOOD[0])
    if usual := sum(space_price(_REFERENCE, unit) * unit.count for unit in order.units):
        yield most / usual, _level
    space = Load()
    for unit in order.units:
        space = space.plus(space_of(unit), unit.count)
        yield from _unit_demands(unit, most)
    for kind in ("cpu", "memory", "ephemeral", "persistent"):
        yield -getattr(space, kind), _free, kind
    for pair in order.attributes:
        yield 0, _attribute, *pair


def _unit_demands(unit: Unit, most: Decimal) -> Iterator[tuple[Any, ...]]:
    yield -unit.cpu, _on_a_node, "cpu"
    yield -unit.memory, _on_a_node, "memory"
    if unit.gpu:
        usd_hour = most * BLOCKS_PER_HOUR / 1_000_000 / (unit.gpu * unit.count)
        yield usd_hour, _gpu_usd_hour, Unit(0, 0, unit.gpu, unit.gpu_wishes, (), (), 1, Decimal(0))
    if LEASED_IP in unit.endpoint_kinds:
        yield 0, _leased_ips
    for volume in unit.volumes:
        if volume.persistent:
            yield 0, _storage_class, volume.storage_class


def _level(provider: Provider) -> Decimal:
    """How dear it is: the factor on the usual prices that it asks for at least."""
    return provider.prices.level * markup(provider, _NO_LOAD)


def _free(provider: Provider, kind: str) -> int:
    """What other tenants leave free, negative."""
    taken: int = getattr(provider.others, kind) - getattr(provider.total, kind)
    return taken


def _on_a_node(provider: Provider, kind: str) -> int:
    """What one node has, negative."""
    total: int = getattr(provider.total, kind)
    return -(total // max(provider.nodes, 1))


def _gpu_usd_hour(provider: Provider, unit: Unit) -> Decimal | None:
    stock = chosen_stock(provider, unit)
    return gpu_usd_hour(provider, _NO_LOAD, stock) if stock else None


def _attribute(provider: Provider, key: str, value: str) -> int | None:
    return 0 if has_attribute(provider.offered, key, value) else None


def _storage_class(provider: Provider, name: str) -> int | None:
    return 0 if name in provider.storage_classes else None


def _leased_ips(provider: Provider) -> int | None:
    return 0 if provider.leased_ips else None
