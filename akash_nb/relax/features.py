"""What only some providers can do: lease IP addresses, compute confidentially, give notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from akash_nb.relax.demand import Group, Path, Relaxation, Step
from akash_nb.sdl import REMOVE
from akash_nb.sdl.vary import Edit


def leased_ips(group: Group) -> Iterator[Relaxation]:
    """An IP address for an endpoint."""
    places = dict(_ips(group, group.services))
    if places:
        declared = group.mapping("endpoints")
        others = [name for name in group.document["services"] if name not in group.services]
        unused = sorted(set(places.values()) - set(dict(_ips(group, others)).values()))
        gone: list[Path] = [("endpoints", name) for name in unused] if len(unused) < len(declared) else [("endpoints",)]
        edits = tuple(Edit(path, REMOVE) for path in (*places, *gone))
        step = Step(edits, f"leased IP {', '.join(sorted(set(places.values())))} → none", "without it")
        yield Relaxation("ip", "an IP address of its own", "share the provider's address", (step,))


def _ips(group: Group, services: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Where services ask for a leased IP, and the name of its endpoint."""
    for service in services:
        for i, expose in enumerate(group.document["services"][service].get("expose") or ()):
            for j, to in enumerate(expose.get("to") or ()):
                if to.get("ip"):
                    yield ("services", service, "expose", i, "to", j, "ip"), to["ip"]


def confidential(group: Group) -> Iterator[Relaxation]:
    """Hardware that keeps even its owner out."""
    paths = [
        group.outermost("services", service, "params", "tee")
        for service in group.services
        if "tee" in group.mapping("services", service, "params")
    ]
    if paths:
        step = Step(tuple(Edit(path, REMOVE) for path in paths), "confidential compute → none", "without it")
        yield Relaxation("tee", "confidential compute", "go without confidential compute", (step,))


def reclamation(group: Group) -> Iterator[Relaxation]:
    """Notice before a provider takes its hardware back."""
    if group.sdl.reclamation:
        window = group.mapping("reclamation").get("min_window")
        step = Step((Edit(("reclamation",), REMOVE),), f"reclamation window: {window} → none", "without it")
        title = f"a reclamation window of {window}"
        yield Relaxation("reclamation", title, "ask for a shorter window, or for none", (step,))
