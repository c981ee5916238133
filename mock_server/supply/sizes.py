"""How many providers a fleet has: the names that stand for a number, and the largest number."""

from __future__ import annotations

#: fleet name -> how many providers it has.
FLEETS = {"default": 60, "small": 8, "empty": 0, "global": 240}
#: The largest fleet that is made for the asking.
MOST = 100_000


def sized(asked: str) -> str | None:
    """A fleet's name, or its number of providers without leading zeros; None for a text that is neither.

    Raises:
        ValueError: The number is too large.
    """
    if asked in FLEETS:
        return asked
    if not (asked.isascii() and asked.isdigit()):
        return None
    if int(asked) > MOST:
        raise ValueError(f"A fleet has at most {MOST:,} providers, not {int(asked):,}.")
    return str(int(asked))


def count_of(sized: str) -> int:
    """How many providers a fleet of that name or number has."""
    return FLEETS[sized] if sized in FLEETS else int(sized)
