"""List prices of CPU, memory and storage: what has one, how the service is asked for it, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from akash_nb.estimate.ranges import Clouds
from akash_nb.models import CloudPrices, ComputeSpec, GPUPrice
from akash_nb.sdl.demands import GroupDemand, UnitDemand

#: Small sizes cost less than the cent that the service rounds to, so more of them is asked for. The price of CPU and of
#: memory is proportional to their amount everywhere, that of storage on Akash (contract §6).
_SCALE = 1000

_EMPTY = {"cpu_millicores": 0, "memory_bytes": 0, "storage_bytes": 0}
_FIELDS = {"cpu": "cpu_millicores", "memory": "memory_bytes", "storage": "storage_bytes"}


class Size(NamedTuple):
    """Something with a list price: `cpu` in thousandths, `memory` or `storage` in bytes, of one replica."""

    kind: str
    amount: int

    def asked(self) -> tuple[ComputeSpec, ...]:
        """The machines whose prices tell this one's: the second, of storage only, that of other clouds."""
        scaled = ComputeSpec(**{**_EMPTY, _FIELDS[self.kind]: self.amount * _SCALE})
        if self.kind != "storage":
            return (scaled,)
        # The first gigabytes of each replica are free at AWS, so that nothing follows from the price of more.
        return scaled, ComputeSpec(**{**_EMPTY, "storage_bytes": self.amount})


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What a size costs per month in US dollars, here and elsewhere."""

    usd: Decimal
    clouds: Clouds


class ListPrices(NamedTuple):
    """What the market says: a price for every size that is needed, and the GPUs there are."""

    sizes: Mapping[Size, ListPrice]
    gpus: Sequence[GPUPrice]


def sizes_of(demands: Iterable[GroupDemand]) -> tuple[Size, ...]:
    """Every size whose list price is needed, each once."""
    found = (size for demand in demands for unit in demand.units for size in unit_sizes(unit))
    return tuple(dict.fromkeys(found))


def list_price(size: Size, answers: Sequence[CloudPrices]) -> ListPrice:
    """The price of a size, from the answers to what it asked."""
    first, last = answers[0], answers[-1]
    clouds = Clouds(last.aws_usd, last.gcp_usd, last.azure_usd)
    return ListPrice(first.akash_usd / _SCALE, clouds / _SCALE if last is first else clouds)


def unit_sizes(unit: UnitDemand) -> Iterator[Size]:
    """What one replica has that has a list price; a RAM disk is memory."""
    storage = unit.ephemeral_bytes + unit.persistent_bytes
    amounts = {"cpu": int(unit.cpu_millicores), "memory": unit.memory_bytes + unit.ram_disk_bytes, "storage": storage}
    return (Size(kind, amount) for kind, amount in amounts.items() if amount)
