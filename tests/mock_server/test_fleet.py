"""Fleets: who is in them, and which words ask for which."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from akash_nb.ids import is_address
from mock_server import MockConsole
from mock_server.supply.catalogue import CLASSIC_GPUS, GPU_MODELS, REGIONS
from mock_server.supply.fleet import fleet, resolve
from mock_server.supply.places import CLASSIC_PLACES, PLACES
from mock_server.supply.provider import Provider
from mock_server.supply.sizes import FLEETS
from tests.mock_server.conftest import connect

#: Lessons and their figures hang on these two.
PINNED = {"small": "dd2ab53d", "default": "8dd12d35"}


def summary(provider: Provider) -> list[object]:
    return [
        (provider.address, provider.host, provider.organization, provider.audited, provider.online, provider.shyness),
        (provider.total.cpu, provider.total.memory, provider.others.cpu, provider.nodes, provider.created_height),
        [(stock.gpu.model, stock.total, stock.others, str(stock.usd_hour)) for stock in provider.gpus],
        (str(provider.prices.cpu), str(provider.prices.persistent), provider.prices.load_percent),
        provider.attributes,
    ]


@pytest.mark.parametrize("name", PINNED)
def test_the_fleets_of_the_lessons_stay_as_they_are(name: str) -> None:
    told = repr([summary(provider) for provider in fleet(7, name)])
    assert hashlib.sha256(told.encode()).hexdigest()[:8] == PINNED[name]


@pytest.mark.parametrize("name", PINNED)
def test_the_fleets_of_the_lessons_keep_to_their_places_and_models(name: str) -> None:
    for seed in range(5):
        for provider in fleet(seed, name):
            assert provider.place in CLASSIC_PLACES
            assert {stock.gpu for stock in provider.gpus} <= set(CLASSIC_GPUS)


@pytest.mark.parametrize("name", [*FLEETS, "500"])
def test_every_provider_of_a_fleet_is_sound(name: str) -> None:
    providers = fleet(7, name)
    expected = FLEETS.get(name, 500)
    assert len({p.address for p in providers}) == len({p.host for p in providers}) == len(providers) == expected
    for provider in providers:
        check_sound(provider)


def check_sound(provider: Provider) -> None:
    assert is_address(provider.address)
    assert provider.place in PLACES
    assert provider.host.endswith(".example")
    for name in ("cpu", "memory", "ephemeral", "persistent"):
        assert 0 <= getattr(provider.others, name) <= getattr(provider.total, name)
    assert all(0 <= stock.others <= stock.total for stock in provider.gpus)
    assert provider.total.gpus == {stock.gpu.model: stock.total for stock in provider.gpus}


@pytest.mark.parametrize("name", ["default", "global"])
@pytest.mark.parametrize(
    "has",
    [lambda p: not p.online, lambda p: not p.audited, lambda p: p.leased_ips, lambda p: p.gpus, lambda p: not p.gpus],
    ids=["offline", "unaudited", "with leased IPs", "with GPUs", "without GPUs"],
)
def test_a_large_fleet_has_providers_of_every_kind(name: str, has: Callable[[Provider], Any]) -> None:
    assert any(has(provider) for provider in fleet(7, name))


def test_another_seed_is_another_fleet() -> None:
    assert {p.address for p in fleet(1, "small")}.isdisjoint(p.address for p in fleet(2, "small"))


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_the_global_fleet_is_in_every_region(seed: int) -> None:
    assert {p.place.key for p in fleet(seed, "global")} == set(REGIONS)


def test_the_global_fleet_has_models_that_the_lessons_do_not() -> None:
    counted = Counter(stock.gpu.model for provider in fleet(7, "global") for stock in provider.gpus)
    assert len(counted.keys() - {gpu.model for gpu in CLASSIC_GPUS}) >= 20


def test_a_smaller_number_of_providers_is_a_part_of_a_larger_one() -> None:
    hosts = [{p.host for p in fleet(7, number)} for number in ("20", "150", "global")]
    assert hosts[0] < hosts[1] < hosts[2]


@pytest.mark.parametrize(
    ("asked", "text"),
    [("small", "small"), ("global", "global"), (5000, "5000"), (" 0012 ", "12"), (0, "0"), ("5000", "5000")],
)
def test_a_fleet_is_asked_for_by_name_or_number(asked: str | int, text: str) -> None:
    assert resolve(asked) == text
    assert resolve(text) == text


def test_a_fleet_of_nobody_is_empty() -> None:
    assert fleet(7, "0") == fleet(7, "empty") == ()


@pytest.mark.parametrize("asked", ["big", "", -5, "1e3", "٣", 2.5])
def test_an_unknown_fleet_is_refused_with_all_that_would_do(asked: Any) -> None:
    with pytest.raises(ValueError, match="There is no fleet") as caught:
        resolve(asked)
    told = str(caught.value)
    assert all(word in told for word in (*map(repr, FLEETS), "A number", "YAML file"))
    assert "\n" not in told


def test_a_fleet_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 100,000 providers, not 1,000,000"):
        resolve(1_000_000)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.yaml: No such file"):
        resolve(tmp_path / "nowhere.yaml")


def test_the_catalogue_lists_models_with_their_sizes_whether_anybody_has_one_or_not() -> None:
    answer = connect(MockConsole(fleet="empty")).http.get("/v1/gpu-models").json()
    models = {model["name"]: model for vendor in answer for model in vendor["models"]}
    assert models.keys() == {gpu.model for gpu in GPU_MODELS}
    assert models["a100"] == {
        "name": "a100",
        "displayName": "A100",
        "memory": ["40Gi", "80Gi"],
        "interface": ["pcie", "sxm"],
    }
    assert (models["gtx1080ti"]["displayName"], models["b300"]["memory"]) == ("GTX 1080 Ti", ["288Gi"])
