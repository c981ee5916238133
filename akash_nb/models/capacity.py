"""How much of what there is: of one provider, or of the whole network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from akash_nb.models.wire import Json


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of one resource is leased, free, promised to open bids, and there at all."""

    active: int
    available: int
    pending: int
    total: int

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """`total` is missing in older answers; then it is the sum of the others."""
        active, available, pending = (int(value.get(key) or 0) for key in ("active", "available", "pending"))
        total = value.get("total")
        return cls(active, available, pending, active + available + pending if total is None else int(total))


@dataclass(frozen=True, slots=True)
class Capacity:
    """Resources of a provider or of the network: CPU in millicores, memory and storage in bytes, GPUs in units."""

    cpu_millicores: Amounts
    gpu_units: Amounts
    memory_bytes: Amounts
    ephemeral_bytes: Amounts
    persistent_bytes: Amounts

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        storage = value.get("storage") or {}
        return cls(
            *(Amounts.from_wire(value.get(key) or {}) for key in ("cpu", "gpu", "memory")),
            *(Amounts.from_wire(storage.get(key) or {}) for key in ("ephemeral", "persistent")),
        )
