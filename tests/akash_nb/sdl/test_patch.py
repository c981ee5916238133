"""One value changes, and nothing else of the text: not a comment, not a quote, not an indentation."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from akash_nb.errors import InvalidInputError
from akash_nb.sdl import REMOVE, patch
from akash_nb.sdl.patch import renamed
from akash_nb.sdl.yaml_loader import UnreadableError, load

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "sdl" / "corpus"

TEXT = """\
# my app
version: "2.0"   # quoted
services:
  web:
    image: nginx:1.27  # pinned
    env:
      - A=1   # first
      - 'B=two'
    args:
    - >-
      one
      two
    expose:
      - port: 80
        as: 80
        to: [{global: true}]
      # second
      - port: 443
        to:
          - global: true

profiles:
  compute:
    web: {cpu: {units: 0.5}, memory: {size: 512Mi}}
  placement:
    # where
    anywhere: &place
      amount: 1000   # a lot
    elsewhere: *place
    merged:
      <<: *place
# end
"""


def changes(path: str, value: Any, text: str = TEXT) -> list[str]:
    """The lines that go (-) and come (+)."""
    after = patch(text, path, value)
    lines = difflib.unified_diff(text.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


CASES = [
    (
        "text",
        "/services/web/image",
        "nginx:1.28",
        """
-    image: nginx:1.27  # pinned
+    image: nginx:1.28  # pinned
""",
    ),
    (
        "its own quotes",
        "/version",
        "2.1",
        """
-version: "2.0"   # quoted
+version: "2.1"   # quoted
""",
    ),
    (
        "single quotes",
        "/services/web/env/1",
        "it's",
        """
-      - 'B=two'
+      - 'it''s'
""",
    ),
    (
        "number",
        "/services/web/expose/0/as",
        8080,
        """
-        as: 80
+        as: 8080
""",
    ),
    (
        "text that looks like a number",
        "/services/web/image",
        "1.0",
        """
-    image: nginx:1.27  # pinned
+    image: "1.0"  # pinned
""",
    ),
    (
        "text that YAML 1.1 takes for a boolean",
        "/services/web/image",
        "no",
        """
-    image: nginx:1.27  # pinned
+    image: "no"  # pinned
""",
    ),
    (
        "inside brackets",
        "/services/web/expose/0/to/0/global",
        False,
        """
-        to: [{global: true}]
+        to: [{global: false}]
""",
    ),
    (
        "one more in a list",
        "/services/web/env/2",
        "C=a b",
        """
+      - C=a b
""",
    ),
    (
        "one more in brackets",
        "/services/web/expose/0/to/1",
        {"service": "db"},
        """
-        to: [{global: true}]
+        to: [{global: true}, {service: db}]
""",
    ),
    (
        "a new key",
        "/services/web/count",
        2,
        """
+    count: 2
""",
    ),
    (
        "a new key in braces",
        "/profiles/compute/web/gpu",
        {"units": 1},
        """
-    web: {cpu: {units: 0.5}, memory: {size: 512Mi}}
+    web: {cpu: {units: 0.5}, memory: {size: 512Mi}, gpu: {units: 1}}
""",
    ),
    (
        "a new key and all above it",
        "/deployment/web/anywhere/count",
        1,
        """
+deployment:
+  web:
+    anywhere:
+      count: 1
""",
    ),
    (
        "a mapping beside its key's comment",
        "/services/web/image",
        {"a": 1},
        """
-    image: nginx:1.27  # pinned
+    image:  # pinned
+      a: 1
""",
    ),
    (
        "a list in place of folded text",
        "/services/web/args/0",
        "three",
        """
-    - >-
-      one
-      two
+    - three
""",
    ),
    (
        "nothing in place of a block",
        "/services/web/env",
        None,
        """
-    env:
-      - A=1   # first
-      - 'B=two'
+    env: null
""",
    ),
    (
        "a key goes",
        "/services/web/expose/0/as",
        REMOVE,
        """
-        as: 80
""",
    ),
    (
        "the first key of an item goes",
        "/services/web/expose/0/port",
        REMOVE,
        """
-      - port: 80
-        as: 80
+      - as: 80
""",
    ),
    (
        "a list item goes",
        "/services/web/env/0",
        REMOVE,
        """
-      - A=1   # first
""",
    ),
    (
        "the only one in brackets goes",
        "/services/web/expose/0/to/0",
        REMOVE,
        """
-        to: [{global: true}]
+        to: []
""",
    ),
    (
        "the last one in braces goes",
        "/profiles/compute/web/memory",
        REMOVE,
        """
-    web: {cpu: {units: 0.5}, memory: {size: 512Mi}}
+    web: {cpu: {units: 0.5}}
""",
    ),
    (
        "the only one of a block goes",
        "/services/web/args/0",
        REMOVE,
        """
-    args:
-    - >-
-      one
-      two
+    args: []
""",
    ),
    (
        "an alias becomes a value of its own",
        "/profiles/placement/elsewhere",
        {"amount": 2},
        """
-    elsewhere: *place
+    elsewhere:
+      amount: 2
""",
    ),
    (
        "a merged value is overridden",
        "/profiles/placement/merged/amount",
        5,
        """
+      amount: 5
""",
    ),
]


@pytest.mark.parametrize(("path", "value", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_exactly_these_lines_change(path: str, value: Any, lines: str) -> None:
    assert changes(path, value) == lines.strip("\n").split("\n")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/services/web/image/deep", "holds no other values"),
        ("/services/web/env/7", "There is no"),
        ("/services/web/env/first", "no index"),
        ("/profiles/placement/elsewhere/amount", "shared by an alias or a merge"),
        ("/profiles/placement/anywhere/amount", "shared by an alias or a merge"),
        ("", "no place"),
        ("services", "no place"),
    ],
)
def test_what_cannot_be_changed_alone_is_refused_and_the_text_kept(path: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        patch(TEXT, path, 1)

    assert "The text was not changed." in str(caught.value)


def test_a_text_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="line 2"):
        patch("a: [\n", "/a", 1)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "{}"])
def test_an_empty_text_gets_its_first_value(text: str) -> None:
    assert load(patch(text, "/services/web/image", "nginx")).value == {"services": {"web": {"image": "nginx"}}}


def test_line_ends_and_byte_order_mark_stay() -> None:
    text = "\ufeff" + TEXT.replace("\n", "\r\n")
    after = patch(patch(text, "/services/web/count", 2), "/services/web/env/0", "é")

    assert after.startswith("\ufeff# my app\r\n")
    assert after.count("\n") == after.count("\r\n") == text.count("\n") + 1


def test_a_path_may_be_given_as_keys() -> None:
    assert patch("a/b: 1\n", ["a/b"], 2) == patch("a/b: 1\n", "/a~1b", 2) == "a/b: 2\n"


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if above:
        yield above
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in items:
        yield from places(inside, (*above, key))


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("a:\n  b: 1  # one\n  c: 2\n", "a:\n  new: 1  # one\n  c: 2\n"),
        ("a:\n  'b':\n    - 1\n", "a:\n  'new':\n    - 1\n"),
        ('a: {"b": 1, c: 2}\n', 'a: {"new": 1, c: 2}\n'),
    ],
)
def test_a_key_is_renamed_in_its_place_and_its_quotes(text: str, changed: str) -> None:
    assert renamed(text, ("a", "b"), "new") == changed


def test_a_key_that_is_shared_or_would_be_there_twice_is_not_renamed() -> None:
    with pytest.raises(InvalidInputError, match="There is a /a/c already"):
        renamed("a: {b: 1, c: 2}", ("a", "b"), "c")
    with pytest.raises(InvalidInputError, match="/z/b cannot be changed alone"):
        renamed("a: &x {b: 1}\nz: *x\n", ("z", "b"), "new")


VALUES = ["x", "a: b", 3, 0.5, True, None, ["a", "b: c"], {"k": 1, "l": [1, {"m": "n"}]}, REMOVE, "two\nlines", ""]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared SDL corpus is not here")
def test_every_place_of_real_files_can_be_changed() -> None:
    """Each result is read again by `patch` itself; `{{PLACEHOLDER}}` keys are what cannot be written."""
    refused = set()
    for number, path in enumerate(sorted(CORPUS.glob("*.y*ml"))[::6]):
        text = path.read_text()
        try:
            document = load(text)
        except UnreadableError:
            continue
        for turn, place in enumerate(places(document.value)):
            try:
                patch(text, list(place), VALUES[(number + turn) % len(VALUES)])
            except InvalidInputError:
                refused.add("[object Object]" in place or (path.name, place))

    assert refused <= {True}
