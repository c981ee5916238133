"""A provider of the simulated market: who it is, what it has and what it charges.

Sizes are bytes, CPU is millicores, prices are micro-units per block. What is in use on top of the provider's other
tenants lives in the world.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from mock_server.supply.catalogue import AUDITOR, GpuModel
from mock_server.supply.places import Place
from mock_server.world.state import Load

GI = 1 << 30
#: Blocks per month as the Console's API counts them (contract §12).
BLOCKS_PER_MONTH = Decimal("438292.8")

#: What a provider of average prices asks a month: the Console's own reference prices, USD 4.5 per core, 1.25 per GB
#: of memory and 0.08 per GB of disk, the last split in two.
REFERENCE_USD = {"cpu": "4.5", "memory": "1.25", "ephemeral": "0.06", "persistent": "0.11", "endpoint": "0.05"}


@dataclass(frozen=True, slots=True)
class GpuStock:
    """The GPUs of one model on a provider; `others` are let to tenants outside this simulation.

    `usd_hour` is what the provider asks for one while it is idle.
    """

    gpu: GpuModel
    total: int
    others: int
    per_node: int
    usd_hour: Decimal


@dataclass(frozen=True, slots=True)
class Prices:
    """What a provider asks per block: per CPU core, GiB of memory, GiB of either storage, endpoint with a port or IP.

    `level` is the factor on the reference prices that all of them contain, `load_percent` what it adds at full load.
    """

    level: Decimal
    cpu: Decimal
    memory: Decimal
    ephemeral: Decimal
    persistent: Decimal
    endpoint: Decimal
    load_percent: int

    @classmethod
    def at(cls, level: Decimal, load_percent: int) -> Prices:
        """The reference prices times a factor."""
        per_block = {name: Decimal(usd) * level * 1_000_000 / BLOCKS_PER_MONTH for name, usd in REFERENCE_USD.items()}
        return cls(level, load_percent=load_percent, **per_block)


@dataclass(frozen=True, eq=False)
class Provider:
    """One provider. `total` is its hardware, `others` what tenants outside this simulation use of it.

    Attributes:
        online: False when it is gone for good; see `outages` for the times when another one fails.
        reliability: How it fails, a key of `outages.HABITS`.
        outages: When it fails, (from, to) in ms since 1970; None: as its reliability says.
        extra: Attributes on top of those that say what it has.
        shyness: The percentage of orders that it does not bother with.
    """

    address: str
    host: str
    organization: str
    domain: str
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
    created_height: int
    akash_version: str
    shyness: int
    role: str
    reliability: str
    outages: tuple[tuple[int, int], ...] | None = None
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def host_uri(self) -> str:
        return f"https://provider.{self.host}:8443"

    @cached_property
    def offered(self) -> dict[str, str]:
        """The on-chain attributes by key, sorted."""
        return dict(sorted({**_attributes(self), **dict(self.extra)}.items()))

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        """The on-chain attributes as pairs, sorted by key."""
        return tuple(self.offered.items())


def stock_of(provider: Provider, model: str) -> GpuStock | None:
    """A provider's GPUs of one model, or None."""
    return next((stock for stock in provider.gpus if stock.gpu.model == model), None)


def signed(provider: Provider) -> list[str]:
    """The auditors that signed a provider's attributes."""
    return [AUDITOR] if provider.audited else []


def _attributes(provider: Provider) -> dict[str, str]:
    """What a provider tells on chain; the free-form `host` and `region` are what older SDL files ask for."""
    place = provider.place
    pairs = {
        "host": "akash",
        "region": place.wide,
        "location-region": place.key,
        "country": place.country_code,
        "city": place.city,
        "timezone": place.timezone,
        "location-type": "datacenter",
        "organization": provider.organization,
        "website": f"https://{provider.domain}",
        "email": f"support@{provider.domain}",
        "status-page": f"https://status.{provider.host}",
        "capabilities/cpu": "amd",
        "capabilities/cpu/arch": "x86-64",
        "capabilities/memory": "ddr5ecc",
        "network-speed-down": "1000",
        "network-speed-up": "1000",
    }
    for number, name in enumerate(provider.storage_classes, 1):
        pairs[f"capabilities/storage/{number}/class"] = name
        pairs[f"capabilities/storage/{number}/persistent"] = "true"
    for stock in provider.gpus:
        gpu = stock.gpu
        for suffix in ("", f"/ram/{gpu.ram}", f"/ram/{gpu.ram}/interface/{gpu.interface}"):
            pairs[f"capabilities/gpu/vendor/{gpu.vendor}/model/{gpu.model}{suffix}"] = "true"
    if provider.leased_ips:
        pairs["feat-endpoint-ip"] = pairs["ip-lease"] = "true"
    if provider.storage_classes:
        pairs["feat-persistent-storage"] = "true"
    if provider.role == "plotter":
        pairs["chia-plotting"] = "true"
    if provider.role == "farm":
        pairs["tee/type"] = "cpu-gpu"
    return pairs
