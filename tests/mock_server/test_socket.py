"""The in-process WebSocket tells what the one over a server tells."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_server import MockConsole, Pacer
from mock_server.doors.socket import MockSocket
from tests.mock_server.conftest import Tenant
from tests.mock_server.gateways import Leased, lease
from tests.mock_server.sockets import SHELL, Socket, opened


@pytest.fixture
def running(console: MockConsole, tenant: Tenant) -> Leased:
    return lease(console, tenant)


class InProcess:
    """The socket with the manners of a network's: time passes while it waits."""

    def __init__(self, socket: MockSocket, console: MockConsole) -> None:
        self.socket, self.console = socket, console

    def send(self, text: str) -> None:
        self.socket.send(text)

    def recv(self, timeout: float) -> str:
        while (text := self.socket.receive()) is None:
            due_s = self.socket.due_s
            assert due_s is not None, "nothing is known to come"
            self.console.advance(max(due_s, 0.001))
        return text


def talk(socket: Socket) -> list[Any]:
    """A conversation that touches all that the proxy can say."""
    said = [socket.ask({"type": "ping"}), socket.ask("no json"), socket.ask({"type": "websocket"})]
    for path in ("logs?tail=3", "logs?service=db", "kubeevents", "nowhere", f"{SHELL}&cmd1=-c&cmd2=exit%203"):
        socket.send(path)
        said += [socket.read()] if path == "nowhere" else socket.until_closed()
    socket.send("logs?follow=true&tail=1")
    said.append(socket.read())
    return said


def test_it_tells_what_a_server_tells(console: MockConsole, running: Leased) -> None:
    in_process = talk(Socket(InProcess(console.socket(), console), running))
    with opened(console, running) as socket:
        assert talk(socket) == in_process


def test_what_is_typed_reaches_the_shell(console: MockConsole, running: Leased) -> None:
    socket = Socket(InProcess(console.socket(), console), running)
    socket.type(SHELL, "exit 7\n")
    *_, result, end = socket.until_closed()

    assert bytes(result["message"]["data"]) == b'f{"exit_code":7}\n'
    assert end["code"] == 1000


def test_it_says_when_it_is_worth_asking_again(console: MockConsole, running: Leased) -> None:
    connection = console.socket()
    socket = Socket(InProcess(connection, console), running)
    assert connection.due_s is None
    socket.send("logs?follow=true&tail=0")
    before = console.now
    socket.read()

    assert 0 < console.now - before < 20
    assert connection.pace == 0
    assert Pacer(console, 2).socket().pace == 2


def test_a_slow_line_holds_its_messages_back_in_virtual_time(console: MockConsole, running: Leased) -> None:
    console.faults.stream_slow(30, "logs")
    socket = Socket(InProcess(console.socket(), console), running)
    socket.send("logs?tail=2")
    before = console.now
    socket.until_closed()

    assert console.now - before == 60


def test_a_line_that_a_fault_breaks_is_broken(console: MockConsole, running: Leased) -> None:
    console.faults.stream_drop("logs")
    socket = Socket(InProcess(console.socket(), console), running)
    socket.send("logs?tail=1")
    assert "message" in json.loads(socket.read()["message"])
    with pytest.raises(ConnectionError):
        socket.read()
