"""Chance is named, time is virtual."""

from __future__ import annotations

from decimal import Decimal

import pytest

from akash_nb.ids import is_address
from mock_server.world import chance
from mock_server.world.clock import GENESIS_HEIGHT, GENESIS_MS, Event, advance_to, height_at, instant_of, iso, schedule
from mock_server.world.state import World, new_world


def world() -> World:
    return new_world(seed=7, tenant="t", fleet="empty", block_ms=6000, balance=0, trial=False)


def test_a_draw_depends_on_its_name_and_not_on_other_draws() -> None:
    first = chance.below(1000, 7, "bid", "1")
    assert [chance.below(1000, 7, "other", i) for i in range(3)]
    assert chance.below(1000, 7, "bid", "1") == first


def test_seed_and_key_both_matter() -> None:
    draws = {chance.below(10**9, seed, key) for seed in range(20) for key in "abcde"}
    assert len(draws) == 100


def test_draws_stay_within_their_bounds_and_reach_them() -> None:
    assert {chance.between(1, 5, 7, i) for i in range(200)} == {1, 2, 3, 4, 5}
    prices = [chance.decimal("0.5", "1.5", 7, i) for i in range(200)]
    assert Decimal("0.5") <= min(prices) < Decimal("0.55")
    assert Decimal("1.45") < max(prices) < Decimal("1.5")
    assert 20 <= sum(chance.happens(30, 7, i) for i in range(100)) <= 40


def test_addresses_are_valid_bech32() -> None:
    assert is_address(chance.address(7, "wallet"))


@pytest.mark.parametrize(
    ("after_ms", "height"), [(0, 0), (5_999, 0), (6_000, 1), (3_600_000, 600)], ids=["start", "almost", "one", "hour"]
)
def test_a_block_comes_every_six_seconds(after_ms: int, height: int) -> None:
    assert height_at(GENESIS_MS + after_ms, 6000) == GENESIS_HEIGHT + height


def test_a_height_knows_its_instant() -> None:
    assert height_at(instant_of(GENESIS_HEIGHT + 77, 6000), 6000) == GENESIS_HEIGHT + 77


def test_instants_are_printed_as_javascript_does() -> None:
    assert iso(GENESIS_MS + 5) == "2026-01-05T12:00:00.005Z"


def test_events_happen_in_order_at_their_own_instant() -> None:
    made, seen = world(), []

    def note(at: World, event: Event) -> None:
        seen.append((event.kind, at.now_ms - GENESIS_MS))

    for kind, delay in (("c", 30), ("a", 10), ("b", 10)):
        schedule(made, delay, kind)
    advance_to(made, GENESIS_MS + 20, {"a": note, "b": note, "c": note})
    assert seen == [("a", 10), ("b", 10)]
    assert (made.now_ms, len(made.events)) == (GENESIS_MS + 20, 1)


def test_an_event_may_plan_another_within_the_same_advance() -> None:
    made, seen = world(), []

    def again(at: World, event: Event) -> None:
        seen.append(at.now_ms - GENESIS_MS)
        schedule(at, 10, "tick")

    schedule(made, 10, "tick")
    advance_to(made, GENESIS_MS + 35, {"tick": again})
    assert seen == [10, 20, 30]


def test_time_never_goes_back() -> None:
    made = world()
    advance_to(made, GENESIS_MS - 1000, {})
    assert made.now_ms == GENESIS_MS
