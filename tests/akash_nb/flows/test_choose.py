"""What is leased is what was chosen, for no more than the price that was seen."""

from __future__ import annotations

import asyncio
from copy import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

import akash_nb as akash
from akash_nb import policy
from akash_nb.bids import Bids
from akash_nb.demo import WEB_SDL
from akash_nb.errors import BidDearerError, BidExpiredError, InvalidInputError, NoChoiceError
from akash_nb.flows.choose import decide
from akash_nb.models import Offer
from mock_server import MockConsole
from tests.akash_nb.records import bids, offer, status

NONE_LEASED = status(rate=None)


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


def bids_anew(console: MockConsole, dseq: str, key: str, factor: str) -> None:
    """A provider withdraws a bid and bids another price under the same id."""
    gseq, oseq, provider = key.split("/")
    with console.world() as world:
        orders = world.deployments[dseq].groups[int(gseq) - 1].orders
        orders[int(oseq) - 1] = order = copy(orders[int(oseq) - 1])  # what was told of the old one is kept
        bid = next(bid for bid in order.bids if bid.provider == provider)
        bid.price *= Decimal(factor)


def leases(console: MockConsole) -> int:
    return [call.operation for call in console.calls].count("createLease")


@pytest.mark.parametrize("wish", ["key", "choice", "what was picked before"])
def test_a_bid_that_became_dearer_since_it_was_chosen_is_not_leased(console: MockConsole, wish: str) -> None:
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        choice = policy.cheapest().choose(deployment.wait_for_bids())
        key = choice.chosen[1].key
        bids_anew(console, deployment.dseq, key, "3")
        if wish == "what was picked before":
            deployment.choice = choice
        given = {"key": (key,), "choice": (choice,), "what was picked before": ()}[wish]
        with pytest.raises(
            BidDearerError, match=r"asks \$0\.0\d+/h now; when it was chosen it was \$0\.0\d+/h"
        ) as caught:
            deployment.lease(*given)

        assert "No lease was made" in str(caught.value)
        assert leases(console) == 0
        assert deployment.error is caught.value
        # The new price has now been seen: to take it all the same is to choose again.
        assert deployment.lease(key).live_leases


def test_it_is_the_same_for_the_session_that_is_awaited(console: MockConsole) -> None:
    async def journey() -> None:
        async with akash.connect_async(mock=console) as session:
            deployment = await session.deploy(WEB_SDL)
            key = (await deployment.wait_for_bids()).open[0].key
            bids_anew(console, deployment.dseq, key, "1.01")
            with pytest.raises(BidDearerError):
                await deployment.lease(key)

    asyncio.run(journey())
    assert leases(console) == 0


def test_a_bid_that_became_cheaper_is_fine(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        key = deployment.wait_for_bids().open[0].key
        bids_anew(console, deployment.dseq, key, "0.5")

        assert deployment.lease(key).live_leases


def test_a_policy_looks_at_the_prices_of_now(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        first, second = (offer.key for offer in deployment.wait_for_bids().open[:2])
        bids_anew(console, deployment.dseq, first, "50")
        deployment.lease(policy.cheapest())

        assert deployment.choice.chosen[1].key == second


def test_a_lease_that_exists_is_repeated_whatever_its_bid_says(console: MockConsole) -> None:
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        choice = policy.cheapest().choose(deployment.wait_for_bids())
        deployment.lease(choice)
        bids_anew(console, deployment.dseq, choice.chosen[1].key, "3")

        assert deployment.lease(choice).live_leases


def test_for_a_bid_that_is_gone_nothing_is_put_into_the_escrow_and_no_lease_is_asked_for(console: MockConsole) -> None:
    with akash.connect(mock=console) as session, akash.budget(usd=50, ttl="40d"):
        deployment = session.deploy(WEB_SDL)
        choice = policy.cheapest().choose(deployment.wait_for_bids())
        console.advance(320)
        with pytest.raises(BidExpiredError, match=f"that of {choice.chosen[1].name} is closed") as caught:
            deployment.lease(choice)

        assert "No lease was made" in str(caught.value)
        assert leases(console) == 0
        assert deployment.runway.left_usd == Decimal("0.5")


def test_of_a_group_whose_picked_bid_is_gone_the_others_are_not_filled_for(console: MockConsole) -> None:
    open_one, gone = offer("one"), offer("two", gseq=2, state="closed")

    with pytest.raises(BidExpiredError, match=r"two\.example is closed"):
        decide(bids(open_one, gone, gseqs=(1, 2)), [open_one.key, gone.key], NONE_LEASED)


def test_a_choice_of_nothing_says_why_it_is_none() -> None:
    now = bids(offer("one", "100"))
    choice = policy.below("$0.001/h").choose(now)

    with pytest.raises(NoChoiceError, match=r"costs \$0\.059/h, above \$0\.001/h") as caught:
        decide(now, choice, NONE_LEASED)
    assert caught.value.choice is choice


RISES: list[tuple[Offer, Offer, str]] = [
    (offer("p", "10"), offer("p", "11"), "asks $0.00649/h now; when it was chosen it was $0.0059/h"),
    (offer("p", "10"), offer("p", "10.000001"), "asks 10.000001 uact per block now; when it was chosen it was 10 uact"),
    (offer("p", "10", denom="uatom"), offer("p", "12", denom="uatom"), "asks 12 uatom per block now"),
    (offer("p", "10"), offer("p", "9", denom="uatom"), "asks 9 uatom per block now; when it was chosen it was 10 uact"),
]


@pytest.mark.parametrize(("before", "now", "words"), RISES)
def test_the_error_names_both_prices_even_where_they_look_the_same(before: Offer, now: Offer, words: str) -> None:
    with pytest.raises(BidDearerError) as caught:
        decide(bids(now), [now.key], NONE_LEASED, shown=bids(before))

    assert words in str(caught.value)
    assert isinstance(caught.value, BidExpiredError)


@pytest.mark.parametrize("shown", [None, bids()], ids=["nothing shown", "not among the shown"])
def test_what_nobody_has_seen_has_no_price_to_compare_with(shown: Bids | None) -> None:
    now = offer("p", "99")

    assert decide(bids(now), now.key, NONE_LEASED, shown=shown).chosen == {1: now}


def test_all_bids_that_became_dearer_are_named() -> None:
    def both(price: str) -> Bids:
        return bids(offer("one", price), offer("two", price, gseq=2), gseqs=(1, 2))

    with pytest.raises(BidDearerError, match=r"one\.example asks.*\n.*two\.example asks"):
        decide(both("20"), policy.cheapest().choose(both("10")), NONE_LEASED)


def test_a_choice_made_on_another_deployment_is_refused() -> None:
    choice: Any = policy.cheapest().choose(replace(bids(offer("p")), dseq="17"))
    with pytest.raises(InvalidInputError, match="on deployment 17, not on"):
        decide(bids(offer("p")), choice, NONE_LEASED)
