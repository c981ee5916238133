"""Warnings: the SDL compiles, but the chain or the providers would refuse it, or it does not do what it seems to.

Sources: chain limits (contract §11.7; chain-sdk Go validation, SDL facts §8), names by Kubernetes' rules.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from akash_nb.money import to_decimal
from akash_nb.sdl.groups import Group
from akash_nb.sdl.hints import binary_size_hint
from akash_nb.sdl.issues import Finding, Path, at
from akash_nb.sdl.semantic import has_gpus, volumes
from akash_nb.sdl.units import cpu_millicores, gpu_units, size_bytes
from akash_nb.units import format_bytes, format_cpu

MI, TI = 2**20, 2**40
#: Limits of one replica (contract §11.7): CPU in millicores, sizes in bytes.
CPU = (10, 384_000)
GPU = (0, 24)
MEMORY = (MI, 2 * TI)
VOLUME = (5 * MI, 32 * TI)
MAX_PRICE = 10_000_000
MAX_REPLICAS = 50
MAX_GROUPS = 20
MAX_UNITS = 20
#: A group as a whole may ask for this many times the limit of a unit (SDL facts §8).
GROUP_FACTOR = 50

SERVICE_NAME = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?\Z")
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\Z")
ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*\Z")
MAX_LABEL, _MAX_HOST = 63, 255


def check(sdl: dict[str, Any], groups: list[Group]) -> list[Finding]:
    """What the network would object to in a valid SDL."""
    return [*_deployment(sdl, groups), *_profiles(sdl, groups), *_prices(groups), *_services(sdl)]


def _warning(message: str, path: Path, key: str | None = None) -> Finding:
    return Finding(message, path, "network", key)


def _deployment(sdl: dict[str, Any], groups: list[Group]) -> Iterator[Finding]:
    """The deployment as a whole."""
    if not groups:
        yield _warning("There is nothing to deploy: the SDL has no services.", at("services"))
    elif not any(to.get("global") for _, to in _targets(sdl)):
        yield _warning(
            "No service is exposed globally (`to: [{global: true}]`); providers refuse such a manifest.", at("services")
        )
    if len(groups) > MAX_GROUPS:
        yield _warning(f"{len(groups)} placements make as many groups; the chain takes {MAX_GROUPS}.", at("deployment"))
    denoms = {unit.price["denom"] for group in groups for unit in group.units.values()}
    if len(denoms) > 1:
        message = f"Prices are in {' and '.join(sorted(denoms))}; a deployment has one denom."
        yield _warning(message, at("profiles", "placement"))


def _profiles(sdl: dict[str, Any], groups: list[Group]) -> Iterator[Finding]:
    """Each compute profile that is used, and what groups ask for in sum."""
    used = {profile for group in groups for profile in group.units}
    for profile, compute in sdl["profiles"]["compute"].items():
        path = at("profiles", "compute", profile)
        if profile in used:
            yield from _resources(compute["resources"], (path, "resources"))
        else:
            yield _warning(f'No service uses the compute profile "{profile}".', path)
    for group in groups:
        if len(group.units) > MAX_UNITS:
            message = f'Placement "{group.name}" has {len(group.units)} resource units; the chain takes {MAX_UNITS}.'
            yield _warning(message, at("profiles", "placement", group.name))
        for unit in group.units.values():
            if unit.count > MAX_REPLICAS:
                message = f'Profile "{unit.profile}" has {unit.count} replicas; the chain takes {MAX_REPLICAS}.'
                yield _warning(message, at("deployment", unit.service, group.name, "count"))
        yield from _sums(sdl, group)


def _resources(resources: dict[str, Any], path: Path) -> Iterator[Finding]:
    """The limits of one replica."""
    cpu = cpu_millicores(resources["cpu"]["units"])
    yield from _within(cpu, CPU, "CPU", format_cpu, ((path, "cpu"), "units"))
    if not math.isfinite(cpu) or cpu != int(cpu):
        yield _warning(f"{cpu} thousandths of a CPU is no whole number.", ((path, "cpu"), "units"))
    gpus = gpu_units(resources.get("gpu", {}).get("units"))
    yield from _within(gpus, GPU, "GPU", lambda n: f"{n:g} GPU", ((path, "gpu"), "units"))
    if gpus != gpus or gpus != math.floor(gpus if math.isfinite(gpus) else 0.5):
        yield _warning("The number of GPUs must be whole.", ((path, "gpu"), "units"))
    vendors = resources.get("gpu", {}).get("attributes", {}).get("vendor", {})
    if has_gpus(resources) and vendors.get("nvidia", ()) == []:
        yield _warning(
            "An empty list of GPU models asks for no kind of GPU; leave it empty (`nvidia:`) for any model.",
            ((((path, "gpu"), "attributes"), "vendor"), "nvidia"),
        )
    yield from _size(resources["memory"]["size"], MEMORY, "memory", ((path, "memory"), "size"))
    names: set[str] = set()
    for index, volume in enumerate(volumes(resources)):
        here: Path = (path, "storage")
        place: Path = (here, index) if type(resources["storage"]) is list else here
        yield from _size(volume["size"], VOLUME, "storage", (place, "size"))
        name = volume.get("name") or "default"
        if name in names:
            yield _warning(f'There are two volumes named "{name}".', (place, "name"))
        names.add(name)


def _size(text: str, limits: tuple[int, int], what: str, path: Path) -> Iterator[Finding]:
    size = size_bytes(text)
    if size is None or size != size:
        yield _warning(f'"{text}" is no number of bytes.', path)
        return
    yield from _within(size, limits, what, format_bytes, path)
    if binary_size_hint(text):
        yield _warning(f"{text} counts in thousands, not in 1024s.", path)


def _within(value: float, limits: tuple[int, int], what: str, shown: Any, path: Path) -> Iterator[Finding]:
    least, most = limits
    if value < least or value > most:
        extreme = f"at least {shown(least)}" if value < least else f"at most {shown(most)}"
        given = shown(value) if math.isfinite(value) else "infinite"
        yield _warning(f"The network takes {extreme} of {what} per replica; this is {given}.", path)


def _sums(sdl: dict[str, Any], group: Group) -> Iterator[Finding]:
    """What all replicas of a group ask for together."""
    totals = {"CPU": 0.0, "memory": 0.0, "GPU": 0.0}
    for profile, unit in group.units.items():
        resources = sdl["profiles"]["compute"][profile]["resources"]
        totals["CPU"] += unit.count * cpu_millicores(resources["cpu"]["units"])
        totals["memory"] += unit.count * (size_bytes(resources["memory"]["size"]) or 0)
        totals["GPU"] += unit.count * gpu_units(resources.get("gpu", {}).get("units"))
    for what, (_, most) in (("CPU", CPU), ("memory", MEMORY), ("GPU", GPU)):
        if totals[what] > most * GROUP_FACTOR:
            message = f'Placement "{group.name}" asks for more {what} than the chain allows one group.'
            yield _warning(message, at("profiles", "placement", group.name))


def _prices(groups: list[Group]) -> Iterator[Finding]:
    for group in groups:
        for unit in group.units.values():
            path: Path = (at("profiles", "placement", group.name, "pricing", unit.profile), "amount")
            try:
                amount = to_decimal(unit.price["amount"])
            except ValueError:
                yield _warning("The price is no number the chain can hold.", path)
                continue
            exponent = amount.as_tuple().exponent
            if amount == 0:
                yield _warning("A price of 0 attracts no bids: no provider works for nothing.", path)
            elif amount > MAX_PRICE:
                yield _warning(f"The chain takes at most {MAX_PRICE:,} per block as a price.", path)
            elif isinstance(exponent, int) and -exponent > 18:
                yield _warning("The chain keeps 18 decimals of a price; this one has more.", path)
            elif amount < Decimal(1):
                yield _warning("Less than one micro-unit per block is below any provider's price.", path)


def _services(sdl: dict[str, Any]) -> Iterator[Finding]:
    hosts: set[str] = set()
    for name, service in sdl["services"].items():
        path = at("services", name)
        if not SERVICE_NAME.match(name) or len(name) > MAX_LABEL:
            message = (
                f'"{name}" is no service name: providers take a-z, 0-9 and -, a letter first, at most 63 characters.'
            )
            yield _warning(message, at("services"), name)
        yield from _image(service["image"], (path, "image"))
        yield from _env(service.get("env") or [], (path, "env"))
        for index, expose in enumerate(service.get("expose") or []):
            yield from _expose(sdl, expose, hosts, ((path, "expose"), index))


def _image(image: str, path: Path) -> Iterator[Finding]:
    tag = image.rpartition("/")[2].partition(":")[2]
    if "@sha256:" in image:
        return
    if not tag:
        yield _warning(f'The image "{image}" has no tag: what you get may change from one start to the next.', path)
    elif tag == "latest":
        yield _warning("The tag `latest` moves, and providers may run a cached copy: name a version.", path)


def _env(env: list[str], path: Path) -> Iterator[Finding]:
    for index, entry in enumerate(env):
        name = entry.partition("=")[0]
        if not ENV_NAME.match(name):
            yield _warning(f'"{name}" is no name of an environment variable.', (path, index))


def _expose(sdl: dict[str, Any], expose: dict[str, Any], hosts: set[str], path: Path) -> Iterator[Finding]:
    if not expose.get("to"):
        yield _warning("An expose without `to` exposes nothing.", path)
    for index, to in enumerate(expose.get("to", [])):
        service = to.get("service")
        if service and service not in sdl["services"]:
            yield _warning(f'There is no service "{service}" to expose to.', (((path, "to"), index), "service"))
    for index, host in enumerate(expose.get("accept") or []):
        place: Path = ((path, "accept"), index)
        if not host or len(host) > _MAX_HOST or not all(_LABEL.match(label) for label in host.split(".")):
            yield _warning(f'"{host}" is no host name.', place)
        elif host in hosts:
            yield _warning(f'The host name "{host}" is used twice.', place)
        hosts.add(host)


def _targets(sdl: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every expose with each of its targets."""
    for service in sdl["services"].values():
        for expose in service.get("expose") or []:
            for to in expose.get("to", []):
                yield expose, to
