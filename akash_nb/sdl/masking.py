"""Values of an SDL for people: one line each, without the secrets among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from akash_nb.sdl.dump import inline

DOTS = "•••"
#: A longer value is cut.
MAX_SHOWN = 120

#: `services/<name>/env/<number>` and `services/<name>/credentials/password`.
_SECRET_DEPTH = 4
_SECRET_NAME = re.compile(r"PASS(?:WORD|WD|PHRASE)|PWD|TOKEN|SECRET|KEY|CREDENTIAL|MNEMONIC", re.IGNORECASE)
_USER_AND_PASSWORD = re.compile(r"(//[^/\s:@]*:)[^/\s@]+@")


def shown(value: Any, keys: Sequence[Any]) -> str:
    """The value at a place of an SDL on one line, its secrets as dots, cut where it is long.

    Args:
        keys: The keys from the root of the document to the value.
    """
    text = inline(masked(value, keys))
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def masked(value: Any, keys: Sequence[Any]) -> Any:
    """The value with dots in place of registry passwords, and of what environment variables named like one hold."""
    if len(keys) < _SECRET_DEPTH:
        if isinstance(value, dict) and value:
            return {key: masked(item, (*keys, key)) for key, item in value.items()}
        return [masked(item, (*keys, index)) for index, item in enumerate(value)] if isinstance(value, list) else value
    if len(keys) > _SECRET_DEPTH or keys[0] != "services" or not isinstance(value, str):
        return value
    if tuple(keys[2:]) == ("credentials", "password"):
        return DOTS
    return _masked_variable(value) if keys[2] == "env" else value


def is_secret(line: str) -> bool:
    """Whether the value of an environment variable (`NAME=value`) must not show: by its name, or a password in it."""
    name, _, value = line.partition("=")
    return bool(_SECRET_NAME.search(name)) or _USER_AND_PASSWORD.search(value) is not None


def _masked_variable(line: str) -> str:
    name, equals, value = line.partition("=")
    if equals and value and _SECRET_NAME.search(name):
        return f"{name}={DOTS}"
    return name + equals + _USER_AND_PASSWORD.sub(rf"\1{DOTS}@", value)
