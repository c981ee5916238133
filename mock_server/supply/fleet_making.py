"""The providers that a fleet's file describes."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from akash_nb.sdl.units import size_bytes
from mock_server.supply import drawing
from mock_server.supply.drawing import RELIABILITIES, WIDE_LOTTERY, Identity, drawn, gpu_factor
from mock_server.supply.fleet_file import parsed
from mock_server.supply.fleet_keys import Entry, Planned, gpu_of
from mock_server.supply.provider import GpuStock, Prices, Provider
from mock_server.supply.sizes import count_of
from mock_server.world import chance
from mock_server.world.clock import DAY, GENESIS_MS, HOUR, MINUTE, SECOND
from mock_server.world.state import Load

_UNITS_MS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}


def providers(seed: int, text: str) -> list[Provider]:
    """The providers of a file as `fleet_file.canonical` gives it, those of its base first."""
    found = parsed(text)
    base = str(found.base)
    return drawing.providers(seed, base, count_of(base)) + [_provider(seed, entry) for entry in found.providers]


def _provider(seed: int, entry: Entry) -> Provider:
    key = ("fleet", entry.name)
    provider = drawn(
        seed,
        entry.name,
        _identity(seed, entry),
        lottery=WIDE_LOTTERY,
        audited=entry.audited,
        online=entry.online,
        reliability=entry.reliability or chance.pick(RELIABILITIES, seed, *key, "reliability"),
    )
    gpus = _gpus(seed, entry, provider)
    total, others = _hardware(entry, provider, gpus)
    shyness = {"always": 0, "never": 100}.get(entry.bids or "", entry.shyness)
    return replace(
        provider,
        gpus=gpus,
        total=total,
        others=others,
        nodes=entry.nodes or (1 + entry.cpu // 128 if entry.cpu else provider.nodes),
        storage_classes=provider.storage_classes if entry.storage is None else tuple(entry.storage),
        leased_ips=provider.leased_ips if entry.leased_ips is None else entry.leased_ips,
        prices=Prices.at(_decimal(entry.price), provider.prices.load_percent) if entry.price else provider.prices,
        shyness=provider.shyness if shyness is None else shyness,
        outages=None if entry.outages is None else _merged(entry.outages),
        extra=tuple((name, _text(value)) for name, value in entry.attributes.items()),
    )


def _identity(seed: int, entry: Entry) -> Identity:
    place = chance.pick(entry.places(), seed, "fleet", entry.name, "place")
    plain = re.sub("[^a-z0-9]+", "-", entry.name.lower()).strip("-") or "provider"
    # Two names that come to the same word are still two hosts.
    drawn_host = f"{plain}-{chance.hexadecimal(4, seed, 'fleet', entry.name, 'host')}.example"
    host = entry.host or drawn_host
    return Identity(place, entry.organization or entry.name, host, host)


def _gpus(seed: int, entry: Entry, provider: Provider) -> tuple[GpuStock, ...]:
    """Those of the entry, or the drawn ones, at the entry's prices."""
    factor = _decimal(entry.price) if entry.price else gpu_factor(seed, entry.name)
    if entry.gpus is None:
        return tuple(replace(stock, usd_hour=stock.gpu.usd_hour * factor) for stock in provider.gpus)
    stocks = []
    for stock in entry.stocks():
        gpu = gpu_of(stock)
        assert gpu is not None, stock  # noqa: S101  # the file was checked
        free = stock.count if stock.free is None else stock.free
        usd_hour = _decimal(stock.usd_hour) if stock.usd_hour else gpu.usd_hour * factor
        stocks.append(GpuStock(gpu, stock.count, stock.count - free, stock.per_node or min(stock.count, 8), usd_hour))
    return tuple(stocks)


def _hardware(entry: Entry, provider: Provider, gpus: tuple[GpuStock, ...]) -> tuple[Load, Load]:
    """All that it has, and what its other tenants use of it; in the proportions of the drawn ones."""
    drawn = provider.total
    cpu = entry.cpu * 1000 if entry.cpu else drawn.cpu
    memory = _bytes(entry.memory) if entry.memory else drawn.memory
    disk = _bytes(entry.disk) if entry.disk else drawn.ephemeral
    used = provider.others.cpu * 100 // drawn.cpu if entry.used is None else entry.used
    total = Load(cpu, memory, disk, disk * 2, {stock.gpu.model: stock.total for stock in gpus})
    others = Load(
        cpu * used // 100,
        memory * used // 100,
        disk * used // 200,
        disk * used // 100,
        {stock.gpu.model: stock.others for stock in gpus},
    )
    return total, others


def _merged(planned: list[Planned]) -> tuple[tuple[int, int], ...]:
    """Outages in ms since 1970, in order; those that overlap are one."""
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(_span(outage) for outage in planned):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(ends, merged[-1][1]))
        else:
            merged.append((begins, ends))
    return tuple(merged)


def _span(outage: Planned) -> tuple[int, int]:
    begins = GENESIS_MS + _milliseconds(outage.begins)
    return begins, begins + _milliseconds(outage.lasts)


def _milliseconds(duration: str) -> int:
    return sum(int(count) * _UNITS_MS[unit] for count, unit in re.findall("([0-9]+)([dhms])", duration))


def _bytes(size: str) -> int:
    return int(size_bytes(size) or 0)


def _decimal(value: float) -> Decimal:
    return Decimal(str(value))


def _text(value: str | bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
