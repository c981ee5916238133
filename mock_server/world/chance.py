"""Chance as a function of a seed and a key, so that a draw does not depend on which draws came before it.

A stream of random numbers would give different bids as soon as somebody asked one more question. Here every draw is
named, `below(3, seed, "bid", dseq, provider)`, and is the hash of its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import TypeVar
from uuid import UUID

from akash_nb.ids import encode_address

T = TypeVar("T")


def digest(size: int, seed: int, *key: object) -> bytes:
    """`size` bytes (1 to 64) that depend on the seed and the key only."""
    name = "\x1f".join(map(str, (seed, *key)))
    return blake2b(name.encode(), digest_size=size).digest()


def below(limit: int, seed: int, *key: object) -> int:
    """A whole number from 0 to limit - 1."""
    return int.from_bytes(digest(8, seed, *key), "big") % limit


def between(low: int, high: int, seed: int, *key: object) -> int:
    """A whole number from low to high, both included."""
    return low + below(high - low + 1, seed, *key)


def decimal(low: str, high: str, seed: int, *key: object) -> Decimal:
    """A number from low to below high, in a million steps."""
    share = Decimal(below(1_000_000, seed, *key)).scaleb(-6)
    return Decimal(low) + (Decimal(high) - Decimal(low)) * share


def happens(percent: int, seed: int, *key: object) -> bool:
    """True in that many of a hundred cases."""
    return below(100, seed, *key) < percent


def pick(options: Sequence[T], seed: int, *key: object) -> T:
    """One of the options."""
    return options[below(len(options), seed, *key)]


def hexadecimal(length: int, seed: int, *key: object) -> str:
    """Lower-case hex digits, at most 128."""
    return digest(64, seed, *key).hex()[:length]


def uuid(seed: int, *key: object) -> str:
    """A version-4 UUID."""
    return str(UUID(bytes=digest(16, seed, *key), version=4))


def address(seed: int, *key: object) -> str:
    """A valid akash account address."""
    return encode_address(digest(20, seed, *key))
