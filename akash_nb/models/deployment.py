"""A deployment with its leases, the state of their services, and its escrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from akash_nb.ids import LeaseID, parse_dseq
from akash_nb.models.wire import Json, bid_id, coin, first, integer
from akash_nb.money import Coin, format_usd
from akash_nb.shown import Shown

#: Leases in these states run and drain escrow (contract §8; `reclaiming` still serves until its deadline).
LIVE_LEASE_STATES = frozenset({"active", "reclaiming"})


@dataclass(frozen=True, slots=True)
class Created:
    """The answer to create: the deployment's number and the manifest to hand to the provider.

    The manifest is kept out of the repr: it is long, and holds the values of the SDL's environment.
    """

    dseq: str
    manifest: str = field(repr=False)
    tx_hash: str = ""

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """An answer without a number or a manifest is no answer: then the deployment is looked for.

        Raises:
            ValueError: It has no number that is one, or no manifest.
        """
        tx, manifest = value.get("signTx") or {}, value["manifest"]
        if not isinstance(manifest, str) or not manifest:
            raise ValueError("it has no manifest")
        return cls(parse_dseq(str(value["dseq"])), manifest, str(tx.get("transactionHash") or ""))


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service of a lease: `ready` of `total` replicas are up; `uris` are host names without scheme."""

    name: str
    ready: int
    total: int
    uris: tuple[str, ...]

    @classmethod
    def from_wire(cls, name: str, value: Json) -> Self:
        ready = first(value, "ready_replicas", "available") or 0
        return cls(name, int(ready), int(value.get("total") or 0), tuple(map(str, value.get("uris") or ())))

    @property
    def is_ready(self) -> bool:
        return 0 < self.total <= self.ready

    @property
    def web_addresses(self) -> tuple[str, ...]:
        """The `uris` with their scheme, ready to open."""
        return tuple(f"http://{uri}" for uri in self.uris)


@dataclass(frozen=True, slots=True)
class ForwardedPort:
    """A container port that the provider offers on its own host: connect to `host:external_port`."""

    service: str
    host: str
    port: int
    external_port: int
    protocol: str

    def __str__(self) -> str:
        return f"{self.host}:{self.external_port} → {self.port}/{self.protocol.lower()}"


@dataclass(frozen=True, slots=True)
class LeasedIP:
    """A leased IP address and the port it serves."""

    service: str
    ip: str
    port: int
    external_port: int
    protocol: str

    def __str__(self) -> str:
        return f"{self.ip}:{self.external_port} → {self.port}/{self.protocol.lower()}"


@dataclass(frozen=True, slots=True)
class LeaseStatus:
    """What the provider says of a lease's workload."""

    services: tuple[ServiceStatus, ...]
    forwarded_ports: tuple[ForwardedPort, ...]
    ips: tuple[LeasedIP, ...]

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        """`forwarded_ports` and `ips` are null, not empty, where there are none (contract §18)."""
        ports = value.get("forwarded_ports") or {}
        ips = value.get("ips") or {}
        return cls(
            services=tuple(ServiceStatus.from_wire(n, s) for n, s in sorted((value.get("services") or {}).items())),
            forwarded_ports=tuple(_port(name, p) for name, items in sorted(ports.items()) for p in items or ()),
            ips=tuple(_ip(name, p) for name, items in sorted(ips.items()) for p in items or ()),
        )

    @property
    def is_ready(self) -> bool:
        """There are services, and all their replicas are up."""
        return bool(self.services) and all(service.is_ready for service in self.services)


@dataclass(frozen=True, slots=True)
class Lease:
    """A bid that was accepted.

    Attributes:
        state: `active`, `reclaiming`, `insufficient_funds` or `closed`.
        price: Micro-units per block for the group.
        closed_height: None while open.
        reason: Why it closed, such as `lease_closed_owner`; empty while open.
        status: What the provider says; None when it cannot be asked (unreachable, closed, manifest not received).
    """

    id: LeaseID
    state: str
    price: Coin
    created_height: int
    closed_height: int | None
    reason: str
    status: LeaseStatus | None

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        status = value.get("status")
        reason = str(value.get("reason") or "")
        return cls(
            id=bid_id(first(value, "id", "lease_id")),
            state=str(value["state"]),
            price=coin(value["price"]),
            created_height=integer(value.get("created_at")) or 0,
            closed_height=integer(value.get("closed_on")) or None,
            reason="" if reason == "lease_closed_invalid" else reason,
            status=LeaseStatus.from_wire(status) if status else None,
        )

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_LEASE_STATES

    @property
    def trouble(self) -> str:
        """Why nothing is known to run in it, for people; empty when something is."""
        if self.is_live:
            return "" if self.status else "costs on, but its provider does not say what runs"
        why = self.reason.removeprefix("lease_closed_").removeprefix("reason_").replace("_", " ")
        return f"{self.state.replace('_', ' ')}{f': {why}' if why else ''}"


@dataclass(frozen=True, slots=True)
class EscrowDeposit:
    """One deposit of an escrow account: what is left of it, in micro-units, and the block it came in.

    Providers are paid from the oldest first; an emptied one vanishes (contract §8).
    """

    amount: Decimal
    height: int

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        return cls(coin(value["balance"]).amount, integer(value.get("height")) or 0)


@dataclass(frozen=True, slots=True)
class Escrow:
    """The deployment's escrow account as of its last settlement; settlement is lazy (contract §8).

    Attributes:
        state: `open`, `closed` or `overdrawn`.
        funds: What was left at `settled_height`; negative when overdrawn.
        transferred: What providers were paid up to `settled_height`.
        deposits: Oldest first; empty where the service does not list them.
    """

    state: str
    funds: Coin
    transferred: Coin
    settled_height: int
    deposits: tuple[EscrowDeposit, ...] = ()

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        state: Any = value.get("state")
        account = state if isinstance(state, dict) else value
        return cls(
            state=str(account.get("state")),
            funds=_total(account.get("funds")),
            transferred=_total(account.get("transferred")),
            settled_height=integer(account.get("settled_at")) or 0,
            deposits=tuple(EscrowDeposit.from_wire(item) for item in account.get("deposits") or ()),
        )

    @property
    def put_in(self) -> Coin:
        """All that was ever deposited, as long as it is open: what is left plus what was paid."""
        return Coin(self.funds.denom or self.transferred.denom, self.funds.amount + self.transferred.amount)

    def accrued(self, price_per_block: Decimal, height: int) -> Decimal:
        """Micro-units owed since the last settlement at that rate; never negative, never more than is there."""
        blocks = max(0, height - self.settled_height)
        return min(price_per_block * blocks, max(self.funds.amount, Decimal(0)))


@dataclass(frozen=True, slots=True, repr=False)
class DeploymentStatus(Shown):
    """The answer to get, list, lease, update and deposit: the deployment with leases and escrow.

    Attributes:
        state: `active` or `closed`.
        version: Base64 of the manifest's hash on chain.
    """

    owner: str
    dseq: str
    state: str
    version: str
    created_height: int
    leases: tuple[Lease, ...]
    escrow: Escrow

    @classmethod
    def from_wire(cls, value: Json) -> Self:
        deployment = value["deployment"]
        ident = first(deployment, "id", "deployment_id")
        return cls(
            owner=str(ident["owner"]),
            dseq=str(ident["dseq"]),
            state=str(deployment["state"]),
            version=str(first(deployment, "hash", "version") or ""),
            created_height=integer(deployment.get("created_at")) or 0,
            leases=tuple(Lease.from_wire(lease) for lease in value.get("leases") or ()),
            escrow=Escrow.from_wire(value["escrow_account"]),
        )

    def __str__(self) -> str:
        lines = [f"deployment {self.dseq}: {self.state}", *self.workload_lines(), *self._lease_lines()]
        funds, usd = self.escrow.funds, self.escrow.funds.usd()
        left = f"{funds if usd is None else format_usd(usd)} at block {self.escrow.settled_height}"
        drain = f", drained by {self.price_per_block} per block" if self.live_leases else ", nothing drains it"
        return "\n".join([*lines, f"  {'escrow':<10}{left}{drain if self.is_open else ''}"])

    def workload_lines(self) -> list[str]:
        """What runs, for people: a line per service, port and address."""
        services = [(s.name, f"{s.ready} of {s.total} ready", *s.web_addresses) for s in self.services]
        ports = [(port.service, str(port)) for port in self.forwarded_ports]
        ips = [(ip.service, str(ip)) for ip in self.ips]
        return [f"  {name:<10}{'  '.join(rest)}" for name, *rest in (*services, *ports, *ips)]

    def _lease_lines(self) -> list[str]:
        """What is amiss with leases of an open deployment, for people."""
        troubles = ((lease.id, lease.trouble) for lease in self.leases) if self.is_open else ()
        return [f"  {'lease':<10}{id_.gseq}/{id_.oseq} {trouble}" for id_, trouble in troubles if trouble]

    @property
    def is_open(self) -> bool:
        return self.state == "active"

    @property
    def live_leases(self) -> tuple[Lease, ...]:
        return tuple(lease for lease in self.leases if lease.is_live)

    @property
    def services(self) -> tuple[ServiceStatus, ...]:
        """Services of all live leases that the provider reports."""
        return tuple(s for lease in self.live_leases if lease.status for s in lease.status.services)

    @property
    def uris(self) -> tuple[str, ...]:
        """Web addresses of all services, ready to open."""
        return tuple(address for service in self.services for address in service.web_addresses)

    @property
    def forwarded_ports(self) -> tuple[ForwardedPort, ...]:
        return tuple(p for lease in self.live_leases if lease.status for p in lease.status.forwarded_ports)

    @property
    def ips(self) -> tuple[LeasedIP, ...]:
        return tuple(ip for lease in self.live_leases if lease.status for ip in lease.status.ips)

    @property
    def is_ready(self) -> bool:
        """Every live lease has reported at least one service, and all replicas of all services are up."""
        leases = self.live_leases
        return bool(leases) and all(lease.status is not None and lease.status.is_ready for lease in leases)

    @property
    def price_per_block(self) -> Coin:
        """The rate at which escrow drains: the sum of the live leases."""
        live = self.live_leases
        denom = live[0].price.denom if live else self.escrow.funds.denom
        return Coin(denom, sum((lease.price.amount for lease in live), Decimal(0)))


def _total(value: Any) -> Coin:
    """The sum of a list of coins of one denom, or a single coin."""
    coins = [coin(item) for item in value] if isinstance(value, list) else [coin(value)]
    if not coins:
        return Coin("", Decimal(0))
    return Coin(coins[0].denom, sum((c.amount for c in coins if c.denom == coins[0].denom), Decimal(0)))


def _port(service: str, value: Json) -> ForwardedPort:
    return ForwardedPort(
        service=service,
        host=str(value.get("host") or ""),
        port=int(value.get("port") or 0),
        external_port=int(value.get("externalPort") or 0),
        protocol=str(value.get("proto") or "TCP"),
    )


def _ip(service: str, value: Json) -> LeasedIP:
    return LeasedIP(
        service=service,
        ip=str(value.get("IP") or ""),
        port=int(value.get("Port") or 0),
        external_port=int(value.get("ExternalPort") or 0),
        protocol=str(value.get("Protocol") or "TCP"),
    )
