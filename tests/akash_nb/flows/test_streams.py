"""When a line is opened again: growing pauses, few tokens, and an end where it does not help."""

from __future__ import annotations

import pytest

from akash_nb.client.replay import Replay
from akash_nb.client.streams import Ending
from akash_nb.flows.streams import Following, Retry


def following() -> Following[str]:
    return Following(str, Replay(lambda line: "pod", lambda line: line))


def pauses(ear: Following[str], *causes: str) -> list[float | None]:
    return [ear.after(Ending(cause)) for cause in causes]


def test_pauses_grow_to_half_a_minute() -> None:
    assert pauses(following(), *["broken"] * 7) == [1, 2, 4, 8, 16, 30, 30]


def test_of_tokens_there_are_three_a_minute() -> None:
    ear = following()

    assert pauses(ear, *["expired"] * 3) == [0, 0, 60]
    assert not ear.retry.is_hopeless
    assert pauses(ear, "expired") == [60]
    assert ear.retry.is_hopeless


@pytest.mark.parametrize("cause", ["certificate", "refused", "no_lease"])
def test_what_will_not_pass_is_not_tried_again(cause: str) -> None:
    assert pauses(following(), cause) == [None]


def test_something_new_makes_a_line_a_good_one_and_what_is_told_again_does_not() -> None:
    ear = following()
    assert list(ear.take("1")) == ["1"]
    assert pauses(ear, "broken") == [1]
    assert list(ear.take("1")) == []
    assert list(ear.quiet() or ()) == []
    assert pauses(ear, "broken") == [2]
    ear.quiet()
    assert list(ear.take("2")) == ["2"]
    assert pauses(ear, "broken") == [1]


def test_a_line_that_has_stood_in_silence_is_a_good_one_too() -> None:
    ear = following()
    assert pauses(ear, "broken", "broken") == [1, 2]
    ear.quiet()
    assert pauses(ear, "broken") == [1]


def test_many_failures_in_a_row_are_hopeless() -> None:
    retry = Retry()
    for _ in range(8):
        assert not retry.is_hopeless
        retry.after(Ending("failed"))

    assert retry.is_hopeless


def test_what_is_held_back_is_told_in_the_end() -> None:
    ear = following()
    ear.take("1")
    ear.after(Ending("broken"))
    ear.take("1")
    ear.take("2")

    assert list(ear.left()) == ["2"]
