"""Funds, updates and the close: a lost deposit is settled by looking, a receipt adds up."""

from __future__ import annotations

from decimal import Decimal

import pytest

from akash_nb.errors import ConnectionFailedError, InvalidInputError, OutcomeUnknownError
from akash_nb.flows.context import Context
from akash_nb.flows.manage import close, deposit, wait_until_ready
from akash_nb.journal import Journal
from akash_nb.models import Balances
from tests.akash_nb.flows.script import Script
from tests.akash_nb.records import DSEQ, NOW, status

LOST = OutcomeUnknownError("The answer was lost.", operation="depositDeployment")
WALLET = Balances(Decimal(90), Decimal(0), Decimal(90))


@pytest.fixture
def context() -> Context:
    return Context(Journal(None, "a"), lambda: NOW)


def outcomes(context: Context) -> list[tuple[str, str]]:
    return [(action.kind, action.outcome) for action in context.journal.actions()]


def test_a_lost_deposit_that_arrived_is_recognised_by_the_escrow(context: Context) -> None:
    after = status(funds="4500000", transferred="1000000")
    script = Script(("getDeployment", status()), ("depositDeployment", LOST), ("getDeployment", after))

    assert script.run(deposit(context, DSEQ, Decimal(5), "live")) == after
    assert script.operations.count("depositDeployment") == 1
    assert outcomes(context) == [("deposit", "done")]


def test_a_lost_deposit_that_did_not_arrive_stays_unknown_and_is_not_repeated(context: Context) -> None:
    script = Script(("getDeployment", status()), ("depositDeployment", LOST), ("getDeployment", status()))
    with pytest.raises(OutcomeUnknownError, match=r"not grown by \$5\.00"):
        script.run(deposit(context, DSEQ, Decimal(5), "live"))

    assert script.operations.count("depositDeployment") == 1
    assert outcomes(context) == [("deposit", "unknown")]


@pytest.mark.parametrize("usd", ["0", "-1"])
def test_no_amount_never_leaves(context: Context, usd: str) -> None:
    with pytest.raises(InvalidInputError):
        Script().run(deposit(context, DSEQ, Decimal(usd), "live"))


def test_a_receipt_adds_up(context: Context) -> None:
    """$5.00 deposited, $1.00 paid before, $0.20 at the close: $3.80 come back."""
    before = status(funds="4000000", transferred="1000000")
    after = status(state="closed", funds="0", transferred="1200000", settled=1600)
    script = Script(
        ("getDeployment", before), ("closeDeployment", None), ("getDeployment", after), ("getBalances", WALLET)
    )
    receipt = script.run(close(context, DSEQ, is_mock=True))

    assert (receipt.deposited_usd, receipt.paid_usd, receipt.returned_usd) == (
        Decimal(5),
        Decimal("1.2"),
        Decimal("3.8"),
    )
    assert receipt.seconds == pytest.approx(600 * 6.098)
    assert str(receipt).startswith("MOCK receipt")
    assert outcomes(context) == [("close", "done")]


def test_a_wallet_that_cannot_be_read_does_not_hide_the_receipt(context: Context) -> None:
    closed = status(state="closed", funds="0", transferred="1200000")
    script = Script(
        ("getDeployment", status()),
        ("closeDeployment", None),
        ("getDeployment", closed),
        ("getBalances", ConnectionFailedError("down", was_sent=True)),
    )

    assert script.run(close(context, DSEQ, is_mock=False)).wallet is None


def test_closing_twice_gives_the_receipt_again_without_another_close(context: Context) -> None:
    closed = status(state="closed", funds="0", transferred="1200000")
    script = Script(("getDeployment", closed), ("getDeployment", closed), ("getBalances", WALLET))
    receipt = script.run(close(context, DSEQ, is_mock=False))

    assert receipt.was_closed
    assert (receipt.paid_usd, receipt.returned_usd) == (Decimal("1.2"), None)


def test_waiting_ends_when_the_lease_is_gone() -> None:
    script = Script(("getDeployment", status()), ("getDeployment", status(rate=None)))
    answer = script.run(wait_until_ready(DSEQ, timeout_s=300, on_status=lambda _: None))

    assert not answer.live_leases


def test_waiting_ends_at_the_time_limit() -> None:
    script = Script(*[("getDeployment", status())] * 3)
    answer = script.run(wait_until_ready(DSEQ, timeout_s=10, on_status=lambda _: None))

    assert not answer.is_ready
    assert sum(script.slept) == 10
