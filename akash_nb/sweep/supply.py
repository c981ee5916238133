"""Who fits what, known of many demands from the answers to few.

Who fits a demand also fits every easier one: less CPU, memory, storage, fewer GPUs or replicas never keep anybody out.
So of a demand that nobody asked about, those who fit a harder one are certain, and only those who fit every easier one
are possible. Where the two are the same, nothing is left to ask; else the next question is the one that settles most.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from itertools import groupby
from operator import and_, or_
from typing import Any, NamedTuple

from akash_nb.sdl import GroupDemand, UnitDemand

#: A set of demands or of providers, one bit each: large sets are compared in one step.
Bits = int

#: How much more it counts that an answer settles the demand itself, for certain. Found by trying: it saves a few
#: questions in a hundred.
_ITSELF = 4


class Bounds(NamedTuple):
    """Providers that fit for certain, and those that may; None while nothing is known of these."""

    certain: Bits
    possible: Bits | None

    @property
    def is_settled(self) -> bool:
        return self.certain == self.possible

    @property
    def gap(self) -> int:
        """How many providers may fit or not; 1 while nothing is known."""
        return 1 if self.possible is None else (self.possible & ~self.certain).bit_count()


class Supply:
    """What is known of some demands, each of which is asked about at most once.

    Args:
        wanted: The demands, each once.
    """

    def __init__(self, wanted: Sequence[GroupDemand]) -> None:
        self._demands = tuple(wanted)
        self._numbers = {demand.key: number for number, demand in enumerate(wanted)}
        self._easier, self._harder = _order(wanted)
        self._known: dict[int, Bits] = {}
        self._providers: dict[str, int] = {}

    def bits(self, owners: Iterable[str]) -> Bits:
        """These providers as a set."""
        return reduce(or_, (1 << self._providers.setdefault(owner, len(self._providers)) for owner in owners), 0)

    def learn(self, demand: GroupDemand, owners: Iterable[str]) -> None:
        """Who fits a demand."""
        self._known[self._numbers[demand.key]] = self.bits(owners)

    def bounds(self, demand: GroupDemand) -> Bounds:
        """Who fits a demand, as far as that is known."""
        return self._bounds(self._numbers[demand.key])

    @property
    def unsettled(self) -> int:
        """How many demands are not known exactly yet."""
        return sum(members.bit_count() for members in self._gaps().values())

    def questions(self, most: int) -> tuple[GroupDemand, ...]:
        """The demands to ask about next, at most so many, of which none tells about another; none when all is settled.

        First the easiest, which nobody may fit; then the hardest, which everybody may fit; then those in the middle of
        what is least certain.
        """
        gaps = self._gaps()
        waiting = reduce(or_, gaps.values(), 0)
        chosen: list[GroupDemand] = []
        for number in sorted(_numbers(waiting), key=lambda number: self._worth(number, gaps), reverse=True):
            if len(chosen) < most and waiting >> number & 1:
                chosen.append(self._demands[number])
                waiting &= ~(self._easier[number] | self._harder[number])
        return tuple(chosen)

    def _gaps(self) -> dict[int, Bits]:
        """The unsettled demands by how many providers are possible and not certain."""
        found: dict[int, Bits] = {}
        for number in range(len(self._demands)):
            bounds = self._bounds(number)
            if not bounds.is_settled:
                found[bounds.gap] = found.get(bounds.gap, 0) | 1 << number
        return found

    def _worth(self, number: int, gaps: Mapping[int, Bits]) -> tuple[int, int]:
        """How much an answer is likely to settle. What it leaves open is halved on the easier or on the harder side."""
        easier, harder = (
            sum(gap * (side[number] & members).bit_count() for gap, members in gaps.items())
            for side in (self._easier, self._harder)
        )
        bounds = self._bounds(number)
        if bounds.possible is None:
            return 2, harder
        if not any(self._harder[number] >> known & 1 for known in self._known):
            return 1, easier
        return 0, (easier + _ITSELF * bounds.gap) * (harder + _ITSELF * bounds.gap)

    def _bounds(self, number: int) -> Bounds:
        if number in self._known:
            return Bounds(self._known[number], self._known[number])
        certain = reduce(or_, (bits for known, bits in self._known.items() if self._harder[number] >> known & 1), 0)
        above = [bits for known, bits in self._known.items() if self._easier[number] >> known & 1]
        # A market that moved between two answers may contradict itself: then what is certain wins.
        return Bounds(certain, certain | reduce(and_, above) if above else None)


def _numbers(bits: Bits) -> Iterator[int]:
    """The members of a set, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _order(wanted: Sequence[GroupDemand]) -> tuple[list[Bits], list[Bits]]:
    """Of each demand those that are easier and those that are harder in every respect, itself among both."""
    easier, harder = [0] * len(wanted), [0] * len(wanted)
    alike: dict[str, list[int]] = {}
    for number, demand in enumerate(wanted):
        alike.setdefault(_shape(demand), []).append(number)
    for members in alike.values():
        columns = list(zip(*(_sizes(wanted[number]) for number in members), strict=True))
        gpus = [_gpus(wanted[number]) for number in members]
        for side, sign in ((easier, 1), (harder, -1)):
            for number, bits in zip(members, _fewer_gpus(members, gpus, sign), strict=True):
                side[number] = bits
            for column in columns:
                for number, bits in zip(members, _up_to(members, [sign * size for size in column]), strict=True):
                    side[number] &= bits
    return easier, harder


def _shape(demand: GroupDemand) -> str:
    """What two demands must have in common, so that one can be easier: all but the sizes and the GPUs."""
    shape: list[Any] = [demand.spec.get("requirements")]
    for unit in demand.spec["resources"]:
        resource = unit["resource"]
        volumes = [(volume["name"], volume.get("attributes")) for volume in resource["storage"] or ()]
        shape += [resource["cpu"].get("attributes"), volumes, resource["endpoints"]]
    return json.dumps(shape, sort_keys=True)


def _sizes(demand: GroupDemand) -> tuple[Decimal | int, ...]:
    return tuple(size for unit in demand.units for size in _unit_sizes(unit))


def _unit_sizes(unit: UnitDemand) -> tuple[Decimal | int, ...]:
    storage = (unit.ram_disk_bytes, unit.ephemeral_bytes, unit.persistent_bytes)
    return (unit.cpu_millicores, unit.memory_bytes, *storage, unit.count)


_Gpus = tuple[tuple[int, tuple[str, ...]], ...]


def _gpus(demand: GroupDemand) -> _Gpus:
    return tuple((unit.gpus, unit.gpu_models if unit.gpus else ()) for unit in demand.units)


def _is_easier(a: _Gpus, b: _Gpus) -> bool:
    """Fewer GPUs are easier where one kind is asked for. Where several would do, a provider may pick another kind for
    another number, so that nothing follows."""
    return all(
        units == 0
        or (units, models) == other
        or (models == other[1] and len(models) == 1 and units <= other[0] and "*" not in models[0])
        for (units, models), other in zip(a, b, strict=True)
    )


def _fewer_gpus(members: Sequence[int], gpus: Sequence[_Gpus], sign: int) -> list[Bits]:
    """Of each member those whose GPUs are as easy, or as hard for a negative sign."""
    by_kind: dict[_Gpus, Bits] = {}
    for number, kind in zip(members, gpus, strict=True):
        by_kind[kind] = by_kind.get(kind, 0) | 1 << number
    sides = {
        kind: reduce(
            or_,
            (
                bits
                for other, bits in by_kind.items()
                if (_is_easier(other, kind) if sign > 0 else _is_easier(kind, other))
            ),
        )
        for kind in by_kind
    }
    return [sides[kind] for kind in gpus]


def _up_to(members: Sequence[int], sizes: Sequence[Decimal | int]) -> list[Bits]:
    """Of each member those with no more of one size."""
    found: dict[Decimal | int, Bits] = {}
    total = 0
    for size, same in groupby(sorted(zip(sizes, members, strict=True)), key=lambda pair: pair[0]):
        total = found[size] = reduce(or_, (1 << number for _, number in same), total)
    return [found[size] for size in sizes]
