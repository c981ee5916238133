"""What is worth knowing about a plan before money moves: rules over what is known, the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from akash_nb.budgets import Budget
from akash_nb.estimate import gpu_label
from akash_nb.money import format_usd
from akash_nb.sdl import Compiled, GroupDemand, demands
from akash_nb.shown import Shown
from akash_nb.units import counted

if TYPE_CHECKING:
    from akash_nb.plan.plan import GroupPlan

Level = Literal["stop", "warning", "note"]

#: A ceiling is far above the market from this many times the high end of the estimate, if it is worth a dollar an hour.
FAR_ABOVE = 10
FAR_ABOVE_USD_HOUR = Decimal(1)

#: GPU models that the service keeps from trial wallets (contract §14).
TRIAL_BLOCKED = frozenset(
    {
        "b300", "b200", "h200", "h100", "pro6000se", "pro6000we", "a100", "rtx5090", "rtx4090", "rtx3090",
    }
)  # fmt: skip

_MARKS = {"stop": "✗", "warning": "!", "note": "·"}
_RANK: dict[Level, int] = {"stop": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True, repr=False)
class Notice(Shown):
    """One thing worth knowing.

    Attributes:
        kind: What it is about: `nobody`, `region`, `model`, `unaudited`, `ceiling-low`, `ceiling-high`, `wallet`,
            `budget`, `short`, `trial`, `image`, `sdl` or `top-up`.
        level: `stop` (it would come to nothing), `warning`, or `note`.
    """

    kind: str
    level: str
    text: str

    def __str__(self) -> str:
        return f"{_MARKS.get(self.level, '·')} {self.text}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at.

    Attributes:
        empty_regions: Regions that are asked for and that no online provider states.
        budgets: Those that would hold; under one the service does not fill escrows by itself.
    """

    compiled: Compiled
    groups: tuple[GroupPlan, ...]
    deposit_usd: Decimal
    free_usd: Decimal | None
    is_trial: bool | None
    empty_regions: frozenset[str] = frozenset()
    budgets: tuple[Budget, ...] = ()

    @property
    def demands(self) -> tuple[GroupDemand, ...]:
        return demands(self.compiled)


def notices(facts: Facts) -> tuple[Notice, ...]:
    """All that applies, the worst first."""
    found: list[Notice] = []
    for group, demand in zip(facts.groups, facts.demands, strict=True):
        found += [*_supply(group, demand, facts.empty_regions), *_ceiling(group)]
        found += _trial(demand) if facts.is_trial else ()
    found += [*_money(facts), *_budget(facts), *_sdl(facts.compiled), *_top_up(facts)]
    return tuple(sorted(found, key=lambda notice: _RANK.get(notice.level, 2)))  # type: ignore[call-overload]  # a str


def _supply(group: GroupPlan, demand: GroupDemand, empty_regions: Iterable[str]) -> Iterator[Notice]:
    """Who could host it, and if nobody, what is in the way."""
    name = f'"{group.name}"'
    if not group.able:
        yield Notice("nobody", "stop", f"Nobody could host {name} now: no bid would come.")
    if demand.region in empty_regions:
        yield Notice("region", "stop", f"No provider that is online is in the region {demand.region}.")
    if group.unaudited:
        text = f"{counted(group.unaudited, 'provider')} that could host {name}"
        is_are = "is" if group.unaudited == 1 else "are"
        yield Notice("unaudited", "note", f"{text} {is_are} not audited: the Console does not show their bids.")
    if group.estimate.gpus_free == 0 and not group.able:  # the count may be 15 minutes old
        models = [model for unit in demand.units for model in unit.gpu_models]
        known = "No GPU is free that would do" if group.estimate.usd_hour else "Nobody has such a GPU"
        yield Notice("model", "stop", f"{known}: {gpu_label(models)} for {name}.")


def _ceiling(group: GroupPlan) -> Iterator[Notice]:
    estimate = group.estimate
    if estimate.usd_hour is None:
        return
    name = f'"{group.name}"'
    ceiling, usual = f"{format_usd(estimate.ceiling_usd_hour)}/h", f"{format_usd(estimate.usd_hour.typical)}/h"
    if estimate.is_ceiling_under_market:
        yield Notice(
            "ceiling-low",
            "warning",
            f"{name} pays at most {ceiling}, and {usual} is usual: few or none will bid.",
        )
    elif estimate.ceiling_usd_hour >= max(FAR_ABOVE * estimate.usd_hour.high, FAR_ABOVE_USD_HOUR):
        times = estimate.ceiling_usd_hour / estimate.usd_hour.typical
        text = f"{name} pays up to {ceiling}, {times:,.0f} times what is usual ({usual}): it keeps nobody out."
        yield Notice("ceiling-high", "warning", text)


def _trial(demand: GroupDemand) -> Iterator[Notice]:
    """Models are blocked by name; where any will do, bids with such a one are not shown."""
    asked = {gpu_label([model]) for unit in demand.units if unit.gpus for model in unit.gpu_models}
    blocked = sorted(asked & TRIAL_BLOCKED)
    if blocked:
        models = ", ".join(blocked)
        text = f'A trial wallet may not rent {models}, which "{demand.name}" asks for: it would be refused.'
        yield Notice("trial", "stop", text)


def _money(facts: Facts) -> Iterator[Notice]:
    if facts.free_usd is not None and facts.deposit_usd > facts.free_usd:
        text = f"The deposit of {format_usd(facts.deposit_usd)} is more than the wallet has free"
        yield Notice("wallet", "stop", f"{text} ({format_usd(facts.free_usd)}).")
    ranges = [group.estimate.usd_hour for group in facts.groups]
    if any(each is None for each in ranges):
        return
    hourly = sum((each.typical for each in ranges if each), Decimal(0))
    if hourly > facts.deposit_usd and not any(budget.ttl_s for budget in facts.budgets):  # which fill the escrow
        minutes = 60 * facts.deposit_usd / hourly
        yield Notice("short", "warning", f"The deposit buys {minutes:.0f} minutes at the usual price.")


def _budget(facts: Facts) -> Iterator[Notice]:
    """What a budget would say to it."""
    ranges = [group.estimate.usd_hour for group in facts.groups]
    hourly = None if None in ranges else sum((each.typical for each in ranges if each), Decimal(0))
    for budget in facts.budgets:
        left = budget.left_usd
        if left is not None and facts.deposit_usd > left:
            text = f"The deposit of {format_usd(facts.deposit_usd)} is beyond the budget, which has"
            yield Notice("budget", "stop", f"{text} {format_usd(left)} left.")
        if hourly is not None and budget.usd_per_hour is not None:
            free = budget.usd_per_hour - budget.running_usd_per_hour
            if hourly > free:
                text = f"The usual price, {format_usd(hourly)}/h, is beyond the budget, which has"
                yield Notice("budget", "warning", f"{text} {format_usd(free)}/h left.")
        yield Notice("budget", "note", f"Under a {budget}.")


def _sdl(compiled: Compiled) -> Iterator[Notice]:
    for issue in compiled.warnings:
        kind = "image" if issue.path.endswith("/image") else "sdl"
        yield Notice(kind, "warning", f"Line {issue.line}: {issue.message}")


def _top_up(facts: Facts) -> Sequence[Notice]:
    """A trial wallet's deployments are not filled up (contract §13)."""
    if facts.is_trial or facts.budgets:
        return ()
    text = (
        "A deposit is no cap: the service fills the escrow of a paying wallet's deployment up to 48 hours of runway, "
        "unless that is switched off before the lease, as deployment.auto_top_up(False) and budgets do."
    )
    return (Notice("top-up", "note", text),)
