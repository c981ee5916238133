from __future__ import annotations

import math

import pytest

from akash_nb.sdl.collation import locale_sorted
from akash_nb.sdl.units import cpu_millicores, gpu_units, number_text, size_bytes, window_seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *((text, 536870912) for text in ("512Mi", "512mi", "512MI", "0.5Gi", ".5Gi", "00512Mi")),
        *((text, 512000000) for text in ("512Mib", "512m", "512M", "512MB", "512.Mx")),
        *((text, 1) for text in ("1Zi", "1i", "1B", "1.2.3B".replace("1.2.3", "1.0.3"))),
        *(("0.1Ki", 103), ("1.1Gi", 1181116007), ("0Mi", 0), ("1Ei", 1152921504606847000)),
        ("7Ei", 8070450532247929000),
        *((text, None) for text in ("512", "1e3", "-1Mi", "1_000Mi", "512 Mi", "+1Gi", "1Gi ", "", "128Mi\n", "９Gi")),
    ],
)
def test_a_size_is_read_as_the_reference_reads_it(text: str, size: int | None) -> None:
    """SDL facts §4."""
    assert size_bytes(text) == size


def test_a_size_without_digits_is_not_a_number() -> None:
    assert number_text(size_bytes(".Gi") or 0) == "NaN"


@pytest.mark.parametrize(
    ("units", "printed"),
    [
        *(("500m", "500"), ("0.5", "500"), (0.5, "500"), ("250.5m", "250.5"), ("1k", "1000"), ("1cores", "1000")),
        *(("1.005", "1004.9999999999999"), (16.1, "16100.000000000002"), ("0.0001", "0.1"), (math.inf, "Infinity")),
        *((1e-7, "0.00009999999999999999"), ("99999999999999999999", "1e+23")),
    ],
)
def test_cpu_is_thousandths_with_the_noise_of_doubles(units: str | float, printed: str) -> None:
    """SDL facts §4."""
    assert number_text(cpu_millicores(units)) == printed


@pytest.mark.parametrize(
    ("units", "printed"),
    [(None, "0"), ("2x", "2"), ("1.5", "1"), (1.5, "1.5"), ("1e2", "1"), (" 2", "2"), ("abc", "NaN"), (3, "3")],
)
def test_gpus_are_counted_by_leading_digits(units: str | float | None, printed: str) -> None:
    assert number_text(gpu_units(units)) == printed


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        *((1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.5e-9, "1.5e-9")),
        *((-0.0, "0"), (0.1, "0.1"), (123456.789, "123456.789"), (2**60, "1152921504606847000"), (-1.5, "-1.5")),
        *((10**400, "Infinity"), (-(10**400), "-Infinity"), (1.7976931348623157e308, "1.7976931348623157e+308")),
    ],
)
def test_a_number_is_printed_as_javascript_prints_it(number: float, printed: str) -> None:
    assert number_text(number) == printed


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("24h", 86400), ("30m", 1800), ("9007199254740993h", -4467570830351532032), ("9" * 400 + "s", 0)],
)
def test_a_window_is_seconds_wrapped_to_64_bits(text: str, seconds: int) -> None:
    assert window_seconds(text) == seconds


@pytest.mark.parametrize(
    "names",
    [
        [
            "_x",
            "-x",
            "1",
            "10",
            "2",
            "a",
            "A",
            "a b",
            "a_b",
            "a-b",
            "a.b",
            "a/b",
            "ab",
            "aB",
            "B",
            "é",
            "f",
            "host",
            "Host",
        ],
        ["a_b", "a-b", "ab", "aB", "Ab", "AB"],
        ["z1", "z10", "z9"],
    ],
)
def test_names_sort_as_locale_compare_sorts_them(names: list[str]) -> None:
    """The orders seen in SDL facts §9."""
    assert locale_sorted(reversed(names)) == names
