"""Whether the service is well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from akash_nb.models.wire import Json, text


@dataclass(frozen=True, slots=True)
class Health:
    """The service's own view of what it depends on."""

    database: bool
    job_queue: bool

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(bool(value["postgres"]), bool(value["jobQueue"]))

    @property
    def is_well(self) -> bool:
        return self.database and self.job_queue


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Version and memory of the service's process; memory sizes are texts such as `312.5 MB`."""

    version: str
    memory_rss: str
    memory_heap_used: str

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        memory = value.get("memory") or {}
        return cls(str(value["version"]), text(memory.get("rss")), text(memory.get("heapUsed")))
