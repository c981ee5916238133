"""The studio as a page of its own, without a server: how its address gets to the browser."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

main = pytest.importorskip("akash_nb.app.__main__", reason="Voilà is not installed")


def test_the_token_goes_to_the_browser_by_a_file_that_only_the_user_can_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.get", lambda name: SimpleNamespace(open=opened.append))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = main.Page(port=8901)
    page.identity_provider = SimpleNamespace(token="one&two")
    page.launch_browser()
    (file,) = tmp_path.glob("*.html")

    assert opened == [f"file:{file}"]
    assert file.stat().st_mode & 0o077 == 0
    assert "http://localhost:8901/?token=one%26two" in file.read_text()


def test_without_a_browser_nothing_is_opened_and_nothing_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(_: str | None) -> None:
        raise main.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr("webbrowser.get", missing)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    page = main.Page()
    page.identity_provider = SimpleNamespace(token="one")
    page.launch_browser()
