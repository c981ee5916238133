"""Where the editor's text comes from and goes to: scaffolds, templates, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from akash_nb.client import Client
from akash_nb.demo import WEB_SDL
from akash_nb.engine import Engine
from akash_nb.errors import InvalidInputError
from akash_nb.sdl import SCAFFOLDS, scaffold
from akash_nb.session import Session
from akash_nb.widgets import SdlEditor
from mock_server import MockConsole


@pytest.fixture
def editor(session: Session[Client]) -> SdlEditor:
    return SdlEditor(session)


def press(editor: SdlEditor, button: str, /, **values: Any) -> None:
    """What the page sends, and what it starts."""
    started: list[Any] = []
    start = editor.session.start
    editor.session.start = lambda work: started.append(start(work)) or started[-1]  # type: ignore[method-assign]
    editor._on_message(None, {"press": button, "with": values}, None)
    editor.session.start = start  # type: ignore[method-assign]
    for future in started:
        future.exception(20)
    Engine.shared().submit(_nothing()).result(20)  # what follows a future has been done


async def _nothing() -> None:
    pass


def test_a_scaffold_takes_the_place_of_the_text_and_it_is_said(session: Session[Client], editor: SdlEditor) -> None:
    press(editor, "scaffold", name="gpu")
    assert session.sdl == scaffold("gpu")
    assert editor.view["loaded"] == "scaffold gpu is here now in place of what was there."

    session.sdl += "\n"  # there is nothing to undo any more
    assert editor.view["loaded"] == ""


def test_all_scaffolds_are_offered_and_can_be_taken_from_code(editor: SdlEditor) -> None:
    assert [name for name, _ in editor.sources["scaffolds"]] == list(SCAFFOLDS)
    editor.start_from("web")
    assert editor.value == scaffold("web")
    with pytest.raises(InvalidInputError, match="no scaffold"):
        editor.start_from("nothing")


def test_templates_of_the_service_are_read_once_when_somebody_looks(editor: SdlEditor, console: MockConsole) -> None:
    assert editor.sources["templates"] == []
    press(editor, "templates")
    press(editor, "templates")
    assert [call.path for call in console.calls].count("/v1/templates-list") == 1
    template_id, name, category, _ = editor.sources["templates"][0]
    assert (name, category) == ("JupyterLab on a GPU", "AI - GPU")

    press(editor, "template", template_id=template_id)
    assert "quay.io/jupyter/pytorch-notebook" in editor.value
    assert editor.view["loaded"].startswith("template JupyterLab on a GPU is here now")


def test_without_the_service_the_reason_stands_in_the_menu_and_scaffolds_are_there(
    editor: SdlEditor, console: MockConsole
) -> None:
    console.faults.refuse(times=None)
    press(editor, "templates")
    assert editor.sources["note"].startswith("The service's templates could not be read: ")
    assert len(editor.sources["scaffolds"]) == len(SCAFFOLDS)
    console.faults.clear()
    press(editor, "templates")  # looking again tries again

    assert editor.sources["templates"]
    assert editor.sources["note"] == ""


def test_a_template_that_is_gone_is_an_error_in_the_editor_and_the_text_stays(
    session: Session[Client], editor: SdlEditor
) -> None:
    press(editor, "template", template_id="gone")

    assert session.sdl == WEB_SDL
    assert editor.view["error"]["what"]


def test_a_file_of_the_page_is_taken_with_its_name(editor: SdlEditor) -> None:
    press(editor, "take", name="mine.yml", text="\ufeff" + scaffold("web"))

    assert editor.value == scaffold("web")
    assert editor.sources["file"] == "mine.yml"


def test_a_file_is_loaded_by_its_path(editor: SdlEditor, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(scaffold("web"))
    editor.load(file)

    assert editor.value == scaffold("web")
    assert editor.view["loaded"] == "mine.yaml is here now in place of what was there."


def test_a_file_that_is_no_sdl_by_its_size_is_refused(editor: SdlEditor, tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    file.write_bytes(b"#" * (512 * 1024 + 1))

    with pytest.raises(InvalidInputError, match="larger than 512 KiB"):
        editor.load(file)
    assert editor.value == WEB_SDL


def test_saving_writes_the_bytes_of_the_text_and_no_other_file_over(editor: SdlEditor, tmp_path: Path) -> None:
    editor.value = WEB_SDL.replace("\n", "\r\n")
    file = editor.save(tmp_path / "mine.yaml")
    assert file.read_bytes() == editor.value.encode()
    editor.save(file)  # the same again is no change

    editor.value = WEB_SDL
    with pytest.raises(InvalidInputError, match="holds something else"):
        editor.save(file)
    assert b"\r\n" in file.read_bytes()
    editor.save(file, overwrite=True)
    assert file.read_bytes() == WEB_SDL.encode()
    with pytest.raises(InvalidInputError, match="cannot be written"):
        editor.save(tmp_path / "nowhere" / "mine.yaml")
