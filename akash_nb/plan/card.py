"""A plan for people: the same lines as text and as HTML without scripts. The SDL is in neither, since it may hold
secrets; names of providers are theirs, so that all of it is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from html import escape
from typing import TYPE_CHECKING

from akash_nb.estimate import Part
from akash_nb.money import format_usd, format_usd_column
from akash_nb.units import format_duration

if TYPE_CHECKING:
    from akash_nb.plan.plan import GroupPlan, Plan

#: How many of those who could host a group are named.
_MOST_NAMED = 5

#: Otherwise MathJax takes what stands between two prices for a formula.
_NO_MATH = "tex2jax_ignore mathjax_ignore"
_BOX = (
    "border:1px solid #8886;border-radius:8px;padding:12px 16px;font:13px/1.5 system-ui,sans-serif;color:inherit;"
    "max-width:760px;box-sizing:border-box"
)
_MOCK = "<b style='border:1.5px solid currentColor;border-radius:4px;padding:0 5px;font-size:11px'>MOCK</b> "
_CELL = "padding:1px 14px 1px 0;text-align:{};vertical-align:top;border:0;background:none;color:inherit"
_TABLE = "border-collapse:collapse;border:0;margin:6px 0;color:inherit;font:inherit"
_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
_EDGE = {"stop": "#d13438", "warning": "#c98a00", "note": "#8888"}


@dataclass(frozen=True, slots=True)
class Card:
    """How a plan shows."""

    plan: Plan

    def text(self) -> str:
        """Headline, facts, parts with their prices, notices, and what the figures rest on."""
        facts = [f"  {name:<11} {value}" for name, value in self.facts()]
        found = list(self.parts())
        wide = [max((len(row[column]) for row in found), default=0) for column in range(3)]
        parts = [f"    {of:<{wide[0]}}  {size:<{wide[1]}}  {usd:>{wide[2]}}/month" for of, size, usd in found]
        notices = [f"  {notice}" for notice in self.plan.notices]
        mock = "MOCK " if self.plan.is_mock else ""
        return "\n".join([f"{mock}{self.headline()}", *facts, *parts, *notices, f"  ({self.footer()})"])

    def html(self) -> str:
        """The same, in one box that takes over the colours around it."""
        facts = "".join(_row((name, "left"), (value, "left")) for name, value in self.facts())
        parts = "".join(_row((of, "left"), (size, "left"), (f"{usd}/month", "right")) for of, size, usd in self.parts())
        notices = "".join(
            f"<div style='border-left:3px solid {_EDGE.get(notice.level, '#8888')};padding-left:8px;margin:3px 0'>"
            f"{escape(str(notice))}</div>"
            for notice in self.plan.notices
        )
        return (
            f'<div class="{_NO_MATH}" style="{_BOX}"><div style="font-size:15px">'
            f"{_MOCK if self.plan.is_mock else ''}<b>{escape(self.headline())}</b></div>"
            f"{_table('What it comes to', facts)}{_table('What it is made up of, at list prices', parts)}{notices}"
            f'<div style="opacity:.75;font-size:12px;margin-top:6px">{escape(self.footer())}</div></div>'
        )

    def headline(self) -> str:
        """The price, in one line."""
        hour, month = self.plan.usd_hour, self.plan.usd_month
        if hour is None or month is None:
            return f"Plan {self.plan.id}: price unknown, since nobody offers such a GPU"
        return f"Plan {self.plan.id}: about {format_usd(hour.typical)}/h, {format_usd(month.typical)}/month"

    def facts(self) -> Iterator[tuple[str, str]]:
        """Name and text of each."""
        plan = self.plan
        several = len(plan.groups) > 1
        for group in plan.groups:
            yield (group.name if several else "Providers"), _able(group)
            yield ("" if several else "Price"), _price(group)
        if several:
            yield "Together", f"{plan.usd_hour} per hour" if plan.usd_hour else "unknown"
        yield "Ceiling", self._ceiling()
        yield "Deposit", self._deposit()
        aws, gcp, azure = format_usd_column([plan.clouds.aws_usd, plan.clouds.gcp_usd, plan.clouds.azure_usd])
        without = ", without the GPUs, for which they give no price here" if plan.gpus else ""
        yield "Elsewhere", f"AWS {aws}, GCP {gcp}, Azure {azure} per month at list price{without}"
        if plan.free_usd is not None:
            yield "Wallet", f"{format_usd(plan.free_usd)} free{', a trial' if plan.is_trial else ''}"
        yield "SDL", {"file": plan.path, "session": "the session's"}.get(plan.source, "given as text")

    def parts(self) -> Iterator[tuple[str, str, str]]:
        """Service and resource, size, and US dollars per month of each part."""
        found: list[Part] = [part for group in self.plan.groups for part in group.estimate.parts]
        usd = format_usd_column([part.usd_month and part.usd_month.typical for part in found])
        for part, price in zip(found, usd, strict=True):
            yield f"{part.of} {part.resource}".strip(), part.size, price

    def footer(self) -> str:
        """What the figures rest on, and when."""
        at = f"{self.plan.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"{self.plan.prices}; as of {at}; only a bid is a quote"

    def _ceiling(self) -> str:
        ceiling, hour = self.plan.ceiling_usd_hour, self.plan.usd_hour
        against = f", {ceiling / hour.typical:,.3g} times the usual price" if hour and hour.typical else ""
        return f"{format_usd(ceiling)}/h is the most that the SDL pays{against}"

    def _deposit(self) -> str:
        typical, worst = self.plan.hours_typical, self.plan.hours_worst
        usual = "" if typical is None else f" {format_duration(typical * 3600)} at the usual price,"
        lowest = "nothing" if worst is None else format_duration(worst * 3600)
        return f"{format_usd(self.plan.deposit_usd)} buys{usual} {lowest} at the ceiling"


def _able(group: GroupPlan) -> str:
    """How many could host it, and some of them by name."""
    if not group.able:
        return "nobody could host it now"
    named = ", ".join(group.able[:_MOST_NAMED])
    more = len(group.able) - _MOST_NAMED
    return f"{len(group.able):,} could host it now: {named}{f' and {more:,} more' if more > 0 else ''}"


def _price(group: GroupPlan) -> str:
    estimate = group.estimate
    return f"{estimate.usd_hour} per hour ({estimate.basis})" if estimate.usd_hour else "nobody offers such a GPU"


def _table(caption: str, rows: str) -> str:
    return (
        f"<table style='{_TABLE}'><caption style='{_UNSEEN}'>{escape(caption)}</caption><tbody>{rows}</tbody></table>"
    )


def _row(*cells: tuple[str, str]) -> str:
    (first, _), *rest = cells
    head = f"<th scope='row' style='{_CELL.format('left')};font-weight:600'>{escape(first)}</th>"
    others = "".join(f"<td style='{_CELL.format(align)}'>{escape(text)}</td>" for text, align in rest)
    return f"<tr style='background:none'>{head}{others}</tr>"
