"""The usual values of one service: what they are, whether each can be changed alone, and how the text changes for it.

What a form of an SDL is made of. The text is changed by `patch`, so that everything else of it stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from akash_nb.errors import InvalidInputError
from akash_nb.money import PriceModel, to_decimal
from akash_nb.sdl import arguments, network
from akash_nb.sdl.build import ceiling, image_name
from akash_nb.sdl.compiler import Compiled
from akash_nb.sdl.compiler import compile as compile_sdl
from akash_nb.sdl.patch import REMOVE, patch
from akash_nb.sdl.presets import PRESETS, preset
from akash_nb.sdl.rows import ENV, MODELS, PORTS, Kind
from akash_nb.sdl.storage import VOLUMES, Storage, volumes_of
from akash_nb.sdl.units import gpu_units, text_of
from akash_nb.sdl.values import same
from akash_nb.sdl.vary import ANY, Edit, Places, value_at
from akash_nb.sdl.yaml_loader import Document, load

#: The fields by name; `storage` is the container's own room, gone with it, `volumes` is what it mounts beside it.
NAMES = (
    "image",
    "cpu",
    "memory",
    "storage",
    "volumes",
    "count",
    "gpus",
    "gpu_models",
    "ports",
    "env",
    "region",
    "max_price",
)
LISTS: Mapping[str, Kind] = {"volumes": VOLUMES, "gpu_models": MODELS, "ports": PORTS, "env": ENV}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value.

    Attributes:
        value: As it stands in the document; rows of a list as a tuple; None for nothing, and where it is not one value.
        locked: Why it cannot be changed here; empty when it can.
    """

    value: Any = None
    locked: str = ""


def obstacle(sdl: Compiled) -> str:
    """Why no values can be shown of this SDL, with the place; empty when they can. Parts that do not fit together are
    no obstacle: values may be what mends them."""
    broken = next((issue for issue in sdl.errors if issue.layer in ("yaml", "schema")), None)
    if broken is not None:
        return f"Line {broken.line}: {broken.message}"
    return "" if services(sdl) else "The SDL deploys no service."


def services(sdl: Compiled) -> tuple[str, ...]:
    """The services that have fields: those that are deployed."""
    document = sdl.document
    return tuple(name for name in document["services"] if document["deployment"].get(name))


class Service:
    """One service of an SDL without an `obstacle`.

    Args:
        sdl: The compiled text.
        name: The service.
        prices: Seconds per block and days per month that dollars are converted with.
    """

    def __init__(self, sdl: Compiled, name: str, prices: PriceModel) -> None:
        self._sdl = sdl
        self._name = name
        self._prices = prices
        self._places = Places(sdl.document, name)

    @cached_property
    def fields(self) -> dict[str, Field]:
        """All that it has, by name."""
        return {name: self._field(name) for name in NAMES if self._has(name)}

    def neighbours(self, path: str) -> tuple[str, ...]:
        """Other services that change with it: `profile` for those with its compute profile, `placement` for those on
        its placements."""
        deployment = self._sdl.document["deployment"]
        of_each = {
            name: set(placed) if path == "placement" else {entry["profile"] for entry in placed.values()}
            for name, placed in deployment.items()
        }
        own = of_each[self._name]
        return tuple(name for name, has in of_each.items() if name != self._name and has & own)

    def denom(self) -> str:
        """What the price is counted in; empty where there is none."""
        paths = self._paths("max_price")
        found = value_at(self._sdl.document, (*paths[0][:-1], "denom")) if paths else REMOVE
        return "" if found is REMOVE else str(found)

    def reached_by(self) -> tuple[str, ...]:
        """Who else reaches each port, in words; empty where only what its row says."""
        exposes = value_at(self._sdl.document, ("services", self._name, "expose"))
        return tuple(map(_others, exposes)) if isinstance(exposes, list) else ()

    def locked_volumes(self) -> tuple[str, ...]:
        """Why the row of each volume cannot be changed here; empty where it can."""
        return tuple(next(filter(None, map(self._shared_by, places)), "") for places in self._storage.places())

    def read_only_volumes(self) -> tuple[bool, ...]:
        """Whether each volume is mounted so that nothing is written to it."""
        return self._storage.read_only()

    def changed(self, wanted: Mapping[str, Any]) -> str:
        """The text with these values, given as `build` takes them.

        Raises:
            InvalidInputError: A value cannot be used, or cannot be changed alone; nothing was changed.
        """
        edits = [edit for name, value in wanted.items() for edit in self._edits(name, value)]
        text = self._sdl.text
        for path, value in edits:
            text = patch(text, path, value)
        if "volumes" in wanted:
            text = self._with_volumes(text, wanted["volumes"])
        if text != self._sdl.text and self._sdl.ok and (errors := compile_sdl(text).errors):
            raise InvalidInputError(f"{', '.join(wanted)}: {errors[0].message}", means="Nothing was changed.")
        return text

    def preset(self, name: str) -> dict[str, Any]:
        """The values of a preset. A price ceiling under which nobody would bid on it is lifted to the usual one."""
        size = preset(name)
        wanted: dict[str, Any] = {"cpu": size.cpu, "memory": size.memory, "storage": size.storage, "gpu": size.gpu}
        if not self._has("storage"):
            del wanted["storage"]
        usual = ceiling(
            {
                "cpu": {"units": size.cpu},
                "memory": {"size": size.memory},
                "storage": {"size": size.storage},
                "gpu": arguments.gpu(None if size.gpu == "none" else size.gpu) or {},
            }
        )
        present = _number(self.fields["max_price"].value)
        return wanted | ({"max_price": usual} if present is not None and present < usual else {})

    def present_preset(self) -> str:
        """The preset that it has the sizes of; empty for none."""
        fields = self.fields
        sizes = {name: text_of(fields.get(name, Field()).value) for name in ("cpu", "memory", "storage")}
        models = (fields["gpu_models"].value or ("",)) if fields["gpus"].value else ("none",)
        for name, size in PRESETS.items():
            gpu = (size.gpu,) if size.gpu == "none" or fields["gpus"].value == 1 else None
            if sizes == {"cpu": str(size.cpu), "memory": size.memory, "storage": size.storage} and models == gpu:
                return name
        return ""

    # Where they stand

    def _has(self, name: str) -> bool:
        try:
            return name != "storage" or self._storage.root is not None
        except InvalidInputError:
            return True  # it is not clear where; the field says so

    @cached_property
    def _storage(self) -> Storage:
        path = (*self._places.resources("volumes"), "storage")
        return Storage(self._sdl.document, path, self._name, self.neighbours("profile"))

    def _paths(self, name: str) -> list[Path]:
        match name:
            case "image" | "env":
                return [("services", self._name, name)]
            case "ports":
                return [("services", self._name, "expose")]
            case "gpus":
                return [(*self._places.resources(name), "gpu", "units")]
            case "gpu_models":
                return [(*self._places.resources(name), "gpu", "attributes", "vendor", "nvidia")]
            case "volumes":
                return self._storage.shared()
            case "storage":
                return [(*self._storage.root, "size")] if self._storage.root else []
        return list(self._places.paths(name))

    @cached_property
    def _document(self) -> Document:
        """The text once more, with the places of everything."""
        return load(self._sdl.text)

    def _field(self, name: str) -> Field:
        try:
            paths = self._paths(name)
        except InvalidInputError as error:
            return Field(locked=f"{error.what} Change it in the text.")
        anchor = next(filter(None, map(self._shared_by, paths)), "")
        if name == "volumes":
            return Field(self._storage.rows, anchor)
        values = [value_at(self._sdl.document, path) for path in paths]
        if not values:
            return Field(locked="The SDL has no place for it.")
        if not all(same(values[0], other) for other in values):
            return Field(locked=f"Not the same on each of {', '.join(self._places.placements)}. Change it in the text.")
        found = None if values[0] is REMOVE else values[0]
        if name in LISTS:
            found = LISTS[name].rows(found)
        if name == "gpus":
            found = gpu_units(found)
        return Field(found, anchor)

    def _shared_by(self, path: Path) -> str:
        """Why what stands there cannot be changed alone; empty when it can."""
        anchor = _shared(self._document, self._sdl.text, path)
        return f"Shared by {anchor} with other places. Change it in the text." if anchor else ""

    # What changes them

    def _edits(self, name: str, value: Any) -> Iterator[Edit]:
        """What has to change for a value; nothing where it is there already."""
        if name != "gpu" and not (name in NAMES and self._has(name)):
            raise InvalidInputError(
                f"There is no field {name!r} here.",
                means="Nothing was changed.",
                todo=f"There are: {', '.join(filter(self._has, NAMES))}.",
            )
        field = self._field(name)
        if name in LISTS and value == field.value:
            return
        if name not in LISTS and name != "gpu" and _text(value) == _text(field.value):
            return
        if field.locked:
            raise InvalidInputError(f"{name}: {field.locked}", means="Nothing was changed.")
        if name == "volumes":
            return  # more than values: `_with_volumes` does it
        for path, new in self._wanted(name, value, field):
            if not same(value_at(self._sdl.document, path), new):
                yield Edit(path, new)

    def _wanted(self, name: str, value: Any, field: Field) -> Iterable[tuple[Path, Any]]:
        if name in LISTS:
            return self._rows(name, LISTS[name], value)
        if name == "gpus":
            return self._gpus(value)
        if name == "image":
            return [(self._paths(name)[0], image_name(value))]
        if name == "storage":
            return [(self._paths(name)[0], arguments.size(name, value, network.VOLUME))]
        if name == "count" and isinstance(value, str) and value.isdecimal():
            value = int(value)
        if name == "region" and value in (None, ""):
            value = ANY
        return self._places.edits(name, value, self._prices)

    def _with_volumes(self, text: str, value: Any) -> str:
        """The text with these volumes; not where one changes whose row is locked."""
        rows, given = self._storage.rows, volumes_of(value)
        for row, why in zip(rows, self.locked_volumes(), strict=True):
            if why and row not in given:
                raise InvalidInputError(f"volumes: {why}", means="Nothing was changed.")
        return self._storage.changed(text, given)

    def _rows(self, name: str, kind: Kind, value: Any) -> Iterator[tuple[Path, Any]]:
        (path,) = self._paths(name)
        found = value_at(self._sdl.document, path)
        items = found if isinstance(found, list) else []
        wanted = kind.wanted(items, value)
        if name == "gpu_models" and not self._has_gpus():
            if wanted:
                yield path[:-3], {"units": 1, "attributes": {"vendor": {"nvidia": [kind.item(row) for row in wanted]}}}
        elif items and not wanted:
            yield path, None if name == "gpu_models" else REMOVE
        else:
            yield from (((*path, *inside), new) for inside, new in kind.changes(items, wanted))

    def _gpus(self, value: Any) -> Iterator[tuple[Path, Any]]:
        (path,) = self._paths("gpus")
        units = int(value) if isinstance(value, str) and value.isdecimal() else arguments.whole(value)
        if units is None or not 0 <= units <= network.GPU[1]:
            raise arguments.refused("gpus", value, f"is no number of GPUs from 0 to {network.GPU[1]}.")
        if units and self._has_gpus():
            yield path, units
        else:
            yield path[:-1], arguments.gpu(units) or REMOVE

    def _has_gpus(self) -> bool:
        attributes = value_at(self._sdl.document, (*self._places.resources("gpus"), "gpu", "attributes"))
        return attributes is not REMOVE


def _text(value: Any) -> str:
    """A value as a form shows it."""
    return "" if value is None else text_of(value)


def _others(expose: Mapping[str, Any]) -> str:
    names = [f"service {to['service']}" for to in expose.get("to") or () if to.get("service")]
    names += [f"address {to['ip']}" for to in expose.get("to") or () if to.get("ip")]
    return ", ".join([*names, *expose.get("accept", ())])


def _number(value: Any) -> Decimal | None:
    try:
        return to_decimal(value)
    except ValueError:
        return None


def _shared(document: Document, text: str, path: Path) -> str:
    """What shares a value with other places: an alias or a merge on the way to it; empty when it stands alone."""
    value = document.value
    for depth, key in enumerate(path):
        inside = document.entries(value).get(key)
        if inside is None:
            return ""
        held, (key_event, event) = document.held[id(value)], inside
        anchor = event.anchor
        if anchor and re.search(rf"\*{re.escape(anchor)}(?![\w-])", text):
            return f"the anchor &{anchor}"
        is_own = held.start.start_mark.index <= key_event.start_mark.index <= held.end.end_mark.index
        if not is_own and depth < len(path) - 1:  # else it is overridden
            return "a merge (<<)"
        value = value[key]
    return ""
