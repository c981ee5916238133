"""Small records for tests: bids, providers and deployments with only what a test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

from akash_nb.bids import Bids
from akash_nb.ids import BidID
from akash_nb.models import Bid, DeploymentStatus, Escrow, EscrowDeposit, Lease, Offer, Provider
from akash_nb.money import Coin, PriceModel

NOW = datetime(2026, 8, 22, 8, 0, tzinfo=UTC)
DSEQ = str(int(NOW.timestamp() * 1000) - 60_000)


def provider(
    name: str, *, region: str = "eu-west", audited: bool = True, online: bool = True, uptime: float | None = 0.99
) -> Provider:
    return Provider(
        owner=f"akash1{name}",
        host_uri=f"https://{name}.example:8443",
        organization=name,
        region=region,
        country="",
        is_online=online,
        is_audited=audited,
        uptime_1d=uptime,
        uptime_7d=uptime,
        uptime_30d=uptime,
        gpu_models=(),
        attributes=MappingProxyType({}),
        stats=MappingProxyType({}),
    )


def offer(
    name: str,
    price: str = "10",
    *,
    gseq: int = 1,
    state: str = "open",
    denom: str = "uact",
    height: int = 1000,
    **about: object,
) -> Offer:
    bid_id = BidID("akash1owner", DSEQ, gseq, 1, f"akash1{name}")
    return Offer(Bid(bid_id, state, Coin(denom, Decimal(price)), height, ()), provider(name, **about))  # type: ignore[arg-type]


def bids(*offers: Offer, gseqs: tuple[int, ...] = (1,)) -> Bids:
    return Bids(
        dseq=DSEQ,
        gseqs=gseqs,
        offers=offers,
        as_of=NOW,
        created_height=1000,
        created_at=datetime.fromtimestamp(int(DSEQ) / 1000, UTC),
        prices=PriceModel(),
        is_mock=True,
    )


def status(
    *,
    funds: str = "500000",
    transferred: str = "0",
    settled: int = 1000,
    rate: str | None = "100",
    state: str = "active",
    dseq: str = DSEQ,
    deposits: tuple[EscrowDeposit, ...] = (),
) -> DeploymentStatus:
    leases = ()
    if rate is not None:
        lease_id = BidID("akash1owner", dseq, 1, 1, "akash1one")
        leases = (
            Lease(
                lease_id, "active" if state == "active" else "closed", Coin("uact", Decimal(rate)), 1000, None, "", None
            ),
        )
    escrow = Escrow(
        "open" if state == "active" else "closed",
        Coin("uact", Decimal(funds)),
        Coin("uact", Decimal(transferred)),
        settled,
        deposits,
    )
    return DeploymentStatus("akash1owner", dseq, state, "hash", 1000, leases, escrow)
