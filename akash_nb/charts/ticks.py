"""Round numbers for an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

#: How far apart ticks may be, times a power of ten; 2.5 only where numbers need not be whole.
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))

#: Below this a range is one number: floats have no more digits to tell its ends apart on an axis.
_SMALLEST_RANGE = 1e-12


def ticks(low: float, high: float, *, at_most: int = 6, whole: bool = False) -> tuple[float, ...]:
    """Evenly spaced round numbers that cover a range: the first is at most `low`, the last at least `high`.

    They are 1, 2, 2.5 or 5 times a power of ten apart. A range of one number gets some room on both sides.

    Args:
        at_most: How many, from 3: that many may be needed around zero.
        whole: Only whole numbers.

    Raises:
        ValueError: `at_most` is below 3, `low` is above `high`, or one is no finite number.
    """
    if at_most < 3 or not low <= high or not math.isfinite(high - low):
        raise ValueError(f"no ticks from {low} to {high}, at most {at_most}")
    if high - low <= max(abs(low), abs(high)) * _SMALLEST_RANGE:
        room = 1.0 if whole else abs(low) / 10 or 1.0
        low, high = low - room, high + room
    bottom, top = Decimal(repr(low)), Decimal(repr(high))
    power = math.floor(math.log10((high - low) / at_most))
    while True:
        for factor in _STEPS:
            step = factor.scaleb(power)
            if whole and step % 1:
                continue
            first = math.floor(bottom / step)
            last = math.ceil(top / step)
            if last - first < at_most:
                return tuple(float(step * k) for k in range(first, last + 1))
        power += 1


def decimals(numbers: Sequence[float]) -> int:
    """How many digits after the point these need: `(0.5, 1.25)` -> 2."""
    return max((max(0, -_exponent(number)) for number in numbers), default=0)


def _exponent(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
