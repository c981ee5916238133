"""Held to the reference implementation: 324 real SDL files and 1,649 mutated ones, with its answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akash_nb.sdl import Compiled
from akash_nb.sdl import compile as compile_sdl

SHARED = Path(__file__).resolve().parents[4] / "shared" / "sdl"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference's answers (../shared/sdl) are not here")

Case = tuple[str, str, dict[str, Any]]


def corpus() -> Iterator[Case]:
    for path in sorted((SHARED / "corpus").glob("*.expected.json")):
        source = path.with_name(path.name.removesuffix(".expected.json"))
        yield source.name, source.read_bytes().decode(), json.loads(path.read_text())


def mutations(*, sensitive: bool) -> Iterator[Case]:
    for line in (SHARED / "mutations.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n"):
        row: dict[str, Any] = json.loads(line)
        if bool(row["yaml_parser_sensitive"]) is sensitive:
            yield f"{row['id']} {row['mutation']}", row["yaml"], row


#: Names that every object has in JavaScript, on which the reference fails by accident; here they are names like any.
JAVASCRIPTS_OWN = re.compile("constructor|toString|hasOwnProperty|valueOf")


def differences(got: Compiled, wanted: dict[str, Any]) -> list[str]:
    """In what an answer differs from the reference's, down to the order of the errors."""
    if got.ok is not wanted["ok"]:
        return [f"verdict {got.ok}, errors {[str(issue) for issue in got.errors[:3]]}, wanted {wanted['errors'][:3]}"]
    if got.ok:
        parts = {name: getattr(got, name) for name in ("groups", "manifest", "version")}
        parts["reclamation"] = got.reclamation
        return [
            f"{name}: {part!r}, wanted {wanted.get(name)!r}" for name, part in parts.items() if part != wanted.get(name)
        ]
    layers = {issue.layer for issue in got.errors}
    if wanted["stage"] != "validate":
        expected = {"yaml": {"yaml"}, "throw": {"semantic"}}[wanted["stage"]]
        if wanted["stage"] == "throw" and not JAVASCRIPTS_OWN.search(wanted["yaml"]):
            assert all(issue.crashes for issue in got.errors)
        return [] if layers == expected else [f"layers {layers}, wanted {expected}"]
    ours = [(issue.message, issue.path) for issue in got.errors]
    theirs = [(error["message"], error["instancePath"]) for error in wanted["errors"]]
    assert not any(issue.crashes for issue in got.errors)
    return [] if ours == theirs else [f"errors {ours}, wanted {theirs}"]


def compared(cases: Iterator[Case]) -> tuple[int, dict[str, list[str]]]:
    """How many cases there were, and the differences by name."""
    found = {name: differences(compile_sdl(text), wanted) for name, text, wanted in cases}
    return len(found), {name: wrong for name, wrong in found.items() if wrong}


def first(wrong: dict[str, list[str]]) -> dict[str, list[str]]:
    return dict(list(wrong.items())[:5])


def test_every_real_file_gives_what_the_reference_gives() -> None:
    count, wrong = compared(corpus())
    assert count > 300
    assert first(wrong) == {}


def test_every_mutation_gives_what_the_reference_gives() -> None:
    count, wrong = compared(mutations(sensitive=False))
    assert count > 1500
    assert first(wrong) == {}


def test_texts_that_yaml_parsers_disagree_about_differ_only_where_it_is_documented() -> None:
    """U+2028 and U+0085, keys beyond 1024 characters, a doubled end mark, an alias before a colon."""
    count, wrong = compared(mutations(sensitive=True))
    assert count > 100
    assert {name.split()[0] for name in wrong} == {
        *("m2078", "m2079", "m2190", "m2191", "m2376", "m2586"),
        *("m2682", "m2683", "m2685"),
        "m2567",
        "m2620",
    }
