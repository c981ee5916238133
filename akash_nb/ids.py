"""Identifiers of the market: addresses (bech32), dseq, and the ids of groups, orders, bids and leases.

`dseq` is text everywhere (JavaScript loses it above 2^53, and the API prints it as text); `gseq`, `oseq` and `bseq`
are int.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
PREFIX = "akash"


@dataclass(frozen=True, slots=True, order=True)
class GroupID:
    """One placement group of a deployment; gseq counts from 1 in the order of placement names."""

    owner: str
    dseq: str
    gseq: int


@dataclass(frozen=True, slots=True, order=True)
class BidID:
    """A provider's bid on one order; a lease has the id of the bid it was made from.

    `oseq` counts from 1 per group; `bseq` is 0 on chain today.
    """

    owner: str
    dseq: str
    gseq: int
    oseq: int
    provider: str
    bseq: int = 0

    @property
    def key(self) -> str:
        """The bid within its deployment as short text, unique and stable: `1/1/akash1...`."""
        return f"{self.gseq}/{self.oseq}/{self.provider}"

    def __str__(self) -> str:
        return f"{self.dseq}/{self.key}"


LeaseID = BidID


def parse_dseq(value: object) -> str:
    """A deployment number as decimal text without leading zeros.

    Raises:
        ValueError: It is no positive whole number.
    """
    text = str(value).strip()
    if isinstance(value, bool | float) or not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise ValueError(f"{value!r} is no deployment number (dseq): expected digits such as 1755849600123")
    return str(int(text))


def encode_address(payload: bytes, prefix: str = PREFIX) -> str:
    """The bech32 address (BIP-173) of a payload; 20 bytes make an account address of 44 characters."""
    data = _regroup(payload)
    checksum = _polymod([*_expand(prefix), *data, 0, 0, 0, 0, 0, 0]) ^ 1
    data += [(checksum >> 5 * (5 - i)) & 31 for i in range(6)]
    return prefix + "1" + "".join(_CHARSET[d] for d in data)


@lru_cache(maxsize=16_384)
def is_address(text: str, prefix: str = PREFIX) -> bool:
    """Whether this is a bech32 address with that prefix and a right checksum."""
    head, separator, tail = text.rpartition("1")
    if not separator or head != prefix or len(tail) < 7 or any(c not in _CHARSET for c in tail):
        return False
    return _polymod([*_expand(prefix), *(_CHARSET.index(c) for c in tail)]) == 1


def _expand(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            checksum ^= generator if (top >> i) & 1 else 0
    return checksum


def _regroup(payload: bytes) -> list[int]:
    """8-bit bytes as 5-bit words, padded with zeros at the end."""
    number, bits = int.from_bytes(payload, "big"), len(payload) * 8
    padding = -bits % 5
    number <<= padding
    return [(number >> shift) & 31 for shift in range(bits + padding - 5, -1, -5)]
