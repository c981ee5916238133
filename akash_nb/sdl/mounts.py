"""A persistent volume of a compute profile: added together with its mounts, and taken away again with them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, count
from typing import Any

from akash_nb.errors import InvalidInputError
from akash_nb.sdl.patch import REMOVE, listed, patch
from akash_nb.sdl.vary import value_at
from akash_nb.sdl.yaml_loader import load

Path = tuple[str | int, ...]

#: What a new volume is called, where it is mounted, and of what class it is (beta2: SSD).
NAME, MOUNT, CLASS = "data", "/data", "beta2"


def with_volume(text: str, services: Iterable[str], storage: Path, size: str) -> str:
    """The text with one more volume, mounted in all that have it; everything else of it stays.

    Args:
        services: Those of the profile.
        storage: Where the storage of the profile stands: one volume, or a list of them.

    Raises:
        InvalidInputError: There is no storage that it could stand beside.
    """
    document = load(text).value
    found = value_at(document, storage)
    if not isinstance(found, dict | list):
        raise InvalidInputError("The SDL has no place for a volume.", means="Nothing was changed.")
    beside = [found] if isinstance(found, dict) else found
    mounts = {service: value_at(document, _mounts(service)) for service in services}
    present = [each for each in mounts.values() if isinstance(each, dict)]
    name = _free(NAME, {volume.get("name") for volume in beside}.union(*present))
    volume = {"name": name, "size": size, "attributes": {"persistent": True, "class": CLASS}}
    text = listed(text, storage) if isinstance(found, dict) else text
    text = patch(text, (*storage, len(beside)), volume)
    mount = _free(MOUNT, {options.get("mount") for each in present for options in each.values()})
    for service in mounts:
        text = patch(text, (*_mounts(service), name), {"mount": mount})
    return text


def without_volume(text: str, services: Iterable[str], storage: Path, index: int) -> str:
    """The text without a volume of a list, and without what mounts it."""
    name = value_at(load(text).value, (*storage, index, "name"))
    text = patch(text, (*storage, index), REMOVE)
    for service in services:
        text = _without_mount(text, (*_mounts(service), str(name)))
    return text


def _without_mount(text: str, mount: Path) -> str:
    document = load(text).value
    if value_at(document, mount) is REMOVE:
        return text
    while len(value_at(document, mount[:-1])) == 1 and len(mount) > 3:
        mount = mount[:-1]  # nothing else is in there
    return patch(text, mount, REMOVE)


def _mounts(service: str) -> Path:
    return ("services", service, "params", "storage")


def _free(name: str, taken: set[Any]) -> str:
    """The name, with a number where it is taken."""
    return next(each for each in chain([name], (f"{name}{n}" for n in count(2))) if each not in taken)
