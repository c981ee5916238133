"""Scenarios: a market, a wallet and the trouble to come, in a YAML file. `names` tells those that come along.

title: The API has a bad hour
about: What a client meets when the service is overloaded.
fleet: small                  # what `MockConsole` takes, or a fleet's own keys (see `fleet_file`)
wallet: {usd: 20, trial: false}
faults:                       # a name of `faults.KINDS`, what it takes, and when after the world's beginning
  - {fault: status, status: 503, operation: listBids, rate: 40, from: 1m, until: 1h}
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from mock_server.faults import Faults
from mock_server.routes import ROUTES
from mock_server.supply import fleet_file
from mock_server.supply.fleet import resolve
from mock_server.supply.fleet_file import text_of_fleet
from mock_server.supply.fleet_keys import FleetFile
from mock_server.typed_yaml import Shape, WrongError, require, seconds_of, text_of

_FOLDER = resources.files("mock_server") / "scenarios"
_OPERATIONS = tuple(route.name for route in ROUTES)


class Wallet(Struct, forbid_unknown_fields=True, frozen=True):
    """What each wallet starts with."""

    usd: Annotated[float, Meta(ge=0, le=1_000_000_000)] | UnsetType = UNSET
    trial: bool | UnsetType = UNSET


class Scenario(Struct, forbid_unknown_fields=True):
    """A whole file. What is not there is as `MockConsole` has it."""

    title: Annotated[str, Meta(min_length=1)]
    about: str = ""
    seed: int | UnsetType = UNSET
    dialect: str | UnsetType = UNSET
    market: str | UnsetType = UNSET
    block_seconds: Annotated[float, Meta(gt=0)] | UnsetType = UNSET
    default_deposit_usd: Annotated[float, Meta(gt=0)] | UnsetType = UNSET
    fleet: str | int | FleetFile | UnsetType = UNSET
    wallet: Wallet = Wallet()
    faults: list[dict[str, Any]] = []

    def options(self) -> dict[str, Any]:
        """What `MockConsole` takes, as far as the scenario says it."""
        given: dict[str, Any] = {
            "seed": self.seed,
            "dialect": self.dialect,
            "market": self.market,
            "fleet": text_of_fleet(self.fleet) if isinstance(self.fleet, FleetFile) else self.fleet,
            "block_seconds": _decimal(self.block_seconds),
            "default_deposit_usd": _decimal(self.default_deposit_usd),
            "balance_usd": _decimal(self.wallet.usd),
            "trial": self.wallet.trial,
            "faults": [timed(about) for about in self.faults],
        }
        return {name: value for name, value in given.items() if value is not UNSET}


@cache
def names() -> tuple[str, ...]:
    """The scenarios that come with this package."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir()))


def load(asked: str | Path) -> Scenario:
    """A scenario by its name, or from a YAML file.

    Raises:
        ValueError: There is no such scenario, or something is wrong with it; one line that says where.
    """
    if isinstance(asked, Path) or asked.endswith((".yaml", ".yml")):
        return read(text_of(Path(asked)), str(asked))
    if asked not in names():
        raise ValueError(f"There is no scenario {asked!r}; there are {', '.join(names())}, or the path of a YAML file.")
    return read((_FOLDER / f"{asked}.yaml").read_text(encoding="utf-8"), asked)


def read(text: str, source: str) -> Scenario:
    """A scenario from its text; `source` is what to call it in an error.

    Raises:
        ValueError: Something is wrong with it.
    """
    return _FILE.read(text, source)


def timed(about: Mapping[str, Any]) -> dict[str, Any]:
    """A fault as `Faults.add_from` takes it, with durations in seconds: `from: 2m` is `from_s: 120`.

    Raises:
        ValueError: A duration is none.
    """
    told = dict(about)
    for key in ("from", "until"):
        if key in told:
            told[f"{key}_s"] = _seconds(told.pop(key))
    return {key: _seconds(value) if key in ("seconds", "retry_after_s") else value for key, value in told.items()}


def _check(found: Scenario) -> None:
    for key, known in (("dialect", ("live", "guide")), ("market", ("own", "shared"))):
        value = getattr(found, key)
        if value is not UNSET:
            require(value, known, key, key)
    if isinstance(found.fleet, FleetFile):
        fleet_file.check(found.fleet, "fleet")
    elif found.fleet is not UNSET:
        try:
            resolve(found.fleet)
        except ValueError as problem:
            raise WrongError(str(problem), "fleet") from None
    for index, about in enumerate(found.faults):
        try:
            Faults(0, _OPERATIONS).add_from(timed(about))
        except ValueError as problem:
            raise WrongError(str(problem), "faults", index) from None


def _seconds(value: Any) -> float:
    seconds = seconds_of(value) if isinstance(value, str) else value
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        return float(seconds)
    raise ValueError(f"{value!r} is no duration such as 30s, 2m or 1h30m")


def _decimal(value: float | UnsetType) -> Decimal | UnsetType:
    return UNSET if isinstance(value, UnsetType) else Decimal(str(value))


_FILE = Shape(Scenario, _check, {"wallet": Wallet, "fleet": FleetFile, **fleet_file.PARTS}, fleet_file.EXPECTED)
