"""The shape of an SDL: which keys there are and what they may hold.

The rules are those of the reference's JSON schema (chain-sdk, `go/sdl/sdl-input.schema.yaml`, July 2026); the order
of the keys in each object is the order in which it reports.
"""

from __future__ import annotations

import re
from typing import Any

from akash_nb.sdl.checks import (
    array,
    boolean,
    deduplicated,
    either,
    integer,
    is_number,
    mapping,
    missing,
    named,
    or_null,
    report,
    text,
    where,
    wrong_type,
)
from akash_nb.sdl.issues import Finding, Path, pointer

_ZERO = re.compile(r"0+(\.0+)?\Z")
_ZERO_CPU = re.compile(r"0+(\.0+)?m?\Z")
_ENDPOINT_NAME = "^[a-z]+[-_0-9a-z]+$"
_ENDPOINT_NAMES = re.compile(r"[a-z]+[-_0-9a-z]+\Z")
_PERSISTENT_CLASSES = ("beta1", "beta2", "beta3", "default")


def check(document: Any) -> list[Finding]:
    """What is wrong with the shape of a document, in the reference's order; each message once."""
    found: list[Finding] = []
    _sdl(document, (), found)
    return deduplicated(found)


# ---- rules between keys -------------------------------------------------------------------------------------------


def _positive(value: Any, path: Path, out: list[Finding]) -> None:
    if not is_number(value):
        wrong_type(out, path, "number")
    elif not value > 0:
        report(out, path, f"{named(path)} must be greater than 0.")


def _not_zero(value: Any, path: Path, out: list[Finding]) -> None:
    if type(value) is not str:
        wrong_type(out, path, "string")
    if type(value) is not str or _ZERO.match(value):
        report(out, path, f"{named(path)} must NOT be valid.")


def _cpu_text(value: Any, path: Path, out: list[Finding]) -> None:
    if type(value) is not str or _ZERO_CPU.match(value):
        report(out, path, f"{named(path)} must NOT be valid.")
    _cpu_form(value, path, out)


def _amount_number(value: Any, path: Path, out: list[Finding]) -> None:
    if not is_number(value):
        wrong_type(out, path, "number")
    elif not value >= 0:
        report(out, path, f"{named(path)} must be at least 0.")


def _number(kind: str = "number") -> Any:
    return lambda value, path, out: None if is_number(value) else wrong_type(out, path, kind)


def _ip_is_global(to: Any, path: Path, out: list[Finding]) -> None:
    if isinstance(to, dict) and "ip" in to and to["ip"] != "" and to.get("global") is not True:
        ip = to["ip"]
        if type(ip) is str or ip is not None:
            report(out, path, "If an IP is declared, the directive must be declared as global.")


def _gpu_units_need_attributes(gpu: Any, path: Path, out: list[Finding]) -> None:
    if isinstance(gpu, dict) and "units" in gpu and "attributes" not in gpu:
        nothing_wrong: list[Finding] = []
        _some_gpus(gpu["units"], path, nothing_wrong)
        if not nothing_wrong:
            missing(out, path, "attributes")
            report(out, path, f'{named(path)} must match "then" schema.')


def _gpu_attributes_need_units(gpu: Any, path: Path, out: list[Finding]) -> None:
    if isinstance(gpu, dict) and "attributes" in gpu:
        before = len(out)
        if "units" in gpu:
            _some_gpus(gpu["units"], (path, "units"), out)
        else:
            missing(out, path, "units")
        if len(out) > before:
            report(out, path, f'{named(path)} must match "then" schema.')


def _ram_is_not_persistent(attributes: Any, path: Path, out: list[Finding]) -> None:
    is_object = isinstance(attributes, dict)
    if not is_object or (attributes.get("class") == "ram" and attributes.get("persistent") in (True, "true")):
        report(out, path, f'"ram" storage at "{pointer(path[0])}" cannot be persistent')


def _class_is_persistent(attributes: Any, path: Path, out: list[Finding]) -> None:
    if not isinstance(attributes, dict) or attributes.get("class") not in _PERSISTENT_CLASSES:
        return
    if "persistent" not in attributes:
        missing(out, path, "persistent")
    elif attributes["persistent"] is not True and attributes["persistent"] != "true":
        report(out, (path, "persistent"), f"{named((path, 'persistent'))} must be true.")
    else:
        return
    report(out, path, f'{named(path)} must match "then" schema.')


def _error_cases(cases: Any, path: Path, out: list[Finding]) -> None:
    """Either exactly `[off]`, or any of the others."""
    if type(cases) is not list:
        wrong_type(out, path, "array")
        report(out, path, f"{named(path)} must NOT be valid.")
        return
    wrong: list[Finding] = []
    _http_errors(cases, path, wrong)
    if not wrong and ("off" not in cases or len(cases) == 1):
        return
    if len(cases) != 1:
        report(out, path, f"{named(path)} must have at {'most' if cases else 'least'} 1 items.")
    out.extend(wrong)
    if "off" in cases:
        report(out, path, f"{named(path)} must NOT be valid.")
        return
    for index in range(len(cases)):
        report(out, (path, index), f"{named((path, index))} must be off.")
    report(out, path, f"{named(path)} must contain at least 1 valid item(s).")


def _endpoints(value: Any, path: Path, out: list[Finding]) -> None:
    if not isinstance(value, dict):
        wrong_type(out, path, "object")
        return
    for name in value:
        if not _ENDPOINT_NAMES.match(name):
            message = f'Field "{name}"{where(path)} doesn\'t satisfy any of the allowed patterns: {_ENDPOINT_NAME}.'
            report(out, path, message, name)
    for name, endpoint in value.items():
        if _ENDPOINT_NAMES.match(name):
            _endpoint(endpoint, (path, name), out)


def _vendor_given(vendor: Any, path: Path, out: list[Finding]) -> None:
    if isinstance(vendor, dict) and not vendor:
        report(out, path, f"{named(path)} must have at least 1 property.")


# ---- the shape, from the leaves to the root -----------------------------------------------------------------------

_string = text()
_unnamed_string = text(kind="undefined")
_strings = array(_string)
_strings_or_null = or_null(_strings)
_anything = mapping()
_some_gpus = either(_positive, _not_zero)
_cpu_form = text(pattern="^[0-9]+(\\.[0-9]+)?[a-zA-Z]*$")
_http_errors = array(text(choices=("error", "timeout", "500", "502", "503", "504", "403", "404", "429", "off")))

_endpoint = mapping({"kind": text(choices=("ip",), kind="undefined")}, required=["kind"], kind="undefined")

_expose = mapping(
    {
        "accept": _strings,
        "as": integer(1, 65535),
        "http_options": mapping(
            {
                "max_body_size": integer(0, 104857600),
                "next_cases": _error_cases,
                "next_timeout": integer(0),
                "next_tries": integer(0),
                "proxy_buffer_size": integer(0, 1048576),
                "read_timeout": integer(0, 60000),
                "send_timeout": integer(0, 60000),
            }
        ),
        "port": integer(1, 65535),
        "proto": text(choices=("TCP", "UDP", "tcp", "udp")),
        "to": array(
            mapping({"global": boolean, "ip": text(minimum=1), "service": _string}, rules=[_ip_is_global]),
        ),
    },
    required=["port"],
)

_service = mapping(
    {
        "args": _strings_or_null,
        "command": _strings_or_null,
        "credentials": mapping(
            {
                "email": text(minimum=5),
                "host": text(minimum=1),
                "password": text(minimum=6),
                "username": text(minimum=1),
            },
            required=["host", "username", "password"],
        ),
        "dependencies": array(mapping({"service": _string})),
        "env": _strings_or_null,
        "expose": or_null(array(_expose)),
        "image": text(minimum=1),
        "params": mapping(
            {
                "storage": mapping(
                    values=mapping({"mount": text(minimum=1, pattern="^/"), "readOnly": boolean}),
                ),
                "permissions": mapping({"read": array(text(choices=("deployment", "logs", "events")))}),
                "tee": text(choices=("cpu", "cpu-gpu")),
            }
        ),
    },
    required=["image"],
)

_gpu = mapping(
    {
        "attributes": mapping(
            {
                "vendor": mapping(
                    {
                        "nvidia": either(
                            array(
                                mapping({"interface": text(choices=("pcie", "sxm")), "model": _string, "ram": _string}),
                            ),
                            lambda value, path, out: None if value is None else wrong_type(out, path, "null"),
                        )
                    },
                    rules=[_vendor_given],
                )
            }
        ),
        "units": either(_string, _number()),
    },
    rules=[_gpu_units_need_attributes, _gpu_attributes_need_units],
)

_volume = mapping(
    {
        "attributes": mapping(
            {
                "class": _unnamed_string,
                "persistent": either(
                    lambda value, path, out: None if type(value) is bool else wrong_type(out, path, "undefined"),
                    _unnamed_string,
                ),
            },
            required=["class", "persistent"],
            rules=[_ram_is_not_persistent, _class_is_persistent],
        ),
        "name": _unnamed_string,
        "size": _unnamed_string,
    },
    required=["size"],
)

_resources = mapping(
    {
        "cpu": mapping({"attributes": _anything, "units": either(_cpu_text, _positive)}, required=["units"]),
        "gpu": _gpu,
        "memory": mapping({"size": _string}, required=["size"]),
        "storage": either(_volume, array(_volume)),
    },
    required=["cpu", "memory", "storage"],
)

_price = mapping(
    {
        "amount": either(text(pattern="^[0-9]+(\\.[0-9]+)?$"), _amount_number),
        "denom": text(choices=("uakt", "uact")),
    },
    required=["denom", "amount"],
)

_placement = mapping(
    {
        "attributes": _anything,
        "pricing": mapping(values=_price),
        "signedBy": mapping({"allOf": _strings, "anyOf": _strings}),
    },
    required=["pricing"],
)

_sdl = mapping(
    {
        "deployment": mapping(
            values=mapping(
                values=mapping({"count": integer(1), "profile": _string}, required=["profile", "count"]),
            )
        ),
        "endpoints": _endpoints,
        "include": _strings,
        "profiles": mapping(
            {
                "compute": mapping(values=mapping({"resources": _resources}, required=["resources"])),
                "placement": mapping(values=_placement),
            },
            required=["compute", "placement"],
        ),
        "reclamation": mapping(
            {
                "min_window": text(
                    pattern="^[1-9][0-9]*(s|m|h)$",
                    message='Reclamation min_window must be a whole number followed by s, m, or h (e.g. "24h", "30m").',
                )
            },
            required=["min_window"],
        ),
        "services": mapping(values=_service),
        "version": text(choices=("2.0", "2.1")),
    },
    required=["version", "services", "profiles", "deployment"],
)
