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
from akash_nb.units import counted, format_duration

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
            `deposit`, `budget`, `short`, `trial`, `image`, `sdl` or `top-up`.
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
        minimum_usd: The smallest deposit that the service takes, in US dollars.
        empty_regions: Regions that are asked for and that no online provider states.
        budgets: Those that would hold; under one the service does not fill escrows by itself.
    """

    compiled: Compiled
    groups: tuple[GroupPlan, ...]
    deposit_usd: Decimal
    minimum_usd: Decimal
    free_usd: Decimal | None
    is_trial: bool | None
    empty_regions: frozenset[str] = frozenset()
    budgets: tuple[Budget, ...] = ()

    @property
    def runs_s(self) -> Decimal | None:
        """Seconds for which the lease fills the escrow: of the strictest budget, where the deposit is left to it; None
        otherwise."""
        times = [budget.ttl_s for budget in self.budgets if budget.ttl_s]
        return min(times) if times and self.deposit_usd == self.minimum_usd else None

    @property
    def demands(self) -> tuple[GroupDemand, ...]:
        return demands(self.compiled)

    @property
    def usd_hour(self) -> Decimal | None:
        """The usual price of all groups in US dollars per hour; None where nobody offers such a GPU."""
        ranges = [group.estimate.usd_hour for group in self.groups]
        return None if None in ranges else sum((each.typical for each in ranges if each), Decimal(0))


def notices(facts: Facts) -> tuple[Notice, ...]:
    """All that applies, the worst first."""
    found: list[Notice] = []
    for group, demand in zip(facts.groups, facts.demands, strict=True):
        name = f'"{group.name}"' if len(facts.groups) > 1 else ""
        found += [*_supply(group, demand, facts.empty_regions, name), *_ceiling(group, name)]
    found += [*_trial(facts), *_money(facts), *_budget(facts), *_filling(facts), *_sdl(facts.compiled), *_top_up(facts)]
    return tuple(sorted(found, key=lambda notice: _RANK.get(notice.level, 2)))  # type: ignore[call-overload]  # a str


def _supply(group: GroupPlan, demand: GroupDemand, empty_regions: Iterable[str], name: str) -> Iterator[Notice]:
    """Who could host it, and if nobody, what is in the way."""
    if not group.hosts:
        text = f"Nobody could host {name or 'it'} now, so no bid would come; session.explain(plan.sdl) tells why."
        yield Notice("nobody", "stop", text)
    if demand.region in empty_regions:
        yield Notice("region", "stop", f"No provider that is online is in the region {demand.region}.")
    if group.estimate.gpus_free == 0 and not group.hosts:  # the count may be 15 minutes old
        models = [model for unit in demand.units for model in unit.gpu_models]
        known = "No GPU is free that would do" if group.estimate.usd_hour else "Nobody has such a GPU"
        yield Notice("model", "stop", f"{known}: {gpu_label(models)}{name and f' for {name}'}.")
    if group.unaudited:
        who = counted(group.unaudited, "more provider" if group.hosts else "provider")
        are = "is" if group.unaudited == 1 else "are"
        text = f"{who} could host {name or 'it'}, but {are} not audited: the Console hides their bids."
        yield Notice("unaudited", "note" if group.hosts else "warning", text)


def _ceiling(group: GroupPlan, name: str) -> Iterator[Notice]:
    estimate = group.estimate
    if estimate.usd_hour is None:
        return
    ceiling, usual = f"{format_usd(estimate.ceiling_usd_hour)}/h", f"{format_usd(estimate.usd_hour.typical)}/h"
    if estimate.is_ceiling_under_market:
        text = f"{name or 'The SDL'} pays at most {ceiling}, and {usual} is usual: few or none will bid."
        yield Notice("ceiling-low", "warning", text)
    elif estimate.ceiling_usd_hour >= max(FAR_ABOVE * estimate.usd_hour.high, FAR_ABOVE_USD_HOUR):
        times = estimate.ceiling_usd_hour / estimate.usd_hour.typical
        text = (
            f"{name or 'The SDL'} pays up to {ceiling}, {times:,.0f} times the usual price: no bid is too high for it."
        )
        yield Notice("ceiling-high", "warning", text)


def _trial(facts: Facts) -> Iterator[Notice]:
    """Models are blocked by name; where any will do, bids with such a one are not shown."""
    units = [unit for demand in facts.demands for unit in demand.units if unit.gpus]
    blocked = sorted({gpu_label([model]) for unit in units for model in unit.gpu_models} & TRIAL_BLOCKED)
    if facts.is_trial and blocked:
        yield Notice("trial", "stop", f"A trial wallet may not rent {', '.join(blocked)}: the service would refuse.")
    if facts.is_trial and any(gpu_label(unit.gpu_models) == "any" for unit in units):
        text = "Any GPU will do, but bids with models that no trial wallet may rent are not shown: fewer may be seen."
        yield Notice("trial", "warning", text)


def _money(facts: Facts) -> Iterator[Notice]:
    deposit = f"The deposit of {format_usd(facts.deposit_usd)}"
    if facts.deposit_usd < facts.minimum_usd:
        yield Notice("deposit", "stop", f"{deposit} is less than the service takes ({format_usd(facts.minimum_usd)}).")
    if facts.free_usd is not None and facts.deposit_usd > facts.free_usd:
        yield Notice("wallet", "stop", f"{deposit} is more than the wallet has free ({format_usd(facts.free_usd)}).")
    hourly = facts.usd_hour
    if hourly is None or facts.runs_s:
        return
    if hourly > facts.deposit_usd:
        lasts = format_duration(3600 * facts.deposit_usd / hourly)
        yield Notice("short", "warning", f"The deposit lasts only {lasts} at the usual price.")


def _budget(facts: Facts) -> Iterator[Notice]:
    """What a budget would say to it."""
    hourly = facts.usd_hour
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


def _filling(facts: Facts) -> Iterator[Notice]:
    """What the lease puts in on top of the deposit."""
    hourly, left = facts.usd_hour, [each.left_usd for each in facts.budgets if each.left_usd is not None]
    if not hourly or not facts.runs_s:
        return
    in_all = min([hourly * facts.runs_s / 3600, *left])
    if in_all > facts.deposit_usd:
        adds, lasts = format_usd(in_all - facts.deposit_usd), format_duration(3600 * in_all / hourly)
        yield Notice("budget", "note", f"The lease adds about {adds} to the escrow, so that it lasts {lasts}.")


def _sdl(compiled: Compiled) -> Iterator[Notice]:
    for issue in compiled.warnings:
        kind = "image" if issue.path.endswith("/image") else "sdl"
        yield Notice(kind, "warning", f"Line {issue.line}: {issue.message}")


def _top_up(facts: Facts) -> Sequence[Notice]:
    """A trial wallet's deployments are not filled up (contract §13)."""
    if facts.is_trial or facts.budgets:
        return ()
    text = (
        "A deposit is no cap: the service refills it from a paying wallet to last 48 hours. A cap is "
        "akash.budget(...); deployment.auto_top_up(False) before the lease only stops the refills."
    )
    return (Notice("top-up", "note", text),)
