"""A plan: everything that can be known of a deployment before money moves. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from akash_nb import sdl
from akash_nb.client import account, market, wallet
from akash_nb.client.call import Call, Flow, send, together
from akash_nb.errors import AkashError, InvalidInputError, SDLError
from akash_nb.estimate import GroupEstimate
from akash_nb.flows.context import Context
from akash_nb.flows.estimate import estimate_groups
from akash_nb.models import Candidate
from akash_nb.money import format_usd
from akash_nb.plan import GroupPlan, Host, Plan
from akash_nb.plan.notices import Facts, notices

_UNCHANGED = "Nothing was sent."


def make_plan(
    context: Context,
    text: str,
    *,
    source: str,
    path: str,
    deposit_usd: Decimal,
    minimum_usd: Decimal,
    is_mock: Callable[[], bool],
) -> Flow[Plan]:
    """What deploying an SDL would come to now.

    Args:
        source, path: Where the text is from, see `Plan`.
        minimum_usd: The smallest deposit that the service takes, in US dollars.
        is_mock: Asked at the end: a service says so with its answers.

    Raises:
        SDLError: The SDL has errors.
        InvalidInputError: It has no services.
        ConnectionFailedError, APIError: The market could not be asked.
    """
    compiled = sdl.compile(text)
    if compiled.errors:
        raise SDLError(compiled.errors, sdl.render(compiled))
    if not compiled.groups:
        raise InvalidInputError("There is nothing to deploy: the SDL has no services.", means=_UNCHANGED)
    works: list[Call[Any] | Flow[Any]] = [estimate_groups(context, compiled), _free_usd(), on_trial()]
    answers = yield from together([*works, *(screening(compiled, group) for group in compiled.groups)])
    estimates, free_usd, is_trial, *screened = answers
    groups = tuple(_group(*found) for found in zip(estimates, screened, strict=True))
    facts = Facts(
        compiled=compiled,
        groups=groups,
        deposit_usd=deposit_usd,
        minimum_usd=minimum_usd,
        free_usd=free_usd,
        is_trial=is_trial,
        empty_regions=(yield from _empty_regions(compiled, screened)),
        budgets=context.purse.over(),
    )
    return Plan(
        sdl=text,
        source=source,
        path=path,
        deposit_usd=deposit_usd,
        groups=groups,
        free_usd=free_usd,
        is_trial=is_trial,
        notices=notices(facts),
        prices=context.prices,
        is_mock=is_mock(),
        at=context.now(),
    )


def screening(compiled: sdl.Compiled, group: Mapping[str, Any]) -> Call[tuple[Candidate, ...]]:
    """Who could host a group of a compiled SDL now; only the bids of those of them that are audited are shown.

    The Console adds its own auditors to those of whom one must have signed (contract §11), so that these keep nobody
    out whose bid would be shown.
    """
    window = compiled.reclamation and int(compiled.reclamation["minWindow"]["seconds"])
    requirements = group["requirements"]
    signed_by = {**requirements["signedBy"], "anyOf": []}
    return market.screen(
        {**group, "requirements": {**requirements, "signedBy": signed_by}}, reclamation_window_s=window or None
    )


def check_drift(plan: Plan, now: Plan, tolerance: Decimal) -> None:
    """Stop where the market has moved away from a plan.

    Args:
        now: The same, made again.
        tolerance: How far the usual price may have risen, 0.1 for a tenth.

    Raises:
        InvalidInputError: Nobody could host a group any more that somebody could, or it costs too much.
    """
    for before, after in zip(plan.groups, now.groups, strict=True):
        if before.hosts and not after.hosts:
            raise InvalidInputError(
                f"Nobody could host {after.name} any more; {len(before.hosts)} could when the plan was made.",
                means=_UNCHANGED,
                todo="Look at a new plan: session.plan().",
            )
    old, new = _comparable(plan, now)
    if new is None and old is not None:
        raise InvalidInputError(
            "What it would cost is not known any more.", means=_UNCHANGED, todo="Look at a new plan: session.plan()."
        )
    if old is not None and new is not None and new > old * (1 + tolerance):
        raise InvalidInputError(
            f"The usual price rose from {format_usd(old)}/h to {format_usd(new)}/h, by more than {tolerance:.0%}.",
            means=_UNCHANGED,
            todo="Look at a new plan with session.plan(), or apply this one with a larger tolerance.",
        )


def _comparable(plan: Plan, now: Plan) -> tuple[Decimal | None, Decimal | None]:
    """The usual price per hour of both, on the same basis: bids that were seen only where both rest on them."""
    old = new = Decimal(0)
    for before, after in zip((g.estimate for g in plan.groups), (g.estimate for g in now.groups), strict=True):
        both_bid = bool(before.bids_seen) and bool(after.bids_seen)
        a, b = (before.usd_hour, after.usd_hour) if both_bid else (before.list_usd_hour, after.list_usd_hour)
        if a is None or b is None:
            return a and a.typical, b and b.typical
        old, new = old + a.typical, new + b.typical
    return old, new


def _group(estimate: GroupEstimate, candidates: Sequence[Candidate]) -> GroupPlan:
    hosts = sorted(Host(each.label, each.location) for each in candidates if each.is_audited)
    return GroupPlan(estimate, tuple(hosts), unaudited=len(candidates) - len(hosts))


def _empty_regions(compiled: sdl.Compiled, screened: Iterable[tuple[Candidate, ...]]) -> Flow[frozenset[str]]:
    """Of the regions whose groups nobody could host, those in which nobody is online at all."""
    wanted = zip(sdl.demands(compiled), screened, strict=True)
    regions = sorted({demand.region for demand, found in wanted if demand.region and not found})
    attributes = ([{"key": sdl.REGION, "value": region}] for region in regions)
    groups = [{"resources": [], "requirements": {"attributes": attribute}} for attribute in attributes]
    online = yield from together([market.screen(group) for group in groups])
    return frozenset(region for region, found in zip(regions, online, strict=True) if not found)


def _free_usd() -> Flow[Decimal | None]:
    """What the wallet has free; None where it cannot be read, which must not keep a plan from being made."""
    try:
        return (yield from send(wallet.balances())).available_usd
    except AkashError:
        return None


def on_trial() -> Flow[bool | None]:
    """Whether it is a trial wallet; None where the service does not say."""
    try:
        return (yield from send(account.me())).is_trial
    except AkashError:
        return None
