"""Providers: who they are, where, how reliable and with what hardware."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlsplit

from akash_nb.models.capacity import Capacity
from akash_nb.models.wire import Json, moment, text
from akash_nb.models.wire import attributes as read_attributes


@dataclass(frozen=True, slots=True)
class GPU:
    """A kind of GPU that a provider has: `ram` such as `24Gi`, `interface` such as `pcie`; empty when not stated."""

    vendor: str
    model: str
    ram: str
    interface: str

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(*(text(value.get(key)) for key in ("vendor", "model", "ram", "interface")))


@dataclass(frozen=True, slots=True)
class UptimeCheck:
    """One check whether a provider answers."""

    at: datetime | None
    is_online: bool

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(moment(value.get("checkDate")), bool(value["isOnline"]))


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of the list. Text from providers is theirs: escape it wherever it is shown.

    Attributes:
        region: The `location-region` they state, else the region of their IP address; empty when unknown.
        uptime_1d: Share of checks answered in the last day, 0..1; None when unknown *or zero* (the service prints
            zero as null, contract §6). The same for 7 and 30 days.
        gpu_models: Short model names such as `rtx4090`.
        stats: The service's own `stats` object (CPU in millicores, memory and storage in bytes); empty when absent.
        capacity: The same, typed; None when absent.
        gpus: Every kind of GPU with its memory and interface.
        lease_count: Active leases.
        latitude: Degrees, where their IP address is thought to be; longitude likewise; None when unknown.
        last_online_at: None when it was never seen online.
        checks: Checks of the last 24 hours, in the answer to `get` only.
    """

    owner: str
    host_uri: str
    organization: str
    region: str
    country: str
    is_online: bool
    is_audited: bool
    uptime_1d: float | None
    uptime_7d: float | None
    uptime_30d: float | None
    gpu_models: tuple[str, ...]
    attributes: Mapping[str, str]
    stats: Mapping[str, Any]
    capacity: Capacity | None = None
    gpus: tuple[GPU, ...] = ()
    lease_count: int = 0
    created_height: int = 0
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None
    website: str = ""
    email: str = ""
    akash_version: str = ""
    last_online_at: datetime | None = None
    checks: tuple[UptimeCheck, ...] = field(default=(), repr=False)

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        attributes = read_attributes(value.get("attributes"))
        region = value.get("locationRegion") or attributes.get("location-region") or value.get("ipRegion")
        return cls(
            owner=str(value["owner"]),
            host_uri=str(value.get("hostUri") or ""),
            organization=str(value.get("organization") or attributes.get("organization") or ""),
            region=str(region or ""),
            country=str(value.get("country") or value.get("ipCountryCode") or ""),
            is_online=bool(value.get("isOnline")),
            is_audited=bool(value.get("isAudited")),
            uptime_1d=value.get("uptime1d"),
            uptime_7d=value.get("uptime7d"),
            uptime_30d=value.get("uptime30d"),
            gpu_models=tuple(dict.fromkeys(str(g["model"]) for g in value.get("gpuModels") or ())),
            attributes=MappingProxyType(attributes),
            stats=MappingProxyType(dict(value.get("stats") or {})),
            capacity=Capacity.from_wire(value["stats"]) if value.get("stats") else None,
            gpus=tuple(GPU.from_wire(item) for item in value.get("gpuModels") or ()),
            lease_count=int(value.get("leaseCount") or 0),
            created_height=int(value.get("createdHeight") or 0),
            city=text(value.get("city")),
            latitude=_degrees(value.get("ipLat")),
            longitude=_degrees(value.get("ipLon")),
            website=text(value.get("website")),
            email=text(value.get("email")),
            akash_version=text(value.get("akashVersion")),
            last_online_at=moment(value.get("lastOnlineDate")),
            checks=tuple(UptimeCheck.from_wire(item) for item in value.get("uptime") or ()),
        )

    @property
    def label(self) -> str:
        """Host name without scheme and port, else the address."""
        return urlsplit(self.host_uri).hostname or self.owner


@dataclass(frozen=True, slots=True)
class Auditor:
    """Somebody who vouches for providers by signing their attributes."""

    id: str
    name: str
    address: str
    website: str

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(*(text(value.get(key)) for key in ("id", "name", "address", "website")))


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the attribute schema and the addresses of the providers in it; often none."""

    key: str
    description: str
    providers: tuple[str, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(str(value["key"]), text(value.get("description")), tuple(map(str, value.get("providers") or ())))


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """What a provider may state under one attribute.

    Attributes:
        name: The name in the schema, such as `hardware-gpu-model`.
        key: The attribute key on chain, which differs for hardware: `capabilities/gpu`.
        kind: `string`, `number`, `boolean`, `option` or `multiple-option`.
        values: The values allowed, with what each one means; empty when free.
    """

    name: str
    key: str
    kind: str
    required: bool
    description: str
    values: Mapping[str, str]

    @classmethod
    def from_wire(cls, name: str, value: Json) -> Self:
        values = {str(item["key"]): text(item.get("description")) for item in value.get("values") or ()}
        return cls(
            name=name,
            key=str(value["key"]),
            kind=str(value["type"]),
            required=bool(value.get("required")),
            description=text(value.get("description")),
            values=MappingProxyType(values),
        )


@dataclass(frozen=True, slots=True)
class LeasesGraph:
    """Active leases of a provider, day by day.

    Attributes:
        current: Leases now.
        day_before: Leases a day ago.
        days: Count by the start of each day, ascending; empty for providers younger than two days.
    """

    current: int
    day_before: int
    days: tuple[tuple[datetime, int], ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        points = ((moment(item["date"]), int(item["value"])) for item in value["snapshots"])
        return cls(
            current=int(value["currentValue"]),
            day_before=int(value["compareValue"]),
            days=tuple((day, count) for day, count in points if day),
        )


def _degrees(value: Any) -> float | None:
    """Coordinates are printed as text."""
    return float(value) if value not in (None, "") else None
