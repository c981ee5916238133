"""The view of what runs, without a browser: lines to the page, commands, buttons, and nothing that is left behind."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import traitlets

import akash_nb as akash
from akash_nb.client import Client
from akash_nb.deployment import Deployment
from akash_nb.engine import Engine
from akash_nb.errors import InvalidInputError
from akash_nb.flows.places import places
from akash_nb.models import LogLine
from akash_nb.session import Session
from akash_nb.widgets import RunningView
from akash_nb.widgets.background.feeds import STARTING, Feed
from akash_nb.widgets.life import running
from akash_nb.widgets.life.running_view import _address
from mock_server import MOCK_API_KEY, MockConsole, serve
from tests.akash_nb.widgets.conftest import Turns

Messages = Queue[dict[str, Any]]


@pytest.fixture
def deployment(session: Session[Client], console: MockConsole) -> Deployment[Client]:
    deployment = session.deploy()
    deployment.wait_for_bids()
    deployment.lease()
    deployment.wait_until_ready()
    console.advance(100)
    return deployment


@pytest.fixture
def view(deployment: Deployment[Client], messages: Messages) -> Iterator[RunningView]:
    view = RunningView(deployment)
    view.send = messages.put  # type: ignore[method-assign]
    yield view
    view.close()


@pytest.fixture
def messages() -> Messages:
    return Queue()


def say(view: RunningView, **message: Any) -> None:
    view._on_message(view, message, [])


def until(messages: Messages, wanted: Callable[[dict[str, Any]], Any]) -> Any:
    """What a message says, of the first that says it."""
    while True:
        if (found := wanted(messages.get(timeout=20))) is not None:
            return found


def lines(messages: Messages, kind: str, count: int) -> list[list[str]]:
    """The first rows of a kind that the page is sent."""
    rows: list[list[str]] = []
    while len(rows) < count:
        news = until(messages, lambda message: message.get("lines"))
        if news["kind"] == kind:
            assert news["from"] == len(rows)
            rows += news["rows"]
    return rows


def ended(messages: Messages) -> dict[str, Any]:
    """The last word on a command."""
    command: dict[str, Any] = until(
        messages, lambda m: m["command"] if m.get("command") and m["command"]["over"] else None
    )
    return command


# Lines


def test_lines_come_while_somebody_looks_and_are_a_table_too(
    view: RunningView, messages: Messages, deployment: Deployment[Client]
) -> None:
    expected = deployment.logs()
    say(view, beat="page")
    rows = lines(messages, "logs", len(expected))

    assert rows == [[line.service, line.pod, line.line, ""] for line in expected]
    assert view.logs["line"].tolist() == [line.line for line in expected]


def test_events_come_when_their_tab_is_chosen(view: RunningView, messages: Messages) -> None:
    say(view, beat="page")
    view.tab = "events"
    rows = lines(messages, "events", 5)

    assert rows[0][2].startswith("Scheduled: Successfully assigned")
    assert view.events["reason"].tolist() == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]


def test_new_lines_come_when_the_market_s_time_is_moved_and_following_does_not_move_it(
    view: RunningView, messages: Messages, console: MockConsole
) -> None:
    before = console.now
    say(view, beat="page")
    first = len(lines(messages, "logs", 1))
    assert console.now == before

    console.advance(60)
    news = until(
        messages, lambda message: message["lines"] if message.get("lines") and message["lines"]["rows"] else None
    )
    assert news["from"] == first


def test_a_line_that_breaks_is_opened_again_and_nothing_comes_twice(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    console.faults.stream_drop("logs", times=2)
    pauses: list[float] = []
    expected: list[str] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        console.advance(30)
        if len(pauses) == 2:  # the faults are used up
            expected[:] = [line.line for line in deployment.logs()]

    async def run() -> list[str]:
        feed = Feed(deployment, "logs", sleep=pause)
        loop, has_come = asyncio.get_running_loop(), asyncio.Event()

        def look() -> None:
            if expected and feed.tail.total >= len(expected):
                loop.call_soon_threadsafe(has_come.set)

        feed._beats[Looker(look)] = 0.0
        (place,) = await asyncio.wrap_future(deployment.session.start(places(deployment.dseq, deployment.saw)))
        hearing = asyncio.create_task(feed._hear(place))
        await has_come.wait()
        hearing.cancel()
        return [line.line for line in feed.tail.entries]

    assert asyncio.run(run()) == expected
    assert pauses == [1.0, 2.0]


def test_while_the_services_start_a_feed_says_so_and_asks_again_soon(session: Session[Client]) -> None:
    fresh = session.deploy()
    fresh.wait_for_bids()
    fresh.lease(akash.policy.cheapest())
    pauses: list[float] = []
    said: set[str] = set()

    async def run() -> None:
        enough = asyncio.Event()

        async def pause(seconds: float) -> None:
            pauses.append(seconds)
            said.add(feed.problem)
            if len(pauses) == 6:
                enough.set()
                await asyncio.Event().wait()

        feed = Feed(fresh, "logs", sleep=pause)
        feed._beats[Looker()] = 0.0
        (place,) = await asyncio.wrap_future(session.start(places(fresh.dseq, fresh.saw)))
        hearing = asyncio.create_task(feed._hear(place))
        await enough.wait()
        hearing.cancel()

    asyncio.run(run())
    assert said == {STARTING}
    assert pauses == [1.0, 2.0, 3.0, 3.0, 3.0, 3.0]


class Looker:
    def __init__(self, told: Callable[[], object] = lambda: None) -> None:
        self.told = told

    def refresh(self) -> None: ...

    def came(self, kind: str) -> bool:
        self.told()
        return False


def test_a_feed_ends_when_nobody_has_looked_for_a_while_and_hangs_up(
    deployment: Deployment[Client], console: MockConsole
) -> None:
    turns = Turns(40)
    feed = Feed(deployment, "logs", clock=turns.clock, sleep=turns.sleep)
    feed._beats[Looker()] = 0.0

    async def run() -> int:
        await feed.run()
        await asyncio.gather(
            *(task for task in asyncio.all_tasks() if task is not asyncio.current_task()), return_exceptions=True
        )
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
    assert 14 <= turns.now <= 17
    assert feed._lines == set()
    assert not feed.is_running


def test_a_feed_ends_with_its_session(session: Session[Client], deployment: Deployment[Client]) -> None:
    turns = Turns(40)
    feed = Feed(deployment, "logs", clock=turns.clock, sleep=turns.sleep)
    feed._beats[Looker()] = 0.0
    session.stop_background()
    asyncio.run(feed.run())

    assert turns.now == 0


def test_over_a_network_a_feed_that_ends_leaves_nothing_behind(
    deployment: Deployment[Client], console: MockConsole, tmp_path: Path
) -> None:
    async def tasks() -> set[asyncio.Task[Any]]:
        for _ in range(20):  # what is being cancelled ends in a few turns
            await asyncio.sleep(0)
        return asyncio.all_tasks() - {asyncio.current_task()}

    count = len(deployment.logs())
    before = Engine.shared().submit(tasks()).result()
    with serve(console) as server, akash.connect(MOCK_API_KEY, base_url=server.url, home=tmp_path) as session:
        (found,) = session.resume()
        has_come = threading.Event()
        feed = Feed(found, "logs")
        viewer = Looker(lambda: feed.tail.total >= count and has_come.set())
        feed.beat(viewer)
        running = feed._task
        assert has_come.wait(20)
        feed.leave(viewer)
        running.result(20)
        after = Engine.shared().submit(tasks()).result()

    assert after <= before


def test_what_nobody_wants_to_see_is_not_followed(view: RunningView, deployment: Deployment[Client]) -> None:
    say(view, beat="page")
    assert view in Feed.of(deployment, "logs")._beats
    view.tab = "events"
    assert (view in Feed.of(deployment, "logs")._beats, view in Feed.of(deployment, "events")._beats) == (False, True)
    view.follow = False
    assert view not in Feed.of(deployment, "events")._beats
    view.follow = True
    view.tab = "shell"
    say(view, beat="page")
    assert not Feed.of(deployment, "logs")._beats
    assert not Feed.of(deployment, "events")._beats


@pytest.mark.parametrize("end", ["gone", "close"])
def test_a_view_that_is_left_or_closed_follows_nothing(
    view: RunningView, deployment: Deployment[Client], end: str
) -> None:
    say(view, beat="page")
    say(view, gone="page") if end == "gone" else view.close()

    assert view not in Feed.of(deployment, "logs")._beats


def test_two_views_share_one_feed(deployment: Deployment[Client]) -> None:
    one, two = RunningView(deployment), RunningView(deployment.session)
    say(one, beat="page")
    say(two, beat="page")

    assert len(Feed.of(deployment, "logs")._beats) == 2
    one.close()
    two.close()


def line(number: int) -> LogLine:
    return LogLine("web", "web-1", f"line {number}", datetime(2026, 1, 5, tzinfo=UTC))


def test_much_at_once_comes_in_portions_and_of_a_flood_the_newest(
    view: RunningView, messages: Messages, deployment: Deployment[Client]
) -> None:
    tail = Feed.of(deployment, "logs").tail
    for number in range(5_000):
        tail.add(line(number))
    while view.came("logs"):
        pass
    portions = [messages.get_nowait()["lines"] for _ in range(messages.qsize())]
    texts = [row[2] for portion in portions for row in portion["rows"]]

    assert {len(portion["rows"]) for portion in portions} == {running.MOST_SENT}
    assert texts == [f"line {number}" for number in range(3_000, 5_000)]
    assert portions[0]["from"] == 3_000


def test_a_page_that_is_opened_later_is_told_all_that_it_can_show(
    view: RunningView, messages: Messages, deployment: Deployment[Client]
) -> None:
    for number in range(2_500):
        Feed.of(deployment, "logs").tail.add(line(number))
    say(view, resend=True)
    told = messages.get_nowait()["lines"]

    assert (told["from"], len(told["rows"]), told["rows"][-1][2]) == (500, 2_000, "line 2499")


def test_a_provider_that_cannot_be_reached_is_said_below_the_lines(
    view: RunningView, messages: Messages, console: MockConsole
) -> None:
    console.faults.provider_down()
    say(view, beat="page")
    problem = until(messages, lambda message: (message.get("lines") or {}).get("problem") or None)

    assert "cannot be reached, or refuses the logs" in problem


# Commands


def test_a_command_shows_its_output_and_its_exit_code(view: RunningView, messages: Messages) -> None:
    say(view, run="echo hi; nope; exit 3")
    view.wait()
    said: list[dict[str, Any]] = []
    until(
        messages,
        lambda m: (
            (said.append(m["command"]) if m.get("command") else None) or (m.get("command", {}).get("over") or None)
        ),
    )

    assert [tuple(part) for command in said for part in command["parts"]] == [
        ("stdout", "hi\n"),
        ("stderr", "sh: nope: not found\n"),
    ]
    assert (said[-1]["code"], said[-1]["service"]) == (3, "web")
    assert [(result.exit_code, result.stdout) for result in view.results] == [(3, "hi\n")]


def test_a_command_that_cannot_be_run_says_why_in_its_place(
    view: RunningView, messages: Messages, console: MockConsole
) -> None:
    console.faults.provider_down()
    view.run("ls")
    view.wait()

    assert "does not say what runs" in ended(messages)["note"]
    assert view.problem is None


def test_a_command_can_be_left_and_only_one_runs_at_a_time(
    view: RunningView, messages: Messages, console: MockConsole
) -> None:
    console.faults.stream_slow(3_600, "shell")
    view.run("echo slow")
    with pytest.raises(InvalidInputError, match="is running"):
        view.run("ls")
    say(view, stop=True)
    view.wait()

    assert "it may go on in the container" in ended(messages)["note"]
    console.faults.clear()
    view.run("echo again")
    view.wait()
    assert view.results[-1].stdout == "again\n"


def test_a_page_that_is_opened_later_is_told_the_commands(view: RunningView, messages: Messages) -> None:
    view.run("echo hi")
    view.wait()
    say(view, resend=True)
    (told,) = until(messages, lambda message: message.get("commands"))

    assert (told["text"], told["parts"], told["code"]) == ("echo hi", [("stdout", "hi\n")], 0)


def test_endless_output_is_cut_for_the_page(
    view: RunningView, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("akash_nb.widgets.background.commands._KEPT_OUTPUT", 10)
    view.run("echo 0123456789abcdef; echo more")
    view.wait()
    (told,) = view._commands.all_wire()

    assert told["parts"][0] == ("stdout", "0123456789")
    assert "more than is shown" in told["parts"][1][1]
    assert view.results[-1].stdout.endswith("more\n")


def test_without_anything_running_there_is_no_command(session: Session[Client]) -> None:
    view = RunningView(session.deploy())
    with pytest.raises(InvalidInputError, match="Nothing runs yet"):
        view.run("ls")
    view.close()


# The picture


def test_it_shows_services_where_they_are_reached_and_the_escrow(view: RunningView) -> None:
    (service,) = view.view["services"]

    assert (view.view["ready"], service["ready"]) == ("1 of 1 services ready", "1 of 1 ready")
    assert service["places"][0][1].startswith("http://")
    assert view.view["burn"]["words"].startswith("Escrow: $5.00 at most")
    assert {figure["label"] for figure in view.view["money"]} >= {"In escrow", "Spent", "Lasts", "Per hour"}


@pytest.mark.parametrize(
    ("host", "port", "protocol", "address"),
    [
        ("p.example", 8080, "TCP", "http://p.example:31000"),
        ("2001:db8::1", 8080, "TCP", "http://[2001:db8::1]:31000"),
        ("p.example", 22, "TCP", ""),
        ("p.example", 53, "UDP", ""),
        ("", 80, "TCP", ""),
    ],
)
def test_a_port_is_a_link_where_a_browser_can_go(host: str, port: int, protocol: str, address: str) -> None:
    from akash_nb.models import ForwardedPort

    assert _address(host, ForwardedPort("web", host, port, 31000, protocol)) == address


def test_its_buttons_are_those_of_the_panel(view: RunningView, deployment: Deployment[Client]) -> None:
    say(view, press="deposit", **{"with": {"usd": "2"}})
    assert view.question == f"Add $2.00 of MOCK money to the escrow of {deployment.dseq}?"
    say(view, answer=True, to=view.question)
    view.wait()

    assert deployment.state.escrow.put_in.usd() == 7
    assert view.view["actions"]["update"]["why"] == "The SDL in the editor is the one that runs."


def test_after_the_close_nothing_runs(view: RunningView, deployment: Deployment[Client]) -> None:
    deployment.close()

    assert (view.view["runs"], view.view["empty"]) == (False, "It is closed: nothing runs any more.")
    assert view.view["burn"] is None


def test_without_a_deployment_it_says_so() -> None:
    view = RunningView(akash.connect(mock=MockConsole()))

    assert view.view["empty"] == "There is no deployment yet."
    assert (view.logs, view.events) == (None, None)
    view.close()


def test_no_line_is_in_what_is_saved(view: RunningView, messages: Messages) -> None:
    say(view, beat="page")
    say(view, run="echo pass-word")
    view.wait()
    lines(messages, "logs", 3)
    saved = json.dumps(view.get_state(), default=str) + view._still().html() + view._still().text()

    assert "HTTP/1.1" not in saved
    assert "pass-word" not in saved
    assert "1 of 1 ready" in saved


def test_another_deployment_has_lines_of_its_own(
    session: Session[Client], deployment: Deployment[Client], messages: Messages
) -> None:
    view = RunningView(session)
    view.send = messages.put  # type: ignore[method-assign]
    say(view, beat="page")
    lines(messages, "logs", 3)
    session.deploy()

    assert view.view["key"] != deployment.dseq
    assert view not in Feed.of(deployment, "logs")._beats
    assert view.logs.empty
    view.close()


def test_who_comes_back_to_a_deployment_sees_its_lines_again(
    session: Session[Client], deployment: Deployment[Client], messages: Messages
) -> None:
    view = RunningView(session)
    say(view, beat="page")
    other = session.deploy()
    Feed.of(deployment, "logs").tail.add(line(1))
    view.send = messages.put  # type: ignore[method-assign]
    session.current = deployment

    assert until(messages, lambda m: m["lines"]["rows"] if m.get("lines") and m["lines"]["rows"] else None)[-1][2]
    assert other.dseq != deployment.dseq
    view.close()


def test_what_another_view_has_brought_shows_at_once(
    view: RunningView, messages: Messages, deployment: Deployment[Client]
) -> None:
    view.follow = False
    say(view, beat="page")
    for number in range(900):
        Feed.of(deployment, "logs").tail.add(line(number))
    view.follow = True

    assert [row[2] for row in lines(messages, "logs", 900)][-1] == "line 899"


@pytest.mark.parametrize("traits", [{"tab": "money"}, {"follow": "sometimes"}])
def test_a_wrong_choice_is_refused(deployment: Deployment[Client], traits: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        RunningView(deployment, **traits)
