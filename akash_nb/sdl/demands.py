"""What each placement group asks for, unit by unit, in numbers: what prices and supply depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from akash_nb.money import Coin, to_decimal
from akash_nb.sdl import groups as groups_
from akash_nb.sdl.compiler import Compiled

#: The attribute by which a placement asks for a region.
REGION = "location-region"


@dataclass(frozen=True, slots=True)
class UnitDemand:
    """What the services of a group that share a compute profile ask for. Sizes are those of one replica.

    Attributes:
        profile: The compute profile; empty where only the group's specification is known.
        services: Names of the services, in the order of the manifest; empty likewise.
        count: Replicas of all these services.
        cpu_millicores: Thousandths of a CPU.
        memory_bytes: Bytes of memory.
        ram_disk_bytes: Bytes of memory that is used as a disk, which come on top.
        ephemeral_bytes, persistent_bytes: Bytes of storage that goes or stays when the lease ends.
        gpus: Whole GPUs.
        gpu_models: What will do, such as `nvidia/model/a100/ram/80Gi`, `*` for any; empty without GPUs.
        price: The most that is paid per block for one replica, in micro-units.
    """

    profile: str
    services: tuple[str, ...]
    count: int
    cpu_millicores: Decimal
    memory_bytes: int
    ram_disk_bytes: int
    ephemeral_bytes: int
    persistent_bytes: int
    gpus: int
    gpu_models: tuple[str, ...]
    price: Coin

    @property
    def label(self) -> str:
        """Its services, else its profile, else nothing."""
        return " + ".join(self.services) or self.profile


@dataclass(frozen=True, slots=True)
class GroupDemand:
    """What one placement group asks for.

    Attributes:
        key: The same for all groups that ask for the same, whatever they would pay and are called.
        region: The region that is asked for; empty for any.
        spec: The group as it goes on chain.
    """

    name: str
    key: str
    units: tuple[UnitDemand, ...]
    region: str
    spec: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def gpus(self) -> int:
        """GPUs of all replicas together."""
        return sum(unit.gpus * unit.count for unit in self.units)

    @property
    def ceiling(self) -> Coin:
        """The most that is paid per block for the whole group: in uact, which the Console puts in place of any other
        denom (contract §11)."""
        return Coin("uact", sum((unit.count * unit.price.amount for unit in self.units), Decimal(0)))


def demands(sdl: Compiled | Sequence[Mapping[str, Any]]) -> tuple[GroupDemand, ...]:
    """What each group asks for, in the order of gseq; empty for an SDL with errors.

    A number that is none (a size of NaN) counts as 0; `Compiled.warnings` names it.

    Args:
        sdl: A compiled SDL, or the groups of one (`Compiled.groups`), whose units then have no names.
    """
    if not isinstance(sdl, Compiled):
        return tuple(_group(spec, ()) for spec in sdl)
    built = groups_.build(sdl.document) if sdl.ok else []
    return tuple(_group(spec, _names(group)) for spec, group in zip(sdl.groups, built, strict=True))


def _names(group: groups_.Group) -> list[tuple[str, tuple[str, ...]]]:
    """The compute profile and the services of each unit."""
    return [
        (unit.profile, tuple(member.name for member in group.members if member.unit is unit))
        for unit in group.units.values()
    ]


def _group(spec: Mapping[str, Any], names: Sequence[tuple[str, tuple[str, ...]]]) -> GroupDemand:
    units = spec["resources"]
    attributes = spec.get("requirements", {}).get("attributes") or ()
    return GroupDemand(
        name=spec["name"],
        key=_key(spec),
        units=tuple(_unit(unit, *name) for unit, name in zip(units, names or [("", ())] * len(units), strict=True)),
        region=next((item["value"] for item in attributes if item["key"] == REGION), ""),
        spec=spec,
    )


def _key(spec: Mapping[str, Any]) -> str:
    """A hash of what is asked for, without price, names and numbering."""
    asked = {
        "requirements": spec.get("requirements", {}),
        "units": [
            ({key: value for key, value in unit["resource"].items() if key != "id"}, unit["count"])
            for unit in spec["resources"]
        ],
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _unit(unit: Mapping[str, Any], profile: str, services: tuple[str, ...]) -> UnitDemand:
    resource = unit["resource"]
    volumes = list(_volumes(resource["storage"] or ()))
    return UnitDemand(
        profile=profile,
        services=services,
        count=_whole(unit["count"]),
        cpu_millicores=_number(resource["cpu"]["units"]["val"]),
        memory_bytes=_whole(resource["memory"]["size"]["val"]),
        ram_disk_bytes=sum(size for kind, size in volumes if kind == "ram"),
        ephemeral_bytes=sum(size for kind, size in volumes if kind == "ephemeral"),
        persistent_bytes=sum(size for kind, size in volumes if kind == "persistent"),
        gpus=_whole(resource["gpu"]["units"]["val"]),
        gpu_models=tuple(a["key"].removeprefix("vendor/") for a in resource["gpu"].get("attributes") or ()),
        price=Coin(unit["price"]["denom"], _number(unit["price"]["amount"])),
    )


def _volumes(volumes: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """Kind and size in bytes of each."""
    for volume in volumes:
        attributes = {item["key"]: item["value"] for item in volume.get("attributes") or ()}
        is_persistent = attributes.get("persistent", "false").lower() not in ("false", "no", "0", "")
        kind = "persistent" if is_persistent else "ram" if attributes.get("class") == "ram" else "ephemeral"
        yield kind, _whole(volume["size"]["val"])


def _whole(value: Any) -> int:
    return int(_number(value))


def _number(value: Any) -> Decimal:
    try:
        return to_decimal(value)
    except ValueError:
        return Decimal(0)
