"""Markets in which the worst comes together: answers of spending calls are lost while nothing can be read, the service
cannot be kept from funding what runs since before the budget, leases are lost, and tools differ about the length of a
block. A budget is never exceeded, and never counts less than is in the market's own books."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

import akash_nb as akash
from akash_nb.errors import AkashError
from akash_nb.money import MICRO, PriceModel
from mock_server.fault import Fault
from mock_server.world import escrow
from tests.akash_nb.budgets.somebody import HOUR_S, Somebody

MARKETS, PER_TEST = 120, 30
STEPS = 14

#: More often than anything is tried again.
ALWAYS = 30


class Unlucky(Somebody):
    """Somebody who has run something before, without a budget, and adds to it under one."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.old: Any = None
        self.lost: Fault | None = None
        self.had_usd = Decimal(0)
        with suppress(AkashError):
            self.deploy()
            self.old = self.session.current
            self.old.wait_for_bids(timeout_s=40)
            self.old.lease()
        self.console.advance(self.chance.choice([1, 5, 3 * HOUR_S, 30 * HOUR_S]))
        if self.chance.random() < 0.5:
            self.session = akash.connect(mock=self.console, prices=PriceModel(block_seconds=Decimal(5)))
            self.session.curfew.stop()
            self.old = next(iter(self.session.resume()), None)

    def steps(self) -> list[Any]:
        return [*super().steps(), self.trouble, *([lambda: self.old.deposit(1)] * 2 if self.old else [])]

    def trouble(self) -> None:
        faults = self.console.faults
        deposit = "depositDeployment" if self.console.dialect == "live" else "depositDeploymentGuide"
        spending = self.chance.choice(["createDeployment", deposit, "createLease"])
        self.chance.choice(
            [
                lambda: self.nobody_answers(spending),
                lambda: self.nobody_answers(spending),
                lambda: faults.status(500, "updateDeploymentSettings", times=ALWAYS),
                lambda: faults.garble(spending),
                lambda: faults.lease_lost(self.chance.choice([5, HOUR_S])),
                faults.insufficient_balance,
                lambda: faults.short_bids(20),
                faults.clear,
            ]
        )()

    def nobody_answers(self, spending: str) -> None:
        """It is done, and from then on nobody tells."""
        self.lost = self.console.faults.drop(spending, when="after")

    def fall_silent(self) -> None:
        """Told of every request that may change something."""
        if self.lost and self.lost.struck:
            self.lost = None
            for reading in ("getDeployment", "listDeployments"):
                self.console.faults.status(503, reading, times=ALWAYS)

    # What is true

    def look(self) -> None:
        """What the old one has been given so far, as long as it is under no budget."""
        if self.old and not self.old.budgets:
            self.had_usd = self._given_usd(self.old.dseq)

    def spent_usd(self) -> Decimal:
        under = {dseq for _, dseq in self.budget.accounts}
        made_before = {self.old.dseq} if self.old else set()
        with self.console.world() as world:
            numbers = [dseq for dseq in world.deployments if dseq not in made_before or dseq in under]
        return sum((self._given_usd(dseq) for dseq in numbers), Decimal(0)) - (
            self.had_usd if made_before & under else 0
        )

    def usd_per_hour(self) -> Decimal:
        with self.console.world() as world:
            accounts = [world.deployments[dseq].escrow for _, dseq in self.budget.accounts]
        per_block = sum((escrow.rate(account) for account in accounts if account.state == "open"), Decimal(0))
        return PriceModel(block_seconds=self.console.block_seconds).per_hour(per_block) / MICRO

    def _given_usd(self, dseq: str) -> Decimal:
        with self.console.world() as world:
            account = world.deployments[dseq].escrow
        return Decimal(account.transferred + (max(account.funds, 0) if account.state == "open" else 0)) / MICRO


@pytest.mark.parametrize("first", range(0, MARKETS, PER_TEST))
def test_even_then_the_budget_holds(first: int) -> None:
    leases = 0
    for seed in range(first, first + PER_TEST):
        unlucky = Unlucky(seed)
        budget = unlucky.budget
        with budget, unlucky.console.watched(unlucky.fall_silent):
            for step in range(STEPS):
                unlucky.look()
                with suppress(AkashError):
                    unlucky.chance.choice(unlucky.steps())()
                spent, rate, when = unlucky.spent_usd(), unlucky.usd_per_hour(), f"{seed=}, {step=}"
                assert budget.usd is None or spent <= budget.usd, when
                assert budget.usd_per_hour is None or rate <= budget.usd_per_hour, when
                assert budget.bound_usd >= spent, when
                assert budget.running_usd_per_hour >= rate, when
        leases += sum(call.operation == "createLease" and call.status == 200 for call in unlucky.console.calls)

    assert leases > PER_TEST  # else it says nothing
