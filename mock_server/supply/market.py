"""Who bids on an order, when, and at what price: pure functions of (order, provider, load, chance).

An order is read from a group specification once (`order_of`) and then compared with each provider (`misfit`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import msgspec

from mock_server.supply.catalogue import AUDITOR
from mock_server.supply.provider import GI, GpuStock, Prices, Provider
from mock_server.world import chance
from mock_server.world.state import Group, Load

#: Endpoint kinds as numbered on chain (contract §10), and by name.
SHARED_HTTP, RANDOM_PORT, LEASED_IP = 0, 1, 2
ENDPOINT_KINDS = {"SHARED_HTTP": SHARED_HTTP, "RANDOM_PORT": RANDOM_PORT, "LEASED_IP": LEASED_IP}
#: Bids that one order takes; the chain compares with "greater than", so one more gets in (contract §8).
ORDER_BID_LIMIT = 20
BLOCKS_PER_HOUR = 600
#: Between which factors on its list prices a provider's bids vary.
MOOD = ("0.96", "1.06")
_WORST_MOOD = Decimal(MOOD[1])


Wish = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Volume:
    """A storage volume in bytes; `storage_class` is None for the node's own disk."""

    size: int
    storage_class: str | None
    persistent: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """One resource unit, `count` times.

    `gpu_wishes` are the alternatives that a tenant accepts, each as pairs such as (model, rtx4090); none: any GPU.
    """

    cpu: int
    memory: int
    gpu: int
    gpu_wishes: tuple[Wish, ...]
    volumes: tuple[Volume, ...]
    endpoint_kinds: tuple[int, ...]
    count: int
    price: Decimal


@dataclass(frozen=True, eq=False)
class Order:
    """What a group asks for."""

    units: tuple[Unit, ...]
    attributes: tuple[tuple[str, str], ...]
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]

    @cached_property
    def ceiling(self) -> Decimal:
        """The highest price per block the tenant pays for the whole group."""
        return sum((unit.price * unit.count for unit in self.units), Decimal(0))


def order_of(spec: Mapping[str, Any]) -> Order:
    """An order from a group specification (`memory.size`) or a bid-screening body (`memory.quantity`).

    Raises:
        ValueError: A quantity is no whole number.
    """
    try:
        return _known_order(msgspec.json.encode(spec))
    except (OverflowError, UnicodeEncodeError):  # numbers beyond 64 bits, halves of characters
        return _read_order(spec)


def order_of_group(group: Group) -> Order:
    """What a placement group asks for."""
    return _known_order(group.text)


@lru_cache(maxsize=1024)
def _known_order(spec: bytes) -> Order:
    """An order is read again with each of its bids, so it is kept by its text."""
    return _read_order(msgspec.json.decode(spec))


def _read_order(spec: Mapping[str, Any]) -> Order:
    requirements = spec.get("requirements") or {}
    signed_by = requirements.get("signedBy") or {}
    return Order(
        units=tuple(_unit(entry) for entry in spec["resources"]),
        attributes=tuple((a["key"], a["value"]) for a in requirements.get("attributes") or ()),
        all_of=tuple(signed_by.get("allOf") or ()),
        any_of=tuple(signed_by.get("anyOf") or ()),
    )


class Standing(NamedTuple):
    """How a provider stands to an order, whatever else it carries.

    Attributes:
        reason: Why it could never take it; None when it could.
        load: What the order takes there.
        after: The same on top of what tenants outside this simulation use.
        price: What it asks per block at its list prices.
    """

    reason: str | None
    load: Load
    after: Load
    price: Decimal


@lru_cache(maxsize=8192)
def standing(provider: Provider, order: Order) -> Standing:
    """How a provider stands to an order; kept, since the same few orders are looked at with every bid."""
    load = load_of(provider, order)
    price = sum((_unit_price(provider, unit) * unit.count for unit in order.units), Decimal(0))
    return Standing(_unfit(provider, order), load, provider.others.plus(load), price)


def misfit(provider: Provider, load: Load, order: Order) -> str | None:
    """Why a provider that is up cannot take an order on top of what it carries, in a few words; None when it can."""
    known = standing(provider, order)
    return known.reason or _lacking(provider.total, known.after.plus(load))


def _unfit(provider: Provider, order: Order) -> str | None:
    if order.all_of and not (provider.audited and set(order.all_of) <= {AUDITOR}):
        return "not signed by all required auditors"
    if order.any_of and not (provider.audited and AUDITOR in order.any_of):
        return "not signed by any accepted auditor"
    for key, value in order.attributes:
        if not has_attribute(provider.offered, key, value):
            return f"attribute {key}={value}"
    return next((reason for unit in order.units if (reason := _unit_misfit(provider, unit))), None)


def load_of(provider: Provider, order: Order) -> Load:
    """What an order takes on a provider it fits on."""
    total = Load(leases=1)
    for unit in order.units:
        total = total.plus(_unit_load(unit, chosen_stock(provider, unit)), unit.count)
    return total


def price(provider: Provider, load: Load, order: Order, seed: int, *key: object) -> Decimal:
    """What a provider asks per block for the whole group, in micro-units with at most 6 decimals.

    Its list prices, more the fuller it is, and a few per cent either way from one bid to the next.
    """
    mood = chance.decimal(*MOOD, seed, "mood", provider.address, *key)
    asked = standing(provider, order).price * markup(provider, load) * mood
    return max(asked, Decimal("0.01")).quantize(Decimal("0.000001"))


def is_affordable(provider: Provider, load: Load, order: Order, seed: int, *key: object) -> bool:
    """Whether a provider asks no more than the tenant offers; its mood is drawn only where that decides."""
    dearest = standing(provider, order).price * markup(provider, load) * _WORST_MOOD + Decimal("0.01")
    return dearest <= order.ceiling or price(provider, load, order, seed, *key) <= order.ceiling


def gpu_usd_hour(provider: Provider, load: Load, stock: GpuStock) -> Decimal:
    """What a provider asks now for one of its GPUs alone, in US dollars an hour; a bid varies by its mood around it."""
    return stock.usd_hour * markup(provider, load)


def arrival_blocks(provider: Provider, seed: int, *key: object) -> int:
    """How many blocks after the order a provider's bid lands: 1 to 5."""
    return chance.between(1, 5, seed, "arrival", provider.address, *key)


def takes_part(provider: Provider, seed: int, *key: object) -> bool:
    """Whether a provider bothers with this order at all; some are shy."""
    return not chance.happens(provider.shyness, seed, "shy", provider.address, *key)


def matching_stock(provider: Provider, unit: Unit) -> list[GpuStock]:
    """The provider's GPUs that a unit's wishes accept, in the provider's order."""
    wishes = unit.gpu_wishes
    return [stock for stock in provider.gpus if not wishes or any(_gpu_matches(stock, wish) for wish in wishes)]


def _unit(entry: Mapping[str, Any]) -> Unit:
    resource = entry["resource"]
    gpu = resource.get("gpu") or {}
    return Unit(
        cpu=int(Decimal(resource["cpu"]["units"]["val"])),
        memory=_quantity(resource["memory"]),
        gpu=int(Decimal((gpu.get("units") or {"val": "0"})["val"])),
        gpu_wishes=tuple(_wish(a["key"]) for a in gpu.get("attributes") or ()),
        volumes=tuple(_volume(volume) for volume in resource.get("storage") or ()),
        endpoint_kinds=tuple(_kind(endpoint) for endpoint in resource.get("endpoints") or ()),
        count=int(entry["count"]),
        price=Decimal(str(entry["price"]["amount"])),
    )


def _quantity(holder: Mapping[str, Any]) -> int:
    return int(Decimal((holder.get("size") or holder["quantity"])["val"]))


def _volume(volume: Mapping[str, Any]) -> Volume:
    attributes = {a["key"]: a["value"] for a in volume.get("attributes") or ()}
    return Volume(_quantity(volume), attributes.get("class"), attributes.get("persistent") == "true")


def _kind(endpoint: Mapping[str, Any]) -> int:
    kind = endpoint.get("kind", SHARED_HTTP)
    return ENDPOINT_KINDS[kind] if isinstance(kind, str) else int(kind)


def _wish(key: str) -> Wish:
    """`vendor/nvidia/model/rtx4090/ram/24Gi` as (vendor, nvidia), (model, rtx4090), (ram, 24gi)."""
    parts = key.split("/")
    return tuple((name, value.lower()) for name, value in zip(parts[::2], parts[1::2], strict=False))


def _gpu_matches(stock: GpuStock, wish: Wish) -> bool:
    gpu = stock.gpu
    has = {"vendor": gpu.vendor, "model": gpu.model, "ram": gpu.ram.lower(), "interface": gpu.interface}
    return all(_same(has.get(name, ""), wanted) for name, wanted in wish)


def _same(has: str, wanted: str) -> bool:
    """Equal, or a wildcard; every `sxm` generation counts as `sxm`, as in the Console's catalogue."""
    return wanted in ("*", has) or (has == "sxm" and wanted.startswith("sxm"))


def has_attribute(offered: Mapping[str, str], key: str, value: str) -> bool:
    """Whether a key is offered with that value; a trailing `*` in the key stands for one path segment."""
    if not key.endswith("*"):
        return offered.get(key) == value
    stem = key[:-1]
    return any(k.startswith(stem) and "/" not in k[len(stem) :] and v == value for k, v in offered.items())


def _lacking(total: Load, after: Load) -> str | None:
    if after.cpu > total.cpu:
        return "not enough CPU free"
    if after.memory > total.memory:
        return "not enough memory free"
    if after.ephemeral > total.ephemeral:
        return "not enough disk free"
    if after.persistent > total.persistent:
        return "not enough storage free"
    if any(count > total.gpus.get(model, 0) for model, count in after.gpus.items()):
        return "not enough GPUs free"
    return None


def _unit_misfit(provider: Provider, unit: Unit) -> str | None:
    """What one unit asks that no single node has."""
    if unit.cpu > provider.total.cpu // max(provider.nodes, 1):
        return "no node with that much CPU"
    if unit.memory > provider.total.memory // max(provider.nodes, 1):
        return "no node with that much memory"
    if unit.gpu and not any(stock.per_node >= unit.gpu for stock in matching_stock(provider, unit)):
        return "no such GPU"
    if LEASED_IP in unit.endpoint_kinds and not provider.leased_ips:
        return "no leased IPs"
    if any(v.persistent and v.storage_class not in provider.storage_classes for v in unit.volumes):
        return "no such storage class"
    return None


def chosen_stock(provider: Provider, unit: Unit) -> GpuStock | None:
    """The GPUs a unit is given: the cheapest that fit on one node, of those that others leave free if there are any.

    None when it wants none or there are none. This world's own leases do not enter, so that a bid, its offer and its
    lease always mean the same GPU.
    """
    if not unit.gpu:
        return None
    fitting = [s for s in matching_stock(provider, unit) if s.per_node >= unit.gpu]
    return min(fitting, key=lambda s: (s.total - s.others < unit.gpu, s.usd_hour), default=None)


def markup(provider: Provider, load: Load) -> Decimal:
    """By which factor a provider asks more than its list prices, the fuller the more."""
    busy = Decimal(provider.others.cpu + load.cpu) / provider.total.cpu if provider.total.cpu else Decimal(1)
    return 1 + busy * provider.prices.load_percent / 100


def space_of(unit: Unit) -> Load:
    """What one unit takes wherever it is put; its GPUs depend on what the provider has."""
    return Load(
        unit.cpu,
        # A volume of class `ram` is memory.
        unit.memory + sum(v.size for v in unit.volumes if v.storage_class == "ram"),
        sum(v.size for v in unit.volumes if not v.persistent and v.storage_class != "ram"),
        sum(v.size for v in unit.volumes if v.persistent),
    )


def space_price(prices: Prices, unit: Unit) -> Decimal:
    """What one unit costs per block at these prices, its GPUs left out."""
    space = space_of(unit)
    return (
        prices.cpu * space.cpu / 1000
        + prices.memory * space.memory / GI
        + prices.ephemeral * space.ephemeral / GI
        + prices.persistent * space.persistent / GI
        + prices.endpoint * sum(1 for kind in unit.endpoint_kinds if kind != SHARED_HTTP)
    )


def _unit_load(unit: Unit, stock: GpuStock | None) -> Load:
    space = space_of(unit)
    return space.plus(Load(gpus={stock.gpu.model: unit.gpu})) if stock else space


def _unit_price(provider: Provider, unit: Unit) -> Decimal:
    stock = chosen_stock(provider, unit)
    gpus = stock.usd_hour * 1_000_000 / BLOCKS_PER_HOUR * unit.gpu if stock else Decimal(0)
    return space_price(provider.prices, unit) + gpus
