"""Any requests in any order: no answer that the contract does not know, and the money always adds up."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mock_server import MOCK_API_KEY, MockConsole
from mock_server.routes import ROUTES, Route
from mock_server.world.state import Load
from tests.mock_server.conftest import conserved
from tests.mock_server.visitors import NO_ID, STRANGER, Visitor

NAMED = {route.name: route for route in ROUTES}
GENERAL = "Internal server error"
EXECUTING = r"failed to execute message; message index: \d+: "
UNREACHABLE = r"Provider https://\S+ is temporarily unavailable"

#: The only errors of its own that the service may answer with, by operation ("*": any): status, and what it says.
FORESEEN = [
    # §3: what the chain complains about and the API does not translate, in the chain's own words.
    ("*", 500, r'strconv\.ParseUint: parsing "\d+": value out of range'),
    ("createLease", 500, EXECUTING + "invalid bid: bid not found"),
    ("createDeployment", 500, EXECUTING + "error: invalid unit"),
    ("signTransaction", 500, EXECUTING),
    ("signTransaction", 500, r"Invalid: empty hash|DeploymentID: |pubKey does not match signer address"),
    *(
        (name, 500, "invalid deposit: amount must be positive")
        for name in ("depositDeployment", "depositDeploymentGuide")
    ),
    # §5: the SDL engine throws; a list of leases is empty; an amount is Infinity.
    *((name, 500, GENERAL) for name in ("createDeployment", "updateDeployment", "createLease")),
    *((name, 500, GENERAL) for name in ("depositDeployment", "depositDeploymentGuide")),
    # §7: a second settings row for the same deployment.
    *((name, 500, GENERAL) for name in ("createDeploymentSettings", "createDeploymentSettingsV1")),
    # The indexer takes no such page.
    *((name, 500, GENERAL) for name in ("listChainDeployments", "listChainLeases")),
    # §3, §15: a provider cannot be reached.
    *((name, 503, UNREACHABLE) for name in ("createLease", "updateDeployment", "proxyProvider")),
]

#: What is put in the place of something sensible.
SILLY: list[Any] = [
    *(None, True, 0, -1, 1.5, 1e30, 2**53, 2**64, [], {}, [None], {"a": 1}),
    *("", " ", "x", "0x10", "-1", "1e3", "NaN", "Infinity", str(2**64), NO_ID, STRANGER, "akash1", "2026-02-31"),
    *("a" * 5000, "../..", "%2F", "\u0000", "\U0001f600", "\u00e9", "a: [1", "https://user:x@example.org"),
]


def check(route: Route, answer: httpx.Response) -> None:
    """Whether the contract knows such an answer."""
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    told = answer.json() if is_json else answer.text
    if answer.status_code < 500:
        return
    said = told["message"] if is_json else told
    known = [text for name, status, text in FORESEEN if name in ("*", route.name) and status == answer.status_code]
    assert any(re.match(text, said) for text in known), f"{route.name}: {answer.status_code} {said}"


@contextmanager
def no_mistakes() -> Iterator[None]:
    """Check that the mock foresaw all that it is asked in the block: its own mistakes are logged."""
    seen: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = seen.append  # type: ignore[method-assign]
    logger = logging.getLogger("mock_server")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    assert [(record.getMessage(), record.exc_info) for record in seen] == []


def spoilt(value: Any, where: int, silly: Any) -> Any:
    """A body with something silly at one of its places, counted from the outside in; None takes a key away."""
    places: list[tuple[Any, Any]] = []

    def copied(part: Any) -> Any:
        if isinstance(part, dict | list):
            made: Any = dict(part) if isinstance(part, dict) else list(part)
            for key in part if isinstance(part, dict) else range(len(part)):
                places.append((made, key))
                made[key] = copied(part[key])
            return made
        return part

    whole = [value]
    places.append((whole, 0))
    whole[0] = copied(value)
    holder, key = places[where % len(places)]
    if silly is None and isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = silly
    return whole[0]


@pytest.mark.parametrize("dialect", ["live", "guide"])
@pytest.mark.parametrize("name", NAMED)
def test_every_endpoint_is_asked_for_something_that_is_there(name: str, dialect: Any) -> None:
    """Or the sequences below would see nothing but refusals."""
    console = MockConsole(dialect=dialect, fleet="small")
    newest = Visitor(console, itemgetter(0))
    first = ["createDeployment", "createApiKey", "createJwtToken", "createWalletSettings"]
    first += ["createCertificate"] if dialect == "guide" else []
    for made in first:
        assert newest.ask(NAMED[made]).is_success
    console.sleep(30)
    if name == "proxyProvider":
        assert newest.ask(NAMED["createLease"]).is_success
    with no_mistakes():
        answer = newest.ask(NAMED[name])
    refused = {("createCertificate", "live"): 400, ("depositDeploymentGuide", "live"): 404}.get((name, dialect))
    assert answer.status_code == refused if refused else answer.status_code < 400, answer.text


#: What moves money or the world is asked for more often than the rest.
ASKED = [
    *sorted(NAMED),
    *("createDeployment", "createLease", "depositDeployment", "depositDeploymentGuide", "updateDeployment") * 3,
    *("closeDeployment", "signTransaction", "createJwtToken", "createCertificate", "proxyProvider") * 3,
    *("updateDeploymentSettings", "createWalletSettings", "createApiKey", "deleteApiKey", "getDeployment") * 2,
]
WRONG = [
    *("provider_down", "manifest_refused", "no_bids", "short_bids", "lease_lost"),
    *("no_fee", "insufficient_balance", "wallet_provisioning"),
]


class AnySequence(RuleBasedStateMachine):
    """A tenant who asks for everything, sensibly or not, with time passing and providers failing in between."""

    @initialize(dialect=st.sampled_from(["live", "guide"]), trial=st.booleans())
    def begin(self, dialect: Any, trial: bool) -> None:
        self.console = MockConsole(dialect=dialect, trial=trial, fleet="small", balance_usd=50)
        self.visitor = Visitor(self.console, itemgetter(0))

    def picking(self, data: st.DataObject) -> Visitor:
        self.visitor.pick = lambda options: data.draw(st.sampled_from(options))
        return self.visitor

    @rule(name=st.sampled_from(ASKED), data=st.data())
    def ask_for_something(self, name: str, data: st.DataObject) -> None:
        with no_mistakes():
            check(NAMED[name], self.picking(data).ask(NAMED[name]))

    @rule(name=st.sampled_from(sorted(NAMED)), silly=st.sampled_from(SILLY), where=st.integers(0, 30), data=st.data())
    def ask_for_something_silly(self, name: str, silly: Any, where: int, data: st.DataObject) -> None:
        route, visitor = NAMED[name], self.picking(data)
        path, query, body = visitor.parameters(route), visitor.query(route), visitor.body(route)
        parts = [part for part, there in (("path", path), ("query", True), ("body", body is not None)) if there]
        part = parts[where % len(parts)]
        if part == "body":
            body = spoilt(body, where, silly)
        elif part == "path":
            path[list(path)[where % len(path)]] = silly
        else:
            query = {**query, **dict.fromkeys(list(query)[where % max(len(query), 1) :][:1] or ["a"], silly)}
        key = data.draw(st.sampled_from([MOCK_API_KEY, *visitor.keys, None, "nobody"]))
        with no_mistakes():
            check(route, visitor.send(route, path, query, body, key))

    @rule(data=st.data())
    def rent(self, data: st.DataObject) -> None:
        visitor = self.picking(data)
        visitor.ask(NAMED["createDeployment"])
        self.console.sleep(30)
        visitor.pick = itemgetter(0)
        with no_mistakes():
            check(NAMED["createLease"], visitor.ask(NAMED["createLease"]))

    @rule(seconds=st.sampled_from([6, 30, 300, 3600, 86_400, 30 * 86_400]))
    def wait(self, seconds: int) -> None:
        self.console.sleep(seconds)

    @rule(fault=st.sampled_from(WRONG))
    def let_go_wrong(self, fault: str) -> None:
        self.console.faults.add(fault, times=1)

    @rule()
    def go_through_bytes(self) -> None:
        self.console.restore(self.console.snapshot())

    @invariant()
    def no_unit_is_made_or_lost(self) -> None:
        with self.console.world() as world:
            held = conserved(world)
        told = self.visitor.tenant.data("GET", "/v1/balances")
        assert (told["balance"], told["deployments"]) == (world.wallet.allowance, held)

    @invariant()
    def providers_carry_what_is_leased(self) -> None:
        with self.console.world() as world:
            carried: dict[str, Load] = {}
            for lease in (e for d in world.deployments.values() for e in d.leases if e.state == "active"):
                carried[lease.provider] = carried.get(lease.provider, Load()).plus(lease.load)
            assert {p: load for p, load in world.market.loads.items() if load != Load()} == carried


AnySequence.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestAnySequence = AnySequence.TestCase
