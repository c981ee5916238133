"""A valid SDL as immutable records: every default filled in, every quantity a number with its unit in the name.

What may hold secrets (environment, command line, credentials) is in no repr.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from akash_nb.money import Coin
from akash_nb.sdl.semantic import is_persistent, volumes
from akash_nb.sdl.units import cpu_millicores, gpu_units, size_bytes, text_of, window_seconds

T = TypeVar("T")
Json = dict[str, Any]


class Named(Mapping[str, T]):
    """Records by name in the order of the document; it cannot be changed, and it can be hashed."""

    __slots__ = ("_records",)

    def __init__(self, records: Iterable[tuple[str, T]] = ()) -> None:
        self._records = dict(records)

    def __getitem__(self, name: str) -> T:
        return self._records[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __hash__(self) -> int:
        return hash(frozenset(self._records.items()))

    def __repr__(self) -> str:
        return repr(self._records)


@dataclass(frozen=True, slots=True)
class To:
    """Who reaches a port.

    Attributes:
        is_global: Everybody.
        service: The service that does; empty for every one.
        ip: The leased IP endpoint at which it is reached; empty for none.
    """

    is_global: bool = False
    service: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Expose:
    """A port that is reached from outside the container.

    Attributes:
        port: In the container.
        external_port: Outside of it; what was asked for, the provider may give another one.
        proto: `TCP` or `UDP`.
        accept: Host names it answers to; empty for the one that the provider gives.
        to: Who reaches it; empty is nobody.
    """

    port: int
    external_port: int
    proto: str = "TCP"
    accept: tuple[str, ...] = ()
    to: tuple[To, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """For a private image registry; the password is in no repr."""

    host: str
    username: str
    password: str = field(repr=False)
    email: str = ""


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a service sees a volume of its compute profile; `path` is empty for the root file system."""

    volume: str
    path: str = ""
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A container to run.

    Attributes:
        command, args: What runs in place of the image's entry point, and its arguments; empty for the image's own.
        env: Lines such as `NAME=value`.
        credentials: For a private registry; None for a public one.
        permissions: What it may read of its own lease: `deployment`, `logs`, `events`.
        tee: Confidential computing, `cpu` or `cpu-gpu`; None without.
    """

    name: str
    image: str
    command: tuple[str, ...] = field(default=(), repr=False)
    args: tuple[str, ...] = field(default=(), repr=False)
    env: tuple[str, ...] = field(default=(), repr=False)
    expose: tuple[Expose, ...] = ()
    mounts: tuple[Mount, ...] = ()
    credentials: Credentials | None = field(default=None, repr=False)
    permissions: tuple[str, ...] = ()
    tee: str | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """Storage of one replica; `storage_class` such as `beta3` or `ram`, None for the provider's own disk."""

    name: str
    size_bytes: int | float
    is_persistent: bool = False
    storage_class: str | None = None


@dataclass(frozen=True, slots=True)
class GpuModel:
    """One kind of GPU that will do; `model` is `*` for any, `ram` and `interface` are empty for any."""

    model: str = "*"
    ram: str = ""
    interface: str = ""
    vendor: str = "nvidia"


@dataclass(frozen=True, slots=True)
class Gpu:
    """GPUs of one replica, each of one of these models."""

    units: int | float
    models: tuple[GpuModel, ...]


@dataclass(frozen=True, slots=True)
class Compute:
    """What one replica gets; `gpu` is None without GPUs. A number that the SDL gives none (`.Gi`) is NaN."""

    name: str
    cpu_millicores: int | float
    memory_bytes: int | float
    volumes: tuple[Volume, ...]
    gpu: Gpu | None = None
    cpu_attributes: Named[str] = field(default_factory=Named)


@dataclass(frozen=True, slots=True)
class Placement:
    """Which providers may bid, and what is paid at most.

    Attributes:
        attributes: What a provider must say of itself, such as `location-region`.
        all_of, any_of: Auditors that must have signed for it: all of these, and one of those.
        max_prices: By compute profile, the most that is paid for one replica per block, in micro-units.
    """

    name: str
    attributes: Named[str]
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    max_prices: Named[Coin]


@dataclass(frozen=True, slots=True)
class Placed:
    """So many replicas of a service on a placement, each with the resources of a compute profile."""

    service: str
    placement: str
    profile: str
    count: int | float


@dataclass(frozen=True, slots=True)
class SDL:
    """A valid SDL.

    Attributes:
        version: `2.0` or `2.1`.
        endpoints: Names of the leased IP endpoints.
        reclamation_seconds: How long a provider must announce before it takes a lease away; None when not asked for.
    """

    version: str
    services: Named[Service]
    compute: Named[Compute]
    placements: Named[Placement]
    deployment: tuple[Placed, ...]
    endpoints: tuple[str, ...] = ()
    reclamation_seconds: int | None = None


def model(sdl: Json) -> SDL:
    """The records of a valid document."""
    profiles = sdl["profiles"]
    window = sdl.get("reclamation", {}).get("min_window")
    return SDL(
        version=sdl["version"],
        services=Named((name, _service(name, given)) for name, given in sdl["services"].items()),
        compute=Named((name, _compute(name, given["resources"])) for name, given in profiles["compute"].items()),
        placements=Named((name, _placement(name, given)) for name, given in profiles["placement"].items()),
        deployment=tuple(
            Placed(service, placement, entry["profile"], entry["count"])
            for service, placements in sdl["deployment"].items()
            for placement, entry in placements.items()
            if service in sdl["services"]  # the reference ignores others on placements that nobody uses
        ),
        endpoints=tuple(sdl.get("endpoints", {})),
        reclamation_seconds=None if window is None else window_seconds(window),
    )


def _service(name: str, given: Json) -> Service:
    params = given.get("params", {})
    credentials = given.get("credentials")
    return Service(
        name=name,
        image=given["image"],
        command=tuple(given.get("command") or ()),
        args=tuple(given.get("args") or ()),
        env=tuple(given.get("env") or ()),
        expose=tuple(map(_expose, given.get("expose") or ())),
        mounts=tuple(
            Mount(volume, options.get("mount", ""), options.get("readOnly", False))
            for volume, options in params.get("storage", {}).items()
        ),
        credentials=None if credentials is None else Credentials(**credentials),
        permissions=tuple(params.get("permissions", {}).get("read", ())),
        tee=params.get("tee"),
    )


def _expose(given: Json) -> Expose:
    return Expose(
        port=given["port"],
        external_port=given.get("as") or given["port"],
        proto=given.get("proto", "TCP").upper(),
        accept=tuple(given.get("accept", ())),
        to=tuple(To(to.get("global", False), to.get("service", ""), to.get("ip", "")) for to in given.get("to", ())),
    )


def _compute(name: str, resources: Json) -> Compute:
    return Compute(
        name=name,
        cpu_millicores=cpu_millicores(resources["cpu"]["units"]),
        memory_bytes=_size(resources["memory"]["size"]),
        volumes=tuple(map(_volume, volumes(resources))),
        gpu=_gpu(resources.get("gpu", {})),
        cpu_attributes=_texts(resources["cpu"].get("attributes", {})),
    )


def _volume(given: Json) -> Volume:
    attributes = given.get("attributes", {})
    return Volume(given.get("name") or "default", _size(given["size"]), is_persistent(given), attributes.get("class"))


def _size(text: str) -> int | float:
    """A size in bytes; NaN in a profile that nobody uses and nobody checked."""
    size = size_bytes(text)
    return float("nan") if size is None else size


def _gpu(given: Json) -> Gpu | None:
    units = gpu_units(given.get("units"))
    if units == 0:
        return None
    vendors = given.get("attributes", {}).get("vendor", {})
    models = (
        GpuModel(model.get("model", "*"), model.get("ram", ""), model.get("interface", ""), vendor)
        for vendor, listed in vendors.items()
        for model in ([{}] if listed is None else listed)
    )
    return Gpu(units, tuple(models))


def _placement(name: str, given: Json) -> Placement:
    signed_by = given.get("signedBy", {})
    return Placement(
        name=name,
        attributes=_texts(given.get("attributes", {})),
        all_of=tuple(signed_by.get("allOf", ())),
        any_of=tuple(signed_by.get("anyOf", ())),
        max_prices=Named(
            (profile, Coin(price["denom"], Decimal(text_of(price["amount"]))))
            for profile, price in given["pricing"].items()
        ),
    )


def _texts(values: Json) -> Named[str]:
    return Named((key, text_of(value)) for key, value in values.items())
