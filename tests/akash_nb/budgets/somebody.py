"""A user who does anything at all, in a market with its own chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import akash_nb as akash
from akash_nb.budgets import Budget
from akash_nb.errors import AkashError
from akash_nb.money import MICRO, PriceModel
from mock_server import MockConsole
from mock_server.world import escrow

HOUR_S = 3_600


class Somebody:
    """A user who does anything at all under one budget, in a market with its own seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.console = MockConsole(seed=seed, fleet="small", dialect=self.chance.choice(["live", "live", "guide"]))
        self.budget = self._budget()
        self.session = akash.connect(mock=self.console)
        self.session.curfew.stop()

    def _budget(self) -> Budget:
        limits = {
            "usd": round(self.chance.uniform(0.5, 30), 2),
            "usd_per_hour": round(self.chance.uniform(0.001, 2), 4),
            "ttl": self.chance.randrange(HOUR_S, 100 * HOUR_S),
        }
        kept = self.chance.sample(sorted(limits), self.chance.randint(1, 3))
        return akash.budget(**{name: limits[name] for name in kept} if "usd" in kept else limits)

    def steps(self) -> list[Callable[[], Any]]:
        deployment = self.chance.choice(self.session.deployments or [None])
        anywhere = [self.deploy, self.deploy, self.trouble, self.pass_time, self.session.resume, self.leave_and_return]
        if deployment is None:
            return anywhere
        return [
            *anywhere,
            *[lambda: self.lease(deployment)] * 4,
            lambda: deployment.deposit(round(self.chance.uniform(0.01, 20), 2)),
            lambda: deployment.auto_top_up(self.chance.random() < 0.7),
            lambda: deployment.update(deployment.sdl.replace("nginx:1.27", "nginx:1.28")),
            lambda: deployment.extend(self.chance.choice(["2h", "40h"])),
            deployment.close,
            deployment.status,
        ]

    def deploy(self) -> None:
        gpu = self.chance.choice([None, None, "t4", "rtx4090", "a100"])
        sdl = akash.sdl.build(
            image="nginx:1.27", cpu=self.chance.choice([1, 4, 16]), memory="4Gi", gpu=gpu, max_price="$50/h"
        )
        own = round(self.chance.uniform(0.5, 20), 2)
        self.session.deploy(sdl, deposit_usd=self.chance.choice([None, None, own]))

    def lease(self, deployment: Any) -> None:
        deployment.wait_for_bids(timeout_s=40)
        deployment.lease(self.chance.choice([akash.policy.cheapest(), akash.policy.most_reliable()]))

    def pass_time(self) -> None:
        self.console.advance(self.chance.choice([30, HOUR_S, 20 * HOUR_S, 60 * HOUR_S]))
        self.session.close_expired()

    def trouble(self) -> None:
        faults = self.console.faults
        operation = self.chance.choice(["createDeployment", "depositDeployment", "createLease", "getDeployment"])
        self.chance.choice(
            [
                lambda: faults.drop(operation, when=self.chance.choice(["before", "after"])),
                lambda: faults.status(self.chance.choice([500, 503, 429]), operation, times=self.chance.randint(1, 4)),
                lambda: faults.status(500, "updateDeploymentSettings", times=2),
            ]
        )()

    def leave_and_return(self) -> None:
        """Outside of the block deployments stay under the budget."""
        self.budget.__exit__()
        with suppress(AkashError):
            for deployment in self.session.deployments[:2]:
                deployment.deposit(1)
        self.budget.__enter__()

    # What is true

    def spent_usd(self) -> Decimal:
        """All that is in escrow or was paid, by the market's own books."""
        with self.console.world() as world:
            accounts = [deployment.escrow for deployment in world.deployments.values()]
        return Decimal(sum(a.transferred + (max(a.funds, 0) if a.state == "open" else 0) for a in accounts)) / MICRO

    def usd_per_hour(self) -> Decimal:
        with self.console.world() as world:
            rates = [escrow.rate(d.escrow) for d in world.deployments.values() if d.state == "active"]
        return PriceModel(block_seconds=self.console.block_seconds).per_hour(sum(rates, Decimal(0))) / MICRO
