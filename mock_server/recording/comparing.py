"""What makes two recorded messages the same, and in what they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from mock_server.recording.file import Asked, Told, compact, content_of
from mock_server.recording.redaction import MASK

#: Of a certificate only its key is secret, but the pair goes together: neither is compared in requests.
_NEVER_COMPARED = frozenset({"certPem", "pubkeyPem"})
_SHOWN = 60
_ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "nothing"})()


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which a message is not as it was recorded."""

    place: str
    recorded: Any
    found: Any

    def __str__(self) -> str:
        begin = _first_difference(self.recorded, self.found)
        return f"{self.place} is {_short(self.recorded, begin)} in the recording, and {_short(self.found, begin)} now"


def form_of(asked: Asked) -> dict[str, Any]:
    """A request as far as it is compared: method, path, query and body, JSON as values; all masks are alike."""
    body = asked.text if asked.json is msgspec.UNSET else asked.json
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(asked.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return {"method": asked.method, "path": _alike(asked.path), "query": _alike(query), "body": _alike(body)}


def key_of(form: dict[str, Any]) -> str:
    """The same text for all requests that are the same."""
    return json.dumps(form, sort_keys=True)


def differences(recorded: Any, found: Any, place: str = "") -> Iterator[Difference]:
    """Where two JSON values differ, each place as a dotted path."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*recorded, *found)):
            inner = f"{place}.{key}" if place else str(key)
            yield from differences(recorded.get(key, _ABSENT), found.get(key, _ABSENT), inner)
    elif isinstance(recorded, list) and isinstance(found, list):
        for index in range(max(len(recorded), len(found))):
            one, other = (items[index] if index < len(items) else _ABSENT for items in (recorded, found))
            yield from differences(one, other, f"{place}[{index}]")
    elif type(recorded) is not type(found) or recorded != found:
        yield Difference(place, recorded, found)


def reply_differences(recorded: Told, found: Told) -> list[Difference]:
    """In what an answer differs from the recorded one, byte for byte."""
    one, other = (_outcome(told) for told in (recorded, found))
    told = list(differences(one, other))
    contents = content_of(recorded), content_of(found)
    if not told and contents[0] != contents[1]:  # the same values, written in another way
        told.append(Difference("body", *contents))
    return told


def _outcome(told: Told) -> dict[str, Any]:
    value = msgspec.to_builtins(told)
    body = value.pop("json", value.pop("text", ""))
    return {**value, "body": body}


def _alike(value: Any) -> Any:
    """JSON values as they are compared: one kind of number, as JavaScript has it, and one mask."""
    if isinstance(value, dict):
        return {key: "MASKED" if key in _NEVER_COMPARED else _alike(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_alike(entry) for entry in value]
    if isinstance(value, str):
        return MASK.sub("MASKED", value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _first_difference(one: Any, other: Any) -> int:
    """Where to begin with two texts that differ late, so that what differs is shown."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return 0
    alike = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    return max(alike - _SHOWN // 3, 0)


def _short(value: Any, begin: int) -> str:
    """A value on one line, cut on both sides where it is long."""
    if value is _ABSENT:
        return repr(value)
    text = compact(value[begin:] if isinstance(value, str) else value)
    return ("…" if begin else "") + (text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
