"""Lists of an SDL that people fill in line by line, as rows and back: ports, environment and GPU models.

A row is what one line of a form has; an item is what stands in the document for it, which may hold more. A changed row
changes its item in place, so that the rest of the item stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from akash_nb.sdl import arguments
from akash_nb.sdl.build import env_lines, env_value, port_item
from akash_nb.sdl.patch import REMOVE

Path = tuple[str | int, ...]
#: Values to set, one after the other: where and what; `REMOVE` takes away.
Changes = Iterator[tuple[Path, Any]]

_RAM = re.compile(r"[0-9]{1,4}gi\Z")
_MODEL = re.compile(r"(?:[a-z0-9][a-z0-9.-]{0,63}|\*)\Z")
_INTERFACES = ("pcie", "sxm")


class Port(NamedTuple):
    """A port of a container.

    Attributes:
        port: In the container.
        external: Outside of it; None for the same.
        proto: `tcp` or `udp`.
        is_global: Everybody reaches it; else only services that the SDL names.
    """

    port: int
    external: int | None = None
    proto: str = "tcp"
    is_global: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of list.

    Attributes:
        title: For messages.
        parse: The row of what people give for one.
        row: The row of an item.
        name: What stays when the rest of a row changes.
        key: What no two rows may have in common.
        item: A new item for a row.
        inside: What makes an item that of a row, by paths inside it.
    """

    title: str
    parse: Callable[[Any], Any]
    row: Callable[[Any], Any]
    name: Callable[[Any], Any]
    key: Callable[[Any], Any]
    item: Callable[[Any], Any]
    inside: Callable[[Any, Any], Changes]

    def rows(self, items: Any) -> tuple[Any, ...]:
        """The rows of a list in the document; none where there is nothing."""
        return tuple(map(self.row, items)) if isinstance(items, list) else ()

    def wanted(self, items: Any, given: Any) -> list[Any]:
        """The rows that people want. Those that are there may be odd; new ones are checked.

        Raises:
            InvalidInputError: One is none, or like another.
        """
        present = self.rows(items)
        if isinstance(given, Mapping):
            given = [f"{name}={env_value(name, value)}" for name, value in given.items()]
        elif isinstance(given, str | bytes | int | Port) or not isinstance(given, Iterable):
            given = [given]
        wanted: list[Any] = []
        is_new: list[bool] = []
        for each in given:
            is_new.append(each not in present)
            wanted.append(self.parse(each) if is_new[-1] else each)
        keys = [self.key(row) for row in wanted]
        for row, key, new in zip(wanted, keys, is_new, strict=True):
            if new and keys.count(key) > 1:
                raise arguments.refused(self.title, self.name(row), "is there twice.")
        return wanted

    def changes(self, items: Any, wanted: Iterable[Any]) -> Changes:
        """What makes the list have these rows, by paths inside it, to be done in this order; those that are there
        stay where they are, new ones come last."""
        present = self.rows(items)
        kept, new = self.paired(present, list(wanted))
        for index, row in kept.items():
            if row != present[index]:
                yield from (((index, *path), value) for path, value in self.inside(items[index], row))
        gone = [index for index in range(len(present)) if index not in kept]
        for index in reversed(gone):
            yield (index,), REMOVE
        for index, row in enumerate(new, start=len(kept)):
            yield (index,), self.item(row)

    def paired(self, present: tuple[Any, ...], wanted: list[Any]) -> tuple[dict[int, Any], list[Any]]:
        """Which row each present one becomes: an equal one, else one of the same name, else the next; and new ones."""
        kept: dict[int, Any] = {}
        for is_same in (lambda a, b: a == b, lambda a, b: self.name(a) == self.name(b), lambda a, b: True):
            for index, row in enumerate(present):
                match = next((n for n, other in enumerate(wanted) if is_same(row, other)), None)
                if index not in kept and match is not None:
                    kept[index] = wanted.pop(match)
        return kept, wanted


# Ports


def _port(given: Any) -> Port:
    if not isinstance(given, Port):
        row = _port_of(port_item(given))
        return row._replace(external=None) if row.external == row.port else row
    for number in (given.port, given.external):
        if number is not None:
            port_item(number)
    if given.proto not in ("tcp", "udp"):
        raise arguments.refused("ports", given.proto, "is no protocol: tcp or udp.")
    return given


def _port_of(expose: Any) -> Port:
    is_global = any(to.get("global") for to in expose.get("to") or ())
    return Port(expose["port"], expose.get("as"), str(expose.get("proto", "tcp")).lower(), is_global)


def _port_item(row: Port) -> Any:
    udp = {"proto": row.proto} if row.proto != "tcp" else {}
    return {
        "port": row.port,
        "as": row.port if row.external is None else row.external,
        **udp,
        **({"to": [{"global": True}]} if row.is_global else {}),
    }


def _in_port(expose: Any, row: Port) -> Changes:
    present = _port_of(expose)
    if row.port != present.port:
        yield ("port",), row.port
    if (row.external or row.port) != (present.external or present.port):
        yield ("as",), REMOVE if row.external is None else row.external
    if row.proto != present.proto:
        yield ("proto",), row.proto
    if row.is_global != present.is_global:
        targets = expose.get("to") or []
        said = [index for index, to in enumerate(targets) if "global" in to]
        for index in said or [len(targets)]:
            yield ("to", index, *(("global",) if said else ())), row.is_global if said else {"global": True}


# Environment: a row is a line


def _variable(line: str) -> str:
    return line.partition("=")[0]


def _line(given: Any) -> str:
    (line,) = env_lines([given])
    return line


# GPU models: `a100`, `a100 80Gi`, `a100 80Gi sxm`; `*` is any


def _model(given: Any) -> str:
    return _model_row(_model_item(arguments.text("gpu_models", given)))


def _model_item(row: str) -> dict[str, str]:
    model, *rest = row.lower().split() or [""]
    item = {"model": model}
    for word in rest:
        key = "ram" if _RAM.match(word) else "interface" if word in _INTERFACES else ""
        if not key or key in item:
            raise arguments.refused("gpu_models", row, "is no GPU: a model, such as a100, a100 80Gi or a100 80Gi sxm.")
        item[key] = word.replace("gi", "Gi")
    if not _MODEL.match(model):
        raise arguments.refused("gpu_models", row, "is no GPU model, such as a100; * is any.")
    return item


def _model_row(item: Any) -> str:
    return " ".join(str(item[key]) if key in item else "*" for key in _MODEL_KEYS if key in item or key == "model")


_MODEL_KEYS = ("model", "ram", "interface")


def _in_model(item: Any, row: str) -> Changes:
    wanted = _model_item(row)
    for key in _MODEL_KEYS:
        if key in wanted and wanted[key] != item.get(key, "*"):
            yield (key,), wanted[key]
        elif key in item and key not in wanted:
            yield (key,), REMOVE


PORTS = Kind(
    title="ports",
    parse=_port,
    row=_port_of,
    name=lambda row: row.port,
    key=lambda row: (row.external or row.port, row.proto),
    item=_port_item,
    inside=_in_port,
)
ENV = Kind(
    title="env",
    parse=_line,
    row=str,
    name=_variable,
    key=_variable,
    item=str,
    inside=lambda _, row: iter([((), row)]),
)
MODELS = Kind(
    title="gpu_models",
    parse=_model,
    row=_model_row,
    name=lambda row: row.split()[0],
    key=str,
    item=_model_item,
    inside=_in_model,
)
