"""Fleets from a YAML file: what the file says of each provider; the rest is drawn from the seed by its name.

    base: small                  # providers to start from: a fleet's name or a number; none by default
    providers:
      - name: Tidewater          # names its draws, too
        region: eu-west          # or city: Amsterdam
        cpu: 128                 # cores; in all, as memory and disk
        memory: 512Gi
        gpus: {h100: 8}          # or a list of {model, count, free, per_node, usd_hour, ram, interface}
        price: 0.8               # times the reference prices
        outages:                 # after the world's beginning
          - {from: 2h, lasts: 30m}

`fleet_keys.Entry` has all keys. Errors are one line that says where in the file, and what is expected there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import DecodeError, Struct, json

from mock_server.supply.catalogue import GPU_MODELS, REGIONS
from mock_server.supply.fleet_keys import Entry, FleetFile, Gpus, Planned, gpu_of
from mock_server.supply.outages import HABITS
from mock_server.supply.places import PLACES
from mock_server.supply.sizes import FLEETS, sized
from mock_server.typed_yaml import Shape, WrongError, require, text_of

#: Keys whose values are a few words.
_CHOICES: dict[str, Collection[str]] = {
    "region": REGIONS,
    "city": [place.city for place in PLACES],
    "reliability": HABITS,
    "bids": ("always", "never"),
}
_CLASSES = ("beta1", "beta2", "beta3")
_MODELS = tuple(dict.fromkeys(gpu.model for gpu in GPU_MODELS))

#: What is expected under a key where its type alone does not say it, and what there is below a fleet.
_SIZE, _DURATION = "a size such as 256Gi", "a duration such as 30m, 2h or 1d12h"
EXPECTED = {
    "memory": _SIZE,
    "disk": _SIZE,
    "from": _DURATION,
    "lasts": _DURATION,
    "host": "a host name in lower case such as gpu.tidewater.example",
}
PARTS: dict[str, type[Struct]] = {"providers": Entry, "gpus": Gpus, "outages": Planned}


def read(path: Path) -> str:
    """The fleet of a YAML file, as the text that a world carries.

    Raises:
        ValueError: The file cannot be read, or is not right.
    """
    return canonical(text_of(path), str(path))


def canonical(text: str, source: str) -> str:
    """What a fleet's file says, in a fixed form that is such a file again.

    Args:
        source: What to call the text in an error.

    Raises:
        ValueError: The text is not right.
    """
    return text_of_fleet(_FILE.read(text, source))


def text_of_fleet(found: FleetFile) -> str:
    """What `canonical` gives for a file that says this."""
    return json.encode(found).decode()


def parsed(text: str) -> FleetFile:
    """What `canonical` made.

    Raises:
        ValueError: It did not make this.
    """
    try:
        return json.decode(text, type=FleetFile)
    except DecodeError as problem:
        raise ValueError(f"This is no fleet: {problem}") from None


def check(found: FleetFile, *keys: str | int) -> None:
    """What types and patterns do not tell of a fleet that `keys` lead to.

    Raises:
        WrongError: Something is not right.
    """
    base = str(found.base)
    try:
        known = sized(base)
    except ValueError as problem:
        raise WrongError(str(problem), *keys, "base") from None
    if known is None:
        require(base, FLEETS, "fleet", *keys, "base")
    for index, entry in enumerate(found.providers):
        _check_entry(entry, *keys, "providers", index)
    for key in ("name", "host"):
        _check_unique([getattr(entry, key) for entry in found.providers], *keys, "providers", key)


def _check_entry(entry: Entry, *keys: str | int) -> None:
    for key, choices in _CHOICES.items():
        if getattr(entry, key) is not None:
            require(getattr(entry, key), choices, key, *keys, key)
    if not entry.places():
        raise WrongError(f"{entry.city} is not in {entry.region}.", *keys, "city")
    for index, name in enumerate(entry.storage or ()):
        require(name, _CLASSES, "storage class", *keys, "storage", index)
    for index, stock in enumerate(entry.stocks()):
        _check_stock(stock, *keys, "gpus", stock.model if isinstance(entry.gpus, dict) else index)
    _check_unique([stock.model for stock in entry.stocks()], *keys, "gpus", "model")
    if entry.bids and entry.shyness is not None:
        raise WrongError("Either `bids` or `shyness`, not both.", *keys, "bids")


def _check_stock(stock: Gpus, *keys: str | int) -> None:
    require(stock.model, _MODELS, "GPU model", *keys)
    if gpu_of(stock) is None:
        known = ", ".join(f"{gpu.ram} on {gpu.interface}" for gpu in GPU_MODELS if gpu.model == stock.model)
        raise WrongError(f"There is no such {stock.model}; there are: {known}.", *keys)
    if (stock.free or 0) > stock.count:
        raise WrongError(f"{stock.free} of {stock.count} cannot be free.", *keys, "free")


def _check_unique(values: Iterable[str | None], *keys: str | int) -> None:
    """Values of the last key in a list that the other keys lead to."""
    seen: set[str | None] = {None}
    for index, value in enumerate(values):
        if value in seen - {None}:
            raise WrongError(f"There is another {value!r}.", *keys[:-1], index, keys[-1])
        seen.add(value)


_FILE = Shape(FleetFile, check, PARTS, EXPECTED)
