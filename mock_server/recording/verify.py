"""Runs a recorded session again: the same seed and the same calls must give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from mock_server.console import MOCK_API_KEY, MockConsole
from mock_server.faults import ConnectionBroken
from mock_server.recording.comparing import Difference, reply_differences
from mock_server.recording.file import Exchange, Header, Recording, compact, exchange_of, read, to_bytes
from mock_server.recording.recorder import owner_of
from mock_server.recording.redaction import Masks
from mock_server.web.http import MockRequest, MockResponse


@dataclass(frozen=True, slots=True)
class Deviation:
    """An answer that is not as it was recorded; `number` counts the exchanges from 1."""

    number: int
    exchange: Exchange
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        told = "; ".join(map(str, self.differences))
        return f"exchange {self.number}, {self.exchange.operation} ({self.exchange}): {told}"


def verify(file: str | Path, console: MockConsole, *, api_keys: Sequence[str] = (MOCK_API_KEY,)) -> list[Deviation]:
    """Ask a mock all that was recorded of another one, at the same virtual instants, and compare the answers.

    Keys and tokens that were handed out during the session are put in the place of their masks. What the caller
    himself sent as a secret is not known any more: a deployment whose environment has masks gets another hash.

    Args:
        file: The recording of a mock.
        console: A mock as the recorded one was when the recording began, with the same faults if there were any.
        api_keys: The keys of the session in the order in which they were first used, without those that were refused.

    Returns:
        What is not the same, byte for byte, apart from masks.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no recording of such a mock, keys are missing, or the mock's time is past that of the session.
    """
    recording = read(file)
    _require_same_kind(recording.header, console)
    masks = Masks()
    keys = _keys_by_mask(recording, api_keys)
    found: list[Deviation] = []
    for number, recorded in enumerate(recording.exchanges, start=1):
        request = _again(recorded, masks, keys)
        _set_time(console, request, recorded.now_ms)
        now = exchange_of(request, _outcome(console, request), masks, console.dialect)
        if differences := reply_differences(recorded.reply, now.reply):
            found.append(Deviation(number, recorded, tuple(differences)))
    return found


def _require_same_kind(header: Header, console: MockConsole) -> None:
    source = header.mock
    if source is None:
        raise ValueError("This is the recording of a real service: no mock gives the same answers.")
    recorded = source.seed, source.fleet, header.dialect, source.block_seconds
    given = console.seed, console.fleet, console.dialect, str(console.block_seconds)
    if recorded != given:
        names = ("seed", "fleet", "dialect", "block_seconds")
        wrong = [f"{n} {a!r} and not {b!r}" for n, a, b in zip(names, recorded, given, strict=True) if a != b]
        raise ValueError(f"The recorded mock had {', '.join(wrong)}.")


def _keys_by_mask(recording: Recording, api_keys: Sequence[str]) -> dict[str, str]:
    """The keys that the session began with, by their masks; those that it made itself are known by then.

    Raises:
        ValueError: There are not enough.
    """
    masks = list(dict.fromkeys(_accepted(recording)))
    if len(masks) > len(api_keys):
        raise ValueError(f"The session used {len(masks)} API keys, and only {len(api_keys)} are given.")
    return dict(zip(masks, api_keys, strict=False))


def _accepted(recording: Recording) -> Iterator[str]:
    made: set[str] = set()
    for exchange in recording.exchanges:
        key, told = exchange.request.key, exchange.reply
        if key and key not in made and told.status not in (0, 401):
            yield key
        if exchange.operation == "createApiKey" and isinstance(told.json, dict):
            made.add(told.json.get("data", {}).get("apiKey", ""))


def _again(recorded: Exchange, masks: Masks, keys: dict[str, str]) -> MockRequest:
    """A recorded request with the secrets that are known by now."""
    asked = recorded.request
    headers = dict(asked.headers)
    if asked.key:
        headers["x-api-key"] = keys.get(asked.key) or masks.revealed(asked.key)
    if asked.bearer:
        headers["authorization"] = f"Bearer {masks.revealed(asked.bearer)}"
    target = f"{asked.path}{'?' if asked.query else ''}{asked.query}"
    body = masks.revealed(asked.text) if asked.json is msgspec.UNSET else compact(_revealed(asked.json, masks))
    return MockRequest.from_parts(asked.method, masks.revealed(target), headers, to_bytes(body))


def _revealed(value: Any, masks: Masks) -> Any:
    if isinstance(value, dict):
        return {key: _revealed(entry, masks) for key, entry in value.items()}
    if isinstance(value, list):
        return [_revealed(entry, masks) for entry in value]
    return masks.revealed(value) if isinstance(value, str) else value


def _set_time(console: MockConsole, request: MockRequest, now_ms: int | None) -> None:
    if now_ms is None:
        return
    tenant, at_ms = console.visit(owner_of(console, request), lambda world: (world.tenant, world.now_ms))
    if now_ms < at_ms:
        raise ValueError(f"The mock is {(at_ms - now_ms) / 1000:g} s ahead of the session: take a fresh one.")
    if now_ms > at_ms:
        console.pass_time((tenant,), (now_ms - at_ms) / 1000)


def _outcome(console: MockConsole, request: MockRequest) -> MockResponse | ConnectionBroken:
    try:
        return console.handle(request)
    except ConnectionBroken as broken:
        return broken
