"""Why no bid came: checks each cause that the guide names and says what to change.

The guide's causes are a price that is too low, resources that nobody has, and a wrong SDL; added here are a placement
that nobody meets, and bids that came and lapsed. Screening (`POST /v1/bid-screening`) says who could host a group,
whatever its price; a group is screened again with one demand left out at a time to find the one that is too much.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from akash_nb import sdl
from akash_nb.bids import Bids
from akash_nb.client import market
from akash_nb.client.call import Flow, send
from akash_nb.errors import AkashError
from akash_nb.flows.context import Context
from akash_nb.models import ComputeSpec
from akash_nb.money import Coin, format_usd
from akash_nb.shown import Shown
from akash_nb.units import counted

Group = dict[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Finding(Shown):
    """One cause that was checked.

    Attributes:
        cause: What was checked, in a few words.
        verdict: `ok` (not the cause), `cause` (most likely the cause) or `unknown` (could not be checked).
        text: What was found.
        advice: What to change; empty when there is nothing to change.
    """

    cause: str
    verdict: str
    text: str
    advice: str = ""

    def __str__(self) -> str:
        mark = {"ok": "✓", "cause": "✗", "unknown": "?"}[self.verdict]
        return f"{mark} {self.cause}: {self.text}" + (f" → {self.advice}" if self.advice else "")


def why_no_bids(context: Context, text: str, bids: Bids) -> Flow[tuple[Finding, ...]]:
    """What was checked, likely causes first. Reads only; never raises for a check that cannot be made."""
    compiled = sdl.compile(text)
    findings = [*_lapsed(bids)]
    covered = {offer.bid.id.gseq for offer in bids.open}
    for gseq, group in enumerate(compiled.groups, start=1):
        if gseq not in covered:
            findings.append((yield from _supply(group)))
            findings.append((yield from _price(context, group)))
    findings.append(_syntax(compiled))
    rank = {"cause": 0, "unknown": 1, "ok": 2}
    return tuple(sorted(findings, key=lambda finding: rank[finding.verdict]))


def _syntax(compiled: sdl.Compiled) -> Finding:
    if not compiled.text.strip():
        return Finding("SDL", "unknown", "it was written elsewhere and is not known here")
    if compiled.errors:
        return Finding("SDL", "cause", compiled.errors[0].message, "correct the SDL")
    if compiled.warnings:
        first = compiled.warnings[0]
        return Finding("SDL", "unknown", f"valid, but line {first.line}: {first.message}", first.hint)
    return Finding("SDL", "ok", "valid")


def _lapsed(bids: Bids) -> Iterator[Finding]:
    gone = [offer for offer in bids if offer.bid.state == "closed"]
    if gone:
        text = f"{len(gone)} came and were withdrawn, as providers do after about 5 minutes"
        yield Finding("Bids", "cause", text, "close this deployment and create it again, then choose in time")


def _supply(group: Group) -> Flow[Finding]:
    """Who could host this group at any price, and if nobody: which demand is too much."""
    name = f"Supply for {group['name']}"
    try:
        able = len((yield from send(market.screen(group))))
        if able:
            return Finding(name, "ok", f"{counted(able, 'provider')} online could host it now")
        for what, advice, relax in _RELAXATIONS:
            relaxed = relax(copy.deepcopy(group))
            if relaxed is None:
                continue
            freed = len((yield from send(market.screen(relaxed))))
            if freed:
                text = f"nobody online meets its {what}; {freed} could without it"
                return Finding(name, "cause", text, advice)
        if (yield from send(market.screen(_without_all(group)))):
            text = "nobody online meets all its demands; without attributes, signatures and GPUs somebody could"
            return Finding(name, "cause", text, "drop several of them, one at a time")
    except AkashError as problem:
        return Finding(name, "unknown", f"could not be checked ({problem.what})")
    return Finding(name, "cause", "nobody online has this much on one machine", "ask for less CPU, memory or storage")


def _price(context: Context, group: Group) -> Flow[Finding]:
    """The group's ceiling against what the network asks for such resources."""
    name = f"Price of {group['name']}"
    ceiling = _ceiling(group)
    per_block = ceiling.usd()
    if per_block is None:
        return Finding(name, "unknown", f"no dollar value is known for {ceiling.denom}")
    monthly = context.prices.per_month(per_block)
    try:
        usual = yield from _usual_usd_month(context, group)
    except AkashError as problem:
        return Finding(name, "unknown", f"could not be checked ({problem.what})")
    offered, asked = f"{format_usd(monthly)}/month at most", f"about {format_usd(usual)}/month is usual"
    if monthly >= usual:
        return Finding(name, "ok", f"{offered}; {asked}")
    amount = usual / context.prices.per_month(Decimal(1)) * 1_000_000
    advice = f"raise the amounts under pricing to at least {amount.to_integral_value():,} {ceiling.denom} in all"
    return Finding(name, "cause", f"{offered}; {asked}", advice)


def _usual_usd_month(context: Context, group: Group) -> Flow[Decimal]:
    """The service's own estimate for CPU, memory and storage, plus the average of recent GPU bids."""
    total = Decimal(0)
    for unit in group["resources"]:
        resource, count = unit["resource"], int(unit["count"])
        spec = ComputeSpec(
            cpu_millicores=_value(resource["cpu"]["units"]),
            memory_bytes=_value(resource["memory"]["size"]),
            storage_bytes=sum(_value(volume["size"]) for volume in resource.get("storage") or ()),
        )
        (estimate,) = yield from market.pricing([spec])
        total += estimate.akash_usd * count
        gpus = _value(resource["gpu"]["units"]) * count
        if gpus:
            total += gpus * (yield from _gpu_usd_hour(resource["gpu"])) * context.prices.hours_per_month
    return total


def _gpu_usd_hour(gpu: Group) -> Flow[Decimal]:
    """What one such GPU costs per hour on average; of any model where none is named or none is known; else 0."""
    prices = [item for item in (yield from send(market.gpu_prices())) if item.price]
    wanted = {part for a in gpu.get("attributes") or () for part in a["key"].split("/")}
    matching = [item for item in prices if item.model in wanted] or prices
    averages = [item.price.average_usd for item in matching if item.price]
    return min(averages, default=Decimal(0))


def _ceiling(group: Group) -> Coin:
    """The most the group may cost per block: each unit's price times its replicas."""
    prices = [(unit["price"], int(unit["count"])) for unit in group["resources"]]
    total = sum((Decimal(str(price["amount"])) * count for price, count in prices), Decimal(0))
    # The Console overwrites every denom with its own (contract §11).
    return Coin("uact", total)


def _value(quantity: Any) -> int:
    return int(Decimal(str((quantity or {}).get("val") or 0)))


def _without_attributes(group: Group) -> Group | None:
    return group if group.get("requirements", {}).pop("attributes", None) else None


def _without_signatures(group: Group) -> Group | None:
    signed = group.get("requirements", {}).pop("signedBy", None) or {}
    return group if signed.get("allOf") or signed.get("anyOf") else None


def _without_gpu_model(group: Group) -> Group | None:
    gpus = [unit["resource"]["gpu"] for unit in group["resources"] if _value(unit["resource"]["gpu"]["units"])]
    for gpu in gpus:
        gpu["attributes"] = [{"key": "vendor/nvidia/model/*", "value": "true"}]
    return group if gpus else None


def _without_gpu(group: Group) -> Group | None:
    gpus = [unit["resource"] for unit in group["resources"] if _value(unit["resource"]["gpu"]["units"])]
    for resource in gpus:
        resource["gpu"] = {"units": {"val": "0"}}
    return group if gpus else None


def _without_all(group: Group) -> Group:
    bare = copy.deepcopy(group)
    for _, _, relax in _RELAXATIONS:
        relax(bare)
    return bare


_RELAXATIONS: tuple[tuple[str, str, Callable[[Group], Group | None]], ...] = (
    ("placement attributes", "drop or change the attributes under placement, such as the region", _without_attributes),
    ("GPU model", "ask for another GPU model, or for any", _without_gpu_model),
    ("signatures", "drop signedBy", _without_signatures),
    ("number of GPUs", "ask for fewer GPUs on one machine", _without_gpu),
)
