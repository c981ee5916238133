"""What people pass in, checked before anything is sent."""

from __future__ import annotations

import reprlib
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import quote

from akash_nb.errors import InvalidInputError
from akash_nb.ids import parse_dseq
from akash_nb.money import format_usd, to_decimal

#: What is left of an amount on chain: whole micro-units (contract §5).
_MICRO_USD = Decimal("0.000001")

#: More than anybody means, and little enough to be exact as a number of JSON.
_MOST_USD = Decimal(1_000_000)


def amount_usd(value: Decimal | float | str, *, minimum: Decimal, maximum: Decimal = _MOST_USD) -> Decimal:
    """A US dollar amount from `minimum` to `maximum`, in whole micro-units, rounded half up as the service does.

    Raises:
        InvalidInputError: It is no number, less, or more.
    """
    try:
        usd = to_decimal(value.strip().removeprefix("$") if isinstance(value, str) else value)
        usd = usd.quantize(_MICRO_USD, ROUND_HALF_UP)
    except (ValueError, InvalidOperation):
        what = f"{reprlib.repr(value)} is no amount in US dollars." if str(value).strip() else "No amount was given."
        raise InvalidInputError(
            what, means="Nothing was sent.", todo="Give a number with a point, such as 5 or 0.5."
        ) from None
    if usd < minimum:
        raise InvalidInputError(
            f"{format_usd(usd)} is less than the smallest amount here, {format_usd(minimum)}.",
            means="Nothing was sent.",
            todo=f"Give {format_usd(minimum)} or more.",
        )
    if usd > maximum:
        raise InvalidInputError(
            f"{format_usd(usd)} is more than the largest amount here, {format_usd(maximum)}.",
            means="Nothing was sent.",
            todo=f"Give {format_usd(maximum)} or less.",
        )
    return usd


def dseq_text(dseq: str) -> str:
    """A deployment number, as it stands in a path.

    Raises:
        InvalidInputError: It is none.
    """
    try:
        return parse_dseq(dseq)
    except ValueError as problem:
        raise InvalidInputError(f"{problem}.", means="Nothing was sent.") from None


def segment(text: str) -> str:
    """Text as one segment of a path, whatever is in it.

    Raises:
        InvalidInputError: It is blank, which would ask for something else.
    """
    if not text.strip() or text in (".", ".."):
        raise InvalidInputError(f"{text!r} is no name or address.", means="Nothing was sent.")
    return quote(text, safe="")
