"""Sizes and durations for people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from akash_nb.units import counted, format_bytes, format_cpu, format_duration


@pytest.mark.parametrize(
    ("millicores", "text"),
    [
        (0, "0 CPU"),
        (1, "0.001 CPU"),
        (500, "0.5 CPU"),
        (1000, "1 CPU"),
        (1500.5, "1.5005 CPU"),
        (10_000, "10 CPU"),
        (Decimal(100_000), "100 CPU"),
    ],
)
def test_cpu_is_written_in_cores(millicores: float, text: str) -> None:
    assert format_cpu(millicores) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (512_000_000, "488.28 MiB"),
        (536_870_912, "512 MiB"),
        (107_374_182_400, "100 GiB"),
        (2**60, "1 EiB"),
        (5000 * 2**60, "5000 EiB"),
        (-1024, "-1 KiB"),
    ],
)
def test_bytes_are_written_in_binary_units(size: int, text: str) -> None:
    assert format_bytes(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.9, "0 s"),
        (-5, "0 s"),
        (5, "5 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (30_500, "8 h 28 min"),
        (90_000, "1 d 1 h"),
        (86_400 * 1000, "1,000 d"),
        (Decimal("320.5"), "5 min 20 s"),
    ],
)
def test_durations_are_written_in_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(min_value=1, max_value=2**70))
def test_a_size_is_never_written_as_nothing(size: int) -> None:
    assert any(digit in format_bytes(size) for digit in "123456789")


@given(st.integers(min_value=0, max_value=10**9))
def test_a_duration_has_at_most_two_parts(seconds: int) -> None:
    assert len(format_duration(seconds).split()) in (2, 4)


@given(st.integers(min_value=1, max_value=10**9))
def test_cpu_text_is_exact(millicores: int) -> None:
    assert Decimal(format_cpu(millicores).removesuffix(" CPU")) * 1000 == millicores


@pytest.mark.parametrize(("count", "text"), [(0, "0 bids"), (1, "1 bid"), (2, "2 bids"), (1234, "1,234 bids")])
def test_a_count_agrees_with_its_noun(count: int, text: str) -> None:
    assert counted(count, "bid") == text
