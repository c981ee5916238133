"""What was asked of a mock, and how tests say what should have been asked."""

from __future__ import annotations

import httpx
import pytest

from mock_server import MOCK_API_KEY, Journal, LoggedCall, MockConsole
from mock_server.routes import ROUTES
from mock_server.world.clock import GENESIS_MS
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import lease


def journal(*called: str, size: int = 2_000) -> Journal:
    """A journal of calls, each as its operation and, after a colon, the status it was answered with (200)."""
    made = Journal(("listBids", "createLease", "getBalances"), size)
    for entry in called:
        name, _, status = entry.partition(":")
        made.append(LoggedCall(name, "GET", "/", "", b"", None if status == "-" else int(status or 200)))
    return made


# --- counting and finding ----------------------------------------------------------------------------------------


def test_calls_are_kept_oldest_first() -> None:
    calls = journal("listBids", "createLease:400", "listBids:503")
    assert [(call.operation, call.status) for call in calls] == [
        ("listBids", 200),
        ("createLease", 400),
        ("listBids", 503),
    ]
    assert (len(calls), calls[0].operation, calls[-1].status) == (3, "listBids", 503)


def test_calls_are_counted_and_found_by_operation_whatever_their_answer() -> None:
    calls = journal("listBids", "createLease", "listBids:503", "unknown:404")
    assert [calls.count(name) for name in ("listBids", "createLease", "getBalances", "unknown")] == [2, 1, 0, 1]
    assert [call.status for call in calls.of("listBids")] == [200, 503]
    assert calls.of("getBalances") == []


def test_a_misspelt_operation_is_no_operation_that_was_not_called() -> None:
    calls = journal("listBids")
    for ask in (calls.count, calls.of, calls.assert_called, calls.assert_order):
        with pytest.raises(
            ValueError, match=r"There is no operation 'listBid'\. Did you mean 'listBids'\? There are: "
        ):
            ask("listBid")


def test_every_operation_of_the_table_has_a_count(console: MockConsole) -> None:
    assert [console.count(route.name) for route in ROUTES] == [0] * len(ROUTES)


def test_the_newest_calls_are_kept_and_all_are_counted() -> None:
    calls = journal("createLease", *["listBids"] * 5, size=3)
    assert (len(calls), calls.forgotten) == (3, 3)
    assert (calls.count("listBids"), calls.count("createLease")) == (5, 1)
    assert calls.of("createLease") == []


def test_a_cleared_journal_is_as_new() -> None:
    calls = journal("createLease", *["listBids"] * 5, size=3)
    calls.clear()
    assert (len(calls), calls.forgotten, calls.count("listBids"), calls.told()) == (0, 0, 0, "Nothing was called.")


def test_whoever_goes_through_the_calls_may_make_some() -> None:
    calls = journal("listBids")
    for call in calls:
        if len(calls) < 3:
            calls.append(call)
    assert len(calls) == 2


def test_a_journal_shows_what_was_called_how_often() -> None:
    assert repr(journal("listBids", "createLease", "listBids")) == "Journal({'listBids': 2, 'createLease': 1})"


# --- what should have been called --------------------------------------------------------------------------------


def test_what_was_called_is_given_back_to_look_at() -> None:
    calls = journal("listBids", "createLease:400", "createLease")
    assert [call.status for call in calls.assert_called("createLease")] == [400, 200]
    assert [call.status for call in calls.assert_called("createLease", status=400)] == [400]
    assert len(calls.assert_called("createLease", times=2)) == 2
    assert calls.assert_called("getBalances", times=0) == []
    assert len(calls.assert_called("createLease", times=1, status=200)) == 1


def test_what_was_not_called_is_said_with_what_was() -> None:
    calls = journal("listBids", "createLease:400", "listBids:-")
    told = "Called were, in this order: listBids (200), createLease (400), listBids (broken)."
    problems = {
        "getBalances should have been called at least once, but was 0 times. " + told: ("getBalances", {}),
        "createLease should have been called 2 times, but was 1 times. " + told: ("createLease", {"times": 2}),
        "createLease should have been called 0 times, but was 1 times. " + told: ("createLease", {"times": 0}),
        "createLease should have been called and answered 200 at least once, but was 0 times. " + told: (
            "createLease",
            {"status": 200},
        ),
        "listBids should have been called and answered 200 3 times, but was 1 times. " + told: (
            "listBids",
            {"status": 200, "times": 3},
        ),
    }
    for message, (operation, about) in problems.items():
        with pytest.raises(AssertionError) as problem:
            calls.assert_called(operation, **about)
        assert str(problem.value) == message


def test_where_nothing_was_called_that_is_said() -> None:
    with pytest.raises(AssertionError, match=r"but was 0 times\. Nothing was called\.$"):
        journal().assert_called("listBids")


def test_calls_that_were_forgotten_count_too() -> None:
    calls = journal("createLease:400", *["listBids"] * 5, size=3)
    assert len(calls.assert_called("listBids", times=5)) == 3
    assert len(calls.assert_called("listBids", times=5, status=200)) == 3
    with pytest.raises(AssertionError, match=r"but was 5 times\. Called were, in this order: 3 older calls, listBids"):
        calls.assert_called("listBids", times=3)
    assert calls.assert_called("createLease", status=400) == []


def test_an_order_may_have_others_in_between() -> None:
    calls = journal("listBids", "getBalances", "createLease", "listBids")
    for order in (("listBids", "createLease"), ("listBids", "listBids"), ("createLease",), ()):
        calls.assert_order(*order)


@pytest.mark.parametrize(
    ("order", "missing"),
    [
        (("createLease", "getBalances"), "getBalances"),
        (("listBids", "listBids", "listBids"), "listBids"),
        (("getBalances", "listBids", "createLease"), "createLease"),
        (("unknown",), "unknown"),
    ],
)
def test_another_order_is_said_with_the_one_it_was(order: tuple[str, ...], missing: str) -> None:
    calls = journal("listBids", "getBalances", "createLease", "listBids")
    with pytest.raises(AssertionError) as problem:
        calls.assert_order(*order)
    told = "listBids (200), getBalances (200), createLease (200), listBids (200)"
    expected = f"{missing} was not called in the order {', '.join(order)}. Called were, in this order: {told}."
    assert str(problem.value) == expected


# --- what a call is ----------------------------------------------------------------------------------------------


def test_a_call_has_its_query_and_its_body() -> None:
    call = LoggedCall("listBids", "GET", "/v1/bids", "dseq=1&a=x%20y&dseq=2", b'{"a": [1]}', 200)
    assert (call.query, call.json()) == ({"dseq": "1", "a": "x y"}, {"a": [1]})
    empty = LoggedCall("listBids", "GET", "/v1/bids", "", b"", 200)
    assert (empty.query, empty.json()) == ({}, None)
    with pytest.raises(ValueError, match="Expecting value"):
        LoggedCall("listBids", "GET", "/", "", b"nonsense", 200).json()


def test_a_call_is_noted_with_its_instant_and_answer(console: MockConsole, tenant: Tenant) -> None:
    console.sleep(90)
    tenant.http.get("/v1/bids?dseq=7")
    (call,) = console.calls
    assert call == LoggedCall("listBids", "GET", "/v1/bids", "dseq=7", b"", 200, GENESIS_MS + 90_000)


def test_a_call_that_broke_or_was_refused_is_noted_too(console: MockConsole, tenant: Tenant) -> None:
    console.faults.drop("getBalances", when="after")
    console.faults.status(503, "listBids")
    with pytest.raises(httpx.ReadError):
        tenant.http.get("/v1/balances")
    tenant.http.get("/v1/bids/1")
    tenant.http.get("/v1/deployments/abc")
    tenant.http.patch("/v1/deployments")
    tenant.http.head("/v1/balances")
    assert [(call.operation, call.method, call.status) for call in console.calls] == [
        ("getBalances", "GET", None),
        ("listDeploymentBids", "GET", 200),
        ("getDeployment", "GET", 400),
        ("unknown", "PATCH", 404),
        ("getBalances", "HEAD", 200),
    ]


def test_a_preflight_is_no_call(console: MockConsole, tenant: Tenant) -> None:
    tenant.http.options("/v1/balances")
    assert len(console.calls) == 0


def test_a_whole_lifecycle_is_told_in_order(console: MockConsole, tenant: Tenant) -> None:
    tenant.close(tenant.run(console, sdl()))
    console.calls.assert_order("createDeployment", "listDeploymentBids", "createLease", "closeDeployment")
    (made,) = console.calls.assert_called("createDeployment", times=1, status=201)
    assert made.json()["data"]["deposit"] == 5


def test_nothing_that_gives_access_is_noted() -> None:
    """Keys, tokens and private keys: in headers, in bodies and in what is shown of a call."""
    console = MockConsole(dialect="guide")
    tenant = connect(console)
    running = lease(console, tenant)
    auth = running.token()
    assert running.ask("GET", running.lease_path("status"), auth).status_code == 200
    made = tenant.data("POST", "/v1/api-keys", {"data": {"name": "ci"}})["apiKey"]
    connect(console, made).balances()
    pair = {"certPem": tenant._pair["certPem"], "keyPem": tenant._pair["keyPem"]}
    assert running.ask("GET", running.lease_path("status"), {"type": "mtls", **pair}).status_code == 200

    console.calls.assert_called("proxyProvider", times=2, status=200)
    shown = repr(list(console.calls)) + "".join(repr(call.json()) for call in console.calls) + console.calls.told()
    shown += tenant.http.get("/_mock/calls").text
    key_body = pair["keyPem"].split("-----")[2].strip()
    for secret in (MOCK_API_KEY, made, auth["token"], key_body[:40]):
        assert secret not in shown
    assert "PRIVATE KEY" not in shown
    assert '"keyPem":"***"' in shown


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_call_whose_connection_broke_is_noted_when_that_was(console: MockConsole, tenant: Tenant, when: str) -> None:
    console.sleep(30)
    console.faults.drop("getBalances", when=when)
    with pytest.raises(httpx.TransportError):
        tenant.http.get("/v1/balances")

    assert (console.calls[-1].status, console.calls[-1].at_ms) == (None, GENESIS_MS + 30_000)
