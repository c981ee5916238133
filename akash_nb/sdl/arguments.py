"""Arguments that people give for parts of an SDL, as the values that stand there; what is none is refused by name."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from operator import index
from typing import Any

from akash_nb.errors import InvalidInputError
from akash_nb.money import MICRO, PriceModel, plain, to_decimal
from akash_nb.sdl import network
from akash_nb.sdl.hints import binary_size_hint
from akash_nb.sdl.units import size_bytes
from akash_nb.units import format_bytes

_CPU = re.compile(r"[0-9]+(?:\.[0-9]+)?m?\Z")
_SIZE = re.compile(r"[0-9]+(?:\.[0-9]+)?[kKMGTPE]i?\Z")
_GPU = re.compile(r"(?:nvidia/)?([a-z][a-z0-9.-]{0,63})(?::([0-9]{1,3}))?\Z")
_PRICE = re.compile(r"\$ ?([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?/ ?(h|hour|month)\Z")

Json = dict[str, Any]


def shown(value: Any) -> str:
    """A value as it stands in messages: its repr, cut short."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        return type(value).__name__
    return text if len(text) <= 80 else f"{text[:79]}…"


def refused(argument: str, value: Any, why: str, **more: str) -> InvalidInputError:
    """The error for a value that is none; `more` goes to the error."""
    return InvalidInputError(f"{argument}: {shown(value)} {why}", **more)


def text(argument: str, value: Any) -> str:
    """Text that can be written down; refused without showing it, as it may be a secret."""
    if not isinstance(value, str):
        raise InvalidInputError(f"{argument}: a {type(value).__name__} is no text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(f"{argument}: a text has half a character in it (a lone surrogate).") from None
    return value


def whole(value: Any) -> int | None:
    """A whole number, of numpy too; None for what is none."""
    try:
        return None if isinstance(value, bool) else index(value)
    except TypeError:
        return None


def number(argument: str, value: Any, why: str) -> Decimal:
    try:
        return to_decimal(value)
    except ValueError:
        raise refused(argument, value, why) from None


def cpu(value: Any) -> int | float | str:
    """CPUs of one replica."""
    why = 'is no number of CPUs, such as 0.5 or "500m".'
    if isinstance(value, str) and not _CPU.match(value):
        raise refused("cpu", value, why)
    in_thousandths = isinstance(value, str) and value.endswith("m")
    given = number("cpu", value[:-1] if in_thousandths else value, why)
    unit = 1 if in_thousandths else 1000
    least, most = network.CPU
    if not Decimal(least) / unit <= given <= Decimal(most) / unit or given * unit != int(given * unit):
        raise refused("cpu", value, f"is not in {least / 1000} to {most // 1000} CPUs, in whole thousandths.")
    millicores = int(given * unit)
    if millicores % 1000 == 0:
        return millicores // 1000
    # the reference multiplies doubles: 16.1 comes out of that as no whole number of thousandths
    return millicores / 1000 if millicores / 1000 * 1000 == millicores else f"{millicores}m"


def size(argument: str, value: Any, limits: tuple[int, int]) -> str:
    """Memory or storage of one replica; `limits` in bytes."""
    if not isinstance(value, str) or not _SIZE.match(value):
        hint = binary_size_hint(value) if isinstance(value, str) and len(value) < 40 else ""
        raise refused(argument, value, f"is no size: a number and a unit, such as 512Mi or 1Gi. {hint}".strip())
    least, most = limits
    if not least <= (size_bytes(value) or 0) <= most:
        raise refused(argument, value, f"is not in {format_bytes(least)} to {format_bytes(most)} per replica.")
    return value


def gpu(value: Any) -> Json | None:
    """GPUs of one replica, as they stand under `resources`; None for none."""
    units = whole(value)
    if value is None or units == 0:
        return None
    match = _GPU.match(value.lower()) if isinstance(value, str) else None
    if match is None and units is None:
        raise refused("gpu", value, 'is no GPU: a model such as "a100", several as "a100:2", or a number.')
    model, units = (match[1], int(match[2] or 1)) if match else (None, units)
    if units is None or not 1 <= units <= network.GPU[1]:
        raise refused("gpu", value, f"is not in 1 to {network.GPU[1]} GPUs per replica.")
    return {"units": units, "attributes": {"vendor": {"nvidia": [{"model": model}] if model else None}}}


def count(value: Any) -> int:
    """How many replicas."""
    replicas = whole(value)
    if replicas is None or not 1 <= replicas <= network.MAX_REPLICAS:
        raise refused("count", value, f"is no number of replicas from 1 to {network.MAX_REPLICAS}.")
    return replicas


def region(value: Any) -> str:
    """A region as providers state it."""
    if not text("region", value).strip():
        raise refused("region", value, "is no region, such as na-us-west; None is anywhere.")
    return str(value)


def price(value: Any, prices: PriceModel) -> int | float | str:
    """A ceiling in uact per block."""
    dollars = _PRICE.match(value) if isinstance(value, str) else None
    if dollars:
        of_one = prices.per_month(Decimal(1)) if dollars[2] == "month" else prices.per_hour(Decimal(1))
        amount = Decimal(dollars[1]) * MICRO / of_one
    else:
        why = 'is no price: uact per block, or dollars as "$0.50/h" or "$30/month".'
        amount = number("max_price", value, why)
    if not 1 <= amount <= network.MAX_PRICE:
        raise refused("max_price", value, f"is not in 1 to {network.MAX_PRICE:,} uact per block.")
    if dollars:
        amount = amount.quantize(Decimal("0.01"), ROUND_DOWN)  # down, so that it never is more than was said
    elif amount != round(amount, 18):
        raise refused("max_price", value, "has more than the 18 decimals that the chain keeps.")
    if amount == int(amount):
        return int(amount)
    return float(amount) if to_decimal(float(amount)) == amount else plain(amount)
