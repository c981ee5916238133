"""Who bids, and for how much: pure functions of order, provider and chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from akash_nb.ids import is_address
from mock_server import market
from mock_server.catalogue import AUDITOR, GPU_MODELS, PLACES
from mock_server.fleet import FLEETS, GI, GpuStock, Provider, fleet
from mock_server.state import Load

GPU = next(gpu for gpu in GPU_MODELS if gpu.model == "rtx4090")
BASE = fleet(7, "small")[0]
PROVIDER = replace(
    BASE,
    online=True,
    audited=True,
    nodes=2,
    total=Load(64_000, 256 * GI, 1000 * GI, 1000 * GI, {"rtx4090": 4}),
    others=Load(),
    gpus=(GpuStock(GPU, 4, 0, 2),),
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


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"online": False}, "offline", id="offline"),
        pytest.param({"audited": False}, "not signed by any accepted auditor", id="unaudited"),
    ],
)
def test_a_provider_that_is_off_or_unaudited_stays_away(change: dict[str, Any], reason: str) -> None:
    assert market.misfit(replace(PROVIDER, **change), Load(), market.order_of(spec())) == reason


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


@pytest.mark.parametrize("name", FLEETS)
def test_every_provider_of_a_fleet_is_sound(name: str) -> None:
    providers = fleet(7, name)
    assert len({p.address for p in providers}) == len({p.host for p in providers}) == FLEETS[name]
    for provider in providers:
        _check_sound(provider)


def _check_sound(provider: Provider) -> None:
    assert is_address(provider.address)
    assert provider.place in PLACES
    assert provider.host.endswith(".example")
    for name in ("cpu", "memory", "ephemeral", "persistent"):
        assert 0 <= getattr(provider.others, name) <= getattr(provider.total, name)
    assert all(0 <= stock.others <= stock.total for stock in provider.gpus)
    assert all(0 <= share <= 1 for share in provider.uptime)


@pytest.mark.parametrize(
    "has",
    [lambda p: not p.online, lambda p: not p.audited, lambda p: p.leased_ips, lambda p: p.gpus, lambda p: not p.gpus],
    ids=["offline", "unaudited", "with leased IPs", "with GPUs", "without GPUs"],
)
def test_the_default_fleet_has_providers_of_every_kind(has: Callable[[Provider], Any]) -> None:
    assert any(has(provider) for provider in fleet(7, "default"))


def test_another_seed_is_another_fleet() -> None:
    assert {p.address for p in fleet(1, "small")}.isdisjoint(p.address for p in fleet(2, "small"))


def test_an_unknown_fleet_is_refused() -> None:
    with pytest.raises(ValueError, match="no fleet 'big'"):
        fleet(7, "big")
