"""Choosing bids: who wins, and why each other one was passed over."""

from __future__ import annotations

import itertools
import pickle
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from akash_nb import policy
from akash_nb.bids import Bids
from akash_nb.errors import InvalidInputError
from akash_nb.frames.choice import TABLE
from akash_nb.models import ResourceOffer
from akash_nb.policy import Choice, Policy
from tests.akash_nb.records import bids, offer


def reasons(choice: Choice) -> dict[str, str]:
    return {item.offer.name.split(".")[0]: item.reason for item in choice.passed_over}


def chosen(choice: Choice) -> list[str]:
    return [offer.name.split(".")[0] for _, offer in sorted(choice.chosen.items())]


def test_the_cheapest_open_bid_wins() -> None:
    choice = policy.cheapest().choose(
        bids(offer("dear", "20"), offer("cheap", "5"), offer("gone", "1", state="closed"))
    )

    assert chosen(choice) == ["cheap"]
    assert reasons(choice) == {"dear": "dearer: $0.0118/h against $0.00295/h", "gone": "bid is closed"}


def test_uptime_decides_between_equal_prices() -> None:
    choice = policy.cheapest().choose(bids(offer("shaky", uptime=0.9), offer("steady", uptime=0.999)))

    assert chosen(choice) == ["steady"]


def test_the_most_reliable_wins_whatever_it_costs() -> None:
    choice = policy.most_reliable().choose(bids(offer("cheap", "1", uptime=0.9), offer("steady", "50", uptime=0.999)))

    assert chosen(choice) == ["steady"]
    assert reasons(choice) == {"cheap": "less reliable: 90.00% against 99.90% over 7 d"}


RULES = [
    pytest.param(policy.audited(), {"audited": False}, "provider is not audited", id="audited"),
    pytest.param(policy.online(), {"online": False}, "provider is offline", id="online"),
    pytest.param(
        policy.region("EU-*", "na-ca-*"), {"region": "as-east"}, "region is as-east, not eu-* or na-ca-*", id="region"
    ),
    pytest.param(policy.not_region("eu-*"), {}, "region eu-west is ruled out", id="not a region"),
    pytest.param(policy.uptime(">= 0.95"), {"uptime": 0.9}, "uptime over 7 d is 90.00%, below 95%", id="uptime"),
    pytest.param(policy.uptime(0.95, days=30), {"uptime": None}, "uptime over 30 d is unknown", id="unknown uptime"),
    pytest.param(policy.provider("good.*"), {}, "provider is bad.example, not good.*", id="provider"),
    pytest.param(policy.not_provider("akash1bad"), {}, "provider bad.example is ruled out", id="not a provider"),
    pytest.param(policy.organization("acme"), {}, "organization is bad, not acme", id="organization"),
    pytest.param(policy.country("DE"), {}, "country is unknown, not de", id="country"),
    pytest.param(policy.below("$0.005/h"), {}, "costs $0.0059/h, above $0.005/h", id="per hour"),
    pytest.param(policy.below("$0.14/day"), {}, "costs $0.142/day, above $0.14/day", id="per day"),
    pytest.param(policy.below("$4/month"), {}, "costs $4.31/month, above $4.00/month", id="per month"),
]


@pytest.mark.parametrize(("rule", "about", "reason"), RULES)
def test_a_bid_that_breaks_a_rule_is_passed_over_with_the_reason(
    rule: Policy, about: dict[str, object], reason: str
) -> None:
    choice = rule.choose(bids(offer("bad", "10", **about)))  # type: ignore[arg-type]

    assert reasons(choice) == {"bad": reason}
    assert choice.missing == (1,)
    assert not choice.is_complete


def test_of_a_price_that_is_more_by_less_than_can_be_shown_it_is_said_in_words() -> None:
    choice = policy.below("$431.24/month").choose(bids(offer("one", "1000")))

    assert reasons(choice) == {"one": "costs $431.25/month, above $431.24/month"}
    choice = policy.below("$431.249/month").choose(bids(offer("one", "1000")))
    assert reasons(choice) == {"one": "costs a little more than $431.25/month"}


def test_all_broken_rules_are_named_together() -> None:
    rule = policy.cheapest().audited().region("na-*")

    assert reasons(rule.choose(bids(offer("bad", audited=False)))) == {
        "bad": "provider is not audited; region is eu-west, not na-*"
    }


def with_gpu(name: str, model: str, price: str = "10") -> Any:
    made = offer(name, price)
    resources = (ResourceOffer(1000, 2**30, 2**30, 1, (f"nvidia/model/{model}/ram/24Gi",), 1),)
    return replace(made, bid=replace(made.bid, resources=resources))


def test_a_gpu_model_is_asked_of_bids_that_have_gpus_and_of_no_other() -> None:
    rule = policy.gpu("H100", "a100*")

    assert chosen(rule.choose(bids(with_gpu("cheap", "t4", "1"), with_gpu("right", "h100")))) == ["right"]
    assert reasons(rule.choose(bids(with_gpu("small", "t4")))) == {"small": "GPU is t4, not h100 or a100*"}
    assert chosen(rule.choose(bids(offer("plain")))) == ["plain"]


# Preferences


def test_what_is_preferred_wins_over_what_is_cheaper_and_excludes_nobody() -> None:
    rule = policy.prefer(region="eu-*").then("cheapest")
    far, near, nearer = offer("far", "1", region="na-us-west"), offer("near", "9"), offer("nearer", "8")

    assert chosen(rule.choose(bids(far, near, nearer))) == ["nearer"]
    assert reasons(rule.choose(bids(far, near, nearer))) == {
        "far": "less preferred: region is na-us-west, not eu-*",
        "near": "dearer: $0.00531/h against $0.00472/h",
    }
    assert chosen(rule.choose(bids(far))) == ["far"]


def test_a_later_preference_decides_only_among_equals_of_the_one_before() -> None:
    rule = policy.prefer(region=["eu-*", "na-*"]).prefer(provider="b.*")
    offers = (offer("a", "1"), offer("b", "9", region="na-us-west"), offer("c", "1", region="as-east"))

    assert chosen(rule.choose(bids(*offers))) == ["b"]
    assert chosen(rule.choose(bids(offer("a", "1"), offer("b", "9", region="as-east")))) == ["a"]


def test_of_several_wishes_in_one_call_who_is_more_of_them_comes_first() -> None:
    rule = policy.prefer(region="eu-*", audited=True, uptime="99%", below="$1/h")
    one = offer("one", "1", audited=False, uptime=0.5)
    two = offer("two", "9", region="as-east")

    assert chosen(rule.choose(bids(one, two))) == ["two"]


def test_of_a_preferred_bid_that_breaks_a_rule_it_is_said_that_it_was_preferred() -> None:
    rule = policy.prefer(region="eu-*").audited()
    choice = rule.choose(bids(offer("near", audited=False), offer("far", region="na-us-west", audited=False)))

    assert reasons(choice) == {"near": "preferred, but provider is not audited", "far": "provider is not audited"}


def test_several_orders_decide_one_after_the_other() -> None:
    early, late = offer("early", "9", height=1001), offer("late", "1", height=1003)
    tied = offer("tied", "5", height=1001, uptime=0.5)

    assert chosen(policy.then("first to bid").choose(bids(late, early))) == ["early"]
    assert reasons(policy.then("first_to_bid").choose(bids(late, early))) == {"late": "bid 2 blocks later"}
    assert chosen(policy.then("the first to bid").then("cheapest").choose(bids(late, early, tied))) == ["tied"]
    assert chosen(policy.then("first to bid").then("most reliable").choose(bids(late, early, tied))) == ["early"]


# Groups


def test_each_group_gets_a_bid_of_its_own() -> None:
    choice = policy.cheapest().choose(
        bids(offer("one", "5"), offer("two", "9", gseq=2), offer("three", "7", gseq=2), gseqs=(1, 2))
    )

    assert chosen(choice) == ["one", "three"]


def test_a_group_without_a_fitting_bid_makes_the_choice_incomplete() -> None:
    choice = policy.cheapest().choose(bids(offer("one"), gseqs=(1, 2)))

    assert choice.missing == (2,)
    assert "group 2: no bid will do" in str(choice)


def two_groups(names: tuple[str, ...] = ("db", "web")) -> Bids:
    offers = (
        offer("one", "5"),
        offer("two", "6", region="na-us-west"),
        offer("three", "7", gseq=2),
        offer("four", "8", gseq=2, region="na-us-west"),
    )
    return replace(bids(*offers, gseqs=(1, 2)), names=names)


@pytest.mark.parametrize("group", ["web", 2, bids(offer("two", gseq=2)).frame()["gseq"][0]])
def test_what_is_said_of_one_group_holds_there_on_top_of_the_rest(group: str | int) -> None:
    rule = policy.audited().group(group, policy.region("na-*").then("most reliable"))

    assert chosen(rule.choose(two_groups())) == ["one", "four"]
    assert reasons(rule.choose(two_groups()))["three"] == "region is eu-west, not na-*"


def test_a_group_may_prefer_something_of_its_own() -> None:
    rule = policy.prefer(region="eu-*").group("web", policy.prefer(region="na-*"))

    assert chosen(rule.choose(two_groups())) == ["one", "four"]


def test_a_group_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidInputError, match=r"no group 'wbe'.*\n*.*1 \(db\), 2 \(web\)"):
        policy.group("wbe", policy.audited()).choose(two_groups())
    with pytest.raises(InvalidInputError, match="cannot be about several"):
        policy.group("web", policy.below_total("$1/h"))


@pytest.mark.parametrize("group", [True, None, 1.5, [1]])
def test_what_names_no_group_is_refused(group: Any) -> None:
    with pytest.raises(InvalidInputError, match="is no group"):
        policy.group(group, policy.audited())


@pytest.mark.parametrize("other", ["cheapest", None, policy.audited])
def test_what_is_no_policy_cannot_hold_for_a_group(other: Any) -> None:
    with pytest.raises(InvalidInputError, match="is no policy"):
        policy.group("web", other)


def test_a_table_of_bids_holds_none_to_choose_from() -> None:
    with pytest.raises(InvalidInputError, match=r"DataFrame holds no bids.*deployment\.bids"):
        policy.cheapest().choose(two_groups().frame())  # type: ignore[arg-type]


# The total


def hourly(total: Decimal | str) -> str:
    """A price per block as text per hour."""
    return f"${Decimal(total) * 3600 / Decimal('6.098') / 1_000_000:f}/h"


def test_the_best_of_each_group_is_taken_where_they_are_cheap_enough_together() -> None:
    rule = policy.prefer(region="na-*").below_total(hourly("14.000001"))

    assert chosen(rule.choose(two_groups())) == ["two", "four"]


def test_where_the_best_are_too_dear_together_the_most_welcome_are_taken_that_are_not() -> None:
    choice = policy.prefer(region="na-*").below_total(hourly("13.5")).choose(two_groups())

    # One of the two can be in na-*; of both ways the cheaper costs 5 + 8 = 6 + 7.
    assert chosen(choice) in (["one", "four"], ["two", "three"])
    assert choice.is_complete
    passed = reasons(choice)
    assert any("in all" in why and "with the other groups it comes to $0.00827/h" in why for why in passed.values())


def test_where_even_the_cheapest_are_too_dear_together_none_is_chosen_and_it_is_said() -> None:
    choice = policy.cheapest().below_total(hourly("11")).choose(two_groups())

    assert choice.chosen == {}
    assert choice.missing == (1, 2)
    why = "with the cheapest of the other groups it comes to $0.00708/h, above $0.00649/h in all"
    assert reasons(choice)["one"] == reasons(choice)["three"] == why


def test_what_is_leased_already_counts_in_the_total() -> None:
    offers = (offer("leased", "9", state="active"), offer("rest", "5", gseq=2))

    assert not policy.below_total(hourly("13")).choose(bids(*offers, gseqs=(1, 2))).is_complete
    assert policy.below_total(hourly("14.1")).choose(bids(*offers, gseqs=(1, 2))).is_complete


def test_a_bid_without_a_dollar_value_cannot_be_part_of_a_total() -> None:
    choice = policy.below_total("$5/h").choose(bids(offer("odd", denom="uatom")))

    assert reasons(choice) == {"odd": "no dollar value is known for uatom"}


@pytest.mark.parametrize("seed", range(40))
def test_the_assignment_under_a_total_is_the_best_of_all_that_there_are(seed: int) -> None:
    chance = random.Random(seed)
    groups = {
        gseq: [
            offer(f"p{gseq}{i}", str(chance.randint(1, 30)), gseq=gseq, region=chance.choice(["eu", "na", "as"]))
            for i in range(chance.randint(1, 4))
        ]
        for gseq in range(1, chance.randint(2, 5))
    }
    limit = chance.randint(5, 80)
    rule = policy.prefer(region="eu").prefer(region="na").below_total(hourly(Decimal(limit) + Decimal("0.001")))
    choice = rule.choose(bids(*itertools.chain(*groups.values()), gseqs=tuple(groups)))

    def quality(picks: Any) -> tuple[int, int, Decimal]:
        regions = [pick.provider.region for pick in picks]
        misses = sum(region != "eu" for region in regions), sum(region != "na" for region in regions)
        return (*misses, sum(pick.bid.price.amount for pick in picks))

    affordable = [p for p in itertools.product(*groups.values()) if sum(o.bid.price.amount for o in p) <= limit]
    if not affordable:
        assert not choice.chosen
    else:
        assert quality(list(choice.chosen.values())) == min(map(quality, affordable))


# Values and words


def test_a_bid_without_a_dollar_value_is_chosen_last() -> None:
    choice = policy.prefer(provider="unknown.*").choose(
        bids(offer("unknown", "1", denom="uatom"), offer("known", "900"))
    )

    assert chosen(choice) == ["known"]
    assert reasons(choice) == {"unknown": "no dollar value is known for uatom"}


def test_where_no_bid_has_a_dollar_value_it_is_still_said_what_is_worse() -> None:
    choice = policy.cheapest().choose(
        bids(offer("dear", "3.5", denom="uakt"), offer("cheap", "1", denom="uakt"), offer("other", "2", denom="uatom"))
    )

    assert chosen(choice) == ["cheap"]
    assert reasons(choice) == {
        "dear": "dearer: 3.5 uakt per block against 1 uakt",
        "other": "no dollar value is known for uatom",
    }


def test_narrowing_a_policy_leaves_the_original_alone() -> None:
    base = policy.cheapest()
    narrowed = base.audited()

    assert str(base) == "the cheapest"
    assert str(narrowed) == "only audited; the cheapest"


def test_a_policy_reads_as_the_sentence_that_it_is() -> None:
    rule = policy.prefer(region="eu-*").audited().uptime(">= 0.99").below("$0.50/h").then("cheapest")
    both = policy.not_region("as-*").group("gpu", policy.gpu("h100").below("$2/h")).group(2, policy.audited())

    assert str(rule) == "only audited, up at least 99% of 7 d, at most $0.50/h; prefer in eu-*, then the cheapest"
    assert str(both.below_total("$30/month")) == (
        "only not in as-*; the cheapest; for gpu: only with GPU h100, at most $2.00/h; for group 2: only audited; "
        "all groups together at most $30.00/month"
    )
    assert repr(policy.prefer(audited=True, gpu=["a100", "h100"]).prefer(below=1)) == (
        "<Policy prefer with GPU a100 or h100 and audited, then at most $1.00/h, then the cheapest>"
    )


def test_a_policy_is_a_value_that_travels() -> None:
    def rule() -> Policy:
        return policy.prefer(region="eu-*").uptime("99%").below(1).group("a", policy.audited()).below_total("$1/h")

    assert rule() == rule()
    assert len({rule(), rule()}) == 1
    assert pickle.loads(pickle.dumps(rule())) == rule()


@pytest.mark.parametrize("share", [0.99, "0.99", "99%", ">= 0.99", ">=99 %", "≥ 0.99", Decimal("0.99"), "> .99"])
def test_a_share_may_be_written_in_many_ways(share: Any) -> None:
    assert policy.uptime(share) == policy.uptime(0.99)


@pytest.mark.parametrize(
    "price", [0.5, "0.5", "$0.50/h", "$.5 per hour", "0.50 USD/hour", "<= $0.5/hr", Decimal("0.5")]
)
def test_a_price_may_be_written_in_many_ways(price: Any) -> None:
    assert policy.below(price) == policy.below("$0.5/h")


def test_a_price_may_be_given_as_it_is_printed() -> None:
    assert policy.below("$1,234.50/month") == policy.below("$1234.5/month")


@pytest.mark.parametrize("per_block", ["0.5", "7.13", "100", "2978.3", "1781.627411"])
def test_a_price_that_was_read_from_a_frame_allows_just_that(per_block: str) -> None:
    two = bids(offer("one", per_block), offer("two", per_block, gseq=2), gseqs=(1, 2))
    row = two.frame().iloc[0]

    for rule in (
        policy.below(float(row["usd_hour"])),
        policy.below(f"${float(row['usd_month'])!r}/month"),
        policy.below_total(2 * float(row["usd_hour"])),
    ):
        assert rule.choose(two).is_complete
    assert not policy.below(0.99999 * float(row["usd_hour"])).choose(two).chosen


BAD_INPUT = [
    *(
        pytest.param("uptime", (value,), '">= 0.99"')
        for value in (99, "often", "", None, True, float("nan"), -1, "101%")
    ),
    *(
        pytest.param(method, (value,), r"\$30/month")
        for method in ("below", "below_total")
        for value in ("cheap", "", None, True, float("nan"), float("inf"), -1, 0, "$1/year", "0,50", [], "1e9999")
    ),
    *(pytest.param("region", given, "eu-") for given in ((), ("",), (None,), (3,), (["eu"],))),
    pytest.param("then", ("best",), "'cheapest', 'most reliable', 'first to bid'"),
    pytest.param("then", (None,), "'cheapest'"),
]


@pytest.mark.parametrize(("method", "given", "words"), BAD_INPUT)
def test_bad_input_is_one_clear_error_that_names_what_works(method: str, given: tuple[Any, ...], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        getattr(policy, method)(*given)


def test_other_days_than_the_service_counts_and_a_preference_of_nothing_are_refused() -> None:
    for days in (2, 7.0, True, "7"):
        with pytest.raises(InvalidInputError, match="1, 7 or 30 days"):
            policy.uptime(0.9, days=days)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="nothing is preferred"):
        policy.prefer()
    with pytest.raises(InvalidInputError, match="region: 3 is no text"):
        policy.prefer(region=3)  # type: ignore[arg-type]


# Choices


def test_a_choice_by_hand_takes_the_named_bids() -> None:
    one, two = offer("one"), offer("two")
    choice = policy.pick(bids(one, two), [two.key])

    assert choice.chosen == {1: two}
    assert reasons(choice) == {"one": "another was picked by hand"}


def test_a_choice_by_hand_of_an_unknown_bid_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no bid '1/1/akash1nobody'"):
        policy.pick(bids(offer("one")), ["1/1/akash1nobody"])


def test_a_choice_is_a_table_of_all_bids_with_verdict_and_reason() -> None:
    frame = policy.audited().choose(bids(offer("no", "1", audited=False), offer("yes", "9"), offer("odd", denom="x")))
    frame = frame.frame()

    assert [(name, str(frame[name].dtype)) for name in frame] == [(c.name, c.dtype) for c in TABLE.columns]
    assert frame["provider"].to_list() == ["yes.example", "no.example", "odd.example"]
    assert frame["verdict"].to_list() == ["chosen", "passed over", "passed over"]
    assert frame["reason"].isna().to_list() == [True, False, False]
    assert frame["usd_hour"].isna().to_list() == [False, False, True]
    assert frame.attrs["source"] == "MOCK"


def test_a_printed_choice_is_marked_and_names_the_price() -> None:
    text = str(policy.cheapest().choose(bids(*(offer(f"p{i}", str(i + 1)) for i in range(12)))))

    assert text.startswith("MOCK policy: the cheapest\n  group 1: p0.example for $0.00059/h\n")
    assert text.endswith("  and 3 more, in .passed_over and .frame()\n  (6.098 s per block, 30.437 days per month)")
