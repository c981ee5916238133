"""What the wallet holds, what it costs, and how it refills."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from akash_nb.models.wire import Json, micro_usd, moment
from akash_nb.money import format_usd, to_decimal
from akash_nb.shown import Shown


@dataclass(frozen=True, slots=True, repr=False)
class Balances(Shown):
    """The wallet in US dollars.

    Attributes:
        available_usd: Free to spend on deployments.
        in_deployments_usd: Bound in the escrow of active deployments, as of their last settlement.
        total_usd: The sum of both.
    """

    available_usd: Decimal
    in_deployments_usd: Decimal
    total_usd: Decimal

    def __str__(self) -> str:
        available, bound = format_usd(self.available_usd), format_usd(self.in_deployments_usd)
        return f"{available} available, {bound} in deployments, {format_usd(self.total_usd)} in all"

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """The service counts in micro-units of ACT, one dollar each million (contract §7)."""
        return cls(*(micro_usd(value[key]) for key in ("balance", "deployments", "total")))


@dataclass(frozen=True, slots=True)
class WalletInfo:
    """A wallet of an account.

    Attributes:
        credit_usd: Credit in US dollars, as of the last managed transaction.
        is_trial: Whether trial rules hold (contract §14).
        minimum_top_up_usd: Smallest payment accepted, in US dollars; None where the service does not say.
    """

    id: int
    user_id: str
    address: str
    denom: str
    credit_usd: Decimal
    is_trial: bool
    created_at: datetime | None
    minimum_top_up_usd: Decimal | None

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        minimum = value.get("topUpMinAmountUsd")
        return cls(
            id=int(value["id"]),
            user_id=str(value["userId"]),
            address=str(value["address"]),
            denom=str(value.get("denom") or ""),
            credit_usd=micro_usd(value["creditAmount"]),
            is_trial=bool(value["isTrialing"]),
            created_at=moment(value.get("createdAt")),
            minimum_top_up_usd=None if minimum is None else to_decimal(minimum),
        )


@dataclass(frozen=True, slots=True)
class WalletSettings:
    """How the wallet recharges itself from the saved payment method.

    Attributes:
        mode: `threshold` charges `amount_usd` when the balance is at or under `threshold_usd`; `prediction` covers the
            next seven days of projected cost.
    """

    auto_reload: bool
    mode: str
    threshold_usd: Decimal
    amount_usd: Decimal

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """Services of before Aug 2026 know only on and off; the missing fields are today's defaults (contract §7)."""
        return cls(
            auto_reload=bool(value["autoReloadEnabled"]),
            mode=str(value.get("autoReloadMode") or "prediction"),
            threshold_usd=to_decimal(value.get("autoReloadThreshold", 20)),
            amount_usd=to_decimal(value.get("autoReloadAmount", 100)),
        )


@dataclass(frozen=True, slots=True)
class UsageDay:
    """What an address spent on one day (UTC).

    Attributes:
        spent_usd: US dollars spent on this day, all denoms together.
        total_usd: US dollars spent up to and with this day.
        spent_act: ACT spent on this day; likewise `spent_akt` in AKT.
    """

    day: date
    active_deployments: int
    spent_usd: Decimal
    total_usd: Decimal
    spent_act: Decimal
    spent_akt: Decimal

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """`dailyUsdcSpent` mirrors the ACT figure (contract §7), which services of before 2026 do not print."""
        return cls(
            day=date.fromisoformat(str(value["date"])[:10]),
            active_deployments=int(value["activeDeployments"]),
            spent_usd=to_decimal(value["dailyUsdSpent"]),
            total_usd=to_decimal(value["totalUsdSpent"]),
            spent_act=to_decimal(value.get("dailyActSpent", value.get("dailyUsdcSpent", 0))),
            spent_akt=to_decimal(value.get("dailyAktSpent", 0)),
        )


@dataclass(frozen=True, slots=True)
class UsageStats:
    """Totals and daily averages over a range of days, money in US dollars."""

    total_usd: Decimal
    average_usd_per_day: Decimal
    total_deployments: int
    average_deployments_per_day: Decimal

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(
            total_usd=to_decimal(value["totalSpent"]),
            average_usd_per_day=to_decimal(value["averageSpentPerDay"]),
            total_deployments=int(value["totalDeployments"]),
            average_deployments_per_day=to_decimal(value["averageDeploymentsPerDay"]),
        )
