"""The storage of a service: the room of its container, and the volumes beside it with where they are mounted.

A volume stands in two places: in its compute profile, and, by its name, in `params.storage` of each service of the
profile. Both change together here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any, NamedTuple

from akash_nb.errors import InvalidInputError
from akash_nb.sdl import arguments, network
from akash_nb.sdl.patch import REMOVE, listed, patch, renamed
from akash_nb.sdl.rows import Changes, Kind, Path
from akash_nb.sdl.semantic import is_persistent
from akash_nb.sdl.vary import value_at
from akash_nb.sdl.yaml_loader import load

#: Classes of volumes: HDD, SSD and NVMe that stay as long as the lease; `ram` is memory, and gone with the container.
CLASSES = ("beta1", "beta2", "beta3", "ram")
#: What a new volume is called, and of what class it is.
NAME, CLASS = "data", "beta2"

#: Not `default`: so the network calls a volume without a name (SDL facts §5.1).
_NAME = re.compile(r"(?!default\Z)[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\Z")


class Volume(NamedTuple):
    """A volume beside the room of the container.

    Attributes:
        size: Such as `10Gi`.
        name: None for one that is free.
        storage_class: One of `CLASSES`; empty for a part of the container's own room, gone with it.
        mount: Where it is in the container, such as `/data`; empty for nowhere, None for a place after its name.
    """

    size: str
    name: str | None = None
    storage_class: str = CLASS
    mount: str | None = None


class Storage:
    """The storage of a service in a document.

    Args:
        document: The parsed SDL.
        path: Where the storage of its compute profile stands: one volume, or a list of them.
        service: The service.
        beside: Others with that profile: what it mounts they mount too.
    """

    def __init__(self, document: Any, path: Path, service: str, beside: Iterable[str] = ()) -> None:
        self._document = document
        self._path = path
        self._services = (service, *beside)
        found = value_at(document, path)
        self._is_list = isinstance(found, list)
        self._items = [
            {**volume, "mount": self._mounts(service).get(volume.get("name"), "")}
            for volume in (found if isinstance(found, list) else [found])
        ]

    @property
    def root(self) -> Path | None:
        """Where the container's own room stands; None where all volumes are mounted ones."""
        index = self._root
        return None if index is None else self._at(index)

    @property
    def rows(self) -> tuple[Volume, ...]:
        """The volumes but for the container's own room."""
        return tuple(VOLUMES.row(self._items[index]) for index in self._extra)

    def places(self) -> list[tuple[Path, ...]]:
        """Where the values of each row stand."""
        return [tuple(self._places_of(index)) for index in self._extra]

    def shared(self) -> list[Path]:
        """What holds all of the rows: the list of the profile, and what each service mounts."""
        return [self._path, *map(_mounts, self._services)]

    def read_only(self) -> tuple[bool, ...]:
        """Whether each row is mounted so that nothing is written to it."""
        return tuple(
            value_at(self._document, (*_mounts(self._services[0]), row.name or "", "readOnly")) is True
            for row in self.rows
        )

    def changed(self, text: str, given: Any) -> str:
        """The text of the document with these volumes beside the container's own room; everything else of it stays.

        Args:
            given: Volumes, or sizes of new ones.

        Raises:
            InvalidInputError: One cannot be used, or cannot be changed alone; or nothing would be left.
        """
        wanted = self._wanted(given)
        if not wanted:
            raise InvalidInputError("volumes: the container has no other storage.", means="Nothing was changed.")
        kept, new = VOLUMES.paired(VOLUMES.rows(self._items), list(wanted))
        text = self._in_profile(text, wanted)
        for index, row in kept.items():
            present = VOLUMES.row(self._items[index])
            if row != present:
                text = self._mounted_as(text, present, row)
        for index, item in enumerate(self._items):
            if index not in kept and item.get("name"):
                for service in self._services:
                    text = _without_mount(text, (*_mounts(service), item["name"]))
        for row in new:
            text = self._mounted(text, row)
        return text

    # Which is which

    @property
    def _root(self) -> int | None:
        """The first volume that is gone with the container and mounted nowhere (rule 6 of the reference)."""
        mounted = {name for service in self._services for name, mount in self._mounts(service).items() if mount}
        own = (
            index
            for index, item in enumerate(self._items)
            if not (is_persistent(item) or _class(item) or item.get("name") in mounted)
        )
        return next(own, None)

    @property
    def _extra(self) -> list[int]:
        return [index for index in range(len(self._items)) if index != self._root]

    def _at(self, index: int) -> Path:
        return (*self._path, index) if self._is_list else self._path

    def _places_of(self, index: int) -> Iterator[Path]:
        yield from ((*self._at(index), *inside) for inside in (("name",), ("size",), ("attributes", "class")))
        for service in self._services:
            yield (*_mounts(service), str(self._items[index].get("name")), "mount")

    def _mounts(self, service: str) -> Mapping[Any, str]:
        """Volume -> where a service has it; empty for nowhere."""
        found = value_at(self._document, _mounts(service))
        return {name: options.get("mount", "") for name, options in found.items()} if isinstance(found, dict) else {}

    # What is wanted

    def _wanted(self, given: Any) -> list[Volume]:
        """The rows of the whole list: that of the container's own room first, with names and places for all."""
        present = self.rows
        own = [] if self._root is None else [VOLUMES.row(self._items[self._root])]
        wanted = VOLUMES.wanted(self._items, [*own, *volumes_of(given)])
        wanted[len(own) :] = [_checked(row, present) for row in wanted[len(own) :]]
        names = {row.name for row in wanted}
        mounts = {row.mount for row in wanted}.union(*(self._mounts(service).values() for service in self._services))
        for index, row in enumerate(wanted):
            name = _free(NAME, names) if row.name is None else row.name
            mount = _free(f"/{name}", mounts) if row.mount is None else row.mount
            names.add(name)
            mounts.add(mount)
            wanted[index] = row._replace(name=name, mount=mount)
        for row in wanted:
            if row.mount and row not in present and [other.mount for other in wanted].count(row.mount) > 1:
                raise arguments.refused("volumes", row.mount, "is where another volume is.")
        return wanted

    # What changes

    def _in_profile(self, text: str, wanted: list[Volume]) -> str:
        if not self._is_list and len(wanted) > 1:
            text = listed(text, self._path)
        is_list = self._is_list or len(wanted) > 1
        for (index, *inside), value in VOLUMES.changes(self._items, wanted):
            text = patch(text, (*self._path, *((index,) if is_list else ()), *inside), value)
        return text

    def _mounted_as(self, text: str, present: Volume, row: Volume) -> str:
        """The text with a volume's name and place changed where it is mounted."""
        if not row.name:
            if row.mount:
                raise arguments.refused("volumes", row.mount, "is for a volume that has a name.")
            return text
        if row.name != present.name:
            for service in self._services:
                mount = (*_mounts(service), str(present.name))
                if value_at(load(text).value, mount) is not REMOVE:
                    text = renamed(text, mount, row.name)
        if row.mount != present.mount:
            text = patch(text, (*_mounts(self._services[0]), row.name, "mount"), row.mount)
        return self._mounted(text, row) if row.storage_class not in ("", "ram") else text

    def _mounted(self, text: str, row: Volume) -> str:
        """The text with the volume mounted in all services that do not have it: a persistent one has to be."""
        document = load(text).value
        for service in self._services:
            mount = (*_mounts(service), str(row.name), "mount")
            if value_at(document, mount) is REMOVE:
                text = patch(text, mount, row.mount)
        return text


def _mounts(service: str) -> Path:
    return ("services", service, "params", "storage")


def _without_mount(text: str, mount: Path) -> str:
    document = load(text).value
    if value_at(document, mount) is REMOVE:
        return text
    while len(value_at(document, mount[:-1])) == 1 and len(mount) > 3:
        mount = mount[:-1]  # nothing else is in there
    return patch(text, mount, REMOVE)


def _free(name: str, taken: set[Any]) -> str:
    """The name, with a number where it is taken."""
    return next(each for each in chain([name], (f"{name}{n}" for n in count(2))) if each not in taken)


def volumes_of(given: Any) -> list[Any]:
    """What people give for volumes, as a list: one or several, or sizes of new ones."""
    is_one = isinstance(given, str | bytes | Volume | Mapping) or not isinstance(given, Iterable)
    return [given] if is_one else list(given)


# Volumes as rows of a list


def _class(item: Any) -> str:
    return str(item.get("attributes", {}).get("class", ""))


def _checked(row: Volume, present: Sequence[Volume]) -> Volume:
    """The row; what one of those has that are there may be odd.

    Raises:
        InvalidInputError: Something of it cannot be used.
    """
    sizes, names, classes, mounts = (set(values) for values in zip(*present, strict=True)) if present else [set()] * 4
    if row.size not in sizes:
        arguments.size("volumes", row.size, network.VOLUME)
    if row.name not in {None, *names} and not _NAME.match(arguments.text("volumes", row.name)):
        raise arguments.refused("volumes", row.name, "is no name of a volume: a-z, 0-9 and -.")
    if row.storage_class not in {"", *CLASSES, *classes}:
        raise arguments.refused("volumes", row.storage_class, f"is no class of storage: {', '.join(CLASSES)}.")
    if row.mount not in {None, *mounts} and not arguments.text("volumes", row.mount).startswith("/"):
        raise arguments.refused("volumes", row.mount, "is no path in the container: it begins with /.")
    return row


def _row(item: Any) -> Volume:
    return Volume(str(item["size"]), str(item.get("name", "")), _class(item), str(item.get("mount", "")))


def _item(row: Volume) -> Any:
    volume: dict[str, Any] = {"name": row.name, "size": row.size}
    return volume | ({"attributes": _attributes(row.storage_class)} if row.storage_class else {})


def _attributes(storage_class: str) -> dict[str, Any]:
    return {"persistent": storage_class != "ram", "class": storage_class}


def _inside(item: Any, row: Volume) -> Changes:
    present = _row(item)
    if row.name != present.name:
        yield ("name",), row.name
    if row.size != present.size:
        yield ("size",), row.size
    if row.storage_class == present.storage_class:
        return
    if not row.storage_class:
        yield ("attributes",), REMOVE
    elif not present.storage_class:
        yield ("attributes",), _attributes(row.storage_class)
    else:
        yield ("attributes", "class"), row.storage_class
        if is_persistent(item) != (row.storage_class != "ram"):
            yield ("attributes", "persistent"), row.storage_class != "ram"


VOLUMES = Kind(
    title="volumes",
    parse=lambda given: given if isinstance(given, Volume) else Volume(given),
    row=_row,
    name=lambda row: row.name or "",
    key=lambda row: row.name or object(),  # one without a name is like no other
    item=_item,
    inside=_inside,
)
