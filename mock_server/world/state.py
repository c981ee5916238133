"""The world of one tenant as a value: everything that changes, and nothing that can be derived.

A world is saved and restored whole, so it holds plain data only: amounts are int micro-units, prices Decimal
micro-units per block, instants int milliseconds since 1970 (`_ms`) or block heights. What happens by itself later is
an `Event`, also data. The providers' hardware is not here: it follows from (seed, fleet name), see `fleet.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from mock_server.world import chance
from mock_server.world.clock import GENESIS_MS, MINUTE, Event, height_at

#: How many hex digits of an API key's secret say whose it is.
KEY_MARK = 16


class Record(msgspec.Struct, gc=False, array_like=True):
    """A part of a world. Worlds are trees, so looking through their thousands of parts for cycles finds nothing."""


class Load(Record):
    """Capacity in use on a provider: CPU in millicores, memory and storage in bytes, GPUs counted by model.

    `leases` says how many leases, or bids, take it.
    """

    cpu: int = 0
    memory: int = 0
    ephemeral: int = 0
    persistent: int = 0
    gpus: dict[str, int] = {}
    leases: int = 0

    def plus(self, other: Load, times: int = 1) -> Load:
        """This load with the other added `times` times (-1 takes it away)."""
        return Load(
            self.cpu + times * other.cpu,
            self.memory + times * other.memory,
            self.ephemeral + times * other.ephemeral,
            self.persistent + times * other.persistent,
            _counted(self.gpus, other.gpus, times) if other.gpus else self.gpus,
            self.leases + times * other.leases,
        )


def _counted(here: dict[str, int], there: dict[str, int], times: int) -> dict[str, int]:
    sums = {model: here.get(model, 0) + times * there.get(model, 0) for model in sorted({*here, *there})}
    return {model: count for model, count in sums.items() if count}


class Deposit(Record):
    """What is left of one deposit, in micro-units."""

    height: int
    amount: int


class Payment(Record):
    """The stream from a deployment's escrow to the provider of one lease; `rate` in micro-units per block."""

    gseq: int
    oseq: int
    provider: str
    rate: Decimal
    state: str = "open"
    paid: int = 0
    unsettled: int = 0


class Escrow(Record):
    """A deployment's account as of `settled_at` (a height). `funds` is negative once overdrawn."""

    settled_at: int
    state: str = "open"
    funds: int = 0
    transferred: int = 0
    deposits: list[Deposit] = []
    payments: list[Payment] = []


class Bid(Record):
    """A provider's offer on one order; `price` in micro-units per block for the whole group, `load` what it takes."""

    provider: str
    price: Decimal
    created_height: int
    load: Load
    state: str = "open"
    closed_height: int = 0


class Order(Record, eq=False):
    """A group's request for bids; `oseq` counts from 1, `bid_ms` is how long its bids stay open.

    Two orders are the same when they are one object, so that what was told of one can be found by it.
    """

    oseq: int
    state: str = "open"
    bids: list[Bid] = []
    bid_ms: int = 5 * MINUTE


class Group(Record):
    """One placement group. `text` is the group specification, which never changes, as JSON."""

    gseq: int
    text: bytes
    state: str = "open"
    orders: list[Order] = []

    @classmethod
    def of(cls, gseq: int, spec: Mapping[str, Any]) -> Group:
        """A group from its specification as the SDL engine gives it."""
        return cls(gseq, msgspec.json.encode(spec))

    @property
    def spec(self) -> Mapping[str, Any]:
        """The specification; the same object for the same text, so nobody may change it."""
        return _spec_of(self.text)


@lru_cache(maxsize=1024)
def _spec_of(text: bytes) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = msgspec.json.decode(text)
    return spec


class Lease(Record):
    """An accepted bid. `manifest` is the text its provider runs and `manifest_ms` when it came (None: not yet).

    `written` is what was put into files of its containers (named service/replica), by path; None took a file away.
    """

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
    written: dict[str, dict[str, str | None]] = {}


class ChainEvent(Record):
    """One transaction in a deployment's history."""

    tx_hash: str
    at_ms: int
    kind: str


class Deployment(Record):
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


class Setting(Record):
    """A deployment-settings row."""

    id: str
    dseq: str
    auto_top_up: bool
    created_ms: int
    updated_ms: int


class WalletSetting(Record):
    """A wallet-settings row; threshold and amount in US dollars."""

    id: str
    enabled: bool
    mode: str
    threshold_usd: Decimal
    amount_usd: Decimal
    created_ms: int
    updated_ms: int


class ApiKey(Record):
    """A key made through the API; only its SHA-256 is kept."""

    id: str
    name: str
    sha256: str
    shown: str
    created_ms: int
    updated_ms: int
    expires_ms: int | None = None
    last_used_ms: int | None = None


class Wallet(Record):
    """The managed wallet: `allowance` can still be deposited, `granted` was given in all (micro-units)."""

    address: str
    allowance: int
    granted: int
    trial: bool = False
    activated: bool = True


class Market(Record):
    """What is taken on providers, by address: `loads` by leases, `reserved` by open bids."""

    loads: dict[str, Load] = {}
    reserved: dict[str, Load] = {}


class World(Record):
    """One tenant's market, wallet and time.

    Attributes:
        balance: What the wallet started with.
        market: What is taken on providers.
        shared: Whether tenants compete: all their worlds hold the same market then.
        active: The dseqs of the active deployments, in order; the values mean nothing.
        escrowed: What the escrows of the active deployments held when last settled, together.
        last_dseq: The last number that was chosen for a deployment, rather than by its owner.
        balances_read: When the balances were worked out last, and what they were: in the wallet, in escrow.
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
    active: dict[str, None] = {}
    escrowed: int = 0
    last_dseq: int = 0
    market: Market = msgspec.field(default_factory=Market)
    shared: bool = False
    settings: dict[str, Setting] = {}
    wallet_setting: WalletSetting | None = None
    api_keys: dict[str, ApiKey] = {}
    certificates: list[str] = []
    balances_read: tuple[int, int, int] | None = None

    @property
    def height(self) -> int:
        """The newest block."""
        return height_at(self.now_ms, self.block_ms)

    @property
    def age_s(self) -> float:
        """Seconds since the world's beginning."""
        return (self.now_ms - self.created_ms) / 1000

    def running(self) -> list[Deployment]:
        """The active deployments, oldest first."""
        return [self.deployments[dseq] for dseq in self.active]

    def count(self) -> int:
        """The next number of this world, for names that must differ; counts from 1."""
        self.counter += 1
        return self.counter


def wallet_address(seed: int, tenant: str) -> str:
    """The address of a tenant's wallet, which is known before its world is made."""
    return chance.address(seed, "wallet", tenant)


def key_mark(seed: int, tenant: str) -> str:
    """How the secrets of the API keys that a tenant makes begin, by which each is known for its: hex digits."""
    return chance.hexadecimal(KEY_MARK, seed, "key mark", tenant)


def new_world(
    *, seed: int, tenant: str, fleet: str, block_ms: int, balance: int, trial: bool, shared: bool = False
) -> World:
    """A fresh world at the first instant, with `balance` micro-units granted."""
    wallet = Wallet(wallet_address(seed, tenant), balance, balance, trial)
    user = chance.uuid(seed, "user", tenant)
    return World(seed, tenant, fleet, block_ms, balance, user, wallet, shared=shared)
