"""A thousand markets, with whatever happens in them: a budget is never exceeded. What was spent is read from the
market itself, not from what the session believes."""

from __future__ import annotations

from contextlib import suppress

import pytest

from akash_nb.errors import AkashError
from tests.akash_nb.budgets.somebody import Somebody

MARKETS, PER_TEST = 1000, 100
STEPS = 9


@pytest.mark.parametrize("first", range(0, MARKETS, PER_TEST))
def test_whatever_happens_the_budget_holds(first: int) -> None:
    leases = 0
    for seed in range(first, first + PER_TEST):
        somebody = Somebody(seed)
        budget = somebody.budget
        with budget:
            for _ in range(STEPS):
                with suppress(AkashError):
                    somebody.chance.choice(somebody.steps())()
                assert budget.usd is None or somebody.spent_usd() <= budget.usd, f"seed {seed}"
                assert budget.usd_per_hour is None or somebody.usd_per_hour() <= budget.usd_per_hour, f"seed {seed}"
        leases += sum(call.operation == "createLease" and call.status == 200 for call in somebody.console.calls)

    assert leases > PER_TEST / 5  # else it says nothing
