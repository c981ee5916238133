"""Logs, events and shells that break: by a fault, or because their provider fails (contract §16)."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from socket import create_server
from typing import Any

import httpx
import pytest
import uvicorn

from mock_server import MOCK_API_KEY, MockConsole, Pacer, create_app
from mock_server.doors.ws import HANDSHAKE_S
from mock_server.provider import feeds
from mock_server.supply import fleet_file
from mock_server.supply.fleet import fleet
from mock_server.world.clock import GENESIS_MS, MINUTE
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import Leased, lease, leased
from tests.mock_server.programs import program
from tests.mock_server.sockets import FAILED, SHELL, Socket, Talk, binary, closed, opened, websockets

exceptions = pytest.importorskip("websockets.exceptions")

#: By stream, a path whose first portion tells something and which goes on then.
OPEN = {
    "logs": "logs?follow=true&tail=2",
    "kubeevents": "kubeevents?follow=true",
    "shell": SHELL.replace("tty=0", "tty=1"),
}
COMMAND = "shell?stdin=0&tty=0&podIndex=0&service=web&cmd0=hostname"


@pytest.fixture
def running(console: MockConsole, tenant: Tenant) -> Leased:
    return lease(console, tenant)


@contextmanager
def under(implementation: Any, console: MockConsole, found: Leased) -> Iterator[Socket]:
    """A client of a server that has the protocol from one of uvicorn's implementations, `auto` as `serve` does."""
    listening = create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(console), ws=implementation, lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="by hand")
    thread.start()
    try:
        with websockets.connect(f"ws://127.0.0.1:{listening.getsockname()[1]}") as connection:
            yield Socket(connection, found)
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


def until_broken(socket: Socket) -> tuple[list[Any], Any]:
    """What came before the line broke, and the closing frame that came with it."""
    seen = []
    while True:
        try:
            seen.append(socket.read())
        except exceptions.ConnectionClosed as broken:
            return seen, broken.rcvd


# --- stream_drop --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "implementation",
    [
        "auto",
        # The older one, which servers of others may still have.
        pytest.param("websockets", marks=pytest.mark.filterwarnings("ignore")),
    ],
)
@pytest.mark.parametrize("stream", OPEN)
def test_a_dropped_stream_ends_without_a_closing_frame(
    console: MockConsole, running: Leased, stream: str, implementation: str
) -> None:
    rule = console.faults.stream_drop(stream)
    with under(implementation, console, running) as socket:
        socket.send(OPEN[stream])
        seen, farewell = until_broken(socket)
    assert farewell is None
    assert len(seen) > 0
    assert not any(message.get("closed") or message.get("error") for message in seen)
    assert (rule.struck, len(console.faults)) == (1, 0)


def test_who_connects_again_is_told_on(console: MockConsole, running: Leased) -> None:
    console.faults.stream_drop()
    with opened(console, running) as socket:
        socket.send(OPEN["logs"])
        seen, _ = until_broken(socket)
    with opened(console, running) as socket:
        socket.send(OPEN["logs"])
        assert [socket.read() for _ in seen] == seen
        assert socket.ask({"type": "ping"}) == {"type": "pong"}


@pytest.mark.parametrize("path", ["logs?follow=false", "kubeevents?follow=false", COMMAND])
def test_a_download_breaks_before_it_is_said_to_be_complete(console: MockConsole, running: Leased, path: str) -> None:
    console.faults.stream_drop()
    with opened(console, running) as socket:
        socket.send(path)
        seen, farewell = until_broken(socket)
    assert farewell is None
    assert len(seen) > 0
    assert "closed" not in seen[-1]


@pytest.mark.parametrize(("struck", "other"), [("logs", "kubeevents"), ("kubeevents", "logs"), ("shell", "logs")])
def test_a_fault_of_one_stream_leaves_the_others_alone(
    console: MockConsole, running: Leased, struck: str, other: str
) -> None:
    console.faults.stream_drop(struck, times=None)
    console.faults.stream_error(struck, times=None)
    with opened(console, running) as socket:
        socket.send(OPEN[other])
        socket.read()
        assert socket.ask({"type": "ping"})["type"] in ("pong", "websocket")
        socket.send("logs?tail=0" if other == "logs" else "kubeevents?follow=false")
        assert socket.until_closed()[-1] == closed(1000)


def test_a_fault_that_begins_later_strikes_a_stream_that_is_open(console: MockConsole, running: Leased) -> None:
    rule = console.faults.stream_error("logs", from_s=300)
    with opened(console, running) as socket:
        socket.send("logs?follow=true&tail=1")
        assert "message" in socket.read()
        console.sleep(60)
        assert "message" in json.loads(socket.read()["message"])
        assert rule.struck == 0
        console.sleep(300)
        seen = [socket.read()]
        while seen[-1] != FAILED:
            seen.append(socket.read())
    assert len(seen) > 10


# --- stream_error, stream_slow, shell_lost ------------------------------------------------------------------------


@pytest.mark.parametrize("stream", OPEN)
def test_a_failed_stream_leaves_the_clients_socket_open_for_the_next(
    console: MockConsole, running: Leased, stream: str
) -> None:
    console.faults.stream_error(stream)
    with opened(console, running) as socket:
        socket.send(OPEN[stream])
        seen = [socket.read()]
        while seen[-1] != FAILED:
            seen.append(socket.read())
        assert len(seen) > 1
        assert socket.ask({"type": "ping"}) == {"type": "pong"}
        socket.send(OPEN[stream])
        assert [socket.read() for _ in seen[:-1]] == seen[:-1]


@pytest.mark.parametrize(("speed", "pause"), [(None, 3.0), (60, 0.05)])
@pytest.mark.parametrize(("stream", "messages"), [("logs", 2), ("kubeevents", 5)])
def test_every_message_of_a_slow_stream_is_waited_for_in_virtual_time(
    console: MockConsole,
    running: Leased,
    monkeypatch: pytest.MonkeyPatch,
    stream: str,
    messages: int,
    speed: float | None,
    pause: float,
) -> None:
    """Where time stands still, real seconds stand for virtual ones, as for late answers."""
    rule = console.faults.stream_slow(3, stream)
    mock: MockConsole | Pacer = console
    if speed is not None:
        mock = Pacer(console, speed, now=lambda: 0.0)
        mock.advance(120)  # past the lease
    pauses: list[float] = []

    async def note(seconds: float) -> None:
        pauses.append(seconds)

    async def scene() -> None:
        talk = Talk()
        talk.say(running, OPEN[stream])
        door = asyncio.create_task(talk.run(mock))
        for _ in range(messages):
            await talk.hear()
        talk.leave()
        await door

    monkeypatch.setattr("mock_server.doors.ws.sleep", note)
    asyncio.run(scene())
    assert pauses == [HANDSHAKE_S, *[pause] * messages]
    assert (rule.struck, len(console.faults)) == (messages, 1)


def test_a_slow_stream_arrives_over_a_server(console: MockConsole, running: Leased) -> None:
    console.faults.stream_slow(3, times=None)
    pacer = Pacer(console, 10_000, now=lambda: 0.0)
    pacer.advance(120)
    with opened(pacer, running) as socket:
        socket.send("logs?tail=3")
        assert [message.get("closed") for message in socket.until_closed()] == [None, None, None, True]


def test_a_slow_stream_can_be_left_for_another(console: MockConsole, running: Leased) -> None:
    console.faults.stream_slow(3600, "logs")
    with opened(console, running) as socket:
        socket.send("logs?follow=true")
        socket.send("kubeevents?follow=true")
        assert json.loads(socket.read()["message"])["reason"] == "Scheduled"


def test_a_lost_shell_does_not_tell_how_its_command_ended(console: MockConsole, running: Leased) -> None:
    rule = console.faults.shell_lost()
    with opened(console, running) as socket:
        socket.send(COMMAND)
        lost = socket.until_closed()
        socket.send(COMMAND)
        told = socket.until_closed()
    assert [binary(message)[:1] for message in lost[:-1]] == [b"d"]
    assert [binary(message)[:1] for message in told[:-1]] == [b"d", b"f"]
    assert lost[-1] == told[-1] == closed(1000)
    assert (rule.struck, len(console.faults)) == (1, 0)


def test_a_lost_shell_is_one_that_had_a_result_to_tell(console: MockConsole, running: Leased) -> None:
    rule = console.faults.shell_lost()
    with opened(console, running) as socket:
        socket.connection.send(
            json.dumps({"type": "websocket", **running.target(f"/lease/1/1/1/{COMMAND}", socket.auth)})
        )
        assert socket.read() == closed(4001)
        socket.send("logs?tail=1")
        assert socket.until_closed()[-1] == closed(1000)
    assert rule.struck == 0


# --- nothing stays behind -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["stream_drop", "stream_error", "shell_lost"])
@pytest.mark.parametrize("path", [*OPEN.values(), COMMAND])
def test_a_stream_that_broke_leaves_no_task_behind(console: MockConsole, running: Leased, kind: str, path: str) -> None:
    console.faults.add(kind)

    async def scene() -> set[asyncio.Task[Any]]:
        talk = Talk()
        talk.say(running, path)
        door = asyncio.create_task(talk.run(console))
        await talk.hear()
        if kind != "stream_drop":
            talk.leave()
        await asyncio.wait_for(door, 10)
        return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert asyncio.run(scene()) == set()
    assert console._watchers == set()


def test_after_a_dropped_stream_the_server_stops_at_once(console: MockConsole, running: Leased) -> None:
    console.faults.stream_drop()
    with opened(console, running) as socket:
        socket.send(OPEN["logs"])
        until_broken(socket)
    assert not [thread for thread in threading.enumerate() if thread.name == "akash-mock"]


SCENARIO = """
title: Streams that break
fleet: small
faults:
  - {fault: stream_drop, stream: logs}
  - {fault: stream_error, stream: kubeevents}
  - {fault: shell_lost}
"""


def test_the_program_says_nothing_about_the_streams_it_breaks(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(SCENARIO)
    with (
        program("--scenario", str(path)) as (process, url),
        httpx.Client(base_url=url, headers={"x-api-key": MOCK_API_KEY}) as http,
    ):
        tenant = Tenant(http)
        made = tenant.create(sdl())
        http.post("/_mock/advance", json={"seconds": 30})
        tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
        http.post("/_mock/advance", json={"seconds": 60})
        found = leased(MockConsole(), tenant, made["dseq"])
        for stream in ("logs", "kubeevents", "shell"):
            with websockets.connect(url.replace("http", "ws")) as connection:
                socket = Socket(connection, found)
                socket.send(COMMAND if stream == "shell" else OPEN[stream])
                if stream == "logs":
                    assert until_broken(socket)[1] is None
                else:
                    while not {"closed", "error"} & socket.read().keys():
                        pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


# --- a provider that fails ----------------------------------------------------------------------------------------

FLEET = """
providers:
  - {name: Tidewater, region: eu-west, cpu: 64, memory: 256Gi, used: 0, bids: always,
     outages: [{from: 10m, lasts: 5m}, {from: 30m, lasts: 5m}]}
"""
NAME = fleet_file.canonical(FLEET, "test")
(TIDEWATER,) = fleet(7, NAME)
BEGINS = GENESIS_MS + 10 * MINUTE


class Story:
    """A lease of a provider that is down from the tenth to the fifteenth minute, and from the 30th to the 35th."""

    def __init__(self) -> None:
        self.console = MockConsole(fleet=NAME)
        self.tenant = connect(self.console)
        self.found = lease(self.console, self.tenant, sdl(amount=100_000))

    def go(self, minutes: float) -> None:
        """Let time pass until so many minutes after the world's beginning."""
        self.console.advance(GENESIS_MS / 1000 + minutes * 60 - self.console.now)


@pytest.fixture
def story() -> Story:
    return Story()


def drained(socket: Socket) -> Any:
    """The message that ends a stream."""
    return socket.until_closed()[-1]


@pytest.mark.parametrize("stream", OPEN)
def test_a_stream_ends_when_its_provider_fails(story: Story, stream: str) -> None:
    with opened(story.console, story.found) as socket:
        socket.send(OPEN[stream])
        socket.read()
        story.go(10)
        assert drained(socket) == closed(1006)
        assert socket.ask({"type": "ping"}) == {"type": "pong"}
        socket.send(OPEN[stream])
        assert socket.read() == FAILED
        story.go(15)
        socket.auth = story.found.token()
        socket.send(OPEN[stream])
        assert "message" in socket.read()


def test_a_shell_ends_with_its_provider_without_a_result(story: Story) -> None:
    with opened(story.console, story.found) as socket:
        socket.send(OPEN["shell"])
        socket.read()
        story.go(12)
        assert socket.read() == closed(1006)


def test_a_stream_does_not_outlive_an_outage_that_nobody_watched(story: Story) -> None:
    with opened(story.console, story.found) as socket:
        socket.send("kubeevents?follow=true")
        socket.read()
        story.go(20)
        assert drained(socket) == closed(1006)


def test_a_stream_that_was_opened_between_two_outages_ends_with_the_second(story: Story) -> None:
    story.go(16)
    with opened(story.console, story.found) as socket:
        socket.send("kubeevents?follow=true")
        for minutes in (17, 20, 29.9):
            story.go(minutes)
        assert [socket.read().get("closed") for _ in range(5)] == [None] * 5
        story.go(30)
        assert socket.read() == closed(1006)


@pytest.mark.parametrize("stream", OPEN)
def test_a_stream_knows_beforehand_when_to_look_whether_its_provider_fails(story: Story, stream: str) -> None:
    story.go(9.5)
    target = story.found.target(story.found.lease_path(OPEN[stream]), story.found.token())
    faults = story.console.faults
    feed = story.console.visit(None, lambda world: feeds.connect(world, faults, {"type": "websocket", **target}))
    looked = []
    while not (portion := story.console.visit(None, lambda world: feed.portion(world, []))).closed:
        assert portion.next_ms is not None
        looked.append(portion.next_ms)
        story.go((portion.next_ms - GENESIS_MS) / MINUTE)
    assert looked[-1] == BEGINS
    assert len(looked) > 1 if stream == "logs" else len(looked) == 1


@pytest.mark.parametrize("stream", OPEN)
def test_a_stream_ends_by_itself_when_paced_time_reaches_the_outage(story: Story, stream: str) -> None:
    ticks = count()
    pacer = Pacer(story.console, 1_000_000, now=lambda: next(ticks) / 2_000_000)
    pacer.advance(9.9 * 60)

    async def scene() -> dict[str, Any]:
        talk = Talk()
        talk.say(story.found, OPEN[stream])
        door = asyncio.create_task(talk.run(pacer))
        heard = await talk.hear()
        while not heard.get("closed"):
            heard = await talk.hear()
        talk.leave()
        await door
        return heard

    assert asyncio.run(asyncio.wait_for(scene(), 30)) == closed(1006)
    assert BEGINS <= story.console.now * 1000 < BEGINS + 15_000


def test_a_fault_that_takes_the_provider_away_ends_its_stream(story: Story) -> None:
    with opened(story.console, story.found) as socket:
        socket.send("logs?follow=true&tail=1")
        socket.read()
        story.console.faults.provider_down(TIDEWATER.address)
        story.go(5)
        assert socket.read() == closed(1006)
