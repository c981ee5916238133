"""What one click mends: after it the problem is gone."""

from __future__ import annotations

import pytest

from akash_nb import sdl
from akash_nb.demo import WEB_SDL
from akash_nb.sdl.fixes import Fix, fix


def fixes(text: str) -> list[Fix]:
    result = sdl.compile(text)
    found = (fix(issue, text.split("\n")) for issue in (*result.errors, *result.warnings))
    return list(dict.fromkeys(each for each in found if each is not None))


def applied(text: str, change: Fix) -> str:
    lines = text.split("\n")
    line = lines[change.line - 1]
    assert line[change.column - 1 :].startswith(change.old)
    rest = line[change.column - 1 + len(change.old) :]
    lines[change.line - 1] = line[: change.column - 1] + change.new + rest
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("size: 512Mi", "size2: 512Mi"),
        ("512Mi", "512Mib"),
        ('version: "2.0"', "version: 2.0"),
        ("port: 80", 'port: "80"'),
        ("denom: uact", "denom: usdc"),
        ("profile: web", "profile: wbe"),
        ("count: 1", 'count: "1"'),
        ("services:", "servics:"),
        ("pricing:", "pricng:"),
        ("- port", "- prt"),
    ],
)
def test_a_slip_is_mended_by_its_fix(right: str, wrong: str) -> None:
    text = WEB_SDL.replace(right, wrong, 1)
    (change,) = fixes(text)

    assert applied(text, change) == WEB_SDL


@pytest.mark.parametrize(("item", "mended"), [("5", '"5"'), ("A: b", '"A: b"'), ("true", '"true"')])
def test_what_yaml_reads_as_something_else_is_quoted(item: str, mended: str) -> None:
    text = WEB_SDL.replace("    expose:", f"    env:\n      - {item}\n    expose:", 1)
    (change,) = fixes(text)

    assert applied(text, change) == text.replace(f"- {item}\n", f"- {mended}\n")
    assert sdl.compile(applied(text, change)).ok


def test_a_name_that_stands_in_several_places_is_for_a_person_to_decide() -> None:
    text = WEB_SDL.replace("deployment:\n  web", "deployment:\n  wbe")

    assert not sdl.compile(text).ok
    assert fixes(text) == []


def test_a_comment_is_not_quoted_with_the_value() -> None:
    text = WEB_SDL.replace("    expose:", "    env:\n      - A: b # a comment\n    expose:", 1)

    assert fixes(text) == []
