"""Choosing bids: who wins, and why each other one was passed over."""

from __future__ import annotations

import pytest

from akash_nb import policy
from akash_nb.errors import InvalidInputError
from tests.akash_nb.records import bids, offer


def reasons(choice: policy.Choice) -> dict[str, str]:
    return {item.offer.name.split(".")[0]: item.reason for item in choice.passed_over}


def test_the_cheapest_open_bid_wins() -> None:
    choice = policy.cheapest().choose(
        bids(offer("dear", "20"), offer("cheap", "5"), offer("gone", "1", state="closed"))
    )

    assert choice.chosen[1].name == "cheap.example"
    assert reasons(choice) == {"dear": "dearer: $0.0118/h against $0.00295/h", "gone": "bid is closed"}


def test_uptime_decides_between_equal_prices() -> None:
    choice = policy.cheapest().choose(bids(offer("shaky", uptime=0.9), offer("steady", uptime=0.999)))

    assert choice.chosen[1].name == "steady.example"


def test_the_most_reliable_wins_whatever_it_costs() -> None:
    choice = policy.most_reliable().choose(bids(offer("cheap", "1", uptime=0.9), offer("steady", "50", uptime=0.999)))

    assert choice.chosen[1].name == "steady.example"
    assert reasons(choice) == {"cheap": "less reliable: 90.00% against 99.90% over 7 d"}


RULES = [
    pytest.param(policy.cheapest().audited(), {"audited": False}, "provider is not audited", id="audited"),
    pytest.param(policy.cheapest().online(), {"online": False}, "provider is offline", id="online"),
    pytest.param(
        policy.cheapest().region("EU-*", "na-ca-*"),
        {"region": "as-east"},
        "region is as-east, not eu-* or na-ca-*",
        id="region",
    ),
    pytest.param(
        policy.cheapest().uptime(">= 0.95"), {"uptime": 0.9}, "uptime over 7 d is 90.00%, below 95.00%", id="uptime"
    ),
    pytest.param(
        policy.cheapest().uptime(0.95, days=30), {"uptime": None}, "uptime over 30 d is unknown", id="unknown uptime"
    ),
    pytest.param(policy.cheapest().provider("good.*"), {}, "provider is not good.*", id="provider"),
    pytest.param(policy.cheapest().below("$0.005/h"), {}, "costs $0.0059/h, above $0.005/h", id="per hour"),
    pytest.param(policy.cheapest().below(usd_per_month=4), {}, "costs $4.31/month, above $4.00/month", id="per month"),
]


@pytest.mark.parametrize(("rule", "about", "reason"), RULES)
def test_a_bid_that_breaks_a_rule_is_passed_over_with_the_reason(
    rule: policy.Policy, about: dict[str, object], reason: str
) -> None:
    choice = rule.choose(bids(offer("bad", "10", **about)))  # type: ignore[arg-type]

    assert reasons(choice) == {"bad": reason}
    assert choice.missing == (1,)
    assert not choice.is_complete


def test_all_broken_rules_are_named_together() -> None:
    rule = policy.cheapest().audited().region("na-*")

    assert reasons(rule.choose(bids(offer("bad", audited=False)))) == {
        "bad": "provider is not audited; region is eu-west, not na-*"
    }


def test_each_group_gets_a_bid_of_its_own() -> None:
    choice = policy.cheapest().choose(
        bids(offer("one", "5"), offer("two", "9", gseq=2), offer("three", "7", gseq=2), gseqs=(1, 2))
    )

    assert {gseq: o.name for gseq, o in choice.chosen.items()} == {1: "one.example", 2: "three.example"}


def test_a_group_without_a_fitting_bid_makes_the_choice_incomplete() -> None:
    choice = policy.cheapest().choose(bids(offer("one"), gseqs=(1, 2)))

    assert choice.missing == (2,)
    assert "group 2: no bid meets the rules" in str(choice)


def test_a_bid_without_a_dollar_value_is_chosen_last() -> None:
    choice = policy.cheapest().choose(bids(offer("unknown", "1", denom="uatom"), offer("known", "900")))

    assert choice.chosen[1].name == "known.example"


def test_narrowing_a_policy_leaves_the_original_alone() -> None:
    base = policy.cheapest()
    narrowed = base.audited()

    assert str(base) == "cheapest"
    assert str(narrowed) == "cheapest, audited"


def test_a_choice_by_hand_takes_the_named_bids() -> None:
    one, two = offer("one"), offer("two")
    choice = policy.pick(bids(one, two), [two.key])

    assert choice.chosen == {1: two}
    assert reasons(choice) == {"one": "another was picked by hand"}


def test_a_choice_by_hand_of_an_unknown_bid_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no bid '1/1/akash1nobody'"):
        policy.pick(bids(offer("one")), ["1/1/akash1nobody"])
