"""The world of one tenant as a value: everything that changes, and nothing that can be derived.

A world is saved and restored whole, so it holds plain data only: amounts are int micro-units, prices Decimal
micro-units per block, instants int milliseconds since 1970 (`_ms`) or block heights. What happens by itself later is
an `Event`, also data. The providers' hardware is not here: it follows from (seed, fleet name), see `fleet.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from mock_server import chance
from mock_server.clock import GENESIS_MS, Event, height_at


class Load(msgspec.Struct):
    """Capacity in use on a provider: CPU in millicores, memory and storage in bytes, GPUs counted by model."""

    cpu: int = 0
    memory: int = 0
    ephemeral: int = 0
    persistent: int = 0
    gpus: dict[str, int] = {}

    def plus(self, other: Load, times: int = 1) -> Load:
        """This load with the other added `times` times (-1 takes it away)."""
        gpus = {m: self.gpus.get(m, 0) + times * other.gpus.get(m, 0) for m in sorted({*self.gpus, *other.gpus})}
        return Load(
            self.cpu + times * other.cpu,
            self.memory + times * other.memory,
            self.ephemeral + times * other.ephemeral,
            self.persistent + times * other.persistent,
            {model: count for model, count in gpus.items() if count},
        )


class Deposit(msgspec.Struct):
    """What is left of one deposit, in micro-units."""

    height: int
    amount: int


class Payment(msgspec.Struct):
    """The stream from a deployment's escrow to the provider of one lease; `rate` in micro-units per block."""

    gseq: int
    oseq: int
    provider: str
    rate: Decimal
    state: str = "open"
    paid: int = 0
    unsettled: int = 0


class Escrow(msgspec.Struct):
    """A deployment's account as of `settled_at` (a height). `funds` is negative once overdrawn."""

    settled_at: int
    state: str = "open"
    funds: int = 0
    transferred: int = 0
    deposits: list[Deposit] = []
    payments: list[Payment] = []


class Bid(msgspec.Struct):
    """A provider's offer on one order; `price` in micro-units per block for the whole group, `load` what it takes."""

    provider: str
    price: Decimal
    created_height: int
    load: Load
    state: str = "open"
    closed_height: int = 0


class Order(msgspec.Struct):
    """A group's request for bids; `oseq` counts from 1."""

    oseq: int
    state: str = "open"
    bids: list[Bid] = []


class Group(msgspec.Struct):
    """One placement group; `spec` is the group specification as the SDL engine gives it."""

    gseq: int
    spec: dict[str, Any]
    state: str = "open"
    orders: list[Order] = []


class Lease(msgspec.Struct):
    """An accepted bid. `manifest` is the text its provider runs and `manifest_ms` when it came (None: not yet)."""

    gseq: int
    oseq: int
    provider: str
    price: Decimal
    created_height: int
    load: Load
    state: str = "active"
    reason: str = "lease_closed_invalid"
    closed_height: int = 0
    manifest: str | None = None
    manifest_ms: int | None = None
    generation: int = 0


class ChainEvent(msgspec.Struct):
    """One transaction in a deployment's history."""

    tx_hash: str
    at_ms: int
    kind: str


class Deployment(msgspec.Struct):
    """A deployment with everything below it. `hash` is the SHA-256 of its manifest, in base64."""

    dseq: str
    hash: str
    created_height: int
    escrow: Escrow
    groups: list[Group]
    state: str = "active"
    closed_height: int | None = None
    leases: list[Lease] = []
    history: list[ChainEvent] = []
    funded_ms: int | None = None


class Setting(msgspec.Struct):
    """A deployment-settings row."""

    id: str
    dseq: str
    auto_top_up: bool
    created_ms: int
    updated_ms: int


class WalletSetting(msgspec.Struct):
    """A wallet-settings row; threshold and amount in US dollars."""

    id: str
    enabled: bool
    mode: str
    threshold_usd: Decimal
    amount_usd: Decimal
    created_ms: int
    updated_ms: int


class ApiKey(msgspec.Struct):
    """A key made through the API; only its SHA-256 is kept."""

    id: str
    name: str
    sha256: str
    shown: str
    created_ms: int
    updated_ms: int
    expires_ms: int | None = None
    last_used_ms: int | None = None


class Wallet(msgspec.Struct):
    """The managed wallet: `allowance` can still be deposited, `granted` was given in all (micro-units)."""

    address: str
    allowance: int
    granted: int
    trial: bool = False
    activated: bool = True


class World(msgspec.Struct):
    """One tenant's market, wallet and time.

    `balance` is what the wallet started with; `loads` is what leases use on providers, `reserved` what open bids hold.
    """

    seed: int
    tenant: str
    fleet: str
    block_ms: int
    balance: int
    user_id: str
    wallet: Wallet
    now_ms: int = GENESIS_MS
    created_ms: int = GENESIS_MS
    counter: int = 0
    events: list[Event] = []
    deployments: dict[str, Deployment] = {}
    loads: dict[str, Load] = {}
    reserved: dict[str, Load] = {}
    settings: dict[str, Setting] = {}
    wallet_setting: WalletSetting | None = None
    api_keys: dict[str, ApiKey] = {}
    certificates: list[str] = []

    @property
    def height(self) -> int:
        """The newest block."""
        return height_at(self.now_ms, self.block_ms)

    def count(self) -> int:
        """The next number of this world, for names that must differ; counts from 1."""
        self.counter += 1
        return self.counter


def wallet_address(seed: int, tenant: str) -> str:
    """The address of a tenant's wallet, which is known before its world is made."""
    return chance.address(seed, "wallet", tenant)


def new_world(*, seed: int, tenant: str, fleet: str, block_ms: int, balance: int, trial: bool) -> World:
    """A fresh world at the first instant, with `balance` micro-units granted."""
    wallet = Wallet(wallet_address(seed, tenant), balance, balance, trial)
    return World(seed, tenant, fleet, block_ms, balance, chance.uuid(seed, "user", tenant), wallet)
