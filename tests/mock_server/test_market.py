"""Who bids, and for how much: pure functions of order, provider and chance."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server import MockConsole
from mock_server.supply import bidders, market
from mock_server.supply.catalogue import AUDITOR, GPU_MODELS
from mock_server.supply.fleet import fleet
from mock_server.supply.provider import GI, GpuStock, Provider
from mock_server.world import lifecycle
from mock_server.world.state import Load, World
from tests.mock_server.conftest import connect, sdl

GPU = next(gpu for gpu in GPU_MODELS if gpu.model == "rtx4090")
BASE = fleet(7, "small")[0]
PROVIDER = replace(
    BASE,
    online=True,
    audited=True,
    nodes=2,
    total=Load(64_000, 256 * GI, 1000 * GI, 1000 * GI, {"rtx4090": 4}),
    others=Load(),
    gpus=(GpuStock(GPU, 4, 0, 2, GPU.usd_hour),),
    storage_classes=("beta3",),
    leased_ips=False,
)


def spec(
    cpu: int = 500,
    memory: int = GI,
    gpu: int = 0,
    gpu_key: str = "vendor/nvidia/model/*",
    volume: dict[str, str] | None = None,
    kind: int = 0,
    count: int = 1,
    amount: str = "10000",
    attributes: dict[str, str] | None = None,
    all_of: list[str] | None = None,
) -> dict[str, Any]:
    storage: dict[str, Any] = {"name": "default", "size": {"val": str(GI)}}
    if volume:
        storage["attributes"] = [{"key": key, "value": value} for key, value in volume.items()]
    return {
        "name": "g",
        "requirements": {
            "signedBy": {"allOf": all_of or [], "anyOf": [AUDITOR]},
            "attributes": [{"key": key, "value": value} for key, value in (attributes or {}).items()],
        },
        "resources": [
            {
                "count": count,
                "price": {"denom": "uact", "amount": amount},
                "resource": {
                    "id": 1,
                    "cpu": {"units": {"val": str(cpu)}},
                    "memory": {"size": {"val": str(memory)}},
                    "gpu": {
                        "units": {"val": str(gpu)},
                        "attributes": [{"key": gpu_key, "value": "true"}] if gpu else [],
                    },
                    "storage": [storage],
                    "endpoints": [{"kind": kind, "sequence_number": 0} if kind else {"sequence_number": 0}],
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        pytest.param({}, None, id="a small app fits"),
        pytest.param({"cpu": 33_000}, "no node with that much CPU", id="a unit fits on one node only"),
        pytest.param({"cpu": 32_000, "count": 3}, "not enough CPU free", id="all replicas count"),
        pytest.param({"memory": 129 * GI}, "no node with that much memory", id="memory per node"),
        pytest.param({"gpu": 1}, None, id="any GPU"),
        pytest.param({"gpu": 1, "gpu_key": "vendor/nvidia/model/rtx4090/ram/24Gi/interface/pcie"}, None, id="this GPU"),
        pytest.param({"gpu": 1, "gpu_key": "vendor/nvidia/model/h100"}, "no such GPU", id="another model"),
        pytest.param({"gpu": 1, "gpu_key": "vendor/amd/model/*"}, "no such GPU", id="another vendor"),
        pytest.param({"gpu": 1, "gpu_key": "vendor/nvidia/model/rtx4090/ram/48Gi"}, "no such GPU", id="more VRAM"),
        pytest.param({"gpu": 3}, "no such GPU", id="GPUs of one unit sit on one node"),
        pytest.param({"gpu": 2, "count": 3}, "not enough GPUs free", id="GPUs of all replicas"),
        pytest.param({"volume": {"class": "beta3", "persistent": "true"}}, None, id="persistent storage"),
        pytest.param(
            {"volume": {"class": "beta2", "persistent": "true"}}, "no such storage class", id="another storage class"
        ),
        pytest.param({"volume": {"class": "ram", "persistent": "false"}}, None, id="every provider has ram"),
        pytest.param({"kind": market.LEASED_IP}, "no leased IPs", id="leased IP"),
        pytest.param({"kind": market.RANDOM_PORT}, None, id="forwarded port"),
        pytest.param({"attributes": {"host": "akash"}}, None, id="an attribute"),
        pytest.param({"attributes": {"host": "other"}}, "attribute host=other", id="another value"),
        pytest.param({"all_of": [AUDITOR]}, None, id="signed by the auditor"),
        pytest.param(
            {"all_of": [AUDITOR, "akash1x"]}, "not signed by all required auditors", id="signed by a stranger"
        ),
    ],
)
def test_a_provider_takes_what_it_has(asked: dict[str, Any], reason: str | None) -> None:
    assert market.misfit(PROVIDER, Load(), market.order_of(spec(**asked))) == reason


def test_an_unaudited_provider_stays_away() -> None:
    reason = "not signed by any accepted auditor"
    assert market.misfit(replace(PROVIDER, audited=False), Load(), market.order_of(spec())) == reason


def test_what_is_leased_is_not_free_any_more() -> None:
    order = market.order_of(spec(cpu=30_000))
    taken = market.load_of(PROVIDER, order).plus(market.load_of(PROVIDER, order))
    assert market.misfit(PROVIDER, Load(), order) is None
    assert market.misfit(PROVIDER, taken, order) == "not enough CPU free"


def test_a_load_taken_away_again_leaves_nothing() -> None:
    load = market.load_of(PROVIDER, market.order_of(spec(gpu=2)))
    assert load.gpus == {"rtx4090": 2}
    assert Load().plus(load).plus(load, -1) == Load()


def test_ram_volumes_count_as_memory() -> None:
    load = market.load_of(PROVIDER, market.order_of(spec(volume={"class": "ram", "persistent": "false"})))
    assert (load.memory, load.ephemeral) == (2 * GI, 0)


@pytest.mark.parametrize("change", [{"cpu": 4000}, {"memory": 16 * GI}, {"gpu": 1}, {"count": 3}], ids=str)
def test_more_costs_more(change: dict[str, int]) -> None:
    small, large = (market.price(PROVIDER, Load(), market.order_of(s), 7) for s in (spec(), spec(**change)))
    assert large > small


def test_a_full_provider_asks_more() -> None:
    order = market.order_of(spec())
    assert market.price(PROVIDER, Load(cpu=60_000), order, 7) > market.price(PROVIDER, Load(), order, 7)


def test_the_ceiling_is_the_sum_over_all_replicas() -> None:
    assert market.order_of(spec(count=3, amount="12.5")).ceiling == Decimal("37.5")


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        pytest.param(spec(), 1, 30, id="a small app: 1 to 30 per block"),
        pytest.param(spec(gpu=1), 500, 5000, id="a GPU: 500 to 5000 per block"),
    ],
)
def test_prices_are_those_of_the_real_market(asked: dict[str, Any], low: int, high: int) -> None:
    """Figures of contract §19, with some room for the very newest GPUs."""
    order = market.order_of(asked)
    fitting = [p for p in fleet(7, "default") if market.misfit(p, Load(), order) is None]
    prices = [market.price(p, Load(), order, 7) for p in fitting]
    assert len(prices) >= 5
    assert low <= min(prices) <= max(prices) <= high


def test_bids_arrive_one_to_five_blocks_later() -> None:
    assert {market.arrival_blocks(p, 7) for p in fleet(7, "default")} == {1, 2, 3, 4, 5}


def test_the_price_of_a_gpu_is_what_an_order_pays_for_one_more() -> None:
    (stock,), load = PROVIDER.gpus, Load(cpu=16_000)
    without, one = (market.price(PROVIDER, load, market.order_of(spec(gpu=count)), 7) for count in (0, 1))
    per_block = market.gpu_usd_hour(PROVIDER, load, stock) * 1_000_000 / market.BLOCKS_PER_HOUR
    low, high = (Decimal(mood) for mood in market.MOOD)
    assert per_block * low <= one - without <= per_block * high


def test_a_gpu_costs_more_on_a_full_provider() -> None:
    (stock,) = PROVIDER.gpus
    idle, full = (market.gpu_usd_hour(PROVIDER, Load(cpu=cpu), stock) for cpu in (0, 64_000))
    assert idle == stock.usd_hour
    assert full == idle * (100 + PROVIDER.prices.load_percent) / 100


def test_an_order_is_the_same_however_often_it_is_read() -> None:
    assert market.order_of(spec(gpu=1)) is market.order_of(spec(gpu=1))
    assert market.order_of(spec(cpu=500)) is not market.order_of(spec(cpu=501))


@pytest.mark.parametrize("change", [{"count": 2**70}, {"attributes": {"half": "\ud800"}}], ids=["number", "character"])
def test_what_the_chain_would_refuse_can_still_be_read(change: dict[str, Any]) -> None:
    assert market.order_of(spec(**change)).units[0].cpu == 500


def fits(provider: Provider, order: market.Order) -> bool:
    return provider.online and market.misfit(provider, Load(), order) is None


def affords(provider: Provider, order: market.Order) -> bool:
    return market.price(provider, Load(), order, 7, "x") <= order.ceiling


ORDERS = {
    "a small app": {},
    "too cheap for most": {"amount": "7"},
    "too cheap for anybody": {"amount": "0.1"},
    "one kind of GPU": {"gpu": 1, "gpu_key": "vendor/nvidia/model/rtx4090"},
    "any GPU for little": {"gpu": 1, "amount": "200"},
    "half a node of GPUs": {"gpu": 4, "gpu_key": "vendor/nvidia/model/h100/interface/sxm"},
    "a place": {"attributes": {"location-region": "eu-west"}},
    "an attribute of any name": {"attributes": {"capabilities/storage/1/*": "beta3"}},
    "confidential": {"attributes": {"tee/type": "cpu-gpu"}},
    "much CPU": {"cpu": 90_000},
    "many replicas": {"cpu": 30_000, "count": 20},
    "much memory": {"memory": 300 * GI},
    "persistent storage": {"volume": {"class": "beta2", "persistent": "true"}},
    "a leased IP": {"kind": market.LEASED_IP},
}


@pytest.mark.parametrize("asked", ORDERS.values(), ids=ORDERS)
def test_in_a_large_fleet_everybody_is_asked_who_would_bid(asked: dict[str, Any]) -> None:
    order = market.order_of(spec(**asked))
    line = list(bidders.asked(7, "400", order, "1", 1, 1))
    everybody = fleet(7, "400")
    assert len(line) == len({p.address for p in line})
    assert {p.address for p in everybody if fits(p, order) and affords(p, order)} <= {p.address for p in line}


def test_in_a_large_fleet_few_are_asked_who_would_not() -> None:
    order = market.order_of(spec(attributes={"location-region": "eu-west"}, gpu=1, gpu_key="vendor/nvidia/model/l4"))
    assert len(list(bidders.asked(7, "2000", order))) < 60
    assert not list(bidders.asked(7, "2000", market.order_of(spec(amount="0.1"))))


def test_in_a_large_fleet_each_order_goes_through_another_line() -> None:
    order = market.order_of(spec())
    first, again, other = (list(bidders.asked(7, "400", order, dseq)) for dseq in ("1", "1", "2"))
    assert first == again != other
    assert {p.address for p in first} == {p.address for p in other}


def test_a_small_fleet_is_asked_as_a_whole() -> None:
    assert tuple(bidders.asked(7, "default", market.order_of(spec(amount="0.1")))) == fleet(7, "default")
    assert bidders.enough(7, "default") is None


@given(st.lists(st.integers(), unique=True), st.integers())
def test_shuffling_leaves_nothing_out(items: list[int], seed: int) -> None:
    assert sorted(bidders.shuffled(items, seed)) == sorted(items)


def test_shuffling_puts_everything_first_now_and_then() -> None:
    firsts = Counter(next(bidders.shuffled("abcd", seed)) for seed in range(400))
    assert firsts.keys() == set("abcd")
    assert min(firsts.values()) > 60


def looked_at(monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[int, int]:
    """How many providers are looked at for an order, and how many bid."""
    console = MockConsole(fleet=name)
    seen: list[str] = []
    misfit = lifecycle.misfit

    def counting(world: World, provider: Provider, wanted: market.Order) -> str | None:
        seen.append(provider.address)
        return misfit(world, provider, wanted)

    with monkeypatch.context() as patch:
        patch.setattr(lifecycle, "misfit", counting)
        tenant = connect(console)
        dseq = tenant.create(sdl())["dseq"]
        console.sleep(31)
    return len(seen), len(tenant.bids(dseq))


def test_an_order_costs_the_same_in_a_large_fleet_as_in_a_larger_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (few, bids), (many, bids_of_many) = (looked_at(monkeypatch, name) for name in ("200", "2000"))
    assert bids == bids_of_many == market.ORDER_BID_LIMIT + 1
    assert many < 1.5 * few
