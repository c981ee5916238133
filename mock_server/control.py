"""The mock's own controls over HTTP, for tests in any language: time, faults, journal, snapshots.

Everything is below `/_mock/`, takes the caller's `x-api-key` and concerns that key alone. In a shared market, what
moves time or changes the world concerns all, so only the first key may do it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from mock_server.fault import Fault
from mock_server.web.call import read_json
from mock_server.web.http import MockRequest, MockResponse, error, reply
from mock_server.web.validate import Check, number, obj, parse
from mock_server.world.clock import iso
from mock_server.world.state import wallet_address

if TYPE_CHECKING:
    from mock_server.console import MockConsole, Tenant
    from mock_server.doors.pacing import Pacer

PREFIX = "/_mock/"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the controls; `pacer` is None where time stands still."""

    console: MockConsole
    tenant: Tenant
    request: MockRequest
    pacer: Pacer | None

    def body(self, check: Check) -> Any:
        """The checked JSON body.

        Raises:
            ApiError: 400.
        """
        return parse(check, read_json(self.request.body))

    def concerned(self) -> tuple[str, ...]:
        """The tenants whose time and world the caller may change.

        Raises:
            ApiError: 403 in a shared market for all but the first key.
        """
        if self.console.market != "shared":
            return (self.tenant.digest,)
        if self.tenant is not self.console.first:
            raise error(403, "In a shared market only the first API key may do that")
        return self.console.tenants


def answer(console: MockConsole, tenant: Tenant, request: MockRequest, pacer: Pacer | None) -> MockResponse:
    """The answer to a request below `PREFIX` of a caller who was recognised.

    Raises:
        ApiError: 400, 403, 404, 409.
    """
    verb = "GET" if request.method == "HEAD" else request.method
    act = _ACTS.get((verb, request.path.removeprefix(PREFIX)))
    if act is None:
        known = ", ".join(f"{method} {PREFIX}{name}" for method, name in _ACTS)
        raise error(404, f"The mock has no such control. There are: {known}.")
    try:
        return act(Asked(console, tenant, request, pacer))
    except ValueError as problem:
        raise error(400, str(problem)) from None


def _state(asked: Asked) -> MockResponse:
    """What the caller's world is and where it stands."""
    console, pacer, tenant = asked.console, asked.pacer, asked.tenant
    with console.world_of(tenant) as world:
        body = {
            "now": iso(world.now_ms),
            "height": world.height,
            "speed": pacer.pace(tenant.digest) if pacer else 0,
            "seed": console.seed,
            "dialect": console.dialect,
            "market": console.market,
            "address": world.wallet.address,
            "balance": world.wallet.allowance,
            "deployments": {"active": len(world.active), "all": len(world.deployments)},
            "faults": len(tenant.faults),
            "calls": len(tenant.calls),
        }
    return reply({"data": body})


def _advance(asked: Asked) -> MockResponse:
    seconds = asked.body(obj(seconds=number(minimum=0)))["seconds"]
    (asked.pacer or asked.console).pass_time(asked.concerned(), seconds)
    if asked.pacer:  # so that what falls due has happened when this is answered
        asked.pacer.visit(wallet_address(asked.console.seed, asked.tenant.digest), lambda world: None)
    return _state(asked)


def _set_speed(asked: Asked) -> MockResponse:
    """0 pauses."""
    speed = asked.body(obj(speed=number(minimum=0)))["speed"]
    if asked.pacer is None:
        raise error(409, "Time stands still here: it moves by POST /_mock/advance only")
    asked.pacer.set_speed(speed, asked.concerned())
    return _state(asked)


def _reset(asked: Asked) -> MockResponse:
    asked.console.start_over(asked.concerned())
    return _state(asked)


def _list_faults(asked: Asked) -> MockResponse:
    return reply({"data": [_fault_json(rule) for rule in asked.tenant.faults]})


def _add_fault(asked: Asked) -> MockResponse:
    """As in a scenario file: `{"fault": "status", "status": 503, "operation": "listBids", "until": "2m"}`."""
    about = read_json(asked.request.body)
    if not isinstance(about, dict) or not isinstance(about.get("fault"), str):
        raise error(400, 'Expected an object with the name of a fault, as in {"fault": "no_bids"}')
    from mock_server.scenario import timed  # reads YAML, which few need

    asked.tenant.faults.add_from(timed(about))
    return reply({"data": [_fault_json(rule) for rule in asked.tenant.faults]}, 201)


def _clear_faults(asked: Asked) -> MockResponse:
    asked.tenant.faults.clear()
    return MockResponse(204)


def _list_calls(asked: Asked) -> MockResponse:
    wanted = asked.request.query.get("operation")
    calls = asked.tenant.calls.of(wanted) if wanted else list(asked.tenant.calls)
    shown = [
        {
            "operation": call.operation,
            "method": call.method,
            "path": call.path,
            "query": call.query,
            "body": call.body.decode("utf-8", "replace"),
            "status": call.status,
            "at": iso(call.at_ms),
        }
        for call in calls
    ]
    return reply({"data": shown, "forgotten": asked.tenant.calls.forgotten})


def _clear_calls(asked: Asked) -> MockResponse:
    asked.tenant.calls.clear()
    return MockResponse(204)


def _snapshot(asked: Asked) -> MockResponse:
    saved = asked.console.snapshot_of(asked.concerned())
    return MockResponse(200, saved, {"content-type": "application/octet-stream"})


def _restore(asked: Asked) -> MockResponse:
    asked.console.restore_of(asked.request.body, asked.concerned())
    return _state(asked)


def _fault_json(rule: Fault) -> dict[str, Any]:
    """What was asked for, as far as it differs from the usual, and how often it struck."""
    told = {f.name: getattr(rule, f.name) for f in fields(rule) if f.init and getattr(rule, f.name) != f.default}
    return {"fault": told.pop("kind"), **told, "struck": rule.struck}


_ACTS: dict[tuple[str, str], Callable[[Asked], MockResponse]] = {
    ("GET", "state"): _state,
    ("POST", "advance"): _advance,
    ("PUT", "speed"): _set_speed,
    ("POST", "reset"): _reset,
    ("GET", "faults"): _list_faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "calls"): _list_calls,
    ("DELETE", "calls"): _clear_calls,
    ("GET", "snapshot"): _snapshot,
    ("PUT", "snapshot"): _restore,
}
