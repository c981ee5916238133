"""How a deployment's money drains: lazily, by block, in whole micro-units (contract §8).

Between two settlements nothing changes. A settlement moves floor(rate x blocks) to each open payment; when the funds
do not cover it, the account is overdrawn and its funds go negative by what stays unpaid.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from mock_server.world.state import Deposit, Escrow, Payment


def rate(escrow: Escrow) -> Decimal:
    """Micro-units per block that all open payments drain together."""
    return sum((p.rate for p in escrow.payments if p.state == "open"), Decimal(0))


def due(payment: Payment, blocks: int) -> int:
    """What a payment earns in that many blocks; the fraction is dropped."""
    return int((payment.rate * blocks).to_integral_value(ROUND_FLOOR))


def remaining(escrow: Escrow, height: int) -> Decimal:
    """What would be left if the account were settled now; negative when it is used up."""
    return escrow.funds - rate(escrow) * (height - escrow.settled_at)


def deposit(escrow: Escrow, amount: int, height: int) -> None:
    """Add funds. A deposit does not settle, so `settled_at` stays."""
    escrow.funds += amount
    escrow.deposits.append(Deposit(height, amount))


def settle(escrow: Escrow, height: int) -> bool:
    """Pay every open payment up to this height; False when the funds did not cover it (now overdrawn)."""
    if escrow.state != "open":
        return escrow.state != "overdrawn"
    blocks, escrow.settled_at = height - escrow.settled_at, height
    claims = [(p, due(p, blocks)) for p in escrow.payments if p.state == "open"]
    total = sum(claim for _, claim in claims)
    if total <= escrow.funds:
        for payment, claim in claims:
            payment.paid += claim
        _take(escrow, total)
        return True
    _overdraw(escrow, claims, total)
    return False


def open_payment(escrow: Escrow, gseq: int, oseq: int, provider: str, price: Decimal) -> None:
    """Start paying for a lease. Settle first, so that it pays from now on only."""
    escrow.payments.append(Payment(gseq, oseq, provider, price))


def close_payment(escrow: Escrow, gseq: int, oseq: int) -> None:
    """Stop paying for a lease. Settle first, so that it is paid until now."""
    for payment in escrow.payments:
        if (payment.gseq, payment.oseq, payment.state) == (gseq, oseq, "open"):
            payment.state = "closed"


def close(escrow: Escrow) -> int:
    """Close a settled account; returns what goes back to the depositor."""
    refund, escrow.funds, escrow.deposits, escrow.state = escrow.funds, 0, [], "closed"
    for payment in escrow.payments:
        if payment.state == "open":
            payment.state = "closed"
    return refund


def _take(escrow: Escrow, amount: int) -> None:
    """Move an amount out, from the oldest deposits first; emptied deposits vanish."""
    escrow.funds -= amount
    escrow.transferred += amount
    for held in escrow.deposits:
        part = min(held.amount, amount)
        held.amount -= part
        amount -= part
    escrow.deposits = [held for held in escrow.deposits if held.amount]


def _overdraw(escrow: Escrow, claims: list[tuple[Payment, int]], total: int) -> None:
    """Share the last funds in proportion to the claims, the odd unit to the first payments."""
    available = escrow.funds
    shares = [available * claim // total for _, claim in claims]
    odd = available - sum(shares)
    for (payment, claim), floor in zip(claims, shares, strict=True):
        share = floor + (1 if odd and claim > floor else 0)
        odd -= share - floor
        payment.paid += share
        payment.unsettled = claim - share
        payment.state = "overdrawn"
    _take(escrow, available)
    escrow.funds = available - total
    escrow.state = "overdrawn"
