"""The market at large: capacity, AKT price, GPUs and their prices, reference prices, chain and service health."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import Any

from akash_nb.ids import is_address
from mock_server import chance
from mock_server.call import Call
from mock_server.catalogue import GPU_MODELS, GpuModel
from mock_server.clock import DAY, iso
from mock_server.fleet import GpuStock, Provider, fleet
from mock_server.http import ApiError, MockResponse, reply
from mock_server.lifecycle import load_on
from mock_server.routes.providers import stats_json, summed
from mock_server.state import World
from mock_server.validate import array, enum, number, obj, optional, union

#: Hours in a month as the Console's API counts them (contract §12).
_HOURS = 730.488
_SPEC = obj(cpu=number(minimum=0), memory=number(), storage=number())


def capacity(call: Call) -> MockResponse:
    """GET /v1/network-capacity: all online providers together."""
    online = [p for p in fleet(call.world.seed, call.world.fleet) if p.online]
    each = [stats_json(call.world, provider) for provider in online]
    disks = {kind: summed([one["storage"][kind] for one in each]) for kind in ("ephemeral", "persistent", "total")}
    resources = {name: summed([one[name] for one in each]) for name in ("cpu", "gpu", "memory")}
    return reply({"activeProviderCount": len(online), "resources": {**resources, "storage": disks}})


def market_data(call: Call) -> MockResponse:
    """GET /v1/market-data/{coin?}: USD per AKT; volume, cap and rank have been zero since the oracle (contract §6)."""
    call.params(obj(coin=optional(enum("akt", "akash-network"))))
    today = call.world.now_ms // DAY
    price, before = akt_usd(call.world.seed, today), akt_usd(call.world.seed, today - 1)
    change = price - before
    return reply(
        {
            "price": float(price),
            "volume": 0,
            "marketCap": 0,
            "marketCapRank": 0,
            "priceChange24h": float(change),
            "priceChangePercentage24": float(round(change / before * 100, 4)),
        }
    )


def akt_usd(seed: int, day: int) -> Decimal:
    """US dollars per AKT on a day (days since 1970)."""
    return chance.decimal("0.55", "0.65", seed, "akt", day).quantize(Decimal("0.0001"))


def blockchain_status(call: Call) -> MockResponse:
    """GET /v1/blockchain-status."""
    return reply({"isBlockchainReachable": True})


def health(call: Call) -> MockResponse:
    """GET /v1/healthz/readiness and /v1/healthz/liveness."""
    return reply({"data": {"postgres": True, "jobQueue": True}})


def service_status(call: Call) -> MockResponse:
    """GET /status: the service's own version and memory."""
    memory = {"rss": "128 MB", "heapTotal": "96 MB", "heapUsed": "64 MB", "external": "8 MB"}
    return reply({"version": "3.32.0-mock", "memory": memory})


def pricing(call: Call) -> MockResponse:
    """POST /v1/pricing: what one spec or a list of them costs a month here and at three others (contract §6)."""
    wanted = call.body(union(_SPEC, array(_SPEC, minimum=1, maximum=10)))
    return reply([_priced(spec) for spec in wanted] if isinstance(wanted, list) else _priced(wanted))


def gpu(call: Call) -> MockResponse:
    """GET /v1/gpu: GPUs by vendor, of all providers or of one, filtered by exact values."""
    wanted = call.request.query
    who = wanted.get("provider")
    if who and not (is_address(who) or who.startswith(("http://", "https://"))):
        problem = "Invalid provider parameter, should be a valid akash address or host uri"
        raise ApiError(reply({"error": problem}, 400))
    counted: dict[GpuModel, list[int]] = {}
    for provider, stock in _stocks(call.world):
        if (who and who not in (provider.address, provider.host_uri)) or not _matches(stock.gpu, wanted):
            continue
        totals = counted.setdefault(stock.gpu, [0, 0])
        totals[0] += stock.total
        totals[1] += _in_use(call.world, provider, stock)
    details: dict[str, list[dict[str, Any]]] = {}
    for model in sorted(counted, key=lambda m: (m.vendor, m.model, m.ram, m.interface)):
        allocatable, allocated = counted[model]
        details.setdefault(model.vendor, []).append(
            {
                "model": model.model,
                "ram": model.ram,
                "interface": model.interface,
                "allocatable": allocatable,
                "allocated": allocated,
            }
        )
    total = {
        "allocatable": sum(both[0] for both in counted.values()),
        "allocated": sum(both[1] for both in counted.values()),
    }
    return reply({"gpus": {"total": total, "details": details}})


def gpu_models(call: Call) -> MockResponse:
    """GET /v1/gpu-models: the catalogue, whether anybody has one or not."""
    vendors: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in sorted(GPU_MODELS, key=lambda m: (m.vendor, m.model, m.ram)):
        usual = {"name": entry.model, "displayName": entry.label, "memory": [], "interface": []}
        model = vendors.setdefault(entry.vendor, {}).setdefault(entry.model, usual)
        for name, value in (("memory", entry.ram), ("interface", entry.interface)):
            if value not in model[name]:
                model[name].append(value)
    return reply(
        [{"name": v, "displayName": v.upper(), "models": list(found.values())} for v, found in vendors.items()]
    )


def gpu_breakdown(call: Call) -> MockResponse:
    """GET /v1/gpu-breakdown: per day of the last month, vendor and model."""
    vendor, model = (call.request.query.get(name, "").lower() for name in ("vendor", "model"))
    rows: dict[tuple[str, str], list[tuple[Provider, GpuStock]]] = {}
    for provider, stock in _stocks(call.world):
        if vendor in ("", stock.gpu.vendor) and model in ("", stock.gpu.model):
            rows.setdefault((stock.gpu.vendor, stock.gpu.model), []).append((provider, stock))
    today = call.world.now_ms // DAY
    return reply(
        [
            _breakdown(call.world, day, today, *name, rows[name])
            for day in range(today - 29, today + 1)
            for name in sorted(rows)
        ]
    )


def gpu_prices(call: Call) -> MockResponse:
    """GET /v1/gpu-prices: USD per GPU-hour by model, from what its providers ask."""
    found: dict[GpuModel, list[tuple[Provider, GpuStock]]] = {}
    for provider, stock in _stocks(call.world):
        found.setdefault(stock.gpu, []).append((provider, stock))
    debug = call.request.query.get("debug") == "true"
    order = sorted(found, key=lambda m: (m.vendor, m.model, m.ram, m.interface))
    models = [_gpu_price(call.world, model, found[model], debug=debug) for model in order]
    availability = {name: sum(m["availability"][name] for m in models) for name in ("total", "available")}
    return reply({"availability": availability, "models": models})


def _stocks(world: World) -> Iterator[tuple[Provider, GpuStock]]:
    for provider in fleet(world.seed, world.fleet):
        if provider.online:
            for stock in provider.gpus:
                yield provider, stock


def _in_use(world: World, provider: Provider, stock: GpuStock) -> int:
    return stock.others + load_on(world, provider.address).gpus.get(stock.gpu.model, 0)


def _matches(model: GpuModel, wanted: dict[str, str]) -> bool:
    has = {"vendor": model.vendor, "model": model.model, "memory_size": model.ram}
    return all(wanted.get(name, value) == value for name, value in has.items())


def _priced(spec: dict[str, float]) -> dict[str, Any]:
    cpu, memory, storage = spec["cpu"] / 1000, spec["memory"] / 1e9, spec["storage"] / 1e9
    return {
        "spec": spec,
        "akash": _cents(4.5 * cpu + 1.25 * memory + 0.08 * storage),
        "aws": _cents(_HOURS * (0.04048 * cpu + 0.004445 * memory + 0.000111 * max(0.0, storage - 20))),
        "gcp": _cents(_HOURS * (0.0445 * cpu + 0.0049225 * memory + 0.0000548 * storage)),
        "azure": _cents(35.478 * cpu + 3.8909 * memory),
    }


def _cents(usd: float) -> float:
    """Two decimals, half up as JavaScript rounds; Infinity stays."""
    return math.floor(usd * 100 + 0.5) / 100 if math.isfinite(usd * 100) else usd


def _breakdown(
    world: World, day: int, today: int, vendor: str, model: str, holders: list[tuple[Provider, GpuStock]]
) -> dict[str, Any]:
    total = sum(stock.total for _, stock in holders)
    now = sum(_in_use(world, provider, stock) for provider, stock in holders)
    drift = 0 if day == today else chance.between(-2, 2, world.seed, "breakdown", vendor, model, day)
    leased = min(total, max(0, now + drift))
    return {
        "date": iso(day * DAY),
        "vendor": vendor,
        "model": model,
        "providerCount": len(holders),
        "nodeCount": sum(-(-stock.total // stock.per_node) for _, stock in holders),
        "totalGpus": total,
        "leasedGpus": leased,
        # Text, although documented as a number (contract §6).
        "gpuUtilization": f"{100 * leased / total:.2f}",
    }


def _gpu_price(
    world: World, model: GpuModel, holders: list[tuple[Provider, GpuStock]], *, debug: bool
) -> dict[str, Any]:
    free = {p.address: stock.total - _in_use(world, p, stock) for p, stock in holders}
    asked = {p.address: float(round(model.usd_hour * p.prices.gpu_factor, 2)) for p, _ in holders}
    prices = sorted(asked.values())
    total = sum(stock.total for _, stock in holders)
    weighted = sum(asked[p.address] * stock.total for p, stock in holders) / total
    price = {
        "currency": "USD",
        "min": prices[0],
        "max": prices[-1],
        "avg": round(sum(prices) / len(prices), 2),
        "weightedAverage": round(weighted, 2),
        "med": round(median(prices), 2),
    }
    rate = float(akt_usd(world.seed, world.now_ms // DAY))
    in_uakt = {name: round(value / rate * 1e6) for name, value in price.items() if isinstance(value, float)}
    body: dict[str, Any] = {
        "vendor": model.vendor,
        "model": model.model,
        "ram": model.ram,
        "interface": model.interface,
        "availability": {"total": total, "available": sum(free.values())},
        "providerAvailability": {"total": len(holders), "available": sum(1 for n in free.values() if n)},
        "price": price,
        "priceUakt": {"currency": "uakt", **in_uakt},
    }
    if debug:
        best = [address for address, usd in asked.items() if usd == prices[0]]
        providers = [{"owner": p.address, "hostUri": p.host_uri, "available": free[p.address]} for p, _ in holders]
        body |= {"providers": providers, "bidCount": len(holders), "providersWithBestBid": best}
    return body
