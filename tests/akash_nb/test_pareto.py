"""The Pareto front against its definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from akash_nb.pareto import Point, front

NUMBERS = st.one_of(st.none(), st.integers(-5, 5).map(float))
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12)


def beats(one: Point, other: Point, low: tuple[bool, bool]) -> bool:
    """By definition: as good on both counts, better on one."""
    if None in one or None in other:
        return False
    gains = [(b - a) if is_low else (a - b) for a, b, is_low in zip(one, other, low, strict=True)]  # type: ignore[operator]
    return min(gains) >= 0 and max(gains) > 0


@given(POINTS, st.tuples(st.booleans(), st.booleans()))
def test_the_front_is_what_nobody_beats(points: list[Point], low: tuple[bool, bool]) -> None:
    expected = tuple(None not in p and not any(beats(other, p, low) for other in points) for p in points)

    assert front(points, low=low) == expected


def test_the_cheapest_and_the_most_reliable_are_on_it_and_what_both_beat_is_not() -> None:
    points = [(1.0, 0.90), (2.0, 0.99), (3.0, 0.95)]

    assert front(points, low=(True, False)) == (True, True, False)


def test_no_number_is_never_on_the_front() -> None:
    assert front([(float("nan"), 1.0), (None, 1.0), (1.0, 1.0)], low=(True, False)) == (False, False, True)
