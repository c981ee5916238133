"""Every lesson runs from top to bottom on the mock, stays small, and gives no key away when it is saved."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from akash_nb.demo import WEB_SDL
from mock_server import MockConsole, Pacer, serve

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
CANARY = "ac.sk.test." + "ca11ab1e" * 8

MOST_BYTES = 150_000


def executed(notebook: Any, folder: Path) -> str:
    """The notebook as it is saved after running all cells; an error in a cell is an error here."""
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()
    return str(nbformat.writes(notebook))


def printed(notebook: Any) -> str:
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
    return "\n".join(output.get("text", "") for output in outputs)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    executed(notebook, tmp_path)

    assert "MOCK receipt" in printed(notebook)
    notebook.metadata.pop("widgets", None)  # a browser saves no widget state unless it is told to
    assert len(nbformat.writes(notebook)) < MOST_BYTES


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)


def test_the_pictures_of_the_lessons_are_there() -> None:
    pictures = [name for path in LESSONS for name in re.findall(r"\((images/[^)]+)\)", path.read_text())]

    assert pictures
    assert all((LESSONS[0].parent / name).is_file() for name in pictures)


def test_a_saved_notebook_of_a_live_session_has_no_key_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything that can be saved: outputs, an error, and the state of every widget."""
    cells = [
        f"import akash_nb as akash\nsession = akash.connect()\nsession.sdl = {WEB_SDL!r}\nsession",
        "deployment = session.deploy()\nsession, session.client, vars(session.client), deployment",
        "deployment",
        "%xmode Verbose",
        "try:\n    akash.connect('wrong\\nkey')\nexcept akash.errors.AkashError:\n    get_ipython().showtraceback()",
        "deployment.close()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])  # type: ignore[no-untyped-call]
    with serve(Pacer(MockConsole(api_keys=(CANARY,)))) as server:
        monkeypatch.setenv("AKASH_API_KEY", CANARY)
        monkeypatch.setenv("AKASH_CONSOLE_URL", server.url)
        saved = executed(notebook, tmp_path)

    assert "widget-state" in saved
    assert "MOCK" in saved
    assert CANARY not in saved
    assert CANARY[-16:] not in saved
