"""The fleets of the simulated market: which providers there are, which follows from (seed, fleet) and never changes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from mock_server.supply import drawing
from mock_server.supply.provider import Provider
from mock_server.supply.sizes import FLEETS, count_of, sized


def resolve(asked: str | int | Path) -> str:
    """The fleet that is meant, as the text that a world carries: a name, a number, or what a YAML file says.

    Args:
        asked: A name of `FLEETS`, how many providers there shall be, or the path of a YAML file (see `fleet_file`).
            A text that this function gave before stays as it is.

    Raises:
        ValueError: There is no such fleet, or the file is not right; one line that says what would be.
    """
    text = str(asked).strip()
    known = sized(text)
    if known is not None:
        return known
    if text.startswith("{") or text.endswith((".yaml", ".yml")) or isinstance(asked, Path):
        from mock_server.supply import fleet_file  # for those who have a file

        return fleet_file.canonical(text, "fleet") if text.startswith("{") else fleet_file.read(Path(text))
    names = ", ".join(map(repr, FLEETS))
    raise ValueError(
        f"There is no fleet {text!r}; there are {names}. A number of providers or a YAML file will do, too."
    )


@lru_cache(maxsize=16)
def fleet(seed: int, name: str) -> tuple[Provider, ...]:
    """The providers of a fleet, by creation height.

    Raises:
        ValueError: There is no such fleet.
    """
    known = name if name.startswith("{") else resolve(name)
    return tuple(sorted(_made(seed, known), key=lambda p: p.created_height))


@lru_cache(maxsize=16)
def by_address(seed: int, name: str) -> dict[str, Provider]:
    """The same providers by address."""
    return {provider.address: provider for provider in fleet(seed, name)}


@lru_cache(maxsize=16)
def by_host_uri(seed: int, name: str) -> dict[str, Provider]:
    """The same providers by the URI of their gateway."""
    return {provider.host_uri: provider for provider in fleet(seed, name)}


def _made(seed: int, name: str) -> list[Provider]:
    """The providers of a resolved fleet, in the order in which they are made."""
    if name.startswith("{"):
        from mock_server.supply import fleet_making  # for those who have a file

        return fleet_making.providers(seed, name)
    return drawing.providers(seed, name, count_of(name))
