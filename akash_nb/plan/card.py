"""A plan for people: the same lines as text and as HTML without scripts, the price and what stands in the way first.
The SDL is in neither, since it may hold secrets; names of providers and regions are theirs, so that all of it is
escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from akash_nb.money import format_usd, format_usd_column
from akash_nb.units import format_duration

if TYPE_CHECKING:
    from akash_nb.plan.notices import Notice
    from akash_nb.plan.plan import GroupPlan, Plan

#: So many who could host a group are named; of more it is said where they are, for so many regions.
_MOST_NAMED, _MOST_REGIONS = 3, 3

#: Otherwise MathJax takes what stands between two prices for a formula.
_NO_MATH = "tex2jax_ignore mathjax_ignore"
_BOX = (
    "border:1px solid #8886;border-radius:8px;padding:12px 16px;font:13px/1.5 system-ui,sans-serif;color:inherit;"
    "max-width:760px;box-sizing:border-box"
)
_MOCK = "<b style='border:1.5px solid currentColor;border-radius:4px;padding:0 5px;font-size:11px'>MOCK</b> "
_CELL = "padding:1px 14px 1px 0;text-align:left;vertical-align:top;border:0;background:none;color:inherit"
_TABLE = "border-collapse:collapse;border:0;margin:6px 0;color:inherit;font:inherit"
_UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
_EDGE = {"stop": "#d13438", "warning": "#c98a00"}


@dataclass(frozen=True, slots=True)
class Card:
    """How a plan shows."""

    plan: Plan

    def text(self) -> str:
        """The price, what is wrong, the facts, what else is worth knowing, and what the figures rest on."""
        facts = list(self.facts())
        width = max(len(name) for name, _ in facts)
        mock = "MOCK " if self.plan.is_mock else ""
        return "\n".join(
            [
                f"{mock}Plan: {self.headline()}",
                *(f"  {notice}" for notice in self._notices(serious=True)),
                *(f"  {name:<{width}}  {text}" for name, text in facts),
                *(f"  {notice}" for notice in self._notices(serious=False)),
                f"  ({self.footer()})",
            ]
        )

    def html(self) -> str:
        """The same, in one box that takes over the colours around it."""
        rows = "".join(
            f"<tr style='background:none'><th scope='row' style='{_CELL};font-weight:600'>{escape(name)}</th>"
            f"<td style='{_CELL}'>{escape(text)}</td></tr>"
            for name, text in self.facts()
        )
        return (
            f'<div class="{_NO_MATH}" style="{_BOX}"><div style="font-size:15px">'
            f"{_MOCK if self.plan.is_mock else ''}<b>Plan: {escape(self.headline())}</b></div>"
            f"{self._notices_html(serious=True)}"
            f"<table style='{_TABLE}'><caption style='{_UNSEEN}'>What it comes to</caption>"
            f"<tbody>{rows}</tbody></table>"
            f"{self._notices_html(serious=False)}"
            f'<div style="opacity:.75;font-size:12px;margin-top:6px">{escape(self.footer())}</div></div>'
        )

    def headline(self) -> str:
        """The price, in one line: by the hour first for GPUs, by the month for the rest, which costs next to nothing
        an hour."""
        hour, month = self.plan.usd_hour, self.plan.usd_month
        if hour is None or month is None:
            return "price unknown, since nobody offers such a GPU"
        prices = [f"{format_usd(hour.typical)}/h", f"{format_usd(month.typical)}/month"]
        first, second = prices if self.plan.gpus else reversed(prices)
        return f"about {first}, {second}"

    def facts(self) -> Iterator[tuple[str, str]]:
        """Name and text of each."""
        plan = self.plan
        several = len(plan.groups) > 1
        for group in plan.groups:
            yield (f'"{group.name}"' if several else "Providers"), _able(group)
            yield ("" if several else "Price"), self._price(group)
        aws, gcp, azure = format_usd_column([plan.clouds.aws_usd, plan.clouds.gcp_usd, plan.clouds.azure_usd])
        without = ", without the GPUs" if plan.gpus else ""
        yield "Elsewhere", f"AWS {aws}, GCP {gcp}, Azure {azure} per month{without}"
        yield "Ceiling", self._ceiling()
        yield "Deposit", self._deposit()
        if plan.free_usd is not None:
            yield "Wallet", f"{format_usd(plan.free_usd)} free{', a trial' if plan.is_trial else ''}"
        for place, (of, parts) in enumerate(self._parts()):
            yield ("" if place else "Parts"), f"{of}: {parts} per month"
        if plan.path:
            yield "SDL", plan.path

    def footer(self) -> str:
        """What the figures rest on, and when."""
        at = f"{self.plan.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        return f"plan {self.plan.id}; {self.plan.prices}; as of {at}"

    def _notices(self, *, serious: bool) -> list[Notice]:
        return [notice for notice in self.plan.notices if (notice.level in _EDGE) is serious]

    def _notices_html(self, *, serious: bool) -> str:
        return "".join(
            f"<div style='border-left:3px solid {_EDGE.get(notice.level, '#8888')};padding-left:8px;margin:3px 0'>"
            f"{escape(str(notice))}</div>"
            for notice in self._notices(serious=serious)
        )

    def _usd(self, usd_hour: Decimal) -> str:
        """US dollars per hour, as the headline has them first."""
        if self.plan.gpus:
            return f"{format_usd(usd_hour)}/h"
        return f"{format_usd(usd_hour * self.plan.prices.hours_per_month)}/month"

    def _price(self, group: GroupPlan) -> str:
        found = group.estimate.usd_hour
        if found is None:
            return "nobody offers such a GPU"
        return f"{self._usd(found.low)} to {self._usd(found.high)} ({group.estimate.basis})"

    def _ceiling(self) -> str:
        ceiling, hour = self.plan.ceiling_usd_hour, self.plan.usd_hour
        by_hour = "" if self.plan.gpus else f" ({format_usd(ceiling)}/h)"
        against = f", {_times(ceiling / hour.typical)} the usual price" if hour and hour.typical else ""
        return f"the SDL pays at most {self._usd(ceiling)}{by_hour}{against}"

    def _deposit(self) -> str:
        hours = {"usual price": self.plan.hours_typical, "ceiling": self.plan.hours_worst}
        lasts = [f"{format_duration(each * 3600)} at the {price}" for price, each in hours.items() if each is not None]
        return f"{format_usd(self.plan.deposit_usd)} lasts {', '.join(lasts)}"

    def _parts(self) -> Iterator[tuple[str, str]]:
        """Of each compute profile whose it is, and what each of its resources costs per month at list prices."""
        for group in self.plan.groups:
            for of, parts in groupby(group.estimate.parts, key=lambda part: part.of):
                yield of, ", ".join(f"{part} {format_usd(part.usd_month and part.usd_month.typical)}" for part in parts)


def _able(group: GroupPlan) -> str:
    """How many could host it: a few by name, more by region."""
    if not group.hosts:
        return "nobody could host it now"
    who = ", ".join(map(str, group.hosts)) if len(group.hosts) <= _MOST_NAMED else _where(group)
    return f"{len(group.hosts):,} could host it now: {who}"


def _where(group: GroupPlan) -> str:
    """`5 in eu-west, 4 in na-us-west and 3 elsewhere`, the regions with most first."""
    found = Counter(host.region for host in group.hosts if host.region)
    most = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_MOST_REGIONS]
    rest = len(group.hosts) - sum(count for _, count in most)
    shown = ", ".join(f"{count} in {region}" for region, count in most)
    return " and ".join(filter(None, [shown, f"{rest} elsewhere" if rest else ""]))


def _times(ratio: Decimal) -> str:
    return f"{ratio:,.0f} times" if ratio >= 10 else f"{ratio:.2g} times"
