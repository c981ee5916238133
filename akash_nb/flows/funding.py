"""What a budget asks for before money flows: no funding by the service itself, and an escrow that ends the run in time.

The service tops the escrow of a paying wallet's deployment up to 48 hours of runway right after its lease and hourly,
unless it was told not to (contract §7, §13). A row that says so must be there before the lease.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from akash_nb.budgets import Budget
from akash_nb.client import deployment_settings
from akash_nb.client.call import Flow
from akash_nb.errors import AkashError, OverBudgetError
from akash_nb.flows.context import Context
from akash_nb.flows.time_limit import ends_at
from akash_nb.models import DeploymentSetting
from akash_nb.money import format_usd
from akash_nb.runway import Runway

_CENT = Decimal("0.01")


def before_lease(context: Context, dseq: str) -> Flow[None]:
    """Switch the service's own funding of a deployment under a budget off, and note when it is to be closed; also for
    one whose budget has gone with its kernel, while its time limit is in the journal.

    Raises:
        OverBudgetError: The service's own funding cannot be switched off; nothing else was sent.
    """
    until = ends_at(context, dseq)
    if until is not None or context.purse.over(dseq):
        yield from no_automatic_funding(context, dseq)
    if until is not None:
        context.journal.limit(dseq, until)


def filling_usd(context: Context, dseq: str, money: Runway, usd_per_hour: Decimal) -> Decimal:
    """What the escrow lacks, in US dollars, to pay for the deployment's time; 0 where its deposit was the user's own,
    or it has no time limit. Never more than its budgets have left."""
    until, left = context.purse.filled_until(dseq), context.purse.left_usd(dseq)
    if until is None or money.left_usd is None:
        return Decimal(0)
    hours = Decimal(max((until - context.now()).total_seconds(), 0)) / 3600
    lacking = (usd_per_hour * hours - money.left_usd).quantize(_CENT, ROUND_CEILING)
    return max(lacking if left is None else min(lacking, left), Decimal(0))


def no_automatic_funding(context: Context, dseq: str) -> Flow[DeploymentSetting]:
    """Tell the service not to top the escrow up by itself.

    Raises:
        OverBudgetError: It cannot be told, and the deployment is under a budget; nothing else was sent.
        AkashError: It cannot be told.
    """
    budgets = context.purse.over(dseq)
    try:
        setting = yield from deployment_settings.set_auto_top_up(dseq, False)
    except AkashError as problem:
        if not budgets:
            raise
        raise _would_spend_by_itself(dseq, budgets[0], problem.what.rstrip(".")) from None
    if setting.auto_top_up and budgets:
        raise _would_spend_by_itself(dseq, budgets[0], "the service keeps it on")
    return setting


def allow_automatic_funding(context: Context, dseq: str) -> Flow[DeploymentSetting]:
    """Let the service top the escrow up from the wallet by itself. **It spends from then on.**

    Raises:
        OverBudgetError: The deployment is under a budget; nothing was sent.
    """
    if budgets := context.purse.over(dseq):
        raise OverBudgetError(
            f"Deployment {dseq} is under a budget, and automatic funding knows none.",
            budget=budgets[0],
            means="Nothing was sent.",
            todo="Add funds with deposit(), as far as the budget allows.",
        )
    return (yield from deployment_settings.set_auto_top_up(dseq, True))


def forbid_again(context: Context, dseq: str, added_usd: Decimal) -> Flow[str]:
    """Tell the service once more not to top the escrow up, after it has done so under a budget; what to say of it."""
    added = f"{format_usd(added_usd)} came into the escrow of {dseq} from elsewhere, beside its budget"
    try:
        yield from no_automatic_funding(context, dseq)
    except AkashError as problem:
        return f"{added}. {problem.what}"
    return f"{added}: the service has been told again not to add funds by itself."


def _would_spend_by_itself(dseq: str, budget: Budget, why: str) -> OverBudgetError:
    return OverBudgetError(
        f"The service's automatic funding of {dseq} could not be switched off: {why}.",
        budget=budget,
        means="Nothing else was sent: with it, the service would spend beyond any budget.",
        todo="Try again; or do without a budget, and watch what the service adds.",
    )
