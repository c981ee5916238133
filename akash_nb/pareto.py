"""The Pareto front: what no other choice beats on both counts."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[float | None, float | None]


def front(points: Sequence[Point], *, low: tuple[bool, bool]) -> tuple[bool, ...]:
    """For each point whether it is on the front: no other one is as good on both counts and better on one.

    Equal points are on it together or not at all. A point that lacks a number is never on it.

    Args:
        points: Pairs of numbers; None and NaN are unknown.
        low: For each of the two counts, whether less is better.
    """
    signs = tuple(1 if is_low else -1 for is_low in low)
    costs = [(x * signs[0], y * signs[1]) if _known(x) and _known(y) else None for x, y in points]  # type: ignore[operator]
    best: dict[tuple[float, float], bool] = {}
    lowest = float("inf")
    for cost in sorted({cost for cost in costs if cost is not None}):
        best[cost] = cost[1] < lowest
        lowest = min(lowest, cost[1])
    return tuple(cost is not None and best[cost] for cost in costs)


def _known(value: float | None) -> bool:
    return value is not None and value == value
