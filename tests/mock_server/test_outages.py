"""Providers that fail and come back, and everything in the API that tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mock_server import MockConsole
from mock_server.supply import fleet_file, outages
from mock_server.supply.fleet import fleet
from mock_server.supply.provider import Provider
from mock_server.world.clock import DAY, GENESIS_MS, HOUR, MINUTE, iso
from tests.mock_server.conftest import connect, sdl
from tests.mock_server.gateways import Leased

YEAR = 365 * DAY
NOON = GENESIS_MS


def failing(seed: int = 7, name: str = "default") -> list[Provider]:
    return [p for p in fleet(seed, name) if p.online and p.reliability != "always"]


def down_for(provider: Provider, *spans: tuple[int, int]) -> Provider:
    """The provider with these outages only, in ms after the world's beginning."""
    return replace(provider, outages=tuple((NOON + begins, NOON + ends) for begins, ends in spans))


def test_a_provider_that_fails_comes_back() -> None:
    seen = 0
    for provider in failing():
        for outage in outages.outages(provider, NOON, NOON + 30 * DAY):
            seen += 1
            assert outages.is_up(provider, outage.begins_ms - 1)
            assert not outages.is_up(provider, outage.begins_ms)
            assert not outages.is_up(provider, outage.ends_ms - 1)
            assert outages.is_up(provider, outage.ends_ms)
    assert seen > 20


def test_an_outage_lies_within_one_day_between_two_checks() -> None:
    for provider in failing():
        for begins, ends in outages.outages(provider, NOON - YEAR, NOON + YEAR):
            assert begins // DAY == (ends - 1) // DAY
            assert begins % outages.CHECK_MS == ends % outages.CHECK_MS == 0
            assert begins < ends


def test_a_window_holds_the_same_outages_however_it_is_cut() -> None:
    provider = next(p for p in failing() if p.reliability == "shaky")
    whole = outages.outages(provider, NOON, NOON + YEAR)
    days = [o for day in range(365) for o in outages.outages(provider, NOON + day * DAY, NOON + (day + 1) * DAY)]
    assert sorted(set(days)) == whole
    assert len(whole) > 50


def test_another_provider_and_another_seed_fail_at_other_times() -> None:
    shaky = [p for seed in (7, 8) for p in failing(seed) if p.reliability == "shaky"]
    found = {tuple(outages.outages(p, NOON, NOON + 60 * DAY)) for p in shaky}
    assert len(found) == len(shaky) >= 4


def test_nobody_fails_on_the_day_on_which_worlds_begin() -> None:
    midnight = NOON // DAY * DAY
    for seed in range(20):
        assert not any(outages.outages(p, midnight, midnight + DAY) for p in failing(seed, "300"))


@pytest.mark.parametrize("name", ["small", "global"])
def test_the_small_fleet_and_the_farms_never_fail(name: str) -> None:
    sure = [p for p in fleet(7, name) if name == "small" or p.role == "farm"]
    assert len(sure) >= 8
    assert not any(outages.outages(p, NOON - YEAR, NOON + YEAR) for p in sure)


def test_most_providers_are_up_nearly_always_and_some_are_not() -> None:
    shares = [outages.uptimes(p, NOON + YEAR, 365)[0] for p in failing(name="1000")]
    assert 0.85 < sum(share > 0.99 for share in shares) / len(shares) < 0.95
    shaky = [share for share in shares if share < 0.97]
    assert 0.05 < len(shaky) / len(shares) < 0.15
    assert 0.94 < sum(shaky) / len(shaky) < 0.96


def test_a_provider_that_is_gone_was_last_seen_before_the_world_began_and_never_returns() -> None:
    gone = next(p for p in fleet(7, "default") if not p.online)
    assert not any(outages.is_up(gone, NOON + day * DAY) for day in range(0, 3650, 10))
    assert outages.is_up(gone, NOON - 4 * DAY)
    assert outages.uptimes(gone, NOON, 1, 6, 30) == [0.0, 0.5, 0.9]
    assert outages.last_up_ms(gone, NOON + DAY) == outages.GONE_MS - outages.CHECK_MS


def test_uptime_is_the_share_of_a_window_outside_of_outages() -> None:
    provider = down_for(fleet(7, "small")[0], (0, 6 * HOUR), (2 * DAY, 2 * DAY + 12 * HOUR))
    assert outages.uptimes(provider, NOON + 3 * HOUR, 1) == [0.875]
    assert outages.uptimes(provider, NOON + 3 * DAY, 1, 3) == [0.5, 0.75]
    assert outages.uptimes(provider, NOON, 1, 30) == [1.0, 1.0]


# What the API tells of it: one provider among eight that never fail is down from 13:05 to 15:05 on the first day.

FLEET = """
base: small
providers:
  - name: Tidewater
    region: eu-west
    cpu: 64
    memory: 256Gi
    disk: 2Ti
    used: 0
    gpus: {h100: 8}
    leased_ips: false
    bids: always
    outages: [{from: 1h5m, lasts: 2h}]
"""
NAME = fleet_file.canonical(FLEET, "test")
TIDEWATER = next(p for p in fleet(7, NAME) if p.organization == "Tidewater")
BEGINS, ENDS = NOON + 65 * MINUTE, NOON + 185 * MINUTE
ITS_OWN = sdl(attributes="{organization: Tidewater}", amount=100_000)


class Story:
    """The world of this one provider."""

    def __init__(self, name: str = NAME) -> None:
        self.console = MockConsole(fleet=name)
        self.tenant = connect(self.console)
        self.http = self.tenant.http

    def go(self, at_ms: int) -> None:
        self.console.advance(at_ms / 1000 - self.console.now)

    def listed(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/v1/providers/{TIDEWATER.address}").json()
        return found

    def screened(self, timezone: str = "UTC") -> dict[str, Any]:
        answer = self.http.post("/v1/bid-screening", json={"resources": [], "timezone": timezone}).json()
        return {entry["owner"]: entry for entry in answer["providers"]}

    def bidders(self, text: str = ITS_OWN) -> set[str]:
        dseq = self.tenant.create(text)["dseq"]
        self.console.sleep(31)
        return {entry["bid"]["id"]["provider"] for entry in self.tenant.bids(dseq)}


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_provider_that_is_down_is_listed_as_such(story: Story) -> None:
    story.go(BEGINS + HOUR)
    down = story.listed()
    assert (down["isOnline"], down["name"]) == (False, None)
    assert down["lastOnlineDate"] == iso(BEGINS - outages.CHECK_MS)
    assert down["stats"]["cpu"] == {"active": 0, "available": 0, "pending": 0, "total": 0}
    assert down["uptime1d"] == pytest.approx(23 / 24, abs=1e-6)
    story.go(ENDS)
    up = story.listed()
    assert (up["isOnline"], up["name"]) == (True, f"provider.{TIDEWATER.host}")
    assert up["lastOnlineDate"] == up["lastCheckDate"] == iso(ENDS)
    assert up["stats"]["cpu"]["total"] == 64_000


def test_a_provider_that_is_down_keeps_its_leases(story: Story) -> None:
    before = story.listed()["leaseCount"]
    story.go(BEGINS)
    assert story.listed()["leaseCount"] == before


def test_an_uptime_of_zero_is_null() -> None:
    gone = next(p for p in fleet(7, "default") if not p.online)
    listed = Story("default").http.get(f"/v1/providers/{gone.address}").json()
    assert (listed["uptime1d"], listed["uptime7d"], listed["uptime30d"]) == (None, pytest.approx(4 / 7, abs=1e-6), 0.9)


def test_the_hourly_checks_tell_the_same_as_the_outages(story: Story) -> None:
    story.go(ENDS)
    checks = story.listed()["uptime"]
    hours = {datetime.fromisoformat(check["checkDate"]).strftime("%d %H:%M"): check["isOnline"] for check in checks}
    assert len(hours) == 24
    assert [hour for hour, is_up in hours.items() if not is_up] == ["05 14:00", "05 15:00"]


def counted(story: Story) -> dict[str, int]:
    """How many GPUs, and providers, each endpoint sees."""
    capacity = story.http.get("/v1/network-capacity").json()
    rows = story.http.get("/v1/gpu-breakdown").json()
    return {
        "screening": len(story.screened()),
        "active": capacity["activeProviderCount"],
        "gpu": story.http.get("/v1/gpu").json()["gpus"]["total"]["allocatable"],
        "gpu-prices": story.http.get("/v1/gpu-prices").json()["availability"]["total"],
        "gpu-breakdown": sum(row["totalGpus"] for row in rows if row["date"] == rows[-1]["date"]),
        "network-capacity": capacity["resources"]["gpu"]["total"],
    }


def test_who_is_down_is_neither_screened_nor_counted(story: Story) -> None:
    before = counted(story)
    story.go(BEGINS)
    during = counted(story)
    gpus = dict.fromkeys(("gpu", "gpu-prices", "gpu-breakdown", "network-capacity"), 8)
    assert {name: before[name] - during[name] for name in before} == {"screening": 1, "active": 1, **gpus}
    story.go(ENDS)
    assert counted(story) == before


def test_the_breakdown_of_a_day_that_is_over_leaves_out_who_was_down_at_its_noon() -> None:
    story = Story(fleet_file.canonical(FLEET.replace("from: 1h5m", "from: 23h"), "test"))
    story.go(NOON + 2 * DAY)
    rows = [row for row in story.http.get("/v1/gpu-breakdown?model=h100").json() if row["date"] >= iso(NOON - DAY)]
    counts = [row["providerCount"] for row in rows]
    assert counts == [counts[0], counts[0] - 1, counts[0]]


def test_who_is_down_does_not_bid_and_who_is_back_does(story: Story) -> None:
    assert story.bidders() == {TIDEWATER.address}
    story.go(BEGINS)
    assert story.bidders() == set()
    story.go(ENDS)
    assert story.bidders() == {TIDEWATER.address}


def test_a_bid_that_is_due_in_an_outage_is_not_made() -> None:
    story = Story(fleet_file.canonical(FLEET.replace("from: 1h5m", "from: 3s"), "test"))
    assert story.listed()["isOnline"]
    assert story.bidders() == set()


def test_a_lease_goes_on_through_an_outage_without_a_status(story: Story) -> None:
    dseq = story.tenant.run(story.console, ITS_OWN)
    story.go(BEGINS)
    (lease,) = story.tenant.get(dseq)["leases"]
    assert (lease["state"], lease["status"]) == ("active", None)
    story.go(ENDS)
    (lease,) = story.tenant.get(dseq)["leases"]
    assert lease["status"]["services"]["web"]["available"] == 1


def test_neither_the_api_nor_the_proxy_reaches_a_provider_that_is_down(story: Story) -> None:
    dseq = story.tenant.run(story.console, ITS_OWN)
    leased = Leased(story.console, story.tenant, dseq, TIDEWATER.address, TIDEWATER.host_uri)
    body = {"data": {"sdl": ITS_OWN}}
    story.go(BEGINS)
    pushed, asked = story.http.put(f"/v1/deployments/{dseq}", json=body), leased.ask("GET", "/status")
    words = f"Provider {TIDEWATER.host_uri} is temporarily unavailable"
    assert (pushed.status_code, pushed.json()["message"]) == (503, words)
    assert (asked.status_code, asked.text) == (503, words)
    story.go(ENDS)
    assert story.http.put(f"/v1/deployments/{dseq}", json=body).status_code == 200
    assert leased.ask("GET", "/status").status_code == 200


@pytest.mark.parametrize(
    ("timezone", "expected"),
    [
        pytest.param("UTC", [("2026-01-05", 7200)], id="UTC"),
        pytest.param("Pacific/Auckland", [("2026-01-06", 7200)], id="thirteen hours ahead"),
        pytest.param("America/Los_Angeles", [("2026-01-05", 7200)], id="eight hours behind"),
    ],
)
def test_incidents_are_counted_by_the_days_of_the_callers_zone(
    story: Story, timezone: str, expected: list[tuple[str, int]]
) -> None:
    story.go(ENDS)
    incidents = story.screened(timezone)[TIDEWATER.address]["incidents"]
    assert [(one["date"], one["downtimeSeconds"]) for one in incidents] == expected
    assert all((one["hasOpenIncident"], one["incidentCount"]) == (False, 1) for one in incidents)


def test_an_outage_over_midnight_is_an_incident_of_two_days() -> None:
    """11:00 to 13:00 UTC on the day after the first is 23:00 to 01:00 in Majuro."""
    story = Story(fleet_file.canonical(FLEET.replace("from: 1h5m", "from: 23h"), "test"))
    story.go(NOON + 2 * DAY)
    found = {zone: story.screened(zone)[TIDEWATER.address]["incidents"] for zone in ("UTC", "Pacific/Majuro")}
    assert [(one["date"], one["downtimeSeconds"]) for one in found["UTC"]] == [("2026-01-06", 7200)]
    halves = [("2026-01-06", 3600), ("2026-01-07", 3600)]
    assert [(one["date"], one["downtimeSeconds"]) for one in found["Pacific/Majuro"]] == halves


def test_incidents_are_forgotten_after_a_week(story: Story) -> None:
    story.go(NOON + 6 * DAY)
    assert len(story.screened()[TIDEWATER.address]["incidents"]) == 1
    story.go(NOON + 7 * DAY)
    assert story.screened()[TIDEWATER.address]["incidents"] == []


def test_a_provider_without_trouble_has_no_incidents(story: Story) -> None:
    story.go(ENDS)
    assert all(not each["incidents"] for owner, each in story.screened().items() if owner != TIDEWATER.address)


def test_the_whole_api_agrees_on_who_is_up_at_any_time() -> None:
    story = Story("global")
    seen = set()
    for hours in (0, 30, 55, 100, 200):
        story.go(NOON + hours * HOUR)
        listed = story.http.get("/v1/providers").json()
        up = frozenset(p["owner"] for p in listed if p["isOnline"])
        seen.add(up)
        assert up == story.screened().keys()
        assert up == {p["owner"] for p in listed if p["name"]}
        assert up == {p["owner"] for p in listed if p["stats"]["cpu"]["total"]}
        assert up <= {p["owner"] for p in listed if p["uptime1d"]}
        assert len(up) == story.http.get("/v1/network-capacity").json()["activeProviderCount"]
    assert len(seen) >= 3
