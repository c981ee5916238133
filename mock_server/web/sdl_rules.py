"""What the API adds to the SDL rules: its own denom, its auditors, what a trial may not ask for (contract §11)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from akash_nb.sdl import Compiled
from akash_nb.sdl import compile as compile_sdl
from mock_server.supply.catalogue import AUDITOR, TRIAL_BLOCKED
from mock_server.supply.market import order_of
from mock_server.web.http import ApiError, error, internal_error
from mock_server.world.wire import DENOM

#: Longer texts, in characters, are not worth the room.
_SHORT = 16_384


def compile_or_refuse(text: str, *, trial: bool) -> Compiled:
    """The SDL compiled the way the API does it: its own denom, its auditors, its trial rules (contract §11).

    Raises:
        ApiError: 400 `Invalid SDL: ...`; 500 for what the service's own SDL library throws on (contract §5).
    """

    return (_remembered if len(text) <= _SHORT else _compiled)(text, trial)


def _compiled(text: str, trial: bool) -> Compiled:
    def amend(document: dict[str, Any]) -> None:
        _amend(document)
        if trial:
            _check_trial(document)

    compiled = compile_sdl(text, amend=amend)
    if any(found.crashes for found in compiled.errors):
        raise internal_error()
    if not compiled.ok:
        raise _invalid(", ".join(found.message for found in compiled.errors))
    try:
        prices = [unit.price for group in compiled.groups for unit in order_of(group).units]
    except (TypeError, ValueError, ArithmeticError):
        raise internal_error() from None
    if not all(price.is_finite() for price in prices):
        raise internal_error()
    return compiled


#: The same few texts are deployed again and again; nobody changes what comes of them.
_remembered = lru_cache(maxsize=256)(_compiled)


def gpu_label(vendor: str, model: str) -> str:
    """A GPU as the API names it in refusals: `Nvidia RTX4090`."""
    return f"{vendor.capitalize()} {model.upper()}"


def _invalid(message: str) -> ApiError:
    """The API's 400 for a wrong SDL."""
    return error(400, f"Invalid SDL: {message}")


def _amend(document: dict[str, Any]) -> None:
    """Overwrite every denom and ask for audited providers; leaves alone what validation will complain about."""
    for placement in _mapping(document, "profiles", "placement").values():
        if isinstance(placement, dict):
            _amend_placement(placement)


def _amend_placement(placement: dict[str, Any]) -> None:
    for price in _mapping(placement, "pricing").values():
        if isinstance(price, dict):
            price["denom"] = DENOM
    if placement.get("signedBy") is None:
        placement["signedBy"] = {}
    signed_by = placement["signedBy"]
    if isinstance(signed_by, dict):
        if signed_by.get("anyOf") is None:
            signed_by["anyOf"] = []
        if isinstance(signed_by["anyOf"], list) and AUDITOR not in signed_by["anyOf"]:
            signed_by["anyOf"].append(AUDITOR)


def _check_trial(document: dict[str, Any]) -> None:
    """What a trial may not ask for by name, in any compute profile; comes before the SDL is validated (contract §11.4).

    Raises:
        ApiError: 400 `Invalid SDL: ...`.
    """
    blocked: list[str] = []
    for profile in _mapping(document, "profiles", "compute").values():
        attributes = _mapping(profile, "resources", "gpu", "attributes")
        if "interconnect" in attributes:
            raise _invalid("GPU interconnect not available on free trial: Add funds to unlock GPU interconnect")
        for vendor, models in _mapping(attributes, "vendor").items():
            names = [str(_mapping(entry).get("model")) for entry in models] if isinstance(models, list) else []
            blocked += [gpu_label(str(vendor), name) for name in names if name in TRIAL_BLOCKED]
    if blocked:
        labels = ", ".join(dict.fromkeys(blocked))
        raise _invalid(f"{labels} not available on free trial: Add funds to unlock GPU access")


def _mapping(value: Any, *path: str) -> dict[Any, Any]:
    """The mapping at the end of a path through mappings; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
