"""Work side by side, over both clients: order, cap, errors, interrupts, and what may not be run like that."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import httpx
import pytest

from akash_nb.client import AsyncClient, Client, together
from akash_nb.client import deployments as deployments_api
from akash_nb.client import providers as providers_api
from akash_nb.client.call import Call, Flow, send
from akash_nb.errors import NotFoundError, ServiceError
from tests.akash_nb.client.conftest import KEY, Drive

#: Longer than anything here takes; it only keeps a failing test from hanging.
PATIENCE_S = 20


def ask(name: str) -> Call[str]:
    return Call("ask", "GET", f"/v1/{name}", str)


def letters(count: int) -> list[Call[str]]:
    return [ask(chr(ord("a") + number)) for number in range(count)]


def echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=request.url.path[-1])


def missing(request: httpx.Request) -> httpx.Response:
    body = {"error": "NotFoundError", "message": "none", "code": "not_found", "type": "client_error"}
    return httpx.Response(404, json=body)


class Crowd:
    """Answers only when as many as said are there at once, so that the cap shows; counts the largest crowd."""

    def __init__(self, size: int) -> None:
        self._together = threading.Barrier(size)
        self._lock = threading.Lock()
        self._inside = self.most = 0

    def _enter(self, change: int) -> None:
        with self._lock:
            self._inside += change
            self.most = max(self.most, self._inside)

    def blocking(self, request: httpx.Request) -> httpx.Response:
        self._enter(1)
        self._together.wait(PATIENCE_S)
        self._enter(-1)
        return echo(request)

    async def awaited(self, request: httpx.Request) -> httpx.Response:
        self._enter(1)
        for _ in range(5):
            await asyncio.sleep(0)
        self._enter(-1)
        return echo(request)


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "akash-nb beside"]


def test_answers_come_in_the_order_of_the_works_and_progress_as_they_come(drive: Drive, service: Any) -> None:
    done: list[tuple[int, str]] = []
    driven = drive(echo, lambda c: c.run(together(letters(5), on_done=lambda *item: done.append(item))))

    assert driven.result == ("a", "b", "c", "d", "e")
    assert sorted(done) == list(enumerate("abcde"))


def test_no_work_asks_nothing(drive: Drive, service: Any) -> None:
    assert drive(service(), lambda c: c.run(together([]))).result == ()


def test_flows_run_side_by_side_too_also_inside_each_other(drive: Drive) -> None:
    def pair(first: str, second: str) -> Flow[str]:
        return (yield from send(ask(first))) + (yield from send(ask(second)))

    def both(first: str, second: str) -> Flow[tuple[str, str]]:
        one, other = yield from together([pair(first, "x"), pair(second, "y")])
        return one, other

    driven = drive(echo, lambda c: c.run(together([both("a", "b"), both("c", "d")])))

    assert driven.result == (("ax", "by"), ("cx", "dy"))


@pytest.mark.parametrize("cap", [1, 3])
def test_no_more_run_at_once_than_allowed(cap: int) -> None:
    crowd, other = Crowd(cap), Crowd(cap)
    works = letters(6)

    async def awaited() -> Any:
        async with AsyncClient(KEY, transport=httpx.MockTransport(other.awaited)) as client:
            return await client.run(together(works, at_most=cap))

    with Client(KEY, transport=httpx.MockTransport(crowd.blocking)) as client:
        assert client.run(together(works, at_most=cap)) == tuple("abcdef")
    assert asyncio.run(awaited()) == tuple("abcdef")
    assert crowd.most == other.most == cap


def test_each_call_is_retried_for_itself(drive: Drive) -> None:
    failed: set[str] = set()

    def shaky(request: httpx.Request) -> httpx.Response:
        name = request.url.path
        if name in failed:
            return echo(request)
        failed.add(name)
        return httpx.Response(503, json={"message": "busy"})

    driven = drive(shaky, lambda c: c.run(together(letters(4), at_most=2)))

    assert driven.result == tuple("abcd")
    assert driven.pauses == [0.75] * 4


def test_an_error_stops_what_has_not_begun_and_can_be_caught_by_the_flow(drive: Drive) -> None:
    asked: list[str] = []

    def second_fails(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path[-1])
        return missing(request) if asked[-1] == "b" else echo(request)

    def catching() -> Flow[str]:
        try:
            yield from together(letters(6), at_most=1)
        except NotFoundError as error:
            return f"caught: {error.what}"
        return "no error"

    driven = drive(second_fails, lambda c: c.run(catching()))

    assert driven.error is None
    assert driven.result.startswith("caught")
    assert asked == ["a", "b"]


def test_an_error_inside_a_flow_beside_others_is_that_flow_s_to_catch(drive: Drive) -> None:
    def forgiving() -> Flow[str]:
        try:
            return (yield from send(ask("bad")))
        except NotFoundError:
            return "none"

    def some(request: httpx.Request) -> httpx.Response:
        return missing(request) if request.url.path.endswith("bad") else echo(request)

    driven = drive(some, lambda c: c.run(together([forgiving(), forgiving()])))

    assert driven.result == ("none", "none")


def test_when_the_error_is_raised_nothing_runs_any_more(drive: Drive) -> None:
    def one_busy_one_wrong(request: httpx.Request) -> httpx.Response:
        wrong = request.url.path.endswith("b")
        return missing(request) if wrong else httpx.Response(503, json={"message": "busy"})

    driven = drive(one_busy_one_wrong, lambda c: c.run(together(letters(2), at_most=2)))

    assert isinstance(driven.error, NotFoundError | ServiceError)
    assert not running()


def spending() -> Flow[Any]:
    yield from send(deployments_api.create("sdl", deposit_usd=5))


@pytest.mark.parametrize("work", [lambda: deployments_api.create("sdl", deposit_usd=5), spending])
def test_what_spends_may_not_run_beside_others(drive: Drive, work: Any) -> None:
    asked: list[str] = []

    def watched(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return echo(request)

    driven = drive(watched, lambda c: c.run(together([work(), work()])))

    assert isinstance(driven.error, TypeError)
    assert "spends" in str(driven.error)
    assert "POST" not in asked


def test_an_interrupt_does_not_wait_for_what_is_under_way() -> None:
    arrived, release = threading.Event(), threading.Event()
    asked: list[str] = []

    def stuck(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path[-1])
        if asked[-1] == "a":
            return echo(request)
        arrived.set()
        release.wait(PATIENCE_S)
        return echo(request)

    def interrupt(index: int, answer: str) -> None:
        assert arrived.wait(PATIENCE_S)
        raise KeyboardInterrupt

    with Client(KEY, transport=httpx.MockTransport(stuck)) as client:
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            client.run(together(letters(9), at_most=2, on_done=interrupt))
        took = time.monotonic() - started
        release.set()
        for thread in running():
            thread.join(PATIENCE_S)

    assert took < PATIENCE_S / 2
    assert set(asked) <= {"a", "b", "c"}  # what had not begun never did


def test_cancellation_stops_all_of_it() -> None:
    inside = 0

    full = asyncio.Event()

    async def stuck(request: httpx.Request) -> httpx.Response:
        nonlocal inside
        inside += 1
        if inside == 3:
            full.set()
        try:
            await asyncio.sleep(PATIENCE_S)
        finally:
            inside -= 1
        return echo(request)

    async def main() -> int:
        async with AsyncClient(KEY, transport=httpx.MockTransport(stuck)) as client:
            work = asyncio.create_task(client.run(together(letters(9), at_most=3)))
            await full.wait()
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert inside == 0


def test_where_there_are_no_threads_they_run_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "emscripten")
    done: list[int] = []
    with Client(KEY, transport=httpx.MockTransport(echo)) as client:
        works = together(letters(3), on_done=lambda index, _: done.append(index))
        assert client.run(works) == ("a", "b", "c")
    assert done == [0, 1, 2]


def test_the_real_endpoints_run_beside_each_other(drive: Drive) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[])

    driven = drive(answer, lambda c: c.run(together([providers_api.list_all(), providers_api.auditors()])))

    assert driven.result == ((), ())
