"""Words of one's own on deployments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import akash_nb as akash
from akash_nb.demo import WEB_SDL
from akash_nb.errors import InvalidInputError
from akash_nb.tags import parse_tags
from mock_server import MockConsole


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("class-3, demo", ("class-3", "demo")),
        (["class-3", "demo, class-3"], ("class-3", "demo")),
        (" , ", ()),
        ("with spaces ,é", ("with spaces", "é")),
    ],
)
def test_tags_come_as_words_or_as_one_text_with_commas(given: str | Sequence[str], found: tuple[str, ...]) -> None:
    assert parse_tags(given) == found


@pytest.mark.parametrize("tag", ["x" * 41, "two\nlines"])
def test_what_would_not_fit_into_a_table_is_refused_and_nothing_changes(tag: str) -> None:
    with akash.connect(mock=MockConsole()) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.tags = "kept"
        with pytest.raises(InvalidInputError, match="is no tag"):
            deployment.tags = ["new", tag]
        assert deployment.tags == ("kept",)


def test_tags_outlive_the_kernel_and_stand_in_the_fleet_also_once_closed(tmp_path: Path) -> None:
    console = MockConsole()
    with akash.connect(mock=console) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.tags = ["demo", "class-3"]
        deployment.close()
        fleet = session.fleet(closed=True)
        assert list(fleet["tags"]) == ["class-3, demo"]
    with akash.connect(mock=True, home=tmp_path) as session:
        deployment = session.deploy(WEB_SDL)
        deployment.tags = "demo"
    with akash.connect(mock=True, home=tmp_path) as session:
        assert [found.tags for found in session.resume()] == [("demo",)]
