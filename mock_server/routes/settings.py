"""Deployment settings: whether a deployment's escrow is topped up by itself (contract §7)."""

from __future__ import annotations

from typing import Any

from mock_server.web.call import Call
from mock_server.web.http import MockResponse, error, internal_error, reply
from mock_server.web.takes import takes
from mock_server.web.validate import boolean, data, dseq, obj, optional, uuid
from mock_server.world import chance, escrow, lifecycle
from mock_server.world.clock import DAY, iso, schedule
from mock_server.world.state import Setting

#: estimatedTopUpAmount is a day's cost: 600 blocks x 24 (contract §7).
_BLOCKS_PER_DAY = 600 * 24
_DSEQ, _USER, _OF_USER = obj(dseq=dseq), obj(userId=optional(uuid)), obj(userId=uuid, dseq=dseq)
_ON = data(autoTopUpEnabled=boolean)
_NEW_V1 = data(dseq=dseq, autoTopUpEnabled=optional(boolean, False), userId=uuid)
_NEW_V2 = data(dseq=dseq, autoTopUpEnabled=optional(boolean, False), userId=optional(uuid))


@takes(params=_OF_USER, key=True)
def get_v1(call: Call) -> MockResponse:
    """GET /v1/deployment-settings/{userId}/{dseq}: as in version 2, with the user named."""
    path = call.params(_OF_USER)
    return _get(call, path["dseq"], path["userId"])


@takes(params=_DSEQ, query=_USER, key=True)
def get_v2(call: Call) -> MockResponse:
    """GET /v2/deployment-settings/{dseq}: makes the row, switched on, when it is missing."""
    user = call.query(_USER).get("userId")
    return _get(call, call.params(_DSEQ)["dseq"], user)


@takes(params=_OF_USER, body=_ON, key=True)
def patch_v1(call: Call) -> MockResponse:
    """PATCH /v1/deployment-settings/{userId}/{dseq}: as in version 2, with the user named."""
    path = call.params(_OF_USER)
    return _patch(call, path["dseq"], path["userId"])


@takes(params=_DSEQ, query=_USER, body=_ON, key=True)
def patch_v2(call: Call) -> MockResponse:
    """PATCH /v2/deployment-settings/{dseq}: makes the row when it is missing."""
    user = call.query(_USER).get("userId")
    return _patch(call, call.params(_DSEQ)["dseq"], user)


@takes(body=_NEW_V1, key=True, status=201)
def create_v1(call: Call) -> MockResponse:
    """POST /v1/deployment-settings: the user must be named."""
    return _create(call, call.body(_NEW_V1)["data"])


@takes(body=_NEW_V2, key=True, status=201)
def create_v2(call: Call) -> MockResponse:
    """POST /v2/deployment-settings: 201; a second one for the same deployment is the Console's own 500."""
    return _create(call, call.body(_NEW_V2)["data"])


def _get(call: Call, number: str, user: str | None) -> MockResponse:
    _require_own(call, user)
    row = call.world.settings.get(number) or _new(call, number, on=True)
    return reply({"data": _setting_json(call, row)})


def _patch(call: Call, number: str, user: str | None) -> MockResponse:
    wanted = call.body(_ON)["data"]
    _require_own(call, user)
    row = call.world.settings.get(number) or _new(call, number, on=False)
    row.auto_top_up, row.updated_ms = wanted["autoTopUpEnabled"], call.world.now_ms
    if row.auto_top_up:
        schedule_check(call, number)
        lifecycle.reload_if_low(call.world)
    return reply({"data": _setting_json(call, row)})


def _create(call: Call, wanted: dict[str, Any]) -> MockResponse:
    call.require_user()
    if wanted.get("userId") not in (None, call.world.user_id):
        raise error(403, "Forbidden", kind="authorization_error")
    if wanted["dseq"] in call.world.settings:
        raise internal_error()
    row = _new(call, wanted["dseq"], on=wanted["autoTopUpEnabled"])
    return reply({"data": _setting_json(call, row)}, 201)


def schedule_check(call: Call, number: str) -> None:
    """Look at a deployment's funds soon, unless that is planned already."""
    deployment = call.world.deployments.get(number)
    planned = any(event.kind == "auto_fund" and event.dseq == number for event in call.world.events)
    if deployment is not None and lifecycle.active_leases(deployment) and not planned:
        schedule(call.world, lifecycle.FUNDING_DELAY_MS, "auto_fund", dseq=number)


def _require_own(call: Call, user: str | None) -> None:
    call.require_user()
    if user not in (None, call.world.user_id):
        raise error(404, "Deployment setting not found")


def _new(call: Call, number: str, *, on: bool) -> Setting:
    now = call.world.now_ms
    row_id = chance.uuid(call.world.seed, "setting", call.world.tenant, number)
    row = call.world.settings[number] = Setting(row_id, number, on, now, now)
    return row


def _setting_json(call: Call, row: Setting) -> dict[str, Any]:
    deployment = call.world.deployments.get(row.dseq)
    rate = escrow.rate(deployment.escrow) if deployment is not None else 0
    return {
        "id": row.id,
        "userId": call.world.user_id,
        "dseq": row.dseq,
        "autoTopUpEnabled": row.auto_top_up,
        "closed": deployment is not None and deployment.state == "closed",
        "estimatedTopUpAmount": int(rate * _BLOCKS_PER_DAY) if row.auto_top_up else 0,
        "topUpFrequencyMs": DAY,
        "createdAt": iso(row.created_ms),
        "updatedAt": iso(row.updated_ms),
    }
