"""Which providers could take a group, before any money moves (contract §6)."""

from __future__ import annotations

import base64
import re
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from mock_server.supply import market, outages
from mock_server.supply.fleet import fleet
from mock_server.supply.provider import Provider
from mock_server.web.call import Call
from mock_server.web.http import MockResponse, reply
from mock_server.web.takes import takes
from mock_server.web.validate import (
    Issues,
    Path,
    array,
    described,
    enum,
    issue,
    matching,
    number,
    obj,
    optional,
    string,
)
from mock_server.world import lifecycle
from mock_server.world.clock import instant_of, iso
from mock_server.world.state import World

_DIGITS = re.compile("[0-9]+")
_KEY = matching(r"([a-zA-Z][\w/.-]{1,126}[\w*]?)", "Invalid attribute key format")
_ATTRIBUTES = array(obj(key=_KEY, value=string()))


@described(type="string", maxLength=80, description="A whole number in digits, or base64 of that.")
def _quantity(value: Any, path: Path, issues: Issues) -> Any:
    """Digits, or base64 of digits, as digits."""
    text = string()(value, path, issues)
    if isinstance(text, str):
        digits = text if _DIGITS.fullmatch(text) else _decoded(text)
        if len(text) <= 80 and digits is not None:
            return digits
        issues.append(issue(path, "Must be a non-negative integer or its protobuf base64-encoded representation"))
    return "0"


def _decoded(text: str) -> str | None:
    try:
        inner = base64.b64decode(text, validate=True).decode("ascii")
    except ValueError:  # no base64, or not of ASCII
        return None
    return inner if _DIGITS.fullmatch(inner) else None


@described(enum=[*market.ENDPOINT_KINDS, *market.ENDPOINT_KINDS.values()])
def _kind(value: Any, path: Path, issues: Issues) -> Any:
    """An endpoint kind by its name or its number on chain."""
    numbered = type(value) is int and value in market.ENDPOINT_KINDS.values()
    return value if numbered else enum(*market.ENDPOINT_KINDS)(value, path, issues)


@described(type="string", description="An IANA time zone.")
def _timezone(value: Any, path: Path, issues: Issues) -> Any:
    name = string()(value, path, issues)
    if isinstance(name, str) and name not in _timezones():
        issues.append(issue(path, "Timezone is not supported"))
    return name


@cache
def _timezones() -> set[str]:
    """The names that JavaScript knows too. They are gathered from files, among which is what this machine is set to."""
    return available_timezones() - {"Factory", "localtime"}


_AMOUNT = obj(val=_quantity)
_VOLUME = obj(name=string(), quantity=_AMOUNT, attributes=optional(_ATTRIBUTES))


@described(**_VOLUME.schema)
def _volume(value: Any, path: Path, issues: Issues) -> Any:
    """A volume; a persistent one needs a class that can be."""
    volume = _VOLUME(value, path, issues)
    if isinstance(volume, dict):
        attributes = {a["key"]: a["value"] for a in volume.get("attributes") or () if a and "key" in a}
        kind = attributes.get("class", "")
        if attributes.get("persistent") == "true" and kind in ("", "ram"):
            text = f'must specify a valid storage class (not "{kind or "empty"}")'
            issues.append(issue(path, f'Persistent storage volume "{volume.get("name")}" {text}'))
    return volume


_RESOURCE = obj(
    id=number(integer=True),
    cpu=obj(units=_AMOUNT, attributes=optional(_ATTRIBUTES)),
    memory=obj(quantity=_AMOUNT, attributes=optional(_ATTRIBUTES)),
    gpu=obj(units=_AMOUNT, attributes=optional(_ATTRIBUTES)),
    storage=array(_volume),
    endpoints=optional(array(obj(kind=optional(_kind), sequenceNumber=optional(number(integer=True))))),
)
_PRICE = obj(denom=string(), amount=matching(r"\d+", "Invalid"))
_BODY = obj(
    resources=array(obj(resource=_RESOURCE, count=number(minimum=1, integer=True), price=_PRICE)),
    timezone=_timezone,
    requirements=optional(
        obj(
            signedBy=optional(obj(allOf=optional(array(string())), anyOf=optional(array(string())))),
            attributes=optional(_ATTRIBUTES),
        )
    ),
    reclamationWindow=optional(number(integer=True, above=0)),
)


@takes(body=_BODY)
def screen(call: Call) -> MockResponse:
    """POST /v1/bid-screening: the online providers that fit, without prices. No resources: all that are online."""
    wanted = call.body(_BODY)
    order, week = market.order_of(wanted), _week(call.world.now_ms, wanted["timezone"])
    fitting = [
        provider
        for provider in fleet(call.world.seed, call.world.fleet)
        if lifecycle.misfit(call.world, provider, order) is None
    ]
    return reply({"providers": [_screened(call.world, provider, week) for provider in fitting]})


def _screened(world: World, provider: Provider, week: list[_Day]) -> dict[str, Any]:
    return {
        "owner": provider.address,
        "hostUri": provider.host_uri,
        "isAudited": provider.audited,
        "createdAt": iso(instant_of(provider.created_height, world.block_ms)),
        "location": provider.place.key,
        "organization": provider.organization,
        "incidents": _incidents(provider, week, world.now_ms),
    }


class _Day(NamedTuple):
    """A day in somebody's time zone; 23 to 25 hours long."""

    date: str
    begins_ms: int
    ends_ms: int


def _week(now_ms: int, timezone: str) -> list[_Day]:
    """Today and the six days before in a time zone."""
    zone = ZoneInfo(timezone)
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    dates = [today + timedelta(days=back) for back in range(-6, 2)]
    begins = [int(datetime(d.year, d.month, d.day, tzinfo=zone).timestamp() * 1000) for d in dates]
    return [_Day(date.isoformat(), *times) for date, times in zip(dates, pairwise(begins), strict=False)]


def _incidents(provider: Provider, week: list[_Day], now_ms: int) -> list[dict[str, Any]]:
    """The days of a week on which a provider was down, and for how long until now."""
    known = outages.outages(provider, week[0].begins_ms, now_ms)
    found = []
    for day in week if known else ():
        ends_ms = min(day.ends_ms, now_ms)
        touching = [o for o in known if o.begins_ms < ends_ms and o.ends_ms > day.begins_ms]
        if touching:
            found.append(
                {
                    "date": day.date,
                    "hasOpenIncident": any(o.ends_ms > now_ms for o in touching),
                    "incidentCount": len(touching),
                    "downtimeSeconds": outages.downtime_ms(touching, day.begins_ms, ends_ms) // 1000,
                }
            )
    return found
