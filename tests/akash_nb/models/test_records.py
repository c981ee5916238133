"""Records read from the service: what is derived from them, and what may be missing."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from akash_nb import models
from akash_nb.ids import BidID
from akash_nb.models import (
    Amounts,
    Bid,
    Candidate,
    Capacity,
    CertificatePair,
    DeploymentStatus,
    Escrow,
    GPUSupply,
    Lease,
    LeaseStatus,
    Offer,
    Provider,
    PublicDeployment,
    Region,
    User,
)
from akash_nb.models.wire import coin, integer, moment
from akash_nb.money import Coin

ID = {"owner": "akash1o", "dseq": "7", "gseq": 1, "oseq": 1, "provider": "akash1p", "bseq": 0}
SERVICE = {"name": "web", "available": 1, "total": 1, "uris": ["a.example"], "ready_replicas": 1}
STATUS: dict[str, Any] = {"services": {"web": SERVICE}, "forwarded_ports": None, "ips": None}


def lease(**changes: Any) -> dict[str, Any]:
    price = {"denom": "uact", "amount": "3.000000000000000000"}
    return {
        "id": ID,
        "state": "active",
        "price": price,
        "created_at": "5",
        "closed_on": "0",
        "status": STATUS,
    } | changes


def deployment(*leases: dict[str, Any]) -> DeploymentStatus:
    return DeploymentStatus.from_wire(
        {
            "deployment": {"id": {"owner": "akash1o", "dseq": "7"}, "state": "active", "hash": "x"},
            "leases": list(leases),
            "escrow_account": {
                "state": {"state": "open", "funds": [{"denom": "uact", "amount": "90"}], "settled_at": "5"}
            },
        }
    )


class TestReadiness:
    @pytest.mark.parametrize(
        ("leases", "ready"),
        [
            ([], False),
            ([lease()], True),
            ([lease(status=None)], False),
            ([lease(status=STATUS | {"services": {}})], False),
            ([lease(status=STATUS | {"services": None})], False),
            ([lease(status=STATUS | {"services": {"web": SERVICE | {"ready_replicas": 0}}})], False),
            ([lease(status=STATUS | {"services": {"web": SERVICE | {"total": 0, "ready_replicas": 0}}})], False),
            ([lease(status=STATUS | {"services": {"web": SERVICE, "db": SERVICE | {"total": 2}}})], False),
            ([lease(), lease(status=None)], False),
            ([lease(), lease(state="closed", status=None)], True),
            ([lease(state="reclaiming")], True),
            ([lease(state="closed")], False),
        ],
    )
    def test_a_deployment_is_ready_when_all_live_leases_have_all_services_up(
        self, leases: list[dict[str, Any]], ready: bool
    ) -> None:
        assert deployment(*leases).is_ready is ready


class TestLeaseStatus:
    def test_null_ports_and_addresses_are_none_at_all(self) -> None:
        status = LeaseStatus.from_wire(STATUS)
        assert (status.forwarded_ports, status.ips) == ((), ())

    def test_null_uris_are_none_at_all(self) -> None:
        status = LeaseStatus.from_wire(STATUS | {"services": {"web": SERVICE | {"uris": None}}})
        assert status.services[0].uris == ()

    def test_ports_and_leased_addresses_are_read_with_their_service(self) -> None:
        ports = {"ssh": [{"host": "p.example", "port": 22, "externalPort": 31234, "proto": "TCP", "name": "ssh"}]}
        ips = {"web": [{"IP": "203.0.113.7", "Port": 80, "ExternalPort": 8080, "Protocol": "UDP"}]}
        status = LeaseStatus.from_wire(STATUS | {"forwarded_ports": ports, "ips": ips})
        assert str(status.forwarded_ports[0]) == "p.example:31234 → 22/tcp"
        assert dataclasses.astuple(status.ips[0]) == ("web", "203.0.113.7", 80, 8080, "UDP")

    def test_older_providers_count_in_another_field(self) -> None:
        service = {key: value for key, value in SERVICE.items() if key != "ready_replicas"}
        assert LeaseStatus.from_wire(STATUS | {"services": {"web": service}}).is_ready


def test_a_lease_that_is_open_has_no_reason_and_no_closing_height() -> None:
    record = Lease.from_wire(lease(reason="lease_closed_invalid"))
    assert (record.reason, record.closed_height) == ("", None)
    closed = Lease.from_wire(lease(state="closed", reason="lease_closed_owner", closed_on="9"))
    assert (closed.reason, closed.closed_height, closed.is_live) == ("lease_closed_owner", 9, False)


def test_the_rate_is_the_sum_of_the_live_leases() -> None:
    assert deployment(lease(), lease(), lease(state="closed")).price_per_block == Coin("uact", Decimal(6))
    assert deployment().price_per_block == Coin("uact", Decimal(0))


@pytest.mark.parametrize(("height", "owed"), [(5, 0), (4, 0), (15, 30), (35, 90), (1000, 90)])
def test_what_is_owed_grows_by_block_up_to_what_is_there(height: int, owed: int) -> None:
    assert deployment(lease()).escrow.accrued(Decimal(3), height) == owed


def test_an_overdrawn_escrow_owes_nothing_more() -> None:
    escrow = Escrow.from_wire({"state": {"state": "overdrawn", "funds": [{"denom": "uact", "amount": "-5"}]}})
    assert escrow.funds.amount == -5
    assert escrow.accrued(Decimal(3), 100) == 0


def test_addresses_of_services_open_in_a_browser() -> None:
    assert deployment(lease()).uris == ("http://a.example",)


OFFER = {
    "resources": {
        "cpu": {"units": {"val": "4000"}},
        "memory": {"quantity": {"val": "1024"}},
        "storage": [{"quantity": {"val": "10"}}, {"quantity": {"val": "20"}}],
        "gpu": {
            "units": {"val": "2"},
            "attributes": [{"key": "vendor/nvidia/model/rtx4090/ram/24Gi/interface/pcie", "value": "true"}],
        },
    },
    "count": 3,
}


class TestBids:
    def bid(self) -> Bid:
        price = {"denom": "uact", "amount": "2.500000000000000000"}
        return Bid.from_wire({"bid": {"id": ID, "state": "open", "price": price, "resources_offer": [OFFER]}})

    def test_quantities_are_read_per_replica_and_gpus_summed_over_the_group(self) -> None:
        bid = self.bid()
        unit = bid.resources[0]
        assert (unit.cpu_millicores, unit.memory_bytes, unit.storage_bytes, unit.gpu_units) == (4000, 1024, 30, 2)
        assert bid.gpu_units == 6

    def test_gpus_are_named_short(self) -> None:
        assert self.bid().gpu_models == ("rtx4090",)
        assert self.bid().resources[0].gpu_models == ("nvidia/model/rtx4090/ram/24Gi/interface/pcie",)

    def test_a_bid_without_a_known_provider_is_named_by_address(self) -> None:
        offer = Offer(self.bid())
        assert (offer.name, offer.key) == ("akash1p", "1/1/akash1p")
        known = Provider.from_wire({"owner": "akash1p", "hostUri": "https://p.example:8443"})
        assert Offer(self.bid(), known).name == "p.example"

    def test_the_id_is_the_leases_id(self) -> None:
        assert self.bid().id == BidID("akash1o", "7", 1, 1, "akash1p")


class TestProviders:
    def test_a_provider_of_whom_little_is_known_is_read(self) -> None:
        provider = Provider.from_wire({"owner": "akash1p", "hostUri": "", "uptime7d": None, "ipLat": None})
        assert (provider.label, provider.region, provider.uptime_7d, provider.capacity) == ("akash1p", "", None, None)
        assert (provider.latitude, provider.gpus, provider.checks, provider.last_online_at) == (None, (), (), None)

    @pytest.mark.parametrize(
        ("fields", "region"),
        [
            ({"locationRegion": "eu-west", "ipRegion": "Paris"}, "eu-west"),
            ({"attributes": [{"key": "location-region", "value": "eu-east"}], "ipRegion": "Paris"}, "eu-east"),
            ({"ipRegion": "Paris"}, "Paris"),
        ],
    )
    def test_the_region_is_what_they_state_before_what_is_guessed(self, fields: dict[str, Any], region: str) -> None:
        assert Provider.from_wire({"owner": "akash1p"} | fields).region == region

    def test_attributes_cannot_be_changed(self) -> None:
        provider = Provider.from_wire({"owner": "akash1p", "attributes": [{"key": "host", "value": "akash"}]})
        with pytest.raises(TypeError):
            provider.attributes["host"] = "mine"  # type: ignore[index]  # that it is refused is the point


def test_capacity_without_a_total_is_the_sum_of_its_parts() -> None:
    assert Amounts.from_wire({"active": 1, "available": 2, "pending": 3}).total == 6
    assert Amounts.from_wire({"active": 1, "available": 2, "pending": 3, "total": 9}).total == 9
    assert Capacity.from_wire({}).persistent_bytes == Amounts(0, 0, 0, 0)


def test_more_gpus_leased_than_there_are_leave_none_free() -> None:
    assert GPUSupply("nvidia", "t4", "16Gi", "pcie", total=1, leased=2).free == 0


def test_a_week_of_downtime_is_no_uptime() -> None:
    day = {"date": "2026-08-20", "hasOpenIncident": True, "incidentCount": 9, "downtimeSeconds": 10**7}
    candidate = Candidate.from_wire({"owner": "akash1p", "incidents": [day]})
    assert (candidate.uptime_7d, candidate.label) == (0, "akash1p")


def test_a_provider_that_the_indexer_lost_has_no_address() -> None:
    value = {
        "owner": "akash1o",
        "dseq": "7",
        "status": "closed",
        "balance": 0,
        "denom": "uact",
        "createdHeight": 1,
        "closedHeight": 9,
        "closedDate": "2026-08-20T10:00:00.000Z",
        "totalMonthlyCostUDenom": 0,
        "leases": [{"gseq": 1, "oseq": 1, "status": "closed", "provider": None, "monthlyCostUDenom": 3}],
    }
    record = PublicDeployment.from_wire(value)
    assert record.leases[0].provider == ""
    assert record.leases[0].monthly_cost == Coin("uact", Decimal(3))
    assert record.closed_at == datetime(2026, 8, 20, 10, tzinfo=UTC)


def test_small_records_with_missing_texts_are_read() -> None:
    assert User.from_wire({"id": "1"}).is_trial is None
    assert Region.from_wire({"key": "eu-west"}).providers == ()


def test_a_private_key_does_not_show() -> None:
    assert "private" not in repr(CertificatePair("cert", "private", "public"))


class TestReaders:
    def test_times_without_a_zone_are_utc_and_others_keep_theirs(self) -> None:
        assert moment("2026-08-20T10:00:00") == datetime(2026, 8, 20, 10, tzinfo=UTC)
        east = moment("2026-08-20T10:00:00+02:00")
        assert east is not None
        assert east.utcoffset() == timedelta(hours=2)
        assert moment(None) is moment("") is None

    @pytest.mark.parametrize("nothing", [None, [], {}])
    def test_no_coin_is_nothing_of_no_denom(self, nothing: Any) -> None:
        assert coin(nothing) == Coin("", Decimal(0))

    def test_eighteen_digits_are_kept(self) -> None:
        assert coin({"denom": "uact", "amount": "0.000000000000000001"}).amount == Decimal("1e-18")

    @pytest.mark.parametrize(("value", "number"), [("7", 7), (7, 7), (None, None), ("", None)])
    def test_heights_are_text_or_numbers(self, value: Any, number: int | None) -> None:
        assert integer(value) == number


RECORDS = [record for _, record in inspect.getmembers(models, dataclasses.is_dataclass)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_is_frozen_small_and_explained(record: type[Any]) -> None:
    assert record.__dataclass_params__.frozen
    assert hasattr(record, "__slots__")
    assert record.__doc__ is not None
    assert not record.__doc__.startswith(f"{record.__name__}(")


def test_everything_that_is_exported_exists_and_nothing_else() -> None:
    public = {name for name, value in vars(models).items() if isinstance(value, type) and not name.startswith("_")}
    assert public == set(models.__all__)
