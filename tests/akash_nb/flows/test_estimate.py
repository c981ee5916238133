"""What an estimate asks the market, and how near it comes to the bids of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import akash_nb as akash
from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.flows.estimate import estimate_groups
from akash_nb.journal import SeenBid
from akash_nb.money import Coin
from mock_server import MockConsole


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def session(console: MockConsole) -> Iterator[Any]:
    with akash.connect(mock=console) as session:
        yield session


def estimated(session: Any, text: str) -> Any:
    return session.client.run(estimate_groups(session.context, sdl.compile(text)))


def specs(console: MockConsole) -> list[list[dict[str, int]]]:
    return [json.loads(call.body) for call in console.calls if call.operation == "getPricing"]


def test_each_size_is_asked_about_once_however_many_units_have_it(session: Any, console: MockConsole) -> None:
    estimated(session, sdl.scaffold("multi-service"))
    (asked,) = specs(console)

    assert len(asked) == len({json.dumps(spec) for spec in asked})
    assert sum(1 for spec in asked if spec["cpu"]) == 1  # both services have one CPU


def test_many_sizes_are_asked_ten_at_a_time_and_side_by_side(session: Any, console: MockConsole) -> None:
    services = [f"s{number}" for number in range(8)]
    text = json.dumps(
        {
            "version": "2.0",
            "services": {
                name: {"image": "a:1", "expose": [{"port": 80, "to": [{"global": True}]}]} for name in services
            },
            "profiles": {
                "compute": {
                    name: {
                        "resources": {
                            "cpu": {"units": number + 1},
                            "memory": {"size": f"{number + 1}Gi"},
                            "storage": {"size": f"{number + 1}Gi"},
                        }
                    }
                    for number, name in enumerate(services)
                },
                "placement": {"here": {"pricing": {name: {"denom": "uact", "amount": 100} for name in services}}},
            },
            "deployment": {name: {"here": {"profile": name, "count": 1}} for name in services},
        }
    )
    (group,) = estimated(session, text)

    assert sorted(len(asked) for asked in specs(console)) == [2, 10, 10, 10]  # which comes first is left to chance
    assert len(group.parts) == 24


def test_prices_of_gpus_are_read_only_for_gpus(session: Any, console: MockConsole) -> None:
    estimated(session, sdl.scaffold("web"))
    assert "listGpuPrices" not in {call.operation for call in console.calls}

    estimated(session, sdl.scaffold("gpu"))
    assert [call.operation for call in console.calls].count("listGpuPrices") == 1


def test_groups_alone_are_estimated_without_names(session: Any) -> None:
    compiled = sdl.compile(sdl.scaffold("multi-service"))
    (named,) = session.client.run(estimate_groups(session.context, compiled))
    (bare,) = session.client.run(estimate_groups(session.context, compiled.groups))

    assert bare.usd_hour == named.usd_hour
    assert {part.of for part in named.parts} == {"app", "db"}
    assert {part.of for part in bare.parts} == {""}


def test_an_sdl_with_errors_has_no_groups_and_asks_nothing(session: Any, console: MockConsole) -> None:
    assert estimated(session, "version: '2.0'") == ()
    assert not console.calls


def test_bids_of_an_earlier_deployment_are_the_range_for_a_week(session: Any, console: MockConsole) -> None:
    before = estimated(session, WEB_SDL)[0]
    deployment = session.deploy(WEB_SDL)
    bids = deployment.wait_for_bids()
    deployment.close()
    hourly = [bids.usd_per_hour(offer) for offer in bids]

    (after,) = estimated(session, WEB_SDL.replace("amount: 1000", "amount: 2000"))
    assert after.bids_seen == len(bids)
    assert (after.usd_hour.low, after.usd_hour.high) == (min(hourly), max(hourly))
    assert after.parts == before.parts

    assert estimated(session, WEB_SDL.replace("512Mi", "1Gi"))[0].bids_seen == 0

    console.advance(timedelta(days=6.9).total_seconds())
    assert estimated(session, WEB_SDL)[0].bids_seen == len(bids)
    console.advance(timedelta(days=0.2).total_seconds())
    assert estimated(session, WEB_SDL)[0].usd_hour == before.usd_hour


def test_what_another_account_saw_is_not_known_here(session: Any) -> None:
    (demand,) = sdl.demands(sdl.compile(WEB_SDL))
    session.journal.account = "other"
    session.journal.saw_bids(demand.key, [SeenBid("akash1x", Coin("uact", Decimal(5)), session.now())])
    session.journal.account = "mock"

    assert estimated(session, WEB_SDL)[0].bids_seen == 0


SIZES = {
    **{name: sdl.scaffold(name) for name in sdl.SCAFFOLDS},
    "large": sdl.build(image="a:1", cpu=16, memory="64Gi", storage="200Gi"),
    "two gpus": sdl.build(image="a:1", cpu=8, memory="32Gi", storage="100Gi", gpu="a100:2"),
    "one gpu": sdl.build(image="a:1", cpu=8, memory="32Gi", storage="100Gi", gpu="rtx4090"),
}


@pytest.mark.parametrize("seed", [3, 7])
def test_nearly_all_bids_of_a_market_lie_within_the_estimate(seed: int) -> None:
    inside = []
    for text in SIZES.values():
        with akash.connect(mock=MockConsole(seed=seed)) as session:
            (found,) = estimated(session, text)
            bids = session.deploy(text).wait_for_bids()
            inside += [found.usd_hour.low <= bids.usd_per_hour(offer) <= found.usd_hour.high for offer in bids]

    assert len(inside) > 80
    assert sum(inside) / len(inside) >= 0.95
