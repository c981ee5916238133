"""US dollars that are not one number: a range, and what each of several others asks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import final

from akash_nb.money import format_usd


@final  # so that one is never false
@dataclass(frozen=True, slots=True)
class Range:
    """US dollars: at the low end, usually, at the high end."""

    low: Decimal
    typical: Decimal
    high: Decimal

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.typical + other.typical, self.high + other.high)

    def __mul__(self, factor: Decimal | int) -> Range:
        return Range(self.low * factor, self.typical * factor, self.high * factor)

    def __truediv__(self, divisor: Decimal | int) -> Range:
        return Range(self.low / divisor, self.typical / divisor, self.high / divisor)

    def __str__(self) -> str:
        return f"{format_usd(self.typical)} ({format_usd(self.low)} to {format_usd(self.high)})"


@dataclass(frozen=True, slots=True)
class Clouds:
    """What others ask for the same CPU, memory and storage, in US dollars per month; GPUs are not in it."""

    aws_usd: Decimal
    gcp_usd: Decimal
    azure_usd: Decimal

    def __add__(self, other: Clouds) -> Clouds:
        return Clouds(self.aws_usd + other.aws_usd, self.gcp_usd + other.gcp_usd, self.azure_usd + other.azure_usd)

    def __mul__(self, factor: Decimal | int) -> Clouds:
        return Clouds(self.aws_usd * factor, self.gcp_usd * factor, self.azure_usd * factor)

    def __truediv__(self, divisor: Decimal | int) -> Clouds:
        return Clouds(self.aws_usd / divisor, self.gcp_usd / divisor, self.azure_usd / divisor)
