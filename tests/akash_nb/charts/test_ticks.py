"""Ticks: round, even, few, and they cover what there is."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from akash_nb.charts.ticks import decimals, ticks

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False).filter(lambda number: number == 0 or abs(number) > 1e-9)


@given(NUMBERS, NUMBERS, st.integers(3, 12), st.booleans())
def test_ticks_cover_the_range_are_even_round_and_at_most_as_many_as_wanted(
    one: float, two: float, at_most: int, whole: bool
) -> None:
    low, high = min(one, two), max(one, two)
    assume(high - low > max(abs(low), abs(high)) * 1e-9)
    found = [Decimal(repr(tick)) for tick in ticks(low, high, at_most=at_most, whole=whole)]
    (step,) = {b - a for a, b in pairwise(found)}

    assert found[0] <= Decimal(repr(low))
    assert found[-1] >= Decimal(repr(high))
    assert 2 <= len(found) <= at_most
    assert step.normalize().as_tuple().digits in ((1,), (2,), (2, 5), (5,))
    assert all(tick % step == 0 for tick in found)
    assert not whole or step % 1 == 0


@given(NUMBERS, st.booleans())
def test_one_number_gets_room_on_both_sides(number: float, whole: bool) -> None:
    found = ticks(number, number, whole=whole)

    assert found[0] < number < found[-1]
    assert len(found) <= 6


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (0.942, 1, (0.94, 0.96, 0.98, 1)),
        (1.87, 5.58, (1, 2, 3, 4, 5, 6)),
        (0, 0.0453, (0, 0.01, 0.02, 0.03, 0.04, 0.05)),
        (-3, 4, (-4, -2, 0, 2, 4)),
    ],
)
def test_ticks_are_those_that_a_person_would_draw(low: float, high: float, expected: tuple[float, ...]) -> None:
    assert ticks(low, high) == expected


def test_whole_ticks_of_a_small_range_have_no_halves() -> None:
    assert ticks(0, 2, whole=True) == (0, 1, 2)


@pytest.mark.parametrize(("low", "high", "at_most"), [(2, 1, 6), (0, 1, 2), (0, math.inf, 6), (math.nan, 1, 6)])
def test_what_is_no_range_is_refused(low: float, high: float, at_most: int) -> None:
    with pytest.raises(ValueError, match="no ticks"):
        ticks(low, high, at_most=at_most)


def test_decimals_are_as_many_as_the_longest_needs() -> None:
    assert decimals((0.5, 1.25, 3.0)) == 2
    assert decimals((100.0, 20.0)) == 0
