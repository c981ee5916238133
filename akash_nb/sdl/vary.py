"""The same workload in another size: a handful of values of an SDL changed by name, wherever they stand.

What has to change is worked out once (`edits`). `vary` makes it in the text, where comments and layout stay; `applied`
makes it in the parsed document, as `compile(text, amend=...)` takes it, which is what sweeps over many sizes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.money import PriceModel
from akash_nb.sdl import arguments, network
from akash_nb.sdl.compiler import Amend, Compiled
from akash_nb.sdl.compiler import compile as compile_sdl
from akash_nb.sdl.demands import REGION
from akash_nb.sdl.patch import REMOVE, patch
from akash_nb.sdl.rendering import render
from akash_nb.sdl.semantic import is_persistent, volumes
from akash_nb.sdl.values import same

#: Without GPUs, in any region.
NONE, ANY = "none", "any"

Json = dict[str, Any]


class Edit(NamedTuple):
    """A value of an SDL and what it becomes; `REMOVE` takes it away."""

    path: tuple[str | int, ...]
    value: Any


def vary(
    text: str,
    *,
    service: str | None = None,
    cpu: float | Decimal | str | None = None,
    memory: str | None = None,
    storage: str | None = None,
    gpu: int | str | None = None,
    count: int | None = None,
    region: str | None = None,
    max_price: float | Decimal | str | None = None,
    prices: PriceModel | None = None,
) -> str:
    """The text with these values changed in place; comments and everything else stay as they are. What is None stays
    as it is.

    Args:
        text: A valid SDL.
        service: Whose values to change; needed only where the SDL has several compute profiles. Services that share
            its profile change with it.
        cpu, memory: Of one replica, such as `0.5` or `"500m"`, and `"512Mi"`.
        storage: Of one replica, such as `"1Gi"`: its only volume, else the one that is gone when the lease ends.
        gpu: Of one replica: a model (`"a100"`), several (`"a100:2"`), how many of any model, `0` or `"none"`.
        count: Replicas of the service.
        region: The provider's attribute `location-region`, such as `"na-us-west"`; `"any"` for anywhere.
        max_price: The most that is paid for one replica: uact per block, or dollars as `"$0.50/h"` or `"$30/month"`.
        prices: Seconds per block and days per month that dollars are converted with; None for the web Console's.

    Raises:
        SDLError: The SDL has errors.
        InvalidInputError: A value cannot be used, or it is not clear where it goes; the text was not changed.
    """
    given = {"cpu": cpu, "memory": memory, "storage": storage, "gpu": gpu, "count": count, "region": region}
    compiled = compile_sdl(arguments.text("text", text))
    for edit in edits(compiled, {**given, "max_price": max_price}, service=service, prices=prices):
        text = patch(text, edit.path, edit.value)
    return text


def edits(
    sdl: Compiled, given: Json, *, service: str | None = None, prices: PriceModel | None = None
) -> tuple[Edit, ...]:
    """What has to change in an SDL, one after the other, so that it has these values; what has them already does not.

    Args:
        given: By the names of `vary`'s arguments; None leaves as it is.

    Raises:
        SDLError: The SDL has errors.
        InvalidInputError: A value cannot be used, or it is not clear where it goes.
    """
    if sdl.errors:
        raise SDLError(sdl.errors, render(sdl))
    places = Places(sdl.document, service)
    found = [
        edit
        for name, value in given.items()
        if value is not None
        for edit in places.edits(name, value, prices or PriceModel())
    ]
    return tuple(edit for edit in found if not same(value_at(sdl.document, edit.path), edit.value))


def applied(changes: Iterable[Edit]) -> Amend:
    """What makes these changes in a parsed document."""

    def amend(document: Json) -> None:
        for path, value in changes:
            _set(document, path, value)

    return amend


class Places:
    """Where the values of a service stand in a valid document, by the names of `vary`'s arguments.

    Attributes:
        placements: The names of those that the service is on; of all without one.

    Raises:
        InvalidInputError: There is no such service.
    """

    def __init__(self, document: Json, service: str | None = None) -> None:
        deployment = document["deployment"]
        if service is not None and str(service) not in document["services"]:
            there_are = f"There are: {', '.join(document['services'])}."
            raise _refused(f"service: {arguments.shown(service)} is no service of the SDL.", there_are)
        self._document = document
        self._service = service
        self._services = [service] if service else [name for name in deployment if name in document["services"]]
        entries = [(name, *entry) for name in self._services for entry in deployment[name].items()]
        self._profiles = list(dict.fromkeys(entry["profile"] for _, _, entry in entries))
        self.placements = list(dict.fromkeys(placement for _, placement, _ in entries))

    def present(self, name: str) -> Any:
        """What the document has there; None for nothing, and where that is not one value."""
        try:
            first, *others = (value_at(self._document, path) for path in self.paths(name))
        except InvalidInputError:
            return None
        return None if first is REMOVE or not all(same(first, other) for other in others) else first

    def edits(self, name: str, value: Any, prices: PriceModel) -> Iterator[Edit]:
        """What makes them this value; also of those that have it."""
        new = self._parsed(name, value, prices)
        for path in self.paths(name):
            if name == "max_price":  # what it is counted in
                yield Edit((*path[:-1], "denom"), "uact")
            if name == "region" and new is REMOVE and _is_only(value_at(self._document, path[:-1]), REGION):
                path = path[:-1]  # rather than to leave an empty mapping
            yield Edit(path, new)

    def paths(self, name: str) -> list[tuple[str | int, ...]]:
        """Where they stand.

        Raises:
            InvalidInputError: It is not clear which one is meant.
        """
        placements = [("profiles", "placement", placement) for placement in self.placements]
        match name:
            case "count":
                service = self._one("count", "services", self._services)
                return [
                    ("deployment", service, placement, "count") for placement in self._document["deployment"][service]
                ]
            case "region":
                return [(*placement, "attributes", REGION) for placement in placements]
            case "max_price":
                profile = self._profile(name)
                prices = [(*placement, "pricing", profile) for placement in placements]
                return [(*price, "amount") for price in prices if value_at(self._document, price) is not REMOVE]
        resources = self.resources(name)
        if name == "storage":
            return [self._volume((*resources, "storage"))]
        return [(*resources, *{"cpu": ("cpu", "units"), "memory": ("memory", "size"), "gpu": ("gpu",)}[name])]

    def resources(self, name: str) -> tuple[str | int, ...]:
        """Where the resources stand that a value is among.

        Raises:
            InvalidInputError: It is not clear which ones are meant.
        """
        return ("profiles", "compute", self._profile(name), "resources")

    def _parsed(self, name: str, value: Any, prices: PriceModel) -> Any:
        match name:
            case "cpu":
                return arguments.cpu(value)
            case "memory":
                return arguments.size(name, value, network.MEMORY)
            case "storage":
                return arguments.size(name, value, network.VOLUME)
            case "gpu":
                return arguments.gpu(None if same(value, NONE) else value) or REMOVE
            case "count":
                return arguments.count(value)
            case "region":
                return REMOVE if same(value, ANY) else arguments.region(value)
            case _:
                return arguments.price(value, prices)

    def _volume(self, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
        """The size of the only volume, else of the only one that is gone when the lease ends."""
        found = volumes(value_at(self._document, path[:-1]))
        own = [index for index, volume in enumerate(found) if len(found) == 1 or not _is_extra(volume)]
        if len(own) != 1:
            raise _refused(
                f"storage: {path[-3]!r} has {len(found)} volumes, and it is not clear which one is meant.",
                "Change it with sdl.patch.",
            )
        return (*path, *own, "size") if isinstance(value_at(self._document, path), list) else (*path, "size")

    def _profile(self, argument: str) -> str:
        return self._one(argument, "compute profiles", self._profiles)

    def _one(self, argument: str, what: str, found: list[str]) -> str:
        if len(found) == 1:
            return found[0]
        if self._service:
            text = f"{argument}: {self._service!r} uses {len(found)} {what}, and one is needed."
            raise _refused(text, "Change them with sdl.patch.")
        text = f"{argument}: the SDL has several {what}, and it is not clear which one is meant."
        raise _refused(text, f"Name a service: {', '.join(self._services)}.")


def _is_extra(volume: Json) -> bool:
    return is_persistent(volume) or volume.get("attributes", {}).get("class") == "ram"


def _is_only(mapping: Any, key: str) -> bool:
    return isinstance(mapping, dict) and list(mapping) == [key]


def value_at(document: Any, path: Iterable[str | int]) -> Any:
    """What stands at a place; `REMOVE` for nothing."""
    value = document
    for key in path:
        if isinstance(value, dict):
            value = value.get(str(key), REMOVE)
        else:
            is_there = isinstance(value, list) and isinstance(key, int) and key < len(value)
            value = value[key] if is_there else REMOVE
    return value


def _set(document: Json, path: tuple[str | int, ...], value: Any) -> None:
    """Change a value; what holds it is copied on the way, since an alias may stand for it elsewhere too."""
    holder: Any = document
    for key in path[:-1]:
        inside = holder.get(key, {}) if isinstance(holder, dict) else holder[key]
        holder[key] = inside = list(inside) if isinstance(inside, list) else dict(inside or {})
        holder = inside
    if value is not REMOVE:
        holder[path[-1]] = value
    elif path[-1] in holder:
        del holder[path[-1]]


def _refused(what: str, todo: str) -> InvalidInputError:
    return InvalidInputError(what, means="Nothing was changed.", todo=todo)
