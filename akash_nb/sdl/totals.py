"""What a valid SDL asks for and pays at most, in numbers: CPU, memory, storage, GPUs and price per group."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from akash_nb.money import Coin, PriceModel
from akash_nb.sdl.compiler import Compiled
from akash_nb.sdl.demands import GroupDemand, demands


@dataclass(frozen=True, slots=True)
class GroupResources:
    """All replicas of one placement group together.

    Attributes:
        name: The placement.
        services: Names of its services, in the order of the manifest.
        replicas: How many containers run.
        cpu_millicores: Thousandths of a CPU.
        memory_bytes: Bytes of memory.
        ephemeral_bytes: Bytes of storage that are gone when the lease ends (RAM disks included).
        persistent_bytes: Bytes of persistent storage.
        gpus: How many GPUs.
        gpu_models: The models that will do, such as `a100`; `*` is any. Empty without GPUs.
        endpoints: How many endpoints one replica of each unit has, added up.
        max_price: The most that will be paid per block, in micro-units, one coin per denom.
    """

    name: str
    services: tuple[str, ...]
    replicas: int
    cpu_millicores: Decimal
    memory_bytes: int
    ephemeral_bytes: int
    persistent_bytes: int
    gpus: int
    gpu_models: tuple[str, ...]
    endpoints: int
    max_price: tuple[Coin, ...]

    def usd_per_hour(self, model: PriceModel, akt_usd: Decimal | None = None) -> Decimal | None:
        """The price ceiling in US dollars per hour; None when a denom has no known value in dollars.

        Args:
            model: Seconds per block.
            akt_usd: US dollars per AKT, needed for `uakt` only.
        """
        per_block = self._usd_per_block(akt_usd)
        return None if per_block is None else model.per_hour(per_block)

    def usd_per_month(self, model: PriceModel, akt_usd: Decimal | None = None) -> Decimal | None:
        """The price ceiling in US dollars per month; arguments and None as for `usd_per_hour`."""
        per_block = self._usd_per_block(akt_usd)
        return None if per_block is None else model.per_month(per_block)

    def _usd_per_block(self, akt_usd: Decimal | None) -> Decimal | None:
        total = Decimal(0)
        for coin in self.max_price:
            usd = coin.usd(akt_usd)
            if usd is None:
                return None
            total += usd
        return total


def resources(compiled: Compiled) -> tuple[GroupResources, ...]:
    """The groups of a compiled SDL in the order of gseq; empty when it has errors.

    A number that is none (a size of NaN, an infinite price) counts as 0; `compiled.warnings` names it.
    """
    members = _services_by_group(compiled.document) if compiled.ok else {}
    return tuple(_group(demand, tuple(members[demand.name])) for demand in demands(compiled))


def _services_by_group(sdl: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service in sorted(sdl["services"]):
        for placement in sdl["deployment"][service]:
            found.setdefault(placement, []).append(service)
    return found


def _group(group: GroupDemand, services: tuple[str, ...]) -> GroupResources:
    units = group.units
    return GroupResources(
        name=group.name,
        services=services,
        replicas=sum(unit.count for unit in units),
        cpu_millicores=sum((unit.count * unit.cpu_millicores for unit in units), Decimal(0)),
        memory_bytes=sum(unit.count * unit.memory_bytes for unit in units),
        ephemeral_bytes=sum(unit.count * (unit.ephemeral_bytes + unit.ram_disk_bytes) for unit in units),
        persistent_bytes=sum(unit.count * unit.persistent_bytes for unit in units),
        gpus=group.gpus,
        # `nvidia/model/a100/ram/80Gi` -> `a100/ram/80Gi`
        gpu_models=tuple(dict.fromkeys(model.split("/", 2)[2] for unit in units for model in unit.gpu_models)),
        endpoints=sum(len(unit["resource"]["endpoints"]) for unit in group.spec["resources"]),
        max_price=_price(group),
    )


def _price(group: GroupDemand) -> tuple[Coin, ...]:
    """The ceiling is per replica, so counts multiply it."""
    totals: dict[str, Decimal] = {}
    for unit in group.units:
        totals[unit.price.denom] = totals.get(unit.price.denom, Decimal(0)) + unit.count * unit.price.amount
    return tuple(Coin(denom, totals[denom]) for denom in sorted(totals))
