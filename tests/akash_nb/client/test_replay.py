"""What is told again after a reconnection is not shown again."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.client import replay
from akash_nb.client.replay import Replay, overlap

Line = tuple[str, str]


def new() -> Replay[Line]:
    return Replay(lambda line: line[0], lambda line: line[1])


def shown(memory: Replay[Line], lines: Iterable[Line]) -> list[Line]:
    return [each for line in lines for each in memory.take(line)]


@pytest.mark.parametrize(
    ("before", "told", "known"),
    [
        ("abc", "bcd", 2),
        ("abc", "abc", 3),
        ("abc", "xabcd", 4),
        ("abc", "def", 0),
        ("", "abc", 0),
        ("abc", "", 0),
        ("c", "abcd", 3),
        ("ttt", "ttt", 3),
    ],
)
def test_what_was_shown_is_known_by_its_end(before: str, told: str, known: int) -> None:
    assert overlap(before, told) == known


@given(
    seen=st.lists(st.sampled_from("ab"), min_size=1, max_size=30),
    missed=st.lists(st.sampled_from("ab"), max_size=30),
    tail=st.integers(0, 80),
)
def test_of_numbered_lines_none_is_lost_and_none_repeated(seen: list[str], missed: list[str], tail: int) -> None:
    lines = [(pod, f"line {n}") for n, pod in enumerate(seen + missed)]
    memory = new()
    out = shown(memory, lines[: len(seen)])
    memory.reconnected()
    again = [line for pod in "ab" for line in [each for each in lines if each[0] == pod][-max(tail, 40) :]]
    out += shown(memory, again)
    out += memory.quiet()

    assert sorted(out, key=lines.index) == lines
    assert len(out) == len(set(out))


def test_a_new_replica_is_shown_at_once() -> None:
    memory = new()
    shown(memory, [("old", "1")])
    memory.reconnected()

    assert memory.is_holding
    assert shown(memory, [("new", "1")]) == [("new", "1")]


def test_a_flood_ends_the_repetition_although_it_is_never_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "REMEMBERED", 10)
    memory = new()
    shown(memory, [("still", "a"), ("loud", "0")])
    memory.reconnected()
    out = shown(memory, [("still", "a"), ("still", "b"), *(("loud", str(n)) for n in range(100))])

    assert not memory.is_holding
    assert out.count(("still", "b")) == 1
    assert ("still", "a") not in out
    assert [text for pod, text in out if pod == "loud"] == [str(n) for n in range(1, 100)]


def test_what_a_gap_has_swallowed_does_not_hide_what_came_after_it() -> None:
    memory = new()
    shown(memory, [("pod", "1")])
    memory.reconnected()
    shown(memory, [("pod", "8"), ("pod", "9")])

    assert memory.quiet() == [("pod", "8"), ("pod", "9")]
