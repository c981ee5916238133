from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akash_nb.sdl import Compiled, render, render_html, resources
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.yaml_loader import MAX_BYTES, MAX_DEPTH

Compile = Callable[..., Compiled]
HASH = "GCJklcMgxY33XxxeZBqZk8Q1IQ8yWiseHq+seNeZKj8="


def test_a_valid_sdl_has_the_version_hash_of_the_contract(compiled: Compile) -> None:
    """Contract §10, first vector."""
    assert compiled().version == HASH


def test_a_changed_env_changes_the_version_hash_to_that_of_the_contract(compiled: Compile) -> None:
    """Contract §10, second vector."""
    changed = compiled(("    expose:", "    env:\n      - NEW_FEATURE=enabled\n    expose:"))
    assert changed.version == "1wICxNHM9rVhfGXdwZeCikvjaEIdN1kL8QKBIYIclUQ="


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(("amount: 1000", "amount: 2000"), id="price"),
        pytest.param(("denom: uact", "denom: uakt"), id="denom"),
        pytest.param(("      pricing:", "      signedBy: {anyOf: [akash1x]}\n      pricing:"), id="auditor"),
        pytest.param(("      pricing:", "      attributes: {region: us}\n      pricing:"), id="attribute"),
    ],
)
def test_what_only_concerns_the_choice_of_provider_leaves_the_hash_alone(
    compiled: Compile, change: tuple[str, str]
) -> None:
    """Contract §10: prices and placement are not part of the manifest."""
    changed = compiled(change)
    assert changed.version == HASH
    assert changed.groups != compiled().groups


def test_the_manifest_is_json_without_spaces_with_sorted_keys_and_no_markup(compiled: Compile) -> None:
    got = compiled(("    expose:", '    env: ["A=<&>é"]\n    expose:'))
    assert "A=\\u003c\\u0026\\u003eé" in got.manifest
    parsed = json.loads(got.manifest)
    text = json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert got.manifest == text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    assert parsed[0]["services"][0]["env"] == ["A=<&>é"]


def test_errors_leave_nothing_to_deploy(compiled: Compile) -> None:
    got = compiled(("image:", "imagine:"))
    assert not got.ok
    assert (got.groups, got.manifest, got.version, got.warnings) == ([], "", "", ())


def test_amend_changes_the_document_before_it_is_checked(edited: Callable[..., str]) -> None:
    def set_denom(sdl: dict[str, Any]) -> None:
        sdl["profiles"]["placement"]["dcloud"]["pricing"]["web"]["denom"] = "uact"

    got = compile_sdl(edited(("denom: uact", "denom: peanuts")), amend=set_denom)
    assert got.ok
    assert got.groups[0]["resources"][0]["price"]["denom"] == "uact"


@pytest.mark.parametrize("text", ["", "[]", "just text", "5", "a: b: c"])
def test_amend_is_not_called_for_what_is_no_mapping(text: str) -> None:
    called: list[Any] = []
    assert not compile_sdl(text, amend=called.append).ok
    assert called == []


def test_an_issue_about_an_amended_value_is_placed_at_what_holds_it(edited: Callable[..., str]) -> None:
    def unknown_key(sdl: dict[str, Any]) -> None:
        sdl["services"]["web"]["colour"] = {"r": 1}

    (issue,) = compile_sdl(edited(), amend=unknown_key).errors
    assert (issue.path, issue.line, issue.column) == ("/services/web", 3, 3)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"\xff\xfe\x00", id="bytes that are no UTF-8"),
        pytest.param("a: \ud800", id="a lone surrogate"),
        pytest.param("a: \0", id="NUL"),
        pytest.param("[" * 10_000, id="10,000 open lists"),
        pytest.param("[" * 10_000 + "]" * 10_000, id="10,000 nested lists"),
        pytest.param("- " * 10_000, id="10,000 nested block lists"),
        pytest.param("a: &a [*a]", id="a list that contains itself"),
        pytest.param("x" * 10_000_000, id="10 MB of text"),
        pytest.param(b"a: b\n" * 2_000_000, id="10 MB of bytes"),
        pytest.param("a: 'b", id="an open quote"),
        pytest.param("&a" * 1000, id="anchors"),
    ],
)
def test_unreadable_text_gives_one_error_of_the_yaml_layer(text: str | bytes) -> None:
    got = compile_sdl(text)
    assert [issue.layer for issue in got.errors] == ["yaml"]
    assert got.document is got.sdl is None
    assert render(got)


def alias_bomb() -> str:
    """Twelve levels of nine aliases each: 9^12 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 13)]
    return "\n".join(lines)


def test_an_alias_bomb_is_refused_where_it_goes_off() -> None:
    (issue,) = compile_sdl(alias_bomb()).errors
    assert issue.message == "the document holds more than 25,000 values, aliases included"
    assert issue.line == 5


def test_an_alias_bomb_of_text_is_refused() -> None:
    (issue,) = compile_sdl("a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 1000 + "]").errors
    assert "more than 25,000 values" in issue.message


def test_a_short_text_for_a_huge_manifest_is_refused(compiled: Compile) -> None:
    """A profile of many volumes, shared by many services."""
    names = [f"s{i}" for i in range(500)]
    got = compiled(
        ("  web:\n    image", "".join(f"  {name}: {{image: a}}\n" for name in names) + "  web:\n    image"),
        ("storage:\n          size: 512Mi", "storage: [" + "{size: 1Gi}, " * 1000 + "]"),
        ("deployment:\n", "deployment:\n" + "".join(f"  {n}: {{dcloud: {{profile: web, count: 1}}}}\n" for n in names)),
    )
    assert [issue.message for issue in got.errors] == ["The manifest would hold more than 150,000 values."]


def test_the_largest_text_and_the_deepest_nesting_are_still_read(compiled: Compile) -> None:
    lists = MAX_DEPTH - 4  # the document, profiles, placement, dcloud and attributes are around them
    nested = "[" * (lists - 1) + "]" * (lists - 1)
    assert compiled(("      pricing:", f"      attributes: {{a: {nested}}}\n      pricing:")).ok
    comment = "#" * (MAX_BYTES - len(compiled().text) - 1)
    assert compiled(("deployment:", f"{comment}\ndeployment:")).version == HASH


PIECES = [
    *("{", "}", "[", "]", ":", "- ", "? ", ",", "\n", "\n  ", "#", "|", ">", "'", '"', "\t", "\r", "---\n", "...\n"),
    *("&a ", "*a", "<<: ", "!!int ", "!!set ", "!!omap ", "!!binary ", "!x ", "%YAML 1.1\n", "~", "null", "true"),
    *("1e400", ".nan", "-.inf", "0x_", "._", "2001-1-1", "9999-99-99", "0000-00-00 00:00:00 -99:99", "1" * 500),
    *("\u2028", "\x85", "\ufeff", "\ud800", "😀", "é", "\x7f", "__proto__", "constructor", "[[a]]", "{a: b}"),
]


@settings(deadline=None, max_examples=150)
@given(st.text() | st.binary() | st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join))
def test_compile_never_raises_on_any_text(text: str | bytes) -> None:
    got = compile_sdl(text)
    assert not got.ok
    assert render(got)
    assert "<script" not in render_html(got)
    assert resources(got) == ()


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_compile_never_raises_on_a_damaged_sdl(data: st.DataObject) -> None:
    text = DAMAGED
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text)))
        text = (
            text[:at] + data.draw(st.sampled_from(PIECES)) + text[at + data.draw(st.sampled_from([0, 0, 1, 4, 20])) :]
        )
    got = compile_sdl(text)
    assert got.ok == bool(got.version)
    assert bool(render(got)) == bool(got.errors or got.warnings)
    resources(got)


DAMAGED = """\
version: "2.1"
endpoints: {myip: {kind: ip}}
services:
  web:
    image: nginx:1
    env: [A=1]
    expose: [{port: 80, accept: [a.com], to: [{global: true, ip: myip}, {service: db}]}]
    params: {storage: {data: {mount: /data}}, tee: cpu}
  db: {image: postgres:16}
profiles:
  compute:
    web:
      resources:
        cpu: {units: 100m}
        gpu: {units: 1, attributes: {vendor: {nvidia: [{model: a100, ram: 80Gi}]}}}
        memory: {size: 1Gi}
        storage: [{size: 1Gi}, {name: data, size: 5Gi, attributes: {class: beta3, persistent: true}}]
    db: {resources: {cpu: {units: 1}, memory: {size: 1Gi}, storage: {size: 1Gi}}}
  placement:
    dc: {attributes: {region: us}, pricing: {web: {denom: uact, amount: 10.5}, db: {denom: uact, amount: 1}}}
deployment:
  web: {dc: {profile: web, count: 1}}
  db: {dc: {profile: db, count: 2}}
reclamation: {min_window: 24h}
"""


def test_the_sdl_that_is_damaged_is_whole() -> None:
    assert compile_sdl(DAMAGED).ok
