"""Which GPUs are demanded: models, and how much memory they have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from akash_nb.models import GPUPrice
from akash_nb.plan.notices import TRIAL_BLOCKED
from akash_nb.relax.demand import Group, Json, Path, Relaxation, Step
from akash_nb.sdl import REMOVE, Compiled, GroupDemand, UnitDemand
from akash_nb.sdl.units import size_bytes
from akash_nb.sdl.vary import Edit

#: How many models are named before the rest is counted.
_MOST_NAMED = 4


def models(group: Group, gpus: Sequence[GPUPrice], *, is_trial: bool) -> Iterator[Relaxation]:
    """The same models of any memory, then also others with as much memory, then any."""
    refused = TRIAL_BLOCKED if is_trial else frozenset()
    for unit in (unit for unit in group.units if unit.gpus):
        named = asked_models(unit)
        title = f"GPU model {_listed([_described(model) for model in unit.gpu_models])}"
        kind, advice = "model", "ask for other GPU models"
        if refused & named or (is_trial and not named):
            kind, title = ("trial" if named else "any"), f"{title} on a trial wallet"
            advice = "ask for models that trial wallets may rent, or add credits"
        yield Relaxation(kind, title, advice, tuple(_steps(group, unit, gpus, refused)))


def without_gpus(sdl: Compiled, demand: GroupDemand) -> tuple[Relaxation, ...]:
    """To go without GPUs at all, which is the last that anybody wants to do."""
    group = Group(sdl, demand)
    return tuple(
        Relaxation(
            "gpus",
            f"GPUs for {unit.label}",
            "go without GPUs, or wait until somebody has one free",
            (Step((Edit((*group.resources(unit), "gpu"), REMOVE),), f"GPUs for {unit.label} → none", "without GPUs"),),
        )
        for unit in group.units
        if unit.gpus
    )


def asked_models(unit: UnitDemand) -> frozenset[str]:
    """The GPU models that a unit names: `a100`; none for any."""
    return frozenset(name for model in unit.gpu_models if (name := _wish(model).get("model", "*").lower()) != "*")


def takes_any(unit: UnitDemand) -> bool:
    """Whether any GPU model will do."""
    return bool(unit.gpus) and not asked_models(unit)


def without_models(
    spec: Mapping[str, Any], refused: Collection[str], gpus: Sequence[GPUPrice]
) -> Mapping[str, Any] | None:
    """A group's specification where any GPU model will do with all there are but some; what names models stays as it
    is. None where there are no others."""
    resources = []
    for entry in spec["resources"]:
        gpu = entry["resource"]["gpu"]
        keys = [wish["key"] for wish in gpu.get("attributes") or ()]
        named = [_with_model(key, other) for key in keys for other in _others(key, refused, gpus)]
        if keys and not named:
            return None
        attributes = [{"key": key, "value": "true"} for key in named]
        resources.append({**entry, "resource": {**entry["resource"], "gpu": {**gpu, "attributes": attributes}}})
    return {**spec, "resources": resources}


def _others(key: str, refused: Collection[str], gpus: Sequence[GPUPrice]) -> list[str]:
    """The models that a wish such as `vendor/nvidia/model/*` stands for, but some; what it names where it names one."""
    wish = _wish(key.removeprefix("vendor/"))
    if (name := wish.get("model", "*")) != "*":
        return [name]
    return sorted({gpu.model for gpu in gpus if gpu.vendor == wish["vendor"]} - set(refused))


def _with_model(key: str, model: str) -> str:
    return key.replace("/model/*", f"/model/{model}")


def _steps(group: Group, unit: UnitDemand, gpus: Sequence[GPUPrice], refused: Collection[str]) -> Iterator[Step]:
    place: Path = (*group.resources(unit), "gpu", "attributes", "vendor")
    vendors = group.mapping(*place)
    if len(vendors) != 1:
        return  # it is not clear which one the workload can do without
    ((vendor, asked),) = vendors.items()
    for names in _wider(unit, vendor, asked or (), gpus, refused):
        value = [{"model": name} for name in names] or None
        if value == asked:
            continue
        change = f"GPU model for {unit.label}: {_listed(sorted(asked_models(unit)))} → {_listed(names)}"
        yield Step((Edit((*place, vendor), value),), change, f"with {_listed(names)} GPU{'s' * (len(names) != 1)}")


def _wider(
    unit: UnitDemand, vendor: str, asked: Sequence[Json], gpus: Sequence[GPUPrice], refused: Collection[str]
) -> Iterator[list[str]]:
    """Lists of models, each with all that are in the one before; an empty one is any."""
    names = [str(wish["model"]) for wish in asked if wish.get("model", "*") != "*"]
    own = [name for name in dict.fromkeys(names) if name.lower() not in refused]
    if own and (len(own) < len(names) or any(set(wish) - {"model"} for wish in asked)):
        yield own
    free = [gpu for gpu in gpus if gpu.vendor == vendor and gpu.available >= unit.gpus and gpu.model not in refused]
    free.sort(key=lambda gpu: (gpu.price is None, gpu.price and gpu.price.median_usd, gpu.model))
    least = _least_memory(unit, gpus)
    similar = [gpu.model for gpu in free if least and (size_bytes(gpu.ram) or 0) >= least]
    if similar:
        yield list(dict.fromkeys((*own, *similar)))
    if refused and free:
        yield list(dict.fromkeys((*own, *(gpu.model for gpu in free))))
    elif names and not refused:
        yield []


def _least_memory(unit: UnitDemand, gpus: Sequence[GPUPrice]) -> int:
    """The least memory among the GPUs that will do, in bytes; 0 where any will do, or it is not known."""
    stated = [_wish(model).get("ram") for model in unit.gpu_models]
    sizes = [ram for ram in stated if ram] if all(stated) else [g.ram for g in gpus if g.model in asked_models(unit)]
    return int(min((size_bytes(size) or 0 for size in sizes), default=0))


def _wish(model: str) -> dict[str, str]:
    """`nvidia/model/a100/ram/80Gi` -> vendor nvidia, model a100, ram 80Gi."""
    parts = ["vendor", *model.split("/")]
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _described(model: str) -> str:
    """`a100 80Gi`."""
    wish = _wish(model)
    name = "any" if wish.get("model", "*") == "*" else wish["model"]
    return " ".join(filter(None, (name, wish.get("ram"), wish.get("interface"))))


def _listed(models: Sequence[str]) -> str:
    """`a100, h100 or h200`, the rest counted; `any` for none."""
    rest = len(models) - _MOST_NAMED
    shown = [*models[:_MOST_NAMED], *([f"{rest} more"] if rest > 0 else [])]
    return " or ".join(filter(None, (", ".join(shown[:-1]), *shown[-1:]))) or "any"
