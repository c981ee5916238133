"""The market at large: capacity, AKT price, GPUs and their prices, reference prices, chain and service health."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from akash_nb.ids import is_address
from mock_server.routes.providers import stats_json, summed
from mock_server.supply import outages
from mock_server.supply.catalogue import GPU_MODELS, GpuModel
from mock_server.supply.fleet import fleet
from mock_server.supply.market import gpu_usd_hour
from mock_server.supply.provider import GpuStock, Provider
from mock_server.web.call import Call
from mock_server.web.http import VERSION, ApiError, MockResponse, reply
from mock_server.web.javascript import cents, printed
from mock_server.web.takes import takes
from mock_server.web.validate import array, enum, number, obj, optional, string, union
from mock_server.world import chance
from mock_server.world.clock import DAY, iso
from mock_server.world.lifecycle import load_on, reserved_on
from mock_server.world.state import World

#: Hours in a month as the Console's API counts them (contract §12).
_HOURS = 730.488
_SPEC = obj(cpu=number(minimum=0), memory=number(), storage=number())
_SPECS, _COIN = union(_SPEC, array(_SPEC, minimum=1, maximum=10)), obj(coin=optional(enum("akt", "akash-network")))
_MODEL, _DEBUG = {"vendor": optional(string()), "model": optional(string())}, obj(debug=optional(string()))
_GPU = obj(provider=optional(string()), memory_size=optional(string()), **_MODEL)
_GPU_MODEL = obj(**_MODEL)


def capacity(call: Call) -> MockResponse:
    """GET /v1/network-capacity: all online providers together."""
    online = _up(call.world, call.world.now_ms)
    each = [stats_json(call.world, provider) for provider in online]
    disks = {kind: summed([one["storage"][kind] for one in each]) for kind in ("ephemeral", "persistent", "total")}
    resources = {name: summed([one[name] for one in each]) for name in ("cpu", "gpu", "memory")}
    return reply({"activeProviderCount": len(online), "resources": {**resources, "storage": disks}})


@takes(params=_COIN)
def market_data(call: Call) -> MockResponse:
    """GET /v1/market-data/{coin?}: USD per AKT; volume, cap and rank have been zero since the oracle (contract §6)."""
    call.params(_COIN)
    today = call.world.now_ms // DAY
    price, before = akt_usd(call.world.seed, today), akt_usd(call.world.seed, today - 1)
    change = price - before
    return reply(
        {
            "price": float(price),
            "volume": 0,
            "marketCap": 0,
            "marketCapRank": 0,
            "priceChange24h": printed(float(change)),
            "priceChangePercentage24": printed(float(round(change / before * 100, 4))),
        }
    )


def akt_usd(seed: int, day: int) -> Decimal:
    """US dollars per AKT on a day (days since 1970)."""
    return chance.decimal("0.55", "0.65", seed, "akt", day).quantize(Decimal("0.0001"))


def blockchain_status(call: Call) -> MockResponse:
    """GET /v1/blockchain-status: whether the chain can be reached, which it always can."""
    return reply({"isBlockchainReachable": True})


def health(call: Call) -> MockResponse:
    """GET /v1/healthz/readiness and /v1/healthz/liveness: all is well."""
    return reply({"data": {"postgres": True, "jobQueue": True}})


def service_status(call: Call) -> MockResponse:
    """GET /status: version and memory of the service, and what the provider-proxy, behind the same address, counts.

    The proxy's counts are not kept: they are those of a quiet one (contract §15).
    """
    memory = {"rss": "128 MB", "heapTotal": "96 MB", "heapUsed": "64 MB", "external": "8 MB"}
    streams = dict.fromkeys(("logStreaming", "logDownload", "eventStreaming", "shell"), "0 (0 B)")
    counts = {"openClientWebSocketCount": 0, "totalRequestCount": 0, "totalTransferred": "0 B"}
    return reply({"version": VERSION, "memory": memory, **counts, **streams})


@takes(body=_SPECS)
def pricing(call: Call) -> MockResponse:
    """POST /v1/pricing: what one spec or a list of them costs a month here and at three others (contract §6)."""
    wanted = call.body(_SPECS)
    return reply([_priced(spec) for spec in wanted] if isinstance(wanted, list) else _priced(wanted))


@takes(query=_GPU)
def gpu(call: Call) -> MockResponse:
    """GET /v1/gpu: GPUs by vendor, of all providers or of one, filtered by exact values."""
    wanted = call.query(_GPU)
    who = wanted.get("provider")
    if who and not (is_address(who) or who.startswith(("http://", "https://"))):
        problem = "Invalid provider parameter, should be a valid akash address or host uri"
        raise ApiError(reply({"error": problem}, 400))
    counted: dict[GpuModel, list[int]] = {}
    for provider, stock in _stocks(call.world, call.world.now_ms):
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


@takes(query=_GPU_MODEL)
def gpu_breakdown(call: Call) -> MockResponse:
    """GET /v1/gpu-breakdown: per day of the last month, vendor and model."""
    wanted = call.query(_GPU_MODEL)
    vendor, model = (wanted.get(name, "").lower() for name in ("vendor", "model"))
    held: dict[tuple[str, str], list[_Held]] = {}
    for provider in fleet(call.world.seed, call.world.fleet):
        for stock in provider.gpus:
            if vendor in ("", stock.gpu.vendor) and model in ("", stock.gpu.model):
                nodes, leased = -(-stock.total // stock.per_node), _in_use(call.world, provider, stock)
                row = _Held(provider.address, nodes, stock.total, leased)
                held.setdefault((stock.gpu.vendor, stock.gpu.model), []).append(row)
    today = call.world.now_ms // DAY
    # A day that is over is told by its noon.
    instants = {day: day * DAY + DAY // 2 for day in range(today - 29, today)} | {today: call.world.now_ms}
    found = []
    for day, down in _down(call.world, instants).items():
        for name in sorted(held):
            if up := [row for row in held[name] if row.address not in down]:
                found.append(_breakdown(call.world, day, *name, up))
    return reply(found)


@takes(query=_DEBUG)
def gpu_prices(call: Call) -> MockResponse:
    """GET /v1/gpu-prices: USD per GPU-hour by model, from what its providers ask for one now."""
    found: dict[GpuModel, list[tuple[Provider, GpuStock]]] = {}
    for provider, stock in _stocks(call.world, call.world.now_ms):
        found.setdefault(stock.gpu, []).append((provider, stock))
    debug = call.query(_DEBUG).get("debug") == "true"
    order = sorted(found, key=lambda m: (m.vendor, m.model, m.ram, m.interface))
    models = [_gpu_price(call.world, model, found[model], debug=debug) for model in order]
    availability = {name: sum(m["availability"][name] for m in models) for name in ("total", "available")}
    return reply({"availability": availability, "models": models})


class _Held(NamedTuple):
    """One model's GPUs on a provider, in numbers."""

    address: str
    nodes: int
    total: int
    leased: int


def _down(world: World, instants: dict[int, int]) -> dict[int, set[str]]:
    """Who is down on each of some days, by address; of a day one instant counts."""
    down: dict[int, set[str]] = {day: set() for day in instants}
    first, last = min(instants.values()), max(instants.values())
    for provider in fleet(world.seed, world.fleet):
        for outage in outages.outages(provider, first, last + 1):
            for day, at_ms in instants.items():
                if outage.begins_ms <= at_ms < outage.ends_ms:
                    down[day].add(provider.address)
    return down


def _up(world: World, at_ms: int) -> list[Provider]:
    """The providers that are up at an instant."""
    return [provider for provider in fleet(world.seed, world.fleet) if outages.is_up(provider, at_ms)]


def _stocks(world: World, at_ms: int) -> Iterator[tuple[Provider, GpuStock]]:
    """The GPUs of all providers that are up at an instant."""
    return ((provider, stock) for provider in _up(world, at_ms) for stock in provider.gpus)


def _in_use(world: World, provider: Provider, stock: GpuStock) -> int:
    return stock.others + load_on(world, provider.address).gpus.get(stock.gpu.model, 0)


def _held(world: World, provider: Provider, stock: GpuStock) -> int:
    """What open bids hold of a provider's GPUs."""
    return reserved_on(world, provider.address).gpus.get(stock.gpu.model, 0)


def _matches(model: GpuModel, wanted: dict[str, str]) -> bool:
    has = {"vendor": model.vendor, "model": model.model, "memory_size": model.ram}
    return all(wanted.get(name, value) == value for name, value in has.items())


def _priced(spec: dict[str, float]) -> dict[str, Any]:
    cpu, memory, storage = spec["cpu"] / 1000, spec["memory"] / 1e9, spec["storage"] / 1e9
    return {
        "spec": spec,
        "akash": cents(4.5 * cpu + 1.25 * memory + 0.08 * storage),
        "aws": cents(_HOURS * (0.04048 * cpu + 0.004445 * memory + 0.000111 * max(0.0, storage - 20))),
        "gcp": cents(_HOURS * (0.0445 * cpu + 0.0049225 * memory + 0.0000548 * storage)),
        "azure": cents(35.478 * cpu + 3.8909 * memory),
    }


def _breakdown(world: World, day: int, vendor: str, model: str, held: list[_Held]) -> dict[str, Any]:
    is_over = day < world.now_ms // DAY
    drift = chance.between(-2, 2, world.seed, "breakdown", vendor, model, day) if is_over else 0
    total, now = sum(row.total for row in held), sum(row.leased for row in held)
    leased = min(total, max(0, now + drift))
    return {
        "date": iso(day * DAY),
        "vendor": vendor,
        "model": model,
        "providerCount": len(held),
        "nodeCount": sum(row.nodes for row in held),
        "totalGpus": total,
        "leasedGpus": leased,
        # Text, although documented as a number (contract §6).
        "gpuUtilization": f"{100 * leased / total:.2f}",
    }


def _gpu_price(
    world: World, model: GpuModel, holders: list[tuple[Provider, GpuStock]], *, debug: bool
) -> dict[str, Any]:
    free = {p.address: stock.total - _in_use(world, p, stock) - _held(world, p, stock) for p, stock in holders}
    asked = {p.address: cents(float(gpu_usd_hour(p, load_on(world, p.address), stock))) for p, stock in holders}
    prices = sorted(asked.values())
    total = sum(stock.total for _, stock in holders)
    weighted = sum(asked[p.address] * stock.total for p, stock in holders) / total
    usd = {
        "min": prices[0],
        "max": prices[-1],
        "avg": cents(sum(prices) / len(prices)),
        "weightedAverage": cents(weighted),
        "med": cents(median(prices)),
    }
    rate = float(akt_usd(world.seed, world.now_ms // DAY))
    in_uakt = {name: round(value / rate * 1e6) for name, value in usd.items()}
    body: dict[str, Any] = {
        "vendor": model.vendor,
        "model": model.model,
        "ram": model.ram,
        "interface": model.interface,
        "availability": {"total": total, "available": sum(free.values())},
        "providerAvailability": {"total": len(holders), "available": sum(1 for n in free.values() if n)},
        "price": {"currency": "USD", **usd},
        "priceUakt": {"currency": "uakt", **in_uakt},
    }
    if debug:
        best = [address for address, price in asked.items() if price == prices[0]]
        providers = [{"owner": p.address, "hostUri": p.host_uri, "available": free[p.address]} for p, _ in holders]
        body |= {"providers": providers, "bidCount": len(holders), "providersWithBestBid": best}
    return body
