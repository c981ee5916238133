"""The provider-proxy over WebSocket (contract §16), through a real server, and its waiting, without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest

from mock_server import MockConsole, Pacer, serve
from mock_server.provider.terminal import STDOUT
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import Leased, lease
from tests.mock_server.sockets import FAILED, SHELL, Socket, Talk, binary, closed, opened, websockets


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[MockConsole, str]]:
    """One server for all tests that need no other; each has a lease of its own."""
    console = MockConsole(balance_usd=10_000)
    with serve(console) as server:
        yield console, server.url.replace("http", "ws")


@pytest.fixture
def running(served: tuple[MockConsole, str]) -> Leased:
    return lease(served[0], connect(served[0]), sdl(env="[COLOUR=blue]"))


@pytest.fixture
def socket(served: tuple[MockConsole, str], running: Leased) -> Iterator[Socket]:
    with websockets.connect(f"{served[1]}/ws") as connection:
        yield Socket(connection, running)


@pytest.mark.parametrize("path", ["", "/", "/ws", "/v1/deployments/1"])
def test_a_socket_is_taken_on_any_path(served: tuple[MockConsole, str], path: str) -> None:
    with websockets.connect(served[1] + path) as connection:
        connection.send('{"type":"ping"}')
        assert json.loads(connection.recv(timeout=10)) == {"type": "pong"}


@pytest.mark.parametrize("sent", [b'{"type":"ping"}', "", "ping", "null", "0", "NaN"])
def test_what_is_no_json_text_is_said_so_and_the_socket_stays_open(socket: Socket, sent: str | bytes) -> None:
    assert socket.ask(sent) == {
        "type": "websocket",
        "message": "Message is not a JSON string",
        "error": "Invalid message format",
    }
    assert socket.ask({"type": "ping"}) == {"type": "pong"}


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"type": "pong"}, ["type"], "Invalid discriminator value. Expected 'ping' | 'websocket'"),
        ({"url": "http://x.example/"}, ["url"], "URL must use https protocol and cannot point to IP address"),
        ({"data": [1]}, ["data"], "Expected string, received array"),
        ({"isBase64": "yes"}, ["isBase64"], "Expected boolean, received string"),
        ({"auth": {"type": "jwt", "token": "x"}}, ["auth", "token"], "is not a valid JWT token"),
    ],
)
def test_a_message_of_the_wrong_shape_is_told_what_is_wrong(
    socket: Socket, change: dict[str, Any], path: list[str], message: str
) -> None:
    answer = socket.ask({"type": "websocket", **socket.found.target("/x"), **change})

    errors = answer.pop("errors")
    assert answer == {
        "type": "websocket",
        "message": "Message doesn't match expected schema",
        "error": "Invalid message format",
    }
    assert [(found["path"], found["message"]) for found in errors] == [(path, message)]


def test_an_expired_token_is_said_to_be_expired_and_no_more(socket: Socket) -> None:
    socket.auth = socket.found.token(ttl=5)
    socket.found.console.sleep(5)
    socket.send("logs")

    assert socket.read() == {"type": "websocket", "error": "tokenExpired"}


@pytest.mark.parametrize("path", ["logs", "kubeevents"])
def test_a_stream_that_does_not_follow_is_told_and_closed(socket: Socket, path: str) -> None:
    socket.send(f"{path}?follow=false")
    *messages, last = socket.until_closed()

    assert last == closed(1000)
    assert all(json.loads(message["message"]) for message in messages)
    assert len(messages) > 3


def test_following_goes_on_when_virtual_time_does(socket: Socket) -> None:
    socket.send("logs?follow=true&tail=1")
    first = json.loads(socket.read()["message"])
    socket.found.console.sleep(20)

    second = json.loads(socket.read()["message"])
    assert second["name"] == first["name"]
    assert second["message"] > first["message"]  # they begin with their time


def test_following_ends_with_the_lease(socket: Socket) -> None:
    socket.send("logs?follow=true&tail=0")
    socket.send(SHELL)
    socket.type(SHELL, "hostname\n")
    assert binary(socket.read()).startswith(b"dweb-")

    socket.found.tenant.close(socket.found.dseq)
    assert socket.until_closed()[-2:] == [
        {"type": "websocket", "message": {"type": "Buffer", "data": [103]}},
        closed(1000),
    ]


def test_following_ends_when_the_world_starts_over(console: MockConsole, tenant: Tenant) -> None:
    with opened(console, lease(console, tenant)) as socket:
        socket.send("logs?follow=true&tail=1")
        socket.read()
        console.reset()
        assert socket.read() == closed(1000)


def test_another_url_replaces_the_stream(socket: Socket) -> None:
    socket.send("logs?follow=true&tail=1")
    assert "message" in json.loads(socket.read()["message"])
    socket.send("kubeevents?follow=true")

    assert json.loads(socket.read()["message"])["reason"] == "Scheduled"


def test_the_same_url_again_does_not_begin_anew_until_it_was_closed(socket: Socket) -> None:
    for _ in range(2):
        socket.send("logs?follow=true&tail=1")
    socket.read()
    assert socket.ask({"type": "ping"}) == {"type": "pong"}

    for _ in range(2):
        socket.send("logs?tail=1")
        assert socket.until_closed()[-1] == closed(1000)


def test_a_lease_that_is_not_there_closes_the_stream(socket: Socket) -> None:
    for path in ("logs", SHELL):
        socket.connection.send(
            json.dumps({"type": "websocket", **socket.found.target(f"/lease/1/1/1/{path}", socket.auth)})
        )
        assert socket.read() == closed(4001)


def test_a_service_without_pods_closes_the_stream(socket: Socket) -> None:
    socket.send("logs?service=db")

    assert socket.read() == closed(4000, "no running pods")


def test_a_server_with_a_wrong_certificate_is_not_talked_to(socket: Socket) -> None:
    target = socket.found.target(socket.found.lease_path("logs"), socket.auth)
    others = [p["owner"] for p in socket.found.tenant.http.get("/v1/providers").json()]
    other = next(owner for owner in others if owner != socket.found.provider)

    answer = socket.ask({"type": "websocket", **target, "providerAddress": other})
    assert answer == closed(1008, "invalidCertificate.fingerprintMismatch")


@pytest.mark.parametrize(
    "path",
    ["nowhere", "logs?tail=x", "shell?service=web&cmd0=sh", SHELL.replace("podIndex=0", "podIndex=a")],
)
def test_a_refused_upgrade_is_an_error_of_the_provider_s_socket(socket: Socket, path: str) -> None:
    socket.send(path)

    assert socket.read() == FAILED


def test_a_token_that_does_not_open_the_stream_is_an_error_of_the_provider_s_socket(socket: Socket) -> None:
    socket.auth = socket.found.token({"access": "scoped", "scope": ["logs"]})
    socket.send("logs?tail=0")
    assert socket.read() == closed(1000)
    for path in ("kubeevents", SHELL):
        socket.send(path)
        assert socket.read() == FAILED


def test_a_provider_that_is_down_is_an_error_of_its_socket(socket: Socket) -> None:
    with socket.found.console.faults.during(socket.found.console.faults.provider_down()):
        socket.send("logs")
        assert socket.read() == FAILED


def test_a_command_writes_to_its_channels_and_tells_its_exit_code(socket: Socket) -> None:
    socket.send("shell?stdin=0&tty=0&podIndex=0&service=web&cmd0=sh&cmd1=-c&cmd2=echo%20%24COLOUR%3B%20nope")
    *frames, last = socket.until_closed()

    assert [binary(frame) for frame in frames] == [
        b"dblue\n",
        b"esh: nope: not found\n",
        b'f{"exit_code":127}\n',
    ]
    assert last == closed(1000)


def test_a_command_that_is_asked_for_twice_in_one_breath_runs_once(socket: Socket) -> None:
    append = "shell?stdin=0&tty=0&podIndex=0&service=web&cmd0=sh&cmd1=-c&cmd2=" + quote("echo once >> /tmp/told")
    socket.send(append)
    socket.send(append)  # some clients open the socket with one message and start the command with another
    socket.until_closed()
    socket.send("shell?stdin=0&tty=0&podIndex=0&service=web&cmd0=cat&cmd1=/tmp/told")

    assert binary(socket.read()) == b"donce\n"


@pytest.mark.parametrize("encoded", [{"data": "104,108,115,10"}, {"data": "aGxzCg==", "isBase64": True}])
def test_input_may_come_with_the_message_that_opens_the_shell(socket: Socket, encoded: dict[str, Any]) -> None:
    socket.send(SHELL, **encoded)

    assert binary(socket.read()) == b"dbin\netc\nroot\ntmp\n"


def test_an_interactive_shell_talks_until_it_is_left(socket: Socket) -> None:
    path = SHELL.replace("tty=0", "tty=1")
    socket.send(path)
    assert binary(socket.read()) == b"d/ # "
    socket.type(path, "echo $COLOUR\r")
    assert binary(socket.read()) == b"decho $COLOUR\r\nblue\r\n/ # "
    socket.type(path, "exit 3\r")

    assert [binary(frame) for frame in socket.until_closed()[:-1]] == [b"dexit 3\r\n", b'f{"exit_code":3}\n']


def test_what_a_command_writes_is_there_for_the_next_until_its_container_goes(socket: Socket) -> None:
    def run(script: str) -> str:
        socket.send("shell?stdin=0&tty=0&podIndex=0&service=web&cmd0=sh&cmd1=-c&cmd2=" + quote(script))
        frames = [binary(frame) for frame in socket.until_closed()[:-1]]
        return b"".join(frame[1:] for frame in frames if frame[0] == STDOUT).decode()

    run("mkdir -p /run/secrets; rm /etc/hosts")
    run("echo QT0xCg== | base64 -d > /run/secrets/.env")

    assert run("cat /run/secrets/.env; ls /etc") == "A=1\nhostname\nos-release\n"
    socket.found.tenant.data("PUT", f"/v1/deployments/{socket.found.dseq}", {"data": {"sdl": sdl(env="[COLOUR=red]")}})
    socket.found.console.sleep(60)
    assert run("cat /run/secrets/.env || ls /etc") == "hostname\nhosts\nos-release\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("service=web", "service=db"), "kube: no service for that lease"),
        (("podIndex=0", "podIndex=1"), "remote command execute error: pod index out of range"),
    ],
)
def test_a_container_that_is_not_there_is_told_in_the_result(
    socket: Socket, change: tuple[str, str], message: str
) -> None:
    socket.send(SHELL.replace(*change))

    assert json.loads(binary(socket.read())[1:]) == {"exit_code": 0, "message": message}


def test_a_service_that_is_not_ready_has_no_shell(console: MockConsole, tenant: Tenant) -> None:
    with opened(console, lease(console, tenant, sdl(image="example/does-not-exist:1"))) as socket:
        socket.send(SHELL)
        assert json.loads(binary(socket.read())[1:])["message"] == "no active replicase for service"


def test_a_stream_follows_a_pacer_that_jumps(console: MockConsole, tenant: Tenant) -> None:
    running = lease(console, tenant)
    pacer = Pacer(console, now=lambda: 0.0)
    with opened(pacer, running) as socket:
        socket.send("logs?follow=true&tail=1")
        socket.read()
        pacer.advance(120)
        assert json.loads(socket.read()["message"])["name"].startswith("web-")


def test_a_client_that_leaves_leaves_no_task_behind(console: MockConsole, tenant: Tenant) -> None:
    running = lease(console, tenant)

    async def scene() -> set[asyncio.Task[Any]]:
        talk = Talk()
        for path in ("logs?follow=true", SHELL, "kubeevents?follow=true"):
            talk.say(running, path)
        door = asyncio.create_task(talk.run(console))
        await talk.hear()
        talk.leave()
        await door
        return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}

    assert asyncio.run(scene()) == set()


def test_a_stream_wakes_by_itself_when_paced_time_has_come(console: MockConsole, tenant: Tenant) -> None:
    running = lease(console, tenant)
    ticks = count()
    # A clock that moves by half a virtual second whenever it is asked; waiting for it takes next to nothing.
    pacer = Pacer(console, 1_000_000, now=lambda: next(ticks) / 2_000_000)
    pacer.advance(120)  # past the lease

    async def scene() -> list[dict[str, Any]]:
        talk = Talk()
        talk.say(running, "logs?follow=true&tail=1")
        door = asyncio.create_task(talk.run(pacer))
        heard = [await talk.hear() for _ in range(4)]
        talk.leave()
        await door
        return heard

    lines = [json.loads(message["message"])["message"] for message in asyncio.run(scene())]
    assert lines == sorted(lines)
    assert len(set(lines)) == 4


def test_a_token_opens_the_streams_of_its_own_tenant_only() -> None:
    console = MockConsole(api_keys=("one", "two"))
    found = [lease(console, connect(console, key), sdl(env=f"[WHO={key}]")) for key in ("one", "two")]
    for leased, key in zip(found, ("one", "two"), strict=True):
        with opened(console, leased) as socket:
            socket.send("shell?stdin=0&tty=0&podIndex=0&service=web&cmd0=printenv&cmd1=WHO")
            assert binary(socket.read()) == f"d{key}\n".encode()
