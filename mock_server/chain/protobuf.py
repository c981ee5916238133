"""Protobuf messages read from their bytes: the little of the wire format that the chain's messages use.

A message is described by its fields, `Message(owner=(1, TEXT), dseq=(2, NUMBER))`, and read as a dict in which every
field is there: what the bytes leave out has proto3's default, which for a message inside is that message, empty. A
field that nobody described is passed over, as decoders do. The last of several values counts, unless the field is
`many`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

#: How values lie in the bytes: as numbers of 7 bits a byte, 8 bytes, a length and so many bytes, 4 bytes.
_VARINT, _FIXED64, _SIZED, _FIXED32 = 0, 1, 2, 5
_UINT64 = 2**64 - 1


class WireError(ValueError):
    """The bytes end within a value, or are no protobuf at all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one field's value is read: `wire` is how it lies there, `of` makes it out of the number or the bytes."""

    wire: int
    of: Callable[[Any], Any]
    empty: Any
    repeated: bool = False

    @property
    def default(self) -> Any:
        """What a missing field has."""
        return [] if self.repeated else self.empty


NUMBER = Kind(_VARINT, int, 0)
TEXT = Kind(_SIZED, lambda data: bytes(data).decode(), "")
BYTES = Kind(_SIZED, bytes, b"")


def many(kind: Kind) -> Kind:
    """Any number of such values, as a list."""
    return Kind(kind.wire, kind.of, kind.empty, repeated=True)


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of message: its fields by number, each with its name."""

    fields: dict[int, tuple[str, Kind]] = field(default_factory=dict)

    @classmethod
    def of(cls, **fields: tuple[int, Kind]) -> Message:
        """A message with these fields, each a number and a kind."""
        return cls({number: (name, kind) for name, (number, kind) in fields.items()})

    @property
    def inside(self) -> Kind:
        """This message as the value of a field."""
        return Kind(_SIZED, self.read, self.read(b""))

    def read(self, data: bytes) -> dict[str, Any]:
        """The message that the bytes hold.

        Raises:
            ValueError: They hold none of this kind.
        """
        found = {name: kind.default for name, kind in self.fields.values()}
        for number, wire, value in _values(memoryview(data)):
            name, kind = self.fields.get(number, ("", None))
            if kind is None:
                continue
            read = _read(kind, wire, value)
            if kind.repeated:
                found[name] = [*found[name], *read]
            else:
                found[name] = read[-1] if read else found[name]
        return found


def _read(kind: Kind, wire: int, value: Any) -> list[Any]:
    """What one entry holds: a value, or, of numbers packed together, several."""
    if wire == kind.wire:
        return [kind.of(value)]
    if kind.wire == _VARINT and wire == _SIZED:
        return [kind.of(number) for number in _packed(value)]
    raise WireError("a field of another kind")


def _values(data: memoryview) -> Iterator[tuple[int, int, Any]]:
    """Field number, wire type and value of every entry."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise WireError("no field has the number 0")
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == _SIZED:
            size, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise WireError(f"wire type {wire}")
        if size > len(data) - at:
            raise WireError("a value ends too early")
        yield number, wire, data[at : at + size]
        at += size


def _packed(data: memoryview) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number and where it ends: 7 bits a byte, the lowest first, the high bit of all but the last set."""
    value = 0
    for place in range(10):
        if at + place >= len(data):
            raise WireError("a number ends too early")
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value & _UINT64, at + place + 1
    raise WireError("a number of more than ten bytes")
