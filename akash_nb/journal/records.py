"""The records of the journal, and how its rows are read as them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from akash_nb.models import CertificatePair
from akash_nb.money import Coin


@dataclass(frozen=True, slots=True)
class Entry:
    """A deployment as the journal knows it.

    Attributes:
        state: `asked` (the request left, no answer yet), `open`, `closed`, `refused`, `unknown` (answer lost and
            not found since), or `missing` (still not there when it could no longer come).
        dseq: None while `asked`, `refused`, `unknown` or `missing`.
        version: Base64 of the manifest's hash, by which a lost deployment is recognised.
        deposit_usd: None where it was not made from here.
        manifest: None until the answer to create is known.
        asked_at: UTC, by the service's clock where it was known.
        existing: The deployments that were open when it was asked for, so that none of them is taken for it.
        ends_at: When a budget wants it closed, UTC; None without a limit.
    """

    id: int
    dseq: str | None
    sdl: str = field(repr=False)  # it may hold passwords, as does the manifest
    version: str
    deposit_usd: Decimal | None
    manifest: str | None = field(repr=False)
    state: str
    asked_at: datetime
    existing: frozenset[str]
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that was asked of the service: `kind` is create, lease, deposit, update or close; `outcome` is asked
    (no answer known), done, refused or unknown. Two ask nothing: a `plan` says what the deployment was expected to
    cost, and `extend` until when it may run."""

    id: int
    dseq: str | None
    kind: str
    detail: dict[str, Any] = field(repr=False)
    asked_at: datetime
    outcome: str
    answer: str


@dataclass(frozen=True, slots=True)
class Text:
    """An SDL with the manifest and the hash that were made from it; `manifest` is None where it is not known."""

    sdl: str = field(repr=False)
    version: str
    manifest: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SeenBid:
    """What a provider asked per block for a demand when it bid on it last; `at` is when, UTC."""

    provider: str
    price: Coin
    at: datetime


def as_entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        dseq=row["dseq"],
        sdl=row["sdl"],
        version=row["version"],
        deposit_usd=Decimal(row["deposit_usd"]) if row["deposit_usd"] else None,
        manifest=row["manifest"],
        state=row["state"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        existing=frozenset(json.loads(row["existing"])),
        ends_at=datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else None,
    )


def as_seen_bid(row: sqlite3.Row) -> SeenBid:
    price = Coin(row["denom"], Decimal(row["amount"]))
    return SeenBid(row["provider"], price, datetime.fromisoformat(row["at"]))


def as_pair(row: sqlite3.Row) -> CertificatePair:
    return CertificatePair(row["cert_pem"], row["key_pem"], row["public_pem"])


def as_action(row: sqlite3.Row) -> Action:
    return Action(
        id=row["id"],
        dseq=row["dseq"],
        kind=row["kind"],
        detail=json.loads(row["detail"]),
        asked_at=datetime.fromisoformat(row["asked_at"]),
        outcome=row["outcome"],
        answer=row["answer"],
    )
