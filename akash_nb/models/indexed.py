"""Deployments as the public indexer shows them: anybody's, by address; a few blocks behind the chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from akash_nb.models.deployment import Escrow
from akash_nb.models.wire import Json, coin, integer, moment, text
from akash_nb.money import Coin, to_decimal


@dataclass(frozen=True, slots=True)
class ResourceTotals:
    """Sums over all replicas: CPU in millicores, memory and storage in bytes, GPUs in units."""

    cpu_millicores: int
    gpu_units: int
    memory_bytes: int
    storage_bytes: int

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        keys = ("cpuUnits", "gpuUnits", "memoryQuantity", "storageQuantity")
        return cls(*(int(value.get(key) or 0) for key in keys))

    @classmethod
    def from_provider_wire(cls, value: Json) -> Self:
        """The shape under a provider's deployments, with storage in two parts."""
        return cls(
            cpu_millicores=int(value.get("cpu") or 0),
            gpu_units=int(value.get("gpu") or 0),
            memory_bytes=int(value.get("memory") or 0),
            storage_bytes=int(value.get("ephemeralStorage") or 0) + int(value.get("persistentStorage") or 0),
        )


@dataclass(frozen=True, slots=True)
class IndexedLease:
    """A lease as the indexer shows it.

    Attributes:
        provider: Address; empty when the indexer does not know the provider.
        host_uri: The provider's host where the answer names it; else empty.
        price: Micro-units per block; None where the answer gives the cost per month only.
        monthly_cost: Micro-units per month of 438,292.8 blocks (contract §12); None where the answer gives a price.
        closed_height: None while open, and where the answer lists active leases only.
    """

    gseq: int
    oseq: int
    state: str
    provider: str
    host_uri: str
    price: Coin | None
    monthly_cost: Coin | None
    created_height: int | None
    closed_height: int | None
    resources: ResourceTotals | None

    @classmethod
    def from_wire(cls, value: Json, denom: str = "") -> Self:
        provider = value.get("provider")
        named = provider if isinstance(provider, dict) else {"address": provider}
        cost = value.get("monthlyCostUDenom")
        return cls(
            gseq=int(value["gseq"]),
            oseq=int(value["oseq"]),
            state=str(value.get("state") or value["status"]),
            provider=text(named.get("address") or named.get("owner")),
            host_uri=text(named.get("hostUri")),
            price=_price(value.get("price"), denom),
            monthly_cost=None if cost is None else Coin(denom, to_decimal(cost)),
            created_height=integer(value.get("createdHeight")),
            closed_height=integer(value.get("closedHeight")),
            resources=_resources(value),
        )


@dataclass(frozen=True, slots=True)
class AddressDeployment:
    """A deployment in the list of an address; `leases` are the active ones only."""

    owner: str
    dseq: str
    state: str
    created_height: int
    resources: ResourceTotals
    escrow: Escrow | None
    leases: tuple[IndexedLease, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        escrow = value.get("escrowAccount")
        return cls(
            owner=str(value["owner"]),
            dseq=str(value["dseq"]),
            state=str(value["status"]),
            created_height=int(value["createdHeight"]),
            resources=ResourceTotals.from_wire(value),
            escrow=Escrow.from_wire(escrow) if escrow else None,
            leases=tuple(IndexedLease.from_wire(lease) for lease in value.get("leases") or ()),
        )


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """A transaction that touched a deployment; `kind` is its message type, such as `/akash...MsgCreateLease`."""

    tx_hash: str
    at: datetime | None
    kind: str

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(str(value["txHash"]), moment(value.get("date")), text(value.get("type")))


@dataclass(frozen=True, slots=True)
class PublicDeployment:
    """One deployment of anybody, with its history.

    Attributes:
        balance: What is in escrow, micro-units.
        monthly_cost: Micro-units per month of 438,292.8 blocks (contract §12), all leases together.
        closed_height: None while open, as is `closed_at`.
        events: Newest first; no withdrawals.
    """

    owner: str
    dseq: str
    state: str
    balance: Coin
    monthly_cost: Coin
    created_height: int
    created_at: datetime | None
    closed_height: int | None
    closed_at: datetime | None
    leases: tuple[IndexedLease, ...]
    events: tuple[ChainEvent, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        denom = text(value.get("denom"))
        return cls(
            owner=str(value["owner"]),
            dseq=str(value["dseq"]),
            state=str(value["status"]),
            balance=Coin(denom, to_decimal(value["balance"])),
            monthly_cost=Coin(denom, to_decimal(value["totalMonthlyCostUDenom"])),
            created_height=int(value["createdHeight"]),
            created_at=moment(value.get("createdDate")),
            closed_height=integer(value.get("closedHeight")),
            closed_at=moment(value.get("closedDate")),
            leases=tuple(IndexedLease.from_wire(lease, denom) for lease in value.get("leases") or ()),
            events=tuple(ChainEvent.from_wire(event) for event in value.get("events") or ()),
        )


@dataclass(frozen=True, slots=True)
class ProviderDeployment:
    """A deployment in the list of a provider.

    Attributes:
        balance: What was in escrow at `settled_height`, micro-units.
        transferred: What was paid out up to then, micro-units.
        settled_height: None when it was never settled.
    """

    owner: str
    dseq: str
    state: str
    balance: Coin
    transferred: Coin
    settled_height: int | None
    created_height: int
    created_at: datetime | None
    closed_height: int | None
    closed_at: datetime | None
    resources: ResourceTotals
    leases: tuple[IndexedLease, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        denom = str(value["denom"])
        return cls(
            owner=str(value["owner"]),
            dseq=str(value["dseq"]),
            state=str(value["status"]),
            balance=Coin(denom, to_decimal(value["balance"])),
            transferred=Coin(denom, to_decimal(value["transferred"])),
            settled_height=integer(value.get("settledAt")),
            created_height=int(value["createdHeight"]),
            created_at=moment(value.get("createdDate")),
            closed_height=integer(value.get("closedHeight")),
            closed_at=moment(value.get("closedDate")),
            resources=ResourceTotals.from_provider_wire(value["resources"]),
            leases=tuple(IndexedLease.from_wire(lease, denom) for lease in value.get("leases") or ()),
        )


def _price(value: object, denom: str) -> Coin | None:
    """A coin object, or a bare number of the deployment's denom."""
    if value is None:
        return None
    return coin(value) if isinstance(value, dict) else Coin(denom, to_decimal(value))


def _resources(value: Json) -> ResourceTotals | None:
    if "resources" in value:
        return ResourceTotals.from_provider_wire(value["resources"])
    return ResourceTotals.from_wire(value) if "cpuUnits" in value else None
