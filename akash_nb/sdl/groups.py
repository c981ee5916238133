"""A valid SDL as the group specs that go on chain: one group per placement, with what it asks for and pays at most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from akash_nb.sdl.collation import locale_sorted
from akash_nb.sdl.semantic import volumes
from akash_nb.sdl.units import cpu_millicores, gpu_units, number_text, size_bytes, text_of, window_seconds

#: Kinds of endpoint; the first is left out of the JSON.
SHARED_HTTP, RANDOM_PORT, LEASED_IP = 0, 1, 2

Json = dict[str, Any]


@dataclass(slots=True)
class Unit:
    """A resource unit: what the services of one group that share a compute profile ask for together.

    `service` is the first of them.
    """

    id: int
    service: str
    profile: str
    block: Json
    price: Json
    count: Any = 0
    endpoints: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Member:
    """A service in a group; `endpoints` are its own, in the order of the document."""

    name: str
    service: Json
    count: Any
    unit: Unit
    endpoints: list[Json]


@dataclass(slots=True)
class Group:
    """One placement with the services on it. `units` is keyed by compute profile, in order of first use."""

    name: str
    placement: Json
    tee: str | None = None
    units: dict[str, Unit] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)


def build(sdl: Json) -> list[Group]:
    """The groups of a valid SDL in the order of their gseq: sorted by name, code unit by code unit."""
    groups: dict[str, Group] = {}
    numbers = ip_numbers(sdl)
    blocks: dict[str, Json] = {}
    for name in locale_sorted(sdl["services"]):
        service = sdl["services"][name]
        endpoints = list(_endpoints(service, numbers))
        for placement, entry in sdl["deployment"][name].items():
            group = groups.get(placement)
            if group is None:
                group = groups[placement] = Group(placement, sdl["profiles"]["placement"][placement])
            profile = entry["profile"]
            if profile not in blocks:
                blocks[profile] = _block(sdl["profiles"]["compute"][profile]["resources"])
            unit = group.units.get(profile)
            if unit is None:
                price = group.placement["pricing"][profile]
                unit = group.units[profile] = Unit(len(group.units) + 1, name, profile, blocks[profile], price)
            unit.count += entry["count"]
            unit.endpoints += endpoints
            group.tee = group.tee or service.get("params", {}).get("tee")
            group.members.append(Member(name, service, entry["count"], unit, endpoints))
    return [groups[name] for name in sorted(groups, key=code_units)]


def code_units(name: str) -> bytes:
    """A key to sort by UTF-16 code units, as JavaScript does without a comparer."""
    return name.encode("utf-16-be", "surrogatepass")


def specs(groups: list[Group]) -> list[Json]:
    """The groups as the JSON that the chain's message is made from."""
    return [
        {
            "name": group.name,
            "requirements": _requirements(group),
            "resources": [_spec(u) for u in group.units.values()],
        }
        for group in groups
    ]


def reclamation(sdl: Json) -> Json | None:
    """The reclamation window as protobuf JSON; None when the SDL has none."""
    if "reclamation" not in sdl:
        return None
    return {"minWindow": {"seconds": str(window_seconds(sdl["reclamation"]["min_window"])), "nanos": 0}}


def resources_of(unit: Unit, endpoints: list[Json]) -> Json:
    """The resources of a unit as they stand in group specs and manifest."""
    return {"id": unit.id, "endpoints": endpoints, **unit.block}


def json_number(value: Any) -> Any:
    """A number as JSON has it: infinities are null there."""
    return None if isinstance(value, float) and value in (float("inf"), float("-inf")) else value


def ip_numbers(sdl: Json) -> dict[str, int]:
    """The sequence number of each leased IP endpoint; one that is used more than once keeps its last number."""
    used = [
        to["ip"]
        for service in sdl["services"].values()
        for expose in service.get("expose") or []
        for to in expose.get("to", [])
        if to.get("global") and to.get("ip")
    ]
    return {name: number for number, name in enumerate(sorted(used, key=code_units), start=1)} if used else {}


def _endpoints(service: Json, numbers: dict[str, int]) -> Iterator[Json]:
    """One endpoint per global `to`, and a second one where it leases an IP."""
    for expose in service.get("expose") or []:
        is_http = expose.get("proto", "TCP") in ("TCP", "tcp") and (expose.get("as") or expose["port"]) == 80
        for to in expose.get("to", []):
            if to.get("global"):
                yield _endpoint(SHARED_HTTP if is_http else RANDOM_PORT, 0)
                if to.get("ip"):
                    yield _endpoint(LEASED_IP, numbers[to["ip"]])


def _endpoint(kind: int, number: int) -> Json:
    return {"kind": kind, "sequence_number": number} if kind else {"sequence_number": number}


def _spec(unit: Unit) -> Json:
    endpoints = sorted(unit.endpoints, key=lambda e: (e.get("kind", 0), e["sequence_number"]))
    return {
        "resource": resources_of(unit, endpoints),
        "count": json_number(unit.count),
        "price": {"denom": unit.price["denom"], "amount": text_of(unit.price["amount"])},
    }


def _requirements(group: Group) -> Json:
    signed_by = group.placement.get("signedBy", {})
    requirements: Json = {"signedBy": {"allOf": signed_by.get("allOf", []), "anyOf": signed_by.get("anyOf", [])}}
    own = group.placement.get("attributes", {})
    attributes = _attributes(own)
    if group.tee:
        position = locale_sorted([*own, "tee/type"]).index("tee/type") + ("tee/type" in own)
        attributes.insert(position, {"key": "tee/type", "value": group.tee})
    if attributes:
        requirements["attributes"] = attributes
    return requirements


def _attributes(values: Json) -> list[Json]:
    return [{"key": key, "value": text_of(values[key])} for key in locale_sorted(values)]


def _block(resources: Json) -> Json:
    """What one replica gets, but for its endpoints."""
    storage = [_volume(volume) for volume in volumes(resources)]
    return {
        "cpu": _with_attributes(
            {"units": _value(cpu_millicores(resources["cpu"]["units"]))}, _cpu_attributes(resources)
        ),
        "gpu": _with_attributes({"units": _value(gpu_units(_gpu(resources).get("units")))}, _gpu_attributes(resources)),
        "memory": {"size": _size(resources["memory"]["size"])},
        "storage": storage or None,
    }


def _volume(volume: Json) -> Json:
    block = {"name": volume.get("name") or "default", "size": _size(volume["size"])}
    return _with_attributes(block, _attributes(volume.get("attributes", {})))


def _with_attributes(block: Json, attributes: list[Json]) -> Json:
    return {**block, "attributes": attributes} if attributes else block


def _value(number: float) -> Json:
    return {"val": number_text(number)}


def _size(text: str) -> Json:
    size = size_bytes(text)
    assert size is not None  # noqa: S101  (the semantic check has refused what is no size)
    return _value(size)


def _cpu_attributes(resources: Json) -> list[Json]:
    return _attributes(resources["cpu"].get("attributes", {}))


def _gpu(resources: Json) -> Json:
    gpu: Json = resources.get("gpu", {})
    return gpu


def _gpu_attributes(resources: Json) -> list[Json]:
    """One attribute per model that will do, in the order of the document; `*` when any will, none for an empty list."""
    vendors = _gpu(resources).get("attributes", {}).get("vendor", {})
    keys = []
    for vendor, models in vendors.items():
        for model in [{"model": "*"}] if models is None else models:
            key = f"vendor/{vendor}/model/{model.get('model', 'undefined')}"
            for part in ("ram", "interface"):
                key += f"/{part}/{model[part]}" if model.get(part) else ""
            keys.append({"key": key, "value": "true"})
    return keys
