"""Why no bids come: on a market where that is the cause it is named, and the SDL with its fix gets bids."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import akash_nb as akash
from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError, InvalidRequestError, NoBidsError
from akash_nb.explanation import Explanation, Finding
from akash_nb.frames.explanation import TABLE
from mock_server import MockConsole

Entry = dict[str, Any]
Market = Callable[..., MockConsole]

DEAR = sdl.vary(WEB_SDL, max_price="$40/h")
#: Calls that are no reads.
SPENDING = {"createDeployment", "createLease", "depositDeployment", "depositDeploymentGuide", "updateDeployment"}


def provider(name: str, region: str = "eu-west", **more: Any) -> Entry:
    """Somebody with room who bids on everything."""
    about = {"cpu": 64, "memory": "256Gi", "disk": "2Ti", "nodes": 1, "used": 0, "gpus": [], "storage": ["beta3"]}
    return {"name": name, "region": region, **about, "leased_ips": False, "bids": "always", "outages": [], **more}


def gpus(model: str, count: int, **more: Any) -> list[Entry]:
    return [{"model": model, "count": count, "per_node": count, **more}]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    """A market of these providers and no others."""

    def made(*providers: Entry, **options: Any) -> MockConsole:
        path = tmp_path / "fleet.yaml"
        path.write_text(json.dumps({"providers": providers}))
        return MockConsole(fleet=path, **options)

    return made


def explained(console: MockConsole, text: str) -> Explanation:
    """What the failed wait for bids says."""
    with akash.connect(mock=console) as session:
        deployment = session.deploy(text)
        with pytest.raises(NoBidsError) as caught:
            deployment.wait_for_bids()
        assert deployment.explanation is caught.value.explanation
        deployment.close()
    return caught.value.explanation


def bidders(console: MockConsole, text: str) -> int:
    """How many bid on an SDL."""
    with akash.connect(mock=console) as session:
        deployment = session.deploy(text)
        count = len(deployment.wait_for_bids().open)
        deployment.close()
    return count


def cause(explanation: Explanation, kind: str) -> Finding:
    return next(finding for finding in explanation.causes if finding.kind == kind)


PLAIN = provider("Plain")
BIG = provider("Big", "na-us-west", cpu=128, memory="1Ti", disk="8Ti")
STORED = sdl.vary(WEB_SDL, storage="1Gi").replace(
    "        storage:\n          size: 1Gi\n",
    "        storage:\n          - size: 1Gi\n          - name: data\n            size: 10Gi\n"
    "            attributes: {persistent: true, class: beta1}\n",
).replace("    expose:", "    params:\n      storage:\n        data:\n          mount: /data\n    expose:")  # fmt: skip
WITH_IP = WEB_SDL.replace("global: true", "global: true\n            ip: mine").replace(
    "profiles:", "endpoints:\n  mine:\n    kind: ip\nprofiles:", 1
)


def placed(lines: str) -> str:
    """With these lines in the placement."""
    return WEB_SDL.replace("      pricing:\n", f"{lines}      pricing:\n")


CASES = [
    pytest.param([PLAIN], WEB_SDL.replace("1000", "0.5"), "ceiling", "it pays $0.0003/h at most", 1, id="ceiling"),
    pytest.param(
        [PLAIN, BIG],
        sdl.vary(WEB_SDL, region="moon"),
        "region",
        "no audited provider that is online offers it; anywhere, 2 audited providers could host it (eu-west 1, na-us-",
        2,
        id="a region where nobody is",
    ),
    pytest.param(
        [PLAIN, BIG],
        sdl.vary(DEAR, region="eu-west", memory="512Gi"),
        "region",
        "1 audited provider that is online offers it, but not what else is asked for; anywhere, 1 audited provider",
        1,
        id="a region with too little",
    ),
    pytest.param(
        [PLAIN, BIG],
        placed("      attributes:\n        tier: community\n"),
        "attribute",
        "without it, 2 audited providers",
        2,
        id="attribute",
    ),
    pytest.param(
        [PLAIN],
        placed("      signedBy:\n        allOf: [akash1somebodyelse]\n"),
        "signatures",
        "without them, 1 audited provider",
        1,
        id="signatures",
    ),
    pytest.param(
        [provider("Let", gpus=gpus("h100", 8, free=0)), provider("Free", gpus=gpus("h200", 8)), PLAIN],
        sdl.vary(DEAR, gpu="h100"),
        "model",
        "no audited provider that is online offers it; with h100 or h200 GPUs, 1 audited provider",
        1,
        id="a GPU model that is not free, another has as much memory",
    ),
    pytest.param(
        [provider("Let", gpus=gpus("h100", 8, free=0)), provider("Small", gpus=gpus("t4", 2))],
        sdl.vary(DEAR, gpu="h100"),
        "model",
        "with any GPUs, 1 audited provider",
        1,
        id="a GPU model that is not free, others are smaller",
    ),
    pytest.param(
        [provider("Half", gpus=gpus("a100", 4, ram="40Gi"))],
        sdl.vary(DEAR, gpu="a100").replace("model: a100", "model: a100\n                  ram: 80Gi"),
        "model",
        "with a100 GPU, 1 audited provider",
        1,
        id="a GPU of another memory",
    ),
    pytest.param(
        [provider("Six", gpus=gpus("rtx4090", 6)), provider("Four", gpus=gpus("rtx4090", 4))],
        sdl.vary(DEAR, gpu="rtx4090:8"),
        "gpus",
        "no audited provider that is online offers it; with at most 6 GPUs, 1 audited provider",
        1,
        id="GPUs on one machine",
    ),
    pytest.param(
        [PLAIN, provider("Two", cpu=96, nodes=2)],
        sdl.vary(DEAR, cpu=96),
        "cpu",
        "no audited provider that is online offers it; with at most 63 CPU, 1 audited provider",
        1,
        id="CPU on one machine",
    ),
    pytest.param(
        [PLAIN],
        sdl.vary(DEAR, memory="512Gi"),
        "memory",
        "with at most 256 GiB, 1 audited",
        1,
        id="memory on one machine",
    ),
    pytest.param([PLAIN], sdl.vary(DEAR, storage="4Ti"), "storage", "with at most 2 TiB, 1 audited", 1, id="storage"),
    pytest.param(
        [PLAIN],
        sdl.vary(DEAR, cpu=16, count=20),
        "replicas",
        "with at most 4 replicas, 1 audited provider",
        1,
        id="replicas",
    ),
    pytest.param([PLAIN], STORED, "class", "with beta3, 1 audited provider", 1, id="storage class"),
    pytest.param([PLAIN], WITH_IP, "ip", "without it, 1 audited provider", 1, id="leased IP"),
    pytest.param(
        [PLAIN],
        WEB_SDL.replace("    expose:", "    params:\n      tee: cpu\n    expose:"),
        "tee",
        "without it, 1 audited provider",
        1,
        id="confidential compute",
    ),
    pytest.param(
        [PLAIN, provider("Rack", "na-us-west", gpus=gpus("t4", 2))],
        sdl.vary(DEAR, gpu="h100", region="eu-west"),
        "several",
        "none of these alone is in the way; anywhere and with any GPUs, 1 audited provider",
        1,
        id="two together",
    ),
    pytest.param(
        [PLAIN],
        sdl.vary(DEAR, cpu=200, memory="1Ti", storage="9Ti"),
        "several",
        "with at most 62 CPU, with at most 256 GiB and with at most 1.97 TiB, 1 audited",
        1,
        id="three together",
    ),
    pytest.param(
        [PLAIN], sdl.vary(DEAR, gpu="h100", cpu=200), "several", "with at most 62 CPU and without GPUs", 1, id="no GPUs"
    ),
    pytest.param(
        [PLAIN],
        sdl.vary(WEB_SDL, region="moon").replace("1000", "0.5"),
        "region",
        "could host it (eu-west 1), for $0.00412/h as is usual",
        1,
        id="region and ceiling",
    ),
]


@pytest.mark.parametrize(("providers", "text", "kind", "words", "providers_brought"), CASES)
def test_the_cause_is_named_and_the_sdl_with_its_fix_gets_bids(
    market: Market, providers: list[Entry], text: str, kind: str, words: str, providers_brought: int
) -> None:
    explanation = explained(market(*providers), text)
    best = explanation.best

    assert best is not None
    assert (best.kind, best.verdict) == (kind, "cause")
    assert words in best.text
    assert best.providers == providers_brought
    assert bidders(market(*providers), explanation.apply()) == providers_brought


def test_where_only_unaudited_providers_could_it_is_said_and_what_audited_ones_have_is_proposed(market: Market) -> None:
    fleet = [provider("Shady", audited=False), provider("Dusky", audited=False), provider("Known", "na-us-west")]
    explanation = explained(market(*fleet), sdl.vary(WEB_SDL, region="eu-west"))

    assert explanation.best is not None
    assert explanation.best.kind == "audit"
    assert explanation.best.text.startswith("only 2 providers that are online could host it, not audited")
    assert explanation.fixes[0].kind == "region"
    assert bidders(market(*fleet), explanation.apply()) == 1


def test_what_a_trial_wallet_may_not_rent_is_replaced_by_what_it_may(market: Market) -> None:
    fleet = [provider("Rack", gpus=gpus("h100", 8)), provider("Other", gpus=gpus("a40", 4))]
    text = sdl.vary(DEAR, gpu="h100")
    console = market(*fleet, trial=True)
    with akash.connect(mock=console) as session:
        with pytest.raises(InvalidRequestError, match="not available on free trial"):
            session.deploy(text)
        explanation = session.explain(text)

    assert explanation.best is not None
    assert explanation.best.kind == "trial"
    assert "the service refuses it; with h100 or a40 GPUs" not in explanation.best.text
    assert "the service refuses it; with a40 GPU, 1 audited provider could host it" in explanation.best.text
    assert bidders(console, explanation.apply()) == 1


def test_on_a_trial_any_gpu_may_be_one_whose_bids_are_hidden(market: Market) -> None:
    fleet = [
        provider("Rack", gpus=gpus("h100", 8, usd_hour=0.1)),
        provider("More", gpus=[*gpus("a100", 2), *gpus("t4", 2)]),
    ]
    cheap_a100 = [{**fleet[1], "gpus": [*gpus("a100", 2, usd_hour=0.1), *gpus("t4", 2)]}]
    console = market(fleet[0], *cheap_a100, trial=True)
    explanation = explained(console, sdl.vary(DEAR, gpu=1))

    fix = cause(explanation, "trial")
    assert fix.verdict == "possible"
    assert fix.change == "GPU model for web: any → t4"
    assert bidders(console, fix.patched) == 1


def test_on_a_trial_who_has_only_gpus_that_it_may_not_rent_is_nobody(market: Market) -> None:
    fleet = [provider("Rack", gpus=gpus("h100", 8)), provider("Plain")]
    explanation = explained(market(*fleet, trial=True), sdl.vary(DEAR, gpu=1))

    assert explanation.best is not None
    assert (explanation.best.kind, explanation.best.verdict) == ("trial", "cause")
    assert "only 1 audited provider could host it, with GPUs that no trial wallet may rent" in explanation.best.text
    assert [fix.change for fix in explanation.fixes] == ["GPUs for web → none"]


@pytest.mark.parametrize(
    ("rack", "other", "demand", "change"),
    [
        ({"disk": "20Ti"}, {}, {"storage": "10Ti"}, "storage of web: 10 TiB → 1.88 TiB"),
        ({}, {"region": "na-us-west"}, {"region": "eu-west"}, "location-region: eu-west → any"),
    ],
)
def test_on_a_trial_a_fix_counts_only_those_whose_bids_may_be_shown(
    market: Market, rack: Entry, other: Entry, demand: dict[str, str], change: str
) -> None:
    fleet = [provider("Rack", gpus=gpus("h100", 8), **rack), provider("Other", gpus=gpus("t4", 4), **other)]
    explanation = explained(market(*fleet, trial=True), sdl.vary(DEAR, gpu=1, **demand))

    (fix,) = explanation.fixes
    assert (fix.verdict, fix.change, fix.providers) == ("cause", change, 1)
    assert bidders(market(*fleet, trial=True), explanation.apply()) == 1


def test_bids_that_came_and_went_are_the_cause_whatever_else_might_be(market: Market) -> None:
    console = market(PLAIN)
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        console.advance(400)
        explanation = deployment.explain()

    assert [finding.kind for finding in explanation.causes] == ["lapsed"]
    assert "choose in time" in explanation.causes[0].advice


def test_of_what_was_made_elsewhere_only_its_bids_are_known(market: Market) -> None:
    console = market(PLAIN)
    akash.connect(mock=console).deploy(WEB_SDL)
    (found,) = akash.connect(mock=console).resume()
    before = found.explain()
    console.advance(60)
    assert len(found.refresh_bids().open) == 1
    console.advance(400)
    after = found.explain()

    assert [(finding.kind, finding.verdict) for finding in before] == [("sdl", "unknown")]
    assert [finding.kind for finding in after] == ["lapsed", "sdl"]


@pytest.mark.parametrize("stage", ["bids", "leased", "closed"])
def test_where_there_is_nothing_to_explain_it_says_so(market: Market, stage: str) -> None:
    console = market(PLAIN)
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.wait_for_bids()
        if stage != "bids":
            deployment.lease()
        if stage == "closed":
            deployment.close()
        asked = console.count("screenProviders")
        explanation = deployment.explain()

    words = {"bids": "1 open bid on deployment", "leased": "is leased", "closed": "is closed"}[stage]
    assert words in explanation.headline
    assert list(explanation) == []
    assert console.count("screenProviders") == asked


def test_where_nothing_is_wrong_no_cause_is_made_up() -> None:
    explanation = explained(MockConsole.from_scenario("no-bids"), WEB_SDL)

    assert explanation.causes == ()
    assert explanation.best is None
    assert "wait longer" in explanation.headline
    with pytest.raises(InvalidInputError, match="no fix number 0: there is none"):
        explanation.apply()


def test_who_could_host_it_but_is_alone_may_leave_it(market: Market) -> None:
    fleet = [provider("Shy", bids="never"), provider("Far", "na-us-west")]
    explanation = explained(market(*fleet), sdl.vary(WEB_SDL, region="eu-west"))

    assert [finding.verdict for finding in explanation.causes] == ["possible", "possible"]
    assert "providers do not bid on every order" in explanation.causes[0].text
    assert bidders(market(*fleet), explanation.apply()) == 1


def test_a_ceiling_between_the_usual_price_and_the_highest_is_a_possible_cause(market: Market) -> None:
    fleet = [provider(f"Dear {i}", price=1.9) for i in range(3)]
    explanation = explained(market(*fleet), WEB_SDL.replace("1000", "10"))

    assert [(finding.kind, finding.verdict) for finding in explanation.causes] == [("ceiling", "possible")]
    assert bidders(market(*fleet), explanation.apply()) == 3


def test_the_scenario_of_a_gpu_shortage_is_explained() -> None:
    console = MockConsole.from_scenario("gpu-shortage")
    explanation = explained(console, sdl.vary(DEAR, gpu="h100:8", count=2, max_price="$40/h"))

    assert explanation.best is not None
    assert {finding.kind for finding in explanation.fixes} == {"gpus", "replicas"}
    assert bidders(console, explanation.apply()) == 1


def test_on_an_empty_market_nothing_is_proposed() -> None:
    explanation = explained(MockConsole(fleet="empty"), sdl.vary(WEB_SDL, region="moon"))

    assert explanation.best is not None
    assert "could host even the least of it" in explanation.best.text
    assert explanation.fixes == ()


def test_an_sdl_that_is_wrong_is_the_cause_and_nobody_is_asked(market: Market) -> None:
    console = market(PLAIN)
    with akash.connect(mock=console) as session:
        explanation = session.explain(WEB_SDL.replace("cpu:", "cpuu:"))

    assert explanation.best is not None
    assert explanation.best.kind == "sdl"
    assert explanation.best.text.startswith("line 13: Missing required field")
    assert console.count("screenProviders") == 0


def test_before_anything_is_deployed_the_same_is_told_and_nothing_is_spent(market: Market) -> None:
    console = market(PLAIN)
    with akash.connect(mock=console) as session:
        explanation = session.explain(sdl.vary(WEB_SDL, region="moon"))
        fine = session.explain(WEB_SDL)

    assert explanation.best is not None
    assert explanation.best.kind == "region"
    assert explanation.headline == "What would keep bids away"
    assert [finding.verdict for finding in fine] == ["possible", "ok", "ok"]
    assert not SPENDING & {call.operation for call in console.calls}


def test_it_can_be_awaited(market: Market) -> None:
    async def journey() -> Explanation:
        async with akash.connect_async(mock=market(PLAIN)) as session:
            await session.explain(WEB_SDL)
            deployment = await session.deploy(sdl.vary(WEB_SDL, region="moon"))
            return await deployment.explain()

    assert asyncio.run(journey()).fixes[0].kind == "region"


def test_only_the_groups_that_lack_bids_are_explained_and_named(market: Market) -> None:
    text = (
        WEB_SDL.replace("services:\n", "services:\n  db:\n    image: postgres:16\n", 1)
        .replace("  placement:\n", "  placement:\n    moon:\n      attributes: {location-region: moon}\n"
                 "      pricing:\n        web:\n          denom: uact\n          amount: 1000\n")
        .replace("deployment:\n", "deployment:\n  db:\n    moon:\n      profile: web\n      count: 1\n")
    )  # fmt: skip
    explanation = explained(market(PLAIN, BIG, provider("Third")), text)

    assert {finding.group for finding in explanation if finding.group} == {"moon"}
    assert explanation.fixes[0].cause == "Region moon (moon)"
    assert bidders(market(PLAIN, BIG, provider("Third")), explanation.apply()) == 6


def test_what_cannot_be_asked_is_unknown_and_hides_nothing_else(market: Market) -> None:
    console = market(PLAIN)
    console.faults.status(400, "screenProviders")
    explanation = explained(console, sdl.vary(WEB_SDL, region="moon"))
    assert [(f.kind, f.verdict) for f in explanation][:1] == [("supply", "unknown")]

    console = market(PLAIN)
    console.faults.status(400, "getPricing")
    explanation = explained(console, sdl.vary(WEB_SDL, region="moon"))
    assert explanation.fixes[0].kind == "region"
    assert ("ceiling", "unknown") in [(f.kind, f.verdict) for f in explanation]


def test_even_with_many_demands_it_asks_some_dozens_of_times(market: Market) -> None:
    attributes = "".join(f"        key-{i}: v\n" for i in range(12))
    text = sdl.vary(placed(f"      attributes:\n{attributes}"), gpu="h100:8", cpu=200, max_price="$40/h")
    console = market(PLAIN)
    with akash.connect(mock=console) as session:
        explanation = session.explain(text)

    assert explanation.fixes[0].kind == "several"
    assert console.count("screenProviders") <= 100


# The record


@pytest.fixture
def explanation(market: Market) -> Explanation:
    """Of an SDL with comments, in a region where nobody is."""
    text = sdl.vary(WEB_SDL, region="moon").replace("location-region: moon", "location-region: moon  # one day")
    with akash.connect(mock=market(PLAIN, BIG)) as session:
        return session.explain(text.replace("count: 1", "count: 1 # enough"))


def test_a_fix_changes_what_it_says_and_leaves_comments_alone(explanation: Explanation) -> None:
    fixed = explanation.apply()

    assert explanation.fixes[0].change == "location-region: moon → any"
    assert "location-region" not in fixed
    assert "count: 1 # enough" in fixed
    assert sdl.compile(fixed).ok


def test_a_fix_goes_into_a_text_that_was_changed_elsewhere_since(explanation: Explanation) -> None:
    later = explanation.sdl.replace("nginx:1.27", "nginx:1.28").replace("units: 0.5", "units: [")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        explanation.apply(0, later)
    fixed = explanation.apply(0, explanation.sdl.replace("nginx:1.27", "nginx:1.28"))

    assert "nginx:1.28" in fixed
    assert "location-region" not in fixed


@pytest.mark.parametrize("changed", ["location-region: mars", "tier: community"])
def test_a_fix_is_refused_where_something_else_stands_by_now(explanation: Explanation, changed: str) -> None:
    with pytest.raises(InvalidInputError, match=r"something else at /profiles/placement/anywhere/attributes by now"):
        explanation.apply(0, explanation.sdl.replace("location-region: moon", changed))


@pytest.mark.parametrize("number", [-1, 1, 99])
def test_a_fix_that_is_not_there_is_refused(explanation: Explanation, number: int) -> None:
    with pytest.raises(InvalidInputError, match=f"no fix number {number}: there are 1, counted from 0"):
        explanation.apply(number)


def test_where_the_text_cannot_be_changed_alone_the_advice_is_to_do_it_by_hand(market: Market) -> None:
    placement = """    {0}:
      attributes: {1}
      pricing:
        web:
          denom: uact
          amount: 1000
"""
    both = placement.format("one", "&there {location-region: moon}") + placement.format("two", "*there")
    head, _, _ = WEB_SDL.partition("    anywhere:")
    entries = "".join(f"    {name}:\n      profile: web\n      count: 1\n" for name in ("one", "two"))
    with akash.connect(mock=market(PLAIN, BIG, provider("Third"))) as session:
        explanation = session.explain(f"{head}{both}deployment:\n  web:\n{entries}")

    one, two = (next(f for f in explanation if f.kind == "region" and f.group == name) for name in ("one", "two"))
    assert explanation.fixes == (two,)
    assert "by hand" in one.advice
    assert one.change == "location-region: moon → any"


def test_it_prints_what_was_found_and_how_to_apply_each_fix(explanation: Explanation) -> None:
    assert str(explanation) == (
        "MOCK: What would keep bids away\n"
        "  ✗ Region moon: no audited provider that is online offers it; anywhere, 2 audited providers could host it "
        "(eu-west 1, na-us-west 1) → ask for another region, or for none\n"
        "      apply(0): location-region: moon → any (for up to 2 providers)\n"
        "  ✓ SDL: valid\n"
        "  ✓ Ceiling: it pays $0.60/h at most, and $0.00412 ($0.00247 to $0.00823) per hour is usual (list prices, "
        "no quote)\n"
        "  (6 s per block, 30.437 days per month)"
    )
    assert repr(explanation) == "<Explanation MOCK: What would keep bids away …>"


def test_its_html_is_escaped_has_no_script_and_says_that_it_is_mock(explanation: Explanation) -> None:
    evil = replace(explanation.findings[0], text="<script>alert(1)</script>")
    html = replace(explanation, findings=(evil,))._repr_html_()

    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert ">MOCK</b>" in html
    assert "<code>apply(0)</code>" in html


def test_it_is_a_table_of_the_documented_columns(explanation: Explanation) -> None:
    frame = explanation.frame()

    assert [(name, str(frame[name].dtype)) for name in frame] == [(c.name, c.dtype) for c in TABLE.columns]
    assert frame["fix"].fillna(-1).to_list() == [0, -1, -1]
    assert frame["providers"].fillna(-1).to_list() == [2, -1, -1]
    assert frame.attrs["source"] == "MOCK"


def test_it_shows_no_secret_of_the_sdl(market: Market) -> None:
    text = sdl.vary(WEB_SDL, region="moon").replace("    expose:", "    env: [PASSWORD=hunter2]\n    expose:")
    explanation = explained(market(PLAIN), text)
    shown = [str(explanation), repr(explanation), explanation._repr_html_(), explanation.frame().to_csv()]

    assert "hunter2" in explanation.apply()
    assert not any("hunter2" in text for text in [*shown, *map(repr, explanation)])


def test_the_error_of_a_wait_travels_with_its_explanation(explanation: Explanation) -> None:
    error = NoBidsError("none", explanation=explanation, means="", todo="")
    again = pickle.loads(pickle.dumps(error))

    assert again.findings == error.findings == explanation.findings
    assert again.explanation.apply() == explanation.apply()
