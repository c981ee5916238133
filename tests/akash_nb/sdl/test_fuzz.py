"""Whatever comes in: `compile` raises nothing, `patch`, `diff` and `dump` only what they document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from akash_nb.errors import InvalidInputError, SDLError
from akash_nb.sdl import REMOVE, SCAFFOLDS, Compiled, diff, dump, patch, render, render_html, resources, scaffold
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.values import same, weigher
from akash_nb.sdl.yaml_loader import MAX_DEPTH, MAX_VALUES, UnreadableError, load
from tests.akash_nb.sdl.hostile import HOSTILE

KEYS = [
    *("version", "services", "profiles", "deployment", "compute", "placement", "resources", "endpoints", "reclamation"),
    *("web", "image", "env", "expose", "port", "as", "to", "global", "ip", "cpu", "units", "memory", "size", "storage"),
    *(
        "gpu",
        "attributes",
        "vendor",
        "nvidia",
        "pricing",
        "denom",
        "amount",
        "count",
        "profile",
        "params",
        "1",
        "a/b~c",
    ),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["2.0", "1Gi", "uact", ""]),
)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
)
SDLS = [scaffold(name) for name in SCAFFOLDS]
ODD = [
    *(
        None,
        True,
        -1,
        0,
        80.5,
        float("nan"),
        float("inf"),
        10**400,
        "",
        "0",
        "-",
        "512Mib",
        "😀",
        "\u2028",
        "\x07",
        "é",
    ),
    *([], {}, [[]], {"": {}}, ["a", {"b": None}], [{"port": 80, "to": [{"global": True}]}], {"units": "1e9"}, REMOVE),
]


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield (*above, key)
        yield from places(inside, (*above, key))


def used(got: Compiled) -> None:
    """Everything there is to do with a compiled SDL."""
    assert got.ok == bool(got.version) == (got.sdl is not None)
    assert bool(render(got)) == bool(got.errors or got.warnings) == bool(render_html(got))
    assert bool(resources(got)) == bool(got.groups)


def compared(a: Compiled, b: Compiled) -> None:
    if not (a.ok and b.ok):
        with pytest.raises(SDLError):
            diff(a, b)
        return
    found = diff(a, b)
    assert found.in_place or found
    assert bool(found) is not same(a.document, b.document)
    assert str(found)


@settings(deadline=None, max_examples=150)
@given(TREES)
def test_a_tree_is_compiled_without_an_exception(tree: Any) -> None:
    got = compile_sdl(dump(tree))
    used(got)
    assert len(got.errors) <= 20 * weigher()(tree) + 20


@settings(deadline=None, max_examples=150)
@given(TREES)
def test_what_is_dumped_reads_as_the_same_again(tree: Any) -> None:
    """But for whole numbers that no double holds, which are read as JavaScript reads them."""
    try:
        again = load(dump(tree)).value
    except UnreadableError as error:
        pytest.fail(f"{error.message}: {dump(tree)!r}")
    assert same(doubles(again), doubles(tree))


def doubles(value: Any) -> Any:
    if isinstance(value, list):
        return [doubles(item) for item in value]
    if isinstance(value, dict):
        return {key: doubles(item) for key, item in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_patched_sdl_compiles_or_says_why_and_is_compared(data: st.DataObject) -> None:
    text = before = data.draw(st.sampled_from(SDLS))
    for _ in range(data.draw(st.integers(1, 3))):
        document = load(text).value
        place = data.draw(st.sampled_from(list(places(document)))) if document else ("services",)
        value = data.draw(st.sampled_from(ODD) | SCALARS)
        with suppress(InvalidInputError):
            text = patch(text, list(place), value)
    used(compile_sdl(text))
    compared(compile_sdl(before), compile_sdl(text))


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(SDLS), st.lists(st.sampled_from(KEYS) | st.text(max_size=3) | st.integers(-2, 3), max_size=4), TREES
)
def test_patch_refuses_what_it_cannot_do_and_nothing_else(text: str, path: list[str | int], value: Any) -> None:
    try:
        changed = patch(text, path, value)
    except InvalidInputError:
        return
    used(compile_sdl(changed))


@settings(deadline=None, max_examples=100)
@given(st.text() | st.text(alphabet="/~01a-[]{}:&*!|>'\" \n\t\ud800é"), st.text())
def test_patch_of_any_text_at_any_pointer_is_refused_or_done(text: str, path: str) -> None:
    try:
        changed = patch(text, path, "x")
    except InvalidInputError:
        return
    assert load(changed).value


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SDLS), st.sampled_from(SDLS))
def test_any_two_sdls_can_be_compared_both_ways(one: str, other: str) -> None:
    there, back = diff(one, other), diff(other, one)
    assert there.in_place is back.in_place
    assert bool(there) is bool(back) is (one != other)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_answered_with_a_bounded_number_of_values_and_issues(text: str) -> None:
    """Time follows from these bounds; tests/bench/sdl.py measures it."""
    got = compile_sdl(text)
    used(got)
    assert weigher()(got.document) <= MAX_VALUES
    with suppress(InvalidInputError):
        used(compile_sdl(patch(text, "/services/web/image", "nginx:1.27")))
    compared(got, compile_sdl(SDLS[0]))


@pytest.mark.parametrize("nested", ["[{}]", "{{a: {}}}"])
@pytest.mark.parametrize("verb", ["compile", "diff", "patch", "dump"])
def test_the_deepest_value_that_is_read_can_be_used_from_a_deep_stack(nested: str, verb: str) -> None:
    """A notebook's own frames are part of Python's limit of recursion."""
    deep = "x"
    for _ in range(MAX_DEPTH - 5):
        deep = nested.format(deep)
    text = SDLS[0].replace("      pricing:", f"      attributes: {{a: {deep}}}\n      pricing:")
    other = text.replace("x]", "y]").replace("x}", "y}")
    verbs = {
        "compile": lambda: used(compile_sdl(text)),
        "diff": lambda: str(diff(text, other)),
        "patch": lambda: patch(text, "/services/web/image", "q:1"),
        "dump": lambda: dump(load(text).value),
    }

    def below(frames: int) -> None:
        if frames:
            below(frames - 1)
        else:
            verbs[verb]()

    assert compile_sdl(text).ok
    below(200)
