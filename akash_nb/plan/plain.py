"""Records as JSON and back: dataclasses as objects, decimals and times as text, tuples as lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from akash_nb.money import to_decimal

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """A record as values that `json.dumps` takes. Fields that do not count when records are compared are left out."""
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return [to_plain(item) for item in value] if isinstance(value, tuple) else value


def from_plain(kind: type[T], value: Any) -> T:
    """The record again.

    Raises:
        ValueError, TypeError, LookupError: It is none of that kind.
    """
    found: T = _typed(kind, value)
    return found


def _typed(kind: Any, value: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        (inner,) = (option for option in get_args(kind) if option is not type(None))
        return None if value is None else _typed(inner, value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], item) for item in _of(list, value))
    if is_dataclass(kind):
        return _record(kind, _of(Mapping, value))
    if kind is Decimal:
        return to_decimal(_of(str, value))
    if kind is datetime:
        return datetime.fromisoformat(_of(str, value))
    return _of(kind, value)


def _record(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{field.name: _typed(hints[field.name], value[field.name]) for field in fields(kind) if field.compare})


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
