"""The tables of a session, on the mock: in both dialects, blocking and awaited, from `connect()` to the frame."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

import akash_nb as akash
from akash_nb.bids import Bids
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError
from akash_nb.flows.holdings import wallet_address
from akash_nb.frames.table import table_of
from akash_nb.models import User
from mock_server import MockConsole
from mock_server.world.lifecycle import provider_closes
from tests.akash_nb.flows.script import Script

TABLES = ["providers", "gpu_prices", "market", "leases", "usage", "fleet"]


@pytest.fixture(params=["live", "guide"])
def console(request: pytest.FixtureRequest) -> MockConsole:
    return MockConsole(dialect=request.param)


@pytest.fixture
def live() -> MockConsole:
    return MockConsole()


def running(session: Any) -> Any:
    """A deployment with a lease, all services up."""
    deployment = session.deploy(WEB_SDL)
    deployment.wait_for_bids()
    deployment.lease()
    deployment.wait_until_ready()
    return deployment


@pytest.mark.parametrize("name", TABLES)
def test_every_table_says_that_it_is_mock_when_it_was_read_and_what_its_columns_mean(
    console: MockConsole, name: str
) -> None:
    with akash.connect(mock=console) as session:
        running(session)
        frame = getattr(session, name)()

        assert len(frame) > 0
        assert frame.attrs["source"] == "MOCK"
        assert frame.attrs["as_of"] == session.now().isoformat(timespec="seconds")
        assert frame.attrs["prices"] == str(session.prices)
        assert table_of(frame).name == name
        assert (frame.akash.columns()["meaning"] != "").all()


def test_the_same_tables_can_be_awaited() -> None:
    """A market of the same seed is the same market, whichever client looks at it."""

    def prepared() -> MockConsole:
        console = MockConsole()
        with akash.connect(mock=console) as session:
            running(session)
        return console

    async def awaited(console: MockConsole) -> list[pd.DataFrame]:
        async with akash.connect_async(mock=console) as session:
            await session.resume()
            return [(await session.bids()).frame(), *[await getattr(session, name)() for name in TABLES]]

    with akash.connect(mock=prepared()) as session:
        session.resume()
        blocking = [session.bids().frame(), *[getattr(session, name)() for name in TABLES]]

    for mine, theirs in zip(blocking, asyncio.run(awaited(prepared())), strict=True):
        pd.testing.assert_frame_equal(mine, theirs)


def test_reading_tables_changes_nothing_and_spends_nothing(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = running(session)
        before = session.wallet()
        live.calls.clear()
        session.bids()
        for name in TABLES:
            getattr(session, name)()

        assert {call.method for call in live.calls} == {"GET"}
        assert session.wallet() == before
        assert deployment.stage == "running"


def test_importing_a_session_does_not_load_pandas() -> None:
    code = "import sys, akash_nb.session; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Bids


def test_bids_are_those_of_the_current_deployment_as_they_are_now(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        session.deploy(WEB_SDL)
        early = session.bids()
        console.advance(60)
        late = session.bids()

    assert isinstance(early, Bids)
    assert len(early) < len(late)
    assert (late.frame()["state"] == "open").all()
    assert session.current.bids is late


def test_without_a_deployment_there_are_no_bids_to_read(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        calls = len(live.calls)
        with pytest.raises(InvalidInputError, match=r"no deployment whose bids.*session\.deploy\(\)"):
            session.bids()

        assert len(live.calls) == calls


def test_bids_have_the_size_that_was_asked_for(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        frame = session.deploy(WEB_SDL).wait_for_bids().frame()

    assert frame[["vcpu", "memory_gb", "storage_gb", "gpus"]].drop_duplicates().to_numpy().tolist() == [
        [0.5, 0.536870912, 1.073741824, 0]
    ]
    assert len(frame.akash.cheapest()) == frame["region"].nunique()
    assert (frame.akash.compare_clouds()["azure_usd_month"] > frame["usd_month"]).all()


# The market


def test_the_market_is_the_sum_of_its_providers(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        market, providers = session.market().set_index("resource"), session.providers()

    online = providers[providers["online"]]
    for resource, column in (("cpu", "vcpu"), ("memory", "memory_gb"), ("gpu", "gpus")):
        assert market["total"][resource] == pytest.approx(online[f"{column}_total"].sum())
        assert market["free"][resource] == pytest.approx(online[f"{column}_free"].sum())
        assert market["providers"][resource] == (online[f"{column}_total"] > 0).sum()
    parts = market["leased"] + market["held"] + market["free"]
    pd.testing.assert_series_equal(parts, market["total"], check_names=False)


def test_gpu_prices_know_how_many_are_free_and_what_is_usual(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        prices, market = session.gpu_prices(), session.market().set_index("resource")

    assert prices["gpus_total"].sum() == market["total"]["gpu"]
    assert (prices["usd_hour_min"] <= prices["usd_hour"]).all()
    assert (prices["usd_hour"] <= prices["usd_hour_max"]).all()
    assert len(prices.akash.cheapest(by="model")) == prices["model"].nunique()


# Leases


def test_a_lease_is_shown_with_its_provider_its_price_and_its_replicas(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = running(session)
        row = session.leases().iloc[0]

    lease = deployment.state.leases[0]
    assert row[["dseq", "key", "state"]].to_list() == [deployment.dseq, lease.id.key, "active"]
    assert row["provider"] == deployment.choice.chosen[1].name
    assert row["usd_hour"] == pytest.approx(float(deployment.runway.usd_per_hour))
    assert row[["services", "ready", "replicas"]].to_list() == ["web", 1, 1]
    assert row["uris"] == deployment.state.uris[0]
    assert row["vcpu"] == 0.5


def test_a_lease_that_its_provider_closed_is_shown_with_the_reason(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = running(session)
        with live.world() as world:
            held = world.deployments[deployment.dseq]
            provider_closes(world, held, held.leases[0], "lease_closed_reason_unstable")
        row, fleet = session.leases().iloc[0], session.fleet().iloc[0]

    assert row[["state", "live", "reason"]].to_list() == ["closed", False, "lease_closed_reason_unstable"]
    assert row["closed_at"] > row["created_at"]
    assert fleet[["state", "leases", "forgotten"]].to_list() == ["active", 0, True]


def test_without_deployments_there_are_no_leases_and_no_fleet(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        assert len(session.leases()) == len(session.fleet()) == len(session.fleet(closed=True)) == 0


def test_a_provider_that_does_not_say_what_runs_does_not_spoil_the_table(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        running(session)
        live.faults.provider_down()
        unreachable = session.leases().iloc[0]
        live.faults.status(500, "getDeployment")
        unread = session.leases().iloc[0]

    for row in (unreachable, unread):
        assert pd.isna(row["ready"])
        assert row["state"] == "active"


# The fleet


def test_the_fleet_shows_what_is_left_now_although_nothing_was_settled(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = running(session)
        before = session.fleet().iloc[0]
        console.advance(3600)
        after = session.fleet().iloc[0]
        settled = deployment.status().escrow.funds.usd()

    assert abs(before["ends_at"] - after["ends_at"]) < timedelta(seconds=6.1)
    assert after["usd_left"] == pytest.approx(before["usd_left"] - after["usd_hour"], rel=0.01)
    assert after["usd_left"] < settled
    assert after["usd_left"] + after["usd_spent"] == pytest.approx(float(deployment.state.escrow.put_in.usd()))


def test_what_was_made_elsewhere_or_has_no_lease_stands_out(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        ours = running(session)
        theirs = session.client.deployments.create(WEB_SDL.replace("nginx", "caddy"), deposit_usd=5)
        frame = session.fleet()

    assert frame["dseq"].to_list() == [theirs.dseq, ours.dseq]
    assert frame["known"].to_list() == [False, True]
    assert frame["forgotten"].to_list() == [True, False]
    assert frame["services"].to_list() == [pd.NA, "web"]


def test_closed_deployments_are_shown_when_asked_for_with_what_they_cost(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        gone = running(session)
        live.advance(3600)
        receipt = gone.close()
        kept = session.deploy(WEB_SDL)
        frame = session.fleet(closed=True)

        assert session.fleet()["dseq"].to_list() == [kept.dseq]
    assert frame["dseq"].to_list() == [kept.dseq, gone.dseq]
    assert frame["state"].to_list() == ["active", "closed"]
    assert frame["usd_spent"][1] == pytest.approx(float(receipt.paid_usd))
    assert frame.loc[1, ["usd_left", "usd_hour", "forgotten"]].to_list() == [0.0, 0.0, False]


# Usage


def test_usage_has_a_row_for_every_day_up_to_today(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        today = pd.Timestamp(session.now().date(), tz="UTC")
        usual, three = session.usage(), session.usage(3)

    assert usual["day"].to_list() == list(pd.date_range(end=today, periods=30))
    assert three["day"].to_list() == list(pd.date_range(end=today, periods=3))


def test_usage_adds_up_to_what_the_wallet_paid(live: MockConsole) -> None:
    with akash.connect(mock=live) as session:
        deployment = running(session)
        live.advance(50 * 3600)
        paid = float(deployment.close().paid_usd)
        frame = session.usage(days=5)

    assert frame["usd_spent"].sum() == pytest.approx(paid, abs=0.02)
    assert frame["usd_total"].is_monotonic_increasing
    assert frame["deployments"].to_list() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("how", "days"),
    [
        ({"start": "2026-01-01", "end": date(2026, 1, 3)}, ["2026-01-01", "2026-01-02", "2026-01-03"]),
        ({"start": "2026-01-04"}, ["2026-01-04", "2026-01-05"]),
        ({"start": pd.Timestamp("2026-01-05T01:00+02:00")}, ["2026-01-04", "2026-01-05"]),
        ({"days": 2, "end": "2026-01-03"}, ["2026-01-02", "2026-01-03"]),
    ],
)
def test_usage_takes_days_or_a_range(live: MockConsole, how: dict[str, Any], days: list[str]) -> None:
    with akash.connect(mock=live) as session:
        assert session.usage(**how)["day"].dt.strftime("%Y-%m-%d").to_list() == days


@pytest.mark.parametrize(
    "how",
    [
        {"days": 0},
        {"days": -1},
        {"days": 500},
        {"days": 10**12},
        {"days": "many"},
        {"days": 1.5},
        {"days": True},
        {"start": pd.NaT},
        {"start": "a" * 10_000},
        {"start": "yesterday"},
        {"start": 5},
        {"start": "2026-01-03", "end": "2026-01-01"},
        {"days": 3, "start": "2026-01-01"},
    ],
)
def test_what_is_no_range_of_days_is_refused_before_the_usage_is_asked_for(
    live: MockConsole, how: dict[str, Any]
) -> None:
    with akash.connect(mock=live) as session:
        with pytest.raises(InvalidInputError):
            session.usage(**how)

        assert not [call for call in live.calls if "/usage/" in call.path]


def test_an_account_without_a_wallet_is_told_so() -> None:
    script = Script(("getUser", User("id", "name", "", False, None)), ("listWallets", ()))

    with pytest.raises(InvalidInputError, match=r"no wallet yet\. Nothing can have been spent\."):
        script.run(wallet_address())
