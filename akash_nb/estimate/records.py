"""What a group is likely to cost, and what that is made up of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from akash_nb.estimate.gpus import gpu_label
from akash_nb.estimate.ranges import Clouds, Range
from akash_nb.money import PriceModel, format_usd
from akash_nb.shown import Shown
from akash_nb.units import counted, format_bytes, format_cpu

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of resource of a compute profile costs, all replicas together.

    Attributes:
        of: The services that use the profile, such as `web`, else the profile.
        resource: `CPU`, `memory`, `storage`, `persistent storage` or `GPU`.
        quantity: Thousandths of a CPU, bytes, or GPUs.
        models: Of GPUs: what will do, such as `nvidia/model/a100`.
        usd_month: US dollars per month; None where nobody offers such a GPU.
    """

    of: str
    resource: str
    quantity: Decimal
    usd_month: Range | None
    models: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What it is: `2 CPU`, `512 MiB memory`, `1 × a100`."""
        return self.size if self.resource in ("CPU", "GPU") else f"{self.size} {self.resource}"

    @property
    def size(self) -> str:
        """The quantity for people: `2 CPU`, `512 MiB`, `1 × a100`."""
        if self.resource == "CPU":
            return format_cpu(self.quantity)
        if self.resource == "GPU":
            return f"{self.quantity} × {gpu_label(self.models)}"
        return format_bytes(int(self.quantity))


@dataclass(frozen=True, slots=True, repr=False)
class GroupEstimate(Shown):
    """What a placement group is likely to cost, all its replicas together.

    Attributes:
        name: The placement.
        usd_hour: US dollars per hour; None where nobody offers such a GPU.
        parts: What it is made up of, at list prices, also where bids are known.
        clouds: What others ask per month for the same without its GPUs.
        gpus: How many GPUs it asks for.
        gpus_free: How many that will do are free on the whole network, as counted within the last 15 minutes; None
            without GPUs.
        ceiling_usd_hour: The most that the SDL pays per hour.
        bids_seen: How many bids on this very demand the range is of; 0 where it rests on list prices.
        prices: Block time and month length.
    """

    name: str
    usd_hour: Range | None
    parts: tuple[Part, ...]
    clouds: Clouds
    gpus: int
    gpus_free: int | None
    ceiling_usd_hour: Decimal
    bids_seen: int = 0
    prices: PriceModel = field(default_factory=PriceModel)

    def __str__(self) -> str:
        price = "unknown: nobody offers such a GPU" if self.usd_hour is None else f"{self.usd_hour} per hour"
        lines = [f"{self.name}: {price}; {self.basis}"]
        for part in self.parts:
            cost = "unknown" if part.usd_month is None else f"{format_usd(part.usd_month.typical)}/month"
            lines.append(f"  {part.of}: {part}, {cost}")
        return "\n".join(lines)

    @property
    def basis(self) -> str:
        """What the range rests on, in words."""
        return f"{counted(self.bids_seen, 'bid')} seen on this" if self.bids_seen else "list prices, no quote"

    @property
    def usd_month(self) -> Range | None:
        """US dollars per month; None as for `usd_hour`."""
        return self.usd_hour and self.usd_hour * self.prices.hours_per_month

    @property
    def ceiling_usd_month(self) -> Decimal:
        """The most that the SDL pays per month, in US dollars."""
        return self.ceiling_usd_hour * self.prices.hours_per_month

    @property
    def list_usd_hour(self) -> Range | None:
        """US dollars per hour at list prices, whatever has been bid; None as for `usd_hour`."""
        return total(self.parts, self.prices)

    @property
    def is_ceiling_under_market(self) -> bool:
        """The SDL pays less than is usual, so that few or none will bid."""
        return self.usd_hour is not None and self.ceiling_usd_hour < self.usd_hour.typical


def total(parts: Iterable[Part], prices: PriceModel) -> Range | None:
    """US dollars per hour of all of them; None where one is not known."""
    usd_month = Range(NOTHING, NOTHING, NOTHING)
    for part in parts:
        if part.usd_month is None:
            return None
        usd_month += part.usd_month
    return usd_month / prices.hours_per_month
