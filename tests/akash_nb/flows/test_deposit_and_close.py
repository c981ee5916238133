"""Funds, updates and the close: a lost deposit is settled by looking, a receipt adds up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.errors import (
    AkashError,
    ConnectionFailedError,
    InvalidInputError,
    InvalidRequestError,
    OutcomeUnknownError,
    ServiceError,
)
from akash_nb.flows.close import close
from akash_nb.flows.context import Context
from akash_nb.flows.deposit import deposit
from akash_nb.flows.resume import find_open
from akash_nb.flows.state import wait_until_ready
from akash_nb.journal import Journal
from akash_nb.models import Balances, DeploymentStatus, EscrowDeposit
from akash_nb.money import MICRO, Coin
from tests.akash_nb.flows.script import Script
from tests.akash_nb.records import DSEQ, NOW, status

LOST = OutcomeUnknownError("The answer was lost.", operation="depositDeployment")
DOWN = ConnectionFailedError("No answer.", was_sent=False, means="Nothing was sent.", todo="Try again.")
WALLET = Balances(Decimal(90), Decimal(0), Decimal(90))


@pytest.fixture
def context() -> Context:
    return Context(Journal(None, "a"), lambda: NOW)


def outcomes(context: Context) -> list[tuple[str, str]]:
    return [(action.kind, action.outcome) for action in context.journal.actions()]


def deposited(*usd: str) -> tuple[EscrowDeposit, ...]:
    """Deposits of an escrow, one per block."""
    return tuple(EscrowDeposit(Decimal(amount) * MICRO, 1000 + n) for n, amount in enumerate(usd))


BEFORE = status(funds="500000", deposits=deposited("0.5"))


def test_a_lost_deposit_that_arrived_is_found_in_the_escrow(context: Context) -> None:
    after = status(funds="5500000", deposits=deposited("0.5", "5"))
    script = Script(("getDeployment", BEFORE), ("depositDeployment", LOST), ("getDeployment", after))

    assert script.run(deposit(context, DSEQ, Decimal(5), "live")) == after
    assert script.operations.count("depositDeployment") == 1
    assert outcomes(context) == [("deposit", "done")]


def test_a_lost_deposit_is_known_by_the_growth_where_the_service_lists_no_deposits(context: Context) -> None:
    after = status(funds="4500000", transferred="1000000")
    script = Script(("getDeployment", status()), ("depositDeployment", LOST), ("getDeployment", after))

    assert script.run(deposit(context, DSEQ, Decimal(5), "live")) == after


@pytest.mark.parametrize(
    "after",
    [BEFORE, status(funds="1500000", deposits=deposited("0.5", "1"))],
    ids=["nothing came", "only a small top-up of the service came"],
)
def test_a_lost_deposit_that_did_not_arrive_stays_unknown_and_is_not_repeated(
    context: Context, after: DeploymentStatus
) -> None:
    looks = [("getDeployment", after)] * 6
    script = Script(("getDeployment", BEFORE), ("depositDeployment", LOST), *looks)
    with pytest.raises(OutcomeUnknownError, match=r"\$5\.00 has not come into the escrow"):
        script.run(deposit(context, DSEQ, Decimal(5), "live"))

    assert script.operations.count("depositDeployment") == 1
    assert sum(script.slept) > 60
    assert outcomes(context) == [("deposit", "unknown")]


def test_a_top_up_that_may_be_the_deposit_leaves_the_doubt_in_the_error(context: Context) -> None:
    after = status(funds="6590000", deposits=deposited("0.5", "6.09"))
    script = Script(("getDeployment", BEFORE), ("depositDeployment", LOST), *[("getDeployment", after)] * 6)
    with pytest.raises(OutcomeUnknownError, match=r"may have arrived: the escrow has grown by \$6\.09"):
        script.run(deposit(context, DSEQ, Decimal(5), "live"))


def killed_while_adding(context: Context, before: DeploymentStatus = BEFORE) -> None:
    """A deposit of $5 that the kernel did not live to see the answer of."""
    flow = deposit(context, DSEQ, Decimal(5), "live")
    next(flow)
    flow.send(before)
    flow.close()


def test_a_deposit_that_never_left_is_not_taken_for_a_later_one_of_the_same_amount(context: Context) -> None:
    killed_while_adding(context)
    second = status(funds="5500000", deposits=deposited("0.5", "5"))
    third = status(funds="10500000", deposits=deposited("0.5", "5", "5"))
    Script(("getDeployment", BEFORE), ("depositDeployment", second)).run(deposit(context, DSEQ, Decimal(5), "live"))
    Script(("getDeployment", second), ("depositDeployment", third)).run(deposit(context, DSEQ, Decimal(5), "live"))

    assert [outcome for _, outcome in outcomes(context)] == ["asked", "done", "done"]


def test_two_deposits_of_one_amount_in_one_block_are_two(context: Context) -> None:
    five = EscrowDeposit(Decimal(5_000_000), 1000)
    killed_while_adding(context, status(funds="5000000", deposits=(five,)))
    with pytest.raises(InvalidInputError, match="has arrived"):
        Script(("getDeployment", status(funds="10000000", deposits=(five, five)))).run(
            deposit(context, DSEQ, Decimal(5), "live")
        )


@pytest.mark.parametrize(
    "after",
    [
        status(funds="4000000", transferred="1500000", deposits=(EscrowDeposit(Decimal(4_000_000), 1001),)),
        status(funds="5500000"),
    ],
    ids=["already drained in part", "a service that lists no deposits"],
)
def test_a_deposit_that_may_have_arrived_is_told_of_once(context: Context, after: DeploymentStatus) -> None:
    killed_while_adding(context, status(funds="500000", deposits=after.escrow.deposits and deposited("0.5")))
    with pytest.raises(InvalidInputError, match="may have arrived"):
        Script(("getDeployment", after)).run(deposit(context, DSEQ, Decimal(5), "live"))
    Script(("getDeployment", after), ("depositDeployment", after)).run(deposit(context, DSEQ, Decimal(5), "live"))

    assert [outcome for _, outcome in outcomes(context)] == ["unknown", "done"]


def test_resuming_does_not_use_up_the_word_that_a_lost_deposit_has_arrived(context: Context) -> None:
    text = sdl.compile(WEB_SDL)
    entry = context.journal.asked_to_create(WEB_SDL, text.version, Decimal("0.5"), NOW, frozenset())
    context.journal.created(entry, DSEQ, text.manifest)
    before, after = (
        replace(status(funds=funds, deposits=deposits), version=text.version)
        for funds, deposits in (("500000", deposited("0.5")), ("5500000", deposited("0.5", "5")))
    )
    killed_while_adding(context, before)
    (found,) = Script(("listDeployments", (after,)), ("listDeployments", ())).run(find_open(context))
    assert found.is_known

    script = Script(("getDeployment", after))
    with pytest.raises(InvalidInputError, match=r"deposit of \$5\.00, whose answer was lost, has arrived"):
        script.run(deposit(context, DSEQ, Decimal(5), "live"))
    assert "depositDeployment" not in script.operations


def test_a_deposit_lost_with_the_network_leaves_the_doubt_in_the_error(context: Context) -> None:
    script = Script(("getDeployment", BEFORE), ("depositDeployment", LOST), ("getDeployment", DOWN))
    with pytest.raises(OutcomeUnknownError, match="It may have arrived") as caught:
        script.run(deposit(context, DSEQ, Decimal(5), "live"))

    assert "Nothing was sent" not in str(caught.value)


def test_a_deposit_that_is_done_is_no_failure_when_the_escrow_cannot_be_read_after_it(context: Context) -> None:
    """The guide's service answers without the deployment."""
    script = Script(("getDeployment", BEFORE), ("depositDeployment", None), ("getDeployment", DOWN))
    answer = script.run(deposit(context, DSEQ, Decimal(5), "guide"))

    assert answer.escrow.funds.usd() == Decimal("5.5")
    assert outcomes(context) == [("deposit", "done")]


def test_adding_funds_again_after_an_interrupt_says_that_the_first_deposit_arrived(context: Context) -> None:
    killed_while_adding(context)
    after = status(funds="5500000", deposits=deposited("0.5", "5"))
    with pytest.raises(InvalidInputError, match=r"\$5\.00, whose answer was lost, has arrived"):
        Script(("getDeployment", after)).run(deposit(context, DSEQ, Decimal(5), "live"))

    assert outcomes(context) == [("deposit", "done")]


def test_a_deposit_into_a_closed_deployment_never_leaves(context: Context) -> None:
    with pytest.raises(InvalidInputError, match="is closed"):
        Script(("getDeployment", status(state="closed"))).run(deposit(context, DSEQ, Decimal(5), "live"))


@pytest.mark.parametrize("usd", ["0", "-1"])
def test_no_amount_never_leaves(context: Context, usd: str) -> None:
    with pytest.raises(InvalidInputError):
        Script().run(deposit(context, DSEQ, Decimal(usd), "live"))


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_an_amount_is_sent_in_whole_micro_units_so_that_it_is_found_again(context: Context, dialect: str) -> None:
    after = status(funds="3833333", deposits=deposited("0.5", "3.333333"))
    script = Script(("getDeployment", BEFORE), ("depositDeployment", LOST), ("getDeployment", after))

    assert script.run(deposit(context, DSEQ, Decimal(10) / 3, dialect)) == after


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


CLOSED = status(state="closed", funds="0", transferred="1200000", settled=1600)


def test_closing_twice_gives_the_receipt_again_without_another_close(context: Context) -> None:
    before = status(funds="4000000", transferred="1000000")
    answers = [("getDeployment", before), ("closeDeployment", None), ("getDeployment", CLOSED), ("getBalances", WALLET)]
    first = Script(*answers).run(close(context, DSEQ, is_mock=False))
    again = Script(("getDeployment", CLOSED), ("getDeployment", CLOSED), ("getBalances", WALLET))
    second = again.run(close(context, DSEQ, is_mock=False))

    assert second.was_closed
    assert (second.deposited_usd, second.paid_usd, second.returned_usd) == (Decimal(5), Decimal("1.2"), Decimal("3.8"))
    assert first.returned_usd == second.returned_usd


def test_what_was_closed_elsewhere_has_a_receipt_of_what_is_known(context: Context) -> None:
    script = Script(("getDeployment", CLOSED), ("getDeployment", CLOSED), ("getBalances", WALLET))
    receipt = script.run(close(context, DSEQ, is_mock=False))

    assert (receipt.deposited_usd, receipt.paid_usd, receipt.returned_usd) == (None, Decimal("1.2"), None)


def test_of_an_escrow_that_ran_dry_all_that_was_put_in_is_paid(context: Context) -> None:
    """What is overdrawn was never there."""
    dry = replace(CLOSED, escrow=replace(CLOSED.escrow, state="overdrawn", funds=Coin("uact", Decimal(-5860))))
    script = Script(("getDeployment", dry), ("getDeployment", dry), ("getBalances", WALLET))
    receipt = script.run(close(context, DSEQ, is_mock=False))

    assert (receipt.deposited_usd, receipt.paid_usd, receipt.returned_usd) == (Decimal("1.2"), Decimal("1.2"), 0)
    assert receipt.ran_dry
    assert str(receipt).startswith(f"Receipt of deployment {DSEQ} (its escrow ran dry)\n")


@pytest.mark.parametrize(
    "failure",
    [DOWN, ServiceError("down", status=503), InvalidRequestError("Deployment closed", status=400)],
    ids=["answer lost", "service down", "an older service, asked twice"],
)
def test_a_close_that_worked_all_the_same_is_no_failure(context: Context, failure: AkashError) -> None:
    script = Script(
        ("getDeployment", status()),
        ("closeDeployment", failure),
        ("getDeployment", CLOSED),
        ("getDeployment", CLOSED),
        ("getBalances", WALLET),
    )

    assert script.run(close(context, DSEQ, is_mock=False)).paid_usd == Decimal("1.2")
    assert outcomes(context) == [("close", "done")]


@pytest.mark.parametrize(
    ("after", "means"),
    [(status(), "It is open, and its leases are paid."), (DOWN, "Whether it is closed could not be found out.")],
    ids=["still open", "nobody can say"],
)
def test_a_close_that_failed_says_where_it_stands(context: Context, after: object, means: str) -> None:
    failure = ConnectionFailedError("No answer.", was_sent=True, means="?", todo="?")
    script = Script(("getDeployment", status()), ("closeDeployment", failure), ("getDeployment", after))
    with pytest.raises(ConnectionFailedError) as caught:
        script.run(close(context, DSEQ, is_mock=False))

    assert (caught.value.means, caught.value.todo) == (means, "Close it again: that is safe.")


def test_waiting_ends_when_the_lease_is_gone() -> None:
    script = Script(("getDeployment", status()), ("getDeployment", status(rate=None)))
    answer = script.run(wait_until_ready(DSEQ, timeout_s=300, on_status=lambda _: None))

    assert not answer.live_leases


def test_waiting_ends_at_the_time_limit() -> None:
    script = Script(*[("getDeployment", status())] * 3)
    answer = script.run(wait_until_ready(DSEQ, timeout_s=10, on_status=lambda _: None))

    assert not answer.is_ready
    assert sum(script.slept) == 10
