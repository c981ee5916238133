"""Scenarios: each that comes along does what it says, and a file with a mistake says where it is."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server import MOCK_API_KEY, MockConsole
from mock_server.scenario import Scenario, load, names, read
from mock_server.supply import outages
from mock_server.supply.fleet import fleet
from mock_server.supply.provider import Provider
from mock_server.world.clock import DAY, GENESIS_MS
from tests.mock_server.conftest import TWO_GROUPS, Tenant, connect, sdl

CREATE = {"data": {"sdl": sdl(), "deposit": 5}}
LARGE = sdl(cpu="8", memory="16Gi", amount=10_000)


def start(name: str, **options: Any) -> tuple[MockConsole, Tenant]:
    console = MockConsole.from_scenario(name, **options)
    return console, connect(console, options.get("api_keys", [MOCK_API_KEY])[0])


def gpus(model: str, count: int) -> str:
    """An order that nobody refuses for its price."""
    wish = f"{{units: {count}, attributes: {{vendor: {{nvidia: [{{model: {model}}}]}}}}}}"
    return sdl(gpu=wish, cpu="4", memory="32Gi", amount=1_000_000)


def providers(console: MockConsole) -> dict[str, Provider]:
    return {provider.address: provider for provider in fleet(console.seed, console.fleet)}


def bidders(console: MockConsole, tenant: Tenant, text: str) -> list[str]:
    """Who bids on a new order, the cheapest first."""
    dseq = tenant.create(text, 1)["dseq"]
    console.sleep(31)
    known = providers(console)
    bids = [entry["bid"] for entry in tenant.bids(dseq)]
    bids.sort(key=lambda bid: float(bid["price"]["amount"]))
    return [known[bid["id"]["provider"]].organization for bid in bids]


def deployments(tenant: Tenant) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = tenant.data("GET", "/v1/deployments")["deployments"]
    return listed


# --- those that come along ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_scenario_can_be_had_and_says_what_it_is_about(name: str) -> None:
    found = load(name)
    assert found.title
    assert len(found.about) > 50
    assert "\n" not in found.about.strip()
    console, tenant = start(name)
    assert tenant.http.get("/status").status_code in (200, 429)
    assert console.seed == 7


@pytest.mark.parametrize("name", names())
def test_every_scenario_is_played_below(name: str) -> None:
    assert f'start("{name}"' in Path(__file__).read_text(encoding="utf-8")


def test_the_scenarios_are_part_of_the_package() -> None:
    folder = resources.files("mock_server") / "scenarios"
    assert {entry.name for entry in folder.iterdir()} == {f"{name}.yaml" for name in names()}
    assert len(names()) >= 15


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize("text", [sdl(), TWO_GROUPS, sdl(cpu="4", memory="8Gi", amount=10_000)])
def test_first_steps_always_finds_bids_and_nobody_fails(seed: int, text: str) -> None:
    console, tenant = start("first-steps", seed=seed)
    assert tenant.balances()["balance"] == 20_000_000
    known = providers(console)
    assert len(known) == 8
    assert not any(outages.outages(each, GENESIS_MS, GENESIS_MS + 365 * DAY) for each in known.values())
    made = tenant.create(text)
    console.sleep(30)
    tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
    console.sleep(60)
    assert all(lease["status"] for lease in tenant.get(made["dseq"])["leases"])


@pytest.mark.parametrize("dialect", ["live", "guide"])
def test_lost_answer_makes_two_of_whoever_asks_again(dialect: Any) -> None:
    console, tenant = start("lost-answer", dialect=dialect)
    with pytest.raises(httpx.ReadError):
        tenant.create(sdl())
    again = tenant.create(sdl())["dseq"]
    assert len(deployments(tenant)) == 2
    assert tenant.balances()["balance"] == 90_000_000
    with pytest.raises(httpx.ReadError):
        tenant.deposit(again, 3)
    tenant.deposit(again, 3)
    assert tenant.balances()["balance"] == 84_000_000
    console.reset()
    with pytest.raises(httpx.ReadError):
        tenant.create(sdl())


def test_provider_fails_is_without_a_status_from_minute_15_to_45() -> None:
    console, tenant = start("provider-fails")
    dseq = tenant.run(console, sdl())
    (lease,) = tenant.get(dseq)["leases"]
    assert providers(console)[lease["id"]["provider"]].organization == "Bargain Bay"

    def minute(at: float) -> tuple[str, bool]:
        """The state of the lease then, and whether its provider tells of it."""
        console.advance(GENESIS_MS / 1000 + at * 60 - console.now)
        (found,) = tenant.get(dseq)["leases"]
        return found["state"], found["status"] is not None

    assert minute(14.9) == ("active", True)
    assert minute(15) == ("active", False)
    assert bidders(console, tenant, sdl()) == ["Steady Rock"]
    assert minute(44.9) == ("active", False)
    assert minute(45) == ("active", True)
    assert bidders(console, tenant, sdl()) == ["Bargain Bay", "Steady Rock"]
    tenant.close(dseq)
    closed = tenant.get(dseq)
    blocks = int(closed["leases"][0]["closed_on"]) - int(closed["leases"][0]["created_at"])
    paid = Decimal(closed["escrow_account"]["state"]["transferred"][0]["amount"])
    assert blocks > 300 + 60  # half an hour of outage, and what was before
    assert paid == pytest.approx(Decimal(lease["price"]["amount"]) * blocks, abs=1)


def test_new_account_is_set_up_for_half_a_minute_and_is_a_trial() -> None:
    console, tenant = start("new-account")
    assert tenant.balances()["balance"] == 10_000_000
    for _ in range(2):
        response = tenant.http.post("/v1/deployments", json=CREATE)
        assert (response.status_code, response.json()["code"]) == (409, "wallet_provisioning")
        console.sleep(15)
    dseq = tenant.run(console, sdl())
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": gpus("h100", 1), "deposit": 1}})
    assert response.status_code == 400
    assert "Nvidia H100 not available on free trial" in response.json()["message"]
    console.sleep(DAY / 1000 - 60)
    assert tenant.get(dseq)["deployment"]["state"] == "active"
    console.sleep(60)
    assert tenant.get(dseq)["deployment"]["state"] == "closed"


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_gpu_shortage_has_eight_for_all_keys_together(seed: int) -> None:
    console, one = start("gpu-shortage", api_keys=("one", "two"), seed=seed)
    two = connect(console, "two")
    free = {p.organization: s.total - s.others for p in providers(console).values() for s in p.gpus}
    h100 = {p.organization for p in providers(console).values() if any(s.gpu.model == "h100" for s in p.gpus)}
    assert {name for name in h100 if free[name]} == {"Last Rack"}
    assert h100 == {"Last Rack", "Full House"}

    first = one.create(gpus("h100", 8), 1)
    console.sleep(31)
    assert len(one.bids(first["dseq"])) == 1
    assert bidders(console, two, gpus("h100", 8)) == []
    one.lease(first["manifest"], one.cheapest(first["dseq"]))
    console.sleep(300)
    assert bidders(console, two, gpus("h100", 1)) == []
    one.close(first["dseq"])
    assert bidders(console, two, gpus("h100", 8)) == ["Last Rack"]


def test_gpu_shortage_lets_an_offer_go_that_nobody_takes() -> None:
    console, one = start("gpu-shortage", api_keys=("one", "two"))
    assert bidders(console, one, gpus("h100", 8)) == ["Last Rack"]
    console.sleep(300)
    assert bidders(console, connect(console, "two"), gpus("h100", 8)) == ["Last Rack"]


def hour(seed: int, calls: int = 500) -> list[str]:
    """What the calls of the bad hour end with."""
    console, tenant = start("bad-hour", seed=seed, fleet="empty")
    console.sleep(60)
    return [ending(console, tenant) for _ in range(calls)]


def ending(console: MockConsole, tenant: Tenant) -> str:
    begin = console.now
    try:
        response = tenant.http.get("/v1/deployments", timeout=60)
    except httpx.ReadError:
        return "broken"
    if console.now > begin:
        assert console.now - begin == pytest.approx(8, abs=0.01)
        return "late"
    if response.status_code != 200:
        return str(response.status_code)
    try:
        response.json()
    except ValueError:
        return "cut"
    return "fine"


def test_bad_hour_is_as_bad_as_it_says_and_the_same_for_a_seed() -> None:
    seen = hour(7, 350)  # late answers take 8 s each, and the hour ends
    assert seen == hour(7, 350)
    assert seen != hour(8, 350)
    counts = Counter(seen)
    assert 0.15 < (counts["502"] + counts["503"]) / len(seen) < 0.32
    assert min(counts["502"], counts["503"]) > 10
    assert 0.05 < counts["cut"] / len(seen) < 0.15
    assert 0.05 < counts["late"] / len(seen) < 0.15
    assert 0 < counts["broken"] / len(seen) < 0.08


def test_bad_hour_begins_after_a_minute_and_is_over_after_an_hour() -> None:
    console, tenant = start("bad-hour", fleet="empty")
    assert {ending(console, tenant) for _ in range(50)} == {"fine"}
    console.sleep(3660)
    assert {ending(console, tenant) for _ in range(50)} == {"fine"}


@pytest.mark.parametrize("seed", [1, 7, 24, 28, 31, 37])
def test_price_war_is_ordered_by_price_and_against_uptime(seed: int) -> None:
    console, tenant = start("price-war", seed=seed)
    ranking = ["Dime Hosting", "Quarter Cloud", "Half Crown", "Full Metal", "Gilt Edge"]
    assert bidders(console, tenant, sdl(amount=100_000)) == ranking
    known = {p.organization: p for p in providers(console).values()}
    year = {name: outages.uptimes(known[name], GENESIS_MS + 365 * DAY, 365)[0] for name in ranking}
    assert year["Dime Hosting"] < year["Quarter Cloud"] < year["Half Crown"] < year["Gilt Edge"] == 1
    assert len(outages.outages(known["Dime Hosting"], GENESIS_MS, GENESIS_MS + 60 * DAY)) > 6
    assert len({(p.total.cpu, p.total.memory, p.total.ephemeral, p.others.cpu, p.gpus) for p in known.values()}) == 1
    assert {p.place.city for p in known.values()} == {"Frankfurt"}


def test_empty_wallet_pays_for_a_small_deposit_and_is_used_up() -> None:
    console, tenant = start("empty-wallet")
    response = tenant.http.post("/v1/deployments", json={"data": {"sdl": LARGE, "deposit": 5}})
    assert response.status_code == 402
    made = tenant.create(LARGE, 1)
    console.sleep(31)
    tenant.lease(made["manifest"], tenant.cheapest(made["dseq"]))
    console.sleep(6)
    price = float(tenant.get(made["dseq"])["leases"][0]["price"]["amount"])
    assert tenant.balances()["balance"] == pytest.approx(3_000_000 - 28_800 * price, abs=price)
    console.sleep(DAY / 1000)
    assert tenant.balances()["balance"] == 0
    assert tenant.get(made["dseq"])["deployment"]["state"] == "active"
    console.sleep(2 * DAY / 1000)
    found = tenant.get(made["dseq"])
    assert (found["deployment"]["state"], found["leases"][0]["state"]) == ("closed", "insufficient_funds")


def test_rate_limited_answers_twenty_calls_in_ten_seconds() -> None:
    console, tenant = start("rate-limited")
    answers = [tenant.http.get("/v1/deployments").status_code for _ in range(25)]
    assert answers == [200] * 20 + [429] * 5
    wait = tenant.http.get("/v1/deployments").headers["retry-after"]
    console.sleep(float(wait))
    for _ in range(30):  # at that pace nobody is refused
        assert tenant.http.get("/v1/deployments").status_code == 200
        console.sleep(0.5)


def test_slow_lines_take_their_time() -> None:
    """What it does to streams is in test_stream_faults."""
    console, tenant = start("slow-lines")
    before = console.now
    size = len(tenant.http.get("/v1/providers", timeout=5).content)
    assert console.now - before == pytest.approx(size / 2000, abs=0.001)
    told = [(rule.kind, rule.operation, rule.seconds, rule.times) for rule in console.faults][1:]
    assert told == [("stream_slow", "logs", 3, None), ("stream_drop", "logs", 0, 1), ("shell_lost", None, 0, 1)]


def test_stale_figures_do_not_show_what_was_just_spent() -> None:
    console, tenant = start("stale-figures")
    assert tenant.balances()["balance"] == 100_000_000
    tenant.create(sdl(), 5)
    console.sleep(6)
    assert tenant.balances()["balance"] == 100_000_000
    console.sleep(1)
    assert [tenant.balances()["balance"] for _ in range(2)] == [100_000_000, 95_000_000]


def test_lease_lost_leaves_a_deployment_with_nothing_running() -> None:
    console, tenant = start("lease-lost")
    dseq = tenant.run(console, sdl())
    console.sleep(599)
    assert tenant.get(dseq)["leases"][0]["state"] == "active"
    console.sleep(1)
    found = tenant.get(dseq)
    assert found["deployment"]["state"] == "active"
    assert (found["leases"][0]["state"], found["leases"][0]["reason"]) == ("closed", "lease_closed_reason_unstable")
    tenant.close(dseq)
    again = tenant.run(console, sdl())
    console.sleep(3600)
    assert tenant.get(again)["leases"][0]["state"] == "active"


def test_no_bids_gives_the_deposit_back_and_answers_a_later_order() -> None:
    console, tenant = start("no-bids")
    assert bidders(console, tenant, sdl()) == []
    console.sleep(612)
    assert deployments(tenant) == []
    assert tenant.balances()["balance"] == 100_000_000
    assert bidders(console, tenant, sdl()) != []


def test_bids_run_out_before_who_hesitates_takes_one() -> None:
    console, tenant = start("bids-run-out")
    made = tenant.create(sdl())
    console.sleep(30)
    slow = tenant.cheapest(made["dseq"])
    console.sleep(40)
    assert {entry["bid"]["state"] for entry in tenant.bids(made["dseq"])} == {"closed"}
    response = tenant.http.post("/v1/leases", json=tenant.lease_body(made["manifest"], slow))
    assert response.status_code == 400
    assert "no longer open" in response.json()["message"]
    tenant.close(made["dseq"])
    tenant.run(console, sdl())  # at once


def test_manifest_refused_is_repaired_by_sending_it_again() -> None:
    console, tenant = start("manifest-refused")
    made = tenant.create(sdl())
    console.sleep(30)
    body = tenant.lease_body(made["manifest"], tenant.cheapest(made["dseq"]))
    assert tenant.http.post("/v1/leases", json=body).status_code == 422
    (lease,) = tenant.get(made["dseq"])["leases"]
    assert (lease["state"], lease["status"]) == ("active", None)
    console.sleep(120)
    assert tenant.http.post("/v1/leases", json=body).status_code == 200
    (again,) = tenant.get(made["dseq"])["leases"]
    assert (again["id"], again["created_at"]) == (lease["id"], lease["created_at"])
    assert again["status"] is not None
    tenant.close(made["dseq"])
    assert Decimal(tenant.get(made["dseq"])["escrow_account"]["state"]["transferred"][0]["amount"]) > 0


def test_manifest_refused_costs_the_lease_of_who_does_nothing() -> None:
    console, tenant = start("manifest-refused")
    made = tenant.create(sdl())
    console.sleep(30)
    body = tenant.lease_body(made["manifest"], tenant.cheapest(made["dseq"]))
    assert tenant.http.post("/v1/leases", json=body).status_code == 422
    console.sleep(300)
    (lease,) = tenant.get(made["dseq"])["leases"]
    assert (lease["state"], lease["reason"]) == ("closed", "lease_closed_reason_manifest_timeout")


# --- files of one's own -------------------------------------------------------------------------------------------

FILE = """
title: A test
about: All that a scenario may say.
seed: 3
dialect: guide
market: shared
block_seconds: 5
default_deposit_usd: 2.5
fleet: 3
wallet: {usd: 12.5, trial: true}
faults:
  - {fault: status, status: 503, operation: listBids, rate: 40, from: 1m, until: 1h30m, retry_after_s: 2s}
  - {fault: latency, seconds: 1.5}
  - {fault: short_bids, seconds: 40s, from_s: 3}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_a_file_says_all_that_a_mock_takes(file: Path) -> None:
    console = MockConsole.from_scenario(file)
    assert (console.seed, console.dialect, console.market, console.fleet) == (3, "guide", "shared", "3")
    assert console.block_seconds == 5
    status, latency, short = console.faults
    assert (status.status, status.operation, status.rate, status.retry_after_s) == (503, "listBids", 40, 2)
    assert (status.from_s, status.until_s, status.times) == (60, 5400, 1)
    assert (latency.seconds, latency.times) == (1.5, None)
    assert (short.seconds, short.from_s, short.until_s) == (40, 3, None)
    with console.world() as world:
        assert (world.wallet.allowance, world.wallet.trial) == (12_500_000, True)


def test_a_file_is_had_by_its_path_or_the_text_of_it_or_the_scenario_itself(file: Path) -> None:
    found = load(file)
    assert isinstance(found, Scenario)
    for asked in (file, str(file), found, read(FILE, "test")):
        assert MockConsole.from_scenario(asked).seed == 3


def test_what_a_file_does_not_say_is_as_usual() -> None:
    console = MockConsole.from_scenario(read("title: Nothing", "test"))
    usual = MockConsole()
    assert (console.seed, console.dialect, console.fleet, console.market) == (
        usual.seed,
        usual.dialect,
        usual.fleet,
        usual.market,
    )
    assert len(console.faults) == 0
    assert connect(console).balances() == connect(usual).balances()


@pytest.mark.parametrize(
    ("option", "value"),
    [("seed", 9), ("dialect", "live"), ("market", "own"), ("fleet", "small"), ("block_seconds", 7)],
)
def test_options_win_over_the_file(file: Path, option: str, value: Any) -> None:
    console = MockConsole.from_scenario(file, **{option: value})
    assert getattr(console, option) == value
    assert len(console.faults) == 3


def test_faults_that_are_given_take_the_place_of_the_files_and_so_does_the_wallet(file: Path) -> None:
    console = MockConsole.from_scenario(file, faults=[{"fault": "no_bids"}], balance_usd=1, trial=False)
    assert [rule.kind for rule in console.faults] == ["no_bids"]
    with console.world() as world:
        assert (world.wallet.allowance, world.wallet.trial) == (1_000_000, False)


def test_a_fleet_may_be_told_in_the_scenario_or_in_a_file_of_its_own(tmp_path: Path) -> None:
    text = "title: x\nfleet:\n  base: small\n  providers: [{name: Tidewater}]"
    assert len(connect(MockConsole.from_scenario(read(text, "test"))).http.get("/v1/providers").json()) == 9
    (tmp_path / "fleet.yaml").write_text("base: 5", encoding="utf-8")
    text = f"title: x\nfleet: {tmp_path / 'fleet.yaml'}"
    assert len(connect(MockConsole.from_scenario(read(text, "test"))).http.get("/v1/providers").json()) == 5


def test_every_key_has_the_trouble_of_the_scenario() -> None:
    console = MockConsole.from_scenario("lost-answer", api_keys=("one", "two"))
    for key in ("one", "two"):
        with pytest.raises(httpx.ReadError):
            connect(console, key).create(sdl())


def test_the_trouble_is_there_again_after_a_reset() -> None:
    console, tenant = start("lost-answer")
    kinds = [rule.kind for rule in console.faults]
    with pytest.raises(httpx.ReadError):
        tenant.create(sdl())
    console.reset(MOCK_API_KEY)
    assert [rule.kind for rule in console.faults] == kinds


def test_a_scenario_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"There is no scenario 'lost-anser'; there are bad-hour, .*, or the path of"):
        MockConsole.from_scenario("lost-anser")


@pytest.mark.parametrize("given", [b"\xff\xfe", None], ids=["no text", "no file"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, given: bytes | None) -> None:
    path = tmp_path / "own.yml"
    if given is not None:
        path.write_bytes(given)
    with pytest.raises(ValueError, match=r"own\.yml: (this is no text in UTF-8|No such file)"):
        load(str(path))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: Expected a mapping, got nothing."),
        ("- a", "line 1: Expected a mapping, got a list."),
        ("about: x", "line 1: There must be a key 'title'."),
        ("title: ''", "line 1, title: Expected text of length >= 1."),
        ("title: x\nfleat: small", "line 1: There is no key 'fleat'. Did you mean 'fleet'? There are: about, "),
        ("title: x\ntitle: y", "line 2: duplicated mapping key"),
        ("title: x\nseed: 1.5", "line 2, seed: Expected a whole number, got a number."),
        ("title: x\ndialect: old", "line 2, dialect: There is no dialect 'old'. There are: guide, live."),
        ("title: x\nmarket: open", "line 2, market: There is no market 'open'. There are: own, shared."),
        ("title: x\nblock_seconds: 0", "line 2, block_seconds: Expected a number >"),
        ("title: x\nfleet: smal", "line 2, fleet: There is no fleet 'smal'; there are 'default', "),
        ("title: x\nfleet: 3.5", "line 2, fleet: Expected a whole number or text or a mapping, got a number."),
        ("title: x\nfleet:\n  base: tiny", "line 3, fleet.base: There is no fleet 'tiny'."),
        ("title: x\nfleet:\n  providers:\n  - {name: A, regoin: b}", "line 4, fleet.providers[0]: There is no key "),
        ("title: x\nfleet:\n  providers:\n  - {name: A, cpu: b}", "line 4, fleet.providers[0].cpu: Expected a whole "),
        ("title: x\nwallet: 3", "line 2, wallet: Expected a mapping, got a whole number."),
        ("title: x\nwallet:\n  us: 1", "line 2, wallet: There is no key 'us'. Did you mean 'usd'? There are: "),
        ("title: x\nwallet:\n  usd: -1", "line 3, wallet.usd: Expected a number >= 0.0."),
        ("title: x\nwallet:\n  usd: .inf", "line 3, wallet.usd: Expected a number <= "),
        ("title: x\nwallet:\n  trial: 1", "line 3, wallet.trial: Expected true or false, got a whole number."),
        ("title: x\nfaults: no_bids", "line 2, faults: Expected a list, got text."),
        ("title: x\nfaults:\n- no_bids", "line 3, faults[0]: Expected a mapping, got text."),
    ],
)
def test_a_file_with_a_mistake_says_where_it_is_and_what_is_expected(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^own\.yaml, ") as caught:
        read(text, "own.yaml")
    assert str(caught.value).startswith(f"own.yaml, {told}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("{until: 3}", "There must be a key 'fault'."),
        ("{fault: no_bid}", "There is no fault 'no_bid'. Did you mean 'no_bids' or "),
        ("{fault: [no_bids]}", "There is no fault \"['no_bids']\"."),
        ("{fault: drop, operation: createDeploymnt}", "There is no operation 'createDeploymnt'. Did you mean "),
        ("{fault: stream_drop, stream: log}", "There is no stream 'log'. Did you mean 'logs'? There are: "),
        ("{fault: no_bids, until: soon}", "'soon' is no duration such as 30s, 2m or 1h30m"),
        ("{fault: no_bids, until: 5 minutes 30s}", "'5 minutes 30s' is no duration such as 30s, 2m or 1h30m"),
        ("{fault: no_bids, until: [1]}", "[1] is no duration such as 30s, 2m or 1h30m"),
        ("{fault: no_bids, until: true}", "True is no duration such as 30s, 2m or 1h30m"),
        ("{fault: no_bids, from: 2m, until: 1m}", "until_s is 60.0 and from_s is 120.0; it must be later"),
        ("{fault: latency, seconds: soon}", "'soon' is no duration"),
        ("{fault: latency, seconds: 0s}", "seconds is 0.0; it must be above 0"),
        ("{fault: latency}", "the fault 'latency' needs seconds"),
        ("{fault: no_bids, form: 1m}", "the fault 'no_bids' takes no 'form'; it takes times, rate, from_s, until_s"),
        ("{fault: no_bids, 3: 0}", "the fault 'no_bids' takes no '3'"),
        ("{fault: status, status: '503'}", "the fault 'status' cannot have '503' as status"),
        ("{fault: status, status: 503, rate: 150}", "rate is 150; it must be a percentage"),
        ("{fault: quota, limit: 1.5, seconds: 3s}", "the fault 'quota' cannot have 1.5 as limit"),
        ("{fault: provider_down, provider: Bargain Bay}", "provider is 'Bargain Bay'; it must be an address"),
    ],
)
def test_a_fault_with_a_mistake_is_told_by_its_number(fault: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^own\.yaml, ") as caught:
        read(f"title: x\nfaults:\n- {{fault: no_bids, from: 0s}}\n- {fault}", "own.yaml")
    assert str(caught.value).startswith(f"own.yaml, line 4, faults[1]: {told}")
    assert "\n" not in str(caught.value)
