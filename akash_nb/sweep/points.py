"""The combinations of a sweep, and the SDL of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from akash_nb.errors import AkashError, InvalidInputError
from akash_nb.money import PriceModel
from akash_nb.sdl import Compiled, GroupDemand, arguments, demands
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.values import same
from akash_nb.sdl.vary import ANY, NONE, Places, applied, edits

#: What can be varied, in the order in which combinations are made: the last one changes fastest.
AXES = ("cpu", "memory", "storage", "gpu", "region", "count", "max_price")

#: What None stands for in a list of values.
_NOTHING = {"gpu": NONE, "region": ANY}

#: More rows help nobody, and would take more than ten seconds to work out.
MOST_POINTS = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """The SDL with some of the values; those of a region are left to `Point`.

    Attributes:
        demands: What each group asks for; empty where it is no SDL.
        regional: Names of the groups that the varied region is about.
        problem: Why it is no SDL; empty where it is one.
    """

    demands: tuple[GroupDemand, ...] = ()
    regional: frozenset[str] = frozenset()
    problem: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One combination: the value of each axis that is varied, and the SDL that it makes."""

    values: Mapping[str, Any]
    variant: Variant

    @property
    def region(self) -> str:
        """The region that it asks for in place of the SDL's own; `any` for any, empty where that is not varied."""
        return str(self.values.get("region", ""))


def axes_of(given: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The values of each axis that is varied, each once, in the order of `AXES`; a single value is a list of one.

    Raises:
        InvalidInputError: An axis has no values, or there would be too many combinations.
    """
    axes = {name: _values(name, given[name]) for name in AXES if given.get(name) is not None}
    count = 1
    for name, values in axes.items():
        count *= len(values)
        if not values:
            raise InvalidInputError(f"{name}: there are no values to vary.", todo="Give some, or leave it out.")
    if count > MOST_POINTS:
        raise InvalidInputError(
            f"That would be {count:,} combinations; {MOST_POINTS:,} are the most.", todo="Give fewer values."
        )
    return axes


def points_of(
    sdl: Compiled, axes: Mapping[str, tuple[Any, ...]], service: str | None, prices: PriceModel
) -> list[Point]:
    """All combinations in order.

    Raises:
        InvalidInputError: It is not clear whose values to vary: the SDL has several profiles and no service is named.
    """
    places = Places(sdl.document, service)
    for name in axes:
        places.paths(name)
    found: dict[tuple[Any, ...], Variant] = {}
    points = []
    for combination in product(*axes.values()):
        values = dict(zip(axes, combination, strict=True))
        key = tuple((name, value) for name, value in values.items() if name != "region")
        if key not in found:
            found[key] = _variant(sdl, values, service, prices)
        points.append(Point(values, _with_region(found[key], sdl, values, service, prices)))
    return points


def variants_of(points: Iterable[Point]) -> tuple[Variant, ...]:
    """Those that are SDLs, each once."""
    return tuple(dict.fromkeys(point.variant for point in points if not point.variant.problem))


def _values(name: str, given: Any) -> tuple[Any, ...]:
    try:
        several = [given] if isinstance(given, str | bytes | Mapping) else list(given)
    except TypeError:
        several = [given]
    values = [_NOTHING.get(name, value) if value is None else value for value in several]
    if name == "gpu":
        values = [NONE if arguments.whole(value) == 0 else value for value in values]
    try:
        return tuple(dict.fromkeys(values))
    except TypeError:  # a list in a list
        raise arguments.refused(name, given, "has what is no single value in it.") from None


def _variant(sdl: Compiled, values: Mapping[str, Any], service: str | None, prices: PriceModel) -> Variant:
    without = {**values, "region": ANY} if "region" in values else dict(values)
    try:
        changes = edits(sdl, without, service=service, prices=prices)
    except InvalidInputError as error:
        return Variant(problem=error.what)
    compiled = compile_sdl(sdl.text, amend=applied(changes))
    if compiled.errors or not compiled.groups:
        return Variant(problem=compiled.errors[0].message if compiled.errors else "There is nothing to deploy.")
    regional = Places(sdl.document, service).placements if "region" in values else ()
    return Variant(demands(compiled), frozenset(regional))


def _with_region(
    variant: Variant, sdl: Compiled, values: Mapping[str, Any], service: str | None, prices: PriceModel
) -> Variant:
    """The same, unless the region is none: it changes nothing else, and is looked up where providers state theirs."""
    if variant.problem or same(values.get("region", ANY), ANY):
        return variant
    try:
        edits(sdl, {"region": values["region"]}, service=service, prices=prices)
    except AkashError as error:
        return replace(variant, demands=(), problem=error.what)
    return variant
