"""What the chain refuses when a deployment is created, as the API passes it on (contract §3, §11.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from akash_nb.sdl import network
from mock_server.chain.errors import executing
from mock_server.supply.market import Order, Unit, order_of
from mock_server.web.http import error

#: The least deposit at creation, 0.5 ACT (contract §14).
MINIMUM_DEPOSIT = 500_000


def check_create(groups: list[dict[str, Any]], deposit: int, *, index: int = 0) -> None:
    """Stop a deployment that the chain would not take; `deposit` in micro-units, `index` of the message.

    Raises:
        ApiError: 400 price over the limit or deposit too low; 500 with the chain's own words, which the API does not
            translate, for any other limit.
    """
    orders = {group["name"]: order_of(group) for group in groups}
    problem = next(_beyond_limits(orders), None)
    if problem is not None:
        raise error(500, executing(index, problem))
    if any(unit.price > network.MAX_PRICE for order in orders.values() for unit in order.units):
        raise error(400, "Failed to create deployment: Unit price exceeds the maximum allowed by the network")
    if deposit < MINIMUM_DEPOSIT:
        raise error(400, "Failed to create deployment: Deposit too low")


def _beyond_limits(orders: dict[str, Order]) -> Iterator[str]:
    if len(orders) > network.MAX_GROUPS:
        yield f"error: too many groups ({len(orders)} > {network.MAX_GROUPS})"
    for name, order in orders.items():
        if len(order.units) > network.MAX_UNITS:
            yield f"group {name}: too many units ({len(order.units)} > {network.MAX_UNITS})"
        for unit in order.units:
            for what, value, (least, most) in _quantities(unit):
                if not least <= value <= most:
                    yield f"error: invalid unit {what} ({most} > {value} > {least} fails)"
        yield from _beyond_totals(name, order.units)


def _quantities(unit: Unit) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """What one replica asks for, and how many replicas, each with its limits."""
    yield "CPU", unit.cpu, network.CPU
    yield "GPU", unit.gpu, network.GPU
    yield "memory", unit.memory, network.MEMORY
    for volume in unit.volumes:
        yield "storage", volume.size, network.VOLUME
    yield "count", unit.count, (1, network.MAX_REPLICAS)


def _beyond_totals(name: str, units: Iterable[Unit]) -> Iterator[str]:
    """What all replicas of a group together ask for too much."""
    totals: dict[str, int] = {}
    limits: dict[str, int] = {}
    for unit in units:
        for what, value, (_, most) in _quantities(unit):
            totals[what] = totals.get(what, 0) + value * unit.count
            limits[what] = most * network.GROUP_FACTOR
    for what in ("CPU", "GPU", "memory", "storage"):
        if totals.get(what, 0) > limits.get(what, 0):
            yield f"group {name}: invalid total {what} ({limits[what]} > {totals[what]} > 0 fails)"
