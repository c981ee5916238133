"""What a fleet's file may say, key by key: the shape that such a file is read into."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from mock_server.supply.catalogue import GPU_MODELS, GpuModel
from mock_server.supply.places import PLACES, Place

_Text = Annotated[str, Meta(min_length=1)]
_Count = Annotated[int, Meta(ge=1)]
_Percent = Annotated[int, Meta(ge=0, le=100)]
_Factor = Annotated[float, Meta(gt=0)]
_Size = Annotated[str, Meta(pattern="^[0-9]+(Ki|Mi|Gi|Ti|Pi)$")]
_Duration = Annotated[str, Meta(pattern="^([0-9]+[dhms])+$")]
_Host = Annotated[str, Meta(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class _Keys(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping of the file."""


class Gpus(_Keys):
    """GPUs of one model. `free` are those that nobody else has (all), `per_node` how many sit together (up to 8)."""

    model: str
    count: _Count
    free: Annotated[int, Meta(ge=0)] | None = None
    per_node: _Count | None = None
    usd_hour: _Factor | None = None
    ram: str | None = None
    interface: str | None = None


class Planned(_Keys):
    """An outage: when it begins, counted from the world's beginning, and how long it lasts (`1h30m`)."""

    lasts: _Duration
    begins: _Duration = field(name="from")


class Entry(_Keys):
    """What a file may say of a provider.

    Attributes:
        name: Who it is; also its organization, unless that is given.
        audited: As `online`, true unless given.
        nodes: Among how many machines CPU, memory and disk are divided.
        disk: On the nodes; there is twice as much for persistent volumes.
        used: What its other tenants use of all these, in per cent.
        storage: Classes of persistent volumes.
        attributes: On top of those that say what it has.
        reliability: How it fails when there are no `outages`.
        bids: `always` or `never`; otherwise it is as shy as `shyness` says, per cent of the orders.
    """

    name: _Text
    organization: _Text | None = None
    host: _Host | None = None
    region: str | None = None
    city: str | None = None
    audited: bool = True
    online: bool = True
    nodes: _Count | None = None
    cpu: _Count | None = None
    memory: _Size | None = None
    disk: _Size | None = None
    used: _Percent | None = None
    storage: list[str] | None = None
    gpus: dict[str, _Count] | list[Gpus] | None = None
    leased_ips: bool | None = None
    price: _Factor | None = None
    attributes: dict[str, str | bool | int | float] = {}
    outages: list[Planned] | None = None
    reliability: str | None = None
    bids: str | None = None
    shyness: _Percent | None = None

    def stocks(self) -> list[Gpus]:
        """The GPUs, in the longer of the two ways to write them."""
        if isinstance(self.gpus, dict):
            return [Gpus(model, count) for model, count in self.gpus.items()]
        return self.gpus or []

    def places(self) -> list[Place]:
        """Where it may be."""
        return [p for p in PLACES if self.region in (None, p.key) and self.city in (None, p.city)]


class FleetFile(_Keys):
    """A whole file."""

    providers: list[Entry] = []
    base: str | int = "empty"


def gpu_of(stock: Gpus) -> GpuModel | None:
    """The GPU that is meant, the first of those that the catalogue has under this name."""
    same = (gpu for gpu in GPU_MODELS if gpu.model == stock.model)
    return next((g for g in same if stock.ram in (None, g.ram) and stock.interface in (None, g.interface)), None)
