"""What differs, told once and at its place, and whether a running deployment can take it over."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from akash_nb.errors import SDLError
from akash_nb.sdl import Change, Compiled, Diff, diff, dump
from akash_nb.sdl import compile as compile_sdl
from akash_nb.sdl.diff import MAX_TRIED

Edit = Callable[..., str]
SHARED = Path(__file__).resolve().parents[4] / "shared" / "sdl"
IMAGE = "ghcr.io/akash-network/hello-akash-world:2.1.0"
EXPOSE = "      - port: 3000\n"


def told(found: Diff) -> list[tuple[str, str, bool]]:
    return [(change.kind, change.path, change.in_place) for change in found.changes]


def test_the_same_sdl_in_other_words_has_no_differences(edited: Edit) -> None:
    other = "# a comment\n" + edited(
        ("cpu:\n          units: 0.5", "cpu: {units: 0.50}"),
        ("          denom: uact\n          amount: 1000", "          amount: 1000\n          denom: uact"),
    )
    found = diff(edited(), other)
    assert not found
    assert (found.changes, found.in_place, str(found)) == ((), True, "no differences")


ENV = ("    expose:", "    env: [A=1, B=2]\n    expose:")
ARGS = ("    expose:", "    args: [a, b, c]\n    expose:")
TWO = ("storage:\n          size: 512Mi", "storage: [{size: 1Gi}, {name: d, size: 1Gi}]")
CASES = [
    ("image", [], [(IMAGE, "x:2")], [("changed", "/services/web/image", True)]),
    ("a new section", [], [ENV], [("added", "/services/web/env", True)]),
    ("a section less", [ENV], [], [("removed", "/services/web/env", True)]),
    ("one more variable", [ENV], [ENV, ("[A", "[C=3, A")], [("added", "/services/web/env/0", True)]),
    ("one variable less", [ENV, ("[A", "[C=3, A")], [ENV], [("removed", "/services/web/env/0", True)]),
    ("a variable's value", [ENV], [ENV, ("B=2", "B=3")], [("changed", "/services/web/env/1", True)]),
    (
        "a variable's name",
        [ENV],
        [ENV, ("B=2", "C=2")],
        [("removed", "/services/web/env/1", True), ("added", "/services/web/env/1", True)],
    ),
    (
        "variables in another order",
        [ENV],
        [("    expose:", "    env: [B=2, A=1]\n    expose:")],
        [("changed", "/services/web/env/0", True), ("changed", "/services/web/env/1", True)],
    ),
    ("one more argument", [ARGS], [ARGS, ("a, b", "a, x, b")], [("added", "/services/web/args/1", True)]),
    ("another argument", [ARGS], [ARGS, ("a, b", "a, x")], [("changed", "/services/web/args/1", True)]),
    ("the container's port", [], [("port: 3000", "port: 80")], [("changed", "/services/web/expose/0/port", True)]),
    ("the external port", [], [("as: 80", "as: 81")], [("changed", "/services/web/expose/0/as", False)]),
    (
        "one more port inside",
        [],
        [(EXPOSE, "      - {port: 1, to: [{service: web}]}\n" + EXPOSE)],
        [("added", "/services/web/expose/0", True)],
    ),
    (
        "one more public port",
        [],
        [(EXPOSE, "      - {port: 1, to: [{global: true}]}\n" + EXPOSE)],
        [("added", "/services/web/expose/0", False)],
    ),
    ("cpu", [], [("0.5", "1")], [("changed", "/profiles/compute/web/resources/cpu/units", False)]),
    ("cpu in other words", [], [("0.5", "500m")], [("changed", "/profiles/compute/web/resources/cpu/units", True)]),
    ("price", [], [("1000", "900")], [("changed", "/profiles/placement/dcloud/pricing/web/amount", False)]),
    ("replicas", [], [("count: 1", "count: 2")], [("changed", "/deployment/web/dcloud/count", False)]),
    ("version", [], [('"2.0"', '"2.1"')], [("changed", "/version", True)]),
    (
        "a volume's size",
        [TWO],
        [TWO, ("name: d, size: 1Gi", "name: d, size: 2Gi")],
        [("changed", "/profiles/compute/web/resources/storage/1/size", False)],
    ),
    (
        "one more volume",
        [TWO],
        [TWO, ("[{size", "[{name: new, size: 1Gi}, {size")],
        [("added", "/profiles/compute/web/resources/storage/0", False)],
    ),
    (
        "the notice before a lease is taken away, which goes on chain once",
        [],
        [("deployment:", "reclamation: {min_window: 1h}\ndeployment:")],
        [("added", "/reclamation", False)],
    ),
    (
        "a name that needs escaping",
        [("      pricing:", "      attributes: {a/b~c: x}\n      pricing:")],
        [("      pricing:", "      attributes: {a/b~c: y}\n      pricing:")],
        [("changed", "/profiles/placement/dcloud/attributes/a~1b~0c", False)],
    ),
    (
        "a date in another form",
        [("      pricing:", "      attributes: {a: 2001-12-14}\n      pricing:")],
        [("      pricing:", "      attributes: {a: 2001-12-15}\n      pricing:")],
        [("changed", "/profiles/placement/dcloud/attributes/a", False)],
    ),
]


@pytest.mark.parametrize(("before", "after", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_told_once_with_what_it_takes(edited: Edit, before: Any, after: Any, wanted: Any) -> None:
    found = diff(edited(*before), edited(*after))
    assert told(found) == wanted
    assert found.in_place is all(change.in_place for change in found.changes)


def test_a_change_has_the_values_before_and_after(edited: Edit) -> None:
    (change,) = diff(edited(), edited(("as: 80", "as: 81")))
    assert (change.before, change.after, change.keys) == (80, 81, ("services", "web", "expose", 0, "as"))


def test_changes_can_be_in_place_together_that_are_not_alone(edited: Edit) -> None:
    """A compute profile with another name in all three places: names of profiles are not on chain."""
    renamed = edited(
        ("  compute:\n    web:", "  compute:\n    app:"),
        ("pricing:\n        web:", "pricing:\n        app:"),
        ("profile: web", "profile: app"),
    )
    found = diff(edited(), renamed)
    assert found.in_place
    assert [change.in_place for change in found] == [False, True, False, True, False]
    assert str(found).splitlines()[-2:] == [
        "~ /deployment/web/dcloud/profile: web -> app  (in place with the others)",
        "5 changes: in place",
    ]


def test_a_change_that_alone_makes_an_invalid_sdl_is_not_in_place(edited: Edit) -> None:
    more = edited(
        ("services:\n", "services:\n  db: {image: 'a:1'}\n"),
        ("deployment:\n", "deployment:\n  db: {dcloud: {profile: web, count: 1}}\n"),
    )
    assert told(diff(edited(), more)) == [("added", "/services/db", False), ("added", "/deployment/db", False)]


def test_the_text_says_what_each_change_and_all_of_them_take(edited: Edit) -> None:
    found = diff(edited(ENV), edited(("    expose:", "    env: [A=1]\n    expose:"), ("1000", "900")))
    assert str(found) == "\n".join(
        [
            "- /services/web/env/1: B=2  (in place)",
            "~ /profiles/placement/dcloud/pricing/web/amount: 1000 -> 900  (needs a new deployment)",
            "2 changes: needs a new deployment",
        ]
    )
    assert repr(found) == "<Diff - /services/web/env/1: B=2  (in place) …>"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=•••"),
        ("api_key=hunter2", "api_key=•••"),
        ("GITHUB_TOKEN=hunter2", "GITHUB_TOKEN=•••"),
        ("MY_SECRET=", "MY_SECRET="),
        ("URL=postgres://me:hunter2@db/x", "URL=postgres://me:•••@db/x"),
        ("GREETING=hello", "GREETING=hello"),
    ],
)
def test_values_of_variables_that_look_secret_are_dots(edited: Edit, line: str, shown: str) -> None:
    after = edited(("    expose:", f'    env: ["{line}"]\n    expose:'))
    text = str(diff(edited(), after)) + str(diff(edited(ENV), after)) + repr(diff(edited(), after))
    assert "hunter2" not in text
    assert text.count(shown) == 3


def test_the_password_of_a_registry_is_never_shown(edited: Edit) -> None:
    login = "    credentials: {host: ghcr.io, username: me, password: hunter2}\n    expose:"
    one, other = (edited(("    expose:", login.replace("hunter2", password))) for password in ("hunter2", "sesame"))
    text = str(diff(edited(), one)) + str(diff(one, other)) + repr(diff(one, other).changes)
    assert "hunter2" not in text
    assert "sesame" not in text
    assert 'password: "•••"' in text


def test_text_of_the_sdl_reaches_no_terminal_as_code(edited: Edit) -> None:
    evil = ("      pricing:", '      attributes: {"\\e[2J": "\\e[31m"}\n      pricing:')
    assert "\033" not in str(diff(edited(), edited(evil, ("dcloud:", '"dcloud":'))))
    assert "\033" not in str(diff(edited(evil), edited(evil, ("\\e[31m", "x"))))


def test_compiled_sdls_are_compared_as_they_were_compiled(edited: Edit) -> None:
    def set_denom(document: dict[str, Any]) -> None:
        document["profiles"]["placement"]["dcloud"]["pricing"]["web"]["denom"] = "uact"

    akt = edited(("uact", "uakt"))
    assert diff(edited(), akt)
    assert not diff(edited(), compile_sdl(akt, amend=set_denom))


@pytest.mark.parametrize("bad", ["a: [", "image: x", b"\xff", ""])
def test_an_sdl_with_errors_is_refused_with_its_issues(edited: Edit, bad: str | bytes) -> None:
    with pytest.raises(SDLError, match="the new one") as caught:
        diff(edited(), bad)
    assert caught.value.issues == compile_sdl(bad).errors
    with pytest.raises(SDLError, match="the old one"):
        diff(compile_sdl(bad), edited())


def test_very_many_changes_are_told_in_larger_parts(edited: Edit) -> None:
    """Each change is tried on the whole SDL, so their number is bounded."""

    def many(image: str) -> Compiled:
        names = [f"s{n}" for n in range(1200)]
        return compile_sdl(
            edited(
                ("services:\n", "services:\n" + "".join(f"  {name}: {{image: '{image}'}}\n" for name in names)),
                (
                    "deployment:\n",
                    "deployment:\n" + "".join(f"  {n}: {{dcloud: {{profile: web, count: 1}}}}\n" for n in names),
                ),
            )
        )

    found = diff(many("a:1"), many("b:1"))
    assert told(found) == [("changed", "/services", True)]
    assert len(found.changes) * 1200 <= MAX_TRIED


def applied(document: Any, changes: tuple[Change, ...]) -> Any:
    """The new document made from the old one by its changes: removals from the end, the rest in order."""
    for change in [c for c in reversed(changes) if c.kind == "removed"] + [c for c in changes if c.kind != "removed"]:
        *above, last = change.keys
        holder = document
        for key in above:
            holder = holder[key]
        if change.kind == "removed":
            del holder[last]
        elif change.kind == "added" and isinstance(holder, list):
            holder.insert(last, change.after)
        else:
            holder[last] = change.after
    return document


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared SDL corpus is not here")
def test_the_changes_between_real_files_make_the_new_one_of_the_old_one() -> None:
    """Down to the manifest, and what is in place together leaves what stands on chain alone."""
    valid: dict[str, Compiled] = {}
    for line in (SHARED / "mutations.jsonl").read_text().splitlines()[::2]:
        row = json.loads(line)
        got = compile_sdl(row["yaml"])
        if got.ok and "[object Object]" not in got.manifest and "<<" not in row["yaml"] and "*" not in row["yaml"]:
            valid[row["id"]] = got
    files = list(valid.values())
    assert len(files) > 100
    for old, new in pairwise(files):
        found = diff(old, new)
        assert found.in_place is ((old.groups, old.reclamation) == (new.groups, new.reclamation))
        made = applied(json.loads(json.dumps(old.document)), found.changes)
        assert compile_sdl(dump(made)).manifest == new.manifest
        assert bool(found) or old.manifest == new.manifest
