"""The fields of a service as the form draws them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from akash_nb.errors import InvalidInputError
from akash_nb.money import Coin, PriceModel, format_usd, to_decimal
from akash_nb.sdl import network
from akash_nb.sdl.fields import LISTS, Field, Service, obstacle, services
from akash_nb.sdl.masking import DOTS, is_secret
from akash_nb.sdl.presets import PRESETS
from akash_nb.sdl.rows import Port
from akash_nb.sdl.storage import Volume
from akash_nb.sdl.units import size_bytes, text_of
from akash_nb.units import format_bytes
from akash_nb.widgets.editor.sdl_view import compiled

#: Name -> label, kind of control, and more of it.
CONTROLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "image": ("Image", "text", {"wide": True, "placeholder": "nginx:1.27"}),
    "count": ("Replicas", "number", {"least": 1, "most": network.MAX_REPLICAS}),
    "cpu": ("CPU", "text", {"placeholder": "0.5 or 500m"}),
    "memory": ("Memory", "text", {"placeholder": "512Mi"}),
    "storage": ("Storage", "text", {"placeholder": "1Gi"}),
    "gpus": ("NVIDIA GPUs", "number", {"least": 0, "most": network.GPU[1]}),
    "region": ("Region", "text", {"wide": True, "placeholder": "anywhere", "list": "regions"}),
    "max_price": ("Most per block, each replica", "text", {"wide": True, "placeholder": "1000 or $0.50/h"}),
}

#: List -> title, what it says when empty, and its columns: part, label, kind, placeholder.
TABLES: dict[str, tuple[str, str, tuple[tuple[str, str, str, str], ...]]] = {
    "volumes": (
        "Volumes",
        "No volumes: everything is gone with the container.",
        (
            ("name", "Name", "text", "data"),
            ("size", "Size", "text", "10Gi"),
            ("storage_class", "Class", "select", ""),
            ("mount", "Mounted at", "text", "/data"),
        ),
    ),
    "gpu_models": ("Models that will do", "Any model.", (("model", "Model", "gpu-models", "a100 80Gi"),)),
    "ports": (
        "Ports",
        "No ports: nobody reaches it.",
        (
            ("port", "Port", "port", "80"),
            ("external", "Outside as", "port", "the same"),
            ("proto", "Protocol", "select", ""),
            ("is_global", "From everywhere", "check", ""),
        ),
    ),
    "env": (
        "Environment",
        "No variables.",
        (("name", "Name", "text", "NAME"), ("value", "Value", "text", "value")),
    ),
}

#: Class -> what becomes of a volume that is not kept as long as the lease.
_KEPT = {"ram": "in memory, gone with the container", "": "gone with the container"}

#: Part -> what its cells can be, and what that is called; the first one for a new row.
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "proto": (("tcp", "tcp"), ("udp", "udp")),
    "storage_class": (
        ("beta2", "beta2 (SSD)"),
        ("beta3", "beta3 (NVMe)"),
        ("beta1", "beta1 (HDD)"),
        ("ram", "ram"),
        ("", "none"),
    ),
}

_GROUPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Container", ("image", "count"), ()),
    ("Size of one replica", ("cpu", "memory", "storage"), ("volumes",)),
    ("GPU", ("gpus",), ("gpu_models",)),
    ("Ports", (), ("ports",)),
    ("Environment", (), ("env",)),
    ("Place and price", ("region", "max_price"), ()),
)

#: A place in the form: a field, a cell (list, index, part), or (list, "new", part).
Place = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed at a place and cannot be used, and why."""

    typed: str
    error: str


@dataclass(frozen=True)
class Reading:
    """What a text says of a service; `obstacle` is why nothing can be said."""

    obstacle: str
    services: tuple[str, ...] = ()
    service: str = ""
    fields: Mapping[str, Field] | None = None
    preset: str = ""
    denom: str = ""
    on_profile: tuple[str, ...] = ()
    on_placement: tuple[str, ...] = ()
    port_notes: tuple[str, ...] = ()
    volume_notes: tuple[str, ...] = ()
    locked_volumes: tuple[str, ...] = ()


#: What the form says to an empty editor.
NO_TEXT = "There is no SDL yet."


@functools.lru_cache(maxsize=16)
def read(text: str, service: str, prices: PriceModel) -> Reading:
    """The fields of a service, of the first where there is none of that name."""
    if not text.strip():
        return Reading(NO_TEXT)
    sdl = compiled(text)
    why = obstacle(sdl)
    if why:
        return Reading(why)
    names = services(sdl)
    name = service if service in names else names[0]
    found = Service(sdl, name, prices)
    has_volumes = bool(found.fields["volumes"].value)
    return Reading(
        "",
        names,
        name,
        found.fields,
        found.present_preset(),
        found.denom(),
        found.neighbours("profile"),
        found.neighbours("placement"),
        tuple(f"also {who}" if who else "" for who in found.reached_by()),
        _volume_notes(found) if has_volumes else (),
        found.locked_volumes() if has_volumes else (),
    )


def _volume_notes(service: Service) -> tuple[str, ...]:
    rows: tuple[Volume, ...] = service.fields["volumes"].value
    return tuple(
        ", ".join(filter(None, (_KEPT.get(row.storage_class, ""), "mounted read-only" * is_read_only)))
        for row, is_read_only in zip(rows, service.read_only_volumes(), strict=True)
    )


def form_view(
    reading: Reading, drafts: Mapping[Place, Draft], revealed: frozenset[str], prices: PriceModel
) -> dict[str, Any]:
    """Everything of one service, group by group."""
    assert reading.fields is not None  # noqa: S101  there is no obstacle
    return {
        "service": reading.service,
        "services": list(reading.services),
        "presets": [
            {"name": name, "label": size.label, "title": str(size), "active": name == reading.preset}
            for name, size in PRESETS.items()
        ],
        "groups": [
            {
                "title": title,
                "note": _group_note(title, reading),
                "fields": [
                    _field(name, reading, drafts.get((name,)), prices) for name in names if name in reading.fields
                ],
                "tables": [_table(name, reading, drafts, revealed) for name in lists],
            }
            for title, names, lists in _GROUPS
        ],
    }


def _group_note(title: str, reading: Reading) -> str:
    others = {"Size of one replica": reading.on_profile, "GPU": reading.on_profile}.get(title, ())
    if title == "Place and price":
        others = reading.on_placement
    what = "Its placement is" if title == "Place and price" else "Its compute profile is"
    return f"{what} also that of {', '.join(others)}, which changes with it." if others else ""


def _field(name: str, reading: Reading, draft: Draft | None, prices: PriceModel) -> dict[str, Any]:
    label, kind, more = CONTROLS[name]
    fields = reading.fields or {}
    field = fields[name]
    value = "" if field.value is None else text_of(field.value)
    return {
        "name": name,
        "label": label,
        "kind": kind,
        "value": draft.typed if draft else value,
        "error": draft.error if draft else "",
        "locked": field.locked,
        "hint": _hint(name, field.value, reading, prices),
        **more,
    }


def _hint(name: str, value: Any, reading: Reading, prices: PriceModel) -> str:
    """What a value comes to, in other words."""
    if name == "max_price":
        return price_hint(value, reading.denom, prices)
    if name in ("memory", "storage") and isinstance(value, str):
        size = size_bytes(value)
        # said only where the unit is not the one that is shown anyway
        return format_bytes(size) if size and size == size and not value.endswith("i") else ""
    return ""


def price_hint(amount: Any, denom: str, prices: PriceModel) -> str:
    """A price per block in US dollars per hour and month, where it has a value in dollars."""
    try:
        usd = Coin(denom, to_decimal(amount)).usd()
    except ValueError:
        return ""
    if usd is None:
        return f"{denom} per block, whose dollar value is not known here. A new price is counted in uact."
    return f"{denom}: at most {format_usd(prices.per_hour(usd))}/h, {format_usd(prices.per_month(usd))}/month"


def _table(name: str, reading: Reading, drafts: Mapping[Place, Draft], revealed: frozenset[str]) -> dict[str, Any]:
    title, empty, columns = TABLES[name]
    field = (reading.fields or {})[name]
    rows = field.value or ()
    is_idle = name == "gpu_models" and not (reading.fields or {})["gpus"].value
    notes = {"ports": reading.port_notes, "volumes": reading.volume_notes}.get(name, ())
    locked = reading.locked_volumes if name == "volumes" else ()
    return {
        "name": name,
        "title": title,
        "empty": "" if rows or is_idle else empty,
        "locked": field.locked,
        "columns": [
            {"part": part, "label": label, "kind": kind, "placeholder": placeholder, "options": CHOICES.get(part, ())}
            for part, label, kind, placeholder in columns
        ],
        "rows": [
            {
                "index": index,
                "was": row_name(name, row),
                "note": ". ".join(filter(None, (*notes[index : index + 1], *locked[index : index + 1]))),
                "locked": any(locked[index : index + 1]),
                "cells": [
                    _cell(name, index, part, value, row, drafts, revealed) for part, value in parts(name, row).items()
                ],
            }
            for index, row in enumerate(rows)
        ],
        "new": _new(name, drafts),
    }


def _cell(
    name: str,
    index: int,
    part: str,
    value: Any,
    row: Any,
    drafts: Mapping[Place, Draft],
    revealed: frozenset[str],
) -> dict[str, Any]:
    draft = drafts.get((name, str(index), part))
    secret = name == "env" and part == "value" and is_secret(row)
    hidden = secret and row_name(name, row) not in revealed
    shown = draft.typed if draft and not secret else "" if hidden else value
    return {
        "part": part,
        "value": shown,
        "error": draft.error if draft else "",
        "secret": ("hidden" if hidden else "shown") if secret else "",
        "is_set": bool(value),
    }


def _new(name: str, drafts: Mapping[Place, Draft]) -> dict[str, Any]:
    """What was typed into the line for a new row, where it could not be used."""
    typed = {place[2]: draft for place, draft in drafts.items() if place[:2] == (name, "new")}
    return {
        "values": {part: draft.typed for part, draft in typed.items()},
        "error": next((draft.error for draft in typed.values()), ""),
    }


def parts(name: str, row: Any) -> dict[str, Any]:
    """The cells of a row, as they are shown."""
    if name == "ports":
        return {
            "port": str(row.port),
            "external": "" if row.external is None else str(row.external),
            "proto": row.proto,
            "is_global": row.is_global,
        }
    if name == "env":
        variable, _, value = row.partition("=")
        return {"name": variable, "value": value}
    if name == "volumes":
        return {part: getattr(row, part) for part, *_ in TABLES[name][2]}
    return {"model": row}


def row_name(name: str, row: Any) -> str:
    """What a row is called."""
    return str(LISTS[name].name(row))


def made(name: str, values: Mapping[str, Any]) -> Any:
    """A row of what its cells hold.

    Raises:
        InvalidInputError: A port is no number.
    """
    if name == "volumes":
        given = {part: str(value).strip() for part, value in values.items()}
        return Volume(given.pop("size", ""), **given)
    if name == "ports":
        external = str(values.get("external", "")).strip()
        return Port(
            _whole(values.get("port", "")),
            _whole(external) if external else None,
            str(values.get("proto") or "tcp"),
            bool(values.get("is_global", True)),
        )
    if name == "env":
        return f"{str(values.get('name', '')).strip()}={values.get('value', '')}"
    return str(values.get("model", ""))


def _whole(text: Any) -> int:
    try:
        return int(str(text).strip())
    except ValueError:
        raise InvalidInputError(f"ports: {str(text)!r} is no port, such as 80.") from None


def facts(reading: Reading, prices: PriceModel) -> Iterator[tuple[str, str]]:
    """What the static picture says; of the environment the names only."""
    if reading.fields is None:
        yield "Form", reading.obstacle
        return
    yield "Service", reading.service
    for name, field in reading.fields.items():
        if name == "env":
            yield "Environment", ", ".join(f"{row.partition('=')[0]}={DOTS}" for row in field.value) or "none"
        elif name == "ports":
            yield "Ports", ", ".join(_port_text(row) for row in field.value) or "none"
        elif name == "volumes":
            if field.value:
                yield "Volumes", ", ".join(map(_volume_text, field.value))
        elif name == "gpu_models":
            if field.value:
                yield "GPU models", ", ".join(field.value)
        elif field.value not in (None, "", 0):
            hint = price_hint(field.value, reading.denom, prices) if name == "max_price" else ""
            yield CONTROLS[name][0], f"{text_of(field.value)} {hint}".strip()


def _port_text(row: Port) -> str:
    outside = f" as {row.external}" if row.external not in (None, row.port) else ""
    return f"{row.port}/{row.proto}{outside}{'' if row.is_global else ' (inside only)'}"


def _volume_text(row: Volume) -> str:
    where = f" at {row.mount}" if row.mount else ""
    return " ".join(filter(None, (row.name, row.size, row.storage_class))) + where


def lifted(before: Reading, after: Reading) -> str:
    """That a preset has lifted the price ceiling; empty when it has not."""
    old, new = ((reading.fields or {})["max_price"].value for reading in (before, after))
    if same_price(old, new):
        return ""
    return (
        f"The most per block went from {text_of(old)} to {text_of(new)}: below that hardly anybody bids on this size."
    )


def same_price(a: Any, b: Any) -> bool:
    """Whether two amounts are the same."""
    try:
        return Decimal(text_of(a)) == Decimal(text_of(b))
    except ArithmeticError:
        return bool(a == b)
