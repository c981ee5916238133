"""The market as a whole: GPUs, prices, capacity, and who could take a workload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlsplit

from akash_nb.models.capacity import Capacity
from akash_nb.models.wire import Json, moment, text
from akash_nb.money import to_decimal


@dataclass(frozen=True, slots=True)
class NetworkCapacity:
    """What the whole network has, over its active providers."""

    active_providers: int
    capacity: Capacity

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(int(value["activeProviderCount"]), Capacity.from_wire(value["resources"]))


@dataclass(frozen=True, slots=True)
class GPUSupply:
    """GPUs of one kind: `ram` such as `24Gi`, `interface` such as `pcie`; counts in whole GPUs."""

    vendor: str
    model: str
    ram: str
    interface: str
    total: int
    leased: int

    @classmethod
    def from_wire(cls, vendor: str, value: Json) -> Self:
        return cls(
            vendor=vendor,
            model=text(value.get("model")),
            ram=text(value.get("ram")),
            interface=text(value.get("interface")),
            total=int(value["allocatable"]),
            leased=int(value["allocated"]),
        )

    @property
    def free(self) -> int:
        return max(0, self.total - self.leased)


@dataclass(frozen=True, slots=True)
class GPUModel:
    """A GPU model the network knows, with the memory sizes and interfaces it comes in."""

    vendor: str
    name: str
    display_name: str
    memory: tuple[str, ...]
    interfaces: tuple[str, ...]

    @classmethod
    def from_wire(cls, vendor: str, value: Json) -> Self:
        return cls(
            vendor=vendor,
            name=str(value["name"]),
            display_name=str(value.get("displayName") or value["name"]),
            memory=tuple(map(str, value.get("memory") or ())),
            interfaces=tuple(map(str, value.get("interface") or ())),
        )


@dataclass(frozen=True, slots=True)
class GPUDay:
    """GPUs of one model on one day (UTC); `utilization` is the leased share, 0..1."""

    day: date
    vendor: str
    model: str
    providers: int
    nodes: int
    total: int
    leased: int
    utilization: float

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """The service prints the utilization in percent, as text (contract §6)."""
        return cls(
            day=date.fromisoformat(str(value["date"])[:10]),
            vendor=str(value["vendor"]),
            model=str(value["model"]),
            providers=int(value["providerCount"]),
            nodes=int(value["nodeCount"]),
            total=int(value["totalGpus"]),
            leased=int(value["leasedGpus"]),
            utilization=float(to_decimal(value["gpuUtilization"]) / 100),
        )


@dataclass(frozen=True, slots=True)
class PriceRange:
    """US dollars per GPU and hour over the recent bids of one kind of GPU."""

    min_usd: Decimal
    max_usd: Decimal
    average_usd: Decimal
    weighted_average_usd: Decimal
    median_usd: Decimal

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(*(to_decimal(value[key]) for key in ("min", "max", "avg", "weightedAverage", "med")))


@dataclass(frozen=True, slots=True)
class GPUPrice:
    """What one kind of GPU costs and how many there are.

    Attributes:
        price: US dollars per GPU and hour; None without a bid in the last 31 days.
        available: GPUs free now, of `total`; `providers_available` of `providers` have one free.
    """

    vendor: str
    model: str
    ram: str
    interface: str
    available: int
    total: int
    providers_available: int
    providers: int
    price: PriceRange | None

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        gpus, providers = value.get("availability") or {}, value.get("providerAvailability") or {}
        price = value.get("price")
        return cls(
            vendor=str(value["vendor"]),
            model=str(value["model"]),
            ram=text(value.get("ram")),
            interface=text(value.get("interface")),
            available=int(gpus.get("available") or 0),
            total=int(gpus.get("total") or 0),
            providers_available=int(providers.get("available") or 0),
            providers=int(providers.get("total") or 0),
            price=PriceRange.from_wire(price) if price else None,
        )


@dataclass(frozen=True, slots=True)
class ComputeSpec:
    """A machine to compare prices for: CPU in millicores, memory and storage in bytes."""

    cpu_millicores: int
    memory_bytes: int
    storage_bytes: int

    def to_wire(self) -> dict[str, int]:
        return {"cpu": self.cpu_millicores, "memory": self.memory_bytes, "storage": self.storage_bytes}


@dataclass(frozen=True, slots=True)
class CloudPrices:
    """What a machine costs per month in US dollars, here and elsewhere, by the service's list formulas; no GPUs."""

    spec: ComputeSpec
    akash_usd: Decimal
    aws_usd: Decimal
    gcp_usd: Decimal
    azure_usd: Decimal

    @classmethod
    def from_wire(cls, spec: ComputeSpec, value: Json) -> Self:
        return cls(spec, *(to_decimal(value[key]) for key in ("akash", "aws", "gcp", "azure")))


@dataclass(frozen=True, slots=True)
class MarketData:
    """The price of AKT in US dollars and how it moved in 24 hours; 0 when the service knows none."""

    price_usd: Decimal
    change_24h_usd: Decimal
    change_24h_percent: Decimal

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """The service's field is `priceChangePercentage24`, without the h (contract §6)."""
        return cls(
            price_usd=to_decimal(value["price"]),
            change_24h_usd=to_decimal(value.get("priceChange24h") or 0),
            change_24h_percent=to_decimal(value.get("priceChangePercentage24") or 0),
        )


@dataclass(frozen=True, slots=True)
class Incident:
    """A day on which a provider was down; `is_open` when it still was at the end."""

    day: date
    is_open: bool
    count: int
    downtime_s: float

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(
            day=date.fromisoformat(str(value["date"])[:10]),
            is_open=bool(value["hasOpenIncident"]),
            count=int(value["incidentCount"]),
            downtime_s=float(value["downtimeSeconds"]),
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An online provider that could take a group now; it may still not bid.

    Attributes:
        incidents: Days with trouble among the last seven; empty for a clean week.
    """

    owner: str
    host_uri: str
    is_audited: bool
    location: str
    organization: str
    created_at: datetime | None
    incidents: tuple[Incident, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(
            owner=str(value["owner"]),
            host_uri=text(value.get("hostUri")),
            is_audited=bool(value.get("isAudited")),
            location=text(value.get("location")),
            organization=text(value.get("organization")),
            created_at=moment(value.get("createdAt")),
            incidents=tuple(Incident.from_wire(item) for item in value.get("incidents") or ()),
        )

    @property
    def label(self) -> str:
        """Host name without scheme and port, else the address."""
        return urlsplit(self.host_uri).hostname or self.owner

    @property
    def uptime_7d(self) -> float:
        """Share of the last seven days without downtime, 0..1, as the web Console computes it."""
        return max(0.0, 1 - sum(incident.downtime_s for incident in self.incidents) / (7 * 86_400))


def gpu_supplies(value: Json) -> tuple[GPUSupply, ...]:
    """The `gpus.details` object, flat."""
    details: Json = value["gpus"]["details"]
    return tuple(GPUSupply.from_wire(vendor, item) for vendor, items in details.items() for item in items)


def gpu_models(value: Iterable[Any]) -> tuple[GPUModel, ...]:
    """The list of vendors with their models, flat."""
    return tuple(GPUModel.from_wire(str(vendor["name"]), model) for vendor in value for model in vendor["models"])
