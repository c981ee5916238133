"""A demand, the ways to ask for less of it, and where in a document a group's demands stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from akash_nb.sdl import Compiled, GroupDemand, UnitDemand
from akash_nb.sdl.semantic import volumes
from akash_nb.sdl.vary import Edit, value_at

Json: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]


class Step(NamedTuple):
    """One way to ask for less.

    Attributes:
        edits: What changes in the SDL.
        change: The same in a few words: `location-region: moon → any`.
        left: What is still asked for, as a clause: `with at most 256 CPU`.
    """

    edits: tuple[Edit, ...]
    change: str
    left: str


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A demand and the ways to ask for less of it, each of which lets in all that those before it do.

    Attributes:
        kind: `region`, `attribute`, `signatures`, `model`, `trial` (a model that the wallet may not rent), `any` (which
            may be such a one), `class`, `ip`, `tee`, `reclamation`, `replicas`, `cpu`, `memory`, `storage` or `gpus`.
        title: The demand: `region moon`.
        advice: What to do about it.
    """

    kind: str
    title: str
    advice: str
    steps: tuple[Step, ...]


class Group:
    """What a group demands, and where that stands in the document.

    Attributes:
        services: The names of its services.
        units: What those ask for that share a compute profile.
    """

    def __init__(self, sdl: Compiled, demand: GroupDemand) -> None:
        self.sdl = sdl
        self.document: Json = sdl.document
        self.name = demand.name
        self.units = demand.units
        self.services = [service for unit in demand.units for service in unit.services]

    @property
    def placement(self) -> Path:
        return ("profiles", "placement", self.name)

    def resources(self, unit: UnitDemand) -> Path:
        return ("profiles", "compute", unit.profile, "resources")

    def volumes(self, unit: UnitDemand) -> Iterator[tuple[Path, Json]]:
        """Each volume of a unit with its place; a single one may be written without a list."""
        resources = self.at(self.resources(unit))
        path = (*self.resources(unit), "storage")
        for index, volume in enumerate(volumes(resources)):
            yield ((*path, index) if isinstance(resources["storage"], list) else path), volume

    def at(self, path: Path) -> Any:
        """What stands at a place; `REMOVE` for nothing."""
        return value_at(self.document, path)

    def mapping(self, *path: str | int) -> Json:
        """The mapping at a place; empty for nothing."""
        found = self.at(path)
        return found if isinstance(found, dict) else {}

    def outermost(self, *path: str | int) -> Path:
        """The place to take away so that a key goes: that of its mapping where it is alone in it, rather than to leave
        an empty one."""
        return path[:-1] if len(self.mapping(*path[:-1])) == 1 else path
