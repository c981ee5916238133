"""What can happen to a deployment: the transitions of contract §8, and the events that happen by themselves.

Every function takes the world and changes it whole or not at all; whether a caller may do it is decided in `routes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from akash_nb.money import usd_to_micro
from mock_server.supply import bidders, market, outages
from mock_server.supply.fleet import by_address
from mock_server.supply.provider import Provider
from mock_server.world import chance, escrow
from mock_server.world.clock import HOUR, MINUTE, Event, advance_to, schedule
from mock_server.world.state import Bid, ChainEvent, Deployment, Escrow, Group, Lease, Load, Order, World

BID_TIMEOUT_MS = MANIFEST_TIMEOUT_MS = 5 * MINUTE
FUNDS_CHECK_MS, WITHDRAW_MS = 10 * MINUTE, 24 * HOUR
TRIAL_LEASE_MS = 24 * HOUR
CLEANUP_BLOCKS = 100
#: Escrow auto funding (contract §13): top up when less than 24 h are left, to 48 h, at most once an hour.
LOOK_AHEAD_BLOCKS, RUNWAY_BLOCKS, FUNDING_DELAY_MS, COOLDOWN_MS = 14_400, 28_800, 4_000, HOUR
HEADROOM = usd_to_micro(5)
#: A wallet that predicts is low below that share of what the running deployments cost in a week and have no funds for.
LOW_SHARE, BLOCKS_PER_WEEK = Decimal("0.25"), 100_800
#: How long an automatic reload of the wallet takes to arrive once the card was charged.
RELOAD_DELAY_MS = 30_000

INSUFFICIENT_FUNDS = "lease_closed_reason_insufficient_funds"

#: What nobody has taken; never changed in place.
NOTHING = Load()


def create_deployment(
    world: World,
    groups: list[dict[str, Any]],
    version: str,
    deposit: int,
    *,
    dseq: str | None = None,
    bidding: bool = True,
    bid_ms: int = BID_TIMEOUT_MS,
) -> Deployment:
    """Open a deployment with one order per group; the market answers by itself unless `bidding` is off.

    It has a number that nobody has, or the free one that its owner chose. Each provider takes its bid back after
    `bid_ms`.
    """
    height = world.height
    deployment = Deployment(
        dseq=next_dseq(world) if dseq is None else dseq,
        hash=version,
        created_height=height,
        escrow=Escrow(settled_at=height),
        groups=[Group.of(gseq, spec) for gseq, spec in enumerate(groups, 1)],
    )
    world.deployments[deployment.dseq] = deployment
    _activate(world, deployment.dseq)
    _fund(world, deployment, deposit)
    for group in deployment.groups:
        _open_order(world, deployment, group, bidding=bidding, bid_ms=bid_ms)
    schedule(world, (CLEANUP_BLOCKS + 1) * world.block_ms, "cleanup", dseq=deployment.dseq)
    record(world, deployment, "MsgCreateDeployment")
    return deployment


def next_dseq(world: World) -> str:
    """The present in epoch milliseconds, moved on when that number is taken (virtual time may stand still)."""
    number = max(world.now_ms, world.last_dseq + 1)
    while str(number) in world.deployments:  # by its owner's choice
        number += 1
    world.last_dseq = number
    return str(number)


def record(world: World, deployment: Deployment, kind: str) -> str:
    """Note a transaction in a deployment's history; returns its hash."""
    tx_hash = new_tx_hash(world)
    deployment.history.append(ChainEvent(tx_hash, world.now_ms, kind))
    return tx_hash


def new_tx_hash(world: World) -> str:
    """A transaction hash: 64 upper-case hex digits."""
    return chance.hexadecimal(64, world.seed, "tx", world.tenant, world.count()).upper()


def find_order(deployment: Deployment, gseq: int, oseq: int) -> Order | None:
    """An order by its numbers."""
    orders = (order for group in deployment.groups if group.gseq == gseq for order in group.orders)
    return next((order for order in orders if order.oseq == oseq), None)


def find_bid(deployment: Deployment, gseq: int, oseq: int, provider: str) -> Bid | None:
    """A bid by its numbers and provider."""
    order = find_order(deployment, gseq, oseq)
    return next((bid for bid in order.bids if bid.provider == provider), None) if order else None


def create_leases(world: World, deployment: Deployment, chosen: Iterable[tuple[int, int, str]]) -> None:
    """Accept open bids, all or none of them; (gseq, oseq, provider) each."""
    escrow_covered = settle(world, deployment)
    if not escrow_covered:
        return
    for gseq, oseq, provider in chosen:
        _create_lease(world, deployment, gseq, oseq, provider)
    record(world, deployment, "MsgCreateLease")
    if not world.wallet.trial:
        schedule(world, FUNDING_DELAY_MS, "auto_fund", dseq=deployment.dseq)
    else:
        schedule(world, TRIAL_LEASE_MS, "trial_end", dseq=deployment.dseq)
    schedule(world, FUNDS_CHECK_MS, "funds_check", dseq=deployment.dseq)


def plan_loss(world: World, lease: Lease, dseq: str, delay_ms: int, reason: str) -> None:
    """Let a lease's provider give it up later, for a reason of contract §8."""
    about = {"dseq": dseq, "gseq": lease.gseq, "oseq": lease.oseq, "provider": lease.provider}
    schedule(world, delay_ms, "lease_lost", reason=f"lease_closed_reason_{reason}", **about)


def receive_manifest(world: World, lease: Lease, manifest: str) -> None:
    """The provider takes a manifest and starts, or restarts, the workload; one that it runs already changes nothing."""
    if manifest != lease.manifest:
        lease.manifest, lease.manifest_ms = manifest, world.now_ms
        lease.generation += 1
        lease.written = {}  # other containers


def deposit_funds(world: World, deployment: Deployment, amount: int) -> None:
    """Move micro-units from the wallet into a deployment's escrow; nothing is settled."""
    _fund(world, deployment, amount)
    record(world, deployment, "MsgAccountDeposit")


def close_deployment(world: World, deployment: Deployment) -> None:
    """The tenant closes: providers are paid up to now, the rest goes back to the wallet, all below closes."""
    record(world, deployment, "MsgCloseDeployment")
    if not settle(world, deployment):
        return
    refund = escrow.close(deployment.escrow)
    world.wallet.allowance += refund
    world.escrowed -= refund
    _end(world, deployment, group_state="closed", lease_state="closed", reason="lease_closed_owner")


def provider_closes(world: World, deployment: Deployment, lease: Lease, reason: str) -> None:
    """A provider gives up a lease: the deployment stays active with nothing draining (contract §8, case 5)."""
    if not settle(world, deployment) or lease.state != "active":
        return
    escrow.close_payment(deployment.escrow, lease.gseq, lease.oseq)
    _end_lease(world, lease, "closed", reason)
    for group in deployment.groups:
        if group.gseq == lease.gseq:
            group.state = "paused"
    order = find_order(deployment, lease.gseq, lease.oseq)
    if order is not None:
        _close_order(world, order)


def settle(world: World, deployment: Deployment) -> bool:
    """Settle the escrow; False when it did not cover what was due and the deployment is gone (case 9)."""
    held = deployment.escrow.funds
    if escrow.settle(deployment.escrow, world.height):
        world.escrowed += deployment.escrow.funds - held
        return True
    if deployment.state == "active":
        world.escrowed -= held
        _end(
            world,
            deployment,
            group_state="insufficient_funds",
            lease_state="insufficient_funds",
            reason=INSUFFICIENT_FUNDS,
        )
    return False


def active_leases(deployment: Deployment) -> list[Lease]:
    """The leases that still run."""
    return [lease for lease in deployment.leases if lease.state == "active"]


def load_on(world: World, provider: str) -> Load:
    """What this world's leases use on a provider."""
    return world.market.loads.get(provider, NOTHING)


def reserved_on(world: World, provider: str) -> Load:
    """What this world's open bids hold on a provider: it reserves what it offers until the bid is decided."""
    return world.market.reserved.get(provider, NOTHING)


def misfit(world: World, provider: Provider, wanted: market.Order) -> str | None:
    """Why a provider cannot take an order now, on top of its leases and open bids; None when it can."""
    if not outages.is_up(provider, world.now_ms):
        return "offline"
    return market.misfit(provider, load_on(world, provider.address).plus(reserved_on(world, provider.address)), wanted)


def advance(world: World, at_ms: int) -> None:
    """Let time pass up to an instant, with everything that happens on the way."""
    advance_to(world, at_ms, HANDLERS)


def advance_together(worlds: Sequence[World], at_ms: int) -> None:
    """Let time pass in worlds that share a market: what happens in one does so before what is later in another."""
    while due := [world for world in worlds if world.events and world.events[0].due_ms <= at_ms]:
        first = min(due, key=lambda world: world.events[0].due_ms)
        advance_to(first, first.events[0].due_ms, HANDLERS)
    for world in worlds:
        advance_to(world, at_ms, HANDLERS)


def _open_order(world: World, deployment: Deployment, group: Group, *, bidding: bool, bid_ms: int) -> None:
    order = Order(len(group.orders) + 1, bid_ms=bid_ms)
    group.orders.append(order)
    if not bidding:
        return
    wanted, key = market.order_of_group(group), (deployment.dseq, group.gseq, order.oseq)
    willing = (
        provider
        for provider in bidders.asked(world.seed, world.fleet, wanted, *key)
        if market.takes_part(provider, world.seed, *key) and _may_bid(world, provider, wanted, key)
    )
    for provider in islice(willing, bidders.enough(world.seed, world.fleet)):
        delay = market.arrival_blocks(provider, world.seed, *key) * world.block_ms
        about = {"dseq": deployment.dseq, "gseq": group.gseq, "oseq": order.oseq, "provider": provider.address}
        schedule(world, delay, "bid", **about)


def _may_bid(world: World, provider: Provider, wanted: market.Order, key: tuple[str, int, int]) -> bool:
    """Whether a provider can take an order now and asks no more than is offered."""
    if misfit(world, provider, wanted):
        return False
    return market.is_affordable(provider, load_on(world, provider.address), wanted, world.seed, *key)


def _asks(world: World, provider: Provider, wanted: market.Order, key: tuple[str, int, int]) -> Decimal | None:
    """The price a provider asks for an order now, or None when it cannot or would ask more than is offered."""
    if not _may_bid(world, provider, wanted, key):
        return None
    return market.price(provider, load_on(world, provider.address), wanted, world.seed, *key)


def _create_lease(world: World, deployment: Deployment, gseq: int, oseq: int, provider: str) -> None:
    order = find_order(deployment, gseq, oseq)
    if order is None:
        raise LookupError(f"there is no order {gseq}/{oseq} in {deployment.dseq}")
    for bid in order.bids:
        if bid.state == "open":
            _decide(world, bid, "active" if bid.provider == provider else "lost")
    won = next(bid for bid in order.bids if bid.provider == provider)
    order.state = "active"
    world.market.loads[provider] = load_on(world, provider).plus(won.load)
    deployment.leases.append(Lease(gseq, oseq, provider, won.price, world.height, won.load))
    escrow.open_payment(deployment.escrow, gseq, oseq, provider, won.price)
    about = {"dseq": deployment.dseq, "gseq": gseq, "oseq": oseq, "provider": provider}
    schedule(world, MANIFEST_TIMEOUT_MS, "manifest_timeout", **about)
    schedule(world, WITHDRAW_MS, "withdraw", **about)


def _activate(world: World, dseq: str) -> None:
    """Put a deployment among the active ones, which are in the order of their numbers."""
    newest = next(reversed(world.active), "0")
    world.active[dseq] = None
    if int(dseq) < int(newest):
        world.active = dict.fromkeys(sorted(world.active, key=int))


def _fund(world: World, deployment: Deployment, amount: int) -> None:
    world.wallet.allowance -= amount
    world.escrowed += amount
    escrow.deposit(deployment.escrow, amount, world.height)


def _end(world: World, deployment: Deployment, *, group_state: str, lease_state: str, reason: str) -> None:
    deployment.state, deployment.closed_height = "closed", world.height
    world.active.pop(deployment.dseq, None)
    for lease in active_leases(deployment):
        _end_lease(world, lease, lease_state, reason)
    for group in deployment.groups:
        group.state = group_state
        for order in group.orders:
            _close_order(world, order)


def _end_lease(world: World, lease: Lease, state: str, reason: str) -> None:
    lease.state, lease.reason, lease.closed_height = state, reason, world.height
    world.market.loads[lease.provider] = load_on(world, lease.provider).plus(lease.load, -1)


def _close_order(world: World, order: Order) -> None:
    """Close an order with its open and active bids; lost bids stay lost."""
    order.state = "closed"
    for bid in order.bids:
        if bid.state in ("open", "active"):
            _decide(world, bid, "closed")


def _decide(world: World, bid: Bid, state: str) -> None:
    """Move a bid on; one that is no longer open gives back what its provider had reserved."""
    if bid.state == "open":
        world.market.reserved[bid.provider] = reserved_on(world, bid.provider).plus(bid.load, -1)
    bid.state = state
    if state != "active":
        bid.closed_height = world.height


def _on_bid(world: World, event: Event) -> None:
    """A bid arrives, if the order still wants it and the provider still has room."""
    deployment = world.deployments[event.dseq]
    order = find_order(deployment, event.gseq, event.oseq)
    if order is None or order.state != "open" or len(order.bids) > market.ORDER_BID_LIMIT:
        return
    provider = by_address(world.seed, world.fleet)[event.provider]
    wanted = market.order_of_group(deployment.groups[event.gseq - 1])
    asked = _asks(world, provider, wanted, (event.dseq, event.gseq, event.oseq))
    if asked is not None:
        load = market.load_of(provider, wanted)
        world.market.reserved[event.provider] = reserved_on(world, event.provider).plus(load)
        order.bids.append(Bid(event.provider, asked, world.height, load))
        about = {"dseq": event.dseq, "gseq": event.gseq, "oseq": event.oseq, "provider": event.provider}
        schedule(world, order.bid_ms, "bid_timeout", **about)


def _on_bid_timeout(world: World, event: Event) -> None:
    bid = find_bid(world.deployments[event.dseq], event.gseq, event.oseq, event.provider)
    if bid is not None and bid.state == "open":
        _decide(world, bid, "closed")


def _on_manifest_timeout(world: World, event: Event) -> None:
    deployment = world.deployments[event.dseq]
    for lease in active_leases(deployment):
        if (lease.gseq, lease.oseq) == (event.gseq, event.oseq) and lease.manifest_ms is None:
            provider_closes(world, deployment, lease, "lease_closed_reason_manifest_timeout")


def _on_lease_lost(world: World, event: Event) -> None:
    deployment = world.deployments[event.dseq]
    for lease in active_leases(deployment):
        if (lease.gseq, lease.oseq) == (event.gseq, event.oseq):
            provider_closes(world, deployment, lease, event.reason)


def _on_withdraw(world: World, event: Event) -> None:
    """A provider collects once a day; that settles the account."""
    deployment = world.deployments[event.dseq]
    running = [(lease.gseq, lease.oseq) for lease in active_leases(deployment)]
    if (event.gseq, event.oseq) in running and settle(world, deployment):
        about = {"dseq": event.dseq, "gseq": event.gseq, "oseq": event.oseq, "provider": event.provider}
        schedule(world, WITHDRAW_MS, "withdraw", **about)


def _on_funds_check(world: World, event: Event) -> None:
    """Providers look every ten minutes whether an account is used up, and collect the rest when it is."""
    deployment = world.deployments[event.dseq]
    if not active_leases(deployment):
        return
    if escrow.remaining(deployment.escrow, world.height) < 0:
        settle(world, deployment)
    else:
        schedule(world, FUNDS_CHECK_MS, "funds_check", dseq=event.dseq)


def _on_cleanup(world: World, event: Event) -> None:
    """The Console closes what never got a lease after a hundred blocks."""
    deployment = world.deployments[event.dseq]
    if deployment.state == "active" and not deployment.leases:
        close_deployment(world, deployment)


def _on_trial_end(world: World, event: Event) -> None:
    deployment = world.deployments[event.dseq]
    if deployment.state == "active" and world.wallet.trial:
        close_deployment(world, deployment)


def _on_auto_fund(world: World, event: Event) -> None:
    """Bring a paying wallet's deployment to 48 hours of runway, right after its lease and then hourly."""
    deployment = world.deployments[event.dseq]
    if world.wallet.trial or not active_leases(deployment):
        return
    schedule(world, COOLDOWN_MS, "auto_fund", dseq=event.dseq)
    setting = world.settings.get(event.dseq)
    amount = funding_needed(world, deployment)
    if amount > 0 and (setting is None or setting.auto_top_up):
        deposit_funds(world, deployment, amount)
    reload_if_low(world)


def funding_needed(world: World, deployment: Deployment) -> int:
    """What auto funding would deposit now: up to 48 h of runway, once less than 24 h are left (contract §13).

    It leaves 5 USD in the wallet when the wallet has more than that.
    """
    per_block = escrow.rate(deployment.escrow)
    left = max(escrow.remaining(deployment.escrow, world.height), Decimal(0))
    if per_block == 0 or left > per_block * LOOK_AHEAD_BLOCKS:
        return 0
    allowance = world.wallet.allowance
    spendable = allowance - HEADROOM if allowance > HEADROOM else allowance
    return max(min(int(per_block * RUNWAY_BLOCKS - left), spendable), 0)


def _on_reload(world: World, event: Event) -> None:
    """A card payment arrives in the wallet."""
    world.wallet.allowance += event.amount
    world.wallet.granted += event.amount


def reload_if_low(world: World) -> None:
    """Charge the saved card when something runs and the wallet is low in the sense of its settings (contract §7)."""
    row, accounts = world.wallet_setting, [deployment.escrow for deployment in world.running()]
    if row is None or not any(map(escrow.rate, accounts)):
        return
    if row.mode == "threshold":
        low = world.wallet.allowance <= usd_to_micro(row.threshold_usd)
    else:
        costs = (escrow.rate(a) * BLOCKS_PER_WEEK - escrow.remaining(a, world.height) for a in accounts)
        low = world.wallet.allowance < LOW_SHARE * sum(max(cost, Decimal(0)) for cost in costs)
    if low:
        plan_reload(world)


def plan_reload(world: World) -> bool:
    """Charge the saved card when the wallet's automatic reload is on; whether a payment is on the way."""
    row = world.wallet_setting
    if row is None or not row.enabled:
        return False
    if not any(event.kind == "reload" for event in world.events):
        schedule(world, RELOAD_DELAY_MS, "reload", amount=max(usd_to_micro(row.amount_usd), usd_to_micro(20)))
    return True


HANDLERS: dict[str, Callable[[World, Event], None]] = {
    "bid": _on_bid,
    "bid_timeout": _on_bid_timeout,
    "manifest_timeout": _on_manifest_timeout,
    "lease_lost": _on_lease_lost,
    "withdraw": _on_withdraw,
    "funds_check": _on_funds_check,
    "cleanup": _on_cleanup,
    "trial_end": _on_trial_end,
    "auto_fund": _on_auto_fund,
    "reload": _on_reload,
}
