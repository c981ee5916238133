"""Which providers could take a group, before any money moves (contract §6)."""

from __future__ import annotations

import base64
import re
from typing import Any
from zoneinfo import available_timezones

from mock_server import chance, lifecycle, market
from mock_server.call import Call
from mock_server.clock import DAY, instant_of, iso
from mock_server.fleet import Provider, fleet
from mock_server.http import MockResponse, reply
from mock_server.state import World
from mock_server.validate import Issues, Path, array, enum, issue, matching, number, obj, optional, string

_DIGITS = re.compile("[0-9]+")
_KEY = matching(r"([a-zA-Z][\w/.-]{1,126}[\w*]?)", "Invalid attribute key format")
_ATTRIBUTES = array(obj(key=_KEY, value=string()))


def screen(call: Call) -> MockResponse:
    """POST /v1/bid-screening: the online providers that fit, without prices. No resources: all that are online."""
    wanted = call.body(_BODY)
    order = market.order_of(wanted)
    fitting = [
        provider
        for provider in fleet(call.world.seed, call.world.fleet)
        if lifecycle.misfit(call.world, provider, order) is None
    ]
    return reply({"providers": [_screened(call.world, provider) for provider in fitting]})


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


def _kind(value: Any, path: Path, issues: Issues) -> Any:
    """An endpoint kind by its name or its number on chain."""
    numbered = type(value) is int and value in market.ENDPOINT_KINDS.values()
    return value if numbered else enum(*market.ENDPOINT_KINDS)(value, path, issues)


def _timezone(value: Any, path: Path, issues: Issues) -> Any:
    name = string()(value, path, issues)
    if isinstance(name, str) and name not in available_timezones():
        issues.append(issue(path, "Timezone is not supported"))
    return name


def _volume(value: Any, path: Path, issues: Issues) -> Any:
    """A volume; a persistent one needs a class that can be."""
    shape = obj(name=string(), quantity=obj(val=_quantity), attributes=optional(_ATTRIBUTES))
    volume = shape(value, path, issues)
    if isinstance(volume, dict):
        attributes = {a["key"]: a["value"] for a in volume.get("attributes") or () if a and "key" in a}
        kind = attributes.get("class", "")
        if attributes.get("persistent") == "true" and kind in ("", "ram"):
            text = f'must specify a valid storage class (not "{kind or "empty"}")'
            issues.append(issue(path, f'Persistent storage volume "{volume.get("name")}" {text}'))
    return volume


_AMOUNT = obj(val=_quantity)
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


def _screened(world: World, provider: Provider) -> dict[str, Any]:
    return {
        "owner": provider.address,
        "hostUri": provider.host_uri,
        "isAudited": provider.audited,
        "createdAt": iso(instant_of(provider.created_height, world.block_ms)),
        "location": provider.place.key,
        "organization": provider.organization,
        "incidents": _incidents(world, provider),
    }


def _incidents(world: World, provider: Provider) -> list[dict[str, Any]]:
    """Days with trouble among the last seven: as many as the week's uptime suggests."""
    today = world.now_ms // DAY
    found = []
    for day in range(today - 6, today + 1):
        down = int((1 - provider.uptime[1]) * 7 * 86_400)
        if down and chance.happens(25, world.seed, "incident", provider.address, day):
            date = iso(day * DAY)[:10]
            count = chance.between(1, 3, world.seed, "incidents", provider.address, day)
            trouble = {"date": date, "hasOpenIncident": False, "incidentCount": count}
            found.append({**trouble, "downtimeSeconds": min(down, 86_400)})
    return found
