"""What was probably meant, where that can be guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Any

from akash_nb.sdl.issues import Finding, steps
from akash_nb.sdl.units import size_bytes

#: Guessing takes time, and nobody reads the hundredth hint.
MAX_HINTS = 50

_ECHOES = ("should be null.", 'must match "then" schema.')
_QUOTED = re.compile(r'"([^"]*)"')
_NOT_BINARY = re.compile(r"([0-9.]+[kmgtpe])ib\Z", re.IGNORECASE)


def hint(finding: Finding, sdl: Any) -> str:
    """A hint for one finding about a document; empty when there is none."""
    keys = steps(finding.path)
    if finding.layer == "schema":
        return _unknown_key(finding) or _wrong_value(finding, keys, sdl)
    if finding.layer == "semantic":
        return _unknown_name(finding, sdl)
    value = _value_at(sdl, keys)
    return binary_size_hint(value) if keys[-1:] == ["size"] and isinstance(value, str) else ""


def binary_size_hint(text: str) -> str:
    """For `512Mib`, which is decimal because it does not end in `i`."""
    match = _NOT_BINARY.match(text)
    return f"{text} is {size_bytes(text):,} bytes: did you mean {match[1]}i?" if match else ""


def _unknown_key(finding: Finding) -> str:
    if finding.key is None:
        return ""
    close = _close(finding.key, finding.known)
    if close:
        return close
    return f"known here: {', '.join(finding.known)}" if finding.known else ""


def _wrong_value(finding: Finding, keys: list[Any], sdl: Any) -> str:
    value = _value_at(sdl, keys)
    # the reference reports every alternative it tried, so one wrong item in a list also blames the list
    if isinstance(value, list | dict) and finding.message.endswith(_ECHOES):
        return "follows from the errors inside it"
    if keys == ["version"] and isinstance(value, int | float):
        return 'quote it: version: "2.0"'
    if "should be string" in finding.message and isinstance(value, bool | int | float):
        return "quote it, so that YAML reads it as text"
    if "should be string" in finding.message and isinstance(value, dict) and len(value) == 1:
        return "quote the line, so that YAML reads it as text and not as `key: value`"
    if keys[-1:] in (["port"], ["as"], ["count"]) and isinstance(value, str) and value.isdigit():
        return f"write the number without quotes: {value}"
    if keys[-1:] == ["denom"] and "one of" in finding.message:
        return "the Console sets the denom itself; write uact"
    return ""


def _unknown_name(finding: Finding, sdl: Any) -> str:
    """A name in a message that is nearly one of those the section has."""
    section = steps(finding.path)
    match = _QUOTED.search(finding.message)
    if match is None:
        return ""
    message, wanted = finding.message, match[1]
    if "service that is not defined" in message:
        section = ["services"]
    elif message.startswith("Unknown endpoint"):
        section = ["endpoints"]
    elif "not defined" not in message:
        return ""
    names = _value_at(sdl, section)
    return _close(wanted, [name for name in names or {} if name != wanted])


def _close(wanted: str, names: Iterable[str]) -> str:
    """The name that is nearly the same, as a question; comparing gets slow with long and many names."""
    near = [name for name in islice(names, 200) if abs(len(name) - len(wanted)) < 8]
    by_lower = {name.lower(): name for name in near}
    close = get_close_matches(wanted.lower(), by_lower, n=1) if len(wanted) < 64 else []
    return f"did you mean `{by_lower[close[0]]}`?" if close else ""


def _value_at(value: Any, keys: list[Any]) -> Any:
    """The value at a place; None when there is none."""
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value
