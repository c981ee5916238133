"""Whether the parts of an SDL fit together; made only when its shape is right.

The rules, their order and their messages are the reference implementation's. Where it crashes instead of reporting
(a size that is none, a deployment of a service that does not exist) there is an error here too, in our words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from akash_nb.sdl.issues import Finding, Path, at
from akash_nb.sdl.units import size_bytes


def check(sdl: dict[str, Any]) -> list[Finding]:
    """What does not fit together, in the reference's order."""
    found = list(_services(sdl))
    return found or list(_crashes(sdl))


def _error(message: str, *keys: Any) -> Finding:
    return Finding(message, at(*keys), "semantic", raw=True)


def _services(sdl: dict[str, Any]) -> Iterator[Finding]:
    tees: dict[str, str] = {}
    used: dict[tuple[str, int, str], str] = {}
    for name, service in sdl["services"].items():
        if name not in sdl["deployment"]:
            yield _error(f'Service "{name}" is not defined at "/deployment" section.', "deployment")
        for placement, entry in sdl["deployment"].get(name, {}).items():
            yield from _placed(sdl, name, service, placement, entry["profile"])
            yield from _tee_conflict(name, service, placement, tees)
        yield from _leased_ips(sdl, name, service, used)
    leased = {ip for ip, _, _ in used}
    for endpoint in sdl.get("endpoints", {}):
        if endpoint not in leased:
            yield _error(f'Endpoint "{endpoint}" declared but never used.', "endpoints", endpoint)


def _placed(sdl: dict[str, Any], name: str, service: dict[str, Any], placement: str, profile: str) -> Iterator[Finding]:
    """One service on one placement."""
    known = sdl["profiles"]["placement"].get(placement)
    if known is None:
        yield _error(f'The placement "{placement}" is not defined in the "placement" section.', "profiles", "placement")
    elif profile not in known["pricing"]:
        message = f'The pricing for the "{profile}" profile is not defined in the "{placement}" placement.'
        yield _error(message, "profiles", "placement", placement, "pricing")
    compute = sdl["profiles"]["compute"].get(profile)
    if compute is None:
        message = f'The compute requirements for the "{profile}" profile are not defined in the "compute" section.'
        yield _error(message, "profiles", "compute")
        return
    resources = compute["resources"]
    yield from _mounts(name, service.get("params", {}).get("storage", {}), profile, resources)
    yield from _gpu(profile, resources.get("gpu"))
    if service.get("params", {}).get("tee") == "cpu-gpu" and not has_gpus(resources):
        yield _error(f'Service "{name}" tee type requires gpu resources.', "services", name, "params", "tee")


def _mounts(name: str, mounts: dict[str, Any], profile: str, resources: dict[str, Any]) -> Iterator[Finding]:
    """The volumes that the service mounts against those of its profile."""
    here = ("services", name, "params", "storage")
    in_profile = volumes(resources)
    names = {volume.get("name") for volume in in_profile}
    by_mount: dict[str, str] = {}
    for volume, options in mounts.items():
        mount = options.get("mount")
        if volume not in names:
            message = f'Service "{name}" references non-existing compute volume "{volume}".'
            yield _error(message, "profiles", "compute", profile, "resources", "storage")
        if (mount or "") in by_mount:
            if not mount:
                yield _error("Multiple root ephemeral storages are not allowed.", *here, volume)
            else:
                message = f'Mount "{mount}" already in use by volume "{by_mount[mount]}".'
                yield _error(message, *here, volume, "mount")
        by_mount[mount or ""] = volume
    for item in in_profile:
        # an unnamed volume is looked up under no name, so it can never pass, but it is reported as "default"
        volume = item.get("name") or "default"
        if is_persistent(item) and not mounts.get(item.get("name") or "", {}).get("mount"):
            place = f"/services/{name}/params/storage/{volume}"
            yield _error(f'Persistent storage "{volume}" requires a mount path in {place}/mount.', *here, volume)


def _gpu(profile: str, gpu: dict[str, Any] | None) -> Iterator[Finding]:
    if gpu is None:
        return
    here = ("profiles", "compute", profile, "resources", "gpu")
    if "units" not in gpu or gpu["units"] == 0:
        if "attributes" in gpu:
            yield _error("GPU must not have attributes if units is 0.", *here, "attributes")
        return
    if "attributes" not in gpu:
        yield _error("GPU must have attributes if units is not 0.", *here)
    if "vendor" not in gpu.get("attributes", {}):
        yield _error("GPU must specify a vendor if units is not 0.", *here, "attributes")


def _tee_conflict(name: str, service: dict[str, Any], placement: str, tees: dict[str, str]) -> Iterator[Finding]:
    tee = service.get("params", {}).get("tee")
    if tee is not None and tees.setdefault(placement, tee) != tee:
        message = f'conflicting tee types in placement group "{placement}": "{tees[placement]}" and "{tee}"'
        yield Finding(message, at("services", name, "params", "tee"), "semantic", raw=True)


def _leased_ips(
    sdl: dict[str, Any], name: str, service: dict[str, Any], used: dict[tuple[str, int, str], str]
) -> Iterator[Finding]:
    """The leased IP endpoints of a service: declared, and each port of each used once."""
    for i, expose in enumerate(service.get("expose") or []):
        for j, to in enumerate(expose.get("to", [])):
            ip = to.get("ip")
            if not ip:
                continue
            if ip not in sdl.get("endpoints", {}):
                message = f'Unknown endpoint "{ip}" for service "{name}". Add it to the "endpoints" section.'
                yield _error(message, "endpoints", ip)
            port, proto = expose.get("as") or expose["port"], expose.get("proto", "TCP").upper()
            if (ip, port, proto) in used:
                other = used[ip, port, proto]
                message = f'IP endpoint "{ip}" port {port} protocol {proto} already in use by service "{other}".'
                yield _error(message, "services", name, "expose", i, "to", j, "ip")
            used.setdefault((ip, port, proto), name)


def _crashes(sdl: dict[str, Any]) -> Iterator[Finding]:
    """What the reference does not report but crashes on while it builds the groups."""
    placed: dict[str, None] = {}
    profiles: dict[str, None] = {}
    for name in sdl["services"]:
        for placement, entry in sdl["deployment"][name].items():
            placed[placement] = None
            profiles[entry["profile"]] = None
    for name, placements in sdl["deployment"].items():
        if name not in sdl["services"] and not placed.keys().isdisjoint(placements):
            message = f'The deployment of "{name}" names a service that is not defined in the "services" section.'
            yield Finding(message, at("deployment"), "semantic", key=name, crashes=True)
    for profile in profiles:
        resources = sdl["profiles"]["compute"][profile]["resources"]
        here: Path = at("profiles", "compute", profile, "resources")
        if size_bytes(resources["memory"]["size"]) is None:
            yield _bad_size(resources["memory"]["size"], ((here, "memory"), "size"))
        for index, volume in enumerate(volumes(resources)):
            if size_bytes(volume["size"]) is None:
                inside: Path = (here, "storage")
                yield _bad_size(
                    volume["size"], ((inside, index) if type(resources["storage"]) is list else inside, "size")
                )


def _bad_size(size: str, path: Path) -> Finding:
    text = f'"{size}" is no size: expected a number and a unit, such as 512Mi or 1Gi.'
    return Finding(text, path, "semantic", crashes=True)


def volumes(resources: dict[str, Any]) -> list[dict[str, Any]]:
    """The volumes of a compute profile; one may be written without a list."""
    storage = resources["storage"]
    return storage if type(storage) is list else [storage]


def is_persistent(volume: dict[str, Any]) -> bool:
    """Whether a volume outlives the lease; as text everything but a few words means yes."""
    persistent = volume.get("attributes", {}).get("persistent", False)
    return persistent if type(persistent) is bool else persistent.lower() not in ("false", "no", "0", "")


def has_gpus(resources: dict[str, Any]) -> bool:
    """Whether a compute profile asks for GPUs; any text counts, as in the reference."""
    return bool(resources.get("gpu", {}).get("units", 0) != 0)
