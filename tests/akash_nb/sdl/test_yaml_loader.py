from __future__ import annotations

import math
from typing import Any

import pytest

from akash_nb.sdl.issues import at
from akash_nb.sdl.units import text_of
from akash_nb.sdl.yaml_loader import Span, UnreadableError, load

SCALARS = [
    *((word, word) for word in ("on", "off", "yes", "No", "y", "n", "tRue", "nan", "inf", "=", "0X10", "0o8", "0xZZ")),
    *((word, True) for word in ("true", "True", "TRUE")),
    *((word, None) for word in ("~", "null", "Null", "NULL", "")),
    *(("0777", 777), ("010", 10), ("08", 8), ("0o17", 15), ("0x10", 16), ("0b11", 3), ("-0x10", -16), ("+1", 1)),
    *(("1_000", 1000), ("1_0.5", 10.5), ("1__0", 10), ("_1", "_1"), ("1_", "1_"), ("0x_", "0x_")),
    *(("1e3", 1000), ("1E-7", 1e-7), ("1.e3", 1000), ("8e1", 80), ("5.", 5), (".5", 0.5), ("1.0", 1), ("-0", 0)),
    *(("-.5", "-.5"), ("+.5", "+.5"), ("1e400", math.inf), ("-.INF", -math.inf), (".Inf", math.inf)),
    *(("12:30", "12:30"), ("190:20:30", "190:20:30"), ("! 12", "12"), ("'5'", "5"), ('"\\x41"', "A")),
    *(("9007199254740993", 9007199254740992), ("123456789012345678901234567890", 1.2345678901234568e29)),
    *(
        ("!!int 0777", 777),
        ("!!float 5", 5),
        ("!!str 5", "5"),
        ("!!str", ""),
        ("!!bool true", True),
        ("!!null ~", None),
    ),
    *(("!!set {a, b}", {"a": None, "b": None}), ("!!omap [a: 1]", [{"a": 1}]), ("!!pairs [a: 1]", [["a", 1]])),
]


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_a_value_is_what_the_console_reads(text: str, value: Any) -> None:
    got = load(f"k: {text}").value["k"]
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2001-12-14", "Fri Dec 14 2001 00:00:00 GMT+0000 (Coordinated Universal Time)"),
        ("2001-12-14t21:59:43.10-05:00", "Sat Dec 15 2001 02:59:43 GMT+0000 (Coordinated Universal Time)"),
        ("2001-13-32", "Fri Feb 01 2002 00:00:00 GMT+0000 (Coordinated Universal Time)"),
        ("!!binary aGk=", "104,105"),
        (".nan", "NaN"),
        ("[a, ~, [b, 1.0]]", "a,,b,1"),
        ("{a: b}", "[object Object]"),
    ],
)
def test_a_value_becomes_text_as_in_javascript(text: str, printed: str) -> None:
    assert text_of(load(f"k: {text}").value["k"]) == printed


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("1: a\ntrue: b\nnull: c\n1.0e1: d", ["1", "10", "true", "null"]),
        ("b: 1\n10: 1\n2: 1\na: 1\n01x: 1", ["2", "10", "b", "a", "01x"]),
        ("[a, b]: 1\n{a: b}: 2", ["a,b", "[object Object]"]),
        ("true: a\nyes: b", ["true", "yes"]),
        ("<<: [{a: 1, b: 2}, {b: 3, c: 4}]\nb: 5", ["a", "b", "c"]),
        ('"<<": x', ["<<"]),
    ],
)
def test_keys_are_text_in_the_order_of_javascript(text: str, keys: list[str]) -> None:
    assert list(load(text).value) == keys


def test_explicit_keys_win_over_merged_ones_in_either_order() -> None:
    got = load("base: &b {x: 1, y: 2}\none: {<<: *b, x: 9}\ntwo: {x: 9, <<: *b}").value
    assert got["one"] == got["two"] == {"x": 9, "y": 2}


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("a: 1\n  b: 2", "mapping values are not allowed in this context", (2, 4)),
        ("a: 1\na: 2", "duplicated mapping key", (2, 1)),
        ("1: a\n0x1: b", "duplicated mapping key", (2, 1)),
        ("a: *n", 'unidentified alias "n"', (1, 4)),
        ("<<: 5", "cannot merge mappings; the provided source object is unacceptable", (1, 5)),
        ("a: !!bool yes", "cannot resolve a node with !<tag:yaml.org,2002:bool> explicit tag", (1, 4)),
        ("a: !foo x", "unknown tag !<!foo>", (1, 4)),
        ("a: !foo [x]", "unknown tag !<!foo>", (1, 4)),
        ("&a k: v", "a tag or an anchor cannot stand before a key", (1, 1)),
        ("[[a]]: 1", "nested arrays are not supported inside keys", (1, 1)),
        ("a: 1\n---\nb: 2", "expected a single document in the stream, but found more", (2, 1)),
        ("a: &x {b: *x}", 'the value "x" contains itself', (1, 11)),
        ("a: x\x7f", "the stream contains non-printable characters", (1, 5)),
        ("? " + "k" * 1025, "a key is longer than 1024 characters", (1, 3)),
    ],
)
def test_what_the_console_refuses_to_read_is_refused_at_its_place(
    text: str, message: str, place: tuple[int, int]
) -> None:
    with pytest.raises(UnreadableError) as refused:
        load(text)
    assert refused.value.message == message
    assert refused.value.span[:2] == place


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("%YAML 1.3\n---\na: 1", id="a later version of YAML"),
        pytest.param("%FOO bar\n# why\n---\na: 1", id="an unknown directive"),
        pytest.param("\ufeffa: 1", id="a byte order mark"),
        pytest.param("a:\t1", id="a tab after a colon"),
        pytest.param("? &x a\n: 1", id="an anchor on an explicit key"),
        pytest.param("x: &n 1\ny: &n 2\na: *n", id="an anchor twice"),
    ],
)
def test_what_the_console_reads_is_read(text: str) -> None:
    assert load(text).value["a"] in (1, 2)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        pytest.param("a: [x\u2028, y]", {"a": ["x", "y"]}, id="U+2028 is a line break"),
        pytest.param("a: 1\n...\n...\n", {"a": 1}, id="two document ends are accepted"),
        pytest.param("x: &n 1\n*n : y", {"1": "y", "x": 1}, id="an alias as a key"),
    ],
)
def test_what_js_yaml_reads_differently(text: str, ours: Any) -> None:
    """The list in the loader's docstring, as far as texts are accepted."""
    assert load(text).value == ours


@pytest.mark.parametrize(
    "text",
    ["a: x\x85y", "- \tb", 'a: "\x7f"', 'a: "\\ud800"', "? " + "k" * 2000 + "\n: 1", "a: &a [*a]"],
    ids=["U+0085 in a word", "tab after dash", "DEL in quotes", "escaped surrogate", "long key", "contains itself"],
)
def test_what_js_yaml_reads_and_this_loader_does_not(text: str) -> None:
    """The list in the loader's docstring, as far as texts are refused."""
    with pytest.raises(UnreadableError):
        load(text)


def test_places_are_those_of_scalars_and_of_the_keys_of_what_holds_more() -> None:
    document = load("a:\n  b: [10, {c: deep}]\n  d: 'text'\n")
    assert document.span(at("a")) == Span(1, 1, 1, 2)
    assert document.span(at("a", "b")) == Span(2, 3, 2, 4)
    assert document.span(at("a", "b", 0)) == Span(2, 7, 2, 9)
    assert document.span(at("a", "b", 1, "c")) == Span(2, 15, 2, 19)
    assert document.span(at("a", "d")) == Span(3, 6, 3, 12)
    assert document.span(at("a"), key="d") == Span(3, 3, 3, 4)
    assert document.span(at("a", "missing", "more")) == Span(1, 1, 1, 2)


def test_places_inside_an_alias_or_a_merge_are_where_the_text_stands() -> None:
    document = load("x: &x {k: 1}\ny: *x\nz: {<<: *x}\n")
    assert (
        document.span(at("y", "k")) == document.span(at("z", "k")) == document.span(at("x", "k")) == Span(1, 11, 1, 12)
    )
