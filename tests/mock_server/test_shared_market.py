"""One market for several keys: they compete for the same hardware, and time passes for all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mock_server import MockConsole, SqliteStore
from mock_server.supply.fleet import by_address, fleet
from mock_server.world.state import Load, World
from tests.mock_server.conftest import Tenant, connect, sdl
from tests.mock_server.gateways import leased

KEYS = ("a", "b", "c")
MINUTE, HOUR = 60, 3600


def h100(units: int = 8) -> str:
    """An SDL that asks for so many of the last H100."""
    return sdl(amount=100_000, gpu=f"{{units: {units}, attributes: {{vendor: {{nvidia: [{{model: h100}}]}}}}}}")


def shared(**more: Any) -> MockConsole:
    """The scenario in which one provider has eight H100 and nobody else any."""
    return MockConsole.from_scenario("gpu-shortage", market="shared", api_keys=KEYS, balance_usd=1_000_000, **more)


@contextmanager
def worlds(console: MockConsole) -> Iterator[list[World]]:
    """The worlds of all keys."""
    with ExitStack() as stack:
        yield [stack.enter_context(console.world(key)) for key in KEYS]


@pytest.fixture
def console() -> MockConsole:
    return shared()


@pytest.fixture
def tenants(console: MockConsole) -> list[Tenant]:
    return [connect(console, key) for key in KEYS]


@pytest.fixture
def rack(console: MockConsole) -> str:
    """The address of the provider that has them free."""
    with console.world() as world:
        return next(
            p.address
            for p in fleet(world.seed, world.fleet)
            if any(s.gpu.model == "h100" and s.others == 0 for s in p.gpus)
        )


def bidders(tenant: Tenant, dseq: str) -> list[str]:
    return [entry["bid"]["id"]["provider"] for entry in tenant.bids(dseq) if entry["bid"]["state"] == "open"]


def gpus(tenant: Tenant, rack: str) -> dict[str, int]:
    stats: dict[str, int] = tenant.http.get(f"/v1/providers/{rack}").json()["stats"]["gpu"]
    return stats


# --- the same hardware -------------------------------------------------------------------------------------------


def test_what_one_is_offered_is_not_offered_to_another(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    one, two, _ = tenants
    first, second = one.create(h100())["dseq"], two.create(h100())["dseq"]
    console.sleep(30)
    assert bidders(one, first) == [rack]
    assert bidders(two, second) == []
    assert [gpus(tenant, rack) for tenant in tenants] == [{"active": 0, "available": 0, "pending": 8, "total": 8}] * 3


def test_what_one_leases_nobody_else_gets_until_it_is_given_back(
    console: MockConsole, tenants: list[Tenant], rack: str
) -> None:
    one, two, _ = tenants
    mine = one.run(console, h100())
    assert gpus(two, rack) == {"active": 8, "available": 0, "pending": 0, "total": 8}
    waiting = two.create(h100())["dseq"]
    console.sleep(30)
    assert bidders(two, waiting) == []
    one.close(mine)
    assert gpus(two, rack) == {"active": 0, "available": 8, "pending": 0, "total": 8}
    again = two.create(h100())["dseq"]
    console.sleep(30)
    assert bidders(two, again) == [rack]


def test_an_offer_that_nobody_takes_is_let_go_for_the_next(
    console: MockConsole, tenants: list[Tenant], rack: str
) -> None:
    one, two, _ = tenants
    one.create(h100())
    console.sleep(6 * MINUTE)
    dseq = two.create(h100())["dseq"]
    console.sleep(30)
    assert bidders(two, dseq) == [rack]


def test_an_order_that_is_closed_lets_its_offers_go(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    one, two, _ = tenants
    first = one.create(h100())["dseq"]
    console.sleep(30)
    one.close(first)
    dseq = two.create(h100())["dseq"]
    console.sleep(30)
    assert bidders(two, dseq) == [rack]


@pytest.mark.parametrize(("wanted", "served"), [((4, 4), 2), ((5, 4), 1), ((1, 2, 5), 3), ((3, 3, 3), 2)], ids=str)
def test_as_many_are_served_as_there_is_hardware_for(
    console: MockConsole, tenants: list[Tenant], rack: str, wanted: tuple[int, ...], served: int
) -> None:
    made = [(tenant, tenant.create(h100(units))["dseq"]) for tenant, units in zip(tenants, wanted, strict=False)]
    console.sleep(30)
    offered = [bidders(tenant, dseq) == [rack] for tenant, dseq in made]
    assert offered == [True] * served + [False] * (len(wanted) - served), "first come, first served"


def test_the_fuller_a_provider_the_more_it_asks_of_the_next(console: MockConsole, tenants: list[Tenant]) -> None:
    """As in a market of one's own, but it is somebody else who fills it."""
    alone = shared()
    one, two, _ = tenants
    one.run(console, sdl(amount=100_000, cpu="60", gpu="{units: 4, attributes: {vendor: {nvidia: [{model: h100}]}}}"))
    alone.sleep(30)
    prices = []
    for market, tenant in ((console, two), (alone, connect(alone, "b"))):
        dseq = tenant.create(h100(1))["dseq"]
        market.sleep(30)
        (bid,) = tenant.bids(dseq)
        prices.append(float(bid["bid"]["price"]["amount"]))
    assert prices[0] > prices[1]


def test_screening_knows_what_others_have_taken(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    resource = {
        "id": 1,
        "cpu": {"units": {"val": "500"}},
        "memory": {"quantity": {"val": "536870912"}},
        "gpu": {"units": {"val": "8"}, "attributes": [{"key": "vendor/nvidia/model/h100", "value": "true"}]},
        "storage": [],
    }
    asked = {"resources": [{"resource": resource, "count": 1, "price": {"denom": "uact", "amount": "1"}}]}

    def fitting(tenant: Tenant) -> list[str]:
        found = tenant.http.post("/v1/bid-screening", json={**asked, "timezone": "UTC"}).json()["providers"]
        return [provider["owner"] for provider in found]

    assert fitting(tenants[1]) == [rack]
    tenants[0].create(h100())
    console.sleep(30)
    assert fitting(tenants[1]) == []


@pytest.mark.parametrize(
    "path", ["/v1/providers", "/v1/gpu", "/v1/gpu-prices", "/v1/network-capacity", "/v1/providers/{}"]
)
def test_all_see_the_same_providers(console: MockConsole, tenants: list[Tenant], rack: str, path: str) -> None:
    before = tenants[0].http.get(path.format(rack)).content
    tenants[0].run(console, h100(2))
    tenants[1].create(h100(3))
    console.sleep(30)
    told = {tenant.http.get(path.format(rack)).content for tenant in tenants}
    assert len(told) == 1
    assert told != {before}


def test_a_provider_says_how_many_leases_it_has_in_all(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    for tenant in tenants[:2]:
        tenant.run(console, h100(2))
    mine = leased(console, tenants[2], tenants[2].run(console, h100(1)))
    assert mine.provider == rack
    assert mine.ask("GET", "/status").json()["cluster"] == {"leases": 3}


def test_all_hold_one_and_the_same_market(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    tenants[0].run(console, h100(2))
    with worlds(console) as found:
        assert all(world.market is found[0].market for world in found)
        assert found[2].market.loads[rack].gpus == {"h100": 2}


# --- the same time -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [*KEYS, None])
def test_time_passes_for_all_whoever_lets_it(console: MockConsole, key: str | None) -> None:
    console.advance(90, api_key=key)
    with worlds(console) as found:
        assert [world.age_s for world in found] == [90] * 3


def test_a_late_answer_takes_everybodys_time(console: MockConsole, tenants: list[Tenant]) -> None:
    console.tenant("b").faults.latency(4)
    tenants[1].balances()
    with worlds(console) as found:
        assert [world.age_s for world in found] == [4] * 3


def test_what_is_let_go_on_the_way_is_offered_on_the_way(
    tenants: list[Tenant], console: MockConsole, rack: str
) -> None:
    """An hour passes at once: a lease is lost in it, and an order that opens later is bid on."""
    one, two, _ = tenants
    console.tenant("a").faults.lease_lost(90)
    one.run(console, h100())
    console.sleep(60)
    dseq = two.create(h100())["dseq"]  # its bid would come within 30 s, about when the lease is lost
    console.sleep(HOUR)
    late = two.create(h100())["dseq"]
    console.sleep(30)
    assert bidders(two, late) == [rack]
    assert [entry["bid"]["state"] for entry in two.bids(dseq)] in ([], ["closed"])


GAPS_S = st.lists(st.integers(0, 20_000).map(lambda ms: ms / 1000), min_size=3, max_size=3)


@settings(max_examples=25, deadline=None)
@given(GAPS_S, st.sampled_from([6, 50, 700]))
def test_in_many_steps_or_in_one_the_same_happens(gaps_s: list[float], step_s: int) -> None:
    """Events of all tenants take place in the order of their instants, not tenant by tenant."""

    def left(waits: list[int]) -> bytes:
        console = shared()
        for key, gap_s in zip(KEYS, gaps_s, strict=True):
            connect(console, key).create(h100())
            console.sleep(gap_s)
        for seconds in waits:
            console.sleep(seconds)
        return console.snapshot()

    assert left([step_s] * 14) == left([step_s * 14])


def test_whose_bid_is_due_first_gets_it_also_when_all_of_it_is_passed_at_once(
    console: MockConsole, tenants: list[Tenant], rack: str
) -> None:
    """Which of two offers comes first is drawn with their numbers, so that it is not always the first key's."""
    served = []
    for _ in range(8):
        dseqs = []
        for tenant in tenants[:2]:
            dseqs.append(tenant.create(h100())["dseq"])
            console.sleep(0.001)
        console.sleep(MINUTE)
        arrived = [bidders(tenant, dseq) for tenant, dseq in zip(tenants[:2], dseqs, strict=True)]
        assert sorted(arrived) == [[], [rack]]
        served.append(arrived.index([rack]))
        for tenant, dseq in zip(tenants[:2], dseqs, strict=True):
            tenant.close(dseq)
    assert set(served) == {0, 1}


# --- the same names ----------------------------------------------------------------------------------------------


def test_two_who_create_at_the_same_instant_get_different_names(console: MockConsole, tenants: list[Tenant]) -> None:
    """Numbers are chosen by each owner and may be the same; host names, pods and namespaces belong to the provider."""
    text = sdl(expose="{port: 80, to: [{global: true}]}, {port: 22, to: [{global: true}]}")
    made = [tenant.create(text) for tenant in tenants]
    assert len({each["dseq"] for each in made}) == 1, "or there is nothing to tell apart"
    console.sleep(30)
    provider = sorted(set.intersection(*(set(bidders(t, made[0]["dseq"])) for t in tenants)))[0]
    told, pods = [], []
    for tenant, each in zip(tenants, made, strict=True):
        chosen = {"dseq": each["dseq"], "gseq": 1, "oseq": 1, "provider": provider}
        tenant.lease(each["manifest"], [chosen])
    console.sleep(MINUTE)
    for tenant, each in zip(tenants, made, strict=True):
        status = tenant.get(each["dseq"])["leases"][0]["status"]
        told.append((status["services"]["web"]["uris"][0], status["forwarded_ports"]["web"][0]["externalPort"]))
    from mock_server.provider.streams import pods_of

    with worlds(console) as found:
        for world in found:
            (deployment,) = world.deployments.values()
            (pod,) = pods_of(world, deployment, deployment.leases[0])
            pods.append((pod.name, pod.namespace))
    assert all(len(set(names)) == 3 for names in (*zip(*told, strict=True), *zip(*pods, strict=True)))


def test_alone_in_a_market_names_depend_on_the_number_only() -> None:
    """So that a lesson looks the same with every key."""
    console = MockConsole(api_keys=KEYS)
    tenants = [connect(console, key) for key in KEYS]
    made = [tenant.create(sdl()) for tenant in tenants]
    console.sleep(30)
    uris = []
    for tenant, each in zip(tenants, made, strict=True):
        found = tenant.lease(each["manifest"], tenant.cheapest(each["dseq"]))
        uris.append(found["leases"][0]["status"]["services"]["web"]["uris"])
    assert uris == [uris[0]] * 3


# --- going back, and going on ------------------------------------------------------------------------------------


def test_all_go_back_together(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    one, two, _ = tenants
    dseq = one.run(console, h100(5))
    saved = console.snapshot()
    one.close(dseq)
    two.run(console, h100(8))
    console.restore(saved)
    with worlds(console) as found:
        assert all(world.market is found[0].market for world in found)
        assert [world.age_s for world in found] == [30] * 3
    assert gpus(two, rack) == {"active": 5, "available": 3, "pending": 0, "total": 8}
    other = shared()
    other.restore(saved)
    assert gpus(connect(other, "c"), rack) == gpus(two, rack)
    assert connect(other, "a").get(dseq)["deployment"]["state"] == "active"


def test_nobody_goes_back_alone(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    """The market would be back with one of them, and the leases of the others not in it."""
    saved = console.snapshot()
    tenants[1].run(console, h100(2))
    for act in (
        lambda: console.reset("a"),
        lambda: console.snapshot("a"),
        lambda: console.restore(saved, "a"),
    ):
        with pytest.raises(ValueError, match=r"as a whole\. Nothing was changed"):
            act()
    assert gpus(tenants[0], rack)["active"] == 2


def test_a_snapshot_without_all_is_refused(console: MockConsole, tenants: list[Tenant]) -> None:
    fewer = MockConsole.from_scenario("gpu-shortage", market="shared", api_keys=KEYS[:2], balance_usd=1_000_000)
    with pytest.raises(ValueError, match=r"not hold all worlds of the shared market\. Nothing was changed"):
        console.restore(fewer.snapshot())


def test_a_market_of_ones_own_does_not_become_a_shared_one(console: MockConsole) -> None:
    own = MockConsole.from_scenario("gpu-shortage", market="own", api_keys=KEYS, balance_usd=1_000_000)
    with pytest.raises(ValueError, match=r"a market for each key; here is .* one market for all\. Nothing was changed"):
        console.restore(own.snapshot())
    with pytest.raises(ValueError, match="one market for all; here is"):
        own.restore(console.snapshot())


def test_all_start_over_together(console: MockConsole, tenants: list[Tenant], rack: str) -> None:
    tenants[1].run(console, h100(8))
    console.reset()
    assert [gpus(tenant, rack)["available"] for tenant in tenants] == [8] * 3
    with worlds(console) as found:
        assert [(world.age_s, len(world.deployments)) for world in found] == [(0, 0)] * 3


def test_a_file_keeps_the_market(tmp_path: Path, rack: str) -> None:
    def opened(keys: tuple[str, ...] = KEYS) -> MockConsole:
        store = SqliteStore(tmp_path / "w.db")
        return MockConsole.from_scenario(
            "gpu-shortage", market="shared", api_keys=keys, balance_usd=1_000_000, store=store
        )

    first = opened()
    dseq = connect(first, "a").run(first, h100(5))
    second = opened()
    assert gpus(connect(second, "b"), rack) == {"active": 5, "available": 3, "pending": 0, "total": 8}
    waiting = connect(second, "b").create(h100(4))["dseq"]
    first.sleep(30)
    assert bidders(connect(second, "b"), waiting) == []
    connect(first, "a").close(dseq)
    assert gpus(connect(second, "b"), rack)["available"] == 8
    second.sleep(30)
    assert first.now == second.now

    more = opened((*KEYS, "late"))
    late = connect(more, "late")
    assert gpus(late, rack)["available"] == 8
    assert late.data("GET", "/_mock/state")["now"] == connect(more, "a").data("GET", "/_mock/state")["now"]


def test_a_file_of_a_shared_market_is_not_opened_as_another(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    MockConsole(market="shared", store=SqliteStore(path)).sleep(1)
    with pytest.raises(ValueError, match=r"one market for all; asked for is .* a market for each key"):
        MockConsole(store=SqliteStore(path))


# --- whatever they do --------------------------------------------------------------------------------------------


class Crowd(RuleBasedStateMachine):
    """Three tenants after the same few machines, in any order, with time passing and the store being reopened."""

    key = st.sampled_from(KEYS)

    def __init__(self) -> None:
        super().__init__()
        self.console = shared()

    def tenant(self, key: str) -> Tenant:
        return connect(self.console, key)

    def created(self, key: str, units: int, usd: float, seconds: float) -> tuple[Tenant, dict[str, Any]]:
        """What a tenant has made, that long after."""
        text = h100(units) if units else sdl(amount=100_000, cpu="32", memory="64Gi")
        made = self.tenant(key).create(text, usd)
        self.console.advance(seconds, api_key=key)
        return self.tenant(key), made

    @rule(key=key, units=st.sampled_from([0, 1, 3, 8]), seconds=st.sampled_from([0, 0.001, 12, 30]))
    def ask_for_offers(self, key: str, units: int, seconds: float) -> None:
        self.created(key, units, 0.5, seconds)

    @rule(key=key, units=st.sampled_from([0, 1, 3]), usd=st.sampled_from([0.5, 50]), with_manifest=st.booleans())
    def rent(self, key: str, units: int, usd: float, with_manifest: bool) -> None:
        tenant, made = self.created(key, units, usd, 30)
        if chosen := tenant.cheapest(made["dseq"]):
            body = {"manifest": made["manifest"] if with_manifest else "[]", "leases": chosen}
            assert tenant.http.post("/v1/leases", json=body).status_code in (200, 422)

    @rule(key=key)
    def close_the_oldest(self, key: str) -> None:
        tenant = self.tenant(key)
        for listed in tenant.data("GET", "/v1/deployments")["deployments"][:1]:
            tenant.close(listed["deployment"]["id"]["dseq"])

    @rule(key=key)
    def lose_leases(self, key: str) -> None:
        self.console.tenant(key).faults.lease_lost(60)

    @rule(key=key, seconds=st.sampled_from([6, 30, 300, HOUR, 24 * HOUR]))
    def wait(self, key: str, seconds: int) -> None:
        self.console.advance(seconds, api_key=key)

    @rule()
    def go_through_bytes(self) -> None:
        self.console.restore(self.console.snapshot())

    @rule()
    def move(self) -> None:
        """Into another mock."""
        saved, self.console = self.console.snapshot(), shared()
        self.console.restore(saved)

    @invariant()
    def all_have_the_same_time(self) -> None:
        with worlds(self.console) as found:
            assert len({world.now_ms for world in found}) == 1

    @invariant()
    def providers_carry_the_leases_of_all(self) -> None:
        with worlds(self.console) as found:
            carried: dict[str, Load] = {}
            for lease in (e for w in found for d in w.deployments.values() for e in d.leases if e.state == "active"):
                carried[lease.provider] = carried.get(lease.provider, Load()).plus(lease.load)
            assert {p: load for p, load in found[0].market.loads.items() if load != Load()} == carried

    @invariant()
    def providers_hold_the_open_bids_of_all(self) -> None:
        with worlds(self.console) as found:
            held: dict[str, Load] = {}
            orders = (o for w in found for d in w.deployments.values() for g in d.groups for o in g.orders)
            for bid in (bid for order in orders for bid in order.bids if bid.state == "open"):
                held[bid.provider] = held.get(bid.provider, Load()).plus(bid.load)
            assert {p: load for p, load in found[0].market.reserved.items() if load != Load()} == held

    @invariant()
    def no_provider_gives_more_than_it_has(self) -> None:
        with worlds(self.console) as found:
            known = by_address(found[0].seed, found[0].fleet)
            market = found[0].market
            for address in {*market.loads, *market.reserved}:
                provider = known[address]
                taken = provider.others.plus(market.loads.get(address, Load())).plus(
                    market.reserved.get(address, Load())
                )
                assert all(count <= provider.total.gpus[model] for model, count in taken.gpus.items())
                assert (taken.cpu, taken.memory) <= (provider.total.cpu, provider.total.memory)
                assert taken.cpu <= provider.total.cpu
                assert taken.memory <= provider.total.memory
                assert taken.ephemeral <= provider.total.ephemeral

    @invariant()
    def no_unit_is_made_or_lost(self) -> None:
        with worlds(self.console) as found:
            for world in found:
                accounts = [d.escrow for d in world.deployments.values()]
                held = sum(max(account.funds, 0) for account in accounts)
                paid = sum(account.transferred for account in accounts)
                assert world.wallet.allowance + held + paid == world.wallet.granted


Crowd.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestCrowd = Crowd.TestCase
