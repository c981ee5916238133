"""The SDL editor without a browser: one text on both sides, and what is said of it."""

from __future__ import annotations

import pytest

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.session import Session
from akash_nb.widgets.editor.sdl_editor import SdlEditor


def test_editor_and_session_hold_one_text(session: Session[Client]) -> None:
    editor, other = SdlEditor(session), SdlEditor(session)
    editor.value = "a: 1"
    assert (session.sdl, other.value) == ("a: 1", "a: 1")
    session.sdl = WEB_SDL
    assert editor.value == WEB_SDL


def edit(editor: SdlEditor, base: str, revision: str, text: str) -> None:
    """What the page sends when somebody has typed."""
    editor._on_message(None, {"edit": {"base": base, "revision": revision, "text": text}}, [])


def test_edits_of_the_page_are_taken_one_after_the_other(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    edit(editor, editor.doc["revision"], "first", "a: 1")
    edit(editor, "first", "second", "a: 12")

    assert session.sdl == "a: 12"
    assert (editor.doc, editor.checked) == ({"text": "a: 12", "revision": "second"}, "second")


def test_an_edit_of_an_older_text_is_refused_and_so_is_what_was_built_on_it(session: Session[Client]) -> None:
    """The page then gets the newer text, puts what was typed on top of it and sends it again."""
    editor = SdlEditor(session)
    base = editor.doc["revision"]
    session.sdl = "a: 2"
    edit(editor, base, "first", "a: 1")
    edit(editor, "first", "second", "a: 12")

    assert session.sdl == editor.doc["text"] == "a: 2"
    assert editor.checked == editor.doc["revision"] not in (base, "first", "second")


def test_an_edit_that_changes_nothing_is_answered(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    edit(editor, editor.doc["revision"], "same", editor.value)

    assert editor.doc["revision"] == editor.checked == "same"


def test_what_the_page_types_in_one_editor_is_in_the_others(session: Session[Client]) -> None:
    editor, other = SdlEditor(session), SdlEditor(session)
    edit(editor, editor.doc["revision"], "typed", "a: 1")

    assert other.doc["text"] == "a: 1"


def test_completion_offers_what_the_service_names_once_somebody_looks(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    assert ("us-west", "") in editor.catalogue["regions"]
    editor._on_message(None, {"beat": "a view"}, [])
    answer = editor.desk.catalogue(session).result(timeout=30)

    assert ("na-us-west", "Western United States") in answer["regions"]
    assert "rtx4090" in [name for name, _ in answer["gpu-models"]]
    assert editor.desk.catalogue(session).result() is answer


def test_problems_have_places_and_hints(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    editor.value = WEB_SDL.replace("size: 512Mi", "size2: 512Mi")
    problem = next(item for item in editor.view["problems"] if "size2" in item["message"])

    assert (problem["line"], problem["column"], problem["severity"]) == (17, 11, "error")
    assert "size" in problem["hint"]
    assert problem["fix"]["label"] == "Change to size"


def test_totals_and_ceiling_follow_the_text(session: Session[Client]) -> None:
    editor = SdlEditor(session)
    (group,) = editor.view["groups"]

    assert "0.5 CPU" in group["asks"]
    assert "$0.60/h" in group["ceiling"]  # 1000 uact per block, 600 blocks per hour


@pytest.mark.parametrize("text", ["", "\x00", "[" * 5000, "a: &a [*a]", "- " * 3000, "\ud800"])
def test_no_text_breaks_the_editor(session: Session[Client], text: str) -> None:
    editor = SdlEditor(session)
    editor.value = text

    assert editor.view["headline"]


def test_a_sdl_with_a_password_leaves_no_trace_in_the_static_picture(session: Session[Client]) -> None:
    session.sdl = WEB_SDL.replace("    expose:", "    env:\n      - PASSWORD=hunter22\n    expose:")

    assert "hunter22" not in SdlEditor(session)._still().html()
