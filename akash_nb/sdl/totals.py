"""What a valid SDL asks for and pays at most, in numbers: CPU, memory, storage, GPUs and price per group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from akash_nb.money import Coin, PriceModel, to_decimal
from akash_nb.sdl.compiler import Compiled


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
    return tuple(_group(group, tuple(members[group["name"]])) for group in compiled.groups)


def _services_by_group(sdl: dict[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service in sorted(sdl["services"]):
        for placement in sdl["deployment"][service]:
            found.setdefault(placement, []).append(service)
    return found


def _group(group: dict[str, Any], services: tuple[str, ...]) -> GroupResources:
    units = group["resources"]
    return GroupResources(
        name=group["name"],
        services=services,
        replicas=int(sum(_count(unit) for unit in units)),
        cpu_millicores=sum((_count(unit) * _value(unit["resource"]["cpu"]["units"]) for unit in units), Decimal(0)),
        memory_bytes=_total(units, lambda unit: [unit["resource"]["memory"]["size"]]),
        ephemeral_bytes=_total(units, lambda unit: _volumes(unit, persistent=False)),
        persistent_bytes=_total(units, lambda unit: _volumes(unit, persistent=True)),
        gpus=_total(units, lambda unit: [unit["resource"]["gpu"]["units"]]),
        gpu_models=tuple(dict.fromkeys(model for unit in units for model in _models(unit))),
        endpoints=sum(len(unit["resource"]["endpoints"]) for unit in units),
        max_price=_price(units),
    )


def _total(units: list[dict[str, Any]], values: Any) -> int:
    return int(sum(_count(unit) * _value(value) for unit in units for value in values(unit)))


def _volumes(unit: dict[str, Any], *, persistent: bool) -> Iterable[dict[str, str]]:
    for volume in unit["resource"]["storage"] or []:
        attributes = {entry["key"]: entry["value"] for entry in volume.get("attributes", [])}
        if (attributes.get("persistent", "false").lower() not in ("false", "no", "0", "")) is persistent:
            yield volume["size"]


def _models(unit: dict[str, Any]) -> Iterable[str]:
    """`vendor/nvidia/model/a100/ram/80Gi` -> `a100/ram/80Gi`."""
    for attribute in unit["resource"]["gpu"].get("attributes", []):
        yield attribute["key"].split("/", 3)[3]


def _price(units: list[dict[str, Any]]) -> tuple[Coin, ...]:
    """The ceiling is per replica, so counts multiply it."""
    totals: dict[str, Decimal] = {}
    for unit in units:
        denom = unit["price"]["denom"]
        totals[denom] = totals.get(denom, Decimal(0)) + _count(unit) * _number(unit["price"]["amount"])
    return tuple(Coin(denom, totals[denom]) for denom in sorted(totals))


def _count(unit: dict[str, Any]) -> Decimal:
    return _number(unit["count"])


def _value(value: dict[str, str]) -> Decimal:
    return _number(value["val"])


def _number(value: Any) -> Decimal:
    try:
        return to_decimal(value)
    except ValueError:
        return Decimal(0)
