"""The worlds of a mock's tenants: made when first asked for, kept in a store, moved on in time.

Where tenants compete, their worlds hold one and the same market and move on together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from akash_nb.money import MICRO, plain
from mock_server.world import lifecycle
from mock_server.world.state import Market, World, new_world, wallet_address
from mock_server.world.store import Store

_MARKET = "market"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a world is made with; `balance` in micro-units. A world in a store keeps what it was made with."""

    seed: int
    fleet: str
    balance: int
    trial: bool
    block_ms: int
    shared: bool

    @classmethod
    def of(cls, world: World) -> Settings:
        """What a world was made with."""
        return cls(world.seed, world.fleet, world.balance, world.wallet.trial, world.block_ms, world.shared)

    def __str__(self) -> str:
        fleet = self.fleet if len(self.fleet) < 20 else "from a file"
        wallets = f"{'trial wallets' if self.trial else 'wallets'} of {plain(self.balance / MICRO)} USD"
        market = "one market for all" if self.shared else "a market for each key"
        return f"seed {self.seed}, fleet {fleet}, {wallets}, blocks of {self.block_ms / 1000:g} s, {market}"


class _Snapshot(msgspec.Struct):
    version: int
    worlds: list[World]


class Worlds:
    """The worlds of some tenants. Every method must be called inside a transaction of `store`.

    Args:
        settings: What new worlds are made with.
        tenants: Whose they are; the first is asked for in the name of nobody.
        store: Where they live.

    Raises:
        ValueError: The store holds one that was made with other settings.
    """

    #: Grows when the shape of a snapshot changes.
    VERSION = 2

    def __init__(self, settings: Settings, tenants: Sequence[str], store: Store) -> None:
        self.settings = settings
        self.tenants = tuple(tenants)
        self.store = store
        self._owners = {wallet_address(settings.seed, tenant): tenant for tenant in tenants}
        with store.transaction():
            self._refuse_others()

    def owned_by(self, address: str | None) -> str:
        """The tenant that a wallet belongs to; the first for no known wallet."""
        return self._owners.get(address or "", self.tenants[0])

    def load(self, tenant: str) -> World:
        """A tenant's world as it was left."""
        world = self.store.load(tenant, World)
        if world is None:
            world = new_world(
                seed=self.settings.seed,
                tenant=tenant,
                fleet=self.settings.fleet,
                block_ms=self.settings.block_ms,
                balance=self.settings.balance,
                trial=self.settings.trial,
                shared=self.settings.shared,
            )
            self.store.save(tenant, world)
        if self.settings.shared:
            world.market = self._common(world.market)
        return world

    def save(self, world: World) -> None:
        """Keep a world as it is now."""
        self.store.save(world.tenant, world)
        if self.settings.shared:
            self.store.save(_MARKET, world.market)

    def advance(self, world: World, to_ms: int) -> None:
        """Let time pass up to an instant: in this world, or in all that share its market. Time never goes back."""
        if not self.settings.shared:
            lifecycle.advance(world, to_ms)
            return
        worlds = [world if tenant == world.tenant else self.load(tenant) for tenant in self.tenants]
        to_ms = max(to_ms, *(each.now_ms for each in worlds))
        if any(each.now_ms < to_ms for each in worlds):
            lifecycle.advance_together(worlds, to_ms)
            for each in worlds:
                self.save(each)

    def clear(self) -> None:
        """Start over with fresh worlds."""
        self.store.clear()
        self.load(self.tenants[0])

    def forget(self, tenant: str) -> None:
        """Start over with one fresh world, of a tenant that has a market to itself."""
        self.store.delete(tenant)
        self.load(tenant)

    def snapshot(self, tenants: Sequence[str]) -> bytes:
        """The worlds of some tenants as bytes."""
        return msgspec.msgpack.encode(_Snapshot(self.VERSION, [self.load(tenant) for tenant in tenants]))

    def restore(self, saved: bytes, tenants: Sequence[str]) -> list[str]:
        """Put worlds back, of these tenants and no others; returns whose they are.

        Raises:
            ValueError: These bytes are no snapshot, are of another version, of somebody else's world, of one that was
                made with other settings, or not of all that share a market.
        """
        worlds = self._read(saved, tenants)
        if self.settings.shared:
            self.store.save(_MARKET, worlds[0].market)
        for world in worlds:
            self.store.save(world.tenant, world)
        return [world.tenant for world in worlds]

    def _read(self, saved: bytes, tenants: Sequence[str]) -> list[World]:
        try:
            snapshot = msgspec.msgpack.decode(saved, type=_Snapshot)
        except msgspec.MsgspecError as problem:
            raise ValueError(f"These bytes are no snapshot: {problem}. Nothing was changed.") from None
        if snapshot.version != self.VERSION or not snapshot.worlds:
            raise ValueError(f"This snapshot has version {snapshot.version}, not {self.VERSION}. Nothing was changed.")
        held = {world.tenant for world in snapshot.worlds}
        if not held <= set(tenants):
            raise ValueError("This snapshot holds the world of another API key. Nothing was changed.")
        for world in snapshot.worlds:
            if (made := Settings.of(world)) != self.settings:
                raise ValueError(f"This snapshot was made with {made}; here is {self.settings}. Nothing was changed.")
        if self.settings.shared and held != set(self.tenants):
            raise ValueError("This snapshot does not hold all worlds of the shared market. Nothing was changed.")
        return snapshot.worlds

    def _common(self, own: Market) -> Market:
        market = self.store.load(_MARKET, Market)
        if market is None:
            market = own
            self.store.save(_MARKET, market)
        return market

    def _refuse_others(self) -> None:
        """A stored world keeps the settings it was made with, so others would silently have no effect."""
        for tenant in self.tenants:
            world = self.store.load(tenant, World)
            if world is not None and Settings.of(world) != self.settings:
                raise ValueError(
                    f"the store holds a world made with {Settings.of(world)}; asked for is {self.settings}. "
                    "Start with the settings of that world, or name another file."
                )
