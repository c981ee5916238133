"""The manifest of a valid SDL: the sorted JSON text that providers get, whose SHA-256 goes on chain as the version."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from akash_nb.sdl.collation import locale_sorted
from akash_nb.sdl.groups import Group, Json, Member, code_units, json_number, resources_of

#: Defaults of the reference for what an expose does not say, times in milliseconds, sizes in bytes.
_HTTP_OPTIONS = (
    ("max_body_size", "maxBodySize", 1048576),
    ("next_cases", "nextCases", ["error", "timeout"]),
    ("next_timeout", "nextTimeout", 0),
    ("next_tries", "nextTries", 3),
    ("read_timeout", "readTimeout", 60000),
    ("send_timeout", "sendTimeout", 60000),
)
_DEFAULT_OPTIONS: Json = {name: default for _, name, default in _HTTP_OPTIONS}
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def manifest(groups: list[Group], numbers: dict[str, int]) -> list[Json]:
    """The groups with their services, as plain values.

    Args:
        numbers: The sequence number of each leased IP endpoint.
    """
    return [
        {"name": group.name, "services": [_service(member, numbers) for member in group.members]} for group in groups
    ]


def sorted_json(value: Any) -> str:
    """JSON without spaces, keys sorted, and `<`, `>`, `&` escaped (contract §10)."""
    return _encode(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def version_of(text: str) -> str:
    """The version of a manifest text: base64 of the SHA-256 of its UTF-8 bytes."""
    return base64.b64encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()).decode()


def _service(member: Member, numbers: dict[str, int]) -> Json:
    service = member.service
    entry: Json = {
        "args": service.get("args") or None,
        "command": service.get("command") or None,
        "count": json_number(member.count),
        "credentials": _credentials(service.get("credentials")),
        "env": service.get("env") or None,
        "expose": _exposes(service, numbers),
        "image": service["image"],
        "name": member.name,
        "resources": resources_of(member.unit, member.endpoints),
    }
    if "params" in service:
        entry["params"] = _params(service["params"])
    return entry


def _credentials(given: Json | None) -> Json | None:
    return None if given is None else {"email": "", **given}


def _params(given: Json) -> Json:
    mounts = given.get("storage", {})
    params: Json = {
        "storage": [
            {"mount": mounts[name].get("mount", ""), "name": name, "readOnly": mounts[name].get("readOnly", False)}
            for name in sorted(mounts, key=code_units)
        ]
        or None
    }
    if "permissions" in given:
        params["permissions"] = {"read": given["permissions"].get("read", [])}
    if "tee" in given:
        params["tee"] = {"attestation": True, "type": given["tee"]}
    return params


def _exposes(service: Json, numbers: dict[str, int]) -> list[Json]:
    """One entry per `to`, by service, port and protocol, global ones first."""
    entries = [
        {
            "endpointSequenceNumber": numbers.get(to.get("ip", ""), 0),
            "externalPort": expose.get("as", 0),
            "global": to.get("global", False),
            "hosts": expose.get("accept") or None,
            "httpOptions": _http_options(expose.get("http_options", {})),
            "ip": to.get("ip", ""),
            "port": expose["port"],
            "proto": expose.get("proto", "TCP").upper(),
            "service": to.get("service", ""),
        }
        for expose in service.get("expose") or []
        for to in expose.get("to", [])
    ]
    if len(entries) > 1:
        rank = {name: place for place, name in enumerate(locale_sorted({entry["service"] for entry in entries}))}
        entries.sort(key=lambda e: (rank[e["service"]], e["port"], e["proto"], not e["global"]))
    return entries


def _http_options(given: Json) -> Json:
    if not given:
        return _DEFAULT_OPTIONS
    options = {name: json_number(given.get(key, default)) for key, name, default in _HTTP_OPTIONS}
    if given.get("proxy_buffer_size"):
        options["proxyBufferSize"] = given["proxy_buffer_size"]
    return options
