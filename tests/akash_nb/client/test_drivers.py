"""The two clients themselves: stopping, cancelling, how they look in a notebook, and where they connect to."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from akash_nb.client import AsyncClient, Client, Flow, Sleep, send
from akash_nb.client import bids as bids_api
from akash_nb.client.operation import C_co, Resource, operation, verb
from akash_nb.client.resources import Resources
from akash_nb.client.transport import proxy_for
from akash_nb.errors import APIError
from tests.akash_nb.client.operations import CASES, DSEQ, OFFERED_BID

GROUPS = [
    "account",
    "api_keys",
    "bids",
    "certificates",
    "deployment_settings",
    "deployments",
    "health",
    "leases",
    "market",
    "providers",
    "templates",
    "usage",
    "wallet",
]


def bids(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"data": [OFFERED_BID]}, headers={"date": "Tue, 24 Nov 2026 04:21:46 GMT"})


def waiting(closed: list[str]) -> Flow[None]:
    """Asks once, then waits for a long time; notes that it was closed."""
    try:
        yield from send(bids_api.list_bids(DSEQ))
        yield Sleep(600)
    finally:
        closed.append("closed")


class TestStopping:
    def test_an_interrupt_while_pausing_closes_the_flow(self) -> None:
        def interrupted(_: float) -> None:
            raise KeyboardInterrupt

        closed: list[str] = []
        client = Client(transport=httpx.MockTransport(bids), sleep=interrupted)
        with client, pytest.raises(KeyboardInterrupt) as caught:
            client.run(waiting(closed))
        assert closed == ["closed"], caught  # while its traceback still keeps every frame alive

    def test_an_interrupt_while_sending_closes_the_flow(self) -> None:
        def interrupted(_: httpx.Request) -> httpx.Response:
            raise KeyboardInterrupt

        closed: list[str] = []
        transport = httpx.MockTransport(interrupted)
        with Client(transport=transport) as client, pytest.raises(KeyboardInterrupt) as caught:
            client.run(waiting(closed))
        assert closed == ["closed"], caught

    def test_cancelling_the_task_while_pausing_closes_the_flow(self) -> None:
        closed: list[str] = []

        async def main() -> None:
            pausing = asyncio.Event()

            async def forever(_: float) -> None:
                pausing.set()
                await asyncio.Event().wait()

            async with AsyncClient(transport=httpx.MockTransport(bids), sleep=forever) as client:
                task = asyncio.create_task(client.run(waiting(closed)))
                await pausing.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await task
                assert closed == ["closed"], caught

        asyncio.run(main())

    def test_cancelling_the_task_while_sending_closes_the_flow(self) -> None:
        closed: list[str] = []

        async def main() -> None:
            sending = asyncio.Event()

            async def silent(_: httpx.Request) -> httpx.Response:
                sending.set()
                await asyncio.Event().wait()
                raise AssertionError("never answered")

            async with AsyncClient(transport=httpx.MockTransport(silent)) as client:
                task = asyncio.create_task(client.run(waiting(closed)))
                await sending.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError) as caught:
                    await task
                assert closed == ["closed"], caught

        asyncio.run(main())

    def test_a_pause_function_that_runs_dry_is_not_taken_for_the_end(self) -> None:
        pauses: Iterator[None] = iter(())
        client = Client(transport=httpx.MockTransport(bids), sleep=lambda _: next(pauses))
        with client, pytest.raises(StopIteration):
            client.run(waiting([]))


@pytest.mark.parametrize("make", [Client, AsyncClient])
class TestInANotebook:
    def test_every_group_is_there_on_both_clients(self, make: type[Client | AsyncClient]) -> None:
        client = make()
        assert sorted(name for name in vars(client) if not name.startswith("_") and name != "base_url") == GROUPS
        assert all(getattr(client, name).client is client for name in GROUPS)

    def test_the_docstring_of_the_groups_names_all_of_them(self, make: type[Client | AsyncClient]) -> None:
        assert all(f"{name}: " in (Resources.__doc__ or "") for name in GROUPS)
        assert issubclass(make, Resources)

    def test_every_operation_is_documented_under_its_own_name(self, make: type[Client | AsyncClient]) -> None:
        client = make()
        for group in GROUPS:
            resource = getattr(client, group)
            for name, defined in vars(type(resource)).items():
                if not isinstance(defined, operation):
                    continue
                method = getattr(resource, name)
                assert method.__name__ == name
                assert method.__qualname__ == f"{type(resource).__name__}.{name}"
                assert len(method.__doc__) > 20
                assert "self" not in inspect.signature(method).parameters

    def test_a_client_says_where_it_connects_to_and_whether_it_has_a_key(
        self, make: type[Client | AsyncClient]
    ) -> None:
        assert repr(make(base_url="https://a.example/")) == f"<{make.__name__} https://a.example without a key>"
        assert repr(make("  ")).endswith("without a key>")
        assert repr(make("ac.sk.x").deployments).endswith("with an API key>>")


def test_the_signature_of_a_blocking_operation_says_what_comes_back() -> None:
    signature = inspect.signature(Client().deployments.create)
    assert str(signature) == "(sdl: 'str', *, deposit_usd: 'Decimal | float | str | None' = None) -> 'Created'"
    assert str(inspect.signature(Client().bids.list)) == "(dseq: 'str') -> 'tuple[Bid, ...]'"


def test_the_signature_of_an_awaited_operation_says_that_it_is_awaited() -> None:
    assert str(inspect.signature(AsyncClient().bids.list)) == "(dseq: 'str') -> 'Awaitable[tuple[Bid, ...]]'"
    assert str(inspect.signature(AsyncClient().deployments.list)).endswith("'Awaitable[tuple[DeploymentStatus, ...]]'")


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_help_shows_the_real_thing(make: type[Client | AsyncClient]) -> None:
    text = pydoc.plain(pydoc.render_doc(make().deployments.create))
    assert "create(sdl: 'str', *, deposit_usd:" in text
    assert "Spends; never repeated by itself." in text
    assert "OutcomeUnknownError: The answer was lost." in text


class Greeter(Resource[C_co]):
    """Something of the user's that belongs to a client."""

    @verb
    def greet(self, name: str) -> Flow[str]:
        """Say hello."""
        found = yield from send(bids_api.list_bids(DSEQ))
        return f"hello {name}, {len(found)} bid"


def test_a_verb_runs_blocking_or_awaited_as_its_client_does() -> None:
    with Client(transport=httpx.MockTransport(bids)) as client:
        greet = Greeter(client).greet
        assert greet("you") == "hello you, 1 bid"
        assert str(inspect.signature(greet)) == "(name: 'str') -> 'str'"
        assert (greet.__name__, greet.__doc__) == ("greet", "Say hello.")

    async def main() -> str:
        async with AsyncClient(transport=httpx.MockTransport(bids)) as client:
            return await Greeter(client).greet("you")

    assert asyncio.run(main()) == "hello you, 1 bid"


def test_an_operation_read_from_its_class_is_itself() -> None:
    assert isinstance(Greeter.greet, verb)
    assert Greeter.greet.__doc__ == "Say hello."


def test_the_service_clock_is_known_after_the_first_answer(drive: Any) -> None:
    def times(client: Any) -> Any:
        assert client.service_time is None
        return client.bids.list(DSEQ)

    seen: list[Any] = []
    with Client(transport=httpx.MockTransport(bids)) as client:
        client.bids.list(DSEQ)
        seen.append(client.service_time)
    assert str(seen[0]) == "2026-11-24 04:21:46+00:00"
    assert drive(bids, times).error is None


@pytest.mark.parametrize("run", [case.run for case in CASES[:1]], ids=["create"])
def test_timeouts_leave_room_for_what_the_service_waits_for(drive: Any, run: Callable[[Any], Any]) -> None:
    """Signing takes up to 60 s and manifests 75 s (contract §1)."""
    timeouts: list[dict[str, float]] = []

    def note(request: httpx.Request) -> httpx.Response:
        timeouts.append(request.extensions["timeout"])
        return httpx.Response(201, json={"data": {"dseq": DSEQ, "manifest": "[]"}})

    drive(note, run)
    assert timeouts[0]["read"] == 150
    assert timeouts[0]["connect"] == 10


def test_no_key_means_no_header() -> None:
    headers: list[httpx.Headers] = []

    def note(request: httpx.Request) -> httpx.Response:
        headers.append(request.headers)
        return httpx.Response(200, json={"data": []})

    with Client(transport=httpx.MockTransport(note)) as client:
        client.templates.list()
    assert "x-api-key" not in headers[0]


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for("https://console.example") == "http://proxy.example:3128"
    assert proxy_for("https://inside.example") is None
    assert proxy_for("http://console.example") is None


def test_the_service_clock_goes_on_between_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = iter([100.0, 160.0])
    monkeypatch.setattr("akash_nb.client.drivers.time.monotonic", lambda: next(passed))
    with Client(transport=httpx.MockTransport(bids)) as client:
        client.bids.list(DSEQ)

        assert str(client.service_now) == "2026-11-24 04:22:46+00:00"


KEY = "ac.sk.test." + "c0ffee" * 10 + "abcd"


@pytest.mark.parametrize(("status", "kept"), [(200, True), (400, False)], ids=["an answer", "an error"])
def test_the_key_is_taken_out_of_errors_only(status: int, kept: bool) -> None:
    """A manifest may hold the key that its workload uses, and has to stay as it is."""

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"dseq": DSEQ, "manifest": f"KEY={KEY}", "message": KEY})

    with Client(KEY, transport=httpx.MockTransport(echo)) as client:
        try:
            said = client.deployments.create("sdl", deposit_usd=5).manifest
        except APIError as error:
            said = str(error)

    assert (KEY in said) is kept
