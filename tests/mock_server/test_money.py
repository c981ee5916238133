"""Whatever a tenant does and whatever goes wrong, no unit is made or lost."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from mock_server import MockConsole
from mock_server.supply.fleet import fleet
from mock_server.world.lifecycle import load_on, reserved_on
from mock_server.world.state import Load
from tests.mock_server.conftest import connect, conserved, sdl

GPU = "{units: 1, attributes: {vendor: {nvidia: }}}"


class Market(RuleBasedStateMachine):
    """A tenant who does things in any order, with time passing and connections breaking in between."""

    deployments = Bundle("deployments")

    def __init__(self) -> None:
        super().__init__()
        self.console = MockConsole(fleet="small", balance_usd=30)
        self.tenant = connect(self.console)
        self.manifests: dict[str, str] = {}

    @rule(target=deployments, usd=st.sampled_from([0.4, 0.5, 2, 20]), gpu=st.booleans())
    def create(self, usd: float, gpu: bool) -> Any:
        asked = sdl(amount=10_000, gpu=GPU if gpu else "")
        response = self.tenant.http.post("/v1/deployments", json={"data": {"sdl": asked, "deposit": usd}})
        if response.status_code != 201:
            assert response.status_code in (400, 402)
            return multiple()
        made = response.json()["data"]
        self.manifests[made["dseq"]] = made["manifest"]
        return made["dseq"]

    @rule(dseq=deployments, with_manifest=st.booleans())
    def lease(self, dseq: str, with_manifest: bool) -> None:
        body = {"manifest": self.manifests[dseq] if with_manifest else "[]", "leases": self.tenant.cheapest(dseq)}
        if body["leases"]:
            assert self.tenant.http.post("/v1/leases", json=body).status_code in (200, 404, 422)

    @rule(dseq=deployments, usd=st.sampled_from([0.000001, 1, 50]))
    def deposit(self, dseq: str, usd: float) -> None:
        body = {"data": {"dseq": dseq, "deposit": usd}}
        assert self.tenant.http.post("/v1/deposit-deployment", json=body).status_code in (200, 400, 402)

    @rule(dseq=deployments)
    def close(self, dseq: str) -> None:
        self.tenant.close(dseq)

    @rule(dseq=deployments, on=st.booleans())
    def set_funding(self, dseq: str, on: bool) -> None:
        self.tenant.data("PATCH", f"/v2/deployment-settings/{dseq}", {"data": {"autoTopUpEnabled": on}})

    @rule(when=st.sampled_from(["before", "after"]))
    def lose_an_answer(self, when: str) -> None:
        self.console.faults.drop("createDeployment", when=when)
        body = {"data": {"sdl": sdl(amount=10_000), "deposit": 1}}
        with suppress(httpx.ReadError):
            self.tenant.http.post("/v1/deployments", json=body)

    @rule(seconds=st.sampled_from([6, 60, 600, 3600, 86_400]))
    def wait(self, seconds: int) -> None:
        self.console.sleep(seconds)

    @rule()
    def go_through_bytes(self) -> None:
        self.console.restore(self.console.snapshot())

    @invariant()
    def no_unit_is_made_or_lost(self) -> None:
        with self.console.world() as world:
            held = conserved(world)
        told = self.tenant.data("GET", "/v1/balances")
        assert (told["balance"], told["deployments"]) == (world.wallet.allowance, held)

    @invariant()
    def the_active_are_known_without_looking_through_all(self) -> None:
        with self.console.world() as world:
            active = [dseq for dseq, found in world.deployments.items() if found.state == "active"]
            assert list(world.active) == active
            assert world.last_dseq == max(map(int, world.deployments), default=0)

    @invariant()
    def states_fit_together(self) -> None:
        with self.console.world() as world:
            for found in world.deployments.values():
                running = [lease for lease in found.leases if lease.state == "active"]
                assert found.state == "active" or not running
                assert (found.state == "active") == (found.escrow.state == "open")
                assert len(running) == sum(1 for p in found.escrow.payments if p.state == "open")
                for group in found.groups:
                    active = [b for order in group.orders for b in order.bids if b.state == "active"]
                    assert len(active) == sum(1 for lease in running if lease.gseq == group.gseq)

    @invariant()
    def providers_carry_what_is_leased(self) -> None:
        with self.console.world() as world:
            carried: dict[str, Load] = {}
            for found in world.deployments.values():
                for lease in found.leases:
                    if lease.state == "active":
                        carried[lease.provider] = carried.get(lease.provider, Load()).plus(lease.load)
            assert {p: load for p, load in world.market.loads.items() if load != Load()} == carried

    @invariant()
    def providers_hold_what_they_offer_and_never_more_than_they_have(self) -> None:
        with self.console.world() as world:
            held: dict[str, Load] = {}
            for bid in (b for d in world.deployments.values() for g in d.groups for o in g.orders for b in o.bids):
                if bid.state == "open":
                    held[bid.provider] = held.get(bid.provider, Load()).plus(bid.load)
            assert {p: load for p, load in world.market.reserved.items() if load != Load()} == held
            for provider in fleet(world.seed, world.fleet):
                taken = provider.others.plus(load_on(world, provider.address))
                taken = taken.plus(reserved_on(world, provider.address))
                assert all(count <= provider.total.gpus[model] for model, count in taken.gpus.items())
                assert taken.cpu <= provider.total.cpu
                assert taken.memory <= provider.total.memory

    def teardown(self) -> None:
        self.tenant.http.close()


Market.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestMoney = Market.TestCase
