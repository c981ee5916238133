"""How much is demanded: of one replica, all of which must be on one machine, and how many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from akash_nb.relax.demand import Group, Path, Relaxation, Step
from akash_nb.sdl import UnitDemand, arguments
from akash_nb.sdl.semantic import is_persistent
from akash_nb.sdl.units import size_bytes
from akash_nb.sdl.vary import Edit
from akash_nb.units import counted, format_bytes, format_cpu

_MI, _GI = 2**20, 2**30
#: Nobody lacks so little: CPU in millicores, memory and storage in bytes.
_LEAST_CPU, _LEAST_SIZE = 100, 64 * _MI
#: Classes of persistent storage (contract §6).
_CLASSES = ("beta3", "beta2", "beta1")


def sizes(group: Group) -> Iterator[Relaxation]:
    """CPU, memory, each volume and GPUs of one replica."""
    for unit in group.units:
        resources = group.resources(unit)
        asked = format_cpu(unit.cpu_millicores)
        yield _size("cpu", unit, asked, asked, _less_cpu((*resources, "cpu", "units"), unit.cpu_millicores))
        asked = format_bytes(unit.memory_bytes)
        memory = _less((*resources, "memory", "size"), unit.memory_bytes)
        yield _size("memory", unit, asked, f"{asked} memory", memory)
        for path, volume in group.volumes(unit):
            size = int(size_bytes(volume["size"]) or 0)
            asked = format_bytes(size)
            yield _size("storage", unit, asked, f"{asked} storage", _less((*path, "size"), size))
        asked = counted(unit.gpus, "GPU")
        fewer = ((Edit((*resources, "gpu", "units"), n), counted(n, "GPU")) for n in range(unit.gpus - 1, 0, -1))
        yield _size("gpus", unit, asked, asked, fewer)


def replicas(group: Group) -> Iterator[Relaxation]:
    """How often a service is to run with one provider."""
    for service in group.services:
        path: Path = ("deployment", service, group.name, "count")
        asked = int(group.at(path))
        steps = tuple(
            Step(
                (Edit(path, count),),
                f"count of {service}: {asked} → {count}",
                f"with at most {counted(count, 'replica')}",
            )
            for count in range(asked - 1, 0, -1)
        )
        title = f"{asked:,} replicas of {service} with one provider"
        yield Relaxation("replicas", title, "ask for fewer replicas, or place some elsewhere", steps)


def classes(group: Group) -> Iterator[Relaxation]:
    """What persistent storage is made of. One class is not more than another: each is a demand of its own."""
    for unit in group.units:
        for path, volume in group.volumes(unit):
            asked = str(volume.get("attributes", {}).get("class", ""))
            for other in _CLASSES if is_persistent(volume) else ():
                if other != asked:
                    change = f"storage class for {unit.label}: {asked} → {other}"
                    step = Step((Edit((*path, "attributes", "class"), other),), change, f"with {other}")
                    yield Relaxation("class", f"storage class {asked}", "ask for another storage class", (step,))


def smaller(asked: int, least: int, rounded: Callable[[int], int]) -> list[int]:
    """Sizes below what is asked for, the largest first: its thirty-seconds, then halves, down to the least."""
    parts = [asked * part // 32 for part in range(31, 0, -1)]
    while parts[-1] // 2 > least:
        parts.append(parts[-1] // 2)
    return list(dict.fromkeys(size for size in (*map(rounded, parts), least) if least <= size < asked))


def _size(kind: str, unit: UnitDemand, asked: str, demand: str, less: Iterable[tuple[Edit, str]]) -> Relaxation:
    what = {"cpu": "CPU", "gpus": "GPUs"}.get(kind, kind)  # which need no unit, unlike 512 MiB

    def size(text: str) -> str:
        return text if what == kind else text.partition(" ")[0]

    steps = tuple(
        Step((edit,), f"{what} of {unit.label}: {size(asked)} → {size(text)}", f"with at most {text}")
        for edit, text in less
    )
    return Relaxation(kind, f"{demand} for {unit.label} on one machine", "ask for less on one machine", steps)


def _less_cpu(path: Path, millicores: Decimal) -> Iterator[tuple[Edit, str]]:
    """In whole CPUs, small ones in tenths."""
    for size in smaller(int(millicores), _LEAST_CPU, lambda n: _down(n, 1000 if n >= 2000 else 100)):
        value: Any = arguments.cpu(f"{size}m")
        yield Edit(path, value), format_cpu(size)


def _less(path: Path, asked: int) -> Iterator[tuple[Edit, str]]:
    """In whole GiB, small ones in MiB."""
    for size in smaller(asked, _LEAST_SIZE, lambda n: _down(n, _GI if n >= 2 * _GI else _MI)):
        yield Edit(path, f"{size // _GI}Gi" if size % _GI == 0 else f"{size // _MI}Mi"), format_bytes(size)


def _down(size: int, to: int) -> int:
    return size // to * to
