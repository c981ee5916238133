"""The providers of the simulated market: who they are, what they have and what they charge.

A fleet follows from (seed, fleet name) and never changes; what is in use on top of the providers' other tenants lives
in the world. Sizes are bytes, CPU is millicores, prices are micro-units per block.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from mock_server import chance
from mock_server.catalogue import AUDITOR, COMPANIES, GPU_MODELS, PLACES, GpuModel, Place
from mock_server.state import Load

GI = 1 << 30
#: Blocks per month as the Console's API counts them (contract §12).
BLOCKS_PER_MONTH = Decimal("438292.8")

#: The models that GPU farms have, one each in turn, on SXM boards.
FARMED = ("h100", "h200", "a100", "b200")

#: What some providers of the full fleet are for, by the last digit of their number: GPU farms with nodes of eight, fit
#: for confidential work, and big machines that advertise chia plotting. Large SDL files need them; chance might not.
ROLES = {3: "farm", 6: "plotter"}

#: fleet name -> how many providers it has.
FLEETS = {"default": 60, "small": 8, "empty": 0}


@dataclass(frozen=True, slots=True)
class GpuStock:
    """The GPUs of one model on a provider; `others` are let to tenants outside this simulation."""

    gpu: GpuModel
    total: int
    others: int
    per_node: int


@dataclass(frozen=True, slots=True)
class Prices:
    """What a provider asks per block: per CPU core, GiB of memory, GiB of either storage; GPUs by a factor.

    `load_percent` is what it adds at full load.
    """

    cpu: Decimal
    memory: Decimal
    ephemeral: Decimal
    persistent: Decimal
    gpu_factor: Decimal
    endpoint: Decimal
    load_percent: int


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. `total` is its hardware, `others` what tenants outside this simulation use of it."""

    address: str
    host: str
    organization: str
    place: Place
    tier: str
    audited: bool
    online: bool
    total: Load
    others: Load
    nodes: int
    gpus: tuple[GpuStock, ...]
    storage_classes: tuple[str, ...]
    leased_ips: bool
    custom_domains: bool
    prices: Prices
    uptime: tuple[Decimal, Decimal, Decimal]
    created_height: int
    attributes: tuple[tuple[str, str], ...]
    akash_version: str
    shyness: int

    @property
    def host_uri(self) -> str:
        return f"https://provider.{self.host}:8443"


@lru_cache(maxsize=16)
def fleet(seed: int, name: str) -> tuple[Provider, ...]:
    """The providers of a fleet, by creation height.

    Raises:
        ValueError: There is no fleet of that name.
    """
    if name not in FLEETS:
        raise ValueError(f"There is no fleet {name!r}; there are {', '.join(FLEETS)}.")
    made = [_provider(seed, number, small=name == "small") for number in range(FLEETS[name])]
    return tuple(sorted(made, key=lambda p: p.created_height))


@lru_cache(maxsize=16)
def by_address(seed: int, name: str) -> dict[str, Provider]:
    """The same providers by address."""
    return {provider.address: provider for provider in fleet(seed, name)}


def stock_of(provider: Provider, model: str) -> GpuStock | None:
    """A provider's GPUs of one model, or None."""
    return next((stock for stock in provider.gpus if stock.gpu.model == model), None)


def _provider(seed: int, number: int, *, small: bool) -> Provider:
    """One provider. In the small fleet all are online and all but one are audited, so that lessons have no gaps."""
    key = ("fleet", number)
    place = PLACES[number % len(PLACES)] if small else chance.pick(PLACES, seed, *key, "place")
    organization, domain = COMPANIES[number % len(COMPANIES)]
    role = "" if small else ROLES.get(number % 10, "")
    gpus = _farm_gpus(seed, number) if role == "farm" else _gpus(seed, number)
    nodes = chance.between(2, 12, seed, *key, "nodes")
    total, others = _hardware(seed, number, nodes, gpus, role)
    # Two of sixty are always off and the last is never audited: a market without such providers hides half the rules.
    # Farms are never off, unaudited or shy: few providers have the large models, and each must find a bidder.
    sure = small or role == "farm"
    online = sure or (number not in (17, 41) and chance.happens(96, seed, *key, "online"))
    audited = number != FLEETS["small"] - 1 and (sure or chance.happens(80, seed, *key, "audited"))
    classes = ("beta2", "beta3") if role == "farm" else _storage_classes(seed, number)
    host = f"{_site(place)}{number // len(COMPANIES) + 1}.{domain}.example"
    leased_ips = chance.happens(45, seed, *key, "ip")
    return Provider(
        address=chance.address(seed, *key, "address"),
        host=host,
        organization=organization,
        place=place,
        tier="community" if chance.happens(70, seed, *key, "tier") else "akash",
        audited=audited,
        online=online,
        total=total,
        others=others,
        nodes=nodes,
        gpus=gpus,
        storage_classes=classes,
        leased_ips=leased_ips,
        custom_domains=chance.happens(80, seed, *key, "domains"),
        prices=_prices(seed, number),
        uptime=_uptime(seed, number, online),
        created_height=chance.between(11_000_000, 23_000_000, seed, *key, "created"),
        attributes=_attributes(organization, domain, host, place, gpus, classes, leased_ips, role),
        akash_version=chance.pick(("0.10.0", "0.10.0", "0.10.1", "0.9.2"), seed, *key, "version"),
        shyness=0 if role == "farm" else chance.between(0, 45, seed, *key, "shyness"),
    )


def _site(place: Place) -> str:
    return place.city.lower().replace(" ", "")[:3]


def _gpus(seed: int, number: int) -> tuple[GpuStock, ...]:
    """None for four of ten providers, else one or two models."""
    key = ("fleet", number, "gpu")
    if chance.happens(40, seed, *key, "none"):
        return ()
    lottery = [gpu for gpu in GPU_MODELS for _ in range(gpu.weight)]
    drawn = {g.model: g for g in (chance.pick(lottery, seed, *key, i) for i in range(1 + chance.below(2, seed, *key)))}
    stocks = []
    for gpu in drawn.values():
        per_node = chance.pick((4, 8) if gpu.interface == "sxm" else (1, 2, 4, 8), seed, *key, gpu.model, "node")
        total = per_node * chance.between(1, 4, seed, *key, gpu.model, "nodes")
        others = min(total, total * chance.between(20, 100, seed, *key, gpu.model, "others") // 100)
        stocks.append(GpuStock(gpu, total, others, per_node))
    return tuple(stocks)


def _farm_gpus(seed: int, number: int) -> tuple[GpuStock, ...]:
    """Nodes of eight of one of the large models, at least one node free."""
    key = ("fleet", number, "farm")
    model = FARMED[number // 10 % len(FARMED)]
    gpu = next(gpu for gpu in GPU_MODELS if gpu.model == model and gpu.interface == "sxm")
    total = 8 * chance.between(3, 8, seed, *key, "total")
    return (GpuStock(gpu, total, 8 * chance.below(total // 8 - 1, seed, *key, "others"), 8),)


def _hardware(seed: int, number: int, nodes: int, gpus: tuple[GpuStock, ...], role: str) -> tuple[Load, Load]:
    """All that a provider has, and what its other tenants use of it."""
    key = ("fleet", number, "hardware")
    cores = nodes * (192 if role else chance.pick((16, 32, 64, 96), seed, *key, "cores"))
    memory = cores * (8 if role else chance.pick((4, 4, 8), seed, *key, "memory")) * GI
    disk = nodes * (7680 if role else chance.pick((960, 1920, 3840), seed, *key, "disk")) * GI
    used = chance.between(10, 40, seed, *key, "used") if role else chance.between(15, 80, seed, *key, "used")
    total = Load(cores * 1000, memory, disk, disk * 2, {s.gpu.model: s.total for s in gpus})
    others = Load(
        cores * 10 * used,
        memory * used // 100,
        disk * used // 200,
        disk * used // 100,
        {s.gpu.model: s.others for s in gpus},
    )
    return total, others


def _prices(seed: int, number: int) -> Prices:
    """Around the Console's own reference prices, USD 4.5 per core, 1.25 per GB and 0.08 per GB of disk a month."""
    key = ("fleet", number, "price")
    level = chance.decimal("0.6", "1.6", seed, *key)

    def per_block(usd_month: str) -> Decimal:
        return Decimal(usd_month) * level * 1_000_000 / BLOCKS_PER_MONTH

    return Prices(
        cpu=per_block("4.5"),
        memory=per_block("1.25"),
        ephemeral=per_block("0.06"),
        persistent=per_block("0.11"),
        gpu_factor=chance.decimal("0.85", "1.35", seed, *key, "gpu"),
        endpoint=per_block("0.05"),
        load_percent=chance.between(5, 45, seed, *key, "load"),
    )


def _uptime(seed: int, number: int, online: bool) -> tuple[Decimal, Decimal, Decimal]:
    """Shares of the last day, week and month a provider was up."""
    if not online:
        return (Decimal(0), chance.decimal("0", "0.6", seed, number, "up7"), chance.decimal("0.5", "0.9", seed, number))
    month = chance.decimal("0.93", "1.003", seed, number, "up30")
    week = chance.decimal("0.95", "1.01", seed, number, "up7")
    day = chance.decimal("0.98", "1.05", seed, number, "up1")
    return (min(day, Decimal(1)), min(week, Decimal(1)), min(month, Decimal(1)))


def _storage_classes(seed: int, number: int) -> tuple[str, ...]:
    """Persistent classes on offer besides `ram`, which every provider has."""
    return chance.pick(((), ("beta3",), ("beta3",), ("beta2",), ("beta1", "beta3"), ("beta2", "beta3")), seed, number)


def _attributes(
    organization: str,
    domain: str,
    host: str,
    place: Place,
    gpus: tuple[GpuStock, ...],
    classes: tuple[str, ...],
    leased_ips: bool,
    role: str,
) -> tuple[tuple[str, str], ...]:
    """The on-chain attributes, sorted by key; the free-form `host` and `region` are what older SDL files ask for."""
    pairs = {
        "host": "akash",
        "region": place.wide,
        "location-region": place.key,
        "country": place.country_code,
        "city": place.city,
        "timezone": place.timezone,
        "location-type": "datacenter",
        "organization": organization,
        "website": f"https://{domain}.example",
        "email": f"support@{domain}.example",
        "status-page": f"https://status.{host}",
        "capabilities/cpu": "amd",
        "capabilities/cpu/arch": "x86-64",
        "capabilities/memory": "ddr5ecc",
        "network-speed-down": "1000",
        "network-speed-up": "1000",
    }
    for number, name in enumerate(classes, 1):
        pairs[f"capabilities/storage/{number}/class"] = name
        pairs[f"capabilities/storage/{number}/persistent"] = "true"
    for stock in gpus:
        gpu = stock.gpu
        for suffix in ("", f"/ram/{gpu.ram}", f"/ram/{gpu.ram}/interface/{gpu.interface}"):
            pairs[f"capabilities/gpu/vendor/{gpu.vendor}/model/{gpu.model}{suffix}"] = "true"
    if leased_ips:
        pairs["feat-endpoint-ip"] = pairs["ip-lease"] = "true"
    if classes:
        pairs["feat-persistent-storage"] = "true"
    if role == "plotter":
        pairs["chia-plotting"] = "true"
    if role == "farm":
        pairs["tee/type"] = "cpu-gpu"
    return tuple(sorted(pairs.items()))


def signed(provider: Provider) -> list[str]:
    """The auditors that signed a provider's attributes."""
    return [AUDITOR] if provider.audited else []
