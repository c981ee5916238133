"""Several verbs at once, on several deployments and in two sessions of one wallet, a step of any of them at a time: a
budget is never exceeded, and never counts less than is in the market's own books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from akash_nb import policy
from akash_nb.client.call import Flow, Sleep
from akash_nb.deployment import Deployment
from akash_nb.errors import AkashError
from akash_nb.models import DeploymentStatus
from akash_nb.session import Session
from tests.akash_nb.budgets.somebody import Somebody

MARKETS, PER_TEST = 60, 10
STEPS, AT_ONCE = 400, 5
#: Nothing that was sent arrives later than a quarter of an hour.
LATEST_S = 1_000


class Hurried(Somebody):
    """Somebody who waits for nothing: verbs are only begun, and go on a step at a time, in any order."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        first, client = self.session, self.session.client
        shared = {"journal": first.journal, "now": first.local_now, "prices": first.prices}
        second = Session(client, background=first._make_background, is_mock=True, **shared)
        self.sessions = [first, second]
        for session in self.sessions:
            session.curfew.set = session.curfew._ends.setdefault  # noted, but closing is a verb like all others
        client._chance = self.chance.random
        self.run_now, client.run = client.run, self.begin
        self.under_way: list[Iterator[None]] = []
        self.told: list[tuple[Deployment[Any], DeploymentStatus]] = []

    def begin(self, verb: Flow[Any]) -> None:
        if len(self.under_way) < AT_ONCE:
            self.under_way.append(self.step_by_step(verb))

    def step_by_step(self, verb: Flow[Any]) -> Iterator[None]:
        """Each step is a request with its answer, or a pause."""
        client, answer = self.session.client, None
        steps = client._steps(verb)
        try:
            while True:
                answer = client._do(steps.send(answer))
                yield
        except (StopIteration, AkashError):
            return
        finally:
            steps.close()

    def lease(self, deployment: Any) -> None:
        wish = self.chance.choice([policy.cheapest(), policy.most_reliable()])

        def lease_in_a_while() -> Flow[Any]:
            yield Sleep(30)
            return (yield from Deployment.lease.build(deployment, wish))

        self.begin(lease_in_a_while())

    # What happens next

    def anything(self) -> None:
        self.session = self.chance.choice(self.sessions)
        happenings = [self.begin_another, self.hear_late, self.go_on, self.interrupt]
        self.chance.choices(happenings, [9, 2, 90, 1] if self.under_way else [9, 2, 0, 0])[0]()

    def begin_another(self) -> None:
        self.session.deployments = tuple(each for each in self.session.deployments if each.stage != "closed")
        self.chance.choice(self.steps())()

    def hear_late(self) -> None:
        """An answer was long on its way, and tells of what was."""
        self.told += [(each, each.state) for each in self.session.deployments if each.state]
        if self.told:
            deployment, status = self.chance.choice(self.told)
            deployment.saw(status)

    def go_on(self) -> None:
        verb = self.chance.choice(self.under_way)
        if next(verb, "done") == "done":
            self.under_way.remove(verb)

    def interrupt(self) -> None:
        """A request has gone out, and nobody hears its answer."""
        self.under_way.pop(self.chance.randrange(len(self.under_way))).close()

    def be_quiet_and_look(self) -> None:
        self.console.faults.clear()
        while self.under_way:
            self.go_on()
        self.session.client.run = self.run_now
        self.console.advance(LATEST_S)
        found = [each for session in self.sessions for each in session.resume()]
        for deployment in {*found, *(each for each, _ in self.told)}:
            deployment.status()


@pytest.mark.parametrize("first", range(0, MARKETS, PER_TEST))
def test_whatever_happens_at_once_the_budget_holds(first: int) -> None:
    leases = 0
    for seed in range(first, first + PER_TEST):
        hurried = Hurried(seed)
        budget = hurried.budget
        with budget:
            for step in range(STEPS):
                hurried.anything()
                spent, rate, when = hurried.spent_usd(), hurried.usd_per_hour(), f"{seed=}, {step=}"
                assert budget.usd is None or spent <= budget.usd, when
                assert budget.usd_per_hour is None or rate <= budget.usd_per_hour, when
                assert budget.bound_usd >= spent, when
                assert budget.running_usd_per_hour >= rate, when
            hurried.be_quiet_and_look()
        assert budget.bound_usd >= hurried.spent_usd(), f"{seed=}"
        assert budget.running_usd_per_hour >= hurried.usd_per_hour(), f"{seed=}"
        leases += sum(call.operation == "createLease" and call.status == 200 for call in hurried.console.calls)

    assert leases > PER_TEST  # else it says nothing
