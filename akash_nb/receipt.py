"""What a closed deployment came to: hours and dollars, beside what its plan expected and what others ask."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from akash_nb.estimate import Clouds
from akash_nb.models import Balances
from akash_nb.money import PriceModel, format_usd, format_usd_column
from akash_nb.shown import Shown
from akash_nb.units import counted, format_duration

_HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True, repr=False)
class Receipt(Shown):
    """What a closed deployment came to, in US dollars and hours.

    Attributes:
        leases_closed: How many leases ended with it.
        deposited_usd: All that was ever put into the escrow.
        topped_up_usd: What of it the service took from the wallet by itself; None when unknown.
        paid_usd: What the providers got.
        returned_usd: What came back to the wallet.
        seconds: From creation to close, by block heights.
        leased_seconds: From the first lease to the end of the last, by block heights; 0 without one.
        wallet: The wallet afterwards; None when it could not be read. The service keeps it for 6 s, so it may be old.
        was_closed: It had been closed before.
        ran_dry: The chain closed it, as its escrow was empty.
        prices: Block time and month length behind times and dollars.
        planned_usd_hour: What its plan expected per hour; None without a plan.
        clouds: What others ask per month for its CPU, memory and storage, without GPUs; None when unknown.
        has_gpus: It had GPUs, which the other clouds' figures do not include.
    """

    dseq: str
    leases_closed: int
    deposited_usd: Decimal | None
    topped_up_usd: Decimal | None
    paid_usd: Decimal | None
    returned_usd: Decimal | None
    seconds: float
    leased_seconds: float
    wallet: Balances | None
    was_closed: bool
    is_mock: bool
    prices: PriceModel
    planned_usd_hour: Decimal | None = None
    clouds: Clouds | None = None
    has_gpus: bool = False
    ran_dry: bool = False

    @property
    def hours(self) -> Decimal:
        """Hours under lease."""
        return Decimal(str(self.leased_seconds)) / _HOUR

    @property
    def usd_hour(self) -> Decimal | None:
        """US dollars per hour under lease that were paid; None without a lease, or when unknown."""
        return self.paid_usd / self.hours if self.paid_usd is not None and self.hours else None

    @property
    def planned_usd(self) -> Decimal | None:
        """What the plan expected for these hours; None without a plan, or without a lease."""
        return self.planned_usd_hour * self.hours if self.planned_usd_hour is not None and self.hours else None

    @property
    def clouds_usd(self) -> Clouds | None:
        """What others would have asked for these hours, without GPUs; None when unknown, or without a lease."""
        return self.clouds * (self.hours / self.prices.hours_per_month) if self.clouds and self.hours else None

    def __str__(self) -> str:
        mock = "MOCK receipt" if self.is_mock else "Receipt"
        before = " (its escrow ran dry)" if self.ran_dry else " (it had been closed before)" if self.was_closed else ""
        lines = [
            f"{mock} of deployment {self.dseq}{before}",
            *(f"  {name.lower():<10}{value}" for name, value in self.rows()),
            f"  ({self.prices})",
        ]
        return "\n".join(lines)

    def rows(self) -> list[tuple[str, str]]:
        """What it says, for people: name and text."""
        ran = f"{format_duration(self.seconds)}, {counted(self.leases_closed, 'lease')} closed"
        if self.leased_seconds:
            ran += f", leased for {format_duration(self.leased_seconds)}"
        wallet = [("Wallet", f"{format_usd(self.wallet.available_usd)} available")] if self.wallet else []
        return [("Ran", ran), *self._amounts(), *self._compared(), *wallet]

    def _amounts(self) -> list[tuple[str, str]]:
        """Deposited, paid and returned, with as many decimals as it takes to see that they add up."""
        sums = (self.deposited_usd, self.topped_up_usd or None, self.paid_usd, self.returned_usd)
        deposited, topped_up, paid, returned = format_usd_column(sums)
        by_service = f", of it {topped_up} by automatic top-up" if self.topped_up_usd else ""
        rate = f", {format_usd(self.usd_hour)}/h" if self.usd_hour else ""
        return [("Deposited", deposited + by_service), ("Paid", paid + rate), ("Returned", returned)]

    def _compared(self) -> list[tuple[str, str]]:
        """Beside the plan and the other clouds, where there is something to compare."""
        rows = []
        if self.planned_usd and self.paid_usd is not None:
            rows.append(("Planned", f"{format_usd(self.planned_usd)}: {_against(self.paid_usd, self.planned_usd)}"))
        if clouds := self.clouds_usd:
            aws, gcp, azure = format_usd_column([clouds.aws_usd, clouds.gcp_usd, clouds.azure_usd])
            without = ", without its GPUs" if self.has_gpus else ""
            rows.append(("Elsewhere", f"AWS {aws}, GCP {gcp}, Azure {azure} at list price{without}"))
        return rows


def _against(paid: Decimal, planned: Decimal) -> str:
    """`12% less was paid`."""
    percent = (paid / planned - 1) * 100
    if abs(percent) < 1:
        return "that is what was paid"
    return f"{abs(percent):.0f}% {'more' if percent > 0 else 'less'} was paid"
