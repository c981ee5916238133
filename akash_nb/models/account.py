"""The account behind the key, its API keys, and its settings for a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from akash_nb.models.secret import Secret
from akash_nb.models.wire import Json, micro_usd, moment, text


@dataclass(frozen=True, slots=True)
class User:
    """The account of the key.

    Attributes:
        id: The UUID that `wallet.wallets` asks for; not the login provider's `userId`.
        is_trial: Whether the account is on the free trial; None where the service does not say.
    """

    id: str
    username: str
    email: str
    email_verified: bool
    is_trial: bool | None

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        trial = value.get("trial")
        return cls(
            id=str(value["id"]),
            username=text(value.get("username")),
            email=text(value.get("email")),
            email_verified=bool(value.get("emailVerified")),
            is_trial=None if trial is None else bool(trial),
        )


@dataclass(frozen=True, slots=True)
class APIKey:
    """An API key as the service lists it.

    Attributes:
        key_format: The key with its middle left out, to tell keys apart: `ac.sk.production.ab12cd***34ef56`.
        expires_at: None when it does not expire.
        last_used_at: None when it was never used; the service notes a use every 30 minutes at most.
        secret: The full key, in the answer to `create` only; None everywhere else.
    """

    id: str
    name: str
    key_format: str
    created_at: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None
    secret: Secret | None = None

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(
            id=str(value["id"]),
            name=str(value["name"]),
            key_format=str(value["keyFormat"]),
            created_at=moment(value.get("createdAt")),
            expires_at=moment(value.get("expiresAt")),
            last_used_at=moment(value.get("lastUsedAt")),
            secret=Secret(str(value["apiKey"])) if value.get("apiKey") else None,
        )


@dataclass(frozen=True, slots=True)
class DeploymentSetting:
    """What the service does by itself for one deployment.

    Attributes:
        auto_top_up: Whether it keeps the escrow funded from the wallet.
        estimated_top_up_usd: US dollars of one top-up at the present rate; 0 when off.
        top_up_every_s: Seconds between top-ups.
    """

    dseq: str
    auto_top_up: bool
    estimated_top_up_usd: Decimal
    top_up_every_s: float

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(
            dseq=str(value["dseq"]),
            auto_top_up=bool(value["autoTopUpEnabled"]),
            estimated_top_up_usd=micro_usd(value.get("estimatedTopUpAmount") or 0),
            top_up_every_s=float(value.get("topUpFrequencyMs") or 0) / 1000,
        )
