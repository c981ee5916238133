"""Every frame: its documented columns and dtypes, also when empty, and figures that are those of the records."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from akash_nb import frames, sdl
from akash_nb.demo import WEB_SDL
from akash_nb.flows.holdings import Holding
from akash_nb.frames import bids as bids_module
from akash_nb.frames import fleet, gpu_prices, leases, market, providers, usage
from akash_nb.frames.bids import bids_frame
from akash_nb.frames.fleet import fleet_frame
from akash_nb.frames.gpu_prices import gpu_prices_frame
from akash_nb.frames.leases import leases_frame
from akash_nb.frames.market import market_frame
from akash_nb.frames.providers import providers_frame
from akash_nb.frames.table import Origin, Table
from akash_nb.frames.usage import usage_frame
from akash_nb.models import (
    Amounts,
    Capacity,
    GPUPrice,
    LeaseStatus,
    NetworkCapacity,
    PriceRange,
    ResourceOffer,
    ServiceStatus,
    UsageDay,
)
from akash_nb.money import PriceModel
from akash_nb.runway import Runway, created_time, runway
from tests.akash_nb import records
from tests.akash_nb.records import DSEQ, NOW

ORIGIN = Origin(is_mock=True, as_of=NOW, prices=PriceModel())
GIB = 1024**3
EVIL = "<script>alert(1)</script>"


def capacity(total: int, *, active: int = 0, pending: int = 0, gpus: int = 0) -> Capacity:
    """So many CPUs, GB of memory, of storage and of persistent storage; of all the same is in use."""

    def amounts(unit: int) -> Amounts:
        return Amounts(active * unit, (total - active - pending) * unit, pending * unit, total * unit)

    return Capacity(amounts(1000), Amounts(0, gpus, 0, gpus), *(amounts(10**9) for _ in range(3)))


def holding(**changes: Any) -> Holding:
    """A deployment with a lease for 100 uact per block, 10 blocks after its last settlement."""
    status = records.status()
    holds = Holding(
        dseq=DSEQ,
        state="active",
        created_at=created_time(DSEQ),
        created_height=status.created_height,
        leases=status.leases,
        money=runway(status, 1010, PriceModel()),
        groups=sdl.resources(sdl.compile(WEB_SDL)),
        is_known=True,
        tags=("demo",),
    )
    return replace(holds, **changes)


def kind(model: str, price: PriceRange | None) -> GPUPrice:
    return GPUPrice("nvidia", model, "24Gi", "", 3, 10, 1, 2, price)


PRICE = PriceRange(*(Decimal(text) for text in ("0.10", "0.90", "0.50", "0.60", "0.40")))
DAY = UsageDay(date(2026, 8, 21), 2, Decimal("0.25"), Decimal("3.5"), Decimal("0.25"), Decimal(0))
NETWORK = NetworkCapacity(2, capacity(100, active=25, pending=5, gpus=8))

FRAMES: list[tuple[Table, pd.DataFrame, pd.DataFrame]] = [
    (bids_module.TABLE, bids_frame(records.bids(records.offer("one"))), bids_frame(records.bids())),
    (providers.TABLE, providers_frame([records.provider("one")], ORIGIN), providers_frame([], ORIGIN)),
    (gpu_prices.TABLE, gpu_prices_frame([kind("rtx4090", PRICE)], ORIGIN), gpu_prices_frame([], ORIGIN)),
    (leases.TABLE, leases_frame([holding()], {}, ORIGIN), leases_frame([], {}, ORIGIN)),
    (usage.TABLE, usage_frame([DAY], ORIGIN), usage_frame([], ORIGIN)),
    (fleet.TABLE, fleet_frame([holding()], {}, ORIGIN), fleet_frame([], {}, ORIGIN)),
]
DTYPES = {"datetime": "datetime64[us, UTC]"}


@pytest.mark.parametrize(("table", "full", "empty"), FRAMES, ids=[table.name for table, _, _ in FRAMES])
def test_columns_and_dtypes_are_the_documented_ones_also_when_empty(
    table: Table, full: pd.DataFrame, empty: pd.DataFrame
) -> None:
    documented = [(column.name, DTYPES.get(column.dtype, column.dtype)) for column in table.columns]

    for frame in (full, empty):
        assert [(name, str(frame[name].dtype)) for name in frame] == documented
        assert frame.attrs["table"] == table.name
        assert frame.attrs["source"] == "MOCK"
    assert (len(full), len(empty)) == (1, 0)


def test_the_market_always_has_all_its_rows() -> None:
    frame = market_frame(NetworkCapacity(0, capacity(0)), [], ORIGIN)

    assert [(name, str(frame[name].dtype)) for name in frame] == [(c.name, c.dtype) for c in market.TABLE.columns]
    assert frame["resource"].to_list() == ["cpu", "memory", "storage", "persistent storage", "gpu"]
    assert frame["leased_share"].isna().all()


OTHERS = [
    module.TABLE
    for module in (market, frames.sweep, frames.plan_diff, frames.choice, frames.explanation, frames.silent)
]


@pytest.mark.parametrize("table", [table for table, _, _ in FRAMES] + OTHERS, ids=lambda table: table.name)
def test_every_column_says_what_it_means_and_names_are_unique(table: Table) -> None:
    names = [column.name for column in table.columns]

    assert all(column.meaning for column in table.columns)
    assert len(set(names)) == len(names)


# Bids


def sized(name: str, **changes: Any) -> Any:
    """A bid for two replicas of 500 mCPU, 1 GiB, 2 GiB and a GPU, and one replica of something small."""
    big = ResourceOffer(500, GIB, 2 * GIB, 1, ("nvidia/model/rtx4090/ram/24Gi",), 2)
    small = ResourceOffer(250, GIB // 2, 0, 0, (), 1)
    made = records.offer(name, **changes)
    return replace(made, bid=replace(made.bid, resources=(big, small)))


def test_prices_of_bids_are_those_of_the_records() -> None:
    bids = records.bids(*(records.offer(f"p{i}", price) for i, price in enumerate(("0.5", "1.6", "100", "2978.3"))))
    frame = bids.frame()

    assert frame["usd_hour"].to_list() == pytest.approx([float(bids.usd_per_hour(o) or 0) for o in bids], rel=1e-15)
    assert frame["usd_month"].to_list() == pytest.approx([float(bids.usd_per_month(o) or 0) for o in bids], rel=1e-15)
    assert frame["usd_month"].round(2).to_list()[2] == 43.12


def test_a_denom_of_unknown_value_has_no_price_in_dollars_but_one_per_block() -> None:
    row = records.bids(records.offer("one", "7", denom="uakt")).frame().iloc[0]

    assert row[["usd_hour", "usd_month"]].isna().all()
    assert (row["price_per_block"], row["denom"]) == (7.0, "uakt")


def test_sizes_are_of_the_whole_group_with_all_replicas() -> None:
    frame = records.bids(sized("one"), records.offer("two"), sized("three")).frame()

    assert frame["vcpu"].to_list() == [1.25, 0.0, 1.25]
    assert frame["memory_gb"].to_list() == [2.5 * GIB / 1e9, 0.0, 2.5 * GIB / 1e9]
    assert frame["storage_gb"].to_list() == [4 * GIB / 1e9, 0.0, 4 * GIB / 1e9]
    assert frame["gpus"].to_list() == [2, 0, 2]
    assert frame["gpu"].to_list() == ["2 × rtx4090", "", "2 × rtx4090"]


def test_bids_are_joined_with_their_own_providers_and_unknown_ones_are_missing() -> None:
    offers = (
        records.offer("one", region="eu-west", uptime=0.5, audited=False),
        replace(records.offer("stranger"), provider=None),
        records.offer("two", region="", uptime=None),
        records.offer("one", region="eu-west", uptime=0.5, audited=False, gseq=2),
    )
    frame = records.bids(*offers).frame()

    assert frame["provider"].to_list() == ["one.example", "akash1stranger", "two.example", "one.example"]
    assert frame["region"].to_list() == ["eu-west", pd.NA, pd.NA, "eu-west"]
    assert frame["audited"].to_list() == [False, pd.NA, True, False]
    assert frame["uptime_7d"].to_list() == [0.5, pd.NA, pd.NA, 0.5]
    assert frame["key"].to_list() == [offer.key for offer in offers]


def test_only_an_open_bid_expires() -> None:
    frame = records.bids(records.offer("one"), records.offer("two", state="lost")).frame()

    assert frame["age_s"].to_list() == [60.0, 60.0]
    assert frame["expires_in_s"].to_list() == [240.0, pd.NA]


def test_what_providers_write_does_not_run_in_a_notebook() -> None:
    hostile = records.provider("one", region=EVIL)
    offer = replace(records.offer("one"), provider=replace(hostile, organization=EVIL, country=EVIL))
    bids = replace(records.bids(offer), dseq=EVIL)
    columns = ["region", "organization", "country"]

    for html in (bids._repr_html_(), bids.frame().to_html(), bids.frame()[columns].akash.styled().to_html()):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_bids_show_that_they_are_mock_and_when_they_were_read() -> None:
    bids = records.bids(records.offer("one"))

    assert bids._repr_html_().startswith(f"<p>MOCK · bids of {DSEQ} · as of 08:00:00 UTC · 6.098 s per block")
    assert "MOCK" not in replace(bids, is_mock=False)._repr_html_()


# Providers and the market


def test_a_provider_shows_what_is_free_and_what_there_is() -> None:
    made = replace(records.provider("one"), capacity=capacity(10, active=4, pending=1, gpus=3), gpu_models=("a", "b"))
    frame = providers_frame([made, records.provider("two")], ORIGIN)

    for name in ("vcpu", "memory_gb", "storage_gb", "persistent_gb"):
        assert frame.loc[0, [f"{name}_free", f"{name}_total"]].to_list() == [5.0, 10.0]
    assert frame.loc[0, ["gpus_free", "gpus_total", "gpu_models"]].to_list() == [3, 3, "a, b"]
    assert frame.loc[1, ["vcpu_free", "gpus_total"]].isna().all()
    assert frame["last_online_at"].isna().all()


def test_the_market_shows_shares_and_who_has_what() -> None:
    full = replace(records.provider("full"), capacity=capacity(10, active=10))
    some = replace(records.provider("some"), capacity=capacity(10, active=4, gpus=3))
    gone = replace(records.provider("gone", online=False), capacity=capacity(10, gpus=3))
    frame = market_frame(NETWORK, [full, some, gone, records.provider("silent")], ORIGIN).set_index("resource")

    cpu = frame.loc["cpu"]
    assert cpu[["unit", "total", "leased", "held", "free", "leased_share"]].to_list() == ["vCPU", 100, 25, 5, 70, 0.25]
    assert cpu[["providers", "providers_free"]].to_list() == [2, 1]
    assert frame.loc["gpu", ["total", "free", "providers"]].to_list() == [8, 8, 1]


def test_a_gpu_that_nobody_bids_with_has_no_price() -> None:
    frame = gpu_prices_frame([kind("rtx4090", PRICE), kind("v100", None)], ORIGIN)

    assert frame.loc[0, "usd_hour":"usd_hour_weighted"].to_list() == pytest.approx(  # type: ignore[misc]
        [0.4, 0.4 * 730.488, 0.1, 0.9, 0.5, 0.6]
    )
    assert frame.loc[1, "usd_hour":"usd_hour_weighted"].isna().all()  # type: ignore[misc]
    assert frame.loc[1, ["gpus_free", "gpus_total", "providers_free", "providers"]].to_list() == [3, 10, 1, 2]
    assert frame["interface"].isna().all()


# Usage, leases and the fleet


def test_usage_is_by_days_that_begin_at_midnight_utc() -> None:
    row = usage_frame([DAY], ORIGIN).iloc[0]

    assert row["day"] == pd.Timestamp(2026, 8, 21, tz="UTC")
    assert row.to_list()[1:] == [2, 0.25, 3.5, 0.25, 0.0]


def test_the_fleet_shows_money_as_of_now_and_when_it_ends() -> None:
    row = fleet_frame([holding()], {"akash1one": records.provider("one")}, ORIGIN).iloc[0]

    assert row["usd_left"] == pytest.approx(0.499)
    assert row["usd_spent"] == pytest.approx(0.001)
    assert row["runway_s"] == pytest.approx(4990 * 6.098)
    assert row["ends_at"] == pd.Timestamp(NOW + timedelta(seconds=4990 * 6.098))
    assert row["usd_month"] == pytest.approx(43.1249, abs=1e-4)
    assert row[["provider", "services", "leases"]].to_list() == ["one.example", "web", 1]
    assert row[["vcpu", "gpus"]].to_list() == [0.5, 0]


def test_what_is_open_without_a_lease_was_forgotten() -> None:
    idle = Runway(Decimal(5), Decimal(0), Decimal(0), None, 1000)
    closed_lease = replace(records.status().leases[0], state="closed")
    holdings = [
        holding(),
        holding(leases=(), money=idle),
        holding(leases=(closed_lease,), money=idle),
        holding(state="closed", leases=(), money=idle),
    ]
    frame = fleet_frame(holdings, {}, ORIGIN)

    assert frame["forgotten"].to_list() == [False, True, True, False]
    assert frame["ends_at"].isna().to_list() == [False, True, True, True]
    assert frame["provider"].to_list() == ["akash1one", "", "", ""]


def test_a_deployment_made_elsewhere_has_no_known_services_or_size() -> None:
    row = fleet_frame([holding(groups=(), is_known=False)], {}, ORIGIN).iloc[0]

    assert not row["known"]
    assert row[["services", "vcpu", "memory_gb", "storage_gb", "gpus"]].isna().all()


def test_a_price_of_nearly_nothing_ends_beyond_the_calendar() -> None:
    endless = Runway(Decimal(5), Decimal(0), Decimal("1e-20"), Decimal("1e25"), 1000)
    row = fleet_frame([holding(money=endless)], {}, ORIGIN).iloc[0]

    assert row["runway_s"] == 1e25
    assert pd.isna(row["ends_at"])


def test_a_lease_shows_its_workload_where_the_provider_says() -> None:
    services = (ServiceStatus("api", 1, 2, ("a.example", "b.example")), ServiceStatus("web", 3, 3, ()))
    told = replace(records.status().leases[0], status=LeaseStatus(services, (), ()))
    over = replace(told, state="closed", closed_height=1100, reason="lease_closed_owner", status=None)
    frame = leases_frame([holding(leases=(told, over))], {"akash1one": records.provider("one")}, ORIGIN)

    assert frame.loc[0, ["services", "ready", "replicas", "uris"]].to_list() == [
        "api, web",
        4,
        5,
        "http://a.example http://b.example",
    ]
    assert frame.loc[1, ["services", "ready", "replicas", "uris"]].isna().all()
    assert frame["live"].to_list() == [True, False]
    assert frame["reason"].to_list() == [pd.NA, "lease_closed_owner"]
    assert frame["region"].to_list() == ["eu-west", "eu-west"]
    assert frame["vcpu"].to_list() == [0.5, 0.5]


def test_the_times_of_a_lease_are_reckoned_from_the_deployment() -> None:
    lease = replace(records.status().leases[0], created_height=1010, closed_height=1110)
    created = datetime(2026, 8, 22, 7, 0, tzinfo=UTC)
    dated = leases_frame([holding(leases=(lease,), created_at=created)], {}, ORIGIN).iloc[0]
    undated = leases_frame([holding(leases=(lease,), created_at=None)], {}, ORIGIN).iloc[0]

    assert dated["created_at"] == pd.Timestamp(created + timedelta(seconds=60.98))
    assert dated["closed_at"] == pd.Timestamp(created + timedelta(seconds=670.78))
    assert undated[["created_at", "closed_at"]].isna().all()


def test_a_lease_has_the_price_of_its_bid() -> None:
    row = leases_frame([holding()], {}, ORIGIN).iloc[0]

    assert row[["price_per_block", "denom"]].to_list() == [100.0, "uact"]
    assert row["usd_hour"] == pytest.approx(0.0590357, abs=1e-7)
