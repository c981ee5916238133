"""Bids, and bids joined with what is known of the provider who made them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from akash_nb.ids import BidID
from akash_nb.models.indexed import ResourceTotals
from akash_nb.models.provider import Provider
from akash_nb.models.wire import Json, bid_id, coin, first, integer
from akash_nb.money import Coin
from akash_nb.shown import Shown


@dataclass(frozen=True, slots=True)
class ResourceOffer:
    """What one replica of a resource unit gets. CPU in millicores, memory and storage in bytes, GPUs in whole units.

    `gpu_models` are the GPU attributes offered, without the `vendor/` prefix: `nvidia/model/rtx4090/ram/24Gi`.
    """

    cpu_millicores: int
    memory_bytes: int
    storage_bytes: int
    gpu_units: int
    gpu_models: tuple[str, ...]
    count: int

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        resources = first(value, "resources", "resource") or {}
        gpu = resources.get("gpu") or {}
        return cls(
            cpu_millicores=_quantity(resources.get("cpu"), "units"),
            memory_bytes=_quantity(resources.get("memory"), "quantity", "size"),
            storage_bytes=sum(_quantity(volume, "quantity", "size") for volume in resources.get("storage") or ()),
            gpu_units=_quantity(gpu, "units"),
            gpu_models=tuple(str(a["key"]).removeprefix("vendor/") for a in gpu.get("attributes") or ()),
            count=int(value.get("count") or 1),
        )


@dataclass(frozen=True, slots=True, repr=False)
class Bid(Shown):
    """A provider's offer for one group.

    Attributes:
        state: `open` (can be chosen), `active` (chosen), `lost` (another was chosen) or `closed` (withdrawn).
        price: Micro-units of the denom per block, for the whole group with all its replicas.
        created_height: Block in which the bid was made.
    """

    id: BidID
    state: str
    price: Coin
    created_height: int
    resources: tuple[ResourceOffer, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        bid = value.get("bid", value)
        return cls(
            id=bid_id(first(bid, "id", "bid_id")),
            state=str(bid["state"]),
            price=coin(bid["price"]),
            created_height=integer(bid.get("created_at")) or 0,
            resources=tuple(ResourceOffer.from_wire(item) for item in bid.get("resources_offer") or ()),
        )

    def __str__(self) -> str:
        return f"bid {self.id.key}: {self.price} per block, {self.state}"

    @property
    def totals(self) -> ResourceTotals:
        """What the whole group gets, all replicas together."""
        return ResourceTotals(
            cpu_millicores=sum(offer.cpu_millicores * offer.count for offer in self.resources),
            gpu_units=self.gpu_units,
            memory_bytes=sum(offer.memory_bytes * offer.count for offer in self.resources),
            storage_bytes=sum(offer.storage_bytes * offer.count for offer in self.resources),
        )

    @property
    def gpu_units(self) -> int:
        """GPUs in the whole group."""
        return sum(offer.gpu_units * offer.count for offer in self.resources)

    @property
    def gpu_models(self) -> tuple[str, ...]:
        """Short GPU model names offered, such as `rtx4090`, each once."""
        names = (part for offer in self.resources for part in _models(offer.gpu_models))
        return tuple(dict.fromkeys(names))

    @property
    def gpu_text(self) -> str:
        """GPUs in the whole group for people: `2 × rtx4090`; empty without."""
        return f"{self.gpu_units} × {', '.join(self.gpu_models) or 'GPU'}" if self.gpu_units else ""


@dataclass(frozen=True, slots=True, repr=False)
class Offer(Shown):
    """A bid beside the provider who made it; `provider` is None when the service knows nothing of them."""

    bid: Bid
    provider: Provider | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.bid.price} per block for group {self.bid.id.gseq}, {self.bid.state}"

    @property
    def key(self) -> str:
        """Unique and stable within a deployment: `1/1/akash1...`."""
        return self.bid.id.key

    @property
    def name(self) -> str:
        """The provider's host name, else its address."""
        return self.provider.label if self.provider else self.bid.id.provider


def _quantity(value: Any, *names: str) -> int:
    """The `val` of a resource quantity; 0 where there is none."""
    return int((first(value or {}, *names) or {}).get("val") or 0)


def _models(attributes: Iterable[str]) -> Iterable[str]:
    for attribute in attributes:
        parts = attribute.split("/")
        if "model" in parts[:-1]:
            yield parts[parts.index("model") + 1]
