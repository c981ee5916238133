"""What a bid is asked to be: conditions that read as words and say why a bid fails them.

The same conditions exclude (`audited()`) or only rank (`prefer(audited=True)`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Protocol, TypeAlias

from akash_nb.bids import Bids
from akash_nb.errors import InvalidInputError
from akash_nb.models import Offer
from akash_nb.money import PriceModel, format_usd, to_decimal

#: One text, or several.
Patterns: TypeAlias = str | Iterable[str]
#: A share as a number from 0 to 1, or as text such as `99%` or `>= 0.99`.
Share: TypeAlias = Decimal | float | str
#: A price as US dollars per hour, or as text such as `$0.50/h` or `$30/month`.
Price: TypeAlias = Decimal | float | str

_SHARE = re.compile(r"(?:>=?|≥)?\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\Z")
_RATE = re.compile(
    r"(?:<=?|≤)?\s*\$?\s*(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s*(?:usd)?"
    r"\s*(?:(?:/|per)\s*(hour|hr|h|day|d|month|mo))?\Z"
)

#: A price may have been read from a frame, whose numbers have 16 digits: what is beyond by no more than this is not.
_ROUNDING = 1 + Decimal("1e-9")

#: Days over which the service counts uptime (contract §6).
_DAYS = (1, 7, 30)


class Rule(Protocol):
    """A condition on a bid. Its text reads after `only` and after `prefer`."""

    def objection(self, bids: Bids, offer: Offer) -> str:
        """Why a bid fails it; empty when it does not."""
        ...


class _Trait(NamedTuple):
    """Something about a bid that has a name: how it reads before its value, what it is, and its values."""

    words: str
    noun: str
    values: Callable[[Offer], tuple[str, ...]]


_TRAITS = {
    "region": _Trait("in", "region", lambda offer: (offer.provider.region,) if offer.provider else ()),
    "country": _Trait("in country", "country", lambda offer: (offer.provider.country,) if offer.provider else ()),
    "provider": _Trait("from", "provider", lambda offer: (offer.bid.id.provider, offer.name)),
    "organization": _Trait(
        "run by", "organization", lambda offer: (offer.provider.organization,) if offer.provider else ()
    ),
    "gpu": _Trait("with GPU", "GPU", lambda offer: offer.bid.gpu_models),
}


@dataclass(frozen=True, slots=True)
class Named:
    """A trait has one of these values, or has none of them; `*` stands for anything, and case does not matter."""

    trait: str
    patterns: tuple[str, ...]
    is_wanted: bool = True

    @classmethod
    def of(cls, trait: str, patterns: Any, *, is_wanted: bool = True) -> Named:
        """Checked; `patterns` are one text or several.

        Raises:
            InvalidInputError: There is no pattern, or one is no text.
        """
        given = (patterns,) if isinstance(patterns, str) else tuple(patterns) if isinstance(patterns, Iterable) else ()
        if not given or not all(isinstance(pattern, str) and pattern.strip() for pattern in given):
            raise refused(trait, patterns, 'is no text to look for: give one or more, such as "eu-*".')
        return cls(trait, tuple(pattern.strip().lower() for pattern in given), is_wanted)

    def __str__(self) -> str:
        return f"{'' if self.is_wanted else 'not '}{_TRAITS[self.trait].words} {self._listed}"

    @property
    def _listed(self) -> str:
        return " or ".join(self.patterns)

    def objection(self, bids: Bids, offer: Offer) -> str:
        if self.trait == "gpu" and not offer.bid.gpu_units:
            return ""  # its group asks for no GPU, so that there is none to be of a model
        _, noun, values = _TRAITS[self.trait]
        found = [value.lower() for value in values(offer)]
        hit = any(fnmatchcase(value, pattern) for value in found for pattern in self.patterns)
        if hit is self.is_wanted:
            return ""
        shown = (found[-1] if found else "") or "unknown"
        return f"{noun} is {shown}, not {self._listed}" if self.is_wanted else f"{noun} {shown} is ruled out"


@dataclass(frozen=True, slots=True)
class Audited:
    """An auditor has signed the provider."""

    def __str__(self) -> str:
        return "audited"

    def objection(self, bids: Bids, offer: Offer) -> str:
        return "" if offer.provider and offer.provider.is_audited else "provider is not audited"


@dataclass(frozen=True, slots=True)
class Online:
    """The provider answered the last check."""

    def __str__(self) -> str:
        return "online"

    def objection(self, bids: Bids, offer: Offer) -> str:
        return "" if offer.provider and offer.provider.is_online else "provider is offline"


@dataclass(frozen=True, slots=True)
class Uptime:
    """The provider answered at least this share of checks, 0..1. An unknown uptime fails: the service prints zero as
    unknown."""

    floor: float
    days: int = 7

    @classmethod
    def of(cls, at_least: Share, days: int = 7) -> Uptime:
        """Checked.

        Raises:
            InvalidInputError: It is no share, or the service does not count over so many days.
        """
        match = None if isinstance(at_least, bool) else _SHARE.match(_plain_text(at_least))
        share = Decimal(match[1]) / (100 if match[2] else 1) if match else None
        if share is None or share > 1:
            raise refused("uptime", at_least, 'is no share: give 0.99, "99%" or ">= 0.99".')
        if type(days) is not int or days not in _DAYS:
            raise refused("days", days, "is not what uptime is known over: 1, 7 or 30 days.")
        return cls(float(share), days)

    def __str__(self) -> str:
        return f"up at least {_percent(self.floor)} of {self.days} d"

    def objection(self, bids: Bids, offer: Offer) -> str:
        value = uptime_of(offer, self.days)
        if value is None:
            return f"uptime over {self.days} d is unknown"
        return "" if value >= self.floor else f"uptime over {self.days} d is {value:.2%}, below {_percent(self.floor)}"


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars per `h`, `day` or `month`."""

    usd: Decimal
    per: str = "h"

    @classmethod
    def of(cls, argument: str, price: Price) -> Rate:
        """Checked. A number is per hour.

        Raises:
            InvalidInputError: It is no price.
        """
        match = None if isinstance(price, bool) else _RATE.match(_plain_text(price).lower())
        usd = Decimal(match[1].replace(",", "")) if match else Decimal(0)
        if match is None or not usd:
            raise refused(argument, price, 'is no price: give 0.5 (dollars per hour), "$0.50/h" or "$30/month".')
        return cls(usd, {"d": "day", "m": "month"}.get((match[2] or "h")[0], "h"))

    def __str__(self) -> str:
        return f"{format_usd(self.usd)}/{self.per}"

    def allows(self, usd_per_hour: Decimal, prices: PriceModel) -> bool:
        """Whether a price per hour is not more."""
        return self.over(usd_per_hour, prices).usd <= self.usd * _ROUNDING

    def beside(self, usd_per_hour: Decimal, prices: PriceModel) -> str:
        """How a price per hour that is more stands to it: `$0.60/h, above $0.50/h`."""
        price = str(self.over(usd_per_hour, prices))
        return f"{price}, above {self}" if price != str(self) else f"a little more than {self}"

    def over(self, usd_per_hour: Decimal, prices: PriceModel) -> Rate:
        """A price per hour over the same time as this one."""
        hours = {"h": Decimal(1), "day": Decimal(24), "month": prices.hours_per_month}[self.per]
        return Rate(usd_per_hour * hours, self.per)


@dataclass(frozen=True, slots=True)
class AtMost:
    """The bid costs at most this."""

    limit: Rate

    def __str__(self) -> str:
        return f"at most {self.limit}"

    def objection(self, bids: Bids, offer: Offer) -> str:
        hourly = bids.usd_per_hour(offer)
        if hourly is None:
            return f"no dollar value is known for {offer.bid.price.denom}"
        if self.limit.allows(hourly, bids.prices):
            return ""
        return f"costs {self.limit.beside(hourly, bids.prices)}"


def uptime_of(offer: Offer, days: int) -> float | None:
    """The provider's uptime over 1, 7 or 30 days, 0..1; None when unknown."""
    return getattr(offer.provider, f"uptime_{days}d") if offer.provider else None


def refused(argument: str, value: Any, why: str) -> InvalidInputError:
    """The error of an argument that cannot be used."""
    shown = repr(value)
    return InvalidInputError(f"{argument}: {shown if len(shown) <= 80 else shown[:79] + '…'} {why}")


def _plain_text(value: Any) -> str:
    """A number without exponent, which `str` gives small ones."""
    if isinstance(value, str):
        return value.strip()
    try:
        return f"{to_decimal(value):f}"
    except ValueError:
        return ""


def _percent(share: float) -> str:
    """`99%`, `99.5%`."""
    return f"{share * 100:.4f}".rstrip("0").rstrip(".") + "%"
