"""Money as Decimal with a unit, and the one place that turns a price per block into dollars.

On chain every price is in micro-units of a denom *per block*; people think in USD per hour and per month. The block
time and the length of a month that stand between the two are stated by `PriceModel` and carried into every table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation

MICRO = Decimal(1_000_000)

#: Denoms that the Console counts as one US dollar per million (contract §12): ACT, and USDC on mainnet and sandbox.
DOLLAR_DENOMS = frozenset(
    {
        "uact",
        "ibc/170C677610AC31DF0904FFE09CD3B5C657492170E7E52372E48756B71E56F2F1",
        "ibc/028CD1864059EEFB48A6048376165318E3E82C234390AE5A6D7B22001725B06E",
    }
)

#: A price model as text: `6.098 s per block, 30.437 days per month`.
_MODEL = re.compile(r"(\d+(?:\.\d+)?) s per block, (\d+(?:\.\d+)?) days per month")


@dataclass(frozen=True, slots=True)
class Coin:
    """An amount in micro-units of one denom, such as `Coin("uact", Decimal("2.5"))`; per block where it is a price."""

    denom: str
    amount: Decimal

    def usd(self, akt_usd: Decimal | None = None) -> Decimal | None:
        """This amount in US dollars; None when the denom has no known dollar value.

        Args:
            akt_usd: US dollars per AKT, needed for `uakt` only.
        """
        if self.denom in DOLLAR_DENOMS:
            return self.amount / MICRO
        if self.denom == "uakt" and akt_usd is not None:
            return self.amount / MICRO * akt_usd
        return None

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.denom}"


@dataclass(frozen=True, slots=True)
class PriceModel:
    """Seconds per block and days per month behind every converted price.

    The defaults are the web Console's (6.098 s, 30.437 days), so that figures match what people see there; the
    Console's API computes with 6 s (`PriceModel.api()`), 1.6 % more. Other numbers, such as 6.098, become Decimal.

    Raises:
        ValueError: One of them is no positive number.
    """

    block_seconds: Decimal = Decimal("6.098")
    days_per_month: Decimal = Decimal("30.437")

    def __post_init__(self) -> None:
        for name in ("block_seconds", "days_per_month"):
            number = to_decimal(getattr(self, name))
            if number <= 0:
                raise ValueError(f"{name}={number} is no time that passes")
            object.__setattr__(self, name, number)

    @classmethod
    def api(cls) -> PriceModel:
        """The constants the Console's API uses: 6 s blocks, 30.437 days."""
        return cls(block_seconds=Decimal(6))

    @classmethod
    def parse(cls, text: str) -> PriceModel:
        """The model that wrote a text, as a table carries it in its `attrs`.

        Raises:
            ValueError: It is no such text.
        """
        match = _MODEL.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} names no block time and month length")
        return cls(*map(Decimal, match.groups()))

    @property
    def blocks_per_hour(self) -> Decimal:
        return Decimal(3600) / self.block_seconds

    @property
    def hours_per_month(self) -> Decimal:
        return self.days_per_month * 24

    def per_hour(self, per_block: Decimal) -> Decimal:
        """An amount per block as an amount per hour, in the same unit."""
        return per_block * self.blocks_per_hour

    def per_month(self, per_block: Decimal) -> Decimal:
        """An amount per block as an amount per month, in the same unit."""
        return self.per_hour(per_block) * self.hours_per_month

    def seconds(self, blocks: Decimal) -> Decimal:
        """How long that many blocks take, in seconds."""
        return blocks * self.block_seconds

    def __str__(self) -> str:
        return f"{plain(self.block_seconds)} s per block, {plain(self.days_per_month)} days per month"


def to_decimal(value: object) -> Decimal:
    """A number from JSON (int, float or decimal text) as Decimal; floats by their shortest text.

    Raises:
        ValueError: It is no finite number.
    """
    text = str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if isinstance(value, bool) or not number.is_finite() or "_" in text:
        raise ValueError(f"{value!r} is no finite number")
    return number


def usd_to_micro(usd: Decimal | float | str) -> int:
    """US dollars as whole micro-units, rounded half up as the Console does (`round(usd x 1e6)`)."""
    return int((to_decimal(usd) * MICRO).to_integral_value(ROUND_HALF_UP))


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: `2.500000` -> `2.5`, `0E-18` -> `0`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def dec18(value: Decimal | int) -> str:
    """An amount as Cosmos prints it: 18 fraction digits, `2.5` -> `2.500000000000000000`."""
    return f"{value}.000000000000000000" if isinstance(value, int) else f"{value:.18f}"


def format_usd(usd: Decimal | float | None) -> str:
    """US dollars for people: cents from one dollar up, three significant digits below, never "$0.00" for a cost.

    `1234.5` -> `$1,234.50`, `0.00177107` -> `$0.00177`, `0` -> `$0.00`, None -> `–`.
    """
    if usd is None:
        return "–"
    value = to_decimal(usd)
    sign, size = ("-", -value) if value < 0 else ("", value)
    if size == 0 or size >= 1:
        return f"{sign}${size.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,}"
    digits = max(2, 2 - size.adjusted())
    return f"{sign}${_trim_to_cents(size.quantize(Decimal(1).scaleb(-digits)))}"


def exact_usd(usd: Decimal) -> str:
    """US dollars that somebody says yes to: all that moves, `5` -> `$5.00`, `1234.123456` -> `$1,234.123456`."""
    return f"${_trim_to_cents(usd)}"


def format_usd_column(column: Iterable[Decimal | float | None]) -> list[str]:
    """US dollars below each other, all with as many decimals as the one that needs most, so that they compare at a
    glance: `0.003`, `0.00287` -> `$0.00300`, `$0.00287`."""
    values = list(column)
    texts = [format_usd(value) for value in values]
    decimals = max((len(text.partition(".")[2]) for text in texts), default=2)
    return [
        text if value is None else f"{'-' if value < 0 else ''}${abs(to_decimal(value)):,.{decimals}f}"
        for value, text in zip(values, texts, strict=True)
    ]


def _trim_to_cents(value: Decimal) -> str:
    """Drop trailing zeros, but keep two decimals: `0.0600` -> `0.06`, `0.500` -> `0.50`."""
    whole, _, fraction = f"{value:f}".partition(".")
    return f"{int(whole):,}.{fraction.rstrip('0'):0<2}"
