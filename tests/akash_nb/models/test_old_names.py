"""Names that the service has changed over time are read in every form it has used (contract §20)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from akash_nb.models import Bid, Created, DeploymentStatus, Lease, WalletSettings
from akash_nb.money import Coin

OWNER = "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm"
PROVIDER = "akash18ga02jzaq8cw52anyhzkwta5wygufgu6zsz6xc"
NOW_ID = {"owner": OWNER, "dseq": "23456789", "gseq": 1, "oseq": 1, "provider": PROVIDER, "bseq": 0}
OLD_ID = {key: value for key, value in NOW_ID.items() if key != "bseq"}


def uakt(amount: str) -> dict[str, str]:
    return {"denom": "uakt", "amount": amount}


NOW: dict[str, Any] = {
    "deployment": {
        "id": {"owner": OWNER, "dseq": "23456789"},
        "state": "active",
        "hash": "GCJ=",
        "created_at": "23456789",
    },
    "leases": [
        {
            "id": NOW_ID,
            "state": "active",
            "price": uakt("3.000000000000000000"),
            "created_at": "23456795",
            "closed_on": "0",
            "reason": "lease_closed_invalid",
        }
    ],
    "escrow_account": {
        "id": {"scope": "deployment", "xid": f"{OWNER}/23456789"},
        "state": {
            "owner": OWNER,
            "state": "open",
            "transferred": [uakt("1200.000000000000000000")],
            "settled_at": "23456795",
            "funds": [uakt("498800.000000000000000000")],
            "deposits": [],
        },
    },
}
OLD: dict[str, Any] = {
    "deployment": {
        "deployment_id": {"owner": OWNER, "dseq": "23456789"},
        "state": "active",
        "version": "GCJ=",
        "created_at": "23456789",
    },
    "leases": [
        {
            "lease_id": OLD_ID,
            "state": "active",
            "price": uakt("3.000000000000000000"),
            "created_at": "23456795",
            "closed_on": "0",
        }
    ],
    "escrow_account": {
        "id": {"scope": "deployment", "xid": f"{OWNER}/23456789"},
        "owner": OWNER,
        "state": "open",
        "balance": uakt("0.000000000000000000"),
        "transferred": uakt("1200.000000000000000000"),
        "settled_at": "23456795",
        "depositor": PROVIDER,
        "funds": uakt("498800.000000000000000000"),
    },
}


def test_an_old_deployment_is_read_as_the_same_as_a_current_one() -> None:
    assert DeploymentStatus.from_wire(OLD) == DeploymentStatus.from_wire(NOW)


@pytest.mark.parametrize("part", ["deployment", "leases", "escrow_account"])
def test_each_part_may_be_old_by_itself(part: str) -> None:
    assert DeploymentStatus.from_wire(NOW | {part: OLD[part]}) == DeploymentStatus.from_wire(NOW)


def test_an_old_bid_is_read_as_the_same_as_a_current_one() -> None:
    fields = {"state": "open", "price": uakt("2.5"), "created_at": "23456791"}
    now = Bid.from_wire({"bid": fields | {"id": NOW_ID, "resources_offer": []}, "escrow_account": {}})
    old = Bid.from_wire({"bid": fields | {"bid_id": OLD_ID}, "isCertificateRequired": True})
    assert old == now
    assert old.id.bseq == 0


def test_a_bare_bid_without_its_escrow_is_a_bid() -> None:
    assert Bid.from_wire({"id": NOW_ID, "state": "open", "price": uakt("2.5")}).created_height == 0


def test_reclamation_fields_of_newer_nodes_do_no_harm() -> None:
    lease = NOW["leases"][0] | {"state": "reclaiming", "reclamation": {"window": "86400s", "deadline": "1"}}
    assert Lease.from_wire(lease).is_live


def test_a_guide_answer_to_create_needs_no_transaction() -> None:
    assert Created.from_wire({"dseq": 23456789, "manifest": "[]"}) == Created("23456789", "[]")


def test_settings_of_before_august_2026_are_completed_with_todays_defaults() -> None:
    assert WalletSettings.from_wire({"autoReloadEnabled": True}) == WalletSettings(
        True, "prediction", Decimal(20), Decimal(100)
    )


def test_an_unknown_hash_of_the_fallback_is_kept_as_it_is() -> None:
    status = DeploymentStatus.from_wire(NOW | {"deployment": NOW["deployment"] | {"hash": "unknown_value"}})
    assert status.version == "unknown_value"


def test_escrow_lists_of_one_denom_are_summed() -> None:
    state = NOW["escrow_account"]["state"] | {"funds": [uakt("1"), uakt("2"), {"denom": "uact", "amount": "9"}]}
    status = DeploymentStatus.from_wire(NOW | {"escrow_account": {"state": state}})
    assert status.escrow.funds == Coin("uakt", Decimal(3))


def test_a_closed_deployment_has_empty_funds() -> None:
    state = NOW["escrow_account"]["state"] | {"state": "closed", "funds": [], "deposits": []}
    status = DeploymentStatus.from_wire(NOW | {"escrow_account": {"state": state}})
    assert status.escrow.state == "closed"
    assert status.escrow.funds.amount == 0
