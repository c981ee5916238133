"""The purse alone: what a lease counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

import akash_nb as akash
from akash_nb.errors import LeaseFailedError
from akash_nb.purse import Purse
from tests.akash_nb.records import NOW, status


@pytest.mark.parametrize(
    ("lease_exists", "counted"), [(None, "0.8"), (True, "0.8"), (False, "0")], ids=["unknown", "made", "not made"]
)
def test_a_lease_is_counted_unless_it_certainly_was_not_made(lease_exists: bool | None, counted: str) -> None:
    purse = Purse(own=akash.budget(usd_per_hour=1))

    def lease() -> None:
        with purse.leasing(status(rate=None), Decimal("0.8"), NOW) as attempt:
            attempt.is_sent = True
            raise LeaseFailedError("It failed.", cause="other", lease_exists=lease_exists)

    with pytest.raises(LeaseFailedError):
        lease()

    assert purse.own is not None
    assert purse.own.running_usd_per_hour == Decimal(counted)


def test_what_was_paid_under_a_budget_stays_counted_when_it_is_leased_anew() -> None:
    purse = Purse(own=akash.budget(usd=10))
    with purse.leasing(status(funds="5000000", rate=None), Decimal("0.1"), NOW):
        pass
    with purse.leasing(status(funds="3000000", transferred="2000000", rate=None), Decimal("0.1"), NOW):
        pass

    assert purse.own is not None
    assert purse.own.bound_usd == 5
