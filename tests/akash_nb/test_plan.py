"""Plans on the mock: what they say, what they warn of, what they cost beside each other, and what `apply` refuses."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import akash_nb as akash
from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.estimate import Range
from akash_nb.frames.plan_diff import TABLE
from akash_nb.plan import GroupPlan, Host, Plan
from mock_server import MockConsole

CANARY = "hunter2-canary"
SECRET = sdl.build(image="nginx:1.27", env={"API_TOKEN": CANARY, "MODE": "fast"}, command=["run", CANARY])
GPU = sdl.scaffold("gpu")
TWO_GROUPS = sdl.patch(
    sdl.patch(
        sdl.scaffold("multi-service"),
        "/profiles/placement/elsewhere",
        {"pricing": {"db": {"denom": "uact", "amount": 500}}},
    ),
    "/deployment/db",
    {"elsewhere": {"profile": "db", "count": 1}},
)


@pytest.fixture
def console() -> MockConsole:
    return MockConsole()


@pytest.fixture
def session(console: MockConsole) -> Iterator[Any]:
    with akash.connect(mock=console) as session:
        yield session


def operations(console: MockConsole) -> set[str]:
    return {call.operation for call in console.calls}


def kinds(plan: Plan) -> set[str]:
    return {notice.kind for notice in plan.notices}


def web(**what: Any) -> str:
    return sdl.build(image="nginx:1.27", **what)


# What it says


def test_a_plan_reads_and_spends_nothing(session: Any, console: MockConsole) -> None:
    session.plan(GPU)

    assert operations(console) == {"getPricing", "listGpuPrices", "screenProviders", "getBalances", "getUser"}
    assert session.deployments == ()


def test_those_who_could_host_it_are_those_whose_bids_would_be_shown(session: Any) -> None:
    plan = session.plan(WEB_SDL)
    (group,) = plan.groups
    found = session.client.market.screen(sdl.compile(WEB_SDL).groups[0])
    audited = sorted(candidate.label for candidate in found if candidate.is_audited)
    bids = session.deploy(WEB_SDL).wait_for_bids()

    assert list(group.able) == audited
    assert group.unaudited == len(found) - len(audited) > 0
    assert {offer.name for offer in bids} <= set(group.able)


def test_auditors_that_the_sdl_names_keep_nobody_out_whom_the_console_s_own_lets_in(session: Any) -> None:
    """The Console adds its auditors to `anyOf` (contract §11), but not to `allOf`."""
    other = "akash1q7spv2cw06yszgfp4f9ed59lkka6ytn8g4tkjf"
    path = "/profiles/placement/anywhere/signedBy"
    any_of = session.plan(sdl.patch(WEB_SDL, path, {"anyOf": [other]}))
    all_of = session.plan(sdl.patch(WEB_SDL, path, {"allOf": [other]}))
    bids = session.deploy(any_of.sdl).wait_for_bids()

    assert {offer.name for offer in bids} <= set(any_of.groups[0].able)
    assert any_of.groups[0].able == session.plan(WEB_SDL).groups[0].able
    assert all_of.groups[0].able == ()


def test_money_is_divided_as_one_would_by_hand(session: Any) -> None:
    plan = session.plan(TWO_GROUPS, deposit_usd="2.50")

    assert [group.name for group in plan.groups] == ["anywhere", "elsewhere"]
    hours = [group.estimate.usd_hour for group in plan.groups]
    assert plan.usd_hour == hours[0] + hours[1]
    assert plan.usd_month == plan.usd_hour * session.prices.hours_per_month
    assert plan.ceiling_usd_hour == sum(group.estimate.ceiling_usd_hour for group in plan.groups)
    assert plan.hours_typical == Decimal("2.5") / plan.usd_hour.typical
    assert plan.hours_worst == Decimal("2.5") / plan.ceiling_usd_hour
    assert plan.clouds == plan.groups[0].estimate.clouds + plan.groups[1].estimate.clouds
    assert plan.free_usd == 100


def test_the_card_and_the_text_tell_the_same_and_whose_market_it_is(session: Any) -> None:
    plan = session.plan(GPU)
    text, html = str(plan), plan._repr_html_()

    assert text.startswith("MOCK Plan: ")
    assert ">MOCK<" in html
    for said in (
        plan.id,
        "6 s per block, 30.437 days per month",
        "2026-01-05 12:00:00 UTC",
        "list prices",
        "lasts",
        "AWS",
    ):
        assert said in text
        assert said in html
    assert "without the GPUs" in text
    assert "<script" not in html
    assert len(repr(plan)) < 200
    assert len(repr(plan.groups)) < 400


def test_the_price_comes_first_by_the_month_and_with_gpus_by_the_hour(session: Any) -> None:
    def first_line(text: str) -> str:
        return str(session.plan(text)).partition("\n")[0]

    assert first_line(WEB_SDL) == "MOCK Plan: about $3.01/month, $0.00412/h"
    assert first_line(web(gpu="h100")) == "MOCK Plan: about $1.78/h, $1,303.28/month"


def test_what_is_wrong_stands_above_the_facts_and_what_is_merely_worth_knowing_below(session: Any) -> None:
    plan = session.plan(web(region="oc-pol", max_price=1))
    for shown in (str(plan), plan._repr_html_()):
        places = [shown.index(text) for text in ("Nobody could", "The SDL pays", "Ceiling", "A deposit is no cap")]
        assert places == sorted(places)


def test_a_service_in_two_placements_has_its_parts_twice(session: Any) -> None:
    there = {"pricing": {"web": {"denom": "uact", "amount": 200}}}
    text = sdl.patch(WEB_SDL, "/profiles/placement/there", there)
    plan = session.plan(sdl.patch(text, "/deployment/web/there", {"profile": "web", "count": 2}))

    assert " web: 0.5 CPU $2.25, 512 MiB memory $0.671, 1 GiB storage $0.0859 per month\n" in str(plan)
    assert " web: 1 CPU $4.50, 1 GiB memory $1.34, 2 GiB storage $0.172 per month\n" in str(plan)


def test_few_who_could_host_it_are_named_and_of_many_it_is_said_where_they_are(session: Any) -> None:
    few, many = session.plan(web(gpu="h100:8", cpu=8, max_price=100_000)), session.plan(WEB_SDL)

    assert len(few.groups[0].hosts) == 2
    assert all(f"{host.name} ({host.region})" in str(few) for host in few.groups[0].hosts)
    assert "42 could host it now: 6 in na-us-southwest, 6 in oc-aus, 5 in as-east and 25 elsewhere" in str(many)
    assert not any(name in str(many) for name in many.groups[0].able)


def test_those_whose_region_is_not_known_are_counted_too(session: Any) -> None:
    plan = session.plan(WEB_SDL)
    hosts = tuple(Host(f"{number}.example", "") for number in range(5))

    assert "5 could host it now: 5 elsewhere" in str(replace(plan, groups=(replace(plan.groups[0], hosts=hosts),)))


def test_text_from_providers_and_from_the_sdl_is_escaped(session: Any) -> None:
    plan = session.plan(WEB_SDL.replace("anywhere", '"<b>here</b>"'))
    evil = replace(plan.groups[0], hosts=(Host("<script>alert(1)</script>", "<b>there</b>"),))
    html = replace(plan, groups=(evil,))._repr_html_()

    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<b>here" not in html
    assert "<b>there" not in html


def test_no_secret_shows_but_the_plan_can_deploy_it(session: Any) -> None:
    plan = session.plan(SECRET)
    other = session.plan(sdl.patch(SECRET, "/services/web/env/0", f"API_TOKEN={CANARY}-2"))
    shown = [str(plan), repr(plan), plan._repr_html_(), repr(plan.groups), str(plan.diff(other)), plan.notices]
    shown += list(plan.diff(other).frame()["change"])

    assert not any(CANARY in str(each) for each in shown)
    assert CANARY in json.dumps(plan.to_json())
    assert session.apply(plan).sdl == SECRET


def test_bids_seen_before_are_what_the_price_rests_on(session: Any) -> None:
    bids = session.deploy(WEB_SDL).wait_for_bids()
    plan = session.plan(WEB_SDL)

    assert f"{len(bids)} bids seen on this" in str(plan)
    assert plan.usd_hour.high == max(bids.usd_per_hour(offer) for offer in bids)


def test_an_sdl_that_cannot_be_deployed_cannot_be_planned(session: Any, console: MockConsole) -> None:
    with pytest.raises(SDLError):
        session.plan("version: '2.0'")
    with pytest.raises(InvalidInputError):
        session.plan(WEB_SDL, deposit_usd="much")

    assert not console.calls


def test_a_wallet_that_cannot_be_read_does_not_keep_a_plan_from_being_made() -> None:
    faults = [{"fault": "status", "operation": name, "status": 403} for name in ("getBalances", "getUser")]
    with akash.connect(mock=MockConsole(faults=faults)) as session:
        plan = session.plan(WEB_SDL)

    assert (plan.free_usd, plan.is_trial) == (None, None)
    assert "Wallet" not in str(plan)


# What it warns of


@pytest.mark.parametrize(
    ("text", "deposit", "expected"),
    [
        (web(), 5, set()),
        (web(max_price=100_000), 5, {"ceiling-high"}),
        (web(max_price=1), 5, {"ceiling-low"}),
        (web(region="oc-pol"), 5, {"nobody", "region"}),
        (web(region="eu-central", cpu=384, memory="2Ti"), 10, {"nobody"}),
        (web(gpu="b300", max_price=1_000_000), 5, {"nobody", "model"}),
        (web().replace("nginx:1.27", "nginx"), 5, {"image"}),
        (web().replace("nginx:1.27", "nginx:latest"), 5, {"image"}),
        (web().replace("512Mi", "512Mib"), 5, {"sdl"}),
        (web(), 101, {"wallet"}),
        (web(), "0.49", {"deposit"}),
        (web(gpu="h100:8", cpu=8, max_price=1_000_000), 5, {"short", "ceiling-high"}),
    ],
    ids=[
        "nothing", "no real ceiling", "too low a ceiling", "an empty region", "too large", "a gpu nobody has", "no tag",
        "latest", "a decimal size", "an empty wallet", "too small a deposit", "minutes",
    ],
)  # fmt: skip
def test_what_is_odd_is_said(session: Any, text: str, deposit: int, expected: set[str]) -> None:
    plan = session.plan(text, deposit_usd=deposit)

    assert kinds(plan) - {"unaudited", "top-up"} == expected
    assert all(str(notice) in str(plan) for notice in plan.notices)


def test_the_web_console_s_default_ceiling_is_59_dollars_an_hour() -> None:
    with akash.connect(mock=MockConsole(block_seconds=Decimal("6.098"))) as session:
        plan = session.plan(web(max_price=100_000))

    assert round(plan.ceiling_usd_hour, 2) == Decimal("59.04")
    assert "$59.04/h" in next(notice.text for notice in plan.notices if notice.kind == "ceiling-high")


def test_the_worst_comes_first(session: Any) -> None:
    plan = session.plan(web(region="oc-pol", max_price=1).replace("nginx:1.27", "nginx"))
    levels = [notice.level for notice in plan.notices]

    assert levels == sorted(levels, key=["stop", "warning", "note"].index)
    assert {"stop", "warning", "note"} <= set(levels)


def test_a_paying_wallet_is_told_that_a_deposit_is_no_cap_unless_a_budget_makes_it_one(session: Any) -> None:
    assert "top-up" in kinds(session.plan(WEB_SDL))

    with akash.budget(usd=5):
        assert "top-up" not in kinds(session.plan(WEB_SDL))


@pytest.mark.parametrize(
    ("gpu", "levels"),
    [("h100", ["stop"]), ("rtx4090:2", ["stop"]), (1, ["warning"]), ("t4", []), (None, [])],
)
def test_a_trial_wallet_is_told_which_gpus_it_may_not_have(gpu: Any, levels: list[str]) -> None:
    with akash.connect(mock=MockConsole(trial=True)) as session:
        plan = session.plan(web(gpu=gpu))

    assert plan.is_trial
    assert [notice.level for notice in plan.notices if notice.kind == "trial"] == levels
    assert "top-up" not in kinds(plan)


# As a record


def test_a_plan_survives_json_and_is_the_same_again(session: Any) -> None:
    plan = session.plan(TWO_GROUPS, deposit_usd="2.5")
    text = json.dumps(plan.to_json())
    again = Plan.from_json(text)

    assert again == plan == Plan.from_json(plan.to_json())
    assert again.id == plan.id
    assert again.session is None
    assert str(again) == str(plan)


def test_its_id_depends_on_everything_but_the_time(session: Any, console: MockConsole) -> None:
    plan = session.plan(WEB_SDL)
    console.advance(60)
    later = session.plan(WEB_SDL)

    assert later.at > plan.at
    assert later.id == plan.id
    assert session.plan(WEB_SDL, deposit_usd=6).id != plan.id
    assert session.plan(WEB_SDL + "# a comment\n").id != plan.id


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: value | {"id": "0" * 12},
        lambda value: value | {"plan": value["plan"] | {"deposit_usd": "500"}},
    ],
    ids=["another id", "another deposit"],
)
def test_a_plan_that_was_changed_by_hand_is_refused(session: Any, spoil: Any) -> None:
    with pytest.raises(InvalidInputError, match="changed"):
        Plan.from_json(spoil(session.plan(WEB_SDL).to_json()))


def test_a_plan_of_another_format_is_told_apart_from_one_that_was_changed(session: Any) -> None:
    with pytest.raises(InvalidInputError, match="another version of akash_nb"):
        Plan.from_json(session.plan(WEB_SDL).to_json() | {"format": 2})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda value: None,
        lambda value: "{",
        lambda value: [],
        lambda value: value | {"plan": 1},
        lambda value: value | {"plan": value["plan"] | {"deposit_usd": 5}},
        lambda value: value | {"plan": value["plan"] | {"deposit_usd": "many"}},
        lambda value: value | {"plan": value["plan"] | {"is_mock": "yes"}},
        lambda value: value | {"plan": value["plan"] | {"at": "today"}},
        lambda value: value | {"plan": value["plan"] | {"groups": {}}},
        lambda value: value | {"plan": {name: item for name, item in value["plan"].items() if name != "sdl"}},
    ],
)
def test_what_is_no_plan_is_refused(session: Any, spoil: Any) -> None:
    with pytest.raises(InvalidInputError, match="no plan"):
        Plan.from_json(spoil(session.plan(WEB_SDL).to_json()))


# Beside another


def test_a_difference_costs_what_its_parts_cost(session: Any) -> None:
    before = session.plan(web(cpu=1, memory="1Gi"))
    after = session.plan(web(cpu=2, memory="1Gi", region="eu-central").replace("1.27", "1.28"), deposit_usd=6)
    diff = before.diff(after)
    cost = {change.text: change.usd_month for change in diff.changes}

    assert cost.pop("web CPU 1 CPU -> 2 CPU") == Decimal("4.5")
    assert set(cost.values()) == {Decimal(0)}
    assert any("image" in text for text in cost)
    assert any("location-region" in text for text in cost)
    assert "deposit $5.00 -> $6.00" in cost
    assert diff.usd_month == Decimal("4.5")
    assert "web CPU 1 CPU -> 2 CPU: +$4.50/month" in str(diff)
    assert str(diff).startswith("MOCK plans differ: +$4.50/month at list prices\n")
    assert round(diff.expected[1] - diff.expected[0], 6) == Decimal("4.5")


def test_going_back_costs_the_opposite(session: Any) -> None:
    a, b = session.plan(web(cpu=1)), session.plan(web(cpu=8, gpu="t4", storage="2Gi", max_price=20_000))
    there, back = a.diff(b), b.diff(a)

    assert there.usd_month == -back.usd_month > 0
    assert [change.text for change in there.changes if change.usd_month] == [
        "web CPU 1 CPU -> 8 CPU",
        "web storage 1 GiB -> 2 GiB",
        "web GPU none -> 1 × t4",
    ]


def test_a_ceiling_that_moved_is_told_in_dollars_and_has_no_price_of_its_own(session: Any) -> None:
    diff = session.plan(web(max_price=100)).diff(session.plan(web(max_price=1000)))
    (change,) = diff.changes

    assert (change.group, change.text, change.usd_month) == ("akash", "ceiling $0.06/h -> $0.60/h", 0)
    assert "\n  ceiling $0.06/h -> $0.60/h\n" in str(diff)


def test_of_several_groups_it_is_told_whose_ceiling_moved(session: Any) -> None:
    dearer = sdl.patch(TWO_GROUPS, "/profiles/placement/elsewhere/pricing/db/amount", 900)

    assert "elsewhere ceiling $0.30/h -> $0.54/h" in str(session.plan(TWO_GROUPS).diff(session.plan(dearer)))


def test_a_service_more_is_told_with_its_parts(session: Any) -> None:
    one = session.plan(sdl.build(image="wordpress:6.7.2-apache", name="app", cpu=1, memory="1Gi", storage="2Gi"))
    diff = one.diff(session.plan(sdl.scaffold("multi-service")))

    assert "db CPU none -> 1 CPU" in {change.text for change in diff.changes}


def test_plans_that_are_the_same_have_no_differences(session: Any, console: MockConsole) -> None:
    plan = session.plan(GPU)
    console.advance(30)
    diff = plan.diff(session.plan(GPU + "# a comment\n"))

    assert not diff
    assert "no differences" in str(diff)
    assert list(diff.frame().columns) == [column.name for column in TABLE.columns]


def test_half_as_large_and_twice_as_often_is_a_difference_of_no_cost(session: Any) -> None:
    one = session.plan(web(cpu=2, memory="2Gi", storage="2Gi", count=1, max_price=1000))
    two = session.plan(web(cpu=1, memory="1Gi", storage="1Gi", count=2, max_price=500))
    diff = one.diff(two)
    text = str(diff)

    assert diff
    assert diff.usd_month == 0
    for what in ("cpu/units: 2 -> 1", "memory/size: 2Gi -> 1Gi", "count: 1 -> 2", "amount: 1000 -> 500"):
        assert what in text


def test_two_gpus_in_one_or_one_in_each_of_two_is_told_beside_what_costs(session: Any) -> None:
    text = str(session.plan(web(gpu="a100:2")).diff(session.plan(web(gpu="a100", count=2))))

    assert "web CPU 0.5 CPU -> 1 CPU: +$2.25/month" in text
    assert "gpu/units: 2 -> 1" in text
    assert "count" not in text  # which the parts tell


def test_of_gpus_that_are_called_the_same_it_is_told_what_they_must_be(session: Any) -> None:
    any_memory = web(gpu="a100")
    models = "/profiles/compute/web/resources/gpu/attributes/vendor/nvidia"
    large = sdl.patch(any_memory, models, [{"model": "a100", "ram": "80Gi"}])
    (change,) = session.plan(any_memory).diff(session.plan(large)).changes

    assert change.text == "web GPU 1 × a100, nvidia/model/a100 -> nvidia/model/a100/ram/80Gi"


@pytest.mark.parametrize("seed", range(20))
def test_plans_differ_whenever_what_they_deploy_does(session: Any, seed: int) -> None:
    chance = random.Random(seed)

    def some() -> str:
        size, often = chance.choice([(1, 4), (2, 2), (4, 1)])
        text = web(cpu=size, memory=f"{size}Gi", storage=f"{size}Gi", count=often, max_price=4000 // often)
        return text.replace("nginx:1.27", chance.choice(["nginx:1.27", "nginx:1.28"]))

    one, other = some(), some()

    assert bool(session.plan(one).diff(session.plan(other))) == bool(sdl.diff(one, other))


def test_a_price_that_moved_is_told_without_a_change_of_the_sdl(session: Any) -> None:
    plan = session.plan(GPU)
    diff = _cheaper(plan, Decimal("0.5")).diff(plan)

    assert all("whose price moved" in change.text for change in diff.changes)
    assert diff.usd_month == pytest.approx(plan.usd_month.typical / 2)


def test_a_gpu_without_a_price_has_none_that_moved(session: Any) -> None:
    unknown, known = session.plan(web(gpu="a9999")), session.plan(web(gpu="a100"))

    assert not unknown.diff(unknown)
    assert known.diff(unknown).usd_month is None


def test_a_gpu_without_a_price_makes_the_difference_unknown(session: Any) -> None:
    diff = session.plan(web()).diff(session.plan(web(gpu="a9999")))

    assert diff.usd_month is None
    assert "price unknown" in str(diff)
    assert diff.frame()["usd_month"].isna().sum() == 1


# Applied


def test_apply_deploys_exactly_what_was_planned(session: Any, console: MockConsole) -> None:
    plan = session.plan(WEB_SDL, deposit_usd="2.5")
    deployment = plan.apply()
    (sent,) = (json.loads(call.body)["data"] for call in console.calls if call.operation == "createDeployment")

    assert sent == {"sdl": WEB_SDL, "deposit": 2.5}
    assert deployment.plan == plan
    assert session.current is deployment


def test_the_awaited_session_plans_and_applies_too() -> None:
    async def journey() -> Any:
        async with akash.connect_async(mock=MockConsole()) as session:
            plan = await session.plan(WEB_SDL)
            return plan, await plan.apply()

    plan, deployment = asyncio.run(journey())
    assert deployment.plan == plan


def refused(session: Any, console: MockConsole, plan: Plan, **options: Any) -> str:
    """Why, with nothing sent."""
    with pytest.raises(InvalidInputError) as caught:
        session.apply(plan, **options)
    assert "createDeployment" not in operations(console)
    assert caught.value.means == "Nothing was sent."
    assert caught.value.todo
    return caught.value.what


def test_a_file_that_was_changed_since_is_not_deployed(session: Any, console: MockConsole, tmp_path: Path) -> None:
    path = tmp_path / "deploy.yaml"
    path.write_text(WEB_SDL)
    plan = session.plan(path)
    assert str(path) in str(plan)
    path.write_text(WEB_SDL.replace("1.27", "1.28"))
    assert "was changed" in refused(session, console, plan)

    path.unlink()
    assert "cannot be read" in refused(session, console, plan)

    path.write_text(WEB_SDL)
    assert session.apply(plan).plan == plan


def test_the_session_s_sdl_that_was_changed_since_is_not_deployed(session: Any, console: MockConsole) -> None:
    session.sdl = WEB_SDL
    plan = session.plan()
    session.sdl = WEB_SDL.replace("1.27", "1.28")

    assert "was changed" in refused(session, console, plan)


def test_text_that_was_given_is_deployed_whatever_the_session_s_sdl(session: Any) -> None:
    session.sdl = WEB_SDL
    plan = session.plan(WEB_SDL)
    session.sdl = GPU

    assert session.apply(plan).sdl == WEB_SDL


def _cheaper(plan: Plan, factor: Decimal) -> Plan:
    """The plan as it would be had everything cost so much less when it was made."""

    def group(each: GroupPlan) -> GroupPlan:
        found = each.estimate
        parts = tuple(replace(part, usd_month=part.usd_month and part.usd_month * factor) for part in found.parts)
        return replace(each, estimate=replace(found, parts=parts, usd_hour=found.usd_hour and found.usd_hour * factor))

    return replace(plan, groups=tuple(map(group, plan.groups)))


@pytest.mark.parametrize(
    ("factor", "tolerance", "is_refused"),
    [("0.95", 0.1, False), ("0.90", 0.1, True), ("0.90", "0.2", False), ("0.99", 0, True), ("1.5", 0, False)],
)
def test_a_price_that_rose_by_more_than_tolerated_is_not_paid(
    session: Any, console: MockConsole, factor: str, tolerance: Any, is_refused: bool
) -> None:
    plan = _cheaper(session.plan(GPU), Decimal(factor))

    if is_refused:
        assert "rose" in refused(session, console, plan, tolerance=tolerance)
    else:
        assert session.apply(plan, tolerance=tolerance).plan == plan


def test_bids_that_came_meanwhile_are_not_taken_for_a_rise(session: Any) -> None:
    plan = session.plan(WEB_SDL)
    deployment = plan.apply()
    deployment.wait_for_bids()
    deployment.close()

    assert session.plan(WEB_SDL).usd_hour.typical > plan.usd_hour.typical
    assert session.apply(plan, tolerance=0).dseq != deployment.dseq


def test_where_nobody_could_host_it_any_more_nothing_is_deployed(session: Any, console: MockConsole) -> None:
    plan = session.plan(web(region="oc-pol"))
    hopeful = replace(plan, groups=(replace(plan.groups[0], hosts=(Host("provider.example", "eu-west"),)),))

    assert "Nobody could host" in refused(session, console, hopeful)
    assert session.apply(plan).plan == plan  # it was known when the plan was made


def test_a_plan_of_the_real_market_is_not_applied_to_the_mock(session: Any, console: MockConsole) -> None:
    assert "MOCK" in refused(session, console, replace(session.plan(WEB_SDL), is_mock=False))


@pytest.mark.parametrize("nothing", [None, "plan", {}])
def test_what_is_no_plan_is_neither_applied_nor_compared(session: Any, console: MockConsole, nothing: Any) -> None:
    assert "is no plan" in refused(session, console, nothing)
    with pytest.raises(InvalidInputError, match="is no plan"):
        session.plan(WEB_SDL).diff(nothing)


@pytest.mark.parametrize("tolerance", [-0.1, "much", None, float("nan")])
def test_a_tolerance_is_a_share(session: Any, console: MockConsole, tolerance: Any) -> None:
    assert "tolerance" in refused(session, console, session.plan(WEB_SDL), tolerance=tolerance)


def test_a_plan_from_json_is_applied_by_a_session(session: Any) -> None:
    plan = Plan.from_json(session.plan(WEB_SDL).to_json())
    with pytest.raises(InvalidInputError, match="session"):
        plan.apply()

    assert session.apply(plan).plan == plan


def test_an_unknown_price_when_planned_is_no_rise(session: Any) -> None:
    plan = session.plan(GPU)
    found = plan.groups[0].estimate
    parts = tuple(replace(part, usd_month=None) for part in found.parts)
    blank = replace(plan.groups[0], estimate=replace(found, parts=parts, usd_hour=None))

    assert session.apply(replace(plan, groups=(blank,))).sdl == GPU


def test_a_range_reads_as_people_say_it() -> None:
    assert str(Range(Decimal("0.5"), Decimal(1), Decimal("2.25"))) == "$1.00 ($0.50 to $2.25)"


def test_a_plan_says_what_a_budget_would_say(session: Any) -> None:
    with akash.budget(usd=3, usd_per_hour="0.0001", ttl="4h"):
        plan = session.plan(WEB_SDL, deposit_usd=5)
    said = [notice for notice in plan.notices if notice.kind == "budget"]

    assert [notice.level for notice in said] == ["stop", "warning", "note"]
    assert "beyond the budget, which has $3.00 left" in said[0].text
    assert "top-up" not in [notice.kind for notice in plan.notices]


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"usd": 50, "ttl": "4d"}, "adds about $10.49 to the escrow, so that it lasts 4 d"),
        ({"ttl": "4d"}, "adds about $10.49 to the escrow"),
        ({"usd": 2, "ttl": "4d"}, "adds about $1.50 to the escrow, so that it lasts 17 h 28 min"),
    ],
)
def test_a_plan_under_a_time_limit_says_what_the_lease_will_put_in(
    session: Any, limits: dict[str, Any], words: str
) -> None:
    """16 CPU, 8 GiB and 10 GiB come to $83.60 a month, $0.1144/h."""
    text = web(cpu=16, memory="8Gi", storage="10Gi", max_price="$5/h")
    with akash.budget(**limits):
        plan = session.plan(text)

    assert plan.deposit_usd == Decimal("0.5")
    assert words in str(plan)
    assert "short" not in kinds(plan)


def test_a_deposit_of_one_s_own_is_not_filled_up_so_that_it_may_be_short(session: Any) -> None:
    with akash.budget(ttl="4d"):
        plan = session.plan(web(gpu="a100"), deposit_usd="0.6")

    assert "short" in kinds(plan)
    assert "The lease adds" not in str(plan)


def test_what_is_applied_under_a_time_limit_has_its_escrow_filled_for_it(session: Any) -> None:
    dear = akash.sdl.build(image="nginx:1.27", cpu=16, memory="16Gi", max_price="$5/h")
    with akash.budget(usd=50, ttl="4d"):
        deployment = session.plan(dear).apply()
        deployment.wait_for_bids()
        deployment.lease()

    time_left = (deployment.ends_at - session.now()).total_seconds()
    assert float(deployment.runway.seconds_left) == pytest.approx(time_left, rel=0.01)


def test_a_plan_with_less_than_the_service_turns_out_to_take_is_to_be_made_anew() -> None:
    """Which dialect it speaks is not known before the first step."""
    with akash.connect(mock=MockConsole(dialect="guide")) as session, akash.budget(usd=50, ttl="4h"):
        with pytest.raises(InvalidInputError, match=r"\$0\.50 is less than .* \$5\.00.*a new plan"):
            session.plan(WEB_SDL).apply()

        assert session.plan(WEB_SDL).apply().plan.deposit_usd == 5


def test_the_receipt_compares_with_the_plan_and_the_clouds(session: Any, console: MockConsole) -> None:
    deployment = session.plan(WEB_SDL).apply()
    deployment.wait_for_bids()
    deployment.lease()
    console.advance(3 * 3600)
    receipt = deployment.close()

    assert receipt.planned_usd_hour == deployment.plan.usd_hour.typical
    assert receipt.hours == pytest.approx(Decimal(3), rel=Decimal("0.01"))
    assert receipt.clouds_usd.aws_usd > receipt.paid_usd
    assert "planned" in str(receipt)
