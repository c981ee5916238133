"""Logs, events and commands of a running deployment, through every door, and when things go wrong."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.connection import connect, connect_async
from akash_nb.demo import WEB_SDL
from akash_nb.deployment import Deployment
from akash_nb.errors import InvalidInputError, StreamError
from akash_nb.flows import streams as flows
from akash_nb.models import Secret
from akash_nb.models.stream import plain_text, service_of
from akash_nb.streams import Tail
from mock_server import MOCK_API_KEY, MockConsole, Pacer, serve

TWO = """
version: "2.0"
services:
  web: {image: "nginx:1.27", expose: [{port: 80, as: 80, to: [{global: true}]}]}
  web-admin: {image: "nginx:1.27", env: [COLOUR=blue], expose: [{port: 81, as: 80, to: [{global: true}]}]}
profiles:
  compute:
    web: {resources: {cpu: {units: 0.5}, memory: {size: 512Mi}, storage: {size: 512Mi}}}
  placement:
    dcloud: {pricing: {web: {denom: uact, amount: 10000}}}
deployment:
  web: {dcloud: {profile: web, count: 1}}
  web-admin: {dcloud: {profile: web, count: 2}}
"""


def running(console: MockConsole | Pacer, sdl: str = WEB_SDL) -> Deployment[Client]:
    deployment = connect(mock=console).deploy(sdl)
    deployment.wait_for_bids()
    deployment.lease()
    deployment.wait_until_ready()
    console.advance(100)
    return deployment


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def deployment(console: MockConsole) -> Deployment[Client]:
    return running(console)


@dataclass
class Door:
    """One way to a running deployment: `ask(lambda d: d.logs())`, blocking or awaited."""

    console: MockConsole
    ask: Callable[[Callable[[Any], Any]], Any]

    def first(self, count: int, start: Callable[[Any], Any], between: Callable[[], None] = lambda: None) -> list[Any]:
        """The first entries of a follower; after the first of them something happens."""

        async def take(deployment: Any) -> list[Any]:
            found = []
            async with start(deployment) as follower:
                async for entry in follower:
                    found.append(entry)
                    if len(found) == 1:
                        between()
                    if len(found) == count:
                        break
            return found

        def take_now(deployment: Any) -> list[Any]:
            with start(deployment) as follower:
                found = [next(follower)]
                between()
                return found + [next(follower) for _ in range(count - 1)]

        return self.ask(lambda d: take(d) if isinstance(d.client, akash.AsyncClient) else take_now(d))


@pytest.fixture(params=["in process", "in process, awaited", "server", "server, awaited"])
def door(request: pytest.FixtureRequest, console: MockConsole, tmp_path: Path) -> Iterator[Door]:
    way, _, awaited = request.param.partition(", ")
    running(console)
    server = serve(console).start() if way == "server" else None
    options: dict[str, Any] = (
        {"api_key": MOCK_API_KEY, "base_url": server.url, "home": tmp_path} if server else {"mock": console}
    )

    async def pause(seconds: float) -> None:
        console.advance(seconds)

    async def ask_async(work: Callable[[Any], Any]) -> Any:
        async with connect_async(**options) as session:
            session.client._sleep = pause
            (found,) = await session.resume()
            return await work(found)

    def ask(work: Callable[[Any], Any]) -> Any:
        with connect(**options) as session:
            session.client._sleep = console.sleep
            (found,) = session.resume()
            return work(found)

    yield Door(console, (lambda work: asyncio.run(ask_async(work))) if awaited else ask)
    if server:
        server.stop()


# Through every door


def test_the_last_lines_of_the_logs(door: Door) -> None:
    logs = door.ask(lambda d: d.logs(tail=3))

    assert len(logs) == 3
    assert {line.service for line in logs} == {"web"}
    assert all("HTTP/1.1" in line.line for line in logs)


def test_the_events_tell_how_it_started(door: Door) -> None:
    events = door.ask(lambda d: d.events())

    assert [event.reason for event in events] == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]
    assert {event.service for event in events} == {"web"}


def test_a_command_has_output_errors_and_an_exit_code(door: Door) -> None:
    result = door.ask(lambda d: d.shell("echo hi; nope; exit 3"))

    assert (result.stdout, result.stderr, result.exit_code) == ("hi\n", "sh: nope: not found\n", 3)


def test_a_shell_reads_what_it_is_given(door: Door) -> None:
    result = door.ask(lambda d: d.shell(["sh"], stdin="echo one\nexit 4\n"))

    assert (result.stdout, result.exit_code) == ("one\n", 4)


def test_lines_are_followed_as_they_come(door: Door) -> None:
    lines = door.first(6, lambda d: d.follow_logs(tail=2), lambda: door.console.advance(60))
    texts = [line.line for line in lines]

    assert len(set(texts)) == 6
    assert texts == sorted(texts)  # they begin with their times


def test_a_line_that_breaks_is_opened_again_and_nothing_is_shown_twice_or_lost(door: Door) -> None:
    whole = door.ask(lambda d: d.logs(tail=2))
    door.console.faults.stream_drop("logs", times=2)
    texts = [line.line for line in door.first(8, lambda d: d.follow_logs(tail=2), lambda: door.console.advance(60))]

    now = [line.line for line in door.ask(lambda d: d.logs())]
    assert texts == now[now.index(whole[0].line) :][:8]
    assert not door.console.faults.unused()


@pytest.mark.parametrize("fault", ["stream_drop", "stream_error"])
def test_what_is_read_once_is_read_again_when_the_line_breaks(door: Door, fault: str) -> None:
    whole = door.ask(lambda d: d.logs())
    door.console.faults.add(fault, stream="logs", times=1)

    assert [line.line for line in door.ask(lambda d: d.logs())][: len(whole)] == [line.line for line in whole]


def test_slow_lines_come_all_the_same(door: Door) -> None:
    door.console.faults.stream_slow(0.02, "logs")

    assert len(door.ask(lambda d: d.logs(tail=5))) == 5


def test_a_command_whose_end_is_not_told_is_not_run_again(door: Door) -> None:
    door.console.faults.shell_lost()
    with pytest.raises(StreamError, match="not told") as caught:
        door.ask(lambda d: d.shell("echo once >> /tmp/told; echo hi"))

    assert (caught.value.cause, caught.value.result.stdout) == ("lost", "hi\n")
    assert door.ask(lambda d: d.shell("cat /tmp/told")).stdout == "once\n"


def test_a_provider_that_is_down_is_named_and_the_bill_goes_on(door: Door) -> None:
    door.console.faults.provider_down()
    with pytest.raises(StreamError, match="cannot be reached, or refuses the logs") as caught:
        door.ask(lambda d: d.logs())

    assert caught.value.cause == "failed"
    assert "costs what it did" in str(caught.value)


# In process


def test_logs_are_a_table_with_their_provenance(deployment: Deployment[Client]) -> None:
    frame = deployment.logs(tail=2).frame()

    assert list(frame.columns) == ["service", "pod", "line", "seen_at"]
    assert str(frame["seen_at"].dtype) == "datetime64[us, UTC]"
    assert (frame.attrs["source"], frame.attrs["table"]) == ("MOCK", "logs")
    assert len(frame) == 2


def test_no_lines_are_a_table_too(deployment: Deployment[Client]) -> None:
    frame = deployment.logs(tail=0).frame()

    assert (len(frame), str(frame["line"].dtype)) == (0, "string")


def test_events_are_a_table(deployment: Deployment[Client]) -> None:
    frame = deployment.events().frame()

    assert list(frame.columns) == ["service", "type", "reason", "note", "kind", "object", "seen_at"]
    assert frame["type"].cat.categories.tolist() == ["Normal", "Warning"]


def test_lines_know_the_service_whose_name_begins_with_anothers(console: MockConsole) -> None:
    deployment = running(console, TWO)
    logs = deployment.logs(tail=1)

    assert [line.service for line in logs].count("web-admin") == 2
    assert {line.pod for line in deployment.logs("web", tail=5)} == {line.pod for line in logs if line.service == "web"}


def test_of_several_services_one_must_be_named_for_a_command(console: MockConsole) -> None:
    deployment = running(console, TWO)
    with pytest.raises(InvalidInputError, match=r"several services.*Name one service: web, web-admin"):
        deployment.shell("ls")

    assert deployment.shell("echo $COLOUR", service="web-admin", replica=1).stdout == "blue\n"


def test_an_unknown_service_is_refused_with_the_known_ones(deployment: Deployment[Client]) -> None:
    for ask in (deployment.logs, deployment.events, lambda name: deployment.shell("ls", service=name)):
        with pytest.raises(InvalidInputError, match=r"no service 'db'.*Name one of web"):
            ask("db")


@pytest.mark.parametrize("tail", [-1, 1.5, "many", True])
def test_a_number_of_lines_that_is_none_is_refused(deployment: Deployment[Client], tail: Any) -> None:
    with pytest.raises(InvalidInputError, match="tail"):
        deployment.logs(tail=tail)


@pytest.mark.parametrize("wrong", [{"replica": -1}, {"replica": "one"}, {"timeout_s": 0}, {"timeout_s": float("nan")}])
def test_a_wrong_replica_or_time_is_refused_before_anything_runs(
    deployment: Deployment[Client], wrong: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        deployment.shell("touch /tmp/x", **wrong)

    assert deployment.shell("ls /tmp").stdout == ""


@pytest.mark.parametrize("command", ["", "  ", [], [""]])
def test_no_command_is_refused(deployment: Deployment[Client], command: Any) -> None:
    with pytest.raises(InvalidInputError, match="no command"):
        deployment.shell(command)


def test_without_a_lease_nothing_is_asked_for(console: MockConsole) -> None:
    deployment = connect(mock=console).deploy(WEB_SDL)
    with pytest.raises(InvalidInputError, match="has no lease"):
        deployment.logs()

    assert "createJwtToken" not in [call.operation for call in console.calls]


def test_of_what_is_closed_nothing_can_be_read(deployment: Deployment[Client]) -> None:
    deployment.close()
    for ask in (deployment.logs, deployment.events, lambda: deployment.shell("ls")):
        with pytest.raises(InvalidInputError, match="is closed"):
            ask()


def test_before_anything_runs_the_logs_say_so_and_the_events_are_there(console: MockConsole) -> None:
    deployment = connect(mock=console).deploy(WEB_SDL)
    deployment.wait_for_bids()
    deployment.lease()
    with pytest.raises(StreamError, match="Nothing runs") as caught:
        deployment.logs()
    assert caught.value.cause == "no_pods"

    with pytest.raises(StreamError, match="did not run the command") as caught:
        deployment.shell("ls")
    assert caught.value.cause == "no_pods"
    console.advance(2)
    assert [event.reason for event in deployment.events()] == ["Scheduled", "Pulling"]


def test_following_ends_with_the_lease(deployment: Deployment[Client]) -> None:
    follower = deployment.follow_logs(tail=2)
    next(follower)
    deployment.close()

    assert len(list(follower)) <= 2


def test_following_goes_on_after_an_update(console: MockConsole, deployment: Deployment[Client]) -> None:
    follower = deployment.follow_logs(tail=1)
    before = next(follower).pod
    deployment.update(WEB_SDL.replace("nginx:1.27", "nginx:1.28"))

    assert any(line.pod != before for line, _ in zip(follower, range(5), strict=False))


def test_following_gives_up_after_many_failures_in_a_row(console: MockConsole, deployment: Deployment[Client]) -> None:
    follower = deployment.follow_logs(tail=1)
    next(follower)
    console.faults.provider_down()
    console.advance(1)
    before = console.now
    with pytest.raises(StreamError):
        list(follower)

    assert 60 < console.now - before < 300


def test_a_token_that_is_expired_on_arrival_is_made_anew(
    console: MockConsole, deployment: Deployment[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "TOKEN_S", 10)
    console.faults.latency(20, "createJwtToken", times=1)

    assert len(deployment.logs(tail=2)) == 2
    assert [call.operation for call in console.calls].count("createJwtToken") == 2


def test_tokens_that_are_always_expired_end_it(
    console: MockConsole, deployment: Deployment[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "TOKEN_S", 10)
    console.faults.latency(20, "createJwtToken")
    for ask in (deployment.logs, lambda: deployment.shell("ls", timeout_s=600)):
        with pytest.raises(StreamError, match="every token expired"):
            ask()

    assert [call.operation for call in console.calls].count("createJwtToken") == 6


def test_a_token_opens_one_kind_of_stream_at_one_provider_for_minutes(
    console: MockConsole, deployment: Deployment[Client]
) -> None:
    deployment.shell("ls")
    asked = [call for call in console.calls if call.operation == "createJwtToken"][-1].json()["data"]
    provider = deployment.status().live_leases[0].id.provider

    assert asked["ttl"] == flows.TOKEN_S
    assert asked["leases"] == {
        "access": "granular",
        "permissions": [{"provider": provider, "access": "scoped", "scope": ["shell"]}],
    }


def test_a_follower_keeps_what_it_told_and_ends_when_it_is_closed(deployment: Deployment[Client]) -> None:
    follower = deployment.follow_logs(tail=3)
    lines = [next(follower) for _ in range(3)]
    follower.close()

    assert list(follower) == []
    assert list(follower.told()) == lines
    assert len(follower.told().frame()) == 3


def test_of_paced_time_following_waits_a_part() -> None:
    waited: list[float] = []
    follower = running(Pacer(MockConsole(), hurry=8.0, pause=waited.append)).follow_logs(tail=0)
    waited.clear()
    next(follower)

    assert 0 < sum(waited) < 20 / 8


def test_a_tail_is_bounded_and_counts_what_it_drops() -> None:
    tail: Tail[Any] = Tail(most=3)
    for n in range(5):
        tail.add(n)

    assert (tail.entries, tail.dropped, tail.total) == ((2, 3, 4), 2, 5)
    assert (tail.after(4), tail.after(0), tail.after(5)) == ((4, (4,)), (2, (2, 3, 4)), (5, ()))
    assert tail.after(0, most=2) == (3, (3, 4))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07here", "here"),
        ("10%\r50%\r100%", "100%"),
        ("bell\x07 null\x00 tab\t", "bell null tab\t"),
        ("line\r\n", "line\n"),
        ("<b>&", "<b>&"),
    ],
)
def test_text_is_without_commands_to_a_terminal(written: str, text: str) -> None:
    assert plain_text(written) == text


@pytest.mark.parametrize(
    ("pod", "services", "service"),
    [
        ("web-1-a", [], "web"),
        ("web-admin-1-a", ["web", "web-admin"], "web-admin"),
        ("db-0", ["web"], "db"),
        ("", [], ""),
    ],
)
def test_a_pod_belongs_to_the_service_with_the_longest_name_that_it_begins_with(
    pod: str, services: list[str], service: str
) -> None:
    assert service_of(pod, services) == service


# The token


def without_this_frame(error: BaseException) -> BaseException:
    """The test's own frame knows the tokens, of course; and so does a lambda's in it."""
    while error.__traceback__ is not None and error.__traceback__.tb_frame.f_code.co_filename == __file__:
        error.__traceback__ = error.__traceback__.tb_next
    return error


def test_the_token_shows_in_no_output_log_error_or_journal(
    console: MockConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.test_canary import everything_about

    tokens: list[str] = []
    reveal = Secret.reveal
    monkeypatch.setattr(Secret, "reveal", lambda self: tokens.append(reveal(self)) or reveal(self))
    running(console)
    caplog.set_level(logging.DEBUG)
    shown = []
    with serve(console) as server, connect(MOCK_API_KEY, base_url=server.url, home=tmp_path) as session:
        session.client._sleep = console.sleep
        (deployment,) = session.resume()
        follower = deployment.follow_logs(tail=1)
        shown += [repr(deployment.logs()), repr(deployment.shell("env")), next(follower), follower, vars(follower)]
        follower.close()
        console.faults.provider_down()
        for ask in (deployment.logs, lambda: deployment.shell("ls")):
            with pytest.raises(StreamError) as caught:
                ask()
            shown.append(everything_about(without_this_frame(caught.value)))

    made = {token for token in tokens if token.count(".") == 2 and token.startswith("ey")}
    everything = repr(shown) + caplog.text + "".join(file.read_text("latin-1") for file in tmp_path.rglob("*.db"))
    assert len(made) >= 3
    assert not [token for token in made if token[-16:] in everything]  # a log may cut what it shows


def test_an_interrupt_while_the_token_is_sent_shows_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from akash_nb.client import lines
    from tests.test_canary import everything_about

    class Interrupted:
        def send(self, text: str) -> None:
            raise KeyboardInterrupt

        def __enter__(self) -> Interrupted:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("websockets.sync.client.connect", lambda *_, **__: Interrupted())
    with pytest.raises(KeyboardInterrupt) as caught:
        lines.dialer("ws://127.0.0.1:1")({"type": "websocket"}, Secret("ca11ab1e" * 4))

    assert "ca11ab1e" * 4 not in everything_about(without_this_frame(caught.value))


def test_a_proxy_that_echoes_the_token_does_not_get_it_shown() -> None:
    from akash_nb.client.lines import without_token

    assert without_token("no: ey.x.y is bad", Secret("ey.x.y")) == "no: [token] is bad"


def test_a_proxy_that_cannot_be_reached_is_said_so(console: MockConsole, tmp_path: Path) -> None:
    running(console)
    with serve(console) as server:
        client = akash.Client(MOCK_API_KEY, base_url=server.url, proxy_url="ws://127.0.0.1:9", sleep=console.sleep)
        with connect(MOCK_API_KEY, base_url=server.url, home=tmp_path) as session:
            session.client = client
            (deployment,) = session.resume()
            with pytest.raises(StreamError, match="provider-proxy cannot be reached") as caught:
                deployment.logs()

    assert caught.value.cause == "unreachable"


def test_nothing_is_left_behind(console: MockConsole, tmp_path: Path) -> None:
    running(console)
    with serve(console) as server:
        before = set(threading.enumerate())
        with connect(MOCK_API_KEY, base_url=server.url, home=tmp_path) as session:
            (deployment,) = session.resume()
            deployment.shell("ls")
            for _ in deployment.follow_logs(tail=1):
                break
        assert set(threading.enumerate()) == before
