"""What the difference between two plans costs, change by change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from akash_nb import sdl
from akash_nb.estimate import Part
from akash_nb.money import PriceModel, format_usd
from akash_nb.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

    from akash_nb.plan.plan import Plan

#: A price that moved by less between two plans has not moved.
_HALF_A_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class CostChange:
    """One difference.

    Attributes:
        group: The placement that it is about; empty where it is about none alone.
        text: What changed, without secrets.
        usd_month: What it adds in US dollars per month at list prices; 0 where it has no price of its own, None where
            nobody offers such a GPU.
    """

    group: str
    text: str
    usd_month: Decimal | None

    def __str__(self) -> str:
        return self.text if self.usd_month == 0 else f"{self.text}: {_signed(self.usd_month)}"


@dataclass(frozen=True, slots=True, repr=False)
class PlanDiff(Shown):
    """The differences from one plan to another; false when there are none.

    Attributes:
        before, after: The plans' ids.
        changes: What costs first, in the order of the SDL.
        expected: What each plan expects in US dollars per month, bids seen included; None where that is not known.
    """

    before: str
    after: str
    changes: tuple[CostChange, ...]
    expected: tuple[Decimal | None, Decimal | None]
    is_mock: bool
    prices: PriceModel
    at: datetime

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def usd_month(self) -> Decimal | None:
        """What all changes together add in US dollars per month at list prices; None where one is not known."""
        known = [change.usd_month for change in self.changes]
        return None if None in known else sum(filter(None, known), Decimal(0))

    def __str__(self) -> str:
        mock = "MOCK " if self.is_mock else ""
        if not self.changes:
            return f"{mock}plans {self.before} and {self.after}: no differences"
        before, after = map(format_usd, self.expected)
        return "\n".join(
            [
                f"{mock}plans differ: {_signed(self.usd_month)} at list prices",
                *(f"  {change}" for change in self.changes),
                f"  in all {before} -> {after}/month",
                f"  (plan {self.before} -> {self.after}; {self.prices})",
            ]
        )

    def frame(self) -> pd.DataFrame:
        """One row per change; the columns are those of `akash_nb.frames.plan_diff`."""
        from akash_nb.frames.plan_diff import plan_diff_frame  # pandas is heavy, and only tables need it

        return plan_diff_frame(self)


def diff(before: Plan, after: Plan) -> PlanDiff:
    """What differs from one plan to another."""
    months = (before.usd_month, after.usd_month)
    return PlanDiff(
        before=before.id,
        after=after.id,
        changes=(*_priced(before, after), *_ceilings(before, after), *_neutral(before, after)),
        expected=(months[0] and months[0].typical, months[1] and months[1].typical),
        is_mock=before.is_mock or after.is_mock,
        prices=after.prices,
        at=after.at,
    )


def _priced(before: Plan, after: Plan) -> Iterator[CostChange]:
    """Parts that came, went, changed, or cost something else by now."""
    old, new = _parts(before), _parts(after)
    for key in dict.fromkeys([*old, *new]):
        group, of, resource = key
        a, b = old.get(key), new.get(key)
        delta = _usd(b) - _usd(a) if _is_known(a) and _is_known(b) else None
        if a is None or b is None or _is_resized(a, b):
            yield CostChange(group, f"{of} {resource} {_sizes(a, b)}".strip(), delta)
        elif _has_moved(a, b):
            yield CostChange(group, f"{of} {resource} {b.size}, whose price moved".strip(), delta)


def _ceilings(before: Plan, after: Plan) -> Iterator[CostChange]:
    """What is paid at most, of groups that both have."""
    for name, (old, new) in _moved_ceilings(before, after).items():
        of = f"{name} ceiling" if len(after.groups) > 1 else "ceiling"
        yield CostChange(name, f"{of} {format_usd(old)}/h -> {format_usd(new)}/h", Decimal(0))


def _neutral(before: Plan, after: Plan) -> Iterator[CostChange]:
    """The rest of what differs: it has no price of its own."""
    told = _Told.of(before, after)
    for change in sdl.diff(before.sdl, after.sdl):
        if not told.has(change.keys):
            yield CostChange("", change.summary, Decimal(0))
    if before.deposit_usd != after.deposit_usd:
        text = f"deposit {format_usd(before.deposit_usd)} -> {format_usd(after.deposit_usd)}"
        yield CostChange("", text, Decimal(0))


@dataclass(frozen=True, slots=True)
class _Told:
    """What parts and ceilings tell of already. Half as large and twice as often is the same in all, so that no part
    tells of it.

    Attributes:
        resources: Compute profiles with their resources that came, went or changed.
        services: Those whose resources did.
        ceilings: Placements whose ceiling moved.
    """

    resources: frozenset[tuple[str, str]]
    services: frozenset[str]
    ceilings: frozenset[str]

    @classmethod
    def of(cls, before: Plan, after: Plan) -> _Told:
        old, new = _parts(before), _parts(after)
        resized = {key for key in {*old, *new} if key not in old or key not in new or _is_resized(old[key], new[key])}
        units = [unit for plan in (before, after) for each in sdl.demands(sdl.compile(plan.sdl)) for unit in each.units]
        found = [(unit, resource) for unit in units for _, of, resource in resized if unit.label == of]
        return cls(
            frozenset((unit.profile, resource) for unit, resource in found),
            frozenset(service for unit, _ in found for service in unit.services),
            frozenset(_moved_ceilings(before, after)),
        )

    def has(self, keys: tuple[Any, ...]) -> bool:
        """Whether they tell of what changed at that place of the SDL."""
        match keys:
            case ("deployment", service, *_):
                return service in self.services
            case ("profiles", "placement", group, "pricing", *_, "amount"):
                return group in self.ceilings
            case ("profiles", "compute", profile, *rest) if len(rest) <= 1:
                return any(of == profile for of, _ in self.resources)
            case ("profiles", "compute", profile, _, resource, *rest) if _is_size(resource, rest):
                return any((profile, name) in self.resources for name in _NAMES.get(resource, ()))
        return False


#: What the resources of the SDL are among the parts; a RAM disk is memory.
_NAMES = {
    "cpu": ("CPU",),
    "memory": ("memory",),
    "storage": ("storage", "persistent storage", "memory"),
    "gpu": ("GPU",),
}


def _is_size(resource: str, rest: Sequence[Any]) -> bool:
    return resource == "gpu" or not rest or rest[-1] in ("units", "size")


def _moved_ceilings(before: Plan, after: Plan) -> dict[str, tuple[Decimal, Decimal]]:
    old = {group.name: group.estimate.ceiling_usd_hour for group in before.groups}
    new = {group.name: group.estimate.ceiling_usd_hour for group in after.groups}
    return {name: (old[name], new[name]) for name in new if name in old and old[name] != new[name]}


def _is_resized(a: Part, b: Part) -> bool:
    return (a.quantity, a.models) != (b.quantity, b.models)


def _has_moved(a: Part, b: Part) -> bool:
    """Whether a price is another one by now, or is known on one side only."""
    if a.usd_month is None or b.usd_month is None:
        return a.usd_month is not b.usd_month
    return abs(b.usd_month.typical - a.usd_month.typical) >= _HALF_A_CENT


def _sizes(a: Part | None, b: Part | None) -> str:
    """`1 CPU -> 2 CPU`; of GPUs that are called the same what they must be."""
    old, new = (part.size if part else "none" for part in (a, b))
    if a and b and old == new:
        return f"{new}, {' or '.join(a.models)} -> {' or '.join(b.models)}"
    return f"{old} -> {new}"


def _parts(plan: Plan) -> dict[tuple[str, str, str], Part]:
    return {(group.name, part.of, part.resource): part for group in plan.groups for part in group.estimate.parts}


def _is_known(part: Part | None) -> bool:
    return part is None or part.usd_month is not None


def _usd(part: Part | None) -> Decimal:
    return part.usd_month.typical if part and part.usd_month else Decimal(0)


def _signed(usd_month: Decimal | None) -> str:
    if usd_month is None:
        return "price unknown"
    if usd_month == 0:
        return "no change of price"
    return f"{'+' if usd_month > 0 else ''}{format_usd(usd_month)}/month"
