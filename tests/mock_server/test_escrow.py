"""Escrow is a pure function of blocks: what drains, when, and to whom."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.world import escrow
from mock_server.world.state import Deposit, Escrow, Payment


def account(funds: int, *rates: str) -> Escrow:
    made = Escrow(settled_at=100)
    escrow.deposit(made, funds, 100)
    for number, rate in enumerate(rates, 1):
        escrow.open_payment(made, number, 1, f"p{number}", Decimal(rate))
    return made


@pytest.mark.parametrize(
    ("rates", "blocks", "funds", "transferred"),
    [
        pytest.param((), 10, 1000, 0, id="nothing drains without a lease"),
        pytest.param(("3",), 10, 970, 30, id="one lease"),
        pytest.param(("2.5",), 3, 993, 7, id="the fraction is dropped"),
        pytest.param(("2.5", "2.5"), 3, 986, 14, id="the fraction is dropped per payment"),
        pytest.param(("3",), 0, 1000, 0, id="no block, no payment"),
        pytest.param(("100",), 10, 0, 1000, id="the last unit may be spent"),
    ],
)
def test_a_settlement_moves_rate_times_blocks(
    rates: tuple[str, ...], blocks: int, funds: int, transferred: int
) -> None:
    made = account(1000, *rates)
    assert escrow.settle(made, 100 + blocks)
    assert (made.funds, made.transferred, made.settled_at, made.state) == (funds, transferred, 100 + blocks, "open")


def test_funds_that_run_out_go_negative_by_what_stays_unpaid() -> None:
    made = account(1000, "100", "300")
    assert not escrow.settle(made, 105)
    assert (made.state, made.funds, made.transferred, made.deposits) == ("overdrawn", -1000, 1000, [])
    assert [(p.paid, p.unsettled, p.state) for p in made.payments] == [(250, 250, "overdrawn"), (750, 750, "overdrawn")]


def test_an_overdrawn_account_does_not_settle_again() -> None:
    made = account(10, "100")
    escrow.settle(made, 101)
    assert not escrow.settle(made, 500)
    assert made.funds == -90


def test_a_deposit_does_not_settle() -> None:
    made = account(1000, "3")
    escrow.deposit(made, 500, 110)
    assert (made.funds, made.settled_at, made.deposits) == (1500, 100, [Deposit(100, 1000), Deposit(110, 500)])


def test_older_deposits_are_spent_first_and_vanish_when_empty() -> None:
    made = account(30, "10")
    escrow.deposit(made, 50, 101)
    escrow.settle(made, 104)
    assert made.deposits == [Deposit(101, 40)]


def test_closing_gives_back_what_is_left_and_keeps_what_was_paid() -> None:
    made = account(1000, "3")
    escrow.settle(made, 110)
    assert escrow.close(made) == 970
    assert (made.state, made.funds, made.deposits, made.transferred) == ("closed", 0, [], 30)
    assert [p.state for p in made.payments] == ["closed"]


def test_a_closed_payment_drains_nothing_more() -> None:
    made = account(1000, "3", "5")
    escrow.settle(made, 110)
    escrow.close_payment(made, 1, 1)
    escrow.settle(made, 120)
    assert [p.paid for p in made.payments] == [30, 100]
    assert escrow.rate(made) == 5


def test_what_remains_is_seen_without_settling() -> None:
    made = account(1000, "2.5")
    assert escrow.remaining(made, 103) == Decimal("992.5")
    assert made.settled_at == 100


steps = st.one_of(
    st.tuples(st.just("settle"), st.integers(0, 5000)),
    st.tuples(st.just("deposit"), st.integers(1, 10**9)),
    st.tuples(st.just("open"), st.decimals("0.000001", "9000", places=6)),
    st.tuples(st.just("close"), st.integers(1, 4)),
)


@given(st.lists(steps, max_size=30))
def test_no_unit_is_made_or_lost(plan: list[tuple[str, int | Decimal]]) -> None:
    """Deposited = held + transferred, whatever happens; and transferred is what the providers got."""
    made, deposited, height = Escrow(settled_at=0), 0, 0
    for step, value in plan:
        height += int(value) if step == "settle" else 0
        if not escrow.settle(made, height):
            break
        if step == "deposit":
            escrow.deposit(made, int(value), height)
            deposited += int(value)
        elif step == "open":
            escrow.open_payment(made, len(made.payments) + 1, 1, "p", Decimal(value))
        elif step == "close":
            escrow.close_payment(made, int(value), 1)
    assert deposited == max(made.funds, 0) + made.transferred
    assert made.transferred == sum(p.paid for p in made.payments)
    assert sum(held.amount for held in made.deposits) == max(made.funds, 0)
    assert -min(made.funds, 0) == sum(p.unsettled for p in made.payments)


def test_the_payment_starts_at_the_price_of_the_bid() -> None:
    made = account(1, "7")
    assert made.payments == [Payment(1, 1, "p1", Decimal(7))]
