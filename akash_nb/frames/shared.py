"""Columns that several frames have, so that they mean the same everywhere and `frame.akash` finds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from akash_nb.frames.table import Column
from akash_nb.models import Amounts, Capacity, Provider, ResourceTotals
from akash_nb.sdl import GroupResources

#: Bytes in a GB, as the service prices them (contract §6); a GiB is 1.07 GB.
GB = 1_000_000_000

#: What a row costs.
USD_HOUR = Column("usd_hour", "Float64", "US dollars per hour", better="low")
USD_MONTH = Column("usd_month", "Float64", "US dollars per month", better="low")
PRICE = (USD_HOUR, USD_MONTH)

#: The size that is paid for.
VCPU = Column("vcpu", "Float64", "CPUs of all replicas together")
MEMORY_GB = Column("memory_gb", "Float64", "memory of all replicas together, in GB of 10⁹ bytes")
STORAGE_GB = Column("storage_gb", "Float64", "storage of all replicas together, in GB of 10⁹ bytes")
GPUS = Column("gpus", "Int64", "GPUs of all replicas together")
SIZE = (VCPU, MEMORY_GB, STORAGE_GB, GPUS)

#: Who offers it. The text in them is the provider's own.
PROVIDER = Column("provider", "string", "host name of the provider, else its address")
REGION = Column("region", "string", "region the provider states, else of its IP address")
COUNTRY = Column("country", "string", "country the provider states, else of its IP address")
ORGANIZATION = Column("organization", "string", "who runs the provider")
ADDRESS = Column("address", "string", "the provider's address")
AUDITED = Column("audited", "boolean", "an auditor has signed the provider", better="high")
ONLINE = Column("online", "boolean", "the provider answered the last check", better="high")
UPTIME_1D = Column("uptime_1d", "Float64", "share of checks answered in 1 day, 0..1", better="high")
UPTIME_7D = Column("uptime_7d", "Float64", "share of checks answered in 7 days, 0..1", better="high")
UPTIME_30D = Column("uptime_30d", "Float64", "share of checks answered in 30 days, 0..1", better="high")
ABOUT = (REGION, COUNTRY, ORGANIZATION, AUDITED, ONLINE, UPTIME_1D, UPTIME_7D, UPTIME_30D)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a provider or the network has some of.

    Attributes:
        name: In words, as in a row of the market.
        column: As in the name of a column.
        unit: What it is counted in; `size` of the service's units are one of it.
        of: How much of it there is.
    """

    name: str
    column: str
    unit: str
    size: int
    of: Callable[[Capacity], Amounts]


RESOURCES = (
    Resource("cpu", "vcpu", "vCPU", 1000, lambda capacity: capacity.cpu_millicores),
    Resource("memory", "memory_gb", "GB", GB, lambda capacity: capacity.memory_bytes),
    Resource("storage", "storage_gb", "GB", GB, lambda capacity: capacity.ephemeral_bytes),
    Resource("persistent storage", "persistent_gb", "GB", GB, lambda capacity: capacity.persistent_bytes),
    Resource("gpu", "gpus", "GPU", 1, lambda capacity: capacity.gpu_units),
)


def size_values(sizes: Sequence[ResourceTotals | None]) -> dict[str, list[Any]]:
    """Values for the columns of `SIZE`; None is a size that is not known."""
    return {
        VCPU.name: [size and size.cpu_millicores / 1000 for size in sizes],
        MEMORY_GB.name: [size and size.memory_bytes / GB for size in sizes],
        STORAGE_GB.name: [size and size.storage_bytes / GB for size in sizes],
        GPUS.name: [size and size.gpu_units for size in sizes],
    }


def group_totals(groups: Sequence[GroupResources]) -> ResourceTotals | None:
    """The size of some groups of an SDL together; None without groups."""
    if not groups:
        return None
    return ResourceTotals(
        cpu_millicores=int(sum(group.cpu_millicores for group in groups)),
        gpu_units=sum(group.gpus for group in groups),
        memory_bytes=sum(group.memory_bytes for group in groups),
        storage_bytes=sum(group.ephemeral_bytes + group.persistent_bytes for group in groups),
    )


def provider_name(address: str, known: Mapping[str, Provider]) -> str:
    """The host name of a provider where it is known, else its address."""
    return known[address].label if address in known else address


def about_values(providers: Sequence[Provider | None]) -> dict[str, list[Any]]:
    """Values for the columns of `ABOUT`; None is a provider of whom nothing is known."""
    return {
        REGION.name: [(p and p.region) or None for p in providers],
        COUNTRY.name: [(p and p.country) or None for p in providers],
        ORGANIZATION.name: [(p and p.organization) or None for p in providers],
        AUDITED.name: [p and p.is_audited for p in providers],
        ONLINE.name: [p and p.is_online for p in providers],
        UPTIME_1D.name: [p and p.uptime_1d for p in providers],
        UPTIME_7D.name: [p and p.uptime_7d for p in providers],
        UPTIME_30D.name: [p and p.uptime_30d for p in providers],
    }
