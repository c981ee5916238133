"""What a placement demands: attributes, signatures, and that nobody asks for more than it pays."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal

from akash_nb.money import MICRO, PriceModel, format_usd, plain
from akash_nb.relax.demand import Group, Relaxation, Step
from akash_nb.sdl import REGION, REMOVE, Compiled, GroupDemand, network
from akash_nb.sdl.vary import Edit


def attributes(group: Group) -> Iterator[Relaxation]:
    """That providers state something about themselves, such as their region."""
    for key, value in group.mapping(*group.placement, "attributes").items():
        edit = Edit(group.outermost(*group.placement, "attributes", key), REMOVE)
        step = Step((edit,), f"{key}: {value} → any", "anywhere" if key == REGION else "without it")
        if key == REGION:
            yield Relaxation("region", f"region {value}", "ask for another region, or for none", (step,))
        else:
            yield Relaxation("attribute", f"attribute {key}: {value}", f"do not ask for {key}", (step,))


def signatures(group: Group) -> Iterator[Relaxation]:
    """That each of some auditors has signed. Those of whom one must have keep nobody out: the Console adds its own to
    them (contract §11)."""
    asked = group.mapping(*group.placement, "signedBy").get("allOf")
    if asked:
        edit = Edit(group.outermost(*group.placement, "signedBy", "allOf"), REMOVE)
        step = Step((edit,), "signedBy allOf → none", "without them")
        title = f"signatures of {' and '.join(map(str, asked))}"
        yield Relaxation("signatures", title, "do not ask for these auditors", (step,))


def raised(sdl: Compiled, demand: GroupDemand, usd_per_hour: Decimal, prices: PriceModel) -> Step:
    """To pay up to so much for the group, in the proportions of now."""
    group = Group(sdl, demand)
    wanted = usd_per_hour / prices.per_hour(Decimal(1)) * MICRO
    total, replicas = demand.ceiling.amount, sum(unit.count for unit in group.units)
    edits, changes = [], []
    for unit in group.units:
        path = (*group.placement, "pricing", unit.profile)
        old = unit.price.amount
        new = min(_rounded_up(old * wanted / total if total else wanted / replicas), network.MAX_PRICE)
        edits.append(Edit((*path, "amount"), new))
        if group.at((*path, "denom")) != "uact":  # which the Console puts there in any case (contract §11)
            edits.append(Edit((*path, "denom"), "uact"))
        changes.append(f"pricing amount for {unit.label}: {plain(old)} → {new:,}")
    return Step(tuple(edits), ", ".join(changes), f"at up to {format_usd(usd_per_hour)}/h")


def _rounded_up(amount: Decimal) -> int:
    """A whole number of at most two digits and zeros, not less."""
    step: int = 10 ** max(amount.adjusted() - 1, 0)
    return max(1, math.ceil(amount / step) * step)
