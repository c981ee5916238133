"""Reading JSON from the service: small tolerant readers shared by the records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from akash_nb.ids import BidID
from akash_nb.money import MICRO, Coin, to_decimal

Json = Mapping[str, Any]


def coin(value: Any) -> Coin:
    """A coin from an object, or the first of a list; an empty list or None is zero of an unknown denom."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not value:
        return Coin("", Decimal(0))
    return Coin(str(value["denom"]), to_decimal(value["amount"]))


def bid_id(value: Json) -> BidID:
    """The id of a bid or lease; `bseq` is 0 where the service does not print it (before Oct 2025)."""
    return BidID(
        owner=str(value["owner"]),
        dseq=str(value["dseq"]),
        gseq=int(value["gseq"]),
        oseq=int(value["oseq"]),
        provider=str(value["provider"]),
        bseq=int(value.get("bseq") or 0),
    )


def first(value: Json, *names: str) -> Any:
    """The first of these keys that is there; None when none is."""
    for name in names:  # bids come by the thousand, and this is twice as fast as with next()
        if name in value:
            return value[name]
    return None


def integer(value: Any) -> int | None:
    """A whole number from int or text; None stays None."""
    return None if value is None or value == "" else int(value)


def text(value: Any) -> str:
    """Text; empty for None."""
    return "" if value is None else str(value)


def moment(value: Any) -> datetime | None:
    """A point in time from ISO text, in UTC where it names no zone; None stays None."""
    if not value:
        return None
    when = datetime.fromisoformat(str(value))
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def micro_usd(value: Any) -> Decimal:
    """US dollars from micro-units of ACT, one dollar each million (contract §12)."""
    return to_decimal(value) / MICRO


def attributes(value: Any) -> dict[str, str]:
    """Key and value pairs as a dict; the last one wins where a key is repeated."""
    return {str(pair["key"]): text(pair.get("value")) for pair in value or ()}
