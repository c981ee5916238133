"""Answers from a recorded session, in the place of a mock and at every door of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from difflib import SequenceMatcher
from email.utils import parsedate_to_datetime
from pathlib import Path
from threading import RLock
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec.structs import replace

from akash_nb.money import PriceModel
from mock_server.console import Dialect
from mock_server.doors.transport import MockTransport
from mock_server.faults import ConnectionBroken, Faults
from mock_server.mock import NoWorldError
from mock_server.recording.comparing import differences, form_of, key_of
from mock_server.recording.file import Exchange, asked_of, compact, read, route_of, to_bytes
from mock_server.recording.redaction import Masks
from mock_server.recording.stand_ins import with_stand_ins
from mock_server.routes import ROUTES
from mock_server.routes.envelope import MOCK_HEADER
from mock_server.web import cors
from mock_server.web.http import ApiError, MockRequest, MockResponse, error
from mock_server.world.clock import GENESIS_MS
from mock_server.world.state import World

T = TypeVar("T")

#: They change nothing that another answer depends on, though they are no GETs.
_READS = frozenset({"getPricing", "screenProviders", "createJwtToken"})
#: How many differences an error tells.
_TOLD = 5


class NotRecordedError(LookupError):
    """A request that the recording has no answer for; says which one comes closest, and what differs."""


class Replay:
    """A recorded session, to be asked again.

    A request gets the answer that was recorded for the same method, path, query and body; JSON is compared as values,
    and what is masked in the recording matches anything. The same request asked again gets the answers in their
    recorded order. The last answer to a read may be asked for as often as one likes, that to a write once. Reads do not
    run ahead: what was recorded after a write is told once that write, or a later one, was asked for.

    Time is virtual: that of the answers, and whatever `advance` adds. Faults may be added to the recorded session as to
    a mock, those of calls at least. Streams over WebSockets are not part of a recording.

    Args:
        file: The recording.
        strict: Only the next recorded request is answered, and each once.

    Attributes:
        recording: What was read from the file.
        faults: What goes wrong besides.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no recording, or one of another version.
    """

    def __init__(self, file: str | Path, *, strict: bool = False) -> None:
        self.recording = read(file)
        self.dialect: Dialect = self.recording.header.dialect
        self.faults = Faults(0, (route.name for route in ROUTES))
        self._file = str(file)
        self._strict = strict
        self._lock = RLock()
        self._masks = Masks()
        self._exchanges = self.recording.exchanges
        self._forms = [form_of(exchange.request) for exchange in self._exchanges]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, form in enumerate(self._forms):
            self._places[key_of(form)].append(place)
        self._used: set[int] = set()
        #: The place of the last write that was asked for.
        self._reached = -1
        self._begin_ms = self._now_ms = next(filter(None, map(_instant, self._exchanges)), GENESIS_MS)

    def handle(self, request: MockRequest) -> MockResponse:
        """The recorded answer, as servers give it: 501 with the words of `NotRecordedError` when there is none.

        Raises:
            ConnectionBroken: The connection broke when it was recorded.
        """
        try:
            return self.answer(request)
        except NotRecordedError as missing:
            refusal = error(501, str(missing), name="NotRecordedError", code="not_recorded")
            return self._finished(request, refusal.response)

    def answer(self, request: MockRequest) -> MockResponse:
        """The recorded answer.

        Raises:
            ConnectionBroken: The connection broke when it was recorded.
            NotRecordedError: There is none.
        """
        if request.method == "OPTIONS":
            return cors.preflight(request)
        route = route_of(request, self.dialect)
        with self._lock:
            self.faults.now_s = (self._now_ms - self._begin_ms) / 1000
            try:
                if route is not None:
                    self.faults.before(route.name)
                response = self._play(self._place_of(request))
            except ApiError as refusal:
                response = refusal.response
            if route is not None:
                response = self.faults.after(route.name, request, response)
            return self._finished(request, response)

    def transport(self) -> MockTransport:
        """The in-process door; what was not recorded raises `NotRecordedError` there."""
        return MockTransport(self.answer, lambda _, seconds: self.advance(seconds))

    def advance(self, seconds: float) -> None:
        """Let virtual time pass; no answer depends on it."""
        self._now_ms += round(seconds * 1000)

    def sleep(self, seconds: float) -> None:
        """The same as `advance`, under the name clients look for."""
        self.advance(seconds)

    @property
    def now(self) -> float:
        """Virtual time in seconds since 1970: that of the latest answer, and what was advanced since."""
        return self._now_ms / 1000

    @property
    def block_seconds(self) -> Decimal:
        """Seconds per block of the mock that was recorded, or of the real chain."""
        source = self.recording.header.mock
        return Decimal(source.block_seconds) if source else PriceModel().block_seconds

    def visit(self, owner: str | None, look: Callable[[World], T]) -> NoReturn:
        """Nothing: there is no world.

        Raises:
            NoWorldError: Always.
        """
        raise NoWorldError("A replay has no streams over WebSockets")

    def pace_of(self, owner: str | None) -> float:
        """Time stands still until somebody moves it."""
        return 0

    def pace_for(self, request: MockRequest) -> float:
        """Time stands still until somebody moves it."""
        return 0

    def faults_of(self, owner: str | None) -> Faults:
        """What goes wrong besides, whoever asks."""
        return self.faults

    @contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Nothing ever changes by itself here."""
        yield

    def unused(self) -> list[Exchange]:
        """The exchanges that nobody asked for, in recorded order."""
        return [exchange for place, exchange in enumerate(self._exchanges) if place not in self._used]

    def assert_all_used(self) -> None:
        """Check that every recorded request was made.

        Raises:
            AssertionError: Names those that were not.
        """
        if unused := self.unused():
            raise AssertionError(f"{len(unused)} recorded requests were not made: {', '.join(map(str, unused))}.")

    def _play(self, place: int) -> MockResponse:
        exchange = self._exchanges[place]
        self._used.add(place)
        if _writes(exchange):
            self._reached = max(self._reached, place)
        self._now_ms = max(self._now_ms, _instant(exchange) or 0)
        told = exchange.reply
        if told.broken:
            raise ConnectionBroken(told.broken)
        told_json = with_stand_ins(exchange, self._now_ms)
        body = told.text if told_json is msgspec.UNSET else compact(told_json)
        return MockResponse(
            told.status, to_bytes(body), told.headers, delay_s=told.delay_s or 0, bytes_per_s=told.bytes_per_s or 0
        )

    def _place_of(self, request: MockRequest) -> int:
        """Which exchange answers a request.

        Raises:
            NotRecordedError: None does.
        """
        form = form_of(asked_of(request, self._masks))
        if self._strict:
            return self._next_place(form)
        places = self._places.get(key_of(form))
        if not places:
            raise NotRecordedError(self._why_not(form))
        if not _writes(self._exchanges[places[0]]):
            return self._read_place(places)
        unused = next((place for place in places if place not in self._used), None)
        if unused is None:
            times = "once" if len(places) == 1 else f"{len(places)} times"
            raise NotRecordedError(f"{_named(form)} was recorded {times} in {self._file}, and is asked for once more.")
        return unused

    def _read_place(self, places: list[int]) -> int:
        """The next answer up to the next write, or the last one again."""
        later = (place for place, exchange in enumerate(self._exchanges) if _writes(exchange) and place > self._reached)
        barrier = next(later, len(self._exchanges))
        near = [place for place in places if place < barrier] or places[:1]
        fresh = (place for place in near if place > self._reached and place not in self._used)
        return next(fresh, near[-1])

    def _next_place(self, form: dict[str, Any]) -> int:
        place = len(self._used)
        if place == len(self._forms):
            raise NotRecordedError(f"{_named(form)} is asked for after the end of {self._file}.")
        if self._forms[place] != form:
            why = self._difference(place, form)
            raise NotRecordedError(f"{_named(form)} is not what comes next in {self._file}. That is {why}")
        return place

    def _why_not(self, form: dict[str, Any]) -> str:
        missing = f"{_named(form)} is not in {self._file}"
        if not self._forms:
            return f"{missing}: nothing was recorded."
        closest = min(range(len(self._forms)), key=lambda place: _distance(self._forms[place], form))
        return f"{missing}. Closest is {self._difference(closest, form)}"

    def _difference(self, place: int, form: dict[str, Any]) -> str:
        exchange = self._exchanges[place]
        found = [str(each) for each in differences(self._forms[place], form)]
        more = f"; and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        return f"exchange {place + 1}, {exchange.operation} ({exchange}): {'; '.join(found[:_TOLD])}{more}."

    def _finished(self, request: MockRequest, response: MockResponse) -> MockResponse:
        """The answer marked as a mock's: what was recorded from the real service is none any more."""
        return replace(response, headers={**response.headers, MOCK_HEADER: "1", **cors.allowed(request)})


def _writes(exchange: Exchange) -> bool:
    """Whether a request may have changed what others see."""
    asked = exchange.request
    if exchange.operation == "proxyProvider" and isinstance(asked.json, dict):
        return asked.json.get("method") != "GET"
    return asked.method not in ("GET", "HEAD") and exchange.operation not in _READS


def _instant(exchange: Exchange) -> int | None:
    """When an answer was given, in ms since 1970; None when that is not known."""
    if exchange.now_ms is not None:
        return exchange.now_ms
    try:
        return round(parsedate_to_datetime(exchange.reply.headers["date"]).timestamp() * 1000)
    except (KeyError, ValueError):
        return None


def _named(form: dict[str, Any]) -> str:
    query = "&".join(f"{name}={value}" for name, values in form["query"].items() for value in values)
    return f"{form['method']} {form['path']}{'?' if query else ''}{query}"


def _distance(recorded: dict[str, Any], asked: dict[str, Any]) -> tuple[float, int]:
    """How far a recorded request is from another: by method, path and query first, then by the body."""
    likeness = SequenceMatcher(None, _named(recorded), _named(asked)).ratio()
    return -likeness, sum(1 for _ in differences(recorded, asked))
